"""Payout curves: what a year pays at many attainments; and what one more deal pays."""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from server.comp.book import Book, book_of
from server.comp.book_selection import select
from server.comp.calendar import Window, day_of
from server.comp.history import Deal, History
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s, quotient, times
from server.comp.vectorized.pay import pay

POINTS = 401
SWEEP = tuple(Fraction(step, 200) for step in range(POINTS))
"""The attainments of the full payout curve: 0 % to 200 % in steps of half a percent."""
_COARSE_STEP, _PROBES = 10, (3, 7)
"""The steps of the full curve in one coarse step, and those inside it that are always paid."""
_SPARSE_STEPS = [start + step for start in range(0, POINTS - 1, _COARSE_STEP) for step in (0, *_PROBES)] + [
    POINTS - 1,
]
SPARSE = tuple(SWEEP[step] for step in _SPARSE_STEPS)
"""The attainments that are paid first, to find out where a curve bends."""
_HEIGHT_PARTS = 1000
"""A deviation of less than one part of a curve's height in so many is not drawn."""
_MIN_JUMP, _STEEPNESS = 10_000, 4
"""A jump is marked from so many cents and so many usual steps on; see `curve_features`."""
_SMALL = 2**31
"""Factors below this cannot overflow, so that all amounts are scaled at once."""


def at_attainment(book: Book, attained: Fraction, shares: Sequence[Fraction], window: Window) -> Book:
    """Return a book of copies of a book's only rep: the original, then one that attains each of `shares`.

    `attained` is the attainment of the rep's own deals in the window, so amounts of a copy are scaled by share /
    attained. Running totals of the window are scaled, so that the total attains the share to the cent. All factors are
    numerators over one denominator.
    """
    copies, size = 1 + len(shares), book.arr.size
    deals = np.tile(np.arange(size, dtype=np.int64), copies)
    copied = select(book, deals, np.repeat(np.arange(copies, dtype=np.int32), size), copies)

    parts = math.lcm(*(share.denominator for share in shares))
    numerators = [share.numerator * (parts // share.denominator) * attained.denominator for share in shares]
    denominator = parts * attained.numerator
    divisor = math.gcd(denominator, *numerators)
    denominator //= divisor
    numerators = [denominator, *(numerator // divisor for numerator in numerators)]
    is_small = max(numerators) < _SMALL

    first = int(np.searchsorted(book.signed, day_of(window.calendar.first_day(window.first_month))))

    def scaled(amounts: Int64s) -> Int64s:
        if not size:
            return amounts
        totals = np.concatenate([amounts[:first].cumsum(), amounts[first:].cumsum()])
        if is_small:
            factors = np.repeat(np.array(numerators, dtype=np.int64), size)
            totals = quotient(np.tile(totals, copies), factors, denominator)
        else:
            totals = np.concatenate([times(totals, Fraction(numerator, denominator)) for numerator in numerators])
        before = np.roll(totals, 1).reshape(copies, size)
        before[:, [0, first] if first < size else [0]] = 0
        difference: Int64s = totals - before.reshape(-1)
        return difference

    amounts = {
        name: (scaled(cents_or_units), np.tile(stated, copies))
        for name, (cents_or_units, stated) in book.amounts.items()
    }
    return replace(
        copied,
        arr=scaled(book.arr),
        amounts=amounts,
        period_indexes={},
    )


def payout_curve(
    book: Book,
    plans: Sequence[Plan],
    window: Window,
    attained: Fraction,
    at: Sequence[Fraction] = SWEEP,
) -> list[Int64s]:
    """Return for each plan the cents (points,) that the first rep's year pays at each attainment.

    `attained` is the attainment of the year as it is; amounts are scaled from it.
    """
    copies = at_attainment(book, attained, at, window)
    curves = [pay(copies, plan, window).totals[1:] for plan in plans]
    copies.period_indexes.clear()  # a large book and its cached index refer to each other: free both at once
    return curves


def refine_grid(
    book: Book,
    plans: Sequence[Plan],
    window: Window,
    attained: Fraction,
    sparse: list[Int64s],
) -> tuple[tuple[Fraction, ...], list[Int64s]]:
    """Return attainments of `SWEEP`, and for each plan the cents at them.

    They are enough points to draw the curves with straight lines between. `sparse` are the cents of each
    plan at `SPARSE`: every five percent, and two probes inside each of these coarse steps. A coarse step is
    paid at every half percent if a curve is not straight at the probes, or crosses that of the first plan.
    Stairs finer than the probes may be drawn as a slope.
    """
    needs_detail = np.logical_or.reduce(
        [_is_bent(pays, book.arr.size) | _crosses(sparse[0], pays) for pays in sparse],
    )
    detail_steps = [
        start * _COARSE_STEP + step
        for start in needs_detail.nonzero()[0].tolist()
        for step in range(1, _COARSE_STEP)
        if step not in _PROBES
    ]
    steps = np.array(_SPARSE_STEPS + detail_steps)
    curves = sparse
    if detail_steps:
        detail = payout_curve(book, plans, window, attained, [SWEEP[step] for step in detail_steps])
        curves = [np.concatenate([few, more]) for few, more in zip(sparse, detail, strict=True)]
    order = steps.argsort()
    return tuple(SWEEP[step] for step in steps[order].tolist()), [pays[order] for pays in curves]


def _is_bent(pays: Int64s, deals: int) -> Bools:
    """Return for each coarse step whether a curve leaves the straight line between its ends at a probe.

    `pays` are the cents at `SPARSE`. With d cents of tolerance, the curve is straight where
    |(probe - start) - rise x step / _COARSE_STEP| <= d.
    """
    ends = pays[:: len(_PROBES) + 1]
    rise = np.diff(ends)
    usual_rise = int(np.median(np.abs(rise))) // _COARSE_STEP
    # A jump that is marked moves a probe by more than this.
    marked_jump = max(_MIN_JUMP, _STEEPNESS * usual_rise) // _STEEPNESS
    # Every deal is rounded on its own, so rounding can move a point by up to a cent a deal.
    tolerance = max(min(int(ends.max() - ends.min()) // _HEIGHT_PARTS, marked_jump), deals)
    is_bent = np.zeros(rise.size, dtype=np.bool_)
    for position, step in enumerate(_PROBES, 1):
        probe = pays[position :: len(_PROBES) + 1]
        is_bent |= np.abs(_COARSE_STEP * (probe - ends[:-1]) - step * rise) > _COARSE_STEP * tolerance
    return is_bent


def _crosses(first: Int64s, second: Int64s) -> Bools:
    """Return for each coarse step whether two curves at `SPARSE` (points,) cross in it."""
    sign_changes = np.diff(np.sign(second - first)) != 0
    crosses: Bools = sign_changes.reshape(-1, len(_PROBES) + 1).any(axis=1)
    return crosses


def next_deal(history: History, plan: Plan, window: Window, deal: Deal) -> tuple[int, tuple[int, ...]]:
    """Return what one more deal adds to a rep's pay in cents: the total, and by month of the window."""
    book = book_of([history, replace(history, deals=(*history.deals, deal))])
    by_month = pay(book, plan, window).by_month
    added = by_month[1] - by_month[0]
    return int(added.sum()), tuple(int(cents) for cents in added)
