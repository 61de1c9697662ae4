"""A book seen through a window: the months, periods and running totals that every plan asks for again."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from server.comp.calendar import Int32s, Window, months_of
from server.comp.history import Book
from server.comp.periods import PERIODS
from server.comp.rounding import Bools, Int64s


@dataclass(frozen=True)
class PeriodBuckets:
    """The deals of a book gathered by rep and period; all are contiguous, since a book is sorted.

    `period` (n,) counts from the window's first, `fresh` (n,) marks the first deal of each, `starts` are its places.
    """

    period: Int32s
    fresh: Bools
    starts: Int64s
    sizes: Int64s

    def running(self, amounts: Int64s) -> Int64s:
        """Return running totals (n,) of amounts, each deal's own included."""
        if not amounts.size:
            return amounts
        total = amounts.cumsum()
        carried = (total - amounts)[self.starts]
        if carried.size == 1:
            return total - int(carried[0])
        lasting: Int64s = total - carried.repeat(self.sizes)
        return lasting

    def before(self, after: Int64s) -> Int64s:
        """Return for each deal (n,) the value that the deal before it in the period has, 0 for the first."""
        shifted = np.empty_like(after)
        shifted[1:] = after[:-1]
        shifted[self.starts] = 0
        return shifted


@dataclass(frozen=True)
class PeriodIndex:
    """What of a book does not depend on a plan, for one window."""

    book: Book
    window: Window
    _buckets: dict[int, PeriodBuckets] = field(default_factory=dict, repr=False)

    @cached_property
    def month(self) -> Int32s:
        """The month each deal was signed in (n,)."""
        return months_of(self.book.signed)

    @cached_property
    def first(self) -> int:
        """The first month there is: that of the oldest deal, or the window's."""
        return min(self.window.first_month, int(self.month.min())) if self.month.size else self.window.first_month

    @cached_property
    def columns(self) -> int:
        """How many months there are from the first to the window's last."""
        return self.window.last_month - self.first + 1

    @cached_property
    def column(self) -> Int32s:
        """The month each deal was signed in (n,), counted from the first; later ones stand in the last."""
        column: Int32s = np.minimum(self.month - self.first, self.columns - 1).astype(np.int32)
        return column

    @cached_property
    def known(self) -> Bools:
        """Which deals (n,) were signed up to the window's end."""
        return self.month <= self.window.last_month

    @cached_property
    def all_known(self) -> bool:
        """Whether no deal was signed after the window's end."""
        return bool(self.known.all())

    @cached_property
    def inside(self) -> Bools:
        """Which deals (n,) were signed in the window."""
        return self.known & (self.month >= self.window.first_month)

    @cached_property
    def churn_month(self) -> Int32s:
        """The month each customer left in (n,), NEVER where they have not."""
        return months_of(self.book.churned)

    def buckets(self, period: str) -> PeriodBuckets:
        """Return the deals by rep and period; a single deal is a bucket of its own."""
        length = PERIODS[period]
        if length not in self._buckets:
            self._buckets[length] = self._gathered(length)
        return self._buckets[length]

    def _gathered(self, length: int) -> PeriodBuckets:
        size = self.month.size
        number = ((self.month - self.window.first_month) // (length or 12)).astype(np.int32)
        fresh = np.ones(size, dtype=np.bool_)
        if length:
            fresh[1:] = (self.book.rep[1:] != self.book.rep[:-1]) | (number[1:] != number[:-1])
        starts = np.flatnonzero(fresh)
        return PeriodBuckets(number, fresh, starts, np.diff(np.append(starts, size)))

    def periods(self, length: int) -> tuple[int, int]:
        """Return the number of the first period, counted from the window's first, and how many there are."""
        first = (self.first - self.window.first_month) // length
        last = (self.window.last_month - self.window.first_month) // length
        return first, last - first + 1


def period_index(book: Book, window: Window) -> PeriodIndex:
    """Return a book seen through a window; the same one is made only once."""
    frames: dict[Window, PeriodIndex] = book.frames
    if window not in frames:
        frames[window] = PeriodIndex(book, window)
    return frames[window]
