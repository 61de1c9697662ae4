"""Translatable messages: text kept apart from its values, so that a page can translate both."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from string import Formatter
from typing import Literal, Union

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer cents with its currency (ISO 4217)."""

    cents: int
    currency: str

    def __str__(self) -> str:
        units, cents = divmod(abs(self.cents), 100)
        sign = "-" if self.cents < 0 else ""
        symbol = _SYMBOLS.get(self.currency, f"{self.currency} ")
        return f"{sign}{symbol}{units:,}" + (f".{cents:02d}" if cents else "")


@dataclass(frozen=True, slots=True)
class Percent:
    """An exact share, shown in percent with at most four decimals."""

    share: Fraction

    @property
    def hundredths(self) -> Fraction:
        """Return the number before the percent sign."""
        return self.share * 100

    @property
    def exact(self) -> bool:
        """Return whether four decimals show the exact value."""
        return (self.hundredths * 10_000).denominator == 1

    def __str__(self) -> str:
        scaled = round(abs(self.hundredths) * 10_000)
        text = f"{scaled // 10_000}.{scaled % 10_000:04d}".rstrip("0").rstrip(".")
        sign = "-" if self.share < 0 else ""
        return f"{sign}{text}%" if self.exact else f"{sign}{text}…%"


@dataclass(frozen=True, slots=True)
class Multiple:
    """A factor such as 1.5x."""

    factor: Fraction

    def __str__(self) -> str:
        return f"{float(self.factor):g}x"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as a plan states it: 60 days, or 12 calendar months."""

    count: int
    unit: Literal["days", "months"]

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


_NUMBER = re.compile(r"[\d.,]+…?")
_LEAF: dict[type, str] = {Duration: r"(\d+ \w+)"}
"""How a leaf reads whose text may have spaces."""

Value = Union[str, int, date, Money, Percent, Multiple, Duration, "Message", "ListMessage"]
Translate = Callable[[str], str]
TranslatePlural = Callable[[str, str, int], str]
Show = Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message with named placeholders and the values that fill them; with `plural`, its form depends on `count`."""

    msgid: str
    values: tuple[tuple[str, Value], ...] = ()
    plural: str = ""
    count: int = 0

    def __str__(self) -> str:
        return self.render(str, str)

    def render(self, translate: Translate, show: Show, translate_plural: TranslatePlural | None = None) -> str:
        """Return the translated text with each value shown; inner messages are rendered the same way."""
        plural = translate_plural or _english_plural
        text = plural(self.msgid, self.plural, self.count) if self.plural else translate(self.msgid)
        return text.format_map({name: _show(value, translate, show, plural) for name, value in self.values})


def _english_plural(singular: str, plural: str, count: int) -> str:
    return singular if count == 1 else plural


@dataclass(frozen=True, slots=True)
class ListMessage:
    """Several values, separated by commas."""

    items: tuple[Value, ...]

    def __str__(self) -> str:
        return ", ".join(str(item) for item in self.items)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)


def _show(value: Value, translate: Translate, show: Show, plural: TranslatePlural) -> str:
    if isinstance(value, Message):
        return value.render(translate, show, plural)
    if isinstance(value, ListMessage):
        return ", ".join(_show(item, translate, show, plural) for item in value)
    return show(value)


def leaves(value: Value) -> list[Value]:
    """Return the values in a message that are not messages, in the order in which they are read."""
    if isinstance(value, ListMessage):
        return [leaf for item in value for leaf in leaves(item)]
    if not isinstance(value, Message):
        return [value]
    values = dict(value.values)
    return [leaf for _, name, _, _ in Formatter().parse(value.msgid) if name for leaf in leaves(values[name])]


def is_figure(leaf: Value) -> bool:
    """Return whether a leaf is an amount, number, share, factor, duration or day, and not a name or a phrase."""
    return not isinstance(leaf, str) or _NUMBER.fullmatch(leaf) is not None


def match_leaves(value: Value, text: str) -> list[str] | None:
    """Return what a text has in the place of each leaf of a message, or None if it says something else.

    Words of the message must be as they are, up to the spaces between them; `text` is English.
    """
    match = re.fullmatch(_pattern(value), " ".join(text.split()))
    return list(match.groups()) if match else None


def _pattern(value: Value) -> str:
    if isinstance(value, ListMessage):
        return ", ".join(_pattern(item) for item in value)
    if not isinstance(value, Message):
        return _LEAF.get(type(value), r"(\S+?)") if is_figure(value) else rf"({re.escape(str(value))})"
    values = dict(value.values)
    return "".join(
        re.escape(text) + (_pattern(values[name]) if name else "")
        for text, name, _, _ in Formatter().parse(value.msgid)
    )


def decimal(value: Fraction) -> Value:
    """Return a number as it was stated: an integer, or a decimal with at most eight places."""
    if value.denominator == 1:
        return int(value)
    scaled = round(value * 10**8)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{abs(scaled) // 10**8}.{abs(scaled) % 10**8:08d}".rstrip("0")


def message(msgid: str, /, **values: Value) -> Message:
    """Build a message; its text is marked for translation wherever `message` is called."""
    return Message(msgid, tuple(values.items()))


def plural_message(singular: str, plural: str, count: int, /, **values: Value) -> Message:
    """Build a message whose form depends on a count, which both forms may show as {count}."""
    return Message(singular, (("count", count), *values.items()), plural, count)
