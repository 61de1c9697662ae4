"""The exact path for periods: components that pay at a period's end, multipliers tested then, and what is held back."""

from collections import defaultdict
from fractions import Fraction

from server.comp.calendar import last_day
from server.comp.explain.context import RepContext
from server.comp.language.ranges import SCALE
from server.comp.mechanics import caps
from server.comp.mechanics.components import YEAR_TO_DATE, Component
from server.comp.mechanics.conditions import Span, all_met, quantity_shown
from server.comp.mechanics.multipliers import Multiplier, combined
from server.comp.mechanics.quotas import Terms
from server.comp.pay_elements import PayElements
from server.comp.periods import PERIODS
from server.comp.rounding import to_cents
from server.comp.statements import Line, PeriodStatement, Step
from server.messages import Message, Money, Multiple, Percent, Value, message


class Periods:
    """What one rep's periods come to; months are asked for in order."""

    def __init__(self, world: RepContext, heads: PayElements) -> None:
        self.world, self.plan, self.heads = world, world.plan, heads
        self._paid: dict[tuple[int, int], int] = defaultdict(int)
        self._under_cap: dict[tuple[int, int], int] = defaultdict(int)

    def measured(self, index: int, month: int) -> tuple[Span, Span] | None:
        """Return the stretch a component looks at at a month's end, and the one its terms are for; None between."""
        component = self.plan.components[index]
        place = month - self.world.window.first_month
        if place % component.measured != component.measured - 1:
            return None
        whole = self.world.period(month, component.months)
        so_far = (whole[0], month - whole[0] + 1)
        return so_far, (so_far if component.accumulates == YEAR_TO_DATE else whole)

    def component(self, index: int, month: int) -> tuple[int, list[Step]] | None:
        """Return what a component pays at a month's end, before the plan's caps, and why; None when it does not."""
        spans = self.measured(index, month)
        if spans is None:
            return None
        so_far, whole = spans
        component = self.plan.components[index]
        terms = self.world.terms(index, self.world.level_at(month), whole)
        owed, steps = self._owed(index, component, terms, so_far)
        open_, because = self.world.gate(index, so_far)
        if component.gate:
            left = owed if open_ else to_cents(owed * component.gate.otherwise.share)
            steps.append(Step(message("Gate"), open_, because or message("nothing is asked"), left - owed))
            owed = left
        key = (index, whole[0])
        cents, self._paid[key] = owed - self._paid[key], owed
        if so_far[1] > component.measured:
            before = Money(owed - cents, self.plan.currency)
            steps.append(
                Step(
                    message("Paid before"),
                    cents != owed,
                    message("{amount} was paid before", amount=before),
                    cents - owed,
                )
            )
        return self._capped(index, component, month, cents, steps), steps

    def _capped(self, index: int, component: Component, month: int, cents: int, steps: list[Step]) -> int:
        if component.cap is None:
            return cents
        span = self.world.period(month, component.cap.months)
        limit = component.cap.at(self.world.terms(index, self.world.level_at(month), span).target)
        key = (index, span[0])
        fits = caps.allowed(limit, self._under_cap[key], cents)
        self._under_cap[key] += cents
        if fits != cents:
            said = message("stops at {limit}", limit=component.cap.shown(self.plan.currency))
            steps.append(Step(message("Cap"), True, said, fits - cents))
        return fits

    def _owed(self, index: int, component: Component, terms: Terms, span: Span) -> tuple[int, list[Step]]:
        if component.objectives:
            return self._objectives(component, terms, span)
        if component.matrix:
            return self._matrix(index, component, terms, span)
        if component.reads:
            value = self.world.result(component.reads, span)
            if value is None:
                return 0, [
                    Step(
                        message("{name}", name=component.name), False, message("{of} is not known", of=component.reads)
                    )
                ]
            owed = component.owed(int(value * SCALE), terms)
            said = message("{of} is {value}", of=component.reads, value=quantity_shown(value))
            return owed, [self._step(component, owed, terms, said)]
        credit = self.world.credit_in(index, span)
        owed = component.owed(credit, terms)
        return owed, [self._step(component, owed, terms, self._attained(component, credit, terms))]

    def _attained(self, component: Component, credit: int, terms: Terms) -> Message:
        amount: Value = Money(credit, self.plan.currency) if component.measure.is_money else credit
        if terms.quota <= 0:
            return message("{amount} credited; there is no quota, so attainment is undefined", amount=amount)
        share = Percent(Fraction(credit, terms.quota))
        return message("{amount} credited, {share} of quota", amount=amount, share=share)

    def _step(self, component: Component, owed: int, terms: Terms, said: Message) -> Step:
        target = Money(terms.target, self.plan.currency)
        why = message("{said}; the target is {target}", said=said, target=target)
        return Step(message("{name}", name=component.name), owed != 0, why, owed)

    def _objectives(self, component: Component, terms: Terms, span: Span) -> tuple[int, list[Step]]:
        steps = []
        for objective in component.objectives:
            score = self.world.result(objective.result, span)
            rule = message("{name}", name=objective.name)
            if score is None:
                steps.append(Step(rule, False, message("{of} is not known", of=objective.name)))
                continue
            cents = objective.curve(terms.target).owed(int(score * SCALE))
            why = message("a score of {score}, weight {weight}", score=Percent(score), weight=Percent(objective.weight))
            steps.append(Step(rule, cents != 0, why, cents))
        return sum(step.cents for step in steps), steps

    def _matrix(self, index: int, component: Component, terms: Terms, span: Span) -> tuple[int, list[Step]]:
        assert component.matrix  # noqa: S101 - asked by the caller
        self.world.asking = index
        start = self.world.window.first_month
        places = [
            sum(all_met((condition,), self.world, span, start)[0] for condition in side.conditions()) - 1
            for side in (component.matrix.rows, component.matrix.columns)
        ]
        rule = message("{name}", name=component.name)
        if min(places) < 0:
            return 0, [Step(rule, False, message("a measure is below the first band, or not known"))]
        share = component.matrix.pays[places[0]][places[1]]
        cents = to_cents(share * terms.target)
        why = message(
            "row {row}, column {column}: {share} of the target",
            row=places[0] + 1,
            column=places[1] + 1,
            share=Percent(share),
        )
        return cents, [Step(rule, cents != 0, why, cents)]

    def statement(self, head: int, month: int, cents: int, steps: list[Step], rule: Message) -> PeriodStatement:
        """Return an amount paid at a month's end."""
        why = steps[0].why if steps else message("at the end of the period")
        line = Line(head, last_day(month), cents, "paid", Step(rule, cents != 0, why, cents))
        return PeriodStatement(line, tuple(steps))

    def multiplied(self, group: list[tuple[int, Multiplier]], month: int, earned: int) -> list[PeriodStatement]:
        """Return what multipliers of one period add at its end to what the components earned in it."""
        length = PERIODS[group[0][1].over]
        if (month - self.world.window.first_month) % length != length - 1:
            return []
        period = self.world.period(month, length)
        tested = [self._tested(multiplier, period) for _, multiplier in group]
        reached = combined([factor for factor, _ in tested], self.plan.combine, self.plan.multipliers_at_most)
        found, before = [], earned
        amount = Money(earned, self.plan.currency)
        for (place, multiplier), (factor, why), upto in zip(group, tested, reached, strict=True):
            after = to_cents(earned * upto)
            cents, before = after - before, after
            said = message("{amount} x {factor}: {why}", amount=amount, factor=Multiple(factor), why=why)
            step = Step(message("{name}", name=multiplier.name), cents != 0, said, cents)
            found.append(self.statement(self.heads.multiplier(place), month, cents, [step], step.rule))
        return found

    def _tested(self, multiplier: Multiplier, period: Span) -> tuple[Fraction, Message]:
        """Return a multiplier's factor at the end of a period, and why."""
        self.world.asking = self._first_of(multiplier)
        why = message("nothing that was asked for holds")
        for conditions, factor in multiplier.tests():
            holds, said = all_met(conditions, self.world, period, self.world.window.first_month)
            why = said or why
            if holds:
                return factor, why
        return Fraction(1), why

    def _first_of(self, multiplier: Multiplier) -> int:
        return self.plan.component(multiplier.to[0]) if multiplier.to else 0

    def held_back(self, index: int, month: int, earned_so_far: int) -> int:
        """Return how much of what a component earned in its period is held back at a month's end."""
        component = self.plan.components[index]
        period = self.world.period(month, component.months)
        place = month - period[0]
        if place >= len(component.advances):
            return 0
        terms = self.world.terms(index, self.world.level_at(month), period)
        return max(earned_so_far - to_cents(component.advances[place] * terms.target), 0)
