"""Days and months as plain integers, for one date and for arrays of them.

A day counts from 1970-01-01, a month from 1970-01; `NEVER` marks a date that has not come.
"""

import calendar as _calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from server.messages import Duration

Int32s = npt.NDArray[np.int32]

NEVER = 2**31 - 1
_EPOCH = date(1970, 1, 1)
MONTHS_IN_YEAR = 12


@dataclass(frozen=True, slots=True)
class Window:
    """A run of whole months that is paid for; plan years start in its first month."""

    first_month: int
    months: int = MONTHS_IN_YEAR

    @classmethod
    def ending(cls, last: date, months: int = MONTHS_IN_YEAR) -> "Window":
        """Return the months up to and with the one that holds `last`."""
        return cls(month_of(last) - months + 1, months)

    @property
    def last_month(self) -> int:
        """The number of the last month in it."""
        return self.first_month + self.months - 1

    @property
    def ends(self) -> date:
        """The last day in it; what happens later is not known."""
        return last_day(self.last_month)

    def period(self, month: int, length: int) -> int:
        """Return which period of `length` months holds a month, counted from the window's first month."""
        return (month - self.first_month) // length

    def index(self, month: int) -> int | None:
        """Say which of the window's months this is, counted from 0, or None outside it."""
        offset = month - self.first_month
        return offset if 0 <= offset < self.months else None


def day_of(when: date | None) -> int:
    """Return the day number of a date, or NEVER."""
    return NEVER if when is None else (when - _EPOCH).days


def date_of(day: int) -> date:
    """Return the date of a day number."""
    return _EPOCH + timedelta(days=day)


def month_of(when: date) -> int:
    """Return the month number of a date."""
    return (when.year - 1970) * MONTHS_IN_YEAR + when.month - 1


def first_day(month: int) -> date:
    """Return the first date of a month number."""
    year, index = divmod(month, MONTHS_IN_YEAR)
    return date(1970 + year, index + 1, 1)


@lru_cache(maxsize=1024)
def last_day(month: int) -> date:
    """Return the last date of a month number."""
    first = first_day(month)
    return first.replace(day=_calendar.monthrange(first.year, first.month)[1])


def later(when: date, duration: Duration) -> date:
    """Add a duration; a month that is too short ends on its last day."""
    if duration.unit == "days":
        return when + timedelta(days=duration.count)
    last = last_day(month_of(when) + duration.count)
    return last.replace(day=min(when.day, last.day))


def whole_months(start: date, end: date) -> int:
    """Count the whole calendar months from one date to another; the started one does not count."""
    return month_of(end) - month_of(start) - (end.day < start.day)


_FROM, _UPTO = (1900 - 1970) * MONTHS_IN_YEAR, (2200 - 1970) * MONTHS_IN_YEAR
_FIRST_DAYS = np.arange(_FROM, _UPTO + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
"""The first day of every month from 1900 on: looking up is ten times faster than asking a calendar."""
_DAYS = int(_FIRST_DAYS[-1] - _FIRST_DAYS[0])
_MONTH_OF_DAY = np.append(np.repeat(np.arange(_FROM, _UPTO), np.diff(_FIRST_DAYS)), NEVER).astype(np.int32)
"""The month of every day from 1900 on; the last entry stands for NEVER."""
EARLIEST, LATEST = date(1901, 1, 1), date(2149, 12, 31)
"""What a book's days must lie between: every day that is reckoned from them is then in the tables."""


def months_of(days: Int32s) -> Int32s:
    """Return the month numbers of day numbers (n,) between 1900 and 2200; NEVER stays NEVER."""
    place = np.minimum(days, _DAYS + _FIRST_DAYS[0])
    place -= _FIRST_DAYS[0]
    months: Int32s = _MONTH_OF_DAY[place]
    return months


def first_days_of(months: Int32s) -> Int32s:
    """Return the day number of the first of each month (n,) between 1900 and 2200."""
    return _FIRST_DAYS[months - _FROM]


def later_days(days: Int32s, duration: Duration) -> Int32s:
    """Add a duration to day numbers (n,), as `later` does."""
    if duration.unit == "days":
        moved: Int32s = days + np.int32(duration.count)
        return moved
    start = months_of(days)
    target = (start + duration.count).astype(np.int32)
    in_month = days - first_days_of(start)
    length = first_days_of((target + 1).astype(np.int32)) - first_days_of(target)
    reached: Int32s = (first_days_of(target) + np.minimum(in_month, length - 1)).astype(np.int32)
    return reached


def whole_months_between(start: Int32s, end: Int32s) -> Int32s:
    """Count whole calendar months between day numbers (n,); meaningless where `end` is NEVER."""
    safe_end = np.where(end == NEVER, start, end).astype(np.int32)
    start_month, end_month = months_of(start), months_of(safe_end)
    earlier = (safe_end - first_days_of(end_month)) < (start - first_days_of(start_month))
    return (end_month - start_month - earlier).astype(np.int32)
