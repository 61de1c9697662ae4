"""The fast path: any number of reps paid at once, over arrays, to the same cent as `explain`."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, NEVER, Int32s, Window, day_of, last_day, months_of
from server.comp.explain.deals import groups_of
from server.comp.history import Book, Person, select
from server.comp.mechanics import draws, release
from server.comp.mechanics.levels import monthly
from server.comp.mechanics.multipliers import PRODUCT, periodic_groups
from server.comp.mechanics.quotas import employed_share
from server.comp.pay_elements import PayElements, pay_elements
from server.comp.period_index import PeriodIndex, period_index
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s, times
from server.comp.vectorized import periods
from server.comp.vectorized.context import BookContext
from server.comp.vectorized.deals import Commission, commission, under_caps


@dataclass(frozen=True, slots=True)
class Payout:
    """What a plan pays a book: `amounts` (heads, reps, months) in cents, and each deal's `commission` (n,).

    `levels` (reps, months) are the level indexes held; `credited` (reps,) is the ARR signed in the window.
    """

    elements: PayElements
    amounts: Int64s
    commission: Int64s
    levels: Int32s
    credited: Int64s

    @property
    def totals(self) -> Int64s:
        """Cents for each rep (reps,)."""
        total: Int64s = self.amounts.sum(axis=(0, 2))
        return total

    @property
    def by_month(self) -> Int64s:
        """Cents by rep and month (reps, months)."""
        total: Int64s = self.amounts.sum(axis=0)
        return total


def pay(book: Book, plan: Plan, window: Window) -> Payout:
    """Pay every rep of a book under a plan, as if it had always been in force, for the months of a window."""
    return _Paid(period_index(book, window), plan).payout()


def credited_and_level(book: Book, plan: Plan, window: Window) -> tuple[Int64s, Int32s]:
    """Return what each rep (reps,) signed in the window, in cents, and the index of the level held at its end."""
    paid = _Paid(period_index(book, window), plan)
    return paid.credited(), paid.levels()[:, -1]


@lru_cache(maxsize=512)
def _base_by_level(plan: Plan, months: int) -> Int64s:
    """Return the base pay of every level and month (levels, months)."""
    every = [[level.base_in(month % MONTHS_IN_YEAR) for month in range(months)] for level in plan.levels]
    return np.array(every, dtype=np.int64)


class _Paid:
    def __init__(self, frame: PeriodIndex, plan: Plan) -> None:
        self.frame, self.plan, self.window = frame, plan, frame.window
        self.book, self.heads = frame.book, pay_elements(plan)
        self.by_release = plan.quota_credit == "as released"
        self.source: Int64s | None = None
        self.instalment: Int64s | None = None
        counted = self._released() if self.by_release else frame
        self.world = BookContext(counted, plan)
        self.amounts = np.zeros((len(self.heads.labels), self.book.reps, self.window.months), dtype=np.int64)

    def payout(self) -> Payout:
        """Go through the stages: commission, caps, release, extras, clawback, periods, base, and what settles it."""
        world, plan = self.world, self.plan
        follows = plan.rate_when_paid == "of the level when it is paid" and not self.by_release
        level = world.level_at_signing
        found = commission(world, level)
        lines = self._lines()
        if follows and len(plan.levels) > 1:
            paths = [commission(world, one) for one in range(len(plan.levels))]
            fits = [under_caps(world, path.by_group, lines, one) for one, path in enumerate(paths)]
            self._place_lines(self._by_level([fit[1] for fit in fits]))
            earned = self._follow([fit[0] for fit in fits], level)
        else:
            groups, fitted = under_caps(world, found.by_group, lines, level) if plan.caps else (found.by_group, lines)
            self._place_lines(fitted)
            earned = self._release(list(groups))
        self._finish(earned)
        self._at_month_ends(found, lines)
        self._base()
        self._settle()
        return self._payout(earned)

    def _payout(self, earned: Int64s) -> Payout:
        return Payout(self.heads, self.amounts, earned, self.levels(), self.credited())

    def levels(self) -> Int32s:
        """Return the index of the level held (reps, months)."""
        held = self.world.held
        if held is None:
            return np.zeros((self.book.reps, self.window.months), dtype=np.int32)
        return held[:, self.window.first_month - self.world.frame.first :]

    def credited(self) -> Int64s:
        """Return what was signed in the window (reps,), in cents."""
        credited = np.zeros(self.book.reps, dtype=np.int64)
        inside = self.frame.inside
        np.add.at(credited, self.book.rep[inside], self.book.arr[inside])
        return credited

    def _lines(self) -> Int64s:
        """Return what the components that pay for periods come to (components, reps, months)."""
        lines = [periods.component_lines(self.world, index) for index in self.heads.periods]
        empty = np.zeros((0, self.book.reps, self.window.months), dtype=np.int64)
        return np.stack(lines) if lines else empty

    def _place_lines(self, lines: Int64s) -> None:
        for place, index in enumerate(self.heads.periods):
            self.amounts[self.heads.component(index)] += lines[place]

    def _by_level(self, fitted: list[Int64s]) -> Int64s:
        """Choose for every rep and month the lines that fit under the caps of the level held then."""
        first = self.window.first_month
        held = np.stack([self.world.levels_at(first + place) for place in range(self.window.months)], axis=1)
        stacked = np.stack(fitted)
        return (
            np.stack(
                [
                    np.take_along_axis(stacked[:, place], held[None].astype(np.int64), axis=0)[0]
                    for place in range(stacked.shape[1])
                ]
            )
            if stacked.shape[1]
            else stacked[0]
        )

    def _not_before(self, wait: int) -> Int32s | None:
        """Return the last day of the period that each deal (n,) waits for."""
        if not wait:
            return None
        number = (self.frame.month - self.window.first_month) // wait
        every, place = np.unique(number, return_inverse=True)
        ends = [day_of(last_day(self.window.first_month + int(n) * wait + wait - 1)) for n in every]
        return np.array(ends, dtype=np.int32)[place.reshape(-1)]

    def _release(self, groups: list[Int64s]) -> Int64s:
        """Part every deal's commission and put the parts where they are paid; returns the commission (n,)."""
        self.paid = np.zeros_like(self.book.arr)
        if self.by_release:
            return self._release_apart(groups)
        for wait, earned in zip(groups_of(self.plan.components), groups, strict=True):
            not_before = self._not_before(wait)
            parts = release.split_payouts(earned, self.plan.release)
            for index, instalment in enumerate(self.plan.release):
                self._place(self.heads.instalment(index), parts[index], instalment.due_days(self.book, not_before))
        whole: Int64s = groups[0] if len(groups) == 1 else np.sum(groups, axis=0)
        return whole

    def _release_apart(self, groups: list[Int64s]) -> Int64s:
        """Put the parts of deals that were credited as they were released back to their deals."""
        assert self.source is not None  # noqa: S101 - set with the released book
        assert self.instalment is not None  # noqa: S101 - set with the released book
        earned = np.sum(groups, axis=0)
        whole = np.zeros_like(self.book.arr)
        for index, instalment in enumerate(self.plan.release):
            mine = self.instalment == index
            part = np.zeros_like(self.book.arr)
            part[self.source[mine]] = earned[mine]
            whole += part
            self._place(self.heads.instalment(index), part, instalment.due_days(self.book))
        return whole

    def _follow(self, by_level: list[list[Int64s]], level: Int32s | None) -> Int64s:
        """Pay each instalment what the commission is at the level held when it is paid."""
        self.paid = np.zeros_like(self.book.arr)
        whole = np.zeros_like(self.book.arr)
        for place, wait in enumerate(groups_of(self.plan.components)):
            not_before = self._not_before(wait)
            parts = np.stack([release.split_payouts(groups[place], self.plan.release) for groups in by_level])
            for index, instalment in enumerate(self.plan.release):
                day = instalment.due_days(self.book, not_before)
                month = months_of(day)
                paid_inside = (day != NEVER) & (month <= self.window.last_month)
                column = np.clip(month - self.world.frame.first, 0, self.frame.columns - 1)
                held = self.world.held
                then = np.zeros_like(column) if held is None else held[self.book.rep, column]
                signed = np.zeros_like(column) if level is None else level
                part = np.take_along_axis(
                    parts[:, index], np.where(paid_inside, then, signed)[None].astype(np.int64), axis=0
                )[0]
                whole += part
                self._place(self.heads.instalment(index), part, day)
        return whole

    def _finish(self, earned: Int64s) -> None:
        """Add the multipliers of single deals and take back what clawback takes."""
        plan, book = self.plan, self.book
        single = [(place, m) for place, m in enumerate(plan.multipliers) if not m.is_periodic]
        top, bottom = np.ones_like(earned), 1
        before = earned
        for place, multiplier in single:
            day = book.signed if multiplier.when is None else multiplier.when.days(book)
            if multiplier.where and (mask := multiplier.where.mask(book)) is not None:
                day = np.where(mask, day, NEVER).astype(np.int32)
            fired = (day != NEVER) & (months_of(day) <= self.window.last_month)
            factor = multiplier.factor
            if plan.combine == PRODUCT:
                top = top * np.where(fired, factor.numerator, factor.denominator)
            else:
                top = top * factor.denominator + np.where(fired, (factor - 1).numerator * bottom, 0)
            bottom *= factor.denominator
            after = periods.limited(earned, top, bottom, plan.multipliers_at_most)
            if multiplier.when is None:
                self._with_instalments(self.heads.multiplier(place), after - before, fired)
            else:
                self._place(self.heads.multiplier(place), after - before, day, fired)
            before = after
        if plan.clawback:
            taken = plan.clawback.taken_back_by(self.paid, earned, book)
            self._place(self.heads.clawback, -taken, book.churned)

    def _with_instalments(self, head: int, extra: Int64s, fired: Bools) -> None:
        """Part extras (n,) as commission is parted: each part is paid when its instalment is due."""
        parts = release.split_payouts(np.where(fired, extra, 0), self.plan.release)
        for part, instalment in zip(parts, self.plan.release, strict=True):
            self._place(head, part, instalment.due_days(self.book))

    def _place(self, head: int, part: Int64s, day: Int32s, counts: Bools | None = None) -> None:
        """Add each deal's part (n,) to its rep and month, where its day falls inside the window."""
        if head != self.heads.clawback and self.plan.clawback:
            here = day != NEVER if counts is None else counts
            self.paid += np.where(here & (day <= self.book.churned), part, 0)
        month = months_of(day)
        month -= self.window.first_month
        placed = (month >= 0) & (month < self.window.months)
        if counts is not None:
            placed &= counts
        if not self.frame.all_known:
            placed &= self.frame.known
        inside = placed.nonzero()[0]
        if inside.size:
            flat = self.amounts[head].reshape(-1)
            place = self.book.rep[inside].astype(np.int64) * self.window.months + month[inside]
            np.add.at(flat, place, part[inside])

    def _at_month_ends(self, found: Commission, lines: Int64s) -> None:
        """Add what multipliers tested at a period's end give, and what is held back until then."""
        groups = periodic_groups(self.plan.multipliers)
        if not groups and self.heads.held_back is None:
            return
        start = self.window.first_month - self.world.frame.first
        earned = []
        for index, cents in enumerate(found.by_component):
            if cents is None:
                earned.append(lines[self.heads.periods.index(index)])
            else:
                earned.append(np.diff(self.world.by_month(cents), axis=1)[:, start:])
        for group in groups:
            indexes = [self.plan.component(name) for name in group[0][1].to] or range(len(earned))
            whole = np.sum([earned[index] for index in indexes], axis=0)
            for (place, _), amounts in zip(group, periods.multiplied(self.world, group, whole), strict=True):
                self.amounts[self.heads.multiplier(place)] += amounts
        for index, component in enumerate(self.plan.components):
            if component.advances and self.heads.held_back is not None:
                held = periods.held_back(self.world, index, earned[index])
                self.amounts[self.heads.held_back] += held

    def _base(self) -> None:
        by_level = _base_by_level(self.plan, self.window.months)
        held, start = self.world.held, self.window.first_month - self.world.frame.first
        if held is None:
            self.amounts[self.heads.base] = by_level[0]
        else:
            self.amounts[self.heads.base] = by_level[held[:, start:], np.arange(self.window.months)]
        for place, person in enumerate(self.book.persons):
            if person.adjustments or person.started or person.left:
                self._base_of(person, self.book.person == place)

    def _base_of(self, person: Person, theirs: Bools) -> None:
        """Give people of their own terms their own base, for the days they were employed."""
        base = self.amounts[self.heads.base]
        for month in range(self.window.months):
            number = self.window.first_month + month
            for change in person.adjustments:
                if change.base is not None and change.covers(number):
                    base[theirs, month] = monthly(change.base, month % MONTHS_IN_YEAR)
            base[theirs, month] = times(base[theirs, month], employed_share(person, number))

    def _settle(self) -> None:
        """Settle draws, and what clawback left below zero, by each different person."""
        if self.heads.ahead is None or self.heads.recovered is None:
            return
        gross = self.amounts[self.heads.base + 1 :].sum(axis=0)
        for place, person in enumerate(self.book.persons):
            theirs = np.flatnonzero(self.book.person == place)
            if not theirs.size:
                continue
            held = draws.guarantees(
                self.plan.draws, person, self.window.first_month, self.window.months, carries=self.plan.carries
            )
            opening = np.full(theirs.size, person.opening, dtype=np.int64)
            ahead, recovered = draws.settle_all(gross[theirs], held, opening)
            self.amounts[self.heads.ahead, theirs] = ahead
            self.amounts[self.heads.recovered, theirs] = -recovered

    def _released(self) -> PeriodIndex:
        """Return a book in which every released share of a deal is a deal of its own, on the day it was released."""
        book, plan = self.book, self.plan
        days = [instalment.due_days(book) for instalment in plan.release]
        ends = day_of(self.window.ends)
        source = np.concatenate([np.flatnonzero(day <= ends) for day in days])
        which = np.concatenate([np.full(int((day <= ends).sum()), place) for place, day in enumerate(days)])
        released = np.stack(days)[which, source] if source.size else np.zeros(0, dtype=np.int32)
        order = np.lexsort((which, source, released, book.rep[source]))
        self.source, self.instalment = source[order], which[order]
        shares = np.stack(release.split_payouts(book.arr, plan.release))
        parted = select(book, self.source, book.rep[self.source], book.reps, np.arange(book.reps, dtype=np.int32))
        changes = {
            name: (
                np.stack(release.split_payouts(amount, plan.release))[self.instalment, self.source],
                stated[self.source],
            )
            for name, (amount, stated) in book.amounts.items()
        }
        whole = {name: getattr(parted, name) for name in Book.__dataclass_fields__ if name != "frames"}
        whole |= {
            "signed": released[order].astype(np.int32),
            "arr": shares[self.instalment, self.source],
            "amounts": changes,
        }
        return period_index(Book(**whole), self.window)
