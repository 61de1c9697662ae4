"""The promotion path: what each level is paid, and which level a rep holds in which month."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, Int32s, Window, month_of
from server.comp.history import History, LevelSince
from server.comp.language.declarations import MONEY, PERCENT, ListOf, Nested, declare, text
from server.comp.mechanics import milestones
from server.comp.mechanics.milestones import Milestones
from server.comp.period_index import PeriodIndex
from server.comp.periods import PERIOD_AMOUNT, PeriodAmount
from server.comp.rounding import divided, to_cents

MAX_LEVELS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentQuota:
    """A level's own quota for one component."""

    component: str = declare(text(60))
    quota: PeriodAmount = declare(PERIOD_AMOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level's yearly terms in cents; the rate is variable / quota, kept as a quotient."""

    name: str = declare(text(60))
    base: int = declare(MONEY, 0)
    variable: int = declare(MONEY, 0)
    allowance: PeriodAmount = declare(
        PERIOD_AMOUNT, PeriodAmount(0), key="quota", doc="Yearly, or with a period; `team` sums it up."
    )
    rate: Fraction | None = declare(PERCENT, None, doc="What 1x means; variable / quota unless stated.")
    quotas: tuple[ComponentQuota, ...] = declare(ListOf(ComponentQuota, 20), ())
    reached_at: Milestones | None = declare(Nested(Milestones), None)

    @property
    def quota(self) -> int:
        """The quota of a year in cents."""
        return to_cents(self.allowance.yearly(is_money=True))

    @property
    def own_rate(self) -> Fraction:
        """What 1x means at this level; nothing can be derived from a quota of 0."""
        if self.rate is not None:
            return self.rate
        return Fraction(self.variable, self.quota) if self.quota else Fraction(0)

    def base_in(self, month_of_year: int) -> int:
        """Return the base of one month (0 to 11) of the year: a month pays the increase of the rounded total."""
        return monthly(self.base, month_of_year)


def monthly(yearly: int, month_of_year: int) -> int:
    """Return what one month (0 to 11) has of a yearly amount: the increase of the rounded total."""
    return divided(yearly * (month_of_year + 1), MONTHS_IN_YEAR) - divided(yearly * month_of_year, MONTHS_IN_YEAR)


def assigned(levels: Sequence[Level], spells: Sequence[LevelSince], month: int) -> int:
    """Return the index of the level a rep was given for a month.

    A level is found by its name; a plan that has no such name takes the level of the same rank.
    """
    if not spells:
        return 0
    held = [spell for spell in spells if spell.first_month <= month]
    spell = held[-1] if held else spells[0]
    names = [level.name.casefold() for level in levels]
    if spell.name.casefold() in names:
        return names.index(spell.name.casefold())
    return min(spell.rank, len(levels) - 1)


def promotes(levels: Sequence[Level]) -> bool:
    """Say whether the plan moves people by milestones."""
    return any(level.reached_at for level in levels)


def of_history(levels: Sequence[Level], history: History, window: Window) -> dict[int, int]:
    """Return the level index for every month from the first deal to the window's end.

    Before the window the levels are those that were held. Inside it, a plan with milestones starts from the level
    held in its first month; a milestone met at a month's end brings the next level from the next month on.
    """
    first = min([window.first_month, *(month_of(deal.signed) for deal in history.deals)])
    held = {month: assigned(levels, history.levels, month) for month in range(first, window.last_month + 1)}
    if promotes(levels):
        for month in range(window.first_month, window.last_month):
            following = held[month] + 1
            wanted = levels[following].reached_at if following < len(levels) else None
            held[month + 1] = following if wanted and wanted.met(history, month) else held[month]
    return held


def of_book(levels: Sequence[Level], frame: PeriodIndex) -> Int32s | None:
    """Return the level indexes (reps, months) up to the window's end, as `of_history` does; None when all hold 0."""
    if len(levels) == 1:
        return None
    book = frame.book
    by_career = np.zeros((len(book.careers), frame.columns), dtype=np.int32)
    for place, spells in enumerate(book.careers):
        for index, spell in enumerate(spells):
            start = 0 if index == 0 else max(spell.first_month - frame.first, 0)
            by_career[place, start:] = assigned(levels, spells, spell.first_month)
    held: Int32s = by_career[book.career]
    if promotes(levels):
        _promote(levels, held, frame)
    return held


def _promote(levels: Sequence[Level], held: Int32s, frame: PeriodIndex) -> None:
    """Let every rep rise in the window, month after month."""
    standing = milestones.milestone_standing(frame)
    met = np.zeros((len(levels) + 1, *held.shape), dtype=np.bool_)
    for index, level in enumerate(levels[1:]):
        if level.reached_at:
            met[index] = level.reached_at.met_by(standing)
    start = frame.window.first_month - frame.first
    reps = np.arange(held.shape[0])
    for column in range(start, frame.columns - 1):
        held[:, column + 1] = held[:, column] + met[held[:, column], reps, column]
