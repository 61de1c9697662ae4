"""The fast path: any number of reps paid at once, over arrays, to the same cent as `explain`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.comp import levels, release
from server.comp.calendar import MONTHS_IN_YEAR, NEVER, Int32s, Window, months_of
from server.comp.heads import Heads, heads_of
from server.comp.history import Book
from server.comp.plan import Plan
from server.comp.rounding import Int64s, times

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Payout:
    """What a plan pays a book: `amounts` (heads, reps, months) in cents, and each deal's `commission` (n,).

    `levels` (reps, months) are the level indexes held; `credited` (reps,) is the ARR signed in the window.
    """

    heads: Heads
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
    heads = heads_of(plan)
    first, held = levels.of_book(plan.levels, book, window)
    signed = months_of(book.signed)
    column = np.clip(signed - first, 0, held.shape[1] - 1)
    at_signing = held[book.rep, column] if book.arr.size else np.zeros(0, dtype=np.int32)
    known = signed <= window.last_month

    commission = np.zeros_like(book.arr)
    for component in plan.components:
        commission += component.earned_by(book, plan.levels, at_signing, window)
    if plan.cap:
        commission = plan.cap.allowed_by(commission, book, window)

    amounts = np.zeros((len(heads.labels), book.reps, window.months), dtype=np.int64)
    months_held = held[:, window.first_month - first :]
    amounts[heads.base] = _base(plan, months_held)
    paid = np.zeros_like(book.arr)
    streams = [
        (heads.instalment(index), part, instalment.due_days(book))
        for index, (instalment, part) in enumerate(
            zip(plan.release, release.parts_of(commission, plan.release), strict=True)
        )
    ]
    streams += [
        (heads.multiplier(index), times(commission, multiplier.adds), multiplier.days(book))
        for index, multiplier in enumerate(plan.multipliers)
    ]
    for head, part, day in streams:
        _place(amounts[head], part, day, book.rep, known, window)
        paid += np.where(day != NEVER, part, 0)
    if plan.clawback:
        taken = plan.clawback.taken_by(paid, book)
        _place(amounts[heads.clawback], -taken, book.churned, book.rep, known, window)

    inside = (signed >= window.first_month) & known
    credited = np.zeros(book.reps, dtype=np.int64)
    np.add.at(credited, book.rep[inside], book.arr[inside])
    return Payout(heads, amounts, commission, months_held, credited)


def _base(plan: Plan, held: Int32s) -> Int64s:
    by_level = np.array(
        [[level.base_in(month) for month in range(MONTHS_IN_YEAR)] for level in plan.levels], dtype=np.int64
    )
    return by_level[held, np.arange(held.shape[1]) % MONTHS_IN_YEAR]


def _place(target: Int64s, part: Int64s, day: Int32s, rep: Int32s, known: Bools, window: Window) -> None:
    """Add each deal's part (n,) to its rep and month, where its day falls inside the window."""
    month = months_of(day) - window.first_month
    inside = (day != NEVER) & (month >= 0) & (month < window.months) & known
    np.add.at(target, (rep[inside], month[inside]), part[inside])
