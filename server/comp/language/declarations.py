"""Declares the terms of the plan language: a dataclass field with its key, type, label and meaning.

The reader, the JSON Schema, the plan diff and the plan editor are all derived from these declarations.
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
"""Marks a term without a default, which must be stated."""


class TermType(Protocol):
    """The type of a term: how its value is read, described and shown."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Read the value of a key."""

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""

    def shown(self, value: Any, currency: str) -> Value:
        """Return a value as a message shows it."""


@dataclass(frozen=True)
class Scalar:
    """A single value: how it is parsed, which value replaces an invalid one (`blank`), how it is shown."""

    name: str
    read: Callable[[str], Any]
    blank: Any
    show: Callable[[Any, str], Value]
    example: str
    choices: tuple[str, ...] = ()

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return the stated value, or the default."""
        if default is NEEDED:
            return fields.need(key, self.read, self.blank)
        return fields.take(key, self.read, default)

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema: text or a number, since YAML may read either."""
        if self.choices:
            return {"enum": list(self.choices)}
        return {"type": ["string", "number"], "description": self.name, "examples": [self.example]}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the value as a message shows it; a missing value is a dash."""
        return "–" if value is None else self.show(value, currency)


@dataclass(frozen=True)
class Choices:
    """One value or a list of values."""

    of: Scalar
    max_count: int = 24

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return all stated values, or the default."""
        values = fields.several(key, self.of.read)
        if len(values) > self.max_count:
            fields.report(key, message("At most {most} entries are allowed.", most=self.max_count))
        return values[: self.max_count] or (() if default is NEEDED else default)

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        value = self.of.schema()
        return {"anyOf": [value, {"type": "array", "items": value, "maxItems": self.max_count}]}

    def shown(self, value: Any, currency: str) -> Value:
        """Return the values, separated by commas."""
        return ListMessage(tuple(self.of.shown(item, currency) for item in value)) if value else "–"


@dataclass(frozen=True)
class Nested:
    """A nested mapping of terms."""

    of: type

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return the nested terms, or the default."""
        inner = fields.inner(key)
        if inner is not None:
            return read(self.of, inner)
        if default is NEEDED:
            fields.report("", message("“{name}” is missing.", name=key))
            return None
        return default

    def schema(self) -> dict[str, Any]:
        """Return a reference to the definition."""
        return {"$ref": f"#/$defs/{self.of.__name__}"}

    def shown(self, value: Any, currency: str) -> Value:
        """Return every term that differs from its default."""
        return "–" if value is None else summarize(value, currency)


@dataclass(frozen=True)
class ListOf:
    """A list of nested mappings."""

    of: type
    max_count: int

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return every entry."""
        del default
        return tuple(read(self.of, entry) for entry in fields.each(key, self.max_count))

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        return {"type": "array", "items": {"$ref": f"#/$defs/{self.of.__name__}"}, "maxItems": self.max_count}

    def shown(self, value: Any, currency: str) -> Value:
        """Return every entry, separated by commas."""
        return ListMessage(tuple(summarize(entry, currency) for entry in value)) if value else "–"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declared term: the name of its field, its key in the text, its type, label, meaning and default."""

    name: str
    key: str
    type: TermType
    label: Message
    doc: str
    default: Any


def declare(kind: TermType, default: Any = NEEDED, *, key: str = "", label: str = "", doc: str = "") -> Any:
    """Declare a term; without a default it is required."""
    metadata: Mapping[str, Any] = {"kind": kind, "key": key, "label": label, "doc": doc}
    return field(metadata=metadata) if default is NEEDED else field(default=default, metadata=metadata)


@lru_cache
def _declarations(cls: Any) -> tuple[Declaration, ...]:
    return tuple(_declaration(field_) for field_ in fields(cls) if "kind" in field_.metadata)


def declarations_of(cls: type) -> tuple[Declaration, ...]:
    """Return the declared terms of a class in reading order."""
    hashable: Any = cls
    return _declarations(hashable)


def _declaration(field_: Field[Any]) -> Declaration:
    metadata = field_.metadata
    key = metadata["key"] or field_.name.replace("_", " ")
    label = metadata["label"] or key.capitalize()
    default = NEEDED if field_.default is MISSING else field_.default
    return Declaration(field_.name, key, metadata["kind"], message(label), metadata["doc"], default)


def read(cls: type[S], fields: Fields, also: tuple[str, ...] = ()) -> S:
    """Read the terms of a class; keys in `also` are read elsewhere. Problems are collected in the fields."""
    values = {term.name: term.type.take(fields, term.key, term.default) for term in declarations_of(cls)}
    for name in also:
        fields.node(name)
    fields.finish()
    instance = cls(**values)
    check: Callable[[Fields], None] | None = getattr(instance, "check", None)
    if check:
        check(fields)
    return instance


def summarize(instance: Any, currency: str) -> Message:
    """Return every term that differs from its default, with its label."""
    joined: Message | None = None
    for declaration in declarations_of(type(instance)):
        value = getattr(instance, declaration.name)
        if value == declaration.default:
            continue
        shown = declaration.type.shown(value, currency)
        part = message("{label} {value}", label=declaration.label, value=shown)
        joined = part if joined is None else message("{first}, {second}", first=joined, second=part)
    return joined or message("default terms")


def unique_names(fields: Fields, key: str, names: list[str], rule: Message) -> None:
    """Report names that appear twice, ignoring case."""
    folded = [name.casefold() for name in names]
    for name in sorted({name for name in folded if name and folded.count(name) > 1}):
        fields.problems.append(Diagnostic(fields.line_of(key), name, rule, message("Rename one of them.")))


def text(most: int = 60) -> Scalar:
    """Return the type of a line of text."""
    return Scalar("text", words(most), "", lambda value, _: str(value) or "–", "New business")


def choice(*choices: str) -> Scalar:
    """Return the type of one of a few choices."""
    return Scalar(
        "one of a few choices",
        one_of(*choices),
        blank=choices[0],
        show=lambda value, _: str(value),
        example=choices[0],
        choices=choices,
    )


def _plain(value: Any, _currency: str) -> Value:
    return int(value) if value == int(value) else str(float(value))


def _yes_or_no(value: bool, _currency: str) -> Value:  # noqa: FBT001 - the value of the term
    return message("yes") if value else message("no")


MONEY = Scalar(
    "an amount of money",
    units.money,
    blank=0,
    show=lambda value, currency: Money(int(value), currency),
    example="$50,000",
)
COUNT = Scalar("a whole number", units.count, 0, lambda value, _: int(value), "12")
PERCENT = Scalar("a percentage", units.percent, Fraction(0), lambda value, _: Percent(value), "6.25%")
SHARE = Scalar("a percentage or a fraction", units.share, Fraction(0), lambda value, _: Percent(value), "1/3")
MULTIPLE = Scalar("a factor", units.multiple, Fraction(1), lambda value, _: Multiple(value), "1.5x")
DURATION = Scalar("a duration", units.duration, Duration(1, "months"), lambda value, _: value, "60 days")
DAY = Scalar("a date", units.day, date(2000, 1, 1), lambda value, _: value, "2027-03-01")
MONTH = Scalar(
    "a month", units.month, 684, lambda value, _: first_day(value).isoformat().removesuffix("-01"), "2027-01"
)
STARS = Scalar("stars from 1 to 5", units.rating, Fraction(5), _plain, "4.8")
FLAG = Scalar(
    "yes or no",
    lambda text: one_of("yes", "no")(text) == "yes",
    blank=False,
    show=_yes_or_no,
    example="yes",
    choices=("yes", "no"),
)
