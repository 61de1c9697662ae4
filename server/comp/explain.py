"""The exact path: one rep, one deal after the other, each amount with the rules that fired and those that did not."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from server.comp import levels, release
from server.comp.calendar import MONTHS_IN_YEAR, Window, first_day, month_of
from server.comp.components import PERIODS, Component
from server.comp.heads import Heads, heads_of
from server.comp.history import Deal, History
from server.comp.plan import Plan
from server.comp.release import State
from server.comp.rounding import to_cents
from server.comp.wording import Money, Percent, Sentence, say


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was looked at: whether it fired, the cents it gave, and why."""

    rule: Sentence
    fired: bool
    why: Sentence
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """An amount in cents with its day and head; only `paid` lines of the window's months count towards pay."""

    head: int
    day: date
    cents: int
    state: State
    step: Step


@dataclass(frozen=True, slots=True)
class DealStatement:
    """All that one deal earned: how its commission came about, and every line that follows from it."""

    deal: Deal
    level: str
    commission: int
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]

    def paid_in(self, window: Window) -> int:
        """Cents this deal paid in the window's months."""
        return sum(line.cents for line in self.lines if counts(line, window))

    def touches(self, window: Window) -> bool:
        """Say whether the deal was signed or paid in the window's months."""
        signed_inside = window.index(month_of(self.deal.signed)) is not None
        return signed_inside or any(counts(line, window) for line in self.lines)

    @property
    def waiting(self) -> int:
        """Cents that may still come."""
        return sum(line.cents for line in self.lines if line.state == "waiting")


@dataclass(frozen=True, slots=True)
class Statement:
    """A rep's pay for a window, from the single lines up."""

    heads: Heads
    window: Window
    base: tuple[Line, ...]
    deals: tuple[DealStatement, ...]
    levels: tuple[int, ...]

    def lines(self) -> Iterator[Line]:
        """Return every line that counts."""
        yield from self.base
        for statement in self.deals:
            yield from (line for line in statement.lines if counts(line, self.window))

    @property
    def total(self) -> int:
        """Cents in all."""
        return sum(line.cents for line in self.lines())

    def amounts(self) -> dict[tuple[int, int], int]:
        """Return cents by head and month of the window (from 0), where there are any lines."""
        sums: dict[tuple[int, int], int] = defaultdict(int)
        for line in self.lines():
            sums[line.head, month_of(line.day) - self.window.first_month] += line.cents
        return dict(sums)

    @property
    def waiting(self) -> int:
        """Cents that may still come."""
        return sum(statement.waiting for statement in self.deals)


def counts(line: Line, window: Window) -> bool:
    """Say whether a line is pay of the window."""
    return line.state == "paid" and window.index(month_of(line.day)) is not None


def explain(history: History, plan: Plan, window: Window) -> Statement:
    """Pay one rep under a plan, as if it had always been in force, and say why every amount is what it is."""
    heads = heads_of(plan)
    held = levels.of_history(plan.levels, history, window)
    commissions = _Commissions(plan, held, window)
    statements = [
        _deal_statement(deal, history, plan, heads, window, commissions)
        for deal in history.in_order()
        if month_of(deal.signed) <= window.last_month
    ]
    base = tuple(_base_line(plan, held, month, window) for month in range(window.first_month, window.last_month + 1))
    months = tuple(held[month] for month in range(window.first_month, window.last_month + 1))
    return Statement(heads, window, base, tuple(statements), months)


def _base_line(plan: Plan, held: dict[int, int], month: int, window: Window) -> Line:
    level = plan.levels[held[month]]
    cents = level.base_in((month - window.first_month) % MONTHS_IN_YEAR)
    why = say("a twelfth of {base} as {name}", base=Money(level.base, plan.currency), name=level.name)
    return Line(0, first_day(month), cents, "paid", Step(say("Base pay"), True, why, cents))


class _Commissions:
    """Running totals of one rep: what has been credited and earned so far in each period."""

    def __init__(self, plan: Plan, held: dict[int, int], window: Window) -> None:
        self._plan, self._held, self._window = plan, held, window
        self._credited: dict[tuple[int, int], int] = defaultdict(int)
        self._earned: dict[int, int] = defaultdict(int)
        self._schedules = {
            (index, level): component.schedule(plan.levels[level])
            for index, component in enumerate(plan.components)
            for level in range(len(plan.levels))
        }

    def level_at(self, deal: Deal) -> int:
        return self._held[month_of(deal.signed)]

    def of(self, deal: Deal) -> tuple[int, list[Step]]:
        """Return a deal's commission in cents and how it came about; deals must come in order."""
        steps = [self._component(index, component, deal) for index, component in enumerate(self._plan.components)]
        earned = sum(step.cents for step in steps)
        if self._plan.cap is None:
            return earned, steps
        year = self._window.period(month_of(deal.signed), MONTHS_IN_YEAR)
        allowed = self._plan.cap.allowed(self._earned[year], earned)
        self._earned[year] += earned
        if allowed != earned:
            limit = Money(self._plan.cap.amount, self._plan.currency)
            steps.append(
                Step(say("Cap"), True, say("the year's commission stops at {limit}", limit=limit), allowed - earned)
            )
        return allowed, steps

    def _component(self, index: int, component: Component, deal: Deal) -> Step:
        rule = say("{name}", name=component.name)
        if not component.where.admits(deal):
            return Step(rule, False, say("this deal does not count: {rule}", rule=component.where.sentence()))
        credit = component.measure.of_deal(deal)
        length = PERIODS[component.accumulates]
        before = 0
        if length:
            key = (index, self._window.period(month_of(deal.signed), length) * 100 + length)
            before = self._credited[key]
            self._credited[key] += credit
        schedule = self._schedules[index, self.level_at(deal)]
        after = before + credit
        cents = schedule.owed(after) - schedule.owed(before)
        if schedule.reached(after) != schedule.reached(before):
            why = say(
                "the tier reached now pays from the first: {after} in all, {before} so far",
                after=Money(schedule.owed(after), self._plan.currency),
                before=Money(schedule.owed(before), self._plan.currency),
            )
            return Step(rule, True, why, cents)
        return Step(rule, True, self._why(component, schedule.parts(before, after), before), cents)

    def _why(self, component: Component, parts: list[tuple[int, Fraction]], before: int) -> Sentence:
        currency = self._plan.currency
        said: Sentence | None = None
        for amount, rate in parts:
            shown = Money(amount, currency) if component.measure.is_money else amount
            price = Percent(rate) if component.measure.is_money else Money(to_cents(rate), currency)
            part = say("{amount} at {rate}", amount=shown, rate=price)
            said = part if said is None else say("{first} and {second}", first=said, second=part)
        total = Money(before, currency) if component.measure.is_money else before
        if said is None:
            return say("nothing is paid at this height; {before} had been credited before", before=total)
        return say("{parts}; {before} had been credited before", parts=said, before=total)


def _deal_statement(
    deal: Deal, history: History, plan: Plan, heads: Heads, window: Window, commissions: _Commissions
) -> DealStatement:
    commission, steps = commissions.of(deal)
    lines = []
    for index, (instalment, part) in enumerate(zip(plan.release, release.parts(commission, plan.release), strict=True)):
        state, day, why = instalment.due(deal, window)
        step = Step(instalment.label, state == "paid", why, part)
        lines.append(Line(heads.instalment(index), day, part, state, step))
    for index, multiplier in enumerate(plan.multipliers):
        fired, why = multiplier.earned(deal, history, window)
        cents = to_cents(commission * multiplier.adds)
        state = _extra_state(fired, deal, window)
        step = Step(heads.labels[heads.multiplier(index)], fired, why, cents)
        lines.append(Line(heads.multiplier(index), deal.rated or window.ends, cents, state, step))
    if plan.clawback and deal.churned:
        paid = sum(line.cents for line in lines if line.state == "paid" and line.day <= deal.churned)
        lines.append(_clawback_line(deal, plan, heads, paid, window))
    level = plan.levels[commissions.level_at(deal)].name
    return DealStatement(deal, level, commission, tuple(steps), tuple(lines))


def _extra_state(fired: bool, deal: Deal, window: Window) -> State:  # noqa: FBT001 - what `earned` answered
    if fired:
        return "paid"
    waiting = deal.churned is None and (deal.rated is None or deal.rated > window.ends)
    return "waiting" if waiting else "missed"


def _clawback_line(deal: Deal, plan: Plan, heads: Heads, paid: int, window: Window) -> Line:
    assert plan.clawback  # noqa: S101 - asked by the caller
    left = deal.churned or window.ends
    label = say("Clawback")
    if not plan.clawback.applies(deal):
        why = say(
            "the customer left on {day}, after the {window} in which it counts", day=left, window=plan.clawback.within
        )
        return Line(heads.clawback, left, 0, "missed", Step(label, False, why))
    taken = -plan.clawback.taken(paid, deal.signed, left)
    why = say("the customer left on {day}; {paid} had been paid", day=left, paid=Money(paid, plan.currency))
    return Line(
        heads.clawback, left, taken, "paid" if left <= window.ends else "waiting", Step(label, True, why, taken)
    )
