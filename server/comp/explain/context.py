"""The facts the exact engine uses about one rep: levels, terms, credit, ratings and results."""

from fractions import Fraction

from server.comp.calendar import Window, month_of
from server.comp.history import Deal, History
from server.comp.mechanics import levels
from server.comp.mechanics.components import Component
from server.comp.mechanics.conditions import Span, all_met
from server.comp.mechanics.quotas import Terms, Yearly, adjusted, has_no_overrides, terms_for
from server.comp.plan import Plan
from server.comp.rounding import to_cents
from server.messages import Message


class RepContext:
    """One rep under one plan; terms and credit are cached, deals are in order.

    `asking` is the index of the component whose conditions are tested: "attainment" without a name is its
    own.
    """

    def __init__(self, history: History, plan: Plan, window: Window) -> None:
        self.history, self.plan, self.window = history, plan, window
        self.held = levels.of_history(plan.levels, history, window)
        self.first = min(self.held)
        self.deals = [deal for deal in history.in_order() if month_of(deal.signed) <= window.last_month]
        self.person = None if has_no_overrides(history.person) else history.person
        self.asking = 0
        self._terms: dict[tuple[int, int, Span], Terms] = {}
        self._credits: dict[int, list[tuple[int, int]]] = {}

    def level_at(self, month: int) -> int:
        """Return the index of the level held in a month; outside the known months, the nearest one."""
        return self.held[max(min(month, self.window.last_month), self.first)]

    def period(self, month: int, months: int) -> Span:
        """Return the period of `months` months that contains a month."""
        first = self.window.first_month + self.window.period(month, months) * months
        return first, months

    def terms(self, index: int, level: int, span: Span) -> Terms:
        """Return a component's quota, target and own rate for a level and a period."""
        key = (index, level, span)
        if key not in self._terms:
            self._terms[key] = self._compute_terms(self.plan.components[index], level, span)
        return self._terms[key]

    def _compute_terms(self, component: Component, level: int, span: Span) -> Terms:
        quotas, year_start = self.plan.quotas, self.window.first_month
        if quotas.level_change == "level at signing":
            return component.terms(quotas, self.plan.levels[level], self.person, span, year_start)
        change = adjusted(self.person, component.name, span[0] + span[1] - 1) if self.person else None
        month_levels = [self.level_at(month) for month in range(span[0], span[0] + span[1])]
        years = [component.yearly(self.plan.levels[month_level], change) for month_level in month_levels]
        blended = Yearly(
            Fraction(sum(year.quota for year in years)) / len(years),
            Fraction(sum(Fraction(year.target) for year in years)) / len(years),
            is_team=years[0].is_team,
            stated=years[-1].stated,
        )
        return terms_for(quotas, blended, self.person, span, year_start)

    def credited(self, index: int) -> list[tuple[int, int]]:
        """Return the month and the credit of every deal for a component."""
        if index not in self._credits:
            crediting = self.plan.crediting[index]
            self._credits[index] = [(month_of(deal.signed), crediting.of(deal)) for deal in self.deals]
        return self._credits[index]

    def credit_in(self, index: int, span: Span) -> int:
        """Return a component's total credit in a span of months."""
        return sum(credit for month, credit in self.credited(index) if span[0] <= month < span[0] + span[1])

    def attained(self, component: str, span: Span, quota_span: Span) -> tuple[int, int]:
        """Return credit and quota of a component by name; without a name, of the component in `asking`."""
        index = self.plan.component(component) if component else self.asking
        level = self.level_at(span[0] + span[1] - 1)
        return self.credit_in(index, span), self.terms(index, level, quota_span).quota

    def rating(self, span: Span) -> Fraction | None:
        """Return the average of the ratings that arrived in a span of months, or None."""
        stars = [
            deal.rating
            for deal in self.deals
            if deal.rating and deal.rated and span[0] <= month_of(deal.rated) < span[0] + span[1]
        ]
        return Fraction(sum(stars), len(stars)) if stars else None

    def result(self, name: str, span: Span) -> Fraction | None:
        """Return the latest known value of a result in a span of months, or None."""
        values = [
            (result.month, position, result.value)
            for position, result in enumerate(self.history.person.results)
            if result.of.lower() == name and span[0] <= result.month < span[0] + span[1]
        ]
        return max(values)[2] if values else None

    def gate(self, index: int, period: Span) -> tuple[bool, Message | None]:
        """Return whether a component's gate is open at the end of a period, and why."""
        gate = self.plan.components[index].gate
        if gate is None:
            return True, None
        self.asking = index
        return all_met(gate.needs, self, period, self.window.first_month, gate.at_least)

    def rate_class(self, index: int, deal: Deal, period: Span) -> int:
        """Return the index of the rate rule a deal is paid by; one past the last rule pays nothing."""
        rules = self.plan.components[index].rate_by
        self.asking = index
        for class_, rule in enumerate(rules):
            if rule.when.admits(deal) and all_met(rule.needs, self, period, self.window.first_month)[0]:
                return class_
        return len(rules)

    def plan_limit(self, limit_share: Fraction | None, cents: int | None, level: int, months: int) -> int:
        """Return a plan's cap in cents; a share applies to the level's variable pay of the period."""
        if cents is not None:
            return cents
        return to_cents((limit_share or Fraction(0)) * self.plan.levels[level].variable * months / 12)
