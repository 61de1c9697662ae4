"""The fast path and the exact path are two implementations; they agree to the cent, whatever the plan."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.comp.calendar import Window
from server.comp.explain import explain
from server.comp.history import Deal, History, book_of
from server.comp.pay import pay
from server.comp.plan import Plan
from server.comp.reader import read_plan
from server.comp.rounding import share_out, times, to_cents
from tests.comp.strategies import WINDOW, histories, plans

STRAIGHT = read_plan(
    "name: Straight\nlevels: [{name: One, base: $50000, variable: $66000, quota: $900000}]\n"
    "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 1.5x}]}]"
)


def amounts(plan: Plan, history: History, window: Window = WINDOW) -> dict[tuple[int, int], int]:
    payout = pay(book_of([history]), plan, window)
    found = payout.amounts[:, 0, :]
    return {(int(head), int(month)): int(found[head, month]) for head, month in np.argwhere(found)}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(plans(), st.lists(histories(), min_size=1, max_size=4))
def test_every_head_and_month_agrees(plan: Plan, found: list[History]) -> None:
    payout = pay(book_of(found), plan, WINDOW)
    for index, history in enumerate(found):
        statement = explain(history, plan, WINDOW)
        exact = {place: cents for place, cents in statement.amounts().items() if cents}
        fast = payout.amounts[:, index, :]
        assert {(int(h), int(m)): int(fast[h, m]) for h, m in np.argwhere(fast)} == exact
        assert int(payout.totals[index]) == statement.total
        assert tuple(payout.levels[index]) == statement.levels


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plans(), histories())
def test_the_order_of_the_file_changes_nothing(plan: Plan, history: History) -> None:
    backwards = replace(history, deals=tuple(reversed(history.deals)))
    assert amounts(plan, history) == amounts(plan, backwards)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(histories(), st.integers(0, 30_000_000), st.integers(0, 11))
def test_splitting_a_deal_changes_nothing_under_accumulated_tiers(history: History, part: int, which: int) -> None:
    plan = STRAIGHT
    if not history.deals:
        return
    deal = history.deals[which % len(history.deals)]
    part = min(part, deal.arr)
    rest = tuple(other for other in history.deals if other is not deal)
    halves = (replace(deal, arr=part), replace(deal, id=deal.id + "b", arr=deal.arr - part))
    assert amounts(plan, history) == amounts(plan, replace(history, deals=rest + halves))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(plans(), histories())
def test_clawback_never_exceeds_what_was_paid_on_the_deal(plan: Plan, history: History) -> None:
    for statement in explain(history, plan, WINDOW).deals:
        heads = [(line.head, line.cents) for line in statement.lines if line.state == "paid"]
        clawback = len(plan.release) + len(plan.multipliers) + 1
        paid = sum(cents for head, cents in heads if head != clawback)
        taken = sum(cents for head, cents in heads if head == clawback)
        assert abs(taken) <= abs(paid)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(plans(), histories())
def test_the_instalments_add_up_to_the_commission(plan: Plan, history: History) -> None:
    for statement in explain(history, plan, WINDOW).deals:
        assert sum(line.cents for line in statement.lines[: len(plan.release)]) == statement.commission


@given(st.integers(-(10**14), 10**14), st.fractions(0, 100, max_denominator=10**9))
def test_both_paths_round_alike(cents: int, rate: object) -> None:
    assert int(times(np.array([cents], dtype=np.int64), rate)[0]) == to_cents(cents * rate)  # type: ignore[arg-type]


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10_000), min_size=1, max_size=6).filter(any))
def test_shares_add_up(total: int, weights: list[int]) -> None:
    parts = share_out(total, weights)
    assert sum(parts) == total
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )


def test_nothing_to_share_by_is_refused() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        share_out(10, [0, 0])


def test_no_deals_is_base_pay() -> None:
    history = History("rep", ())
    assert explain(history, STRAIGHT, WINDOW).total == 5_000_000
    assert int(pay(book_of([history]), STRAIGHT, WINDOW).totals[0]) == 5_000_000


def test_what_lies_after_the_window_is_not_counted() -> None:
    late = Deal("late", signed=WINDOW.ends.replace(year=2027), arr=10_000_000)
    assert amounts(STRAIGHT, History("rep", (late,))) == amounts(STRAIGHT, History("rep", ()))
