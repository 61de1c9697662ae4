"""Tiers: how much of the credited total is paid at which rate.

What a deal is paid is the increase of the rounded running total, so splitting a deal or reordering a day never
changes a sum.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from server.comp.language.declarations import choice, declare
from server.comp.language.fields import Fields
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
from server.comp.piecewise import ENDLESS, LinearPiece, PiecewiseLinear
from server.comp.rounding import product
from server.messages import Message, message

MAX_TIERS = 50
BELOW_FIRST = -(2**62)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """From an edge on, a rate: for what lies above the edge (marginal), or from the first dollar (retroactive)."""

    start: Threshold | None = declare(THRESHOLD, None, key="from", doc="Where it starts; the edge belongs to it.")
    above: Threshold | None = declare(THRESHOLD, None, doc="Where it starts; the edge belongs to the tier below.")
    pays: Rate = declare(RATE, label="commission")
    method: str | None = declare(choice("marginal", "retroactive"), None, doc="The component's method unless stated.")

    def check(self, fields: Fields) -> None:
        """Report a tier that starts nowhere, or twice."""
        check_start(self, fields)

    def sentence(self, currency: str, method: str) -> Message:
        """Say it."""
        rate, start = self.pays.shown(currency), describe_start(self, currency)
        if method == "retroactive" and not threshold_of(self).is_zero:
            return message("{start} on, everything since the first is paid at {rate}.", start=start, rate=rate)
        if threshold_of(self).is_zero:
            return message("Credit is paid at {rate} from the start.", rate=rate)
        return message("What lies {start} on is paid at {rate}.", start=start, rate=rate)


@dataclass(frozen=True, slots=True)
class TierSchedule:
    """Tiers worked out for one level and period, in units of the measure.

    `edges` are where each begins, `thresholds` the least total that has reached it, `rates` exact cents per unit. One
    that begins at nothing is reached by whatever is less, too: what comes back is taken back at its rate.
    """

    edges: tuple[int, ...]
    thresholds: tuple[int, ...]
    rates: tuple[Fraction, ...]
    retroactive: tuple[bool, ...]

    def upper(self, index: int) -> int:
        """Return where a tier ends."""
        return self.edges[index + 1] if index + 1 < len(self.edges) else ENDLESS

    def reached(self, total: int) -> int:
        """Return the index of the highest retroactive tier that a total has reached, or -1."""
        if True not in self.retroactive:
            return -1
        return max((i for i, edge in enumerate(self.thresholds) if self.retroactive[i] and total >= edge), default=-1)

    def tier(self, total: int) -> int:
        """Return the index of the tier a total lies in, or -1 below the first."""
        return max((i for i, edge in enumerate(self.thresholds) if total >= edge), default=-1)

    def owed(self, total: int) -> int:
        """Return the commission in cents on a running total; each tier's part is rounded once."""
        reached = self.reached(total)
        owed = 0
        if reached >= 0:
            owed += product(min(total, self.upper(reached)), self.rates[reached])
        for index in range(reached + 1, len(self.edges)):
            if part := self.part(index, total):
                owed += product(part, self.rates[index])
        return owed

    def part(self, index: int, total: int) -> int:
        """Return how much of a total lies in a tier; less than nothing lies in one that begins at nothing."""
        lower, inside = self.edges[index], min(total, self.upper(index))
        return (inside if self.thresholds[index] == BELOW_FIRST else max(inside, lower)) - lower

    def segments(self, before: int, after: int) -> dict[int, int]:
        """Return how much of a step from one total to the next lies in each tier; -1 is below the first."""
        found = {}
        for tier, (lower, upper) in enumerate(pairwise(self.bounds()), start=-1):
            part = max(min(after, upper), lower) - max(min(before, upper), lower)
            if part:
                found[tier] = part
        return found

    def bounds(self) -> list[int]:
        """Return where what lies below the first tier begins, where each tier does, and the end."""
        if self.thresholds[:1] == (BELOW_FIRST,):
            return [BELOW_FIRST, BELOW_FIRST, *self.edges[1:], ENDLESS]
        return [min(0, self.edges[0]), *self.edges, ENDLESS]

    def parts(self, before: int, after: int) -> list[tuple[int, Fraction]]:
        """Say which amounts of a step from one total to the next are paid at which rate (for the trace)."""
        reached = self.reached(after)
        found = []
        for index in range(max(reached, 0), len(self.edges)):
            lower, upper = (0 if index == reached else self.edges[index]), self.upper(index)
            lower = BELOW_FIRST if self.thresholds[index] == BELOW_FIRST else lower
            amount = max(min(after, upper), lower) - max(min(before, upper), lower)
            if amount:
                found.append((amount, self.rates[index]))
        return found

    def paying_nothing(self) -> "TierSchedule":
        """Return the same tiers where there is no quota to hold a total against: nothing is paid."""
        none = tuple(0 for _ in self.edges)
        return TierSchedule(none, none, tuple(Fraction(0) for _ in self.edges), self.retroactive)

    def row(self) -> PiecewiseLinear:
        """Return it as pieces for the fast path."""
        pieces = [] if self.thresholds[:1] == (BELOW_FIRST,) else [LinearPiece(BELOW_FIRST)]
        owed = 0
        for index, (edge, rate) in enumerate(zip(self.edges, self.rates, strict=True)):
            if self.retroactive[index]:
                pieces.append(LinearPiece(self.thresholds[index], rate))
                owed = product(self.upper(index), rate) if index + 1 < len(self.edges) else 0
            else:
                pieces.append(LinearPiece(self.thresholds[index], rate, edge, owed))
                owed += product(self.upper(index) - edge, rate) if index + 1 < len(self.edges) else 0
        return PiecewiseLinear(tuple(pieces))


def tier_schedule(
    tiers: tuple[Tier, ...],
    terms: Terms,
    own: Fraction,
    *,
    is_money: bool,
    method: str,
    is_rounded: bool = False,
) -> TierSchedule:
    """Work tiers out; `own` is what 1x pays."""
    return TierSchedule(
        tuple(threshold_of(tier).at(terms.quota, is_money=is_money) for tier in tiers),
        tuple(
            BELOW_FIRST
            if threshold_of(tier).is_zero
            else threshold_amount(tier, terms.quota, is_money=is_money, is_rounded=is_rounded)
            for tier in tiers
        ),
        tuple(tier.pays.at(own) for tier in tiers),
        tuple((tier.method or method) == "retroactive" for tier in tiers),
    )
