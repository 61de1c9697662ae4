"""What the vectorized engine pays by month and not for deals: base pay, and corrections by hand."""

from functools import lru_cache

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, Window
from server.comp.history import Person
from server.comp.mechanics.levels import monthly
from server.comp.mechanics.quotas import employed_share
from server.comp.plan import Plan
from server.comp.rounding import Int64s, times
from server.comp.vectorized.context import BookContext


@lru_cache(maxsize=512)
def _base_by_level(plan: Plan, months: int) -> Int64s:
    """Return the base pay of every level and month (levels, months)."""
    base = [[level.base_in(month % MONTHS_IN_YEAR) for month in range(months)] for level in plan.levels]
    return np.array(base, dtype=np.int64)


def base_pay(context: BookContext) -> Int64s:
    """Return the base pay of every rep and month (reps, months) in cents."""
    book, window = context.book, context.window
    by_level, held = _base_by_level(context.plan, window.months), context.held
    if held is None:
        base = np.empty((book.reps, window.months), dtype=np.int64)
        base[:] = by_level[0]
    else:
        columns = window.first_month - context.period_index.first
        base = by_level[held[:, columns:], np.arange(window.months)]
    for index, person in enumerate(book.persons):
        if person.adjustments or person.started or person.left:
            reps = book.person == index
            base[reps] = _adjusted_base(person, base[reps], window)
    quotas = context.plan.period_quotas
    if not quotas.is_all_year:
        for position in range(window.months):
            base[:, position] = times(base[:, position], quotas.in_force_share(window.first_month + position))
    return base


def _adjusted_base(person: Person, base: Int64s, window: Window) -> Int64s:
    """Return the base (reps, months) of the reps of a person with own terms, for the days they were employed."""
    adjusted = base.copy()
    for position in range(window.months):
        month = window.first_month + position
        for adjustment in person.adjustments:
            if adjustment.base is not None and adjustment.covers(month):
                adjusted[:, position] = monthly(adjustment.base, position % MONTHS_IN_YEAR)
        adjusted[:, position] = times(adjusted[:, position], employed_share(person, month, window.calendar))
    return adjusted


def add_corrections(context: BookContext, amounts: Int64s) -> None:
    """Add what was corrected by hand to amounts (reps, months), in the months of its days."""
    for index, person in enumerate(context.book.persons):
        for correction in person.corrections:
            position = context.window.index_of(correction.day)
            if position is not None:
                amounts[context.book.person == index, position] += correction.cents
