"""Milestones of levels at their exact boundaries: the month after they are reached is paid at the new level."""

from datetime import date

import pytest

from server.comp import History, Window, explain, read_plan
from server.comp.book import book_of
from server.comp.history import Deal
from server.comp.vectorized.pay import pay

PLAN = """\
name: P
year: 2026-01
levels:
  - {{name: One, base: $12,000, variable: $1, quota: $1,000,000}}
  - {{name: Two, base: $24,000, variable: $1, quota: $1,000,000, reached at: {{{milestones}}}}}
components: [{{name: Sales, tiers: [{{from: 0%, pays: 1x}}]}}]
"""
DEALS = (
    Deal("A", date(2026, 1, 10), 10_000_000),
    Deal("B", date(2026, 2, 10), 20_000_000, churned=date(2026, 5, 20)),
    Deal("C", date(2026, 3, 10), 30_000_000),
    Deal("D", date(2026, 9, 10), 60_000_000),
)
# By the end of March $600,000 is signed with three customers; from May on $200,000 of it has churned: a third, so a
# customer is worth $200,000 / (1/3) = $600,000. From September on it is $1,200,000 with four customers, and a sixth
# has churned: $300,000 / (1/6) = $1,800,000.


@pytest.mark.parametrize(
    ("milestones", "months"),
    [
        ("sales: $600,000", range(4, 13)),
        ("sales: $600,001", range(10, 13)),
        ("sales: $1,200,001", ()),
        ("sales: $500,000, over: 2 months", range(4, 13)),
        ("sales: $600,000, over: 2 months", range(10, 13)),
        ("productivity: {arr: $200,000, months: 3}", range(4, 13)),
        ("productivity: {arr: $200,001, months: 3}", ()),
        ("sales: $600,000, churn below: 33.3%", range(4, 13)),
        ("sales: $700,000, churn below: 16.6%", ()),
        ("sales: $700,000, churn below: 16.7%", range(10, 13)),
        ("sales: $700,000, lifetime value: $1,800,000", range(10, 13)),
        ("sales: $700,000, lifetime value: $1,800,001", ()),
        ("lifetime value: $600,000", range(2, 13)),
    ],
)
def test_a_level_holds_from_the_month_after_its_milestones(milestones: str, months: range) -> None:
    plan = read_plan(PLAN.format(milestones=milestones))
    history, window = History("1", DEALS), Window(plan.year)
    statement = explain(history, plan, window)
    assert statement.levels == tuple(int(month in months) for month in range(1, 13))
    assert int(pay(book_of([history]), plan, window).totals[0]) == statement.total


def test_lifetime_value_counts_what_has_churned_by_then() -> None:
    plan = read_plan(PLAN.format(milestones="sales: $600,000, lifetime value: $600,001"))
    early = History("1", (*DEALS[:2], Deal("C", date(2026, 6, 10), 30_000_000)))
    window = Window(plan.year)
    statement = explain(early, plan, window)
    assert set(statement.levels) == {0}
    assert int(pay(book_of([early]), plan, window).totals[0]) == statement.total
