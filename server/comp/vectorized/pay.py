"""The vectorized engine: pays any number of reps at once, over arrays, to the same cent as `explain`."""

from dataclasses import dataclass

import numpy as np

from server.comp.book import Book
from server.comp.calendar import NEVER, Int32s, Window
from server.comp.mechanics import clawback, draws, release
from server.comp.mechanics.components import payout_groups
from server.comp.mechanics.multipliers import PRODUCT, periodic_groups
from server.comp.mechanics.paydays import AS_RELEASED
from server.comp.mechanics.refunds import Memos
from server.comp.pay_elements import PayElements, pay_elements
from server.comp.period_index import PeriodIndex, period_index
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s
from server.comp.vectorized import monthly_pay, periods
from server.comp.vectorized.added_pay import added_pay
from server.comp.vectorized.context import BookContext
from server.comp.vectorized.deals import commission, under_caps
from server.comp.vectorized.pricing import Commission
from server.comp.vectorized.released_shares import released_shares


@dataclass(frozen=True, slots=True)
class Payout:
    """What a plan pays a book in cents: `amounts` (elements, reps, months) and `commission` of deals (n,).

    `levels` (reps, months) are the level indexes held; `credited` (reps,) is what counts to quota in the window.
    """

    elements: PayElements
    amounts: Int64s
    commission: Int64s
    levels: Int32s
    credited: Int64s

    @property
    def totals(self) -> Int64s:
        """Cents by rep (reps,)."""
        total: Int64s = self.amounts.sum(axis=(0, 2))
        return total

    @property
    def by_month(self) -> Int64s:
        """Cents by rep and month (reps, months)."""
        total: Int64s = self.amounts.sum(axis=0)
        return total


def pay(book: Book, plan: Plan, window: Window) -> Payout:
    """Pay every rep of a book under a plan, as if it had always been in force, for the months of a window."""
    return _Calculation(period_index(book, plan.fiscal(window)), plan).payout()


def credited_and_level(book: Book, plan: Plan, window: Window) -> tuple[Int64s, Int32s]:
    """Return what counts to quota in the window in cents, and the level index held at its end, by rep (reps,)."""
    calculation = _Calculation(period_index(book, plan.fiscal(window)), plan)
    return calculation.credited(), calculation.levels()[:, -1]


class _Calculation:
    """The calculation of one payout, step by step into `amounts` (elements, reps, months).

    `paid` (n,) is what each deal has been paid by the day its customer left, for clawback. With quota
    credited as released, `context` holds the book of the released `shares`.
    """

    def __init__(self, deals: PeriodIndex, plan: Plan) -> None:
        self.deals, self.plan, self.window = deals, plan, deals.window
        self.book, self.elements = deals.book, pay_elements(plan)
        self.by_release = plan.quota_credit == "as released"
        self.shares = released_shares(deals, plan.release) if self.by_release else None
        self.context = BookContext(self.shares.index if self.shares else deals, plan)
        self.paid_until = plan.leaving.paid_until_by(self.book)
        self.months_paid = plan.leaving.months_paid_by(self.book, self.window)
        self.amounts = np.zeros(
            (len(self.elements.labels), self.book.reps, self.window.months),
            dtype=np.int64,
        )

    def payout(self) -> Payout:
        """Return the payout: commission, caps, release, multipliers, clawback, periods, base, settlement."""
        context, plan = self.context, self.plan
        follows_level = plan.rate_when_paid == "of the level when it is paid" and not self.by_release
        level = context.level_at_signing
        uncapped = commission(context, level)
        lines = self._component_lines()
        if follows_level and len(plan.levels) > 1:
            by_level = [commission(context, index) for index in range(len(plan.levels))]
            capped = [
                under_caps(context, level_commission.by_group, lines, index)
                for index, level_commission in enumerate(by_level)
            ]
            self._add_lines(self._lines_at_level([level_lines for _, level_lines in capped]))
            earned = self._release_by_level([groups for groups, _ in capped], level)
        elif plan.caps:
            groups, capped_lines = under_caps(context, uncapped.by_group, lines, level)
            self._add_lines(capped_lines)
            earned = self._release(groups, uncapped)
        else:
            self._add_lines(lines)
            earned = self._release(list(uncapped.by_group), uncapped)
        self._add_deal_multipliers(earned)
        self._take_back(earned, added_pay(context, uncapped, level) if plan.claws_back_added_pay else earned)
        self._add_month_ends(uncapped, lines)
        self.amounts[self.elements.base] = monthly_pay.base_pay(context)
        monthly_pay.add_corrections(context, self.amounts[self.elements.corrections])
        self._settle()
        return Payout(self.elements, self.amounts, earned, self.levels(), self.credited())

    def levels(self) -> Int32s:
        """Return the level index held (reps, months)."""
        held = self.context.held
        if held is None:
            return np.zeros((self.book.reps, self.window.months), dtype=np.int32)
        return held[:, self._first_column :]

    def credited(self) -> Int64s:
        """Return what counts toward the levels' quota of the deals signed in the window, in cents (reps,).

        A deal that several components credit counts once, by the largest credit. Without such a component it is the
        ARR of the deals that any component credits.
        """
        counted = np.zeros(self.book.arr.size, dtype=np.int64)
        own = {quota.component.casefold() for level in self.plan.levels for quota in level.quotas}
        rules = [
            rule
            for component, rule in zip(self.plan.components, self.plan.crediting, strict=True)
            if component.counts_to_level_quota and component.name.casefold() not in own
        ]
        for rule in rules:
            credit = rule.by(self.book, rule.mask(self.book))
            counted = np.where(np.abs(credit) > np.abs(counted), credit, counted)
        roles, inside = self.book.words["role"], self.deals.inside
        if not rules:
            counted = self.book.own_arr
            is_counted = [role in self.plan.credited_roles for role in roles.words]
            if not all(is_counted):
                inside = inside & np.array(is_counted)[roles.code]
        credited = np.zeros(self.book.reps, dtype=np.int64)
        np.add.at(credited, self.book.rep[inside], counted[inside])
        return credited

    @property
    def _first_column(self) -> int:
        """The column of the window's first month in arrays (reps, columns) of the context."""
        return self.window.first_month - self.context.period_index.first

    def _component_lines(self) -> Int64s:
        """Return what the periodic components pay (components, reps, months)."""
        lines = [periods.component_lines(self.context, index) for index in self.elements.periods]
        empty = np.zeros((0, self.book.reps, self.window.months), dtype=np.int64)
        return np.stack(lines) if lines else empty

    def _add_lines(self, lines: Int64s) -> None:
        for position, index in enumerate(self.elements.periods):
            self._add_line(self.elements.component(index), lines[position])

    def _add_line(self, element: int, amounts: Int64s) -> None:
        """Add amounts of month ends (reps, months), as far as the plan pays them after leaving."""
        self.amounts[element] += amounts if self.months_paid is None else np.where(self.months_paid, amounts, 0)

    def _lines_at_level(self, by_level: list[Int64s]) -> Int64s:
        """Return the lines (components, reps, months) that are capped at the level held in each month."""
        first = self.window.first_month
        held = np.stack(
            [self.context.levels_at(first + month) for month in range(self.window.months)],
            axis=1,
        )
        stacked, lines = np.stack(by_level), np.empty_like(by_level[0])
        index = held[None].astype(np.int64)
        for component in range(lines.shape[0]):
            lines[component] = np.take_along_axis(stacked[:, component], index, axis=0)[0]
        return lines

    def _release(self, groups: list[Int64s], uncapped: Commission) -> Int64s:
        """Split every deal's commission (n,) into payouts and add them; return the whole commission (n,).

        Credit memos have no payouts of their own, and no commission for the rules that follow.
        """
        self.paid = np.zeros_like(self.book.arr)
        if self.by_release:
            return self._release_shares(groups)
        if self.context.memos:
            groups = self._without_memos(self.context.memos, groups, uncapped)
        for paydays, earned in zip(payout_groups(self.plan.components), groups, strict=True):
            parts = release.split_payouts(earned, self.plan.release)
            for index, payout_rule in enumerate(self.plan.release):
                for row, day in payout_rule.released_rows(self.book, self.window, paydays):
                    part = row.of(parts[index])
                    self._add_parts(self.elements.payout(index), part, day, refunds=self.context.memos)
        total: Int64s = groups[0] if len(groups) == 1 else np.sum(groups, axis=0)
        return total

    def _release_shares(self, groups: list[Int64s]) -> Int64s:
        """Add what released shares earned as payouts of their deals; return the deals' commission (n,)."""
        assert self.shares  # noqa: S101 - the caller has asked
        earned = np.sum(groups, axis=0)
        total = np.zeros_like(self.book.arr)
        for index, payout_rule in enumerate(self.plan.release):
            is_payout = self.shares.payout == index
            part = np.zeros_like(self.book.arr)
            part[self.shares.deal[is_payout]] = earned[is_payout]
            total += part
            self._add_parts(self.elements.payout(index), part, payout_rule.due_days(self.book, self.window))
        return total

    def _release_by_level(self, by_level: list[list[Int64s]], level_at_signing: Int32s | None) -> Int64s:
        """Add payouts at the level held when each is paid; return the whole commission (n,).

        `by_level` is the commission by level and group. Payouts after the window are of the level at signing.
        """
        self.paid = np.zeros_like(self.book.arr)
        total = np.zeros_like(self.book.arr)
        held = self.context.held
        for group, paydays in enumerate(payout_groups(self.plan.components)):
            parts = np.stack([release.split_payouts(groups[group], self.plan.release) for groups in by_level])
            for index, payout_rule in enumerate(self.plan.release):
                for row, day in payout_rule.released_rows(self.book, self.window, paydays):
                    month = self.window.calendar.months_of(day)
                    is_paid = (day != NEVER) & (month <= self.window.last_month)
                    column = np.clip(month - self.context.period_index.first, 0, self.deals.columns - 1)
                    at_payment = np.zeros_like(column) if held is None else held[self.book.rep, column]
                    at_signing = np.zeros_like(column) if level_at_signing is None else level_at_signing
                    level = np.where(is_paid, at_payment, at_signing)[None].astype(np.int64)
                    part = np.take_along_axis(parts[:, index], level, axis=0)[0]
                    part = row.of(part)
                    total += part
                    self._add_parts(self.elements.payout(index), part, day)
        return total

    def _add_deal_multipliers(self, earned: Int64s) -> None:
        """Add what the multipliers of single deals add to the commission (n,), each on top of the one before.

        The running factor top / bottom is exact: `top` (n,) over one `bottom` for all deals.
        """
        plan, book = self.plan, self.book
        top, bottom = np.ones_like(earned), 1
        before = earned
        for index, multiplier in enumerate(plan.multipliers):
            if multiplier.is_periodic:
                continue
            day = book.signed if multiplier.when is None else multiplier.when.days(book)
            if multiplier.where and (mask := multiplier.where.mask(book)) is not None:
                day = np.where(mask, day, NEVER).astype(np.int32)
            applies = (day != NEVER) & (self.window.calendar.months_of(day) <= self.window.last_month)
            factor = multiplier.factor
            if plan.combine == PRODUCT:
                top = top * np.where(applies, factor.numerator, factor.denominator)
            else:
                top = top * factor.denominator + np.where(applies, (factor - 1).numerator * bottom, 0)
            bottom *= factor.denominator
            after = periods.limited(earned, top, bottom, plan.multipliers_at_most)
            element = self.elements.multiplier(index)
            if multiplier.when is None:
                self._add_payouts(element, after - before, applies)
            else:
                self._add_parts(element, after - before, day, applies, self.context.memos)
            before = after

    def _take_back(self, earned: Int64s, without: Int64s) -> None:
        """Subtract what clawback takes back of the commission (n,) on the day each customer left.

        `without` (n,) is how much less the period of each deal pays without it.
        """
        if self.plan.clawback_rules:
            taken_back = clawback.taken_back_by(self.plan.clawback_rules, self.paid, earned, without, self.book)
            self._add_parts(self.elements.clawback, -taken_back, self.book.churned)
            if memos := self.context.memos:
                is_later = self.book.churned[memos.deal] < self.book.signed[memos.position]
                given_back = memos.shares(taken_back, memos.refunded_since(is_later))[is_later]
                self._add_memo_cents(self.elements.clawback, memos.position[is_later], given_back)

    def _add_payouts(self, element: int, amounts: Int64s, applies: Bools) -> None:
        """Split amounts (n,) as commission is split; each part is paid when its payout is due."""
        groups = payout_groups(self.plan.components)
        paydays = groups[0] if len(groups) == 1 else AS_RELEASED
        parts = release.split_payouts(np.where(applies, amounts, 0), self.plan.release)
        for part, payout_rule in zip(parts, self.plan.release, strict=True):
            for row, day in payout_rule.released_rows(self.book, self.window, paydays):
                cents = row.of(part)
                self._add_parts(element, cents, day, refunds=self.context.memos)

    def _add_parts(
        self,
        element: int,
        parts: Int64s,
        day: Int32s,
        applies: Bools | None = None,
        refunds: Memos | None = None,
    ) -> None:
        """Add each deal's part (n,) to its rep and month, where its day (n,) is inside the window.

        Without `applies` (n,) every deal counts. What falls due after the plan stops paying a leaver is not paid.
        """
        if self.paid_until is not None and element != self.elements.clawback:
            day = np.where(day <= self.paid_until[self.book.rep], day, NEVER).astype(np.int32)
        if refunds is not None:
            parts = self._refund_parts(element, parts, day, refunds)
        if element != self.elements.clawback and self.plan.clawback_rules:
            is_due = day != NEVER if applies is None else applies
            self.paid += np.where(is_due & (day <= self.book.churned), parts, 0)
        month = self.window.calendar.months_of(day)
        month -= self.window.first_month
        counts = (month >= 0) & (month < self.window.months)
        if applies is not None:
            counts &= applies
        if not self.deals.all_known:
            counts &= self.deals.known
        inside = counts.nonzero()[0]
        if inside.size:
            flat = self.amounts[element].reshape(-1)
            cell = self.book.rep[inside].astype(np.int64) * self.window.months + month[inside]
            np.add.at(flat, cell, parts[inside])

    def _without_memos(self, memos: Memos, groups: list[Int64s], uncapped: Commission) -> list[Int64s]:
        """Return what deals earn by group (n,) without what memos earn besides their shares, which is paid at once."""
        kept = []
        for group, repeated in zip(groups, uncapped.repeated, strict=True):
            own = group[memos.position] + (0 if repeated is None else repeated)
            self._add_memo_cents(self.elements.payout(0), memos.position, own)
            kept.append(group.copy())
            kept[-1][memos.position] = 0
        return kept

    def _add_memo_cents(self, element: int, position: Int64s, cents: Int64s) -> None:
        """Add the cents (k,) of credit memos at some positions to the months of their days."""
        month = self.window.calendar.months_of(self.book.signed[position]) - self.window.first_month
        inside = np.flatnonzero((month >= 0) & (month < self.window.months))
        np.add.at(self.amounts[element], (self.book.rep[position[inside]], month[inside]), cents[inside])

    def _refund_parts(self, element: int, parts: Int64s, day: Int32s, memos: Memos) -> Int64s:
        """Return parts (n,) less what memos cancel; what was paid before a memo is taken back on its day."""
        book, taken, signed = self.book, memos.shares(parts), self.book.signed[memos.position]
        at_once = day[memos.deal] <= signed
        reduced = parts.copy()
        np.subtract.at(reduced, memos.deal[~at_once], taken[~at_once])
        if self.plan.clawback_rules:
            counts = at_once & (signed <= book.churned[memos.deal])
            np.subtract.at(self.paid, memos.deal[counts], taken[counts])
        self._add_memo_cents(element, memos.position[at_once], -taken[at_once])
        return reduced

    def _add_month_ends(self, uncapped: Commission, lines: Int64s) -> None:
        """Add what multipliers tested at a period's end give, and retain pay until the period's end."""
        groups = periodic_groups(self.plan.multipliers)
        if not groups and self.elements.retained is None:
            return
        earned = []
        for index, cents in enumerate(uncapped.by_component):
            if cents is None:
                earned.append(lines[self.elements.periods.index(index)])
            else:
                earned.append(np.diff(self.context.by_month(cents), axis=1)[:, self._first_column :])
        for group in groups:
            components = [self.plan.component(name) for name in group[0][1].to] or range(len(earned))
            total = np.sum([earned[index] for index in components], axis=0)
            added = periods.multiplied(self.context, group, total)
            for (index, _), amounts in zip(group, added, strict=True):
                self._add_line(self.elements.multiplier(index), amounts)
        for index, component in enumerate(self.plan.components):
            if component.advances and self.elements.retained is not None:
                self._add_line(self.elements.retained, periods.retained(self.context, index, earned[index]))

    def _settle(self) -> None:
        """Settle draws, and negative pay from clawback, for the reps of each distinct person."""
        if self.elements.advanced is None or self.elements.recovered is None:
            return
        variable_pay = self.amounts[self.elements.base + 1 :].sum(axis=0)
        for index, person in enumerate(self.book.persons):
            reps = np.flatnonzero(self.book.person == index)
            if not reps.size:
                continue
            guarantees = draws.guarantees(
                self.plan.draws,
                self.plan.period_quotas,
                person,
                self.window.first_month,
                self.window.months,
                carries=self.plan.carries,
            )
            opening = np.full(reps.size, person.opening, dtype=np.int64)
            advanced, recovered = draws.settle_all(variable_pay[reps], guarantees, opening)
            self.amounts[self.elements.advanced, reps] = advanced
            self.amounts[self.elements.recovered, reps] = -recovered
