"""The exact path: one rep, one deal after the other, each amount with the rules that fired and those that did not."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR, Window, first_day, last_day, month_of
from server.comp.explain.context import RepContext
from server.comp.explain.deals import Commissions, EarnedCommission
from server.comp.explain.periods import Periods
from server.comp.history import Deal, History
from server.comp.mechanics import draws, release
from server.comp.mechanics.levels import monthly
from server.comp.mechanics.multipliers import combined, periodic_groups
from server.comp.mechanics.quotas import employed_share
from server.comp.mechanics.release import State
from server.comp.pay_elements import PayElements, pay_elements
from server.comp.periods import PERIODS
from server.comp.plan import Plan
from server.comp.rounding import to_cents
from server.comp.statements import DealStatement, Line, PeriodStatement, Statement, Step
from server.messages import Message, Money, Percent, message


def explain(history: History, plan: Plan, window: Window, *, trace: bool = True) -> Statement:
    """Pay one rep under a plan, as if it had always been in force, and say why every amount is what it is.

    Without a trace the figures are the same and the steps of deals are left out.
    """
    return _Explained(history, plan, window, trace=trace).statement()


class _Explained:
    def __init__(self, history: History, plan: Plan, window: Window, *, trace: bool) -> None:
        self.history, self.plan, self.window, self.trace = history, plan, window, trace
        self.heads: PayElements = pay_elements(plan)
        self.by_release = plan.quota_credit == "as released"
        self.upto = release.cumulative_shares(plan.release)
        self.single = [(place, m) for place, m in enumerate(plan.multipliers) if not m.is_periodic]
        self.events = _released(history, plan, window) if self.by_release else []
        counted = replace(history, deals=tuple(event for _, _, event in self.events)) if self.by_release else history
        self.world = RepContext(counted, plan, window)
        follows = plan.rate_when_paid == "of the level when it is paid" and not self.by_release
        paths = len(plan.levels) if follows else 1
        self.paths = [Commissions(self.world, trace=trace) for _ in range(paths)]
        self.groups = self.paths[0].groups
        self.periods = Periods(self.world, self.heads)
        self.earned: dict[tuple[int, int], int] = defaultdict(int)

    def statement(self) -> Statement:
        """Go through the months: the deals of each in their order, then what is paid at its end."""
        window, held = self.window, self.world.held
        deals: list[DealStatement] = []
        at_end: list[PeriodStatement] = []
        earned: dict[str, list[EarnedCommission]] = defaultdict(list)
        waiting = list(self.world.deals)
        for month in range(min(held), window.last_month + 1):
            while waiting and month_of(waiting[0].signed) == month:
                deal = waiting.pop(0)
                found = self._earn(deal, month)
                if self.by_release:
                    earned[deal.id].append(found[0])
                else:
                    deals.append(self._deal(deal, found, self.world.level_at(month)))
            if month >= window.first_month:
                at_end += self._month_end(month)
        if self.by_release:
            deals = self._by_deal(earned)
        base = tuple(self._base(month) for month in range(window.first_month, window.last_month + 1))
        settled, owed = self._settled(deals, at_end)
        months = tuple(held[month] for month in range(window.first_month, window.last_month + 1))
        return Statement(self.heads, window, base, tuple(deals), tuple(at_end + settled), months, tuple(owed))

    def _base(self, month: int) -> Line:
        level = self.plan.levels[self.world.held[month]]
        yearly, reason = level.base, None
        for change in self.history.person.adjustments:
            if change.covers(month) and change.base is not None:
                yearly, reason = change.base, change.reason
        cents = monthly(yearly, (month - self.window.first_month) % MONTHS_IN_YEAR)
        employed = employed_share(self.history.person, month)
        cents = to_cents(cents * employed)
        why = message("a twelfth of {base} as {name}", base=Money(yearly, self.plan.currency), name=level.name)
        if employed != 1:
            why = message("{why}; employed on {share} of its days", why=why, share=Percent(employed))
        if reason:
            why = message("{why}; {reason}", why=why, reason=reason)
        return Line(0, first_day(month), cents, "paid", Step(message("Base pay"), True, why, cents))

    def _earn(self, deal: Deal, month: int) -> list[EarnedCommission]:
        """Return what a deal earns: at the level held, or at every level when instalments follow the level."""
        held = self.world.level_at(month)
        single = len(self.paths) == 1
        found = [path.of(deal, held if single else level) for level, path in enumerate(self.paths)]
        for index, cents in enumerate(found[0 if single else held].by_component):
            self.earned[index, month] += cents
        return found

    def _month_end(self, month: int) -> list[PeriodStatement]:
        found = []
        level = self.world.level_at(month)
        for index, component in enumerate(self.plan.components):
            if not component.is_periodic:
                continue
            paid = self.periods.component(index, month)
            if paid is None:
                continue
            cents, steps = paid
            self.earned[index, month] += cents
            fitting = [path.under_plan_caps(month, level, cents) for path in self.paths]
            fits = fitting[0 if len(fitting) == 1 else level]
            if fits != cents:
                limit = self.plan.caps[0].shown(self.plan.currency)
                steps.append(
                    Step(message("Cap"), True, message("the commission stops at {limit}", limit=limit), fits - cents)
                )
            rule = message("{name}", name=component.name)
            found.append(self.periods.statement(self.heads.component(index), month, fits, steps, rule))
        for group in periodic_groups(self.plan.multipliers):
            multiplier = group[0][1]
            earned = self._earned_in(multiplier.to, month, multiplier.over)
            found += self.periods.multiplied(group, month, earned)
        return found + self._held_back(month)

    def _earned_in(self, names: tuple[str, ...], month: int, over: str) -> int:
        first, months = self.world.period(month, PERIODS[over])
        indexes = [self.plan.component(name) for name in names] or list(range(len(self.plan.components)))
        return sum(self.earned[index, at] for index in indexes for at in range(first, first + months))

    def _held_back(self, month: int) -> list[PeriodStatement]:
        if self.heads.held_back is None:
            return []
        change = 0
        for index, component in enumerate(self.plan.components):
            if not component.advances:
                continue
            first = self.world.period(month, component.months)[0]
            sums = [sum(self.earned[index, at] for at in range(first, upto + 1)) for upto in (month - 1, month)]
            before = self.periods.held_back(index, month - 1, sums[0]) if month > first else 0
            change += before - self.periods.held_back(index, month, sums[1])
        if not change:
            return []
        why = message("above what is paid ahead of the period's end") if change < 0 else message("the period's rest")
        rule = self.heads.labels[self.heads.held_back]
        return [self.periods.statement(self.heads.held_back, month, change, [Step(rule, True, why, change)], rule)]

    def _deal(self, deal: Deal, earned: list[EarnedCommission], level: int) -> DealStatement:
        lines: list[Line] = []
        mine = earned[0 if len(earned) == 1 else level]
        parted = [release.split_payout(cents, self.upto) for cents in mine.by_group]
        commission = 0
        for index, instalment in enumerate(self.plan.release):
            for place, group in enumerate(self.groups):
                state, day, why = instalment.due(deal, self.window, self._not_before(deal, group))
                cents = parted[place][index]
                if len(earned) > 1 and state == "paid" and day <= self.window.ends:
                    then = earned[self.world.level_at(month_of(day))]
                    cents = release.split_payout(then.by_group[place], self.upto)[index]
                commission += cents
                if cents or len(self.groups) == 1:
                    step = Step(instalment.label, state == "paid", why, cents)
                    lines.append(Line(self.heads.instalment(index), day, cents, state, step))
        return self._finished(deal, commission, mine, lines)

    def _not_before(self, deal: Deal, wait: int) -> date | None:
        if not wait:
            return None
        first, months = self.world.period(month_of(deal.signed), wait)
        return last_day(first + months - 1)

    def _finished(self, deal: Deal, commission: int, earned: EarnedCommission, lines: list[Line]) -> DealStatement:
        lines += self._extras(deal, commission)
        if self.plan.clawback and deal.churned:
            paid = sum(line.cents for line in lines if line.state == "paid" and line.day <= deal.churned)
            lines.append(self._clawback(deal, paid, commission))
        level = self.plan.levels[self.world.level_at(month_of(deal.signed))]
        steps = earned.steps
        if self.trace and self.plan.clawback and not deal.churned:
            steps = (*steps, Step(message("Clawback"), False, message("the customer has not left")))
        if self.plan.windfall and self.plan.windfall.flags(deal, level.quota):
            why = message("large enough to be looked at; nothing is reduced by itself")
            steps = (*steps, Step(message("Windfall"), True, why))
        return DealStatement(deal, level.name, commission, steps, tuple(lines), earned.by_component)

    def _extras(self, deal: Deal, commission: int) -> list[Line]:
        if not self.single:
            return []
        met = []
        for _, multiplier in self.single:
            fired, day, why = True, deal.signed, message("the deal is one of those it is for")
            if multiplier.where and not multiplier.where.admits(deal):
                fired, why = False, message("this deal does not count: {rule}", rule=multiplier.where.sentence(""))
            elif multiplier.when:
                fired, rated, why = multiplier.when.earned(deal, self.history, self.window)
                day = rated or self.window.ends
            met.append((fired, day, why))
        reached = combined(
            [m.factor if fired else Fraction(1) for (_, m), (fired, _, _) in zip(self.single, met, strict=True)],
            self.plan.combine,
            self.plan.multipliers_at_most,
        )
        lines, before = [], commission
        for (place, multiplier), (fired, day, why), factor in zip(self.single, met, reached, strict=True):
            after = to_cents(commission * factor)
            cents = after - before if fired else to_cents(commission * multiplier.factor) - commission
            before = after
            head = self.heads.multiplier(place)
            if fired and multiplier.when is None:
                lines += self._with_instalments(head, deal, cents)
                continue
            step = Step(self.heads.labels[head], fired, why, cents)
            lines.append(Line(head, day, cents, self._extra_state(fired, multiplier.when is not None, deal), step))
        return lines

    def _with_instalments(self, head: int, deal: Deal, cents: int) -> list[Line]:
        """Part an extra as the commission is parted: each part is paid when its instalment is due."""
        lines = []
        for instalment, part in zip(self.plan.release, release.split_payout(cents, self.upto), strict=True):
            state, day, why = instalment.due(deal, self.window)
            lines.append(Line(head, day, part, state, Step(self.heads.labels[head], state == "paid", why, part)))
        return lines

    def _extra_state(self, fired: bool, is_rated: bool, deal: Deal) -> State:  # noqa: FBT001 - two plain answers
        if fired:
            return "paid"
        unrated = deal.rated is None or deal.rating is None or deal.rated > self.window.ends
        return "waiting" if is_rated and deal.churned is None and unrated else "missed"

    def _clawback(self, deal: Deal, paid: int, earned: int) -> Line:
        rule = self.plan.clawback
        assert rule  # noqa: S101 - asked by the caller
        assert deal.churned  # noqa: S101 - asked by the caller
        left, label, head = deal.churned, message("Clawback"), self.heads.clawback
        if not rule.applies(deal):
            why = message(
                "the customer left on {day}, after the {window} in which it counts", day=left, window=rule.window
            )
            return Line(head, left, 0, "missed", Step(label, False, why))
        taken = -rule.taken_back(paid, earned, deal.signed, left)
        why = message(
            "the customer left on {day}; {paid} had been paid", day=left, paid=Money(paid, self.plan.currency)
        )
        if rule.steps:
            why = message("{why}; {share} is taken then", why=why, share=Percent(rule.step_at(deal.signed, left)))
        return Line(head, left, taken, "paid" if left <= self.window.ends else "waiting", Step(label, True, why, taken))

    def _by_deal(self, earned: dict[str, list[EarnedCommission]]) -> list[DealStatement]:
        """Gather what the released shares of each deal earned, for plans that credit quota as it is released."""
        found = []
        cents = {(key, place): e for key, place, e in self._released_cents(earned)}
        for deal in self.history.in_order():
            if month_of(deal.signed) > self.window.last_month:
                continue
            lines: list[Line] = []
            steps: list[Step] = []
            commission = 0
            by_component = [0] * len(self.plan.components)
            for index, instalment in enumerate(self.plan.release):
                state, day, why = instalment.due(deal, self.window)
                part = cents.get((deal.id, index))
                amount = part.commission if part else 0
                commission += amount
                steps += part.steps if part else ()
                if part:
                    by_component = [a + b for a, b in zip(by_component, part.by_component, strict=True)]
                step = Step(instalment.label, state == "paid", why, amount)
                lines.append(Line(self.heads.instalment(index), day, amount, state, step))
            whole = EarnedCommission((commission,), tuple(by_component), tuple(steps))
            found.append(self._finished(deal, commission, whole, lines))
        return found

    def _released_cents(self, earned: dict[str, list[EarnedCommission]]) -> list[tuple[str, int, EarnedCommission]]:
        return [(deal.id, place, earned[event.id][0]) for deal, place, event in self.events if event.id in earned]

    def _settled(
        self, deals: list[DealStatement], at_end: list[PeriodStatement]
    ) -> tuple[list[PeriodStatement], list[int]]:
        """Settle draws, and what clawback left below zero, month by month."""
        if self.heads.ahead is None or self.heads.recovered is None:
            return [], []
        window, first = self.window, self.window.first_month
        gross = [0] * window.months
        lines = [line for deal in deals for line in deal.lines if line.state == "paid"]
        for line in [*lines, *(found.line for found in at_end)]:
            index = window.index(month_of(line.day))
            if index is not None:
                gross[index] += line.cents
        person = self.history.person
        held = draws.guarantees(self.plan.draws, person, first, window.months, carries=self.plan.carries)
        settled = draws.settle(gross, held, person.opening)
        found = []
        for place, month in enumerate(settled):
            found += [
                self.periods.statement(
                    head,
                    first + place,
                    cents,
                    [Step(self.heads.labels[head], True, why, cents)],
                    self.heads.labels[head],
                )
                for head, cents, why in (
                    (self.heads.ahead, month.advanced, self._said_ahead(month)),
                    (self.heads.recovered, -month.recovered, self._said_owed(month)),
                )
                if cents
            ]
        return found, [month.owed for month in settled]

    def _said_ahead(self, month: draws.Settlement) -> Message:
        return message("pay falls short of the floor; {owed} is owed now", owed=Money(month.owed, self.plan.currency))

    def _said_owed(self, month: draws.Settlement) -> Message:
        return message(
            "what was paid ahead is recovered; {owed} is still owed", owed=Money(month.owed, self.plan.currency)
        )


def _released(history: History, plan: Plan, window: Window) -> list[tuple[Deal, int, Deal]]:
    """Return every released share of a deal: the deal, which instalment, and the share as a deal of its own."""
    found = []
    upto = release.cumulative_shares(plan.release)
    for position, deal in enumerate(history.in_order()):
        amounts = release.split_payout(deal.arr, upto)
        stated = [(name, release.split_payout(amount, upto)) for name, amount in deal.amounts]
        for index, instalment in enumerate(plan.release):
            state, day, _ = instalment.due(deal, window)
            if state == "paid" and day <= window.ends:
                share = replace(
                    deal,
                    id=f"{position:09d} {index} {deal.id}",
                    signed=day,
                    arr=amounts[index],
                    amounts=tuple((name, parts[index]) for name, parts in stated),
                )
                found.append((deal, index, share))
    return found
