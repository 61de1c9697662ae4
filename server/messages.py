"""Translatable messages: text kept apart from its values, so that a page can translate both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
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


Value = Union[str, int, date, Money, Percent, Multiple, Duration, "Message", "ListMessage"]
Translate = Callable[[str], str]
Show = Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message with named placeholders, and the values that fill them."""

    msgid: str
    values: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        return self.render(str, str)

    def render(self, translate: Translate, show: Show) -> str:
        """Return the translated text with each value shown; inner messages are rendered the same way."""
        values = {name: _show(value, translate, show) for name, value in self.values}
        return translate(self.msgid).format_map(values)


@dataclass(frozen=True, slots=True)
class ListMessage:
    """Several values, separated by commas."""

    items: tuple[Value, ...]

    def __str__(self) -> str:
        return ", ".join(str(item) for item in self.items)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)


def _show(value: Value, translate: Translate, show: Show) -> str:
    if isinstance(value, Message):
        return value.render(translate, show)
    if isinstance(value, ListMessage):
        return ", ".join(_show(item, translate, show) for item in value)
    return show(value)


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
