"""The exact engine: pays one rep deal by deal and explains each amount by its rules."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TypeVar

from server.comp.calendar import Window
from server.comp.explain.context import RepContext
from server.comp.explain.deal_terms import EarnedCommission
from server.comp.explain.deals import Commissions
from server.comp.explain.monthly_pay import base_line, corrections, settle
from server.comp.explain.multipliers import DealMultipliers
from server.comp.explain.periods import Periods
from server.comp.explain.refunds import Refunds
from server.comp.explain.released_shares import released_shares
from server.comp.explain.work import Work
from server.comp.history import Deal, History
from server.comp.mechanics import clawback, release
from server.comp.mechanics.clawback import ADDED, Clawback
from server.comp.mechanics.multipliers import periodic_groups
from server.comp.mechanics.refunds import Refund
from server.comp.mechanics.release import PayoutRule, ReleasedPart, State
from server.comp.pay_elements import PayElements, pay_elements
from server.comp.periods import PERIODS
from server.comp.plan import Plan
from server.comp.statements import DealStatement, Line, PeriodStatement, Statement, Step
from server.messages import Message, Money, message

T = TypeVar("T")
_STEPS_OF_DEAL = 10
"""Steps to pay a deal under one component, or to release one share of it."""


def explain(history: History, plan: Plan, window: Window, *, trace: bool = True, work: Work | None = None) -> Statement:
    """Pay one rep under a plan, as if it had always been in force, and explain every amount.

    Without `trace` the amounts are the same and the steps of deals are left out. Raises TooMuchWorkError where it
    takes more than the `work` that is allowed.
    """
    return _Explanation(history, plan, plan.fiscal(window), trace=trace, work=work).statement()


class _Explanation:
    """The calculation of one rep's statement, month by month.

    There is one `Commissions` for all deals, or one for each level when payouts follow the level at payment.
    """

    def __init__(self, history: History, plan: Plan, window: Window, *, trace: bool, work: Work | None) -> None:
        self.history, self.plan, self.window, self.trace = history, plan, window, trace
        self.elements: PayElements = pay_elements(plan)
        self.by_release = plan.quota_credit == "as released"
        self.cumulative_shares = release.cumulative_shares(plan.release)
        self.multipliers = DealMultipliers(history, plan, window, self.elements)
        self.released = released_shares(history, plan, window) if self.by_release else []
        if self.by_release:
            history = replace(history, deals=tuple(share for _, _, share in self.released))
        self.context = RepContext(history, plan, window, work)
        follows_level = plan.rate_when_paid == "of the level when it is paid" and not self.by_release
        count = len(plan.levels) if follows_level else 1
        self.commissions = [Commissions(self.context, trace=trace) for _ in range(count)]
        self.groups = self.commissions[0].groups
        self.periods = Periods(self.context, self.elements)
        self.refunds = Refunds(self.context.refunds.values())
        self.paid_until = self.context.paid_until
        self.earned: dict[tuple[int, int], int] = defaultdict(int)
        """Cents by component and month."""

    def statement(self) -> Statement:
        """Return the statement: each month's deals in order, then what is paid at the month's end."""
        window, held = self.window, self.context.held
        earned: list[tuple[Deal, list[EarnedCommission]]] = []
        periods: list[PeriodStatement] = []
        earned_by_share: dict[str, EarnedCommission] = {}
        pending = list(self.context.deals)
        for month in range(min(held), window.last_month + 1):
            self.context.work.add(len(self.plan.components))
            while pending and self.context.month_of(pending[0].signed) == month:
                deal = pending.pop(0)
                by_level = self._earn(deal, month)
                if self.by_release:
                    earned_by_share[deal.id] = by_level[0]
                else:
                    earned.append((deal, by_level))
            if month >= window.first_month:
                periods += [*corrections(self.context, self.elements, month), *self._month_end(month)]
        deals = self._deal_statements_by_release(earned_by_share) if self.by_release else self._deal_statements(earned)
        base = tuple(base_line(self.context, month) for month in range(window.first_month, window.last_month + 1))
        settlements, owed = settle(self.context, self.elements, deals, periods)
        levels = tuple(held[month] for month in range(window.first_month, window.last_month + 1))
        return Statement(
            self.elements,
            window,
            base,
            tuple(deals),
            tuple(periods + settlements),
            levels,
            tuple(owed),
            self.commissions[0].tier_amounts() if len(self.commissions) == 1 else (),
        )

    def _earn(self, deal: Deal, month: int) -> list[EarnedCommission]:
        """Return what a deal earns: at the level held, or at every level when payouts follow the level."""
        steps = len(self.commissions) * len(self.plan.components) + len(self.plan.release)
        self.context.work.add(_STEPS_OF_DEAL * steps + len(self.plan.multipliers) * len(self.context.deals))
        held = self.context.level_at(month)
        if len(self.commissions) == 1:
            earned = [self.commissions[0].of(deal, held)]
        else:
            earned = [commissions.of(deal, level) for level, commissions in enumerate(self.commissions)]
        for index, cents in enumerate(_at_level(earned, held).by_component):
            self.earned[index, month] += cents
        return earned

    def _month_end(self, month: int) -> list[PeriodStatement]:
        """Return what is paid at a month's end: components, then multipliers, then what was held back."""
        statements = []
        level = self.context.level_at(month)
        for index, component in enumerate(self.plan.components):
            if not component.is_periodic:
                continue
            payment = self.periods.component(index, month)
            if payment is None:
                continue
            cents, steps = payment
            self.earned[index, month] += cents
            fits = _at_level([path.caps.under_plan(month, level, cents) for path in self.commissions], level)
            if fits != cents:
                why = message(
                    "the commission is capped at {limit}",
                    limit=self.plan.caps[0].shown(self.plan.currency),
                )
                steps.append(Step(message("Cap"), True, why, fits - cents))
            rule = message("{name}", name=component.name)
            statements.append(
                self.periods.statement(self.elements.component(index), month, fits, steps, rule),
            )
        for group in periodic_groups(self.plan.multipliers):
            multiplier = group[0][1]
            earned = self._earned_in_period(multiplier.to, month, multiplier.over)
            statements += self.periods.multiplied(group, month, earned)
        statements += self._retained(month)
        if self.paid_until and self.window.calendar.last_day(month) > self.paid_until:
            return [self._unpaid(statement, self.paid_until) for statement in statements]
        return statements

    def _unpaid(self, statement: PeriodStatement, until: date) -> PeriodStatement:
        """Return the statement of a month's end that a rep who left is not paid for."""
        step = Step(message("Employment ended"), False, _after_leaving(until), -statement.line.cents)
        return PeriodStatement(replace(statement.line, cents=0, step=step), (*statement.steps, step))

    def _earned_in_period(self, names: tuple[str, ...], month: int, period: str) -> int:
        """Return what components, all of them without names, earned in the period that contains a month."""
        first, months = self.context.period(month, PERIODS[period])
        indexes = [self.plan.component(name) for name in names] or list(range(len(self.plan.components)))
        return sum(self.earned[index, m] for index in indexes for m in range(first, first + months))

    def _retained(self, month: int) -> list[PeriodStatement]:
        """Return what is held back at a month's end (negative), or released again (positive)."""
        if self.elements.retained is None:
            return []
        change = 0
        for index, component in enumerate(self.plan.components):
            if not component.advances:
                continue
            first = self.context.period(month, component.months)[0]
            earned_before = sum(self.earned[index, m] for m in range(first, month))
            earned = sum(self.earned[index, m] for m in range(first, month + 1))
            held_before = self.periods.retained(index, month - 1, earned_before) if month > first else 0
            change += held_before - self.periods.retained(index, month, earned)
        if not change:
            return []
        why = (
            message("more than can be paid before the end of the period")
            if change < 0
            else message("the rest of the period's pay")
        )
        rule = self.elements.labels[self.elements.retained]
        steps = [Step(rule, True, why, change)]
        return [self.periods.statement(self.elements.retained, month, change, steps, rule)]

    def _deal_statements(self, earned: list[tuple[Deal, list[EarnedCommission]]]) -> list[DealStatement]:
        """Return the statements of all deals in order; credit memos need the payouts of their deals."""
        by_id = {deal.id: by_level[0] for deal, by_level in earned}
        is_memo = [deal.id in self.context.refunds for deal, _ in earned]
        statements = [
            None if memo else self._deal_statement(deal, by_level)
            for (deal, by_level), memo in zip(earned, is_memo, strict=True)
        ]
        return [
            statement or self._memo_statement(self.context.refunds[deal.id], by_level[0], by_id)
            for statement, (deal, by_level) in zip(statements, earned, strict=True)
        ]

    def _deal_statement(self, deal: Deal, earned: list[EarnedCommission]) -> DealStatement:
        """Return the statement of a deal: its commission of each group, split into payouts."""
        lines: list[Line] = []
        at_signing = _at_level(earned, self.context.level_at(self.context.month_of(deal.signed)))
        group_payouts = [release.split_payout(cents, self.cumulative_shares) for cents in at_signing.by_group]
        commission = 0
        for index, payout_rule in enumerate(self.plan.release):
            for group, paydays in enumerate(self.groups):
                for due in payout_rule.released_parts(deal, self.window, paydays):
                    payout = group_payouts[group][index]
                    if len(earned) > 1 and due.state == "paid" and due.day <= self.window.ends:
                        at_payment = earned[self.context.level_at(self.context.month_of(due.day))]
                        payout = release.split_payout(at_payment.by_group[group], self.cumulative_shares)[index]
                    cents = due.part.of(payout)
                    commission += cents
                    if cents or len(self.groups) == 1:
                        lines.append(self._payout_line(index, payout_rule, due, cents))
        return self._complete(deal, commission, at_signing, lines)

    def _payout_line(self, index: int, payout_rule: PayoutRule, due: ReleasedPart, cents: int) -> Line:
        step = Step(payout_rule.label, due.state == "paid", due.why, cents)
        return Line(self.elements.payout(index), due.day, cents, due.state, step)

    def _memo_statement(
        self, refund: Refund, earned: EarnedCommission, by_id: dict[str, EarnedCommission]
    ) -> DealStatement:
        """Return the statement of a credit memo: what it takes back of its deal, and how it changes its period."""
        memo, commissions, own = refund.memo, self.commissions[0], by_id[refund.deal.id]
        rest, lines = sum(earned.by_group), self.refunds.lines(memo)
        rest += sum(
            refund.share(cents)
            for index, cents in enumerate(own.by_component)
            if commissions.changes_period(index, refund)
        )
        if rest or not lines:
            step = Step(message("Credit memo"), True, message("dated {day}", day=memo.signed), rest)
            lines = [*lines, Line(self.elements.payout(0), memo.signed, rest, "paid", step)]
        level = self.plan.levels[self.context.level_at(self.context.month_of(memo.signed))]
        taken = sum(line.cents for line in lines if 1 <= line.element <= self.elements.payouts)
        return DealStatement(memo, level.name, taken, earned.steps, tuple(lines), earned.by_component)

    def _complete(
        self,
        deal: Deal,
        commission: int,
        earned: EarnedCommission,
        lines: list[Line],
    ) -> DealStatement:
        """Return a deal's statement with its multipliers, refunds, clawback and windfall review added."""
        payouts = len(lines)
        lines += self.multipliers.lines(deal, commission)
        if self.paid_until:
            lines = [self._until_leaving(line, self.paid_until) for line in lines]
        before = sum(line.cents for line in lines[:payouts])
        lines = [self.refunds.reduce(deal, line) for line in lines]
        cancelled = before - sum(line.cents for line in lines[:payouts])
        rule = clawback.rule_for(self.plan.clawback_rules, deal)
        if rule and deal.churned:
            kept = [*lines, *self.refunds.taken_from(deal)]
            paid = sum(line.cents for line in kept if line.state == "paid" and line.day <= deal.churned)
            base = self.commissions[0].added_pay(deal, earned) if rule.of == ADDED else commission
            lines.append(self._clawback(rule, deal, deal.churned, (paid, base)))
            self.refunds.give_back(deal, lines[-1])
        level = self.plan.levels[self.context.level_at(self.context.month_of(deal.signed))]
        steps = earned.steps
        if self.trace and rule and not deal.churned:
            steps = (*steps, Step(message("Clawback"), False, message("the customer has not left")))
        if self.plan.windfall and self.plan.windfall.flags(deal, level.quota):
            why = message("large enough for a review; nothing is reduced automatically")
            steps = (*steps, Step(message("Windfall"), True, why))
        return DealStatement(deal, level.name, commission - cancelled, steps, tuple(lines), earned.by_component)

    def _until_leaving(self, line: Line, until: date) -> Line:
        """Return a line of a deal, cancelled if it falls due after the plan stops paying a rep who left."""
        is_late = line.day > until if line.state == "paid" else line.state == "waiting" and until <= self.window.ends
        if not is_late:
            return line
        step = replace(line.step, fired=False, why=_after_leaving(until))
        return replace(line, state="cancelled", step=step)

    def _clawback(self, rule: Clawback, deal: Deal, left: date, cents: tuple[int, int]) -> Line:
        """Return what a rule takes back when the customer left; `cents` were paid by then, and earned."""
        label, element, start = message("Clawback"), self.elements.clawback, rule.start(deal)
        paid, earned = cents
        if not rule.applies(deal):
            why = message(
                "the customer left on {day}, after the clawback window of {window}",
                day=left,
                window=rule.window,
            )
            return Line(element, left, 0, "missed", Step(label, False, why))
        taken = -rule.taken_back(paid, earned, start, left)
        why = message(
            "the customer left on {day}; {paid} had been paid",
            day=left,
            paid=Money(paid, self.plan.currency),
        )
        fixed = rule.step_at(start, left) if rule.steps else rule.takes
        if isinstance(fixed, Fraction):
            why = message("{why}; {part} is taken back", why=why, part=rule.share_in_words(fixed))
        elif served := rule.served(start, left):
            why = message("{why}; {served}", why=why, served=served)
        state: State = "paid" if left <= self.window.ends else "waiting"
        return Line(element, left, taken, state, Step(label, True, why, taken))

    def _deal_statements_by_release(
        self,
        earned_by_share: dict[str, EarnedCommission],
    ) -> list[DealStatement]:
        """Return the statements of deals whose released shares were paid as deals of their own."""
        statements = []
        earned_by_payout = {
            (deal.id, index): earned_by_share[share.id]
            for deal, index, share in self.released
            if share.id in earned_by_share
        }
        for deal in self.history.in_order():
            if self.context.month_of(deal.signed) > self.window.last_month:
                continue
            lines: list[Line] = []
            steps: list[Step] = []
            commission = 0
            by_component = [0] * len(self.plan.components)
            for index, payout_rule in enumerate(self.plan.release):
                state, day, why = payout_rule.due(deal, self.window)
                earned = earned_by_payout.get((deal.id, index))
                cents = earned.commission if earned else 0
                commission += cents
                if earned:
                    steps += earned.steps
                    by_component = [a + b for a, b in zip(by_component, earned.by_component, strict=True)]
                step = Step(payout_rule.label, state == "paid", why, cents)
                lines.append(Line(self.elements.payout(index), day, cents, state, step))
            total = EarnedCommission((commission,), tuple(by_component), tuple(steps))
            statements.append(self._complete(deal, commission, total, lines))
        return statements


def _at_level(by_level: list[T], level: int) -> T:
    """Return the entry of a level; a single entry is that of every level."""
    return by_level[0 if len(by_level) == 1 else level]


def _after_leaving(until: date) -> Message:
    return message("due after {day}, the last day this plan pays someone who has left", day=until)
