"""Figures worked out by hand for terms that several plans share: each off-by-one would change one of them."""

from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from server.comp import Deal, History, Person, Window, explain, pay, read_plan
from server.comp.analysis.pay_ratios import pay_ratios
from server.comp.analysis.reference_year import reference_year
from server.comp.book import book_of
from server.comp.history import Adjustment, Member, Result
from server.comp.language.diagnostics import PlanError
from server.comp.mechanics.windfalls import Windfall
from server.comp.rounding import quotient
from server.comp.statements import Statement

HEAD = "name: P\nyear: 2027-01\nlevels: [{name: R, variable: $60,000, quota: $600,000}]\n"
MONTHLY = "components: [{name: S, accumulates: month, tiers: [{from: 0%, pays: 1x}]}]\n"


def statement(text: str, *deals: Deal, person: Person | None = None) -> Statement:
    plan = read_plan(text if text.startswith("name:") else HEAD + text)
    history, window = History("r", deals, person=person or Person()), Window(plan.year)
    found = explain(history, plan, window)
    assert pay(book_of([history]), plan, window).totals[0] == found.total
    return found


def sale(day: str, dollars: float, **more: object) -> Deal:
    return Deal(f"D{day}", date.fromisoformat(day), round(dollars * 100), **more)  # type: ignore[arg-type]


def test_a_rate_rises_while_the_quota_is_ramped() -> None:
    ramp = "quotas: {ramp: [50%, 80%], ramp rate: rises}\n"
    new = Person(started=date(2027, 1, 1))
    for month, cents in ((1, 200_000), (2, 125_000), (3, 100_000)):  # 5,000 of 25,000, of 40,000, of 50,000
        assert statement(ramp + MONTHLY, sale(f"2027-0{month}-05", 10_000), person=new).total == cents
    stays = ramp.replace("rises", "stays")
    assert statement(stays + MONTHLY, sale("2027-01-05", 10_000), person=new).total == 100_000


def test_a_team_without_a_quota_pays_nothing_at_its_own_rate() -> None:
    text = HEAD.replace("$600,000", "team") + MONTHLY
    assert statement(text, sale("2027-01-05", 10_000)).total == 0
    team = Person(team=(Member(60_000_000),))
    assert statement(text, sale("2027-01-05", 10_000), person=team).total == 100_000


@pytest.mark.parametrize(("arr", "quota", "flagged"), [(40_001, 0, True), (40_000, 0, False), (30_001, 60_000, True)])
def test_a_windfall_is_above_its_threshold(arr: int, quota: int, flagged: bool) -> None:
    rule = Windfall(deal_above=40_000, quota_share_above=Fraction(1, 2))
    assert rule.flags(sale("2027-01-05", arr / 100), quota) is flagged
    assert not rule.flags(sale("2027-01-05", 300), 60_000)


def test_a_memo_takes_back_its_share_of_the_first_stated_amount() -> None:
    margin = "components: [{name: S, credits: margin, tiers: [{from: $0, pays: 10%}]}]\n"
    deal = sale("2027-01-05", 0, amounts=(("margin", 10_001),))
    memo = Deal("M", date(2027, 4, 5), 0, amounts=(("margin", -3_334),), refund_of=deal.id)
    found = statement(margin, deal, memo)
    assert found.deals[0].commission == 1_000
    assert found.deals[1].commission == -333  # 1,000 x 3,334 / 10,001
    whole = Deal("M", date(2027, 4, 5), 0, amounts=(("margin", -10_001),), refund_of=deal.id)
    assert statement(margin, deal, whole).total == 0


def test_a_gate_over_the_year_compares_the_year_so_far_with_the_quota_of_the_year() -> None:
    gate = "gate: {needs: [{of: attainment, from: 50%, over: year}]}"
    text = f"components: [{{name: S, accumulates: quarter, {gate}, tiers: [{{from: $0, pays: 10%}}]}}]\n"
    assert statement(text, sale("2027-02-01", 299_999)).total == 0
    assert statement(text, sale("2027-02-01", 300_000)).total == 3_000_000
    later = statement(text, sale("2027-02-01", 200_000), sale("2027-05-01", 100_000))
    assert [deal.commission for deal in later.deals] == [0, 1_000_000]


def test_a_draw_is_recovered_from_what_exceeds_it_by_its_share() -> None:
    draw = "draws: [{amount: $1,000 a month, months: 1 to 1, recovers at most: 50%}]\n"
    flat = "components: [{name: S, tiers: [{from: $0, pays: 10%}]}]\n"
    found = statement(draw + flat, sale("2027-01-05", 4_000), sale("2027-02-05", 5_000), sale("2027-03-05", 10_000))
    assert list(found.owed)[:3] == [60_000, 35_000, 0]  # 600 was advanced; 250 of 500 and 350 of 1,000 are recovered


def test_thresholds_of_a_count_and_of_money() -> None:
    counts = "components: [{name: S, credits: units, tiers: [{from: 0, pays: $5}, {from: 3, pays: $9}]}]\n"
    assert statement(counts, sale("2027-01-05", 0, amounts=(("units", 5),))).total == 3_300
    money = "components: [{name: S, tiers: [{from: 0, pays: 1%}, {from: 250, pays: 2%}]}]\n"
    assert statement(money, sale("2027-01-05", 300)).total == 350


def test_halves_round_away_from_zero_with_any_divisor() -> None:
    amounts = np.array([-3, -2, -1, 1, 2, 3], dtype=np.int64)
    assert quotient(amounts, 1, 2).tolist() == [-2, -1, -1, 1, 1, 2]
    assert quotient(amounts, 1, 4).tolist() == [-1, -1, 0, 0, 1, 1]
    assert quotient(amounts, 1, 3).tolist() == [-1, -1, 0, 0, 1, 1]
    wide = np.array([-(2**61), 2**61], dtype=np.int64)
    assert quotient(wide, 6, 4).tolist() == [-(2**61) * 6 // 4, 2**61 * 6 // 4]
    assert quotient(wide + np.array([-1, 1]), 1, 2).tolist() == [-(2**60) - 1, 2**60 + 1]


def test_a_reference_year_has_a_result_in_every_month_and_its_deals_in_the_plans_year() -> None:
    plan = read_plan(HEAD + "components: [{name: N, reads: nrr, bonuses: [{from: 90%, pays: $10}]}]\n")
    year = reference_year(plan, 0, Fraction(1))
    assert [result.month - plan.year for result in year.person.results] == list(range(12))
    assert {result.value for result in year.person.results} == {Fraction(9, 10)}
    sales = reference_year(read_plan(HEAD + MONTHLY), 0, Fraction(1, 2))
    assert [deal.signed.month for deal in sales.deals] == list(range(1, 13))
    assert sum(deal.arr for deal in sales.deals) == 30_000_000


def test_the_ratios_of_a_year() -> None:
    found = statement(HEAD.replace("variable", "base: $60,000, variable") + MONTHLY, sale("2027-01-05", 600_000))
    ratios = pay_ratios(found, "USD")
    assert (ratios.pay_mix, ratios.cost_of_sales, ratios.return_on_pay) == (Fraction(1, 2), Fraction(1, 5), 5)
    nothing = pay_ratios(statement(MONTHLY), "USD")
    assert (nothing.pay_mix, nothing.cost_of_sales, nothing.return_on_pay) == (None, None, None)


def test_own_terms_of_some_months_and_results_of_others() -> None:
    own = Adjustment(684, 689, "territory", quota=30_000_000, variable=3_000_000, base=1_200_000)
    found = statement(
        MONTHLY, sale("2027-01-05", 10_000), sale("2027-07-05", 10_000), person=Person(adjustments=(own,))
    )
    assert [deal.commission for deal in found.deals] == [100_000, 100_000]
    assert sum(line.cents for line in found.base) == 600_000
    reads = "components: [{name: N, reads: nrr, accumulates: quarter, bonuses: [{from: 90%, pays: $10}]}]\n"
    late = Person(results=(Result("nrr", 684 + 4, Fraction(9, 10)), Result("nrr", 684 + 7, Fraction(89, 100))))
    assert statement(reads, person=late).total == 1_000


def test_a_memo_on_the_day_the_customer_leaves_lowers_what_is_clawed_back() -> None:
    terms = "components: [{name: S, tiers: [{from: $0, pays: 10%}]}]\nclawback: {within: 12 months, takes: all}\n"
    left = date(2027, 5, 5)
    deal = sale("2027-01-05", 1_000, churned=left)
    memo = Deal("M", left, -40_000, refund_of=deal.id)
    found = statement(terms, deal, memo)
    taken = [line.cents for line in found.deals[0].lines if line.element == found.elements.clawback]
    assert (taken, found.total) == ([-6_000], 0)


def test_lists_inside_lists_are_refused_beyond_their_depth() -> None:
    with pytest.raises(PlanError, match="nested at most 20 levels deep"):
        read_plan(f"name: P\nlevels: {'[' * 22}{']' * 22}\n")
    with pytest.raises(PlanError) as problem:
        read_plan(f"name: P\nlevels: {'[' * 19}{']' * 19}\n")
    assert "nested" not in str(problem.value)


def test_churn_is_compared_exactly_with_sales_of_any_size() -> None:
    text = (
        "name: P\nyear: 2027-01\nlevels:\n  - {name: A, variable: $10, quota: $100}\n"
        "  - {name: B, variable: $20, quota: $100, reached at: {sales: $1, churn below: 33.3333%}}\n"
        "components: [{name: S, tiers: [{from: $0, pays: 0.0001%}]}]\n"
    )
    plan, big = read_plan(text), 3 * 10**14
    deals = [Deal(f"D{n}", date(2027, 1, 5), big, churned=date(2027, 1, 20) if n == 0 else None) for n in range(3)]
    for churned, level in (((big, big, big), 0), ((big - 2 * 10**9, big, big), 1)):
        history = History(
            "r", tuple(Deal(d.id, d.signed, arr, churned=d.churned) for d, arr in zip(deals, churned, strict=True))
        )
        window = Window(plan.year)
        assert pay(book_of([history]), plan, window).levels[0, -1] == level
        assert explain(history, plan, window).levels[-1] == level


def test_a_bonus_above_a_number_needs_more_than_it() -> None:
    terms = "components: [{name: S, credits: units, bonuses: [{above: 3, pays: $100}, {above: 5, pays: $250}]}]\n"
    text = HEAD.replace("$600,000", "10") + terms
    for units, cents in ((3, 0), (4, 10_000), (5, 10_000), (6, 25_000)):
        assert statement(text, sale("2027-01-05", 0, amounts=(("units", units),))).total == cents


def test_attainment_counts_what_the_plan_counts_to_the_quota() -> None:
    """Renewals, currencies without a rate, and components with a quota of their own do not count; no deal twice."""
    plan = read_plan(
        HEAD + "components:\n"
        "  - {name: S, where: {kind: [new, expansion]}, tiers: [{from: 0%, pays: 1x}]}\n"
        "  - {name: Again, where: {kind: new}, weight: 10%, tiers: [{from: 0%, pays: 1x}]}\n"
        "  - {name: R, where: {kind: renewal}, quota: $100,000, weight: 10%, tiers: [{from: 0%, pays: 1x}]}\n"
        "exchange: [{currency: GBP, rate: 1.5}]\n"
    )
    deals = (
        sale("2027-02-01", 100_000),
        sale("2027-03-01", 33_333, kind="renewal"),
        sale("2027-04-01", 10_000, currency="EUR"),
        sale("2027-05-01", 20_000, currency="GBP"),
        sale("2026-12-01", 50_000),
    )
    book = book_of([History("r", deals)])
    assert int(pay(book, plan, Window(plan.year)).credited[0]) == 13_000_000
    alone = read_plan(HEAD + "components: [{name: N, credits: deals, quota: 10, tiers: [{from: 0%, pays: 1x}]}]\n")
    assert int(pay(book, alone, Window(plan.year)).credited[0]) == 16_333_300


def test_a_reference_year_invents_no_margin() -> None:
    sales, margin = (
        "{name: S, tiers: [{from: 0%, pays: 1x}]}",
        "{name: M, credits: margin, tiers: [{from: $0, pays: 3%}]}",
    )
    terms = f"components: [{sales}, {margin}]\n"
    plan = read_plan(HEAD + terms)
    year = reference_year(plan, 0, Fraction(1))
    assert all(deal.amount("margin") is None for deal in year.deals)
    assert explain(year, plan, Window(plan.year)).total == 6_000_000
    own = read_plan(HEAD + terms.replace("credits: margin,", "credits: margin, quota: $90,000,"))
    assert sum(deal.amount("margin") or 0 for deal in reference_year(own, 0, Fraction(1)).deals) == 9_000_000
