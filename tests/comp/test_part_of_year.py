"""Plans in force for part of a year, and people employed for part of it: baselines, pools and results."""

from datetime import date

import pytest

from server.comp import Deal, History, Person, Plan, Window, explain, pay, read_plan
from server.comp.analysis.lint import lint
from server.comp.book import book_of
from server.comp.history import Result

HEAD = "name: P\nyear: 2027-01\nlevels: [{name: R, variable: $60,000, quota: $600,000}]\n"
PLAIN = "components: [{name: S, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 2x}]}]\n"
GROWTH = "components: [{name: S, accumulates: year, baseline: BASE, tiers: [{from: $0, pays: 5%}]}]\n"
POOL = "components: [{name: Pool, accumulates: quarter, pool: {amount: $60,000 a quarter, people: 12}}]\n"
NRR = "components: [{name: NRR, reads: nrr, accumulates: quarter, bonuses: [{from: 90%, pays: $1,000}]}]\n"
JULY = "in force: {from: 2027-07-01}\n"


def total(text: str, *deals: tuple[str, int], person: Person | None = None) -> int:
    plan: Plan = read_plan(HEAD + text)
    entries = tuple(Deal(f"D{n}", date.fromisoformat(day), amount) for n, (day, amount) in enumerate(deals))
    history, window = History("r", entries, person=person or Person()), Window(plan.year)
    cents = explain(history, plan, window).total
    assert pay(book_of([history]), plan, window).totals[0] == cents
    return cents


@pytest.mark.parametrize(
    ("baseline", "in_force", "deals", "cents"),
    [
        (
            "the year before",
            "in force: {from: 2027-01-01}\n",
            [("2026-09-01", 100_000), ("2027-08-01", 300_000)],
            10_000,
        ),
        ("the year before", "", [("2026-02-01", -10_000), ("2027-02-01", 100_000)], 5_000),
        ("the year before", "", [("2026-02-01", -10_000), ("2027-02-01", 0)], 0),
        ("$400,000 a year", JULY, [("2027-08-01", 300_000)], 5_000),
        ("$400,000 a year", "", [("2027-08-01", 300_000)], 0),
    ],
)
def test_a_baseline(baseline: str, in_force: str, deals: list[tuple[str, int]], cents: int) -> None:
    entries = [(day, amount * 100) for day, amount in deals]
    assert total(in_force + GROWTH.replace("BASE", baseline), *entries) == cents * 100


@pytest.mark.parametrize(
    ("in_force", "person", "cents"),
    [
        ("", Person(), 20_000),
        (JULY, Person(), 10_000),
        ("in force: {from: 2027-08-01}\n", Person(), 8_333.33),
        ("", Person(started=date(2027, 10, 1)), 5_000),
        ("", Person(left=date(2027, 3, 31)), 5_000),
    ],
)
def test_a_pool_is_for_the_days_of_work_under_the_plan(in_force: str, person: Person, cents: float) -> None:
    assert total(in_force + POOL, person=person) == round(cents * 100)


def test_a_bonus_on_a_result_needs_the_plan_in_its_period() -> None:
    plan = read_plan(HEAD + NRR)
    person = Person(results=tuple(Result("nrr", plan.year + month, 1) for month in (2, 8)))  # type: ignore[arg-type]
    assert total(NRR, person=person) == 200_000
    assert total(JULY + NRR, person=person) == 100_000


def test_warnings_about_part_of_a_year_are_those_of_a_year() -> None:
    warnings = [lint(read_plan(HEAD + part + PLAIN)) for part in ("", JULY)]
    sentences = [[str(warning.sentence) for warning in found if warning.kind != "rules"] for found in warnings]
    assert sentences[0] == sentences[1]


@pytest.mark.parametrize(
    ("deals", "clawback"),
    [
        ([("2027-01-05", 200_000, "2027-05-01")], -27_500),
        ([("2027-01-05", 100_000, "2027-05-01"), ("2027-01-05", 100_000, "2027-05-01")], -27_500),
        ([("2027-01-05", 100_000, "2027-05-02"), ("2027-01-05", 100_000, "2027-05-01")], -27_500),
    ],
)
def test_what_a_deal_added_is_taken_back_alike_if_it_is_split(deals: list[tuple[str, int, str]], clawback: int) -> None:
    text = (
        "name: P\nyear: 2027-01\nlevels: [{name: R, variable: $50,000, quota: $500,000}]\n"
        "components: [{name: S, accumulates: quarter, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 2x}]}]\n"
        "clawback: {within: 12 months, takes: all, of: what it added to the period}\n"
    )
    plan = read_plan(text)
    entries = tuple(
        Deal(f"D{n}", date.fromisoformat(day), amount * 100, churned=date.fromisoformat(left))
        for n, (day, amount, left) in enumerate(deals)
    )
    statement = explain(History("r", entries), plan, Window(plan.year))
    lines = [line.cents for deal in statement.deals for line in deal.lines]
    assert sum(cents for cents in lines if cents < 0) == clawback * 100
    assert pay(book_of([History("r", entries)]), plan, Window(plan.year)).totals[0] == statement.total == 0


def test_a_refunded_part_is_not_taken_back_twice() -> None:
    text = (
        "name: P\nyear: 2027-01\nlevels: [{name: R}]\n"
        "components: [{name: S, accumulates: quarter, tiers: [{from: $0, pays: 20%}, {from: $200000, pays: 5%}]}]\n"
        "clawback: {within: 12 months, takes: all, of: what it added to the period}\n"
    )
    plan, left = read_plan(text), date(2027, 6, 1)
    deals = (
        Deal("a", date(2027, 1, 5), 20_000_000, churned=left),
        Deal("b", date(2027, 2, 5), 30_000_000),
        Deal("m", date(2027, 2, 20), -10_000_000, refund_of="a"),
    )
    statement = explain(History("r", deals), plan, Window(plan.year))
    taken = [line.cents for line in statement.deals[0].lines if line.element == statement.elements.clawback]
    assert taken == [-500_000]
    assert pay(book_of([History("r", deals)]), plan, Window(plan.year)).totals[0] == statement.total


def test_a_draw_is_that_of_the_part_of_a_month_in_force() -> None:
    """From July 16 on, 16 of 31 days: $1,000 x 16/31 = $516.13 in July."""
    plan = read_plan("""\
name: P
year: 2027-01
in force: {from: 2027-07-16}
levels: [{name: Rep, variable: $12,000, quota: $600,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
draws: [{amount: $1,000 a month, kind: non-recoverable, months: 1 to 12}]
""")
    window = Window(plan.year)
    statement = explain(History("1", ()), plan, window)
    assert statement.total == 51_613 + 5 * 100_000
    assert int(pay(book_of([History("1", ())]), plan, window).totals[0]) == statement.total
