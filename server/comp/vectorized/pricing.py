"""What deals are priced by in the vectorized engine, as tables with a row for each deal, and what they earn."""

from dataclasses import dataclass
from functools import lru_cache

from server.comp.mechanics.components import Component
from server.comp.mechanics.conditions import Span
from server.comp.mechanics.piecewise import PiecewiseTable, piecewise_table
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.tiers import TierSchedule
from server.comp.plan import Plan
from server.comp.rounding import Int64s


@lru_cache(maxsize=2048)
def level_terms(plan: Plan, index: int, level: int, span: Span, year_start: int) -> Terms:
    """Return a component's terms for people without terms of their own."""
    return plan.components[index].terms(plan.period_quotas, [plan.levels[level]], None, span, year_start)


@lru_cache(maxsize=1024)
def level_table(plan: Plan, index: int, closed: bool) -> PiecewiseTable:  # noqa: FBT001 - a cache key
    """Return a component's schedules: a row for each level and rate class.

    They are those of people without terms of their own.
    """
    component = plan.components[index]
    span = (0, component.months)
    terms_of_levels = [level_terms(plan, index, level, span, 0) for level in range(len(plan.levels))]
    return piecewise_table(
        [
            component.row(terms, rate_class, closed=closed)
            for terms in terms_of_levels
            for rate_class in range(component.classes)
        ]
    )


@dataclass(frozen=True, slots=True)
class PricingTable:
    """A component's schedules as a table, the row of each deal (n,) or of all, and the terms of the rows."""

    table: PiecewiseTable
    row: Int64s | int
    component: Component
    terms: list[Terms]
    closed: bool

    def schedule(self, row: int) -> TierSchedule:
        """Return the tier schedule of a row."""
        index, rate_class = divmod(row, self.component.classes)
        return self.component.schedule(self.terms[index], rate_class, closed=self.closed)


@dataclass(frozen=True, slots=True)
class Commission:
    """What every deal earned in cents (n,), by payout group and by component (None: it pays for periods).

    `repeated` is what credit memos (k,) earn by group that is also in their shares of their deals. `prices` are what
    deals earned by component before splits, gates, minimums and caps.
    """

    by_group: tuple[Int64s, ...]
    by_component: tuple[Int64s | None, ...]
    repeated: tuple[Int64s | None, ...]
    prices: tuple[Int64s | None, ...]
