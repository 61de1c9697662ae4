"""Months counted from a month's end: as many as can be added without passing the last day."""

from datetime import date

import numpy as np
import pytest

from server.comp import History, Window, explain, read_plan
from server.comp.calendar import Duration, day_of, later, whole_months, whole_months_between
from server.comp.history import Deal

PLAN = """\
name: P
year: 2027-01
levels: [{name: AE, variable: $12,000, quota: $120,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
clawback: {on: churn, within: 12 months, takes: pro rata by whole month}
"""


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2027, 1, 31), date(2027, 2, 28), 1),
        (date(2027, 1, 31), date(2027, 2, 27), 0),
        (date(2026, 8, 31), date(2027, 2, 28), 6),
        (date(2027, 3, 31), date(2027, 4, 30), 1),
        (date(2028, 1, 30), date(2028, 2, 29), 1),
        (date(2028, 1, 30), date(2028, 2, 28), 0),
        (date(2027, 1, 15), date(2028, 1, 14), 11),
        (date(2027, 1, 15), date(2027, 1, 14), -1),
    ],
)
def test_whole_months_are_those_that_can_be_added(start: date, end: date, months: int) -> None:
    assert whole_months(start, end) == months
    days = np.array([[day_of(start)], [day_of(end)]], dtype=np.int32)
    assert whole_months_between(*days).tolist() == [months]
    assert later(start, Duration(months, "months")) <= end < later(start, Duration(months + 1, "months"))


@pytest.mark.parametrize(
    ("signed", "left", "kept"), [((2027, 1, 31), (2027, 2, 28), 10_000), ((2027, 3, 31), (2027, 4, 30), 10_000)]
)
def test_a_clawback_from_a_months_end_counts_the_month_served(
    signed: tuple[int, int, int], left: tuple[int, int, int], kept: int
) -> None:
    deal = Deal("D", date(*signed), 1_200_000, churned=date(*left))
    plan = read_plan(PLAN)
    assert explain(History("1", (deal,)), plan, Window(plan.year)).total == kept
