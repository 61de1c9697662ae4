"""Paydays: whether what a deal releases is paid on its day, or at the end of a period."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from server.comp.calendar import NEVER, Int32s, Window, day_of


@dataclass(frozen=True, slots=True)
class Paydays:
    """When released amounts are paid, in months of periods that count from the window's first month.

    Nothing is paid before the end of the signing period of `waits` months (0: at once). What is released is paid
    at the end of the period of `every` months in which it is released (0: on its day).
    """

    waits: int = 0
    every: int = 0

    @property
    def is_as_released(self) -> bool:
        """Return whether everything is paid on the day it is released."""
        return not (self.waits or self.every)

    def payday(self, signed: date, released: date, window: Window) -> date:
        """Return the day on which a deal is paid what is released on a day."""
        day = max(released, _end_of(signed, self.waits, window)) if self.waits else released
        return _end_of(day, self.every, window) if self.every else day

    def payday_by(self, signed: Int32s, released: Int32s, window: Window) -> Int32s:
        """Return the payday of each deal (n,); NEVER stays NEVER."""
        day = np.maximum(released, _ends_of(signed, self.waits, window)) if self.waits else released
        if self.every:
            day = np.where(released == NEVER, released, _ends_of(day, self.every, window))
        return np.where(released == NEVER, NEVER, day).astype(np.int32)


AS_RELEASED = Paydays()


def _end_of(day: date, months: int, window: Window) -> date:
    period = (window.calendar.month_of(day) - window.first_month) // months
    return window.calendar.last_day(window.first_month + (period + 1) * months - 1)


def _ends_of(days: Int32s, months: int, window: Window) -> Int32s:
    """Return the last day of the period of each day (n,); NEVER stays NEVER."""
    is_known = days != NEVER
    period = (window.calendar.months_of(np.where(is_known, days, 0).astype(np.int32)) - window.first_month) // months
    distinct, inverse = np.unique(period, return_inverse=True)
    ends = [
        day_of(window.calendar.last_day(window.first_month + (int(number) + 1) * months - 1)) for number in distinct
    ]
    return np.where(is_known, np.array(ends, dtype=np.int32)[inverse.reshape(-1)], NEVER).astype(np.int32)
