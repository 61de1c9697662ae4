"""Calendars of whole weeks, such as 4-4-5: where fiscal months begin and end."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from server.comp.calendar import LAST_IN_MONTH, NEAREST_MONTH_END, FiscalCalendar
from server.comp.language.declarations import DAY, Scalar, choice, declare
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields
from server.messages import Message, message

WEEKS_IN_QUARTER = 13
_WEEKDAYS = (
    message("Monday"),
    message("Tuesday"),
    message("Wednesday"),
    message("Thursday"),
    message("Friday"),
    message("Saturday"),
    message("Sunday"),
)


def _parse_weeks(text: str) -> tuple[int, ...]:
    weeks = tuple(int(number) for number in re.findall(r"\d+", text[:20]))
    if re.fullmatch(r"\s*[45]-[45]-[45]\s*", text) is None or sum(weeks) != WEEKS_IN_QUARTER:
        raise UnreadableError(message("Write 4-4-5, 4-5-4 or 5-4-4."))
    return weeks


WEEKS = Scalar(
    "4-4-5, 4-5-4 or 5-4-4",
    _parse_weeks,
    (4, 4, 5),
    lambda weeks, _: "-".join(map(str, weeks)),
    "4-4-5",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCalendar:
    """Fiscal months of whole weeks. A year has 52 weeks, or 53 where its end would move too far from the month's."""

    weeks: tuple[int, ...] = declare(WEEKS, doc="The weeks in each month of a quarter.")
    starts: date = declare(DAY, doc="The first day of the plan year.")
    years_end: str = declare(
        choice(NEAREST_MONTH_END, LAST_IN_MONTH),
        NEAREST_MONTH_END,
        doc="Which day of the week of the year's end it is: the one nearest the month's end, or the last in the month.",
    )

    def fiscal_calendar(self, first_month: int) -> FiscalCalendar:
        """Return the calendar; `first_month` is the month number of the plan year's first month."""
        return FiscalCalendar(self.weeks, first_month, self.starts, self.years_end)

    def check_start(self, fields: Fields, expected: date) -> None:
        """Report a first day other than the one that follows from the other terms."""
        if self.starts == expected:
            return
        rule = message("The plan year cannot start on {day}.", day=self.starts)
        hint = message("By “year” and “years end” it starts on {day}.", day=expected)
        fields.report("calendar", rule, hint)

    def sentences(self) -> list[Message]:
        """Describe the calendar."""
        weeks = "-".join(map(str, self.weeks))
        first = message(
            "The plan year starts on {day}. The months of each quarter have {weeks} weeks.",
            day=self.starts,
            weeks=weeks,
        )
        weekday = _WEEKDAYS[(self.starts - timedelta(days=1)).weekday()]
        if self.years_end == LAST_IN_MONTH:
            end = message("Fiscal years end on the last {weekday} of the month; some have 53 weeks.", weekday=weekday)
        else:
            end = message(
                "Fiscal years end on the {weekday} nearest the month's end; some have 53 weeks.", weekday=weekday
            )
        return [first, end]
