"""Selections from a book keep every fact of their deals, and credit memos keep the deal that they take back."""

from dataclasses import replace
from datetime import date

import numpy as np

from server.comp import History, Window, read_plan
from server.comp.book import NO_DEAL, book_of
from server.comp.book_selection import select, slice_reps
from server.comp.history import Deal
from server.comp.vectorized.pay import pay

PLAN = read_plan("""\
name: P
year: 2026-01
levels: [{name: AE, variable: $50,000, quota: $500,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}, {from: 50%, pays: 2x}]}]
""")
WINDOW = Window(PLAN.year)


def histories() -> list[History]:
    """Return seven reps with three to nine deals, each with a memo that takes back a third of the first."""
    people = []
    for rep in range(7):
        deals = [
            Deal(f"D{rep}-{number}", date(2026, 1 + number, 5), 4_000_000 + 700_000 * rep + 100_000 * number)
            for number in range(3 + rep)
        ]
        memo = Deal(f"M{rep}", date(2026, 11, 3), -deals[0].arr // 3, refund_of=deals[0].id)
        people.append(History(f"rep {rep}", (*deals, memo)))
    return people


def test_a_slice_of_reps_pays_what_the_whole_book_pays_them() -> None:
    book = book_of(histories())
    whole = pay(book, PLAN, WINDOW).totals
    for first in range(7):
        for last in range(first + 1, 8):
            assert pay(slice_reps(book, first, last), PLAN, WINDOW).totals.tolist() == whole[first:last].tolist()


def test_deals_that_are_selected_pay_as_if_no_others_had_been_there() -> None:
    people = histories()
    book = book_of(people)
    # Every rep twice, in the opposite order, each time without the last deal but the memo.
    chosen, reps, expected = [], [], []
    for number, rep in enumerate([*range(6, -1, -1)] * 2):
        mine = np.flatnonzero(book.rep == rep)
        memo = book.refund_of[mine] != NO_DEAL
        kept = mine[memo | (mine != mine[~memo][-1])]
        chosen += kept.tolist()
        reps += [number] * kept.size
        deals = people[rep].deals
        expected.append(replace(people[rep], deals=(*deals[:-2], deals[-1])))
    selected = select(book, np.array(chosen), np.array(reps, dtype=np.int32), 14, np.zeros(14, dtype=np.int32))
    assert pay(selected, PLAN, WINDOW).totals.tolist() == pay(book_of(expected), PLAN, WINDOW).totals.tolist()
    refunded = selected.refund_of[selected.refund_of != NO_DEAL]
    assert (selected.rep[refunded] == selected.rep[selected.refund_of != NO_DEAL]).all()


def test_a_memo_whose_deal_is_not_selected_takes_back_nothing_of_another() -> None:
    people = histories()
    book = book_of(people)
    without_first = np.array([deal for deal in range(book.arr.size) if deal not in set(book.refund_of.tolist())])
    selected = select(book, without_first, book.rep[without_first], len(people), np.arange(len(people), dtype=np.int32))
    assert (selected.refund_of == NO_DEAL).all()
