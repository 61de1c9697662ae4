"""Edges of tiers, bonuses and curves: a share of quota, an amount or a number, and who owns the edge itself."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Any, Protocol

from server.comp.language import units
from server.comp.language.declarations import Scalar
from server.comp.language.diagnostics import Diagnostic
from server.comp.language.fields import Fields
from server.comp.rounding import to_cents
from server.messages import Message, Money, Percent, Value, message


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of quota, cents, or a plain number."""

    share: Fraction | None = None
    cents: int | None = None
    number: Fraction | None = None

    @property
    def size(self) -> Fraction:
        """Something to put edges of one kind in order by."""
        if self.share is not None:
            return self.share
        return Fraction(self.cents) if self.cents is not None else (self.number or Fraction(0))

    @property
    def is_zero(self) -> bool:
        """Whether it stands at the very start."""
        return self.size == 0

    def exactly(self, quota: int, *, is_money: bool) -> Fraction:
        """Return the edge in cents or units of the measure, not rounded."""
        if self.share is not None:
            return self.share * quota
        if self.cents is not None:
            return Fraction(self.cents) if is_money else Fraction(self.cents, 100)
        return (self.number or Fraction(0)) * (100 if is_money else 1)

    def at(self, quota: int, *, is_money: bool) -> int:
        """Return the edge in cents or units of the measure; a share of quota is rounded to the cent."""
        return to_cents(self.exactly(quota, is_money=is_money))

    def shown(self, currency: str) -> Value:
        """Return it as it is stated."""
        if self.share is not None:
            return Percent(self.share)
        if self.cents is not None:
            return Money(self.cents, currency)
        number = self.number or Fraction(0)
        return int(number) if number.denominator == 1 else str(float(number))


def parse_threshold(text: str) -> Threshold:
    """Read `100%`, `$150,000`, `150k` or `3`."""
    bare = text.strip()
    if bare.endswith("%"):
        return Threshold(share=units.percent(bare, most=10_000))
    if bare.replace(",", "").replace("_", "").replace(".", "", 1).isdigit():
        return Threshold(number=units.number(bare))
    return Threshold(cents=units.money(bare))


THRESHOLD = Scalar(
    "a share of quota, an amount or a number",
    parse_threshold,
    Threshold(number=Fraction(0)),
    lambda value, currency: value.shown(currency),
    "100%",
)


class HasThreshold(Protocol):
    """Something that starts at an edge: `from` owns it, `above` does not."""

    @property
    def start(self) -> Threshold | None:
        """The edge that belongs to it."""

    @property
    def above(self) -> Threshold | None:
        """The edge that belongs to what lies below."""


def threshold_of(entry: HasThreshold) -> Threshold:
    """Return the edge at which an entry starts."""
    return entry.start or entry.above or Threshold(number=Fraction(0))


def threshold_amount(entry: HasThreshold, quota: int, *, is_money: bool, is_rounded: bool = False) -> int:
    """Return the least whole total that has reached an entry, where attainment may be rounded to the percent first."""
    share = threshold_of(entry).share
    if is_rounded and share:
        percent = floor(share * 100) + 1 if entry.above is not None else ceil(share * 100)
        return ceil((percent - Fraction(1, 2)) * quota / 100)
    edge_ = threshold_of(entry).at(quota, is_money=is_money)
    return edge_ + 1 if entry.above is not None else edge_


def describe_start(entry: HasThreshold, currency: str) -> Message:
    """Say where an entry starts and who owns the edge."""
    if entry.above is not None:
        return message("above {edge}", edge=entry.above.shown(currency))
    return message("from {edge}", edge=threshold_of(entry).shown(currency))


def check_start(entry: Any, fields: Fields) -> None:
    """Report an entry that starts nowhere, or twice."""
    if (entry.start is None) == (entry.above is None):
        fields.report("from", message("State “from” (the edge belongs to it) or “above” (it does not)."))


def _kind(edge_: Threshold) -> str:
    if edge_.share is not None:
        return "share"
    return "cents" if edge_.cents is not None else "number"


def check_rising(fields: Fields, key: str, entries: tuple[Any, ...], lines: list[int]) -> None:
    """Report entries whose edges do not rise, or that are shares here and amounts there."""
    found = [threshold_of(entry) for entry in entries]
    kinds = {_kind(edge) for edge in found if edge.share is not None or not edge.is_zero}
    if len(kinds) > 1:
        fields.report(key, message("The edges mix shares of quota and amounts."))
        return
    for line, (lower, upper) in zip(lines[1:], pairwise(entries), strict=False):
        low, high = threshold_of(lower).size, threshold_of(upper).size
        if high < low or (high == low and not (lower.start is not None and upper.above is not None)):
            rule = message("The tiers do not rise.")
            fields.problems.append(Diagnostic(line, "", rule, message("Each starts above the one before.")))


def lines_of(fields: Fields, key: str) -> list[int]:
    """Return the lines that the entries of a list stand on."""
    node = fields.node(key)
    return [item.line for item in (node.items or [])] if node else []
