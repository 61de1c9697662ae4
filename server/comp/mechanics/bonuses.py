"""Bonuses: flat amounts at thresholds (the highest reached or each one), and an amount for each full step."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

import numpy as np

from server.comp.language import units
from server.comp.language.declarations import Scalar, declare
from server.comp.language.fields import Fields
from server.comp.language.ranges import SCALE
from server.comp.mechanics.piecewise import ENDLESS, LinearPiece, PiecewiseLinear
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
from server.comp.rounding import Bools, Int64s, to_cents
from server.messages import Message, Money, Percent, Value, message

MAX_BONUSES = 50


@dataclass(frozen=True, slots=True)
class BonusAmount:
    """An amount in cents, or a share of the period's target."""

    cents: int | None = None
    share: Fraction | None = None

    def at(self, target: int) -> int:
        """Return the amount in cents for a target in cents."""
        return self.cents if self.cents is not None else to_cents((self.share or Fraction(0)) * target)

    def shown(self, currency: str) -> Value:
        """Return the amount as it is stated."""
        if self.cents is not None:
            return Money(self.cents, currency)
        return message("{share} of the target", share=Percent(self.share or Fraction(0)))


def bonus_amount(text: str) -> BonusAmount:
    """Parse `$5,000`, or `10%` or `1/10` (of the target)."""
    stripped = text.strip()
    if units.is_share(stripped):
        return BonusAmount(share=units.percent(stripped, most=10_000))
    return BonusAmount(cents=units.money(stripped))


BONUS_AMOUNT = Scalar(
    "an amount, or a share of the target",
    bonus_amount,
    blank=BonusAmount(0),
    show=lambda amount, currency: amount.shown(currency),
    example="$5,000",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """A flat amount once a threshold is reached."""

    start: Threshold | None = declare(
        THRESHOLD,
        None,
        key="from",
        doc="The threshold that must be reached.",
    )
    above: Threshold | None = declare(
        THRESHOLD,
        None,
        doc="The threshold that must be exceeded.",
    )
    pays: BonusAmount = declare(BONUS_AMOUNT)

    def check(self, fields: Fields) -> None:
        """Report a bonus without a threshold, or with two."""
        check_start(self, fields)

    def sentence(self, currency: str) -> Message:
        """Describe the bonus in a sentence."""
        return message(
            "It pays a bonus of {amount} {start}.",
            amount=self.pays.shown(currency),
            start=describe_start(self, currency),
        )


@dataclass(frozen=True, slots=True)
class TieredBonus:
    """Bonuses computed for one level and period: thresholds and cents.

    With `adds_up` each bonus that is reached counts, otherwise only the highest.
    """

    thresholds: tuple[int, ...]
    cents: tuple[int, ...]
    adds_up: bool

    def owed(self, total: int) -> int:
        """Return the bonuses in cents earned by a running total."""
        bonuses = zip(self.thresholds, self.cents, strict=True)
        reached = [cents for threshold, cents in bonuses if total >= threshold]
        if self.adds_up:
            return sum(reached)
        return reached[-1] if reached else 0

    def row(self) -> PiecewiseLinear:
        """Return the bonuses as pieces for the vectorized engine."""
        pieces, owed = [LinearPiece(BELOW_FIRST)], 0
        for threshold, cents in zip(self.thresholds, self.cents, strict=True):
            owed = owed + cents if self.adds_up else cents
            pieces.append(LinearPiece(threshold, fixed=owed))
        return PiecewiseLinear(tuple(pieces))


def tiered_bonus(
    bonuses: tuple[Bonus, ...], terms: Terms, *, is_money: bool, adds_up: bool, is_rounded: bool = False
) -> TieredBonus:
    """Compute bonuses for the terms of a period."""
    quota = terms.quota
    return TieredBonus(
        tuple(threshold_amount(bonus, quota, is_money=is_money, is_rounded=is_rounded) for bonus in bonuses),
        tuple(bonus.pays.at(terms.target) for bonus in bonuses),
        adds_up,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBonus:
    """An amount for each full step of credit beyond a start."""

    step: Threshold = declare(THRESHOLD, doc="The credit that makes one step.")
    start: Threshold = declare(
        THRESHOLD,
        Threshold(number=Fraction(0)),
        key="from",
        doc="Where counting starts.",
    )
    pays: BonusAmount = declare(BONUS_AMOUNT)

    def check(self, fields: Fields) -> None:
        """Report a step of 0."""
        if self.step.size <= 0:
            fields.report("step", message("A step must be more than 0."))

    def sentence(self, currency: str) -> Message:
        """Describe the bonus in a sentence."""
        text = message(
            "{amount} for each full {step}", amount=self.pays.shown(currency), step=self.step.shown(currency)
        )
        if self.start.is_zero:
            return message("{text}.", text=text)
        return message("{text} beyond {start}.", text=text, start=self.start.shown(currency))


@dataclass(frozen=True, slots=True)
class StepSchedule:
    """A step bonus computed for one level and period: the start, the step, and the cents per step."""

    start: int
    step: int
    cents: int

    def owed(self, total: int) -> int:
        """Return the cents for the full steps in a running total."""
        return max((total - self.start) // self.step, 0) * self.cents

    def row(self) -> PiecewiseLinear:
        """Return the schedule as one piece for the vectorized engine."""
        return PiecewiseLinear((LinearPiece(BELOW_FIRST, Fraction(self.cents)),), self.start, self.step)


NO_STEPS = StepSchedule(0, ENDLESS, 0)


def steps(bonus: StepBonus, terms: Terms, *, is_money: bool) -> StepSchedule:
    """Compute a step bonus for the terms of a period; a step of 0 (from a quota of 0) is never reached."""
    size = bonus.step.at(terms.quota, is_money=is_money)
    start = bonus.start.at(terms.quota, is_money=is_money)
    return StepSchedule(start, size or ENDLESS, bonus.pays.at(terms.target))


def on_result(bonuses: tuple[Bonus, ...], terms: Terms, *, adds_up: bool) -> TieredBonus:
    """Compute bonuses whose thresholds are results; totals are results times SCALE."""
    thresholds = [(threshold_of(bonus).size * SCALE, bonus.above is not None) for bonus in bonuses]
    reached = tuple(floor(size) + 1 if is_excluded else ceil(size) for size, is_excluded in thresholds)
    return TieredBonus(reached, tuple(bonus.pays.at(terms.target) for bonus in bonuses), adds_up)


@dataclass(frozen=True, slots=True)
class PaidBonuses:
    """What bonuses and steps have paid in a period so far: cents, the terms, and what earlier terms paid."""

    cents: int
    terms: Terms
    kept: int | None = None

    def then(self, owed: int, terms: Terms) -> "PaidBonuses":
        """Return what is paid once `owed` cents are due under some terms; what earlier terms paid stays paid."""
        kept = self.kept if terms == self.terms else self.cents
        return PaidBonuses(owed if kept is None else max(owed, kept), terms, kept)


def kept_bonuses(owed: Int64s, changes: Bools, fresh: Bools) -> Int64s:
    """Return the total paid in its period up to each deal (n,) in cents: `PaidBonuses.then` in arrays.

    `owed` (n,) is due on the running total, `fresh` (n,) marks the first deal of each period and `changes` (n,)
    the first deal under other terms than the one before.
    """
    paid = owed.copy()
    bounds = [*np.flatnonzero(changes | fresh).tolist(), owed.size]
    for start, end in pairwise(bounds):
        if not fresh[start]:
            paid[start:end] = np.maximum(owed[start:end], paid[start - 1])
    return paid
