"""The facts the exact engine uses about one rep: levels, terms, credit, ratings and results."""

from datetime import date
from fractions import Fraction
from itertools import groupby

from server.comp.calendar import MONTHS_IN_YEAR, Window
from server.comp.explain.work import Work
from server.comp.history import Deal, History
from server.comp.mechanics import levels
from server.comp.mechanics.baselines import Baseline
from server.comp.mechanics.components import Component
from server.comp.mechanics.conditions import Span, all_met
from server.comp.mechanics.levels import Level
from server.comp.mechanics.quotas import Terms, has_no_overrides, known_since, months_of_work
from server.comp.mechanics.refunds import refunds_of
from server.comp.periods import WEEKS
from server.comp.plan import Plan
from server.comp.rounding import to_cents
from server.messages import ListMessage, Message, Money, Value, message, plural_message

_STEPS_OF_TERMS = 20
"""Steps to compute the terms of a period once, besides its months."""


class RepContext:
    """One rep under one plan; terms and credit are cached, deals are in order.

    `asking` is the index of the component whose conditions are tested: "attainment" without a name is its
    own.
    """

    def __init__(self, history: History, plan: Plan, window: Window, work: Work | None = None) -> None:
        self.history, self.plan, self.window = history, plan, window
        self.work = work or Work()
        self.work.add(window.months * (1 + len(history.deals) * levels.promotes(plan.levels)))
        self.held = levels.of_history(plan.levels, history, window)
        self.first = min(self.held)
        self.deals = [deal for deal in history.in_order() if window.calendar.month_of(deal.signed) <= window.last_month]
        self.refunds = refunds_of(self.deals) if plan.links_refunds else {}
        self.person = None if has_no_overrides(history.person) else history.person
        self.asking = 0
        self._terms: dict[tuple[int, int, Span, int], Terms] = {}
        self._credits: dict[int, list[tuple[int, int]]] = {}

    @property
    def paid_until(self) -> date | None:
        """Return the last day on which variable pay may fall due, or None if there is none."""
        return self.plan.leaving.paid_until(self.history.person)

    @property
    def has_own_terms(self) -> bool:
        """Return whether the rep has terms of their own for some months."""
        return bool(self.history.person.adjustments)

    def month_of(self, day: date) -> int:
        """Return the month number of a day in the plan's calendar."""
        return self.window.calendar.month_of(day)

    def level_at(self, month: int) -> int:
        """Return the index of the level held in a month; outside the known months, the nearest one."""
        return self.held[max(min(month, self.window.last_month), self.first)]

    def period(self, month: int, months: int) -> Span:
        """Return the period of `months` months that contains a month."""
        first = self.window.first_month + self.window.period(month, months) * months
        return first, months

    def bucket(self, component: Component, day: date) -> int:
        """Return in what the credit of a day adds up: the first month of a period, or the number of its weeks."""
        if component.accumulates in WEEKS:
            return self.window.weeks_before(day) // WEEKS[component.accumulates]
        return self.period(self.month_of(day), component.months)[0]

    def baseline(self, index: int, baseline: Baseline, period: Span) -> int:
        """Return a component's baseline in a period, in cents or units."""
        component = self.plan.components[index]
        credit = 0
        if baseline.amount is None:
            rule, first = self.plan.crediting_before[index], period[0] - MONTHS_IN_YEAR
            credit = sum(
                rule.of(deal)
                for deal in self.deals
                if first <= self.month_of(deal.signed) < first + period[1] and self.was_employed(deal)
            )
        part = self.plan.part_of_year(component, period)
        return baseline.at(credit, part, is_money=component.measure.is_money)

    def known_since(self, span: Span, month: int) -> int:
        """Return the first month of a period in which the person's terms were known as they are in `month`."""
        return known_since(self.person, span, month) if self.person else span[0]

    def terms(self, index: int, level: int, span: Span, month: int | None = None) -> Terms:
        """Return a component's quota, target and own rate for a level and a period.

        They are those known in `month`, by default in the period's last.
        """
        known = self.known_since(span, span[0] + span[1] - 1 if month is None else month)
        key = (index, level, span, known)
        self.work.add(1)
        if key not in self._terms:
            self.work.add(_STEPS_OF_TERMS + span[1])
            component, held = self.plan.components[index], self._held_in(level, span)
            year_start = self.window.first_month
            self._terms[key] = component.terms(self.plan.period_quotas, held, self.person, span, year_start, known)
        return self._terms[key]

    def quota_change(self, index: int, level: int, span: Span, month: int) -> Message | None:
        """Return how a period's quota was weighed by months as known in `month`, or None if it does not change."""
        component, known = self.plan.components[index], self.known_since(span, month)
        quotas = [year.quota for year in component.years(self._held_in(level, span), self.person, span, known)]
        months_by_quota = [(quota, len(list(same))) for quota, same in groupby(quotas)]
        if len(months_by_quota) == 1 or component.reads:
            return None

        def shown(amount: Fraction | int) -> Value:
            cents = to_cents(Fraction(amount))
            return Money(cents, self.plan.currency) if component.measure.is_money else cents

        one, more = "{count} month at {quota} a year", "{count} months at {quota} a year"
        parts = [plural_message(one, more, count, quota=shown(quota)) for quota, count in months_by_quota]
        quota = shown(self.terms(index, level, span, month).quota)
        return message("{months}: {quota} for the period", months=ListMessage(tuple(parts)), quota=quota)

    def _held_in(self, level: int, span: Span) -> list[Level]:
        """Return the level whose terms count in each month of a period, or one for all."""
        if self.plan.quotas.level_change == "level at signing":
            return [self.plan.levels[level]]
        return [self.plan.levels[self.level_at(month)] for month in range(span[0], span[0] + span[1])]

    def credited(self, index: int) -> list[tuple[int, int]]:
        """Return the month and the credit of every deal for a component."""
        if index not in self._credits:
            crediting = self.plan.crediting[index]
            self._credits[index] = [
                (self.month_of(deal.signed), crediting.of(deal) if self.was_employed(deal) else 0)
                for deal in self.deals
            ]
        return self._credits[index]

    def was_employed(self, deal: Deal) -> bool:
        """Return whether a deal was signed while the rep worked, where the plan asks for that."""
        return self.plan.leaving.admits(deal, self.history.person)

    def credit_in(self, index: int, span: Span) -> int:
        """Return a component's total credit in a span of months."""
        self.work.add(len(self.deals))
        return sum(credit for month, credit in self.credited(index) if span[0] <= month < span[0] + span[1])

    def attained(self, component: str, span: Span, quota_span: Span) -> tuple[int, int]:
        """Return credit and quota of a component by name; without a name, of the component in `asking`."""
        index = self.plan.component(component) if component else self.asking
        last = span[0] + span[1] - 1
        return self.credit_in(index, span), self.terms(index, self.level_at(last), quota_span, last).quota

    def rating(self, span: Span) -> Fraction | None:
        """Return the average of the ratings that arrived in a span of months, or None."""
        self.work.add(len(self.deals))
        stars = [
            deal.rating
            for deal in self.deals
            if deal.rating and deal.rated and span[0] <= self.month_of(deal.rated) < span[0] + span[1]
        ]
        return Fraction(sum(stars), len(stars)) if stars else None

    def tenure(self, span: Span) -> Fraction | None:
        """Return the whole months of work by the end of a span, or None if the first day is not known."""
        months = months_of_work(self.history.person, span, self.window.calendar)
        return None if months is None else Fraction(months)

    def result(self, name: str, span: Span) -> Fraction | None:
        """Return the latest known value of a result in a span of months, or None."""
        self.work.add(len(self.history.person.results))
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
