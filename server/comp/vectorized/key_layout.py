"""Packing of a level, a person and a month into one integer key."""

from dataclasses import dataclass

from server.comp.calendar import Int32s
from server.comp.rounding import Int64s

NO_PERSON = -1
"""The person index of reps without terms of their own."""


@dataclass(frozen=True, slots=True)
class KeyLayout:
    """Packs a level, a person and a month into one integer, since numpy sorts these faster than rows.

    key = ((month - first_month) x (persons + 1) + person + 1) x levels + level. A person is -1 (NO_PERSON) or
    the index of one of `persons`; no month is before `first_month`.
    """

    levels: int
    persons: int
    first_month: int

    def pack(self, level: Int32s, person: Int64s, month: Int64s) -> Int64s:
        """Return the keys (n,) of levels, persons and months (n,)."""
        return ((month - self.first_month) * (self.persons + 1) + person + 1) * self.levels + level

    def unpack(self, key: int) -> tuple[int, int, int]:
        """Return the level, the person and the month of a key."""
        month_and_person, level = divmod(key, self.levels)
        month, person = divmod(month_and_person, self.persons + 1)
        return level, person - 1, month + self.first_month
