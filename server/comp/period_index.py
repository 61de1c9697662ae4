"""Indexes a book for one calculation window: the months, periods and running totals that every plan needs."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from server.comp.book import Book
from server.comp.calendar import DAYS_IN_WEEK, Int32s, Window, day_of
from server.comp.periods import PERIODS, WEEKS
from server.comp.rounding import Bools, Int64s


@dataclass(frozen=True)
class PeriodBuckets:
    """The deals of a book grouped by rep and period; each group is contiguous, since a book is sorted.

    `period` (n,) is counted from the first of the window and `fresh` (n,) marks the first deal of each group.
    `starts` (groups,) holds the index of that deal, `sizes` (groups,) the number of deals.
    """

    period: Int32s
    fresh: Bools
    starts: Int64s
    sizes: Int64s

    def running(self, amounts: Int64s) -> Int64s:
        """Return the running total (n,) of amounts (n,) in each group, each deal's own amount included."""
        if not amounts.size:
            return amounts
        total = amounts.cumsum()
        carried = (total - amounts)[self.starts]
        if carried.size == 1:
            return total - int(carried[0])
        running: Int64s = total - carried.repeat(self.sizes)
        return running

    def before(self, after: Int64s) -> Int64s:
        """Return for each deal (n,) the value of the previous deal in its group, 0 for the first."""
        shifted = np.empty_like(after)
        shifted[1:] = after[:-1]
        shifted[self.starts] = 0
        return shifted


@dataclass(frozen=True)
class PeriodIndex:
    """What can be derived from a book and a window without knowing the plan."""

    book: Book
    window: Window
    _buckets: dict[str, PeriodBuckets] = field(default_factory=dict, repr=False)

    @cached_property
    def month(self) -> Int32s:
        """Return the month in which each deal was signed (n,)."""
        return self.window.calendar.months_of(self.book.signed)

    @cached_property
    def first(self) -> int:
        """Return the first month: that of the oldest deal or of the window, whichever is earlier."""
        if not self.month.size:
            return self.window.first_month
        return min(self.window.first_month, int(self.month.min()))

    @cached_property
    def columns(self) -> int:
        """Return the number of months from the first to the last of the window."""
        return self.window.last_month - self.first + 1

    @cached_property
    def column(self) -> Int32s:
        """Return the month in which each deal was signed (n,), counted from the first; capped at the last."""
        column: Int32s = np.minimum(self.month - self.first, self.columns - 1).astype(np.int32)
        return column

    @cached_property
    def known(self) -> Bools:
        """Return which deals (n,) were signed up to the end of the window."""
        return self.month <= self.window.last_month

    @cached_property
    def all_known(self) -> bool:
        """Return whether no deal was signed after the end of the window."""
        return bool(self.known.all())

    @cached_property
    def inside(self) -> Bools:
        """Return which deals (n,) were signed in the window."""
        return self.known & (self.month >= self.window.first_month)

    @cached_property
    def churn_month(self) -> Int32s:
        """Return the month in which each customer churned (n,), NEVER where they have not."""
        return self.window.calendar.months_of(self.book.churned)

    def buckets(self, period: str) -> PeriodBuckets:
        """Return the deals by rep and period; with `deal` as the period each deal is a group of its own."""
        if period not in self._buckets:
            self._buckets[period] = self._build_buckets(period)
        return self._buckets[period]

    def _build_buckets(self, name: str) -> PeriodBuckets:
        size = self.month.size
        if name in WEEKS:
            days = WEEKS[name] * DAYS_IN_WEEK
            period = ((self.book.signed - day_of(self.window.first_week)) // days).astype(np.int32)
        else:
            period = ((self.month - self.window.first_month) // (PERIODS[name] or 12)).astype(np.int32)
        fresh = np.ones(size, dtype=np.bool_)
        if name != "deal":
            fresh[1:] = (self.book.rep[1:] != self.book.rep[:-1]) | (period[1:] != period[:-1])
        starts = np.flatnonzero(fresh)
        return PeriodBuckets(period, fresh, starts, np.diff(np.append(starts, size)))

    def periods(self, length: int) -> tuple[int, int]:
        """Return the first period, counted from the first of the window, and the number of periods."""
        first = (self.first - self.window.first_month) // length
        last = (self.window.last_month - self.window.first_month) // length
        return first, last - first + 1


def period_index(book: Book, window: Window) -> PeriodIndex:
    """Return the index of a book for a window, built once and then kept on the book."""
    indexes: dict[Window, PeriodIndex] = book.period_indexes
    if window not in indexes:
        indexes[window] = PeriodIndex(book, window)
    return indexes[window]
