"""Bonuses: flat amounts at edges, the highest reached or every one, and an amount for each step of a size."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from server.comp.language import units
from server.comp.language.declarations import Scalar, declare
from server.comp.language.fields import Fields
from server.comp.language.ranges import SCALE
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.thresholds import (
    THRESHOLD,
    Threshold,
    check_start,
    describe_start,
    threshold_amount,
    threshold_of,
)
from server.comp.mechanics.tiers import BELOW_FIRST
from server.comp.piecewise import ENDLESS, LinearPiece, PiecewiseLinear
from server.comp.rounding import to_cents
from server.messages import Message, Money, Percent, Value, message

MAX_BONUSES = 50


@dataclass(frozen=True, slots=True)
class BonusAmount:
    """Cents, or a share of the period's target."""

    cents: int | None = None
    share: Fraction | None = None

    def at(self, target: int) -> int:
        """Return cents."""
        return self.cents if self.cents is not None else to_cents((self.share or Fraction(0)) * target)

    def shown(self, currency: str) -> Value:
        """Return it as it is stated."""
        if self.cents is not None:
            return Money(self.cents, currency)
        return message("{share} of the target", share=Percent(self.share or Fraction(0)))


def bonus_amount(text: str) -> BonusAmount:
    """Read `$5,000`, or `10%` (of the target)."""
    bare = text.strip()
    if bare.endswith("%"):
        return BonusAmount(share=units.percent(bare, most=10_000))
    return BonusAmount(cents=units.money(bare))


BONUS_AMOUNT = Scalar(
    "an amount, or a share of the target", bonus_amount, BonusAmount(0), lambda v, currency: v.shown(currency), "$5,000"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """A flat amount once an edge is reached."""

    start: Threshold | None = declare(
        THRESHOLD, None, key="from", doc="What must be reached; the edge itself is enough."
    )
    above: Threshold | None = declare(THRESHOLD, None, doc="What must be exceeded; the edge itself is not enough.")
    pays: BonusAmount = declare(BONUS_AMOUNT)

    def check(self, fields: Fields) -> None:
        """Report a bonus that starts nowhere, or twice."""
        check_start(self, fields)

    def sentence(self, currency: str) -> Message:
        """Say it."""
        return message(
            "{start} on, a bonus of {amount}.", start=describe_start(self, currency), amount=self.pays.shown(currency)
        )


@dataclass(frozen=True, slots=True)
class TieredBonus:
    """Bonuses worked out: thresholds and cents; with `adds_up` every one reached counts, else the highest."""

    thresholds: tuple[int, ...]
    cents: tuple[int, ...]
    adds_up: bool

    def owed(self, total: int) -> int:
        """Return the bonuses in cents that a running total has earned."""
        reached = [cents for edge, cents in zip(self.thresholds, self.cents, strict=True) if total >= edge]
        if self.adds_up:
            return sum(reached)
        return reached[-1] if reached else 0

    def row(self) -> PiecewiseLinear:
        """Return it as pieces for the fast path."""
        pieces, owed = [LinearPiece(BELOW_FIRST)], 0
        for edge, cents in zip(self.thresholds, self.cents, strict=True):
            owed = owed + cents if self.adds_up else cents
            pieces.append(LinearPiece(edge, fixed=owed))
        return PiecewiseLinear(tuple(pieces))


def tiered_bonus(
    bonuses: tuple[Bonus, ...], terms: Terms, *, is_money: bool, adds_up: bool, is_rounded: bool = False
) -> TieredBonus:
    """Work bonuses out."""
    return TieredBonus(
        tuple(threshold_amount(bonus, terms.quota, is_money=is_money, is_rounded=is_rounded) for bonus in bonuses),
        tuple(bonus.pays.at(terms.target) for bonus in bonuses),
        adds_up,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBonus:
    """An amount for each full step of credit, counted from a start."""

    step: Threshold = declare(THRESHOLD, doc="How much credit makes a step.")
    start: Threshold = declare(THRESHOLD, Threshold(number=Fraction(0)), key="from", doc="Where counting begins.")
    pays: BonusAmount = declare(BONUS_AMOUNT)

    def check(self, fields: Fields) -> None:
        """Report a step of nothing."""
        if self.step.size <= 0:
            fields.report("step", message("A step is more than nothing."))

    def sentence(self, currency: str) -> Message:
        """Say it."""
        said = message(
            "{amount} for each full {step}", amount=self.pays.shown(currency), step=self.step.shown(currency)
        )
        if self.start.is_zero:
            return message("{said}.", said=said)
        return message("{said} beyond {start}.", said=said, start=self.start.shown(currency))


@dataclass(frozen=True, slots=True)
class StepSchedule:
    """Repeating bonuses worked out: the start and size of a step, and the cents for each."""

    start: int
    step: int
    cents: int

    def owed(self, total: int) -> int:
        """Return the cents for the full steps in a running total."""
        return max((total - self.start) // self.step, 0) * self.cents

    def row(self) -> PiecewiseLinear:
        """Return it for the fast path."""
        return PiecewiseLinear((LinearPiece(BELOW_FIRST, Fraction(self.cents)),), self.start, self.step)


NO_STEPS = StepSchedule(0, ENDLESS, 0)


def steps(every: StepBonus, terms: Terms, *, is_money: bool) -> StepSchedule:
    """Work a repeating bonus out; a step that a quota of 0 would make empty is never filled."""
    size = every.step.at(terms.quota, is_money=is_money)
    return StepSchedule(every.start.at(terms.quota, is_money=is_money), size or ENDLESS, every.pays.at(terms.target))


def on_result(bonuses: tuple[Bonus, ...], terms: Terms, *, adds_up: bool) -> TieredBonus:
    """Work bonuses out whose edges are those of a result (times SCALE)."""
    edges = [(threshold_of(bonus).size * SCALE, bonus.above is not None) for bonus in bonuses]
    reached = tuple(floor(edge) + 1 if above else ceil(edge) for edge, above in edges)
    return TieredBonus(reached, tuple(bonus.pays.at(terms.target) for bonus in bonuses), adds_up)
