"""What each tier of a plan has paid on one rep's deals, before splits, gates, minimums, caps and credit memos."""

from collections import defaultdict
from fractions import Fraction

from server.comp.mechanics.tiers import TierSchedule
from server.comp.rounding import product, to_cents
from server.comp.statements import TierAmount

TierKey = tuple[int, int]
"""The index of a component in its plan, and of a tier in the component."""


class TierAmounts:
    """Collects credit and pay by component and tier, for deals signed in the window."""

    def __init__(self) -> None:
        self._credit: dict[TierKey, int] = defaultdict(int)
        self._cents: dict[TierKey, int] = defaultdict(int)
        self._rates: dict[TierKey, dict[Fraction, None]] = defaultdict(dict)

    def add(self, component: int, tier: int, credit: int, cents: int, rate: Fraction) -> None:
        """Add credit in a tier, in cents or units, and what it pays; below the first tier (-1) nothing is paid."""
        if tier >= 0 and (credit or cents):
            key = (component, tier)
            self._credit[key] += credit
            self._cents[key] += cents
            self._rates[key][rate] = None

    def add_step(self, component: int, schedule: TierSchedule, before: int, after: int) -> None:
        """Add a step between two running totals under tiers that are marginal."""
        for tier, amount, rate in schedule.parts(before, after):
            cents = product(schedule.part(tier, after), rate) - product(schedule.part(tier, before), rate)
            self.add(component, schedule.number(tier), amount, cents, rate)

    def add_period(self, component: int, schedule: TierSchedule, by_tier: dict[int, int], reached: int) -> None:
        """Add the credit of a period by tier, where tiers up to the one reached are paid at its rate."""
        if reached >= 0:
            credit = sum(part for tier, part in by_tier.items() if tier <= reached)
            rate = schedule.rates[reached]
            self.add(component, reached, credit, to_cents(credit * rate), rate)
        for tier, part in by_tier.items():
            if tier > reached:
                self.add(component, tier, part, to_cents(part * schedule.rates[tier]), schedule.rates[tier])

    def all(self) -> tuple[TierAmount, ...]:
        """Return what every tier has paid, in the plan's order."""
        return tuple(
            TierAmount(component, tier, tuple(self._rates[component, tier]), credit, self._cents[component, tier])
            for (component, tier), credit in sorted(self._credit.items())
        )
