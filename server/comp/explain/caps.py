"""Caps in the exact engine: how much of an amount fits, after everything that was earned before it."""

from collections import defaultdict

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.explain.context import RepContext
from server.comp.explain.deal_terms import DealTerms
from server.comp.history import Deal
from server.comp.mechanics import caps
from server.comp.statements import Step
from server.messages import message


class Caps:
    """The caps of one rep's components and plan; amounts must be added in order."""

    def __init__(self, context: RepContext, *, trace: bool) -> None:
        self._context, self._plan, self._trace = context, context.plan, trace
        self._under_component_cap: dict[tuple[int, int], int] = defaultdict(int)
        self._under_plan_cap: dict[tuple[int, int], int] = defaultdict(int)

    def apply_to_component(self, deal_terms: DealTerms, deal: Deal, cents: int, steps: list[Step]) -> int:
        """Return how much of what a component pays for a deal fits under its cap."""
        cap = deal_terms.component.cap
        if cap is None:
            return cents
        months = cap.months or MONTHS_IN_YEAR
        span = self._context.period(self._context.month_of(deal.signed), months)
        limit = cap.at(
            self._context.terms(deal_terms.index, deal_terms.level, span, self._context.month_of(deal.signed)).target
        )
        if cap.months == 0:
            fits = max(min(cents, limit), -limit)
        else:
            key = (deal_terms.index, span[0])
            fits = caps.allowed(limit, self._under_component_cap[key], cents)
            self._under_component_cap[key] += cents
        if fits != cents:
            why = message("capped at {limit}", limit=cap.shown(self._plan.currency))
            steps.append(Step(message("Cap"), True, why, fits - cents))
        return fits

    def under_plan(self, month: int, level: int, earned: int) -> int:
        """Return how much of an amount fits under the plan's caps, after everything earned before it."""
        for index, cap in enumerate(self._plan.caps):
            months = cap.months or MONTHS_IN_YEAR
            limit = self._context.plan_limit(cap.share, cap.cents, level, months)
            if cap.months == 0:
                earned = max(min(earned, limit), -limit)
                continue
            key = (index, self._context.period(month, months)[0])
            before = self._under_plan_cap[key]
            self._under_plan_cap[key] += earned
            earned = caps.allowed(limit, before, earned)
        return earned

    def apply_to_deal(self, deal: Deal, level: int, earned: int, steps: list[Step]) -> int:
        """Return how much of what a deal earns fits under the plan's caps."""
        fits = self.under_plan(self._context.month_of(deal.signed), level, earned)
        if fits != earned and self._trace:
            limits = [cap.shown(self._plan.currency) for cap in self._plan.caps]
            why = message("the commission is capped at {limit}", limit=limits[0])
            steps.append(Step(message("Cap"), True, why, fits - earned))
        return fits
