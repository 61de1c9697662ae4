"""The fast path and the exact path are two implementations; they agree to the cent, whatever the plan."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.comp import Deal, History, Person, Plan, Window, book_of, explain, pay, read_plan
from server.comp.mechanics.draws import guarantees, settle
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.rates import Rate
from server.comp.mechanics.thresholds import Threshold
from server.comp.mechanics.tiers import Tier, tier_schedule
from server.comp.rounding import quotient, share_of, share_out, times, to_cents
from tests.comp.history_strategies import deals_by_number, histories, persons
from tests.comp.profiles import examples
from tests.comp.strategies import WINDOW, plan_text, plans, tiers

LEVEL = "levels: [{name: One, base: $50000, variable: $66000, quota: $900000}]\n"
STRAIGHT = read_plan(
    f"name: Straight\n{LEVEL}components: [{{name: Sales, tiers: [{{from: 0%, pays: 1x}}, {{from: 100%, pays: 1.5x}}]}}]"
)
ANEW = read_plan(
    f"name: Anew\n{LEVEL}components: [{{name: Sales, method: retroactive, "
    "tiers: [{from: 0%, pays: 1x}, {from: 10%, pays: 1.5x}]}]"
)


def scaled_plan(factor: int) -> Plan:
    """Return the straight plan with all money times a factor."""
    [level] = STRAIGHT.levels
    grown = replace(
        level,
        base=level.base * factor,
        variable=level.variable * factor,
        allowance=replace(level.allowance, cents=level.allowance.cents * factor),
    )
    return replace(STRAIGHT, levels=(grown,))


def drawing(draw: str) -> Plan:
    return read_plan(
        f"name: Draw\n{LEVEL}components: [{{name: Sales, tiers: [{{from: 0%, pays: 1x}}]}}]\ndraws:\n  - {draw}\n"
    )


def amounts(plan: Plan, history: History, window: Window = WINDOW) -> dict[tuple[int, int], int]:
    payout = pay(book_of([history]), plan, window)
    amounts = payout.amounts[:, 0, :]
    return {(int(head), int(month)): int(amounts[head, month]) for head, month in np.argwhere(amounts)}


def assert_engines_agree(plan: Plan, people: list[History], window: Window = WINDOW) -> None:
    """Assert that both engines pay the same by element and month, and reach the same levels."""
    payout = pay(book_of(people), plan, window)
    for index, history in enumerate(people):
        statement = explain(history, plan, window)
        exact = {place: cents for place, cents in statement.amounts().items() if cents}
        fast = payout.amounts[:, index, :]
        assert {(int(h), int(m)): int(fast[h, m]) for h, m in np.argwhere(fast)} == exact
        assert int(payout.totals[index]) == statement.total
        assert tuple(payout.levels[index]) == statement.levels


@examples(150)
@given(plans(), st.lists(histories(), min_size=1, max_size=4))
def test_every_element_and_month_agrees(plan: Plan, people: list[History]) -> None:
    assert_engines_agree(plan, people)


@examples(8)
@given(plans(), deals_by_number(300), persons())
def test_long_histories_agree_too(plan: Plan, deals: tuple[Deal, ...], person: Person) -> None:
    assert_engines_agree(plan, [History("long", deals, (), person), History("none", ())])


@examples(30)
@given(plans(), histories())
def test_other_windows_agree_too(plan: Plan, history: History) -> None:
    for window in (Window(WINDOW.first_month, 24), Window(WINDOW.first_month - 5, 7)):
        assert_engines_agree(plan, [history], window)


@examples(40)
@given(plans(), histories())
def test_without_a_trace_the_figures_are_the_same(plan: Plan, history: History) -> None:
    assert explain(history, plan, WINDOW, trace=False).amounts() == explain(history, plan, WINDOW).amounts()


@examples(40)
@given(plan_text(), histories())
def test_the_same_again_gives_the_same_trace_byte_for_byte(text: str, history: History) -> None:
    read_plan.cache_clear()
    first = repr(explain(history, read_plan(text), WINDOW)).encode()
    read_plan.cache_clear()
    assert repr(explain(history, read_plan(text), WINDOW)).encode() == first


@examples(60)
@given(plans(), histories())
def test_the_order_of_the_file_changes_nothing(plan: Plan, history: History) -> None:
    backwards = replace(history, deals=tuple(reversed(history.deals)))
    assert amounts(plan, history) == amounts(plan, backwards)


@examples(60)
@given(histories(), st.integers(0, 30_000_000), st.integers(0, 11), st.sampled_from(["marginal", "retroactive"]))
def test_splitting_a_deal_changes_nothing_under_accumulated_tiers(
    history: History, part: int, which: int, how: str
) -> None:
    sales = tuple(deal for deal in history.deals if not deal.refund_of)  # the cents of a memo are rounded once for each
    history = replace(history, deals=sales)
    assume(sales)
    plan = STRAIGHT if how == "marginal" else ANEW
    deal = replace(history.deals[which % len(history.deals)], split=None)
    part = min(part, deal.arr)
    rest = tuple(other for other in history.deals if other.id != deal.id)
    halves = (replace(deal, arr=part), replace(deal, id=deal.id + "b", arr=deal.arr - part))
    whole = replace(history, deals=(*rest, deal))
    assert amounts(plan, whole) == amounts(plan, replace(history, deals=rest + halves))


@examples(80)
@given(st.integers(1, 10**9), st.lists(st.integers(1, 300), max_size=4, unique=True).map(sorted), st.data())
def test_marginal_pay_is_continuous_and_never_falls(quota: int, edges: list[int], data: st.DataObject) -> None:
    rates = [data.draw(st.integers(0, 300)) for _ in [0, *edges]]
    tiers = tuple(
        Tier(start=Threshold(share=Fraction(edge, 100)), pays=Rate(share=Fraction(rate, 100)))
        for edge, rate in zip([0, *edges], rates, strict=True)
    )
    schedule = tier_schedule(tiers, Terms(quota, 0, Fraction(0)), Fraction(0), is_money=True, method="marginal")
    total = data.draw(st.integers(0, 5 * quota))
    step = schedule.owed(total + 1) - schedule.owed(total)
    assert 0 <= step <= max(rates) // 100 + len(tiers)


@examples(80)
@given(plans(), histories())
def test_clawback_never_exceeds_what_was_paid_on_the_deal(plan: Plan, history: History) -> None:
    year_statement = explain(history, plan, WINDOW)
    for statement in year_statement.deals:
        heads = [(line.element, line.cents) for line in statement.lines if line.state == "paid"]
        paid = sum(cents for head, cents in heads if head != year_statement.elements.clawback)
        taken = sum(cents for head, cents in heads if head == year_statement.elements.clawback)
        assert abs(taken) <= abs(paid)


@examples(80)
@given(plans(), histories())
def test_the_payouts_add_up_to_the_commission(plan: Plan, history: History) -> None:
    for statement in explain(history, plan, WINDOW).deals:
        parts = [line.cents for line in statement.lines if 1 <= line.element <= len(plan.release)]
        assert sum(parts) == statement.commission


@examples(100)
@given(
    st.lists(st.integers(-300_000, 800_000), min_size=12, max_size=12),
    st.sampled_from(["100%", "50%", "33.3333%"]),
    st.integers(0, 500_000),
    st.integers(0, 6),
)
def test_draws_conserve_and_balances_are_never_negative(gross: list[int], share: str, opening: int, after: int) -> None:
    plan = drawing(f"{{amount: $2,000 a month, months: 1 to 6, recovers at most: {share}, recovery after: {after}}}")
    held = guarantees(plan.draws, plan.period_quotas, None, plan.year, 12, carries=False)
    settled = settle(gross, held, opening)
    balance = opening
    for month, cents in zip(settled, gross, strict=True):
        balance += month.advanced - month.recovered
        assert month.owed == balance >= 0
        assert month.advanced == 0 or month.recovered == 0
        assert month.recovered <= max(cents, 0)
    assert sum(gross) + balance - opening == sum(
        cents + month.advanced - month.recovered for cents, month in zip(gross, settled, strict=True)
    )


@examples(60)
@given(st.lists(st.integers(0, 40_000_000), min_size=12, max_size=12), tiers(counts=False))
def test_the_year_to_date_less_what_was_paid_comes_to_the_year(sold: list[int], stated: str) -> None:
    head = (
        "name: A\nyear: 2026-01\nlevels: [{name: One, variable: $70,000, quota: $900,000}]\ncomponents:\n  - name: S\n"
    )
    to_date = read_plan(f"{head}    accumulates: year to date\n    paid: every month\n{stated}")
    whole = read_plan(f"{head}    accumulates: year\n{stated}")
    deals = tuple(Deal(f"{month:02d}", signed=date(2026, month, 5), arr=arr) for month, arr in enumerate(sold, start=1))
    history = History("rep", deals)
    assert explain(history, to_date, WINDOW).total == explain(history, whole, WINDOW).total


@examples(60)
@given(histories(), st.integers(2, 1_000))
def test_pay_in_another_unit_of_money_is_the_same_pay(history: History, factor: int) -> None:
    """All money times k is pay times k, but for what each rounding hides: at most half a cent, k times larger."""
    deals = tuple(replace(deal, split=None, amounts=(), currency="") for deal in history.deals)
    plain = replace(history, deals=deals, person=Person())
    grown = replace(plain, deals=tuple(replace(deal, arr=deal.arr * factor) for deal in deals))
    smaller, larger = explain(plain, STRAIGHT, WINDOW), explain(grown, scaled_plan(factor), WINDOW)
    steps = 4 * len(deals) + 24
    assert abs(larger.total - factor * smaller.total) <= steps * factor


@given(st.integers(-(10**14), 10**14), st.fractions(0, 100, max_denominator=10**9))
def test_both_paths_round_alike(cents: int, rate: Fraction) -> None:
    assert int(times(np.array([cents], dtype=np.int64), rate)[0]) == to_cents(cents * rate)


@given(
    st.lists(
        st.tuples(st.integers(-(10**14), 10**14), st.integers(0, 10**9), st.integers(1, 10**12)), min_size=1, max_size=9
    ),
    st.integers(-(10**12), 10**12),
)
def test_quotients_round_alike_however_large(rows: list[tuple[int, int, int]], shift: int) -> None:
    amounts_, tops, bottoms = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    exact = [to_cents(Fraction(a * t + shift, b)) for a, t, b in rows]
    if all(abs(value) < 2**62 for value in exact):
        assert quotient(amounts_, tops, bottoms, shift).tolist() == exact
    plain = [to_cents(Fraction(a * t, b)) for a, t, b in rows]
    if all(abs(value) < 2**62 for value in plain):
        assert quotient(amounts_, tops, bottoms).tolist() == plain


@given(st.integers(-(10**14), 10**14), st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any))
def test_shares_add_up(total: int, weights: list[int]) -> None:
    parts = share_out(total, weights)
    assert sum(parts) == total
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )
    by_array = [int(share_of(np.array([total], dtype=np.int64), weights, index)[0]) for index in range(len(weights))]
    assert by_array == parts


def test_shares_too_large_for_64_bits_add_up() -> None:
    weights = [10**8, 2 * 10**8, 3]
    parts = [int(share_of(np.array([10**14 + 1], dtype=np.int64), weights, index)[0]) for index in range(3)]
    assert parts == share_out(10**14 + 1, weights)
    assert sum(parts) == 10**14 + 1


def test_nothing_to_share_by_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        share_out(10, [0, 0])


def test_no_deals_is_base_pay() -> None:
    history = History("rep", ())
    assert explain(history, STRAIGHT, WINDOW).total == 5_000_000
    assert int(pay(book_of([history]), STRAIGHT, WINDOW).totals[0]) == 5_000_000


def test_what_lies_after_the_window_is_not_counted() -> None:
    late = Deal("late", signed=WINDOW.ends.replace(year=2027), arr=10_000_000)
    assert amounts(STRAIGHT, History("rep", (late,))) == amounts(STRAIGHT, History("rep", ()))


def test_old_days_count_alike_and_days_that_no_deal_has_are_refused() -> None:
    old = Deal("old", signed=date(1950, 3, 1), arr=10_000_000, churned=date(2149, 1, 1))
    assert_engines_agree(STRAIGHT, [History("rep", (old,))])
    for day in (date(1850, 1, 1), date(2300, 1, 1)):
        with pytest.raises(ValueError, match="must be between"):
            book_of([History("rep", (replace(old, signed=day),))])
