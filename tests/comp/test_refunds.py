"""Credit memos take back at once what was paid on their deal, at the rate it was paid, and cancel what waits."""

from dataclasses import replace
from datetime import date

import pytest

from server.comp import Deal, History, LevelSince, Person, Plan, Window, book_of, explain, pay, read_plan
from server.comp.history import Split

YEAR = 672  # January 2026
WINDOW = Window(YEAR)
RATE = "tiers: [{from: 0%, pays: 1x}]"


def plan(more: str = "", accumulates: str = "year", tiers: str = RATE) -> Plan:
    return read_plan(f"""name: A plan
year: 2026-01
levels: [{{name: Rep, variable: $50,000, quota: $800,000}}]
components:
  - {{name: Sales, accumulates: {accumulates}, {tiers}}}
{more}
""")


def deal(id_: str, day: date, dollars: int, refund_of: str = "", **days: date) -> Deal:
    return Deal(id_, day, dollars * 100, refund_of=refund_of, **days)  # type: ignore[arg-type]


def paid(a_plan: Plan, *deals: Deal) -> dict[int, int]:
    """Return the cents by month, which both engines must agree on."""
    history = History("rep", deals, (LevelSince(YEAR, "Rep"),), Person())
    months = pay(book_of([history]), a_plan, WINDOW).by_month[0].tolist()
    explained = [0] * 12
    for (_, month), cents in explain(history, a_plan, WINDOW).amounts().items():
        explained[month] += cents
    assert months == explained
    return {month: cents for month, cents in enumerate(months, start=1) if cents}


HALVES = "release: [{share: 50%, on: signing}, {share: 50%, on: aha}]"
SOLD, JUNE = date(2026, 1, 15), date(2026, 6, 1)


def test_a_full_refund_leaves_nothing_whatever_releases_the_plan_has() -> None:
    sale = deal("D1", SOLD, 100_000, aha=date(2026, 2, 10))
    assert paid(plan(HALVES), sale, deal("M1", JUNE, -100_000, "D1")) == {1: 312_500, 2: 312_500, 6: -625_000}
    monthly = plan("release: [{share: 100%, on: month 6}]")
    assert paid(monthly, sale) == {7: 625_000}
    assert paid(monthly, sale, deal("M1", date(2026, 7, 20), -100_000, "D1")) == {}


def test_what_waits_is_cancelled_and_never_paid() -> None:
    late = deal("D1", SOLD, 100_000, aha=date(2026, 9, 1))
    assert paid(plan(HALVES), late, deal("M1", JUNE, -100_000, "D1")) == {1: 312_500, 6: -312_500}
    on_cash = plan("release: [{share: 100%, on: customer paid}]")
    never = deal("D1", SOLD, 100_000)
    assert paid(on_cash, never, deal("M1", JUNE, -100_000, "D1", paid=JUNE)) == {}


def test_a_part_takes_back_its_part_and_later_payouts_shrink() -> None:
    late = deal("D1", SOLD, 100_000, aha=date(2026, 9, 1))
    assert paid(plan(HALVES), late, deal("M1", JUNE, -40_000, "D1")) == {1: 312_500, 6: -125_000, 9: 187_500}


def test_two_memos_never_take_more_than_was_paid() -> None:
    sale = deal("D1", SOLD, 100_000)
    memos = deal("M1", JUNE, -70_000, "D1"), deal("M2", date(2026, 8, 1), -70_000, "D1")
    assert paid(plan(), sale, *memos) == {1: 625_000, 6: -437_500, 8: -187_500}


ACCELERATOR = "tiers: [{from: 0%, pays: 1x}, {from: 50%, pays: 2x}]"


def test_a_refund_in_a_later_quarter_takes_back_the_accelerated_rate() -> None:
    quarterly = plan(accumulates="quarter", tiers=ACCELERATOR)
    sales = deal("D1", SOLD, 100_000), deal("D2", date(2026, 3, 1), 100_000)
    assert paid(quarterly, *sales) == {1: 625_000, 3: 1_250_000}
    assert paid(quarterly, *sales, deal("M1", date(2026, 4, 5), -100_000, "D2"))[4] == -1_250_000


def test_a_later_refund_under_retroactive_tiers_takes_back_the_rate_the_period_reached() -> None:
    tiers = "method: retroactive, tiers: [{from: $0, pays: 5%}, {from: $900,000, pays: 7%}]"
    quarterly = plan(accumulates="quarter", tiers=tiers)
    sales = deal("D1", SOLD, 500_000), deal("D2", date(2026, 3, 1), 500_000)
    memo = deal("M1", date(2026, 4, 5), -500_000, "D1")
    assert paid(quarterly, *sales, memo)[4] == -3_500_000


def test_a_bonus_for_the_deal_is_taken_back_with_it() -> None:
    kicker = plan("multipliers: [{name: New, adds: 20%, where: {kind: [new]}}]")
    sale = deal("D1", SOLD, 100_000)
    assert sum(paid(kicker, sale).values()) == 750_000
    assert sum(paid(kicker, sale, deal("M1", JUNE, -100_000, "D1")).values()) == 0


def test_a_memo_without_a_deal_is_paid_as_a_negative_amount() -> None:
    assert paid(plan(), deal("D1", SOLD, 100_000), deal("M1", JUNE, -100_000, "D9")) == {1: 625_000, 6: -625_000}


APRIL = date(2026, 4, 5)
TEN = "tiers: [{from: $0, pays: 10%}]"
RETROACTIVE = f"method: retroactive, {TEN}"
SALE, MEMO = deal("A", SOLD, 100_000), deal("M", APRIL, -100_000, "A")


@pytest.mark.parametrize(
    ("more", "accumulates", "tiers"),
    [
        ("cap: $5,000 a quarter", "year", TEN),
        ("", "year", f"cap: $5,000 a quarter, {TEN}"),
        ("", "year", f"cap: $5,000 a deal, {TEN}"),
        ("cap: $5,000 a deal", "year", TEN),
        ("clawback: {within: 12 months, takes: all}", "year", TEN),
        ("release: [{share: 100%, on: customer paid}]", "year", RETROACTIVE),
        (HALVES, "year", RETROACTIVE),
        ("clawback: {within: 12 months, takes: all}", "year", RETROACTIVE),
        ("multipliers: [{name: K, adds: 20%, where: {kind: [new]}}]", "year", RETROACTIVE),
        ("", "year", f"minimum: $20,000, {RETROACTIVE}"),
        ("", "quarter", f"minimum: $20,000, {RETROACTIVE}"),
        ("", "quarter", f"gate: {{needs: [{{of: nrr, from: 100%}}], otherwise: 50%}}, {RETROACTIVE}"),
        ("", "year", f"gate: {{needs: [{{of: nrr, from: 100%}}], otherwise: 50%}}, {RETROACTIVE}"),
        ("", "year", f"where: {{size: {{from: $50,000}}}}, {TEN}"),
        ("", "year", f"window: {{from: 2026-01-01, until: 2026-03-31}}, {TEN}"),
        ("in force: {until: 2026-03-31}", "year", TEN),
        ("", "year", "credits: deals, tiers: [{from: 0, pays: $250}]"),
        ("", "deal", "bonuses: [{from: $0, pays: $100}]"),
        ("", "year", "bonuses: [{from: $50,000, pays: $5,000}]"),
        ("", "year", f"paid: every quarter, {TEN}"),
    ],
)
@pytest.mark.parametrize("churned", [None, date(2026, 3, 1), date(2026, 5, 1)])
def test_nothing_is_left_after_a_full_refund(more: str, accumulates: str, tiers: str, churned: date | None) -> None:
    sale = replace(SALE, churned=churned)
    assert sum(paid(plan(more, accumulates, tiers), sale, MEMO).values()) == 0
    halves = [replace(MEMO, id=f"M{number}", arr=-5_000_000, signed=date(2026, 4 + number, 5)) for number in (0, 1)]
    assert sum(paid(plan(more, accumulates, tiers), sale, *halves).values()) == 0
    same_day = replace(MEMO, id="0", signed=SOLD)
    assert sum(paid(plan(more, accumulates, tiers), sale, same_day).values()) == 0


def test_a_capped_deal_gives_back_its_part_of_what_was_paid() -> None:
    capped = plan(tiers=f"cap: $5,000 a quarter, {TEN}")
    assert paid(capped, SALE, replace(MEMO, arr=-5_000_000)) == {1: 500_000, 4: -250_000}
    assert paid(capped, SALE, deal("B", date(2026, 4, 2), 20_000), MEMO) == {1: 500_000, 4: -300_000}


def test_a_memo_under_a_split_commission_takes_back_the_reps_part() -> None:
    thirds = replace(SALE, split=Split((1, 2), 0)), replace(MEMO, split=Split((1, 2), 0))
    for accumulates in ("year", "quarter"):
        split = plan(accumulates=accumulates, tiers=f"split: commission, {RETROACTIVE}")
        assert paid(split, *thirds) == {1: 333_333, 4: -333_333}


def test_a_memo_in_the_period_takes_out_what_its_deal_put_in() -> None:
    by_term = f"rate by: [{{when: {{term: {{from: 36}}}}, pays: 15%}}, {{pays: 10%}}], method: retroactive, {RATE}"
    assert paid(plan(tiers=by_term), replace(SALE, term=36), MEMO) == {1: 1_500_000, 4: -1_500_000}


def test_tiers_show_what_was_paid_and_a_memo_says_that_it_takes_it_back() -> None:
    plan = read_plan("""\
name: P
year: 2026-01
levels: [{name: AE, variable: $50,000, quota: $500,000}]
components: [{name: Sales, tiers: [{from: $0, pays: 10%}, {from: $100,000, pays: 20%}]}]
""")
    deals = (
        Deal("A", date(2026, 1, 5), 10_000_000),
        Deal("B", date(2026, 2, 5), 10_000_000),
        Deal("M", date(2026, 3, 5), -5_000_000, refund_of="A"),
    )
    statement = explain(History("1", deals), plan, Window(plan.year))
    assert statement.total == 1_000_000 + 2_000_000 - 500_000
    assert [tier.cents for tier in statement.tiers] == [1_000_000, 2_000_000]
    [step] = statement.deals[-1].steps
    assert (step.cents, str(step.why)) == (
        0,
        "-$50,000 counts toward quota; what deal A was paid is taken back at the rate it was paid",
    )
