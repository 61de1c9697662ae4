"""Payout curves: a share of the target for an attainment or a result, in steps or along straight lines."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from server.comp.language.declarations import SHARE as _SHARE
from server.comp.language.declarations import Scalar, declare
from server.comp.language.fields import Fields
from server.comp.mechanics.piecewise import LinearPiece, PiecewiseLinear
from server.comp.mechanics.thresholds import THRESHOLD, Threshold, check_start, describe_start, threshold_of
from server.comp.mechanics.tiers import BELOW_FIRST
from server.comp.rounding import to_cents
from server.messages import Message, Percent, message

MAX_POINTS = 50
STEPPED, LINEAR = "stepped", "linear"
FLAT, GOES_ON = "flat", "goes on"
PAYOUT = Scalar("a share of the target", _SHARE.read, Fraction(0), lambda value, _: Percent(value), "150%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A share of the target from an attainment or a result on."""

    start: Threshold | None = declare(
        THRESHOLD,
        None,
        key="from",
        doc="Where the point starts, this threshold included.",
    )
    above: Threshold | None = declare(
        THRESHOLD,
        None,
        doc="Where the point starts, this threshold excluded.",
    )
    pays: Fraction = declare(PAYOUT)

    def check(self, fields: Fields) -> None:
        """Report a point without a threshold, or with two."""
        check_start(self, fields)

    def sentence(self, currency: str) -> Message:
        """Describe the point in a sentence."""
        return message(
            "It pays {share} of the target {start}.",
            share=Percent(self.pays),
            start=describe_start(self, currency),
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """How the threshold of a point becomes an exact value on the axis of the curve.

    With a `quota` (cents or units) the axis is credit, and thresholds are shares of the quota or amounts.
    Without one it is a result times `scale`: 90% and 0.9 are the same result.
    """

    quota: int | None = None
    scale: int = 1
    is_money: bool = True

    def at(self, threshold: Threshold) -> Fraction:
        """Return the exact position of a threshold on the axis."""
        if self.quota is not None:
            return threshold.exactly(self.quota, is_money=self.is_money)
        return threshold.size * self.scale


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve computed for one axis and target.

    `knots` are the exact positions of the points, `owned` tells whether each knot is included, `cents` the
    exact payout at each.
    """

    knots: tuple[Fraction, ...]
    owned: tuple[bool, ...]
    cents: tuple[Fraction, ...]
    linear: bool
    goes_on: bool

    def place(self, value: int) -> int:
        """Return the index of the last point that a value has reached, or -1."""
        last = -1
        for index, (knot, is_included) in enumerate(zip(self.knots, self.owned, strict=True)):
            if value > knot or (is_included and value == knot):
                last = index
        return last

    def owed(self, value: int) -> int:
        """Return the cents for a value on the axis, rounded once; below the first point it is 0."""
        index = self.place(value)
        if index < 0:
            return 0
        slope = self.slope(index)
        return to_cents(self.cents[index] + (value - self.knots[index]) * slope)

    def slope(self, index: int) -> Fraction:
        """Return the exact cents for each unit beyond a point."""
        last = index + 1 == len(self.knots)
        if not self.linear or (last and (not self.goes_on or index == 0)):
            return Fraction(0)
        low = index - 1 if last else index
        run = self.knots[low + 1] - self.knots[low]
        return (self.cents[low + 1] - self.cents[low]) / run if run else Fraction(0)

    def row(self) -> PiecewiseLinear:
        """Return the curve as pieces for the vectorized engine."""
        pieces = [LinearPiece(BELOW_FIRST)]
        for index, (knot, is_included) in enumerate(zip(self.knots, self.owned, strict=True)):
            slope = self.slope(index)
            threshold = ceil(knot) if is_included else floor(knot) + 1
            pieces.append(LinearPiece(threshold, slope, shift=self.cents[index] - knot * slope))
        return PiecewiseLinear(tuple(pieces))


def curve(points: tuple[Point, ...], axis: Axis, target: int, between: str, beyond: str) -> Curve:
    """Compute a curve for one axis and a target in cents."""
    return Curve(
        tuple(axis.at(threshold_of(point)) for point in points),
        tuple(point.above is None for point in points),
        tuple(point.pays * target for point in points),
        between == LINEAR,
        beyond == GOES_ON,
    )
