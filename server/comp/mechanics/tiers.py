"""Tiers: which part of the credited total is paid at which rate.

A deal is paid the increase of the rounded running total, so splitting a deal or reordering the deals of a day
never changes a sum. Both engines pay by this module, `explain/deals.py` deal by deal and `vectorized/deals.py` over
arrays: the parts between thresholds (`owed`, `row`), whole deals (`on_whole_deal`), and periods that are
recalculated with every deal (`on_segments`, `on_running_segments`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from math import floor

import numpy as np

from server.comp.language.declarations import MONEY, choice, declare
from server.comp.language.fields import Fields
from server.comp.mechanics.piecewise import ENDLESS, LinearPiece, PiecewiseLinear
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.rates import RATE, Rate
from server.comp.mechanics.thresholds import (
    THRESHOLD,
    Threshold,
    check_start,
    describe_start,
    threshold_amount,
    threshold_of,
)
from server.comp.rounding import Bools, Int64s, product, times, to_cents
from server.messages import Message, Money, message

MAX_TIERS = 50
BELOW_FIRST = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A rate from a threshold on.

    A marginal tier pays its rate on the part beyond the threshold, a retroactive one on the whole total.
    """

    start: Threshold | None = declare(
        THRESHOLD,
        None,
        key="from",
        doc="Where the tier starts, this threshold included.",
    )
    above: Threshold | None = declare(
        THRESHOLD,
        None,
        doc="Where the tier starts, this threshold excluded.",
    )
    pays: Rate = declare(RATE, label="commission")
    method: str | None = declare(
        choice("marginal", "retroactive"),
        None,
        doc="The method of the component unless stated.",
    )

    def check(self, fields: Fields) -> None:
        """Report a tier without a threshold, or with two."""
        check_start(self, fields)

    def sentence(self, currency: str, method: str) -> Message:
        """Describe the tier in a sentence."""
        rate, start = self.pays.shown(currency), describe_start(self, currency)
        if method == "retroactive" and not threshold_of(self).is_zero:
            return message(
                "With credit {start}, all of it pays {rate}, not only the part beyond.",
                start=start,
                rate=rate,
            )
        if threshold_of(self).is_zero:
            return message("Credit pays {rate} from the start.", rate=rate)
        return message("Credit {start} pays {rate}.", start=start, rate=rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeyondPay:
    """A rate for credit beyond the point where tiers have paid an amount in their period."""

    start: int = declare(MONEY, key="from", doc="What the component has paid in its period.")
    pays: Rate = declare(RATE)

    def check(self, fields: Fields) -> None:
        """Report an amount of 0."""
        if self.start == 0:
            fields.report("from", message("This amount must be more than 0."))

    def sentence(self, currency: str) -> Message:
        """Describe the rate in a sentence."""
        amount, rate = Money(self.start, currency), self.pays.shown(currency)
        return message("After it has paid {amount} in a period, it pays {rate} on the rest.", amount=amount, rate=rate)


BEYOND = 10**6
"""The index of the rate beyond an amount of pay, after all tiers."""


@dataclass(frozen=True, slots=True)
class TierSchedule:
    """Tiers computed for one level and period, in cents or units of the measure.

    `lower_bounds` are the thresholds of the tiers, `thresholds` the lowest totals that reach them (they differ
    by rounding and by “above”), `rates` exact cents per cent or unit. A first tier at 0 also holds below 0: a
    return takes back what it was paid, at the rate of that tier.
    """

    lower_bounds: tuple[int, ...]
    thresholds: tuple[int, ...]
    rates: tuple[Fraction, ...]
    retroactive: tuple[bool, ...]
    has_beyond_pay: bool = False
    """Whether the last entry is what is paid beyond an amount of pay, and not a tier."""

    def number(self, index: int) -> int:
        """Return the index of a tier in the plan, or BEYOND for what is paid beyond an amount of pay."""
        return BEYOND if self.has_beyond_pay and index == len(self.rates) - 1 else index

    def upper(self, index: int) -> int:
        """Return where a tier ends."""
        return self.lower_bounds[index + 1] if index + 1 < len(self.lower_bounds) else ENDLESS

    def reached(self, total: int) -> int:
        """Return the index of the highest retroactive tier that a total reaches, or -1."""
        if True not in self.retroactive:
            return -1
        return max(
            (
                index
                for index, threshold in enumerate(self.thresholds)
                if self.retroactive[index] and total >= threshold
            ),
            default=-1,
        )

    def tier(self, total: int) -> int:
        """Return the index of the tier that a total is in, or -1 below the first."""
        return max(
            (index for index, threshold in enumerate(self.thresholds) if total >= threshold),
            default=-1,
        )

    def reached_by(self, totals: Int64s) -> Int64s:
        """Return the index of the highest retroactive tier that each total (n,) reaches, or -1."""
        reached = np.full(totals.shape, -1, dtype=np.int64)
        for index, threshold in enumerate(self.thresholds):
            if self.retroactive[index]:
                reached[totals >= threshold] = index
        return reached

    def owed(self, total: int) -> int:
        """Return the commission in cents on a running total; the part of each tier is rounded once."""
        reached = self.reached(total)
        owed = 0
        if reached >= 0:
            owed += product(min(total, self.upper(reached)), self.rates[reached])
        for index in range(reached + 1, len(self.lower_bounds)):
            if part := self.part(index, total):
                owed += product(part, self.rates[index])
        return owed

    def part(self, index: int, total: int) -> int:
        """Return the part of a total in a tier; negative if the total is below a first tier at 0."""
        lower, inside = self.lower_bounds[index], min(total, self.upper(index))
        return (inside if self.thresholds[index] == BELOW_FIRST else max(inside, lower)) - lower

    def segments(self, before: int, after: int) -> dict[int, int]:
        """Return the part of a step between two totals in each tier, by index; -1 is below the first."""
        segments = {}
        for tier, (lower, upper) in enumerate(pairwise(self.bounds()), start=-1):
            part = max(min(after, upper), lower) - max(min(before, upper), lower)
            if part:
                segments[tier] = part
        return segments

    def on_segments(self, segments: Mapping[int, int], reached: int) -> int:
        """Return the cents for a period's credit in each tier, as `segments` gives it.

        Credit up to the retroactive tier `reached` is paid at its rate, credit above at the rate of its own tier.
        """
        owed = 0
        if reached >= 0:
            owed += to_cents(sum(part for tier, part in segments.items() if tier <= reached) * self.rates[reached])
        return owed + sum(to_cents(part * self.rates[tier]) for tier, part in segments.items() if tier > reached)

    def on_running_segments(self, in_tiers: Sequence[Int64s], reached: Int64s) -> Int64s:
        """Return the cents (n,) for running totals of credit in each range of `bounds`: `on_segments` in arrays."""
        up_to_tiers = list(accumulate(in_tiers))
        owed = np.zeros_like(reached)
        for tier, rate in enumerate(self.rates):
            owed += np.where(reached == tier, times(up_to_tiers[tier + 1], rate), 0)
            owed += np.where(reached < tier, times(in_tiers[tier + 1], rate), 0)
        return owed

    def rate_at(self, total: int) -> Fraction:
        """Return the rate of the tier that a total is in, 0 below the first."""
        tier = self.tier(total)
        return self.rates[tier] if tier >= 0 else Fraction(0)

    def on_whole_deal(self, total: int, value: int) -> int:
        """Return the cents for a whole deal at the rate of the tier that `total` is in."""
        return to_cents(value * self.rate_at(total))

    def bounds(self) -> list[int]:
        """Return the lower bound of the range below the first tier and of each tier, then the end."""
        if self.thresholds[:1] == (BELOW_FIRST,):
            return [BELOW_FIRST, BELOW_FIRST, *self.lower_bounds[1:], ENDLESS]
        return [min(0, self.lower_bounds[0]), *self.lower_bounds, ENDLESS]

    def parts(self, before: int, after: int) -> list[tuple[int, int, Fraction]]:
        """Return for a step between two totals its tiers (by index), amounts and rates, for the explanation."""
        reached = self.reached(after)
        parts = []
        for index in range(max(reached, 0), len(self.lower_bounds)):
            lower, upper = (0 if index == reached else self.lower_bounds[index]), self.upper(index)
            lower = BELOW_FIRST if self.thresholds[index] == BELOW_FIRST else lower
            amount = max(min(after, upper), lower) - max(min(before, upper), lower)
            if amount:
                parts.append((index, amount, self.rates[index]))
        return parts

    def paying_nothing(self) -> "TierSchedule":
        """Return the same tiers with a rate of 0, for a period without a quota."""
        zeros = tuple(0 for _ in self.lower_bounds)
        return TierSchedule(zeros, zeros, tuple(Fraction(0) for _ in self.lower_bounds), self.retroactive)

    def beyond(self, cents: int, rate: Fraction) -> "TierSchedule":
        """Return the same tiers until they have paid an amount; credit beyond that is paid at another rate."""
        owed = 0
        for index, (lower, own_rate) in enumerate(zip(self.lower_bounds, self.rates, strict=True)):
            whole = product(self.upper(index) - lower, own_rate)
            if owed + whole > cents:
                start = lower + floor((cents - owed) / own_rate)
                kept = index + (start > lower)
                return TierSchedule(
                    (*self.lower_bounds[:kept], start),
                    (*self.thresholds[:kept], start),
                    (*self.rates[:kept], rate),
                    (*self.retroactive[:kept], False),
                    has_beyond_pay=True,
                )
            owed += whole
        return self

    def row(self) -> PiecewiseLinear:
        """Return the tiers as pieces for the vectorized engine."""
        pieces = [] if self.thresholds[:1] == (BELOW_FIRST,) else [LinearPiece(BELOW_FIRST)]
        owed = 0
        for index, (lower, rate) in enumerate(zip(self.lower_bounds, self.rates, strict=True)):
            if self.retroactive[index]:
                pieces.append(LinearPiece(self.thresholds[index], rate))
                owed = product(self.upper(index), rate) if index + 1 < len(self.lower_bounds) else 0
            else:
                pieces.append(LinearPiece(self.thresholds[index], rate, lower, owed))
                owed += product(self.upper(index) - lower, rate) if index + 1 < len(self.lower_bounds) else 0
        return PiecewiseLinear(tuple(pieces))


def tier_schedule(
    tiers: tuple[Tier, ...],
    terms: Terms,
    base_rate: Fraction,
    *,
    is_money: bool,
    method: str,
    is_rounded: bool = False,
) -> TierSchedule:
    """Compute tiers for the terms of a period; `base_rate` is what 1x pays."""
    return TierSchedule(
        tuple(threshold_of(tier).at(terms.quota, is_money=is_money) for tier in tiers),
        tuple(
            BELOW_FIRST
            if threshold_of(tier).is_zero
            else threshold_amount(tier, terms.quota, is_money=is_money, is_rounded=is_rounded)
            for tier in tiers
        ),
        tuple(tier.pays.at(base_rate) for tier in tiers),
        tuple((tier.method or method) == "retroactive" for tier in tiers),
    )


def uses_rate_before(pays_whole: str, credit: Int64s | int) -> Bools | bool:
    """Return whether whole deals are paid at the tier before them; `pays_whole` is “rate before” or “rate after”.

    A return (negative credit) crosses the tiers in the opposite direction.
    """
    return (credit >= 0) == (pays_whole == "rate before")
