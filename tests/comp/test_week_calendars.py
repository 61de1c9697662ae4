"""Calendars of whole weeks: when fiscal years begin, which have 53 weeks, and that days and months agree."""

from datetime import date, timedelta

import numpy as np
import pytest

from server.comp import read_plan
from server.comp.calendar import FiscalCalendar, day_numbers
from server.comp.language.diagnostics import PlanError

RETAIL = FiscalCalendar((4, 5, 4), (2027 - 1970) * 12 + 1, date(2027, 1, 31))
"""The calendar of the American retail federation, whose years end on the Saturday nearest to the end of January."""


def weeks_of_year(calendar: FiscalCalendar, year: int) -> int:
    return (calendar.year_starts(year - 1970 + 1) - calendar.year_starts(year - 1970)).days // 7


def test_retail_years_begin_and_have_53_weeks_as_published() -> None:
    starts = {year: RETAIL.year_starts(year - 1970) for year in (2017, 2018, 2023, 2024, 2027)}
    assert starts == {
        2017: date(2017, 1, 29),
        2018: date(2018, 2, 4),
        2023: date(2023, 1, 29),
        2024: date(2024, 2, 4),
        2027: date(2027, 1, 31),
    }
    assert [year for year in range(2000, 2030) if weeks_of_year(RETAIL, year) == 53] == [
        2000,
        2006,
        2012,
        2017,
        2023,
        2028,
    ]


def test_years_may_end_on_the_last_weekday_of_a_month() -> None:
    apple = FiscalCalendar((4, 4, 5), (2022 - 1970) * 12 + 9, date(2022, 9, 25), "last in the month")
    assert apple.year_starts(2022 - 1970) == date(2022, 9, 25)
    assert [apple.year_starts(year - 1970) for year in (2023, 2024)] == [date(2023, 10, 1), date(2024, 9, 29)]
    assert weeks_of_year(apple, 2022) == 53


@pytest.mark.parametrize("weeks", [(4, 4, 5), (4, 5, 4), (5, 4, 4)])
def test_days_and_months_agree(weeks: tuple[int, ...]) -> None:
    calendar = FiscalCalendar(weeks, RETAIL.first_month, RETAIL.starts)
    days = [date(2023, 1, 1) + timedelta(days=number) for number in range(0, 2_500, 3)]
    months = [calendar.month_of(day) for day in days]
    assert calendar.months_of(day_numbers(days)).tolist() == months
    for day, month in zip(days, months, strict=True):
        assert calendar.first_day(month) <= day <= calendar.last_day(month)
    assert calendar.first_day(RETAIL.first_month) == RETAIL.starts
    assert np.array_equal(np.unique(np.diff(sorted(set(months)))), [1])


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ("calendar: {weeks: 4-4-4, starts: 2027-01-31}", "Write 4-4-5, 4-5-4 or 5-4-4."),
        ("calendar: {weeks: 4-4-5, starts: 2027-02-20}", "By “year” and “years end” it starts on"),
    ],
)
def test_other_weeks_and_a_wrong_first_day_are_refused(terms: str, says: str) -> None:
    components = "levels: [{name: R}]\ncomponents: [{name: S, tiers: [{from: $0, pays: 1%}]}]"
    plan = f"name: P\nyear: 2027-02\n{terms}\n{components}"
    with pytest.raises(PlanError) as problem:
        read_plan(plan)
    assert says in str(problem.value)
