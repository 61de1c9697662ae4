"""Aggregates never speak of fewer than five people, nor of all but fewer than five."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.comp import Deal, History, Window, book_of, read_plan
from server.comp.analysis.disclosure import MIN_GROUP, ImpactTable, bin_counts, impact_table, round_figure
from server.comp.calendar import month_of
from server.comp.vectorized.batch import pay_batch
from tests.comp.history_strategies import histories
from tests.comp.profiles import examples
from tests.comp.strategies import WINDOW, plans


def cents(*values: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    return np.array(values, dtype=np.int64)


def test_an_edge_belongs_to_the_calmer_bin() -> None:
    today = np.full(9, 10_000, dtype=np.int64)
    then = cents(9_000, 9_499, 9_500, 9_899, 9_900, 10_100, 10_101, 10_500, 10_501)
    assert bin_counts(today, then).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4]


def test_fewer_than_five_people_are_not_published() -> None:
    assert impact_table(cents(1, 2, 3, 4), cents(2, 3, 4, 5), {"level": ["a"] * 4}) == ImpactTable(
        None, {"level": ()}, {"level": 4}
    )


def test_totals_are_rounded_to_a_thousand() -> None:
    table = impact_table(
        np.full(6, 10_000_049, dtype=np.int64), np.full(6, 11_000_000, dtype=np.int64), {"level": ["a"] * 6}
    )
    assert table.everyone
    assert (table.everyone.today, table.everyone.proposed) == (60_000_000, 66_000_000)
    assert [(cell.bins, cell.people) for cell in table.everyone.bins][-1] == ((4,), 6)
    assert round_figure(149_999) == 100_000


def test_a_group_of_four_is_hidden_and_takes_the_smallest_with_it() -> None:
    groups = ["a"] * 20 + ["b"] * 7 + ["c"] * 4
    ones = np.full(31, 1_000_000, dtype=np.int64)
    table = impact_table(ones, ones * 2, {"level": groups})
    assert [cell.group for cell in table.kinds["level"]] == ["a"]
    assert table.suppressed["level"] == 11
    all_but_few = impact_table(ones[:24], ones[:24] * 2, {"level": ["a"] * 20 + ["c"] * 4})
    assert all_but_few.kinds["level"] == ()
    assert all_but_few.suppressed["level"] == 24


def test_a_bin_of_one_is_merged_with_its_neighbours() -> None:
    today = np.full(12, 1_000_000, dtype=np.int64)
    then = today.copy()
    then[0] = 2_000_000
    table = impact_table(today, then, {"level": ["a"] * 12})
    assert table.everyone
    assert [cell.bins for cell in table.everyone.bins] == [(0,), (1,), (2, 3, 4)]
    then[:5] = 2_000_000
    split = impact_table(today, then, {"level": ["a"] * 12})
    assert split.everyone
    assert [cell.people for cell in split.everyone.bins] == [0, 0, 7, 0, 5]


def test_a_sum_that_would_disclose_one_amount_is_withheld() -> None:
    today = np.full(12, 1_000_000, dtype=np.int64)
    one_gains, many_gain = today.copy(), today + np.arange(12, dtype=np.int64) * 100_000
    one_gains[3] += 500_000
    table = impact_table(today, one_gains, {})
    assert table.everyone
    assert (table.everyone.today, table.everyone.proposed) == (12_000_000, None)
    top_seller = np.array([0] * 11 + [50_000_000], dtype=np.int64)
    assert impact_table(today, top_seller, {}).everyone.proposed is None  # type: ignore[union-attr]
    assert impact_table(today, many_gain, {}).everyone.proposed is not None  # type: ignore[union-attr]
    nearly = many_gain.copy()
    nearly[7] += 12_345
    assert impact_table(today, nearly, {}, [nearly - many_gain]).everyone.proposed is None  # type: ignore[union-attr]


def test_a_group_is_taken_back_when_all_the_others_come_too_near_another_kind() -> None:
    levels = ["x"] * 15 + ["y"] * 17
    regions = [f"alone {n}" for n in range(17)] + ["q"] * 5 + ["r"] * 5 + ["s"] * 5
    ones = np.full(32, 1_000_000, dtype=np.int64)
    table = impact_table(ones, ones, {"level": levels, "region": regions})
    assert [cell.group for cell in table.kinds["level"]] == ["x", "y"]
    # All three shown, those in none of them would be level x and two people more.
    assert [cell.group for cell in table.kinds["region"]] == ["q", "r"]


def test_bins_are_joined_where_a_group_without_a_smaller_one_would_leave_a_few() -> None:
    today = np.full(40, 1_000_000, dtype=np.int64)
    then = today.copy()
    then[[*range(5), *range(10, 14), *range(20, 30)]] *= 2
    then[[*range(5, 10), *range(14, 20), *range(30, 40)]] //= 2
    levels = ["large"] * 20 + ["other"] * 20
    regions = ["small"] * 10 + ["rest"] * 30
    table = impact_table(today, then, {"level": levels, "region": regions})
    assert {len(cell.bins) for cell in table.kinds["level"]} == {5}
    # In "large" without "small" four people gain: neither region says who gains and who loses.
    assert {len(cell.bins) for cell in table.kinds["region"]} == {1}


PEOPLE = st.lists(
    st.tuples(st.integers(80, 120), st.sampled_from("abcd"), st.sampled_from("xyz"), st.sampled_from("12")), max_size=70
)


@examples(150)
@given(PEOPLE)
def test_no_published_cell_nor_any_difference_speaks_of_a_few(people: list[tuple[int, str, str, str]]) -> None:
    today = np.full(len(people), 1_000_000, dtype=np.int64)
    then = cents(*(share * 10_000 for share, *_ in people)) if people else today
    kinds = {kind: [row[place] for row in people] for place, kind in enumerate(("level", "region", "band"), start=1)}
    table = impact_table(today, then, kinds)
    if table.everyone is None:
        assert len(people) < MIN_GROUP
        return
    masks = [np.ones(len(people), dtype=bool)]
    rows = [table.everyone.bins]
    for kind, cells in table.kinds.items():
        for cell in cells:
            masks.append(np.array([group == cell.group for group in kinds[kind]]))
            rows.append(cell.bins)
            assert cell.people == masks[-1].sum() >= MIN_GROUP
    # Whatever is added and subtracted, what is left is nobody, five people or more, or a mix of more and less.
    steps = [np.array(step) for step in product((-1, 0, 1), repeat=min(len(masks), 7))]
    stacked = np.array(masks[:7]).astype(int)
    for step in steps:
        left = step @ stacked
        if set(left.tolist()) <= {0, 1} and left.any():
            assert left.sum() >= MIN_GROUP
            used = [row for row, sign in zip(rows, step, strict=False) if sign]
            starts = sorted(set.intersection(*({one.bins[0] for one in row} for row in used)))
            for first, last in pairwise([*starts, 5]):
                inside = [sum(one.people for one in row if first <= one.bins[0] < last) for row in used]
                count = sum(sign * number for sign, number in zip([s for s in step if s], inside, strict=True))
                assert count == 0 or count >= MIN_GROUP


@examples(25)
@given(plans(), st.lists(histories(), min_size=1, max_size=5), st.integers(1, 12))
def test_chunks_change_nothing(plan, people, chunk) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    book = book_of(people)
    whole, parted = pay_batch(book, [plan], WINDOW), pay_batch(book, [plan], WINDOW, chunk=chunk)
    assert np.array_equal(whole.totals, parted.totals)
    assert np.array_equal(whole.by_element[0], parted.by_element[0])


def test_an_executor_changes_nothing() -> None:
    plan = read_plan(
        "name: A\nlevels: [{name: One, variable: $5,000, quota: $50,000}]\ncomponents: [{name: S, tiers: [{from: 0%,"
        " pays: 1x}]}]"
    )
    window = Window(month_of(date(2026, 1, 1)))
    book = book_of([History(str(n), (Deal("a", date(2026, 2, 1), 100_000 * n),)) for n in range(9)])
    with ThreadPoolExecutor(2) as executor:
        payouts = pay_batch(book, [plan, plan], window, executor=executor, chunk=2)
    assert payouts.totals.tolist() == pay_batch(book, [plan, plan], window).totals.tolist()
    assert pay_batch(book, [], window).totals.shape == (0, 9)
    assert pay_batch(book_of([]), [plan], window).totals.shape == (1, 0)


@pytest.mark.parametrize("size", [0, 1])
def test_empty_books_have_sizes(size: int) -> None:
    book = book_of([History(str(n), (Deal("a", date(2026, 2, 1), 5, amounts=(("cash", 1),)),)) for n in range(size)])
    assert (book.nbytes > 0) == bool(size)
