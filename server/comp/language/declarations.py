"""Declares the terms of the language: a dataclass field with its key, its kind, its label and what it means.

The reader, the JSON Schema, the comparison of two plans and the form editor all follow from these declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from server.comp.calendar import first_day
from server.comp.language import units
from server.comp.language.diagnostics import Diagnostic
from server.comp.language.fields import Fields, one_of, words
from server.messages import Duration, ListMessage, Message, Money, Multiple, Percent, Value, message

S = TypeVar("S")
NEEDED: Any = object()
"""Stands for the default of a term that must be stated."""


class TermType(Protocol):
    """What can stand in a term."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take the term out of a mapping."""

    def schema(self) -> dict[str, Any]:
        """Describe it as JSON Schema."""

    def shown(self, value: Any, currency: str) -> Value:
        """Return a value as a sentence shows it."""


@dataclass(frozen=True)
class Scalar:
    """A single value: how it is read, what stands in for one that is missing, and how it is shown."""

    name: str
    read: Callable[[str], Any]
    blank: Any
    show: Callable[[Any, str], Value]
    example: str
    choices: tuple[str, ...] = ()

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take a stated value, or the default."""
        if default is NEEDED:
            return fields.need(key, self.read, self.blank)
        return fields.take(key, self.read, default)

    def schema(self) -> dict[str, Any]:
        """Describe it: text or a number, as YAML may read either."""
        if self.choices:
            return {"enum": list(self.choices)}
        return {"type": ["string", "number"], "description": self.name, "examples": [self.example]}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the value as a sentence shows it; what is not stated is a dash."""
        return "–" if value is None else self.show(value, currency)


@dataclass(frozen=True)
class Choices:
    """One value or a list of values."""

    of: Scalar
    max_count: int = 24

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take every value; nothing stated is the default."""
        found = fields.several(key, self.of.read)
        if len(found) > self.max_count:
            fields.report(key, message("At most {most} entries stand here.", most=self.max_count))
        return found[: self.max_count] or (() if default is NEEDED else default)

    def schema(self) -> dict[str, Any]:
        """Describe it."""
        one = self.of.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "maxItems": self.max_count}]}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the values with commas."""
        return ListMessage(tuple(self.of.shown(one, currency) for one in value)) if value else "–"


@dataclass(frozen=True)
class Nested:
    """Terms of their own."""

    of: type

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take the terms, or the default when nothing is stated."""
        inner = fields.inner(key)
        if inner is not None:
            return read(self.of, inner)
        if default is NEEDED:
            fields.report("", message("“{name}” is missing here.", name=key))
            return None
        return default

    def schema(self) -> dict[str, Any]:
        """Point at the definition."""
        return {"$ref": f"#/$defs/{self.of.__name__}"}

    def shown(self, value: Any, currency: str) -> Value:
        """Say every stated term."""
        return "–" if value is None else summarize(value, currency)


@dataclass(frozen=True)
class ListOf:
    """A list of terms of their own."""

    of: type
    max_count: int

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take every entry."""
        del default
        return tuple(read(self.of, entry) for entry in fields.each(key, self.max_count))

    def schema(self) -> dict[str, Any]:
        """Describe the list."""
        return {"type": "array", "items": {"$ref": f"#/$defs/{self.of.__name__}"}, "maxItems": self.max_count}

    def shown(self, value: Any, currency: str) -> Value:
        """Say every entry."""
        return ListMessage(tuple(summarize(one, currency) for one in value)) if value else "–"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One term of a noun: the field it is kept in, its key in the text, its kind, label and default."""

    name: str
    key: str
    type: TermType
    label: Message
    doc: str
    default: Any


def declare(kind: TermType, default: Any = NEEDED, *, key: str = "", label: str = "", doc: str = "") -> Any:
    """Declare a term; without a default it must be stated."""
    metadata: Mapping[str, Any] = {"kind": kind, "key": key, "label": label, "doc": doc}
    return field(metadata=metadata) if default is NEEDED else field(default=default, metadata=metadata)


@lru_cache
def _declarations(noun: Any) -> tuple[Declaration, ...]:
    return tuple(_term(found) for found in fields(noun) if "kind" in found.metadata)


def declarations_of(noun: type) -> tuple[Declaration, ...]:
    """Return the terms of a noun in reading order."""
    declared: Any = noun
    return _declarations(declared)


def _term(found: Field[Any]) -> Declaration:
    key = found.metadata["key"] or found.name.replace("_", " ")
    label = found.metadata["label"] or key.capitalize()
    default = NEEDED if found.default is MISSING else found.default
    return Declaration(found.name, key, found.metadata["kind"], message(label), found.metadata["doc"], default)


def read(noun: type[S], fields: Fields, also: tuple[str, ...] = ()) -> S:
    """Read a noun's terms; `also` are keys that somebody else takes. Problems gather in the fields."""
    values = {found.name: found.type.take(fields, found.key, found.default) for found in declarations_of(noun)}
    for name in also:
        fields.node(name)
    fields.finish()
    made = noun(**values)
    check: Callable[[Fields], None] | None = getattr(made, "check", None)
    if check:
        check(fields)
    return made


def summarize(noun: Any, currency: str) -> Message:
    """Say every term of a noun that differs from its default."""
    said: Message | None = None
    for found in declarations_of(type(noun)):
        value = getattr(noun, found.name)
        if value == found.default:
            continue
        part = message("{label} {value}", label=found.label, value=found.type.shown(value, currency))
        said = part if said is None else message("{first}, {second}", first=said, second=part)
    return said or message("as usual")


def unique_names(fields: Fields, key: str, names: list[str], rule: Message) -> None:
    """Report names that stand twice; capitals do not matter."""
    folded = [name.casefold() for name in names]
    for name in sorted({name for name in folded if name and folded.count(name) > 1}):
        fields.problems.append(Diagnostic(fields.line_of(key), name, rule, message("Rename one of them.")))


def text(most: int = 60) -> Scalar:
    """Return the kind of a line of text."""
    return Scalar("text", words(most), "", lambda value, _: str(value) or "–", "New business")


def choice(*choices: str) -> Scalar:
    """Return the kind of one of a few words."""
    return Scalar("one of a few words", one_of(*choices), choices[0], lambda value, _: str(value), choices[0], choices)


def _plain(value: Any, _currency: str) -> Value:
    return int(value) if value == int(value) else str(float(value))


def _yes(value: bool, _currency: str) -> Value:  # noqa: FBT001 - it is what the term holds
    return message("yes") if value else message("no")


MONEY = Scalar("an amount of money", units.money, 0, lambda value, currency: Money(int(value), currency), "$50,000")
COUNT = Scalar("a whole number", units.count, 0, lambda value, _: int(value), "12")
PERCENT = Scalar("a percentage", units.percent, Fraction(0), lambda value, _: Percent(value), "6.25%")
SHARE = Scalar("a percentage or a fraction", units.share, Fraction(0), lambda value, _: Percent(value), "1/3")
MULTIPLE = Scalar("a factor", units.multiple, Fraction(1), lambda value, _: Multiple(value), "1.5x")
DURATION = Scalar("a stretch of time", units.duration, Duration(1, "months"), lambda value, _: value, "60 days")
DAY = Scalar("a date", units.day, date(2000, 1, 1), lambda value, _: value, "2027-03-01")
MONTH = Scalar(
    "a month", units.month, 684, lambda value, _: first_day(value).isoformat().removesuffix("-01"), "2027-01"
)
STARS = Scalar("stars from 1 to 5", units.rating, Fraction(5), _plain, "4.8")
FLAG = Scalar(
    "yes or no",
    lambda text: one_of("yes", "no")(text) == "yes",
    blank=False,
    show=_yes,
    example="yes",
    choices=("yes", "no"),
)
