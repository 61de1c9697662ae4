"""Packing of a level, a person and two months into one integer key."""

from dataclasses import dataclass

from server.comp.calendar import Int32s
from server.comp.rounding import Int64s

NO_PERSON = -1
"""The person index of reps without terms of their own."""


@dataclass(frozen=True, slots=True)
class KeyLayout:
    """Packs a level, a person and the months of a period into one integer, since numpy sorts these faster than rows.

    A period of `months` months begins in `first`, and its terms are known as since the month `known` inside it.
    key = (((first - first_month) x months + known - first) x (persons + 1) + person + 1) x levels + level. A
    person is -1 (NO_PERSON) or the index of one of `persons`; no period begins before `first_month`.
    """

    levels: int
    persons: int
    months: int
    first_month: int

    def pack(self, level: Int32s, person: Int64s, first: Int64s, known: Int64s) -> Int64s:
        """Return the keys (n,) of levels, persons and months (n,)."""
        period = (first - self.first_month) * self.months + known - first
        return (period * (self.persons + 1) + person + 1) * self.levels + level

    def unpack(self, key: int) -> tuple[int, int, int, int]:
        """Return the level, the person, the first month and the month since which terms are known."""
        rest, level = divmod(key, self.levels)
        period, person = divmod(rest, self.persons + 1)
        months, offset = divmod(period, self.months)
        first = months + self.first_month
        return level, person - 1, first, first + offset
