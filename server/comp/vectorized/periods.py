"""The fast path for periods: components that pay at a period's end, multipliers tested then, and what is held back."""

from fractions import Fraction
from math import lcm

import numpy as np

from server.comp.mechanics import caps
from server.comp.mechanics.components import YEAR_TO_DATE, Component
from server.comp.mechanics.conditions import Span, met_by
from server.comp.mechanics.curves import Curve
from server.comp.mechanics.multipliers import PRODUCT, Multiplier
from server.comp.mechanics.objectives import Objective
from server.comp.mechanics.quotas import Terms
from server.comp.periods import PERIODS
from server.comp.piecewise import PiecewiseLinear, piecewise_table
from server.comp.rounding import Int64s, quotient, times, to_cents
from server.comp.vectorized.context import UNKNOWN, BookContext


def component_lines(world: BookContext, index: int) -> Int64s:
    """Return what a component pays at each month's end (reps, months), before the plan's caps."""
    component, window = world.plan.components[index], world.window
    lines = np.zeros((world.reps, window.months), dtype=np.int64)
    paid = np.zeros(world.reps, dtype=np.int64)
    for place in range(window.months):
        if place % component.measured != component.measured - 1:
            continue
        start = place // component.months * component.months
        if start + component.measured > place:
            paid = np.zeros(world.reps, dtype=np.int64)
        month = window.first_month + place
        so_far = (window.first_month + start, place - start + 1)
        whole = so_far if component.accumulates == YEAR_TO_DATE else (so_far[0], component.months)
        owed = _owed(world, index, component, so_far, whole, month)
        opens = world.opens(index, so_far)
        if opens is not None and component.gate:
            owed = np.where(opens, owed, times(owed, component.gate.otherwise.share))
        lines[:, place] = owed - paid
        paid = owed
    return lines if component.cap is None else _capped(world, index, component, lines)


def _capped(world: BookContext, index: int, component: Component, lines: Int64s) -> Int64s:
    cap = component.cap
    assert cap  # noqa: S101 - asked by the caller
    fits = np.zeros_like(lines)
    before = np.zeros(world.reps, dtype=np.int64)
    for place in range(lines.shape[1]):
        if place % cap.months == 0:
            before = np.zeros(world.reps, dtype=np.int64)
        month = world.window.first_month + place
        span = (world.window.first_month + place // cap.months * cap.months, cap.months)
        of, every = world.terms_of_reps(index, span, month)
        limit = np.array([cap.at(terms.target) for terms in every], dtype=np.int64)[of]
        fits[:, place] = caps.allowed_by(limit, before, lines[:, place])
        before = before + lines[:, place]
    return fits


def _owed(world: BookContext, index: int, component: Component, so_far: Span, whole: Span, month: int) -> Int64s:
    of, every = world.terms_of_reps(index, whole, month)
    if component.objectives:
        owed = np.zeros(world.reps, dtype=np.int64)
        for objective in component.objectives:
            owed += _paid(world.results(objective.result, so_far), of, [one.row() for one in _scored(objective, every)])
        return owed
    if component.matrix:
        return _matrix(world, index, component, so_far, of, every)
    if component.reads:
        return _paid(world.results(component.reads, so_far), of, [component.row(terms) for terms in every])
    rows = piecewise_table([component.row(terms) for terms in every])
    return rows.owed(world.credit_in(index, so_far), of)


def _scored(objective: Objective, every: list[Terms]) -> list[Curve]:
    return [objective.curve(terms.target) for terms in every]


def _paid(values: Int64s, of: Int64s, rows: list[PiecewiseLinear]) -> Int64s:
    """Return what results (reps,) are paid; what is not known is nothing."""
    known = values != UNKNOWN
    owed = piecewise_table(rows).owed(np.where(known, values, 0), of)
    return np.where(known, owed, 0)


def _matrix(
    world: BookContext, index: int, component: Component, so_far: Span, of: Int64s, every: list[Terms]
) -> Int64s:
    matrix = component.matrix
    assert matrix  # noqa: S101 - asked by the caller
    world.asking = index
    start = world.window.first_month
    row, column = (
        np.sum([met_by((c,), world, so_far, start) for c in side.conditions()], axis=0) - 1
        for side in (matrix.rows, matrix.columns)
    )
    cells = np.array(
        [[[to_cents(share * terms.target) for share in cells] for cells in matrix.pays] for terms in every],
        dtype=np.int64,
    )
    cents = cells[of, np.maximum(row, 0), np.maximum(column, 0)]
    return np.where((row >= 0) & (column >= 0), cents, 0)


def multiplied(world: BookContext, group: list[tuple[int, Multiplier]], earned: Int64s) -> list[Int64s]:
    """Return what each multiplier of one period adds at month ends (reps, months) to what was earned (reps, months)."""
    length, window, plan = PERIODS[group[0][1].over], world.window, world.plan
    added = [np.zeros_like(earned) for _ in group]
    for place in range(length - 1, window.months, length):
        period = (window.first_month + place - length + 1, length)
        whole = earned[:, place - length + 1 : place + 1].sum(axis=1)
        top, bottom, before = np.ones_like(whole), 1, whole
        for (_, multiplier), amounts in zip(group, added, strict=True):
            factor, over = _tested(world, multiplier, period)
            top = top * factor if plan.combine == PRODUCT else top * over + (factor - over) * bottom
            bottom *= over
            after = limited(whole, top, bottom, plan.multipliers_at_most)
            amounts[:, place] = after - before
            before = after
    return added


def _tested(world: BookContext, multiplier: Multiplier, period: Span) -> tuple[Int64s, int]:
    """Return everybody's factor at the end of a period as numerators (reps,) over one denominator."""
    world.asking = world.plan.component(multiplier.to[0]) if multiplier.to else 0
    tests = multiplier.tests()
    over = lcm(*(factor.denominator for _, factor in tests))
    found = np.full(world.reps, over, dtype=np.int64)
    open_ = np.ones(world.reps, dtype=np.bool_)
    for conditions, factor in tests:
        holds = met_by(conditions, world, period, world.window.first_month) & open_
        found[holds] = int(factor * over)
        open_ &= ~holds
    return found, over


def limited(amounts: Int64s, top: Int64s, bottom: int, most: Fraction | None) -> Int64s:
    """Return amounts times top / bottom, or times the limit where that is less."""
    whole = quotient(amounts, top, bottom)
    if most is None:
        return whole
    return np.where(top * most.denominator > most.numerator * bottom, times(amounts, most), whole)


def held_back(world: BookContext, index: int, earned: Int64s) -> Int64s:
    """Return what is held back (negative) and released again at each month's end (reps, months)."""
    component, window = world.plan.components[index], world.window
    changes = np.zeros_like(earned)
    before = running = np.zeros(world.reps, dtype=np.int64)
    for place in range(window.months):
        number = place % component.months
        if number == 0:
            before = running = np.zeros(world.reps, dtype=np.int64)
        running = running + earned[:, place]
        held = np.zeros(world.reps, dtype=np.int64)
        if number < len(component.advances):
            span = (window.first_month + place - number, component.months)
            of, every = world.terms_of_reps(index, span, window.first_month + place)
            most = np.array([to_cents(component.advances[number] * t.target) for t in every], dtype=np.int64)[of]
            held = np.maximum(running - most, 0)
        changes[:, place] = before - held
        before = held
    return changes
