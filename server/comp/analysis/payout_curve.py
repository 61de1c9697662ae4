"""Payout curves: a year at many attainments in one call; and what one more deal pays."""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from server.comp.calendar import Window
from server.comp.history import Book, Deal, History, book_of, select
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s, quotient, times
from server.comp.vectorized.pay import pay

POINTS = 401
SWEEP = tuple(Fraction(step, 200) for step in range(POINTS))
"""Attainments of the full payout curve: 0 % to 200 % in steps of half a percent."""
_COARSE_STEP, _BETWEEN = 10, (3, 7)
"""So many steps of the full curve lie between two points that are always paid, and which of those between are too."""
_FIRST = [place + step for place in range(0, POINTS - 1, _COARSE_STEP) for step in (0, *_BETWEEN)] + [POINTS - 1]
SPARSE = tuple(SWEEP[place] for place in _FIRST)
"""The attainments that are paid before it is known where a curve bends."""
_WIDTHS = 1000
"""A bend is worth more points from so small a part of a curve's height on."""
_MIN_JUMP, _STEEP = 10_000, 4
"""A jump is worth a word from so many cents and so many usual steps on."""
_SMALL = 2**31
"""Factors whose common fraction has smaller numbers than this are multiplied with all amounts at once."""


def at_attainment(book: Book, attained: Fraction, shares: Sequence[Fraction]) -> Book:
    """Return a book of copies of the first rep: the first has its deals as they are, the others attain those shares.

    `attained` is what it attains now; every amount of a copy is scaled alike.
    """
    copies, size = 1 + len(shares), book.arr.size
    places = np.tile(np.arange(size, dtype=np.int64), copies)
    copied = select(book, places, np.repeat(np.arange(copies, dtype=np.int32), size), copies)

    parts = math.lcm(*(share.denominator for share in shares))
    tops = [share.numerator * (parts // share.denominator) * attained.denominator for share in shares]
    common = parts * attained.numerator
    reduced = math.gcd(common, *tops)
    common, tops = common // reduced, [common // reduced, *(top // reduced for top in tops)]
    alike = max(tops) < _SMALL

    def grown(amounts: Int64s) -> Int64s:
        if alike:
            return quotient(np.tile(amounts, copies), np.repeat(np.array(tops, dtype=np.int64), size), common)
        return np.concatenate([times(amounts, Fraction(top, common)) for top in tops])

    return replace(
        copied,
        arr=grown(book.arr),
        amounts={name: (grown(amount), np.tile(stated, copies)) for name, (amount, stated) in book.amounts.items()},
        frames={},
    )


def payout_curve(
    book: Book, plans: Sequence[Plan], window: Window, attained: Fraction, at: Sequence[Fraction] = SWEEP
) -> list[Int64s]:
    """Return for each plan the cents (points,) that the first rep's year pays at each attainment.

    `attained` is the attainment the year has; every amount is scaled alike.
    """
    swept = at_attainment(book, attained, at)
    found = [pay(swept, plan, window).totals[1:] for plan in plans]
    swept.frames.clear()  # a large book and what was gathered of it hold each other: let both go at once
    return found


def refine_grid(
    book: Book, plans: Sequence[Plan], window: Window, attained: Fraction, found: list[Int64s]
) -> tuple[tuple[Fraction, ...], list[Int64s]]:
    """Return attainments of `SWEEP`, and for each plan the cents at them: enough to draw the curves straight between.

    `found` are the cents of each plan at `SPARSE`: every five percent and two points between. Every half percent is
    paid too in a step in which a curve does not pass those two straight, or crosses the first plan's. Of stairs that
    are finer than those points some may be drawn as a slope.
    """
    bent = np.logical_or.reduce([_bends(pays, book.arr.size) | _crosses(found[0], pays) for pays in found])
    places = [
        start * _COARSE_STEP + step
        for start in bent.nonzero()[0].tolist()
        for step in range(1, _COARSE_STEP)
        if step not in _BETWEEN
    ]
    known = np.array(_FIRST + places)
    if places:
        more = payout_curve(book, plans, window, attained, [SWEEP[place] for place in places])
        found = [np.concatenate([few, fine]) for few, fine in zip(found, more, strict=True)]
    order = known.argsort()
    return tuple(SWEEP[place] for place in known[order].tolist()), [pays[order] for pays in found]


def _bends(pays: Int64s, deals: int) -> Bools:
    """Say of every step whether the curve leaves the straight line between its ends at one of the points between."""
    ends = pays[:: len(_BETWEEN) + 1]
    rise = np.diff(ends)
    usual = int(np.median(np.abs(rise))) // _COARSE_STEP
    jump = max(_MIN_JUMP, _STEEP * usual) // _STEEP  # one that is worth a word moves a point between by more
    slack = max(min(int(ends.max() - ends.min()) // _WIDTHS, jump), deals)  # every deal is rounded by itself
    found = np.zeros(rise.size, dtype=np.bool_)
    for place, step in enumerate(_BETWEEN, 1):
        between = pays[place :: len(_BETWEEN) + 1]
        found |= np.abs(_COARSE_STEP * (between - ends[:-1]) - step * rise) > _COARSE_STEP * slack
    return found


def _crosses(one: Int64s, other: Int64s) -> Bools:
    """Say of every step whether two curves (points,) change places inside."""
    changed = np.diff(np.sign(other - one)) != 0
    found: Bools = changed.reshape(-1, len(_BETWEEN) + 1).any(axis=1)
    return found


def next_deal(history: History, plan: Plan, window: Window, deal: Deal) -> tuple[int, tuple[int, ...]]:
    """Return what one more deal adds to a rep's pay: cents in all, and by month of the window."""
    book = book_of([history, replace(history, deals=(*history.deals, deal))])
    by_month = pay(book, plan, window).by_month
    added = by_month[1] - by_month[0]
    return int(added.sum()), tuple(int(cents) for cents in added)
