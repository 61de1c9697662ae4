"""Periods in the exact engine: periodic components, periodic multipliers, and pay that is held back."""

from collections import defaultdict
from fractions import Fraction

from server.comp.explain.context import RepContext
from server.comp.language.ranges import SCALE
from server.comp.mechanics import caps
from server.comp.mechanics.components import YEAR_TO_DATE, Component
from server.comp.mechanics.conditions import Span, all_met, quantity_shown
from server.comp.mechanics.multipliers import Multiplier, combined
from server.comp.mechanics.pools import Pool
from server.comp.mechanics.quotas import Terms, worked_share
from server.comp.pay_elements import PayElements
from server.comp.periods import PERIODS
from server.comp.rounding import to_cents
from server.comp.statements import Line, PeriodStatement, Step
from server.messages import Message, Money, Multiple, Percent, Value, message


class Periods:
    """What one rep's periods pay; months must be asked for in order."""

    def __init__(self, context: RepContext, elements: PayElements) -> None:
        self.context, self.plan, self.elements = context, context.plan, elements
        self._paid: dict[tuple[int, int], int] = defaultdict(int)
        self._under_cap: dict[tuple[int, int], int] = defaultdict(int)

    def measured(self, index: int, month: int) -> tuple[Span, Span] | None:
        """Return the months a component measures at the end of a month, and the months its terms are for.

        Return None if the component does not pay at the end of this month.
        """
        component = self.plan.components[index]
        position = month - self.context.window.first_month
        if position % component.measured != component.measured - 1:
            return None
        period = self.context.period(month, component.months)
        to_date = (period[0], month - period[0] + 1)
        return to_date, (to_date if component.accumulates == YEAR_TO_DATE else period)

    def component(self, index: int, month: int) -> tuple[int, list[Step]] | None:
        """Return what a component pays at a month's end before the plan's caps, and why, or None."""
        spans = self.measured(index, month)
        if spans is None:
            return None
        to_date, terms_span = spans
        if not any(self.plan.period_quotas.in_force_share(to_date[0] + offset) for offset in range(to_date[1])):
            return None  # the plan was not in force yet, or no more
        component = self.plan.components[index]
        terms = self.context.terms(index, self.context.level_at(month), terms_span, month)
        owed, steps = self._owed(index, component, terms, to_date)
        if change := self.context.quota_change(index, self.context.level_at(month), terms_span, month):
            steps.append(Step(message("Quota"), True, change))
        gate_open, gate_reason = self.context.gate(index, to_date)
        if component.gate:
            kept = owed if gate_open else to_cents(owed * component.gate.otherwise.share)
            steps.append(
                Step(message("Gate"), gate_open, gate_reason or message("no condition"), kept - owed),
            )
            owed = kept
        key = (index, terms_span[0])
        cents, self._paid[key] = owed - self._paid[key], owed
        if to_date[1] > component.measured:
            paid_before = Money(owed - cents, self.plan.currency)
            why = message("{amount} was paid before", amount=paid_before)
            steps.append(Step(message("Paid before"), cents != owed, why, cents - owed))
        return self._apply_cap(index, component, month, cents, steps), steps

    def _apply_cap(self, index: int, component: Component, month: int, cents: int, steps: list[Step]) -> int:
        if component.cap is None:
            return cents
        span = self.context.period(month, component.cap.months)
        limit = component.cap.at(self.context.terms(index, self.context.level_at(month), span, month).target)
        key = (index, span[0])
        fits = caps.allowed(limit, self._under_cap[key], cents)
        self._under_cap[key] += cents
        if fits != cents:
            why = message("capped at {limit}", limit=component.cap.shown(self.plan.currency))
            steps.append(Step(message("Cap"), True, why, fits - cents))
        return fits

    def _owed(self, index: int, component: Component, terms: Terms, span: Span) -> tuple[int, list[Step]]:
        """Return what a component owes for a period to date, before gate and cap, and why."""
        if component.objectives:
            return self._objectives(component, terms, span)
        if component.matrix:
            return self._matrix(index, component, terms, span)
        if component.pool:
            return self._pool(component, component.pool, span)
        if component.reads:
            value = self.context.result(component.reads, span)
            if value is None:
                why = message("{of} is not known", of=component.reads)
                return 0, [Step(message("{name}", name=component.name), False, why)]
            owed = component.owed(int(value * SCALE), terms)
            reason = message("{of} is {value}", of=component.reads, value=quantity_shown(value))
            return owed, [self._step(component, owed, terms, reason)]
        credit = self.context.credit_in(index, span)
        owed = component.owed(credit, terms)
        return owed, [self._step(component, owed, terms, self._explain_attainment(component, credit, terms))]

    def _explain_attainment(self, component: Component, credit: int, terms: Terms) -> Message:
        amount: Value = Money(credit, self.plan.currency) if component.measure.is_money else credit
        if terms.quota <= 0:
            return message("{amount} credited; there is no quota, so attainment is undefined", amount=amount)
        share = Percent(Fraction(credit, terms.quota))
        return message("{amount} credited, {share} of quota", amount=amount, share=share)

    def _step(self, component: Component, owed: int, terms: Terms, reason: Message) -> Step:
        target = Money(terms.target, self.plan.currency)
        why = message("{reason}; the target is {target}", reason=reason, target=target)
        return Step(message("{name}", name=component.name), owed != 0, why, owed)

    def _objectives(self, component: Component, terms: Terms, span: Span) -> tuple[int, list[Step]]:
        steps = []
        for objective in component.objectives:
            score = self.context.result(objective.result, span)
            rule = message("{name}", name=objective.name)
            if score is None:
                steps.append(Step(rule, False, message("{of} is not known", of=objective.name)))
                continue
            cents = objective.curve(terms.target).owed(int(score * SCALE))
            why = message(
                "a score of {score}, weight {weight}",
                score=Percent(score),
                weight=Percent(objective.weight),
            )
            steps.append(Step(rule, cents != 0, why, cents))
        return sum(step.cents for step in steps), steps

    def _pool(self, component: Component, pool: Pool, span: Span) -> tuple[int, list[Step]]:
        rule = message("{name}", name=component.name)
        for name in pool.results:
            if self.context.result(name, span) is None:
                return 0, [Step(rule, False, message("{of} is not known", of=name))]
        result, own = (self.context.result(name, span) if name else None for name in (pool.of, pool.by))
        period = (span[0], component.months)
        worked = worked_share(self.plan.period_quotas, self.context.history.person, period)
        cents = pool.owed(result, own, component.months, worked)
        size = Money(to_cents(pool.size(result, component.months)), self.plan.currency)
        share = Percent(own if own is not None else Fraction(1, pool.people or 1))
        why = message("{share} of a pool of {size}", share=share, size=size)
        if worked != 1:
            why = message("{why}; for {share} of the period", why=why, share=Percent(worked))
        return cents, [Step(rule, cents != 0, why, cents)]

    def _matrix(self, index: int, component: Component, terms: Terms, span: Span) -> tuple[int, list[Step]]:
        assert component.matrix  # noqa: S101 - checked by the caller
        self.context.asking = index
        year_start = self.context.window.first_month
        row, column = (
            sum(all_met((band,), self.context, span, year_start)[0] for band in axis.conditions()) - 1
            for axis in (component.matrix.rows, component.matrix.columns)
        )
        rule = message("{name}", name=component.name)
        if min(row, column) < 0:
            return 0, [Step(rule, False, message("a measure is below the first band, or not known"))]
        share = component.matrix.pays[row][column]
        cents = to_cents(share * terms.target)
        why = message(
            "row {row}, column {column}: {share} of the target",
            row=row + 1,
            column=column + 1,
            share=Percent(share),
        )
        return cents, [Step(rule, cents != 0, why, cents)]

    def statement(
        self,
        element: int,
        month: int,
        cents: int,
        steps: list[Step],
        rule: Message,
    ) -> PeriodStatement:
        """Return the statement of an amount paid at a month's end."""
        why = steps[0].why if steps else message("at the end of the period")
        line = Line(
            element, self.context.window.calendar.last_day(month), cents, "paid", Step(rule, cents != 0, why, cents)
        )
        return PeriodStatement(line, tuple(steps))

    def multiplied(
        self,
        group: list[tuple[int, Multiplier]],
        month: int,
        earned: int,
    ) -> list[PeriodStatement]:
        """Return what a group of multipliers adds at a month's end to what was `earned` in the period.

        `group` holds indexes and multipliers of one period and the same components; each adds to the one
        before.
        """
        length = PERIODS[group[0][1].over]
        if (month - self.context.window.first_month) % length != length - 1:
            return []
        period = self.context.period(month, length)
        factors = [self._factor(multiplier, period) for _, multiplier in group]
        running_factors = combined(
            [factor for factor, _ in factors],
            self.plan.combine,
            self.plan.multipliers_at_most,
        )
        statements, before = [], earned
        amount = Money(earned, self.plan.currency)
        for (index, multiplier), (factor, reason), running_factor in zip(
            group,
            factors,
            running_factors,
            strict=True,
        ):
            after = to_cents(earned * running_factor)
            cents, before = after - before, after
            why = message("{amount} x {factor}: {why}", amount=amount, factor=Multiple(factor), why=reason)
            step = Step(message("{name}", name=multiplier.name), cents != 0, why, cents)
            statements.append(
                self.statement(self.elements.multiplier(index), month, cents, [step], step.rule),
            )
        return statements

    def _factor(self, multiplier: Multiplier, period: Span) -> tuple[Fraction, Message]:
        """Return a multiplier's factor at the end of a period, and why."""
        self.context.asking = self._first_component(multiplier)
        why = message("no condition is met")
        for conditions, factor in multiplier.tests():
            is_met, reason = all_met(conditions, self.context, period, self.context.window.first_month)
            why = reason or why
            if is_met:
                return factor, why
        return Fraction(1), why

    def _first_component(self, multiplier: Multiplier) -> int:
        return self.plan.component(multiplier.to[0]) if multiplier.to else 0

    def retained(self, index: int, month: int, earned_to_date: int) -> int:
        """Return how much of what a component earned in its period so far is held back at a month's end."""
        component = self.plan.components[index]
        period = self.context.period(month, component.months)
        position = month - period[0]
        if position >= len(component.advances):
            return 0
        terms = self.context.terms(index, self.context.level_at(month), period, month)
        return max(earned_to_date - to_cents(component.advances[position] * terms.target), 0)
