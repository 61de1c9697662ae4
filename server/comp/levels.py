"""The promotion path: what each level is paid, and which level a rep holds in which month."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp import milestones, quantities
from server.comp.calendar import MONTHS_IN_YEAR, Int32s, Window, month_of, months_of
from server.comp.history import Book, History, Spell
from server.comp.milestones import Milestones
from server.comp.reading import Fields, words
from server.comp.rounding import to_cents

MOST_LEVELS = 20


@dataclass(frozen=True, slots=True)
class Level:
    """A level's yearly terms in cents; the rate is variable / quota, kept as a quotient."""

    name: str
    base: int
    variable: int
    quota: int
    reached_at: Milestones | None = None

    @property
    def own_rate(self) -> Fraction:
        """What 1x means at this level; nothing can be derived from a quota of 0."""
        return Fraction(self.variable, self.quota) if self.quota else Fraction(0)

    def quota_for(self, months: int) -> int:
        """Return the quota of a period, rounded to the cent."""
        return to_cents(Fraction(self.quota * months, MONTHS_IN_YEAR))

    def base_in(self, month_of_year: int) -> int:
        """Return the base of one month (0 to 11) of the year: a month pays the increase of the rounded total."""
        upto = to_cents(Fraction(self.base * (month_of_year + 1), MONTHS_IN_YEAR))
        return upto - to_cents(Fraction(self.base * month_of_year, MONTHS_IN_YEAR))


def read(fields: Fields) -> tuple[Level, ...]:
    """Read `levels`, lowest first; each but the first may say when it is reached."""
    levels = []
    for entry in fields.each("levels", MOST_LEVELS):
        levels.append(
            Level(
                name=entry.need("name", words(60), ""),
                base=entry.take("base", quantities.money, 0),
                variable=entry.need("variable", quantities.money, 0),
                quota=entry.need("quota", quantities.money, 0),
                reached_at=milestones.read(entry.inner("reached at")),
            )
        )
        entry.finish()
    milestones.check_rising(fields, [level.reached_at for level in levels])
    return tuple(levels)


def assigned(levels: Sequence[Level], spells: Sequence[Spell], month: int) -> int:
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


def of_book(levels: Sequence[Level], book: Book, window: Window) -> tuple[int, Int32s]:
    """Return the first month and the level indexes (reps, months) up to the window's end, as `of_history` does."""
    signed = months_of(book.signed)
    first = min(window.first_month, int(signed.min()) if signed.size else window.first_month)
    held = np.zeros((book.reps, window.last_month - first + 1), dtype=np.int32)
    for rep, spells in enumerate(book.levels):
        for index, spell in enumerate(spells):
            start = 0 if index == 0 else max(spell.first_month - first, 0)
            held[rep, start:] = assigned(levels, spells, spell.first_month)
    if promotes(levels):
        standing = milestones.standing_of(book, first, window.last_month)
        for month in range(window.first_month, window.last_month):
            column = month - first
            rises = np.zeros(book.reps, dtype=np.bool_)
            for index, level in enumerate(levels[1:], start=1):
                if level.reached_at:
                    rises |= (held[:, column] == index - 1) & level.reached_at.met_by(standing, column)
            held[:, column + 1] = held[:, column] + rises
    return first, held
