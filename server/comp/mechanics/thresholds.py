"""Thresholds of tiers, bonuses and curves: a share of quota, an amount or a number, included or excluded."""

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
    """A share of quota, an amount in cents, or a plain number."""

    share: Fraction | None = None
    cents: int | None = None
    number: Fraction | None = None

    @property
    def size(self) -> Fraction:
        """Return a value to sort thresholds of one kind by."""
        if self.share is not None:
            return self.share
        return Fraction(self.cents) if self.cents is not None else (self.number or Fraction(0))

    @property
    def is_zero(self) -> bool:
        """Return whether the threshold is 0."""
        return self.size == 0

    def exactly(self, quota: int, *, is_money: bool) -> Fraction:
        """Return the threshold in cents or units of the measure, not rounded."""
        if self.share is not None:
            return self.share * quota
        if self.cents is not None:
            return Fraction(self.cents) if is_money else Fraction(self.cents, 100)
        return (self.number or Fraction(0)) * (100 if is_money else 1)

    def at(self, quota: int, *, is_money: bool) -> int:
        """Return the threshold in cents or units of the measure; a share of quota is rounded to the cent."""
        return to_cents(self.exactly(quota, is_money=is_money))

    def shown(self, currency: str) -> Value:
        """Return the threshold as it is stated."""
        if self.share is not None:
            return Percent(self.share)
        if self.cents is not None:
            return Money(self.cents, currency)
        number = self.number or Fraction(0)
        return int(number) if number.denominator == 1 else str(float(number))


def parse_threshold(text: str) -> Threshold:
    """Parse `100%`, `2/3`, `$150,000`, `150k` or `3`."""
    bare = text.strip()
    if units.is_share(bare):
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
    """An entry that starts at a threshold: `start` (“from”) includes it, `above` excludes it."""

    @property
    def start(self) -> Threshold | None:
        """Return the threshold that is included."""

    @property
    def above(self) -> Threshold | None:
        """Return the threshold that is excluded."""


def threshold_of(entry: HasThreshold) -> Threshold:
    """Return the threshold at which an entry starts."""
    return entry.start or entry.above or Threshold(number=Fraction(0))


def threshold_amount(entry: HasThreshold, quota: int, *, is_money: bool, is_rounded: bool = False) -> int:
    """Return the lowest integer total that reaches an entry.

    With `is_rounded`, attainment is first rounded to a whole percent.
    """
    share = threshold_of(entry).share
    if is_rounded and share:
        percent = floor(share * 100) + 1 if entry.above is not None else ceil(share * 100)
        return ceil((percent - Fraction(1, 2)) * quota / 100)
    threshold = threshold_of(entry).at(quota, is_money=is_money)
    return threshold + 1 if entry.above is not None else threshold


def describe_start(entry: HasThreshold, currency: str) -> Message:
    """Return where an entry starts: “from” or “above” its threshold."""
    if entry.above is not None:
        return message("above {threshold}", threshold=entry.above.shown(currency))
    return message("from {threshold}", threshold=threshold_of(entry).shown(currency))


def check_start(entry: Any, fields: Fields) -> None:
    """Report an entry without a threshold, or with two."""
    if (entry.start is None) == (entry.above is None):
        rule = message("Use either “from” (includes the threshold) or “above” (excludes it).")
        fields.report("from", rule)


def _kind(threshold: Threshold) -> str:
    if threshold.share is not None:
        return "share"
    return "cents" if threshold.cents is not None else "number"


def check_rising(fields: Fields, key: str, entries: tuple[Any, ...], lines: list[int]) -> None:
    """Report thresholds that do not rise, or that mix shares of quota and amounts."""
    thresholds = [threshold_of(entry) for entry in entries]
    # 0 may be an amount or a number, so it mixes with both.
    typed = [threshold for threshold in thresholds if threshold.share is not None or not threshold.is_zero]
    kinds = {_kind(threshold) for threshold in typed}
    if len(kinds) > 1:
        fields.report(key, message("The thresholds mix shares of quota and amounts."))
        return
    for line, (lower, upper) in zip(lines[1:], pairwise(entries), strict=False):
        low, high = threshold_of(lower).size, threshold_of(upper).size
        if high < low or (high == low and not (lower.start is not None and upper.above is not None)):
            rule = message("The thresholds must be in rising order.")
            hint = message("Each must be higher than the one before.")
            fields.problems.append(Diagnostic(line, "", rule, hint))


def lines_of(fields: Fields, key: str) -> list[int]:
    """Return the line of each entry in a list."""
    node = fields.node(key)
    return [item.line for item in (node.items or [])] if node else []
