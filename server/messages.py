"""What the engine says: sentences kept apart from their figures, so that a page can translate both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, Union

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in integer cents with its currency (ISO 4217)."""

    cents: int
    currency: str

    def __str__(self) -> str:
        whole, rest = divmod(abs(self.cents), 100)
        sign = "-" if self.cents < 0 else ""
        mark = _SIGNS.get(self.currency, f"{self.currency} ")
        return f"{sign}{mark}{whole:,}" + (f".{rest:02d}" if rest else "")


@dataclass(frozen=True, slots=True)
class Percent:
    """An exact share, shown in percent with at most four decimals; `exact` tells whether that is all of it."""

    share: Fraction

    @property
    def hundredths(self) -> Fraction:
        """The figure before the percent sign."""
        return self.share * 100

    @property
    def exact(self) -> bool:
        """Whether four decimals show the whole figure."""
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
    """A stretch of time as a plan states it: 60 days, or 12 calendar months."""

    count: int
    unit: Literal["days", "months"]

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit[:-1]}"


Value = Union[str, int, date, Money, Percent, Multiple, Duration, "Message", "ListMessage"]
Translate = Callable[[str], str]
Show = Callable[[Value], str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message with named places, and what stands in them."""

    msgid: str
    values: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        return self.render(str, str)

    def render(self, translate: Translate, show: Show) -> str:
        """Return the text: the message translated, each value shown, inner sentences likewise."""
        return translate(self.msgid).format_map({name: _show(value, translate, show) for name, value in self.values})


@dataclass(frozen=True, slots=True)
class ListMessage:
    """Several values said one after the other, with commas."""

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
    """Return a number as it was stated: whole, or with the decimals it has, at most eight."""
    if value.denominator == 1:
        return int(value)
    scaled = round(value * 10**8)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{abs(scaled) // 10**8}.{abs(scaled) % 10**8:08d}".rstrip("0")


def message(msgid: str, /, **values: Value) -> Message:
    """Build a sentence; the message is marked for translation wherever `say` is called."""
    return Message(msgid, tuple(values.items()))
