"""Next years that could be: the same at every look, from whole past deals, paid alike under every candidate."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest

from server.comp import Deal, History, LevelSince, Person, Window, book_of, read_plan
from server.comp.analysis.bootstrap import (
    DOT_COUNT,
    PayDistribution,
    pay_sampled_years,
    sample_year_of_everyone,
    sample_years,
    seed_of,
)
from server.comp.analysis.curve_features import Curve, break_even, jumps, plateau
from server.comp.analysis.payout_curve import SPARSE, SWEEP, at_attainment, next_deal, payout_curve, refine_grid
from server.comp.calendar import NEVER, month_of
from server.comp.history import Result
from server.comp.rounding import to_cents
from server.plan_editor.library import LibraryPlan, library_plans

WINDOW = Window(month_of(date(2026, 1, 1)))
LEVEL = "levels: [{name: One, base: $12,000, variable: $50,000, quota: $500,000}]\n"
PLAN = read_plan(f"name: A\n{LEVEL}components: [{{name: Sales, tiers: [{{from: 0%, pays: 1x}}]}}]")
LATE = read_plan(
    f"name: B\n{LEVEL}components: [{{name: Sales, tiers: [{{from: 0%, pays: 1x}}]}}]\n"
    "release: [{share: 50%, on: signing}, {share: 50%, on: month 6}]\n"
    "multipliers: [{name: Retention, times: 2x, needs: [{of: nrr, from: 100%}]}]"
)
DEALS = tuple(
    Deal(
        f"d{n:02d}",
        date(2026, 1, 10) + timedelta(days=14 * n),
        1_000_000 + 50_000 * n,
        aha=date(2026, 2, 10) + timedelta(days=14 * n) if n % 2 else None,
    )
    for n in range(24)
)
OWN = History("rep", DEALS, (LevelSince(WINDOW.first_month, "One"),))


def test_the_same_rep_and_history_give_the_same_years() -> None:
    book = book_of([OWN])
    first, again = sample_years(book, WINDOW, "rep"), sample_years(book_of([OWN]), WINDOW, "rep")
    assert np.array_equal(first.book.arr, again.book.arr)
    assert np.array_equal(first.book.signed, again.book.signed)
    other = sample_years(book, WINDOW, "somebody else")
    assert seed_of("rep", book) != seed_of("somebody else", book)
    assert not np.array_equal(first.book.signed, other.book.signed)


def test_years_are_made_of_whole_past_deals_in_the_year_after() -> None:
    years = sample_years(book_of([OWN]), WINDOW, "rep")
    assert (years.count, years.own, years.pool) == (1_000, 17, 17)  # the other seven are younger than four months
    assert set(years.book.arr.tolist()) <= {deal.arr for deal in DEALS}
    months = years.book.signed.astype("datetime64[D]").astype("datetime64[M]").astype(int)
    assert months.min() == WINDOW.last_month + 1
    assert months.max() == WINDOW.last_month + 12
    waited = (years.book.aha - years.book.signed)[years.book.aha != NEVER]
    assert set(waited.tolist()) == {31}
    pace = years.book.arr.size / 1_000
    assert abs(pace - 24) < 0.6
    order = years.book.rep.astype(np.int64) * 10**6 + years.book.signed
    assert bool((np.diff(order) >= 0).all())


def test_few_deals_are_filled_up_with_those_of_peers() -> None:
    few = replace(OWN, deals=DEALS[:3])
    peer = History("peer", tuple(replace(deal, id=f"p{n}", arr=7) for n, deal in enumerate(DEALS)))
    years = sample_years(book_of([few, peer]), WINDOW, "rep")
    assert (years.own, years.pool) == (3, 27)
    share = float((years.book.arr != 7).mean())
    assert 0.22 < share < 0.28
    nobody = sample_years(book_of([replace(OWN, deals=()), peer]), WINDOW, "rep")
    assert set(nobody.book.arr.tolist()) == {7}
    assert abs(nobody.book.arr.size / 1_000 - 24) < 0.6


def test_without_any_deal_there_is_base_pay() -> None:
    years = sample_years(book_of([replace(OWN, deals=())]), WINDOW, "rep")
    [paid] = pay_sampled_years(years, [PLAN])
    assert set(paid.totals.tolist()) == {1_200_000}


def test_every_plan_is_paid_on_the_same_years_and_late_money_counts() -> None:
    years = sample_years(book_of([OWN]), WINDOW, "rep")
    now, late = pay_sampled_years(years, [PLAN, LATE])
    assert np.array_equal(now.totals, late.totals)
    assert int(late.by_month[:, :3].sum()) < int(now.by_month[:, :3].sum())


def test_results_are_taken_to_be_those_of_last_year() -> None:
    person = Person(results=(Result("nrr", WINDOW.last_month, Fraction(11, 10)),))
    years = sample_years(book_of([replace(OWN, person=person)]), WINDOW, "rep")
    now, late = pay_sampled_years(years, [PLAN, LATE])
    assert bool((late.totals > now.totals).all())


def test_quantiles_dots_fan_and_wins() -> None:
    totals = np.arange(1_000, dtype=np.int64)
    by_month = np.zeros((1_000, 12), dtype=np.int64)
    by_month[:, 0], by_month[:, 11] = totals, 1
    pays, other = PayDistribution(totals, by_month), PayDistribution(totals[::-1].copy(), by_month)
    assert pays.quantiles() == (100, 250, 500, 750, 900)
    assert pays.dots()[0] == 25
    assert len(pays.dots()) == DOT_COUNT
    assert pays.fan()[0] == (100, 250, 500, 750, 900)
    assert pays.fan()[11] == (101, 251, 501, 751, 901)
    assert pays.against(other) == (10, 10)
    assert pays.against(pays) == (0, 0)
    assert PayDistribution(totals + 5, by_month).against(pays) == (DOT_COUNT, 0)


@pytest.mark.parametrize("attained", [Fraction(1), Fraction(3, 7), Fraction(10_343_334, 50_000_000)])
def test_the_total_of_a_scaled_year_is_exact_whatever_the_factors(attained: Fraction) -> None:
    days = (date(2025, 3, 1), date(2026, 3, 1), date(2026, 4, 1))
    book = book_of([History("a", tuple(Deal(str(day), day, 10_001 + 323_332 * (day.month == 4)) for day in days))])
    window = Window(month_of(date(2026, 1, 1)))
    for factors in ([Fraction(1, 3), Fraction(7, 200), Fraction(2)], [Fraction(1, 2**40 + 15), Fraction(2, 3)]):
        scaled = at_attainment(book, attained, [attained * factor for factor in factors], window).arr.reshape(-1, 3)
        for amounts, factor in zip(scaled.tolist(), (1, *factors), strict=True):
            before, first, second = amounts
            assert (before, first) == (to_cents(10_001 * factor), to_cents(10_001 * factor))
            assert first + second == to_cents(343_334 * factor)


def test_a_year_at_exactly_the_quota_pays_exactly_the_target() -> None:
    text = "name: P\nyear: 2026-01\nlevels: [{name: R, variable: $50,000, quota: $800,000}]\n"
    plan = read_plan(f"{text}components: [{{name: S, tiers: [{{from: 0%, pays: 1x}}]}}]\n")
    deals = tuple(Deal(f"{n:02d}", date(2026, 1 + n % 12, 3 + n), 1_234_567 + 7 * n) for n in range(20))
    book, window = book_of([History("a", deals)]), Window(plan.year)
    attained = Fraction(sum(deal.arr for deal in deals), 80_000_000)
    [curve] = payout_curve(book, [plan], window, attained, [Fraction(1), Fraction(1, 2), Fraction(2)])
    assert curve.tolist() == [5_000_000, 2_500_000, 10_000_000]


def test_a_payout_curve_has_401_points_and_meets_what_is_sold() -> None:
    book = book_of([OWN])
    sold = Fraction(sum(deal.arr for deal in DEALS), 50_000_000)
    [curve] = payout_curve(book, [PLAN], WINDOW, sold)
    assert curve.shape == (401,)
    assert curve[0] == 1_200_000
    assert abs(int(curve[200]) - 6_200_000) <= len(DEALS)
    assert SWEEP[200] == 1


def test_scaling_keeps_other_measures_in_step() -> None:
    stated = History("rep", (replace(DEALS[0], amounts=(("cash", 1_000),)),))
    plan = read_plan(f"name: C\n{LEVEL}components: [{{name: Cash, credits: cash, tiers: [{{from: $0, pays: 100%}}]}}]")
    [curve] = payout_curve(book_of([stated]), [plan], WINDOW, Fraction(1), (Fraction(0), Fraction(1), Fraction(2)))
    assert (curve - curve[0]).tolist() == [0, 1_000, 2_000]


def test_one_more_deal_is_shown_by_month() -> None:
    more = Deal("more", date(2026, 3, 5), 1_000_000)
    added, by_month = next_deal(OWN, LATE, WINDOW, more)
    assert added == 100_000
    assert (by_month[2], by_month[8]) == (50_000, 50_000)


def test_everybody_is_drawn_from_the_own_deals_alone() -> None:
    def person(name: str, size: int, number: int) -> History:
        deals = tuple(Deal(f"{name}{n}", date(2026, 1 + n % 12, 5), size, customer=name) for n in range(number))
        return History(name, deals, (), Person(results=(Result("nrr", WINDOW.first_month, Fraction(1)),)))

    book = book_of([person("a", 1_000, 24), person("b", 7_000, 12), History("nobody", ()), person("d", 90_000, 6)])
    years = sample_year_of_everyone(book, WINDOW, 40)
    assert years.count == 160
    for rep, size in enumerate((1_000, 7_000, None, 90_000)):
        mine = (years.book.rep // 40) == rep
        assert set(years.book.arr[mine].tolist()) == ({size} if size else set())
    numbers = np.bincount(years.book.rep, minlength=160).reshape(4, 40)
    assert numbers[2].sum() == 0
    assert abs(numbers[0].mean() - 24) < 3
    assert abs(numbers[1].mean() - 12) < 2
    assert (np.diff(years.book.rep) >= 0).all()
    assert sample_year_of_everyone(book, WINDOW, 40).book.signed.tolist() == years.book.signed.tolist()
    assert {result.month for one in years.book.persons for result in one.results} == {WINDOW.first_month + 12}
    assert sample_year_of_everyone(book_of([History("nobody", ())]), WINDOW, 3).pool == 0


def test_deals_whose_outcome_may_still_come_are_not_drawn_where_others_are_there() -> None:
    def deal(number: int, day: date, *, rated: bool) -> Deal:
        later = day + timedelta(days=90)
        return Deal(f"r{number}", day, 1_000_000, rating=5 if rated else None, rated=later if rated else None)

    old = [deal(n, date(2026, 1 + n % 8, 3), rated=True) for n in range(16)]
    fresh = [deal(20 + n, date(2026, 12, 1 + n), rated=False) for n in range(4)]
    book = book_of([History("rep", (*old, *fresh))])
    years = sample_years(book, WINDOW, "rep", 200)
    assert set(years.book.rating.tolist()) == {5}
    assert abs(years.book.arr.size / 200 - 20) < 1
    assert set(sample_year_of_everyone(book, WINDOW, 50).book.rating.tolist()) == {5}
    few = book_of([History("rep", (*old[:6], *fresh))])
    assert set(sample_years(few, WINDOW, "rep", 200).book.rating.tolist()) == {0, 5}


def books() -> list[History]:
    """Years of few large and of many small deals, with and without what follows a sale."""
    many = tuple(
        Deal(
            f"m{n:03d}",
            date(2026, 1, 2) + timedelta(days=n * 3),
            400_000 + 7_001 * (n * 37 % 53),
            rating=3 + n % 3,
            rated=date(2026, 4, 2) + timedelta(days=n * 3),
            kind="expansion" if n % 4 == 0 else "new",
            aha=None if n % 5 == 0 else date(2026, 2, 1) + timedelta(days=n * 3),
            churned=date(2026, 12, 1) if n % 17 == 0 else None,
        )
        for n in range(110)
    )
    return [OWN, replace(OWN, deals=DEALS[:5]), replace(OWN, deals=many)]


@pytest.mark.parametrize("ready", library_plans(), ids=lambda ready: ready.key)
def test_a_thinned_curve_draws_like_the_full_curve(ready: LibraryPlan) -> None:
    plan = read_plan(ready.text)
    for history in books():
        book = book_of([history])
        at, pays = refine_grid(
            book, [PLAN, plan], WINDOW, Fraction(1), payout_curve(book, [PLAN, plan], WINDOW, Fraction(1), SPARSE)
        )
        full = payout_curve(book, [PLAN, plan], WINDOW, Fraction(1))
        places = [int(share * 200) for share in at]
        assert places[0] == 0
        assert places[-1] == 400
        for few, every in zip(pays, full, strict=True):
            assert np.array_equal(few, every[places])
            drawn = np.interp(np.arange(401), places, few)
            height = max(int(every.max() - every.min()), 1)
            assert np.abs(drawn - every).max() <= max(height / 280, len(history.deals))  # less than a dot of the chart
        curves = [Curve("", "", "", tuple(one.tolist()), given) for one, given in ((pays[1], at), (full[1], SWEEP))]
        assert jumps(curves[0], "USD") == jumps(curves[1], "USD")


STEPS = (
    "bonuses pay: each, bonuses: [{from: 100%, pays: $5000}, {from: 105%, pays: $5000}]",
    "bonuses pay: each, bonuses: [{from: 90%, pays: $3000}, {from: 95%, pays: $3000}, {from: 100%, pays: $3000}]",
    "bonuses pay: the highest, bonuses: [{from: 101%, pays: $5000}, {from: 104%, pays: $1}]",
    "every: {step: 5%, pays: $3300}",
    "tiers: [{from: 0%, pays: 1x}, {from: 97.5%, pays: 3x}, {from: 102.5%, pays: 1x}]",
    "tiers: [{from: 0%, pays: 1x}, {from: 188%, pays: 0x}]",
)


@pytest.mark.parametrize("steps", STEPS)
def test_every_jump_and_bend_of_a_curve_is_found(steps: str) -> None:
    text = f"name: Steps\n{LEVEL}components:\n  - {{name: S, tiers: [{{from: 0%, pays: 1x}}]}}\n"
    plan = read_plan(text + f"  - {{name: B, accumulates: year, {steps}}}\n")
    even = tuple(Deal(f"d{n:02d}", date(2026, 1 + n % 12, 5), 833_333) for n in range(60))
    book = book_of([replace(OWN, deals=even)])
    at, pays = refine_grid(
        book, [PLAN, plan], WINDOW, Fraction(1), payout_curve(book, [PLAN, plan], WINDOW, Fraction(1), SPARSE)
    )
    full = payout_curve(book, [PLAN, plan], WINDOW, Fraction(1))
    few = [Curve(key, key, key, tuple(one.tolist()), at) for key, one in zip("TB", pays, strict=True)]
    every = [Curve(key, key, key, tuple(one.tolist()), SWEEP) for key, one in zip("TB", full, strict=True)]
    assert jumps(few[1], "USD") == jumps(every[1], "USD")
    assert str(plateau(few[1], "USD")) == str(plateau(every[1], "USD"))
    assert str(break_even(*few)) == str(break_even(*every))
    drawn = np.interp(np.arange(401), [int(share * 200) for share in at], pays[1])
    assert np.abs(drawn - full[1]).max() <= 100
