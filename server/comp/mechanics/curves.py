"""Payout curves: attainment (or a result) in, a share of the target out, in steps or along straight lines."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from server.comp.language.declarations import SHARE as _SHARE
from server.comp.language.declarations import Scalar, declare
from server.comp.language.fields import Fields
from server.comp.mechanics.thresholds import THRESHOLD, Threshold, check_start, describe_start, threshold_of
from server.comp.mechanics.tiers import BELOW_FIRST
from server.comp.piecewise import LinearPiece, PiecewiseLinear
from server.comp.rounding import to_cents
from server.messages import Message, Percent, message

MAX_POINTS = 50
STEPPED, LINEAR = "stepped", "linear"
FLAT, GOES_ON = "flat", "goes on"
PAYOUT = Scalar("a share of the target", _SHARE.read, Fraction(0), lambda value, _: Percent(value), "150%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """From an attainment (or a result) on, a share of the target."""

    start: Threshold | None = declare(THRESHOLD, None, key="from", doc="Where it starts; the edge belongs to it.")
    above: Threshold | None = declare(THRESHOLD, None, doc="Where it starts; the edge belongs to the point below.")
    pays: Fraction = declare(PAYOUT)

    def check(self, fields: Fields) -> None:
        """Report a point that starts nowhere, or twice."""
        check_start(self, fields)

    def sentence(self, currency: str) -> Message:
        """Say it."""
        return message(
            "{start}: {share} of the target.", start=describe_start(self, currency), share=Percent(self.pays)
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """How a point's edge becomes an exact value on the axis that is looked at.

    With a `quota` (cents or units) the axis is credit, and shares of quota lie on it. Without, it is a result times
    `scale`: 90% and 0.9 are the same result.
    """

    quota: int | None = None
    scale: int = 1
    is_money: bool = True

    def at(self, edge: Threshold) -> Fraction:
        """Return where an edge lies."""
        if self.quota is not None:
            return edge.exactly(self.quota, is_money=self.is_money)
        return edge.size * self.scale


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve worked out: knots (exact) with who owns them, exact cents at each, and how it goes between and on."""

    knots: tuple[Fraction, ...]
    owned: tuple[bool, ...]
    cents: tuple[Fraction, ...]
    linear: bool
    goes_on: bool

    def place(self, value: int) -> int:
        """Return the index of the last point that a value has reached, or -1."""
        found = -1
        for index, (knot, owned) in enumerate(zip(self.knots, self.owned, strict=True)):
            if value > knot or (owned and value == knot):
                found = index
        return found

    def owed(self, value: int) -> int:
        """Return cents for a value on the axis: below the first point nothing; rounded once."""
        index = self.place(value)
        if index < 0:
            return 0
        slope = self.slope(index)
        return to_cents(self.cents[index] + (value - self.knots[index]) * slope)

    def slope(self, index: int) -> Fraction:
        """Return exact cents for each unit beyond a point."""
        last = index + 1 == len(self.knots)
        if not self.linear or (last and (not self.goes_on or index == 0)):
            return Fraction(0)
        low = index - 1 if last else index
        run = self.knots[low + 1] - self.knots[low]
        return (self.cents[low + 1] - self.cents[low]) / run if run else Fraction(0)

    def row(self) -> PiecewiseLinear:
        """Return it as pieces for the fast path."""
        pieces = [LinearPiece(BELOW_FIRST)]
        for index, (knot, owned) in enumerate(zip(self.knots, self.owned, strict=True)):
            slope = self.slope(index)
            threshold = ceil(knot) if owned else floor(knot) + 1
            pieces.append(LinearPiece(threshold, slope, shift=self.cents[index] - knot * slope))
        return PiecewiseLinear(tuple(pieces))


def curve(points: tuple[Point, ...], axis: Axis, target: int, between: str, beyond: str) -> Curve:
    """Work a curve out for one axis and target (cents)."""
    return Curve(
        tuple(axis.at(threshold_of(point)) for point in points),
        tuple(point.above is None for point in points),
        tuple(point.pays * target for point in points),
        between == LINEAR,
        beyond == GOES_ON,
    )
