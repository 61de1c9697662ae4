"""Periods in the vectorized engine: periodic components and multipliers, and pay that is held back."""

from fractions import Fraction
from math import lcm

import numpy as np

from server.comp.language.ranges import SCALE
from server.comp.mechanics import caps
from server.comp.mechanics.components import YEAR_TO_DATE, Component
from server.comp.mechanics.conditions import Span, met_by
from server.comp.mechanics.multipliers import PRODUCT, Multiplier
from server.comp.mechanics.piecewise import PiecewiseLinear, piecewise_table
from server.comp.mechanics.pools import Pool
from server.comp.mechanics.quotas import Terms, worked_share
from server.comp.periods import PERIODS
from server.comp.rounding import Int64s, quotient, times, to_cents
from server.comp.vectorized.context import UNKNOWN, BookContext


def component_lines(context: BookContext, index: int) -> Int64s:
    """Return what a component pays at each month's end (reps, months), before the plan's caps."""
    component, window = context.plan.components[index], context.window
    lines = np.zeros((context.reps, window.months), dtype=np.int64)
    paid = np.zeros(context.reps, dtype=np.int64)
    for position in range(window.months):
        if position % component.measured != component.measured - 1:
            continue
        start = position // component.months * component.months
        if start + component.measured > position:
            paid = np.zeros(context.reps, dtype=np.int64)
        month = window.first_month + position
        to_date = (window.first_month + start, position - start + 1)
        if not any(context.plan.period_quotas.in_force_share(to_date[0] + offset) for offset in range(to_date[1])):
            continue
        terms_span = to_date if component.accumulates == YEAR_TO_DATE else (to_date[0], component.months)
        owed = _owed(context, index, to_date, context.terms_of_reps(index, terms_span, month))
        gate_open = context.opens(index, to_date)
        if gate_open is not None and component.gate:
            owed = np.where(gate_open, owed, times(owed, component.gate.otherwise.share))
        lines[:, position] = owed - paid
        paid = owed
    return lines if component.cap is None else _apply_cap(context, index, component, lines)


def _apply_cap(context: BookContext, index: int, component: Component, lines: Int64s) -> Int64s:
    cap = component.cap
    assert cap  # noqa: S101 - checked by the caller
    capped = np.zeros_like(lines)
    before = np.zeros(context.reps, dtype=np.int64)
    for position in range(lines.shape[1]):
        if position % cap.months == 0:
            before = np.zeros(context.reps, dtype=np.int64)
        month = context.window.first_month + position
        span = (context.window.first_month + position // cap.months * cap.months, cap.months)
        terms_index, distinct_terms = context.terms_of_reps(index, span, month)
        limit = np.array([cap.at(terms.target) for terms in distinct_terms], dtype=np.int64)[terms_index]
        capped[:, position] = caps.allowed_by(limit, before, lines[:, position])
        before = before + lines[:, position]
    return capped


def _owed(
    context: BookContext,
    index: int,
    to_date: Span,
    terms_of_reps: tuple[Int64s, list[Terms]],
) -> Int64s:
    """Return what a component owes every rep (reps,) for a period to date, before gate and cap."""
    component = context.plan.components[index]
    terms_index, distinct_terms = terms_of_reps
    if component.objectives:
        owed = np.zeros(context.reps, dtype=np.int64)
        for objective in component.objectives:
            rows = [objective.curve(terms.target).row() for terms in distinct_terms]
            owed += _owed_on_results(context.results(objective.result, to_date), terms_index, rows)
        return owed
    if component.pool:
        return _owed_of_pool(context, component, component.pool, to_date)
    if component.matrix:
        return _owed_by_matrix(context, index, to_date, terms_of_reps)
    rows = [component.row(terms) for terms in distinct_terms]
    if component.reads:
        return _owed_on_results(context.results(component.reads, to_date), terms_index, rows)
    return piecewise_table(rows).owed(context.credit_in(index, to_date), terms_index)


def _owed_of_pool(context: BookContext, component: Component, pool: Pool, to_date: Span) -> Int64s:
    """Return what a pool owes every rep (reps,); an unknown result pays nothing."""
    columns = [context.results(name, to_date).tolist() if name else [0] * context.reps for name in (pool.of, pool.by)]
    rows = list(zip(*columns, context.book.person.tolist(), strict=True))
    quotas, period = context.plan.period_quotas, (to_date[0], component.months)
    by_row = {}
    for row in set(rows):
        *results, person = row
        worked = worked_share(quotas, context.book.persons[person], period)
        result, own = (Fraction(value, SCALE) for value in results)
        by_row[row] = 0 if UNKNOWN in results else pool.owed(result, own, component.months, worked)
    return np.array([by_row[row] for row in rows], dtype=np.int64)


def _owed_on_results(values: Int64s, row: Int64s, rows: list[PiecewiseLinear]) -> Int64s:
    """Return what is owed on results (reps,), each by its row (reps,); an unknown result pays nothing."""
    is_known = values != UNKNOWN
    owed = piecewise_table(rows).owed(np.where(is_known, values, 0), row)
    return np.where(is_known, owed, 0)


def _owed_by_matrix(
    context: BookContext,
    index: int,
    to_date: Span,
    terms_of_reps: tuple[Int64s, list[Terms]],
) -> Int64s:
    """Return what a matrix owes every rep (reps,): the cell of the highest row and column reached."""
    matrix = context.plan.components[index].matrix
    assert matrix  # noqa: S101 - checked by the caller
    context.asking = index
    year_start = context.window.first_month
    row, column = (
        np.sum(
            [met_by((condition,), context, to_date, year_start) for condition in axis.conditions()],
            axis=0,
        )
        - 1
        for axis in (matrix.rows, matrix.columns)
    )
    terms_index, distinct_terms = terms_of_reps
    cells = np.array(
        [
            [[to_cents(share * terms.target) for share in row_shares] for row_shares in matrix.pays]
            for terms in distinct_terms
        ],
        dtype=np.int64,
    )
    cents = cells[terms_index, np.maximum(row, 0), np.maximum(column, 0)]
    return np.where((row >= 0) & (column >= 0), cents, 0)


def multiplied(context: BookContext, group: list[tuple[int, Multiplier]], earned: Int64s) -> list[Int64s]:
    """Return what each multiplier of a group adds at month ends to what was `earned` (reps, months).

    `group` holds indexes and multipliers of one period and the same components; each adds to the one before.
    """
    length, window, plan = PERIODS[group[0][1].over], context.window, context.plan
    added = [np.zeros_like(earned) for _ in group]
    for position in range(length - 1, window.months, length):
        period = (window.first_month + position - length + 1, length)
        total = earned[:, position - length + 1 : position + 1].sum(axis=1)
        top, bottom, before = np.ones_like(total), 1, total
        for (_, multiplier), amounts in zip(group, added, strict=True):
            numerators, denominator = _factors(context, multiplier, period)
            if plan.combine == PRODUCT:
                top = top * numerators
            else:
                top = top * denominator + (numerators - denominator) * bottom
            bottom *= denominator
            after = limited(total, top, bottom, plan.multipliers_at_most)
            amounts[:, position] = after - before
            before = after
    return added


def _factors(context: BookContext, multiplier: Multiplier, period: Span) -> tuple[Int64s, int]:
    """Return every rep's factor at the end of a period: numerators (reps,) and their common denominator."""
    context.asking = context.plan.component(multiplier.to[0]) if multiplier.to else 0
    tests = multiplier.tests()
    denominator = lcm(*(factor.denominator for _, factor in tests))
    numerators = np.full(context.reps, denominator, dtype=np.int64)
    is_undecided = np.ones(context.reps, dtype=np.bool_)
    for conditions, factor in tests:
        is_met = met_by(conditions, context, period, context.window.first_month) & is_undecided
        numerators[is_met] = int(factor * denominator)
        is_undecided &= ~is_met
    return numerators, denominator


def limited(amounts: Int64s, top: Int64s, bottom: int, most: Fraction | None) -> Int64s:
    """Return amounts (n,) times the factor top (n,) / bottom, or times `most` where that is less."""
    multiplied_amounts = quotient(amounts, top, bottom)
    if most is None:
        return multiplied_amounts
    is_over = top * most.denominator > most.numerator * bottom
    return np.where(is_over, times(amounts, most), multiplied_amounts)


def retained(context: BookContext, index: int, earned: Int64s) -> Int64s:
    """Return what is held back (negative) and released again at each month's end (reps, months)."""
    component, window = context.plan.components[index], context.window
    changes = np.zeros_like(earned)
    held_before = earned_to_date = np.zeros(context.reps, dtype=np.int64)
    for position in range(window.months):
        month_of_period = position % component.months
        if month_of_period == 0:
            held_before = earned_to_date = np.zeros(context.reps, dtype=np.int64)
        earned_to_date = earned_to_date + earned[:, position]
        held = np.zeros(context.reps, dtype=np.int64)
        if month_of_period < len(component.advances):
            span = (window.first_month + position - month_of_period, component.months)
            terms_index, distinct_terms = context.terms_of_reps(index, span, window.first_month + position)
            share = component.advances[month_of_period]
            limits = np.array([to_cents(share * terms.target) for terms in distinct_terms], dtype=np.int64)
            held = np.maximum(earned_to_date - limits[terms_index], 0)
        changes[:, position] = held_before - held
        held_before = held
    return changes
