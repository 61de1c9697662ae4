"""Days and months as plain integers, for single dates and for arrays.

Days count from 1970-01-01, months from 1970-01. `NEVER` marks a date that has not come.
"""

import calendar as _calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from server.messages import Duration

Int32s = npt.NDArray[np.int32]

NEVER = 2**31 - 1
_EPOCH = date(1970, 1, 1)
_EPOCH_ORDINAL = _EPOCH.toordinal()
MONTHS_IN_YEAR, DAYS_IN_WEEK = 12, 7


def day_of(when: date | None) -> int:
    """Return the day number of a date, or NEVER."""
    return NEVER if when is None else (when - _EPOCH).days


def day_numbers(days: Iterable[date | None]) -> Int32s:
    """Return the day numbers (n,) of dates: `day_of` for many."""
    return np.array([NEVER if day is None else day.toordinal() - _EPOCH_ORDINAL for day in days], dtype=np.int32)


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
    """Add a duration to a date; where the target month is too short, return its last day."""
    if duration.unit == "days":
        return when + timedelta(days=duration.count)
    last = last_day(month_of(when) + duration.count)
    return last.replace(day=min(when.day, last.day))


def whole_months(start: date, end: date) -> int:
    """Count the whole calendar months from one date to another, without a partial last one.

    It is the most months that `later` can add without passing the end: from January 31 to February 28 it is one.
    """
    months = month_of(end) - month_of(start)
    return months - (end < later(start, Duration(months, "months")))


_FIRST_MONTH, _END_MONTH = (1900 - 1970) * MONTHS_IN_YEAR, (2200 - 1970) * MONTHS_IN_YEAR
_MONTH_STARTS = np.arange(_FIRST_MONTH, _END_MONTH + 1).astype("datetime64[M]").astype("datetime64[D]")
_FIRST_DAYS = _MONTH_STARTS.astype(np.int32)
"""The first day of every month from 1900 on: a lookup is ten times faster than `datetime64` arithmetic."""
_DAY_COUNT = int(_FIRST_DAYS[-1] - _FIRST_DAYS[0])
_MONTH_OF_DAY = np.append(np.repeat(np.arange(_FIRST_MONTH, _END_MONTH), np.diff(_FIRST_DAYS)), NEVER).astype(
    np.int32,
)
"""The month of every day from 1900 on; the last entry is for NEVER."""
EARLIEST, LATEST = date(1901, 1, 1), date(2149, 12, 31)
"""The range of a book's days; every day calculated from them is then in the tables above."""


def months_of(days: Int32s) -> Int32s:
    """Return the month numbers of day numbers (n,) between 1900 and 2200; NEVER stays NEVER."""
    index = np.minimum(days, _DAY_COUNT + _FIRST_DAYS[0])
    index -= _FIRST_DAYS[0]
    months: Int32s = _MONTH_OF_DAY[index]
    return months


def first_days_of(months: Int32s) -> Int32s:
    """Return the day number of the first of each month (n,) between 1900 and 2200."""
    return _FIRST_DAYS[months - _FIRST_MONTH]


def later_days(days: Int32s, duration: Duration) -> Int32s:
    """Add a duration to day numbers (n,), as `later` does."""
    if duration.unit == "days":
        shifted: Int32s = days + np.int32(duration.count)
        return shifted
    start_month = months_of(days)
    target_month = (start_month + duration.count).astype(np.int32)
    day_of_month = days - first_days_of(start_month)
    month_length = first_days_of((target_month + 1).astype(np.int32)) - first_days_of(target_month)
    target: Int32s = (first_days_of(target_month) + np.minimum(day_of_month, month_length - 1)).astype(
        np.int32,
    )
    return target


def whole_months_between(start: Int32s, end: Int32s) -> Int32s:
    """Count whole calendar months between day numbers (n,), as `whole_months` does; undefined where `end` is NEVER."""
    safe_end = np.where(end == NEVER, start, end).astype(np.int32)
    start_month, end_month = months_of(start), months_of(safe_end)
    month_start = first_days_of(end_month)
    last_of_month = first_days_of((end_month + 1).astype(np.int32)) - month_start - 1
    is_partial = (safe_end - month_start) < np.minimum(start - first_days_of(start_month), last_of_month)
    months: Int32s = (end_month - start_month - is_partial).astype(np.int32)
    return months


NEAREST_MONTH_END, LAST_IN_MONTH = "nearest month end", "last in the month"


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """Which days a fiscal month has: those of a calendar month, or whole weeks.

    `weeks` are the weeks of the months of each quarter, such as (4, 4, 5). The fiscal year that begins in month
    `first_month` starts on the day `starts`; `years_end` says on which day the others end. In a year of 53 weeks the
    last month has one more.
    """

    weeks: tuple[int, ...] = ()
    first_month: int = 0
    starts: date = _EPOCH
    years_end: str = NEAREST_MONTH_END

    def month_of(self, when: date) -> int:
        """Return the month number of a date."""
        if not self.weeks:
            return month_of(when)
        return int(_month_starts(self).searchsorted(day_of(when), side="right")) - 1 + _FIRST_MONTH

    def months_of(self, days: Int32s) -> Int32s:
        """Return the month numbers of day numbers (n,) between 1901 and 2199; NEVER stays NEVER."""
        if not self.weeks:
            return months_of(days)
        months = _month_starts(self).searchsorted(days, side="right") - 1 + _FIRST_MONTH
        return np.where(days == NEVER, NEVER, months).astype(np.int32)

    def first_day(self, month: int) -> date:
        """Return the first date of a month number."""
        return date_of(int(_month_starts(self)[month - _FIRST_MONTH])) if self.weeks else first_day(month)

    def last_day(self, month: int) -> date:
        """Return the last date of a month number."""
        return self.first_day(month + 1) - timedelta(days=1) if self.weeks else last_day(month)

    def year_starts(self, year: int) -> date:
        """Return the first day of the fiscal year whose first month is in a year, counted from 1970."""
        anchor = first_day(year * MONTHS_IN_YEAR + self.first_month % MONTHS_IN_YEAR)
        after = (self.starts.weekday() - anchor.weekday()) % DAYS_IN_WEEK
        if self.years_end == LAST_IN_MONTH:
            return anchor + timedelta(days=after - DAYS_IN_WEEK if after else 0)
        return anchor + timedelta(days=after if after <= DAYS_IN_WEEK // 2 else after - DAYS_IN_WEEK)


CALENDAR_MONTHS = FiscalCalendar()


@lru_cache(maxsize=64)
def _month_starts(calendar: FiscalCalendar) -> Int32s:
    """Return the first day of every month of a calendar of weeks from `_FIRST_MONTH` on, a year beyond the last."""
    starts: list[int] = []
    first_year = _FIRST_MONTH // MONTHS_IN_YEAR - 1
    for year in range(first_year, _END_MONTH // MONTHS_IN_YEAR + 1):
        day = day_of(calendar.year_starts(year))
        for weeks in calendar.weeks * 4:
            starts.append(day)
            day += weeks * DAYS_IN_WEEK
    skipped = _FIRST_MONTH - (first_year * MONTHS_IN_YEAR + calendar.first_month % MONTHS_IN_YEAR)
    return np.array(starts[skipped:], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Window:
    """The consecutive whole months of a calendar that are paid; plan years start in the first one."""

    first_month: int
    months: int = MONTHS_IN_YEAR
    calendar: FiscalCalendar = CALENDAR_MONTHS

    @classmethod
    def ending(cls, last: date, months: int = MONTHS_IN_YEAR) -> "Window":
        """Return the window of so many months whose last month contains `last`."""
        return cls(month_of(last) - months + 1, months)

    @property
    def last_month(self) -> int:
        """The number of the last month."""
        return self.first_month + self.months - 1

    @property
    def ends(self) -> date:
        """The last day; later events are not known yet."""
        return self.calendar.last_day(self.last_month)

    def period(self, month: int, length: int) -> int:
        """Return the number of the period of `length` months a month is in, from 0 at the window's start."""
        return (month - self.first_month) // length

    @property
    def first_week(self) -> date:
        """The first day of the week that the window begins in: its own in a calendar of weeks, otherwise a Monday."""
        first = self.calendar.first_day(self.first_month)
        return first if self.calendar.weeks else first - timedelta(days=first.weekday())

    def weeks_before(self, day: date) -> int:
        """Return the number of weeks between the first one and a day; negative before it."""
        return (day - self.first_week).days // DAYS_IN_WEEK

    def index_of(self, day: date) -> int | None:
        """Return the position of the month of a day in the window, from 0, or None outside it."""
        return self.index(self.calendar.month_of(day))

    def index(self, month: int) -> int | None:
        """Return the position of a month in the window, from 0, or None outside it."""
        offset = month - self.first_month
        return offset if 0 <= offset < self.months else None
