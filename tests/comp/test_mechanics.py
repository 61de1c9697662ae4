"""Each mechanic on a worked example, the published figures among them."""

from pathlib import Path

import pytest
import yaml

from server.comp import Deal, History, LevelSince, Plan, Statement, Window, book_of, explain, pay, read_plan
from server.comp.calendar import month_of
from server.comp.language.units import day, rating

HEAD = "name: Example\nyear: 2027-01\n"
LEVEL = "levels: [{name: One, base: $50,000, variable: $50,000, quota: $800,000}]\n"
FLAT = "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"
YEAR = Window(month_of(day("2027-01-01")))


def plan(*parts: str) -> Plan:
    return read_plan(HEAD + "".join(parts))


def deal(number: str, arr: int, signed: str, **more: object) -> Deal:
    dates = {name: day(str(more.pop(name))) for name in ("aha", "churned", "rated") if name in more}
    return Deal(number, day(signed), arr * 100, **dates, **more)  # type: ignore[arg-type]


def statement(tested_plan: Plan, *deals: Deal, window: Window = YEAR, level: str = "") -> Statement:
    """Explain, and let the fast path agree."""
    history = History("rep", deals, (LevelSince(0, level, 0),) if level else ())
    explained = explain(history, tested_plan, window)
    assert int(pay(book_of([history]), tested_plan, window).totals[0]) == explained.total
    return explained


def variable(paid_statement: Statement) -> float:
    return (paid_statement.total - sum(line.cents for line in paid_statement.base)) / 100


@pytest.mark.parametrize(
    ("terms", "sold", "commission"),
    [
        ("variable: $50,000, quota: $800,000", 800_000, 50_000),
        ("variable: $66,000, quota: $900,000", 900_000, 66_000),
        ("variable: $80,000, quota: $1,000,000", 1_000_000, 80_000),
    ],
)
def test_published_levels_pay_their_target_at_quota(terms: str, sold: int, commission: int) -> None:
    tested_plan = plan(f"levels: [{{name: One, base: $50,000, {terms}}}]\n", FLAT)
    assert variable(statement(tested_plan, deal("a", sold, "2027-05-01"))) == commission
    assert statement(tested_plan, deal("a", sold, "2027-05-01")).total == (50_000 + commission) * 100


def test_a_rate_printed_with_two_decimals_can_be_written() -> None:
    printed = plan(LEVEL, "components: [{name: Sales, tiers: [{from: 0%, pays: 7.33%}]}]\n")
    assert variable(statement(printed, deal("a", 900_000, "2027-05-01"))) == 65_970


def test_half_at_signing_half_at_the_aha_moment() -> None:
    tested_plan = plan(LEVEL, FLAT, "release: [{share: 50%, on: signing}, {share: 50%, on: aha, within: 60 days}]\n")
    reached, missed = (
        deal("A", 100_000, "2027-02-01", aha="2027-04-02"),
        deal("B", 100_000, "2027-02-01", aha="2027-04-03"),
    )
    shown = statement(tested_plan, reached, missed)
    assert [line.cents for line in shown.deals[0].lines] == [312_500, 312_500]
    assert [(line.cents, line.state) for line in shown.deals[1].lines] == [(312_500, "paid"), (312_500, "missed")]
    assert "aha after 61 days, the limit is 60 days" in str(shown.deals[1].lines[1].step.why)
    late = plan(
        LEVEL,
        FLAT,
        "release: [{share: 50%, on: signing}, {share: 50%, on: aha, within: 60 days, otherwise: paid late}]\n",
    )
    assert variable(statement(late, missed)) == 6_250
    months = plan(LEVEL, FLAT, "release: [{share: 50%, on: signing}, {share: 50%, on: aha, within: 2 months}]\n")
    assert variable(statement(months, reached)) == 3_125
    assert variable(statement(months, deal("C", 100_000, "2027-02-01", aha="2027-04-01"))) == 6_250


def test_half_a_quarter_and_a_quarter_while_the_customer_stays() -> None:
    release = "release: [{share: 50%, on: month 1}, {share: 25%, on: month 6}, {share: 25%, on: month 12}]\n"
    tested_plan = plan(LEVEL, "components: [{name: Sales, credits: mrr, tiers: [{from: 0%, pays: 200%}]}]\n", release)
    both = Window(YEAR.first_month, 24)
    stays, leaves = deal("A", 6_000, "2027-01-15"), deal("B", 6_000, "2027-01-15", churned="2027-08-15")
    assert [line.cents for line in statement(tested_plan, stays, window=both).deals[0].lines] == [
        50_000,
        25_000,
        25_000,
    ]
    assert variable(statement(tested_plan, leaves, window=both)) == 750


@pytest.mark.parametrize(
    ("stars", "average", "paid"), [(5, "4.8", 9_600), (5, "4.79", 8_000), (4, "4.9", 8_000), (None, "4.9", 8_000)]
)
def test_five_stars_of_a_good_rep_pay_more(stars: int | None, average: str, paid: int) -> None:
    extra = "multipliers: [{name: Stars, adds: 20%, when: {deal rating: 5, rep average at least: 4.8}}]\n"
    tested_plan = plan(LEVEL, "components: [{name: Sales, tiers: [{from: 0%, pays: 8%}]}]\n", extra)
    rated = {"rated": "2027-05-02"} if stars else {}
    assert (
        variable(
            statement(tested_plan, deal("A", 100_000, "2027-02-01", rating=stars, rep_average=rating(average), **rated))
        )
        == paid
    )


def test_the_average_is_that_of_the_day_and_compared_exactly() -> None:
    extra = (
        "multipliers: [{name: Stars, adds: 20%, when: {deal rating: 5, rep average at least: 4.8, over: 12 months,"
        " ratings at least: 2}}]\n"
    )
    tested_plan = plan(LEVEL, FLAT, extra)
    first = deal("A", 100_000, "2027-01-05", rating=5, rated="2027-04-05")
    second = deal("B", 100_000, "2027-02-05", rating=4, rated="2027-05-05")
    rest = [deal(f"C{n}", 100_000, "2027-03-05", rating=5, rated=f"2027-06-{n:02d}") for n in range(5, 9)]
    shown = statement(tested_plan, first, second, *rest)
    fired = [line.step.fired for statement_of in shown.deals for line in statement_of.lines[1:2]]
    # one rating; 9/2; 14/3; 19/4; 24/5 = 4.8 exactly; 29/6
    assert fired == [False, False, False, False, True, True]
    assert "1 rating so far, 2 are needed" in str(shown.deals[0].lines[1].step.why)


def test_a_deal_across_an_edge_is_marginal_or_retroactive() -> None:
    tiers = (
        "components: [{{name: Sales, tiers: [{{from: $0, pays: 4%}}, {{from: $150,000, pays: 6%, method: {0}}}, {{from:"
        " $250,000, pays: 8%}}]}}]\n"
    )
    marginal = plan(LEVEL, tiers.format("marginal"))
    shown = statement(marginal, deal("A", 145_000, "2027-01-01"), deal("B", 20_000, "2027-01-02"))
    assert shown.deals[1].commission == 110_000
    assert "$5,000 in tier 1 at 4% and $15,000 in tier 2 at 6%" in str(shown.deals[1].steps[0].why)
    again = plan(LEVEL, tiers.format("retroactive"))
    assert (
        statement(again, deal("A", 145_000, "2027-01-01"), deal("B", 20_000, "2027-01-02")).deals[1].commission
        == 410_000
    )


@pytest.mark.parametrize(("sold", "pays"), [("999999", 49_999.95), ("1000000", 70_000)])
def test_a_tier_owns_its_lower_edge(sold: str, pays: float) -> None:
    tested_plan = plan(
        LEVEL,
        "components: [{name: Sales, accumulates: quarter, tiers: [{from: $0, pays: 5%}, {from: $1,000,000, pays: 7%,"
        " method: retroactive}]}]\n",
    )
    assert variable(statement(tested_plan, deal("A", int(sold), "2027-01-01"))) == pays


@pytest.mark.parametrize(("sold", "pays"), [(500_000, 0), (690_000, 0), (700_000, 70_000), (900_000, 90_000)])
def test_a_threshold_pays_from_the_first_dollar(sold: int, pays: int) -> None:
    tested_plan = plan(
        "levels: [{name: One, variable: $1, quota: $1,000,000}]\n",
        "components: [{name: Sales, tiers: [{from: 70%, pays: 10%, method: retroactive}]}]\n",
    )
    assert variable(statement(tested_plan, deal("A", sold, "2027-01-01"))) == pays


def test_attainment_restarts_each_quarter_but_not_within_a_year() -> None:
    level = "levels: [{name: One, variable: $1, quota: $400,000}]\n"
    tiers = "tiers: [{from: 0%, pays: 5%}, {from: 100%, pays: 6%}, {from: 125%, pays: 7%}]}]\n"
    sold = [
        deal("1", 50_000, "2027-02-01"),
        deal("2", 75_000, "2027-05-01"),
        deal("3", 200_000, "2027-08-01"),
        deal("4", 75_000, "2027-11-01"),
    ]
    quarterly = plan(level, "components: [{name: Sales, accumulates: quarter, " + tiers)
    annual = plan(level, "components: [{name: Sales, accumulates: year, " + tiers)
    assert variable(statement(quarterly, *sold)) == 21_750
    assert variable(statement(annual, *sold)) == 20_000


@pytest.mark.parametrize(("takes", "left"), [("pro rata by whole month", 500), ("all", 0)])
def test_clawback_takes_what_was_paid(takes: str, left: int) -> None:
    tested_plan = plan(
        LEVEL,
        "components: [{name: Sales, tiers: [{from: 0%, pays: 10%}]}]\n",
        f"clawback: {{on: churn, within: 12 months, takes: {takes}}}\n",
    )
    assert variable(statement(tested_plan, deal("A", 10_000, "2027-01-10", churned="2027-07-10"))) == left
    late = statement(tested_plan, deal("A", 10_000, "2026-01-10", churned="2027-01-10"), deal("B", 0, "2027-12-31"))
    assert variable(late) == 0
    assert "after the clawback window of 12 months" in str(late.deals[0].lines[-1].step.why)


def test_only_the_paid_part_is_clawed_back() -> None:
    release = "release: [{share: 50%, on: signing}, {share: 50%, on: month 3}]\n"
    tested_plan = plan(
        LEVEL,
        "components: [{name: Sales, tiers: [{from: 0%, pays: 10%}]}]\n",
        release,
        "clawback: {within: 12 months, takes: all}\n",
    )
    shown = statement(tested_plan, deal("A", 10_000, "2027-01-10", churned="2027-03-10"))
    assert [(line.cents, line.state) for line in shown.deals[0].lines] == [
        (50_000, "paid"),
        (50_000, "cancelled"),
        (-50_000, "paid"),
    ]


def test_a_milestone_met_at_a_months_end_promotes() -> None:
    levels = (
        "levels: [{name: One, base: $60,000, variable: $50,000, quota: $800,000}, {name: Two, base: $72,000, variable:"
        " $66,000, quota: $900,000, reached at: {sales: $400,000, productivity: {arr: $100,000, months: 2}, churn"
        " below: 50%}}]\n"
    )
    tested_plan = plan(levels, FLAT)
    sold = [deal("1", 150_000, "2027-02-10"), deal("2", 250_000, "2027-03-31"), deal("3", 90_000, "2027-04-01")]
    shown = statement(tested_plan, *sold)
    assert shown.levels == (0, 0, 0, *[1] * 9)
    assert [line.cents for line in shown.base] == [500_000] * 3 + [600_000] * 9
    assert [each.level for each in shown.deals] == ["One", "One", "Two"]
    lost = statement(
        tested_plan, deal("1", 150_000, "2027-02-10"), deal("2", 250_000, "2027-03-30", churned="2027-03-31"), sold[2]
    )
    assert lost.levels[3] == 0


def test_a_person_keeps_the_level_held_unless_the_plan_promotes() -> None:
    levels = (
        "levels: [{name: One, variable: $50,000, quota: $800,000}, {name: Two, variable: $66,000, quota: $900,000}]\n"
    )
    tested_plan = plan(levels, FLAT)
    assert statement(tested_plan, level="two").levels == (1,) * 12
    spells = (LevelSince(0, "Junior", 0), LevelSince(YEAR.first_month + 6, "Senior", 5))
    assert explain(History("rep", (), spells), tested_plan, YEAR).levels == (0,) * 6 + (1,) * 6


def test_a_cap_stops_the_year() -> None:
    tested_plan = plan(LEVEL, FLAT, "cap: $10,000\n")
    shown = statement(tested_plan, deal("A", 100_000, "2027-01-10"), deal("B", 100_000, "2027-02-10"))
    assert [each.commission for each in shown.deals] == [625_000, 375_000]
    assert "capped at $10,000" in str(shown.deals[1].steps[-1].why)


def test_deals_can_be_counted_instead_of_their_money() -> None:
    marginal = (
        "components: [{name: Spiff, credits: deals, tiers: [{from: 0, pays: $250}, {from: 3, pays: $400}, {from: 6,"
        " pays: $600}]}]\n"
    )
    five = [deal(str(n), 10, "2027-01-10") for n in range(5)]
    assert variable(statement(plan(LEVEL, marginal), *five)) == 1_550
    all_anew = marginal.replace("pays: $400", "pays: $400, method: retroactive")
    assert variable(statement(plan(LEVEL, all_anew), *five)) == 2_000


def test_deals_that_do_not_count_are_named() -> None:
    tested_plan = plan(
        LEVEL, "components: [{name: Sales, where: {kind: renewal, product: Harbor}, tiers: [{from: 0%, pays: 1x}]}]\n"
    )
    shown = statement(tested_plan, deal("A", 100_000, "2027-01-10"))
    assert shown.deals[0].commission == 0
    assert not shown.deals[0].steps[0].fired
    assert variable(statement(tested_plan, deal("A", 100_000, "2027-01-10", kind="renewal", product="Harbor"))) == 6_250


def test_huge_amounts_stay_exact() -> None:
    odd = plan("levels: [{name: One, variable: $999,999,999.99, quota: $1,000,000,000.03}]\n", FLAT)
    assert statement(odd, deal("A", 999_999_999, "2027-01-10")).total > 0


def test_the_digest_is_that_of_what_decides_pay() -> None:
    one = plan(LEVEL, FLAT)
    assert one.digest == read_plan("name: Other\nsummary: x\nyear: 2027-01\n" + LEVEL + FLAT).digest
    assert one.digest != plan(LEVEL, FLAT.replace("1x", "1.1x")).digest


@pytest.mark.parametrize("case", ["01-hubspot-level-1", "02-hubspot-level-2", "03-hubspot-level-3"])
def test_the_published_figures_themselves(shared: Path, case: str) -> None:
    published = yaml.safe_load((shared / "cases" / "comp" / f"{case}.yaml").read_text())
    terms = published["plan"]
    level = (
        f"levels: [{{name: One, base: ${terms['base_salary']}, variable: ${terms['target_variable']}, quota:"
        f" ${terms['quota']['amount']}}}]\n"
    )
    [expected] = [row["correct"] for row in published["expected"] if row["name"] == "commission_at_quota"]
    assert variable(statement(plan(level, FLAT), deal("a", terms["quota"]["amount"], "2027-01-05"))) == expected
