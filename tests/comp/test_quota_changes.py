"""A quota that changes inside a period is weighed by months, and what earlier months paid stays."""

from datetime import date
from fractions import Fraction

import pytest

from server.comp import Deal, History, LevelSince, Person, Plan, Window, book_of, explain, pay, read_plan
from server.comp.explain.context import RepContext
from server.comp.history import Adjustment

YEAR = 672  # January 2026
WINDOW = Window(YEAR)
LEAVE = Adjustment(YEAR + 3, YEAR + 5, "leave", quota=30_000_000)
RAISE = Adjustment(YEAR + 6, YEAR + 11, "larger territory", quota=70_000_000)
FROM_THE_START = "- {from: 0%, pays: 1x}"


def plan(accumulates: str = "year", pays: str = f"tiers:\n      {FROM_THE_START}", more: str = "") -> Plan:
    return read_plan(f"""name: A plan
year: 2026-01
{more}
levels:
  - {{name: Rep, base: $0, variable: $60,000, quota: $600,000}}
components:
  - name: Sales
    credits: arr
    accumulates: {accumulates}
    {pays}
""")


def history(*adjustments: Adjustment, deals: tuple[Deal, ...] = ()) -> History:
    return History("rep", deals, (LevelSince(YEAR, "Rep"),), Person(adjustments=adjustments))


def deal(month: int, dollars: int) -> Deal:
    return Deal(id=f"{month:02d}", signed=date(2026, month, 15), arr=dollars * 100)


def paid(a_plan: Plan, a_history: History) -> list[int]:
    """Return the cents of each month, which both engines must agree on."""
    months = pay(book_of([a_history]), a_plan, WINDOW).by_month[0].tolist()
    explained = [0] * 12
    for (_, month), cents in explain(a_history, a_plan, WINDOW).amounts().items():
        explained[month] += cents
    assert months == explained
    return months


def quota(a_plan: Plan, a_history: History, first: int, months: int) -> int:
    return RepContext(a_history, a_plan, WINDOW).terms(0, 0, (YEAR + first, months)).quota


def test_leave_lowers_the_quota_of_the_year_by_its_months() -> None:
    assert quota(plan(), history(LEAVE), 0, 12) == 52_500_000


@pytest.mark.parametrize("first", [0, 3])
def test_leave_in_either_quarter_lowers_the_half_alike(first: int) -> None:
    leave = Adjustment(YEAR + first, YEAR + first + 2, "leave", quota=30_000_000)
    assert quota(plan("half"), history(leave), 0, 6) == 22_500_000


def test_seasons_weigh_the_months() -> None:
    seasons = plan(more="quotas: {spread: [10%, 20%, 30%, 40%]}")
    assert quota(seasons, history(LEAVE), 0, 12) == 60_000_000 - 60_000_000 * 20 // 100 // 2


def test_a_raise_in_july_does_not_change_what_january_was_paid() -> None:
    months = paid(plan(), history(RAISE, deals=(deal(1, 100_000), deal(8, 65_000))))
    assert months[0] == 1_000_000
    assert months[7] == 65_000_00 * 6_000_000 // 65_000_000


def test_leave_is_known_from_the_month_it_begins() -> None:
    months = paid(plan(), history(LEAVE, deals=(deal(3, 100_000), deal(4, 105_000))))
    assert months[2] == 1_000_000
    assert months[3] == 1_200_000  # 60,000 / 525,000 of 105,000


def test_the_statement_says_how_the_quota_was_weighed() -> None:
    statement = explain(history(RAISE, deals=(deal(1, 100_000), deal(8, 65_000))), plan(), WINDOW)
    quotas = [[str(step.why) for step in entry.steps if str(step.rule) == "Quota"] for entry in statement.deals]
    assert quotas == [
        [],
        ["6 months at $600,000 a year, 6 months at $700,000 a year: $650,000 for the period"],
    ]


def test_year_to_date_takes_nothing_back_when_the_quota_rises() -> None:
    curve = "curve: [{from: 0%, pays: 0%}, {from: 100%, pays: 100%}]\n    between: linear"
    monthly = tuple(deal(month, 50_000) for month in range(1, 13))
    months = paid(plan("year to date", curve), history(RAISE, deals=monthly))
    by_quarter = [months[quarter * 3 + 2] for quarter in range(4)]
    assert by_quarter == [1_500_000, 1_500_000, 1_263_158, 1_275_304]


def test_a_bonus_that_was_paid_is_neither_taken_back_nor_paid_twice() -> None:
    bonuses = "bonuses: [{from: 50%, pays: $5,000}, {from: 100%, pays: $12,000}]"
    deals = (deal(5, 310_000), deal(7, 1_000), deal(9, 20_000), deal(11, 330_000))
    months = paid(plan(pays=bonuses), history(RAISE, deals=deals))
    assert {month: cents for month, cents in enumerate(months, start=1) if cents} == {5: 500_000, 11: 700_000}


def test_retroactive_tiers_keep_the_rate_of_earlier_months() -> None:
    tiers = "method: retroactive\n    tiers:\n      - {from: 0%, pays: 1x}\n      - {from: 100%, pays: 2x}"
    deals = (deal(2, 300_000), deal(8, 350_000))
    months = paid(plan(pays=tiers), history(RAISE, deals=deals))
    assert months[1] == 3_000_000
    assert sum(months) == 2 * 3_000_000 + round(2 * Fraction(350_000_00 * 6, 65))


COUNTS = """levels:
  - {name: Rep, variable: $60,000, quota: $600,000}
components:
  - {name: Sales, weight: 50%, tiers: [{from: 0%, pays: 1x}]}
  - {name: Logos, credits: logos, quota: 12, weight: 50%, tiers: [{from: 0%, pays: 1x}]}
"""


def test_a_quota_in_money_leaves_the_quota_of_a_count() -> None:
    two = read_plan(f"name: Two\nyear: 2026-01\n{COUNTS}")
    own = Adjustment(YEAR, YEAR + 11, "own", quota=90_000_000)
    of_logos = Adjustment(YEAR, YEAR + 11, "own", quota=15_00, component="logos")
    quotas = [
        [RepContext(history(*terms), two, WINDOW).terms(index, 0, (YEAR, 12)).quota for index in (0, 1)]
        for terms in ((own,), (own, of_logos))
    ]
    assert quotas == [[90_000_000, 12], [90_000_000, 15]]
