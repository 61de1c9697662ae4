"""The promotion path: what each level is paid, and which level a rep holds in each month."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, Int32s, Window
from server.comp.history import History, LevelSince
from server.comp.language.declarations import PERCENT, Choices, ListOf, Nested, declare, text
from server.comp.mechanics import milestones
from server.comp.mechanics.milestones import Milestones
from server.comp.period_index import PeriodIndex
from server.comp.periods import PERIOD_AMOUNT, YEARLY_AMOUNT, PeriodAmount
from server.comp.rounding import divided, to_cents

MAX_LEVELS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentQuota:
    """The quota of a level for one component."""

    component: str = declare(text(60))
    quota: PeriodAmount = declare(PERIOD_AMOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The yearly terms of a level in cents; its rate is variable / quota, kept as an exact fraction."""

    name: str = declare(text(60))
    base: int = declare(YEARLY_AMOUNT, 0, doc="Yearly unless a period is stated.")
    variable: int = declare(YEARLY_AMOUNT, 0, doc="Yearly unless a period is stated.")
    allowance: PeriodAmount = declare(
        PERIOD_AMOUNT,
        PeriodAmount(0),
        key="quota",
        doc="Yearly unless a period is stated; `team` is the team's sum.",
    )
    rate: Fraction | None = declare(PERCENT, None, doc="What 1x pays; variable / quota unless stated.")
    quotas: tuple[ComponentQuota, ...] = declare(ListOf(ComponentQuota, 20), ())
    reached_at: Milestones | None = declare(Nested(Milestones), None)
    also_for: tuple[str, ...] = declare(
        Choices(text(60)), (), doc="Levels that people hold under another plan and that are paid as this one."
    )

    own_quota_factor: Fraction | None = Fraction(1)
    """By what a person's own quota is multiplied at this level; None if it does not count. Not a term of the plan."""

    @property
    def names(self) -> tuple[str, ...]:
        """The level's name, and the other levels that are paid as this one."""
        return self.name, *self.also_for

    @property
    def quota(self) -> int:
        """Return the quota of a year in cents."""
        return to_cents(self.allowance.yearly(is_money=True))

    @property
    def own_rate(self) -> Fraction:
        """Return what 1x pays at this level, exactly; 0 if the quota is 0."""
        if self.rate is not None:
            return self.rate
        return Fraction(self.variable, self.quota) if self.quota else Fraction(0)

    def base_in(self, month_of_year: int) -> int:
        """Return the base pay in cents of one month (0 to 11) of the year."""
        return monthly(self.base, month_of_year)


def monthly(yearly: int, month_of_year: int) -> int:
    """Return the part of a yearly amount in one month (0 to 11).

    It is the increase of the rounded running total, so twelve months add up exactly.
    """
    before = divided(yearly * month_of_year, MONTHS_IN_YEAR)
    return divided(yearly * (month_of_year + 1), MONTHS_IN_YEAR) - before


def assigned(levels: Sequence[Level], assignments: Sequence[LevelSince], month: int) -> int:
    """Return the index of the level assigned to a rep for a month.

    A level is matched by name; if the plan has no level of that name, the level of the same rank is used, and
    the first level if there is no rank. `unmatched` tells where that happened.
    """
    if not assignments:
        return 0
    current = held(assignments, month)
    index = index_of(levels, current.name)
    return min(current.rank or 0, len(levels) - 1) if index is None else index


def held(assignments: Sequence[LevelSince], month: int) -> LevelSince:
    """Return the level that was assigned for a month; before the first assignment it is the first one."""
    past = [current for current in assignments if current.first_month <= month]
    return past[-1] if past else assignments[0]


def index_of(levels: Sequence[Level], name: str) -> int | None:
    """Return the index of the level that pays a level of this name, or None."""
    folded = name.casefold()
    return next((n for n, level in enumerate(levels) if folded in map(str.casefold, level.names)), None)


def unmatched(
    levels: Sequence[Level], assignments: Sequence[LevelSince], window: Window, *, is_in_force: bool = False
) -> LevelSince | None:
    """Return the last level held in the window that the plan does not name, or None.

    A proposed plan with one level pays every rep at that level, whatever their levels are called. A plan in force
    says what people are paid now, so that it must name the levels that they hold.
    """
    pays_everyone = len(levels) == 1 and not is_in_force
    if not assignments or (pays_everyone and not any(assignment.needs_own_name for assignment in assignments)):
        return None
    months = range(window.last_month, window.first_month - 1, -1)
    return next(
        (
            current
            for current in (held(assignments, month) for month in months)
            if index_of(levels, current.name) is None
        ),
        None,
    )


def promotes(levels: Sequence[Level]) -> bool:
    """Return whether the plan promotes reps by milestones."""
    return any(level.reached_at for level in levels)


def of_history(levels: Sequence[Level], history: History, window: Window) -> dict[int, int]:
    """Return the level index of each month from the first deal to the end of the window.

    Before the window these are the levels that were held. In the window, a plan with milestones starts from
    the level held in the first month; a milestone met at the end of a month brings the next level from the
    following month on.
    """
    first = min([window.first_month, *(window.calendar.month_of(deal.signed) for deal in history.deals)])
    indexes = {month: assigned(levels, history.levels, month) for month in range(first, window.last_month + 1)}
    if promotes(levels):
        for month in range(window.first_month, window.last_month):
            next_level = indexes[month] + 1
            needed = levels[next_level].reached_at if next_level < len(levels) else None
            indexes[month + 1] = (
                next_level if needed and needed.met(history, month, window.calendar) else indexes[month]
            )
    return indexes


def of_book(levels: Sequence[Level], index: PeriodIndex) -> Int32s | None:
    """Return the level indexes (reps, months) up to the end of the window, as `of_history` does.

    Returns None if the plan has one level only.
    """
    if len(levels) == 1:
        return None
    book = index.book
    by_career = np.zeros((len(book.careers), index.columns), dtype=np.int32)
    for career, assignments in enumerate(book.careers):
        for number, assignment in enumerate(assignments):
            start = 0 if number == 0 else max(assignment.first_month - index.first, 0)
            by_career[career, start:] = assigned(levels, assignments, assignment.first_month)
    indexes: Int32s = by_career[book.career]
    if promotes(levels):
        _promote(levels, indexes, index)
    return indexes


def _promote(levels: Sequence[Level], indexes: Int32s, index: PeriodIndex) -> None:
    """Promote every rep month by month in the window; changes `indexes` (reps, months) in place."""
    standing = milestones.milestone_standing(index)
    met = np.zeros((len(levels) + 1, *indexes.shape), dtype=np.bool_)
    for level_index, level in enumerate(levels[1:]):
        if level.reached_at:
            met[level_index] = level.reached_at.met_by(standing)
    start = index.window.first_month - index.first
    reps = np.arange(indexes.shape[0])
    for column in range(start, index.columns - 1):
        indexes[:, column + 1] = indexes[:, column] + met[indexes[:, column], reps, column]
