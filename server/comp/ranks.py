"""Ranks and quartiles in a group, for rates that depend on standing: who is best, what ties get, uneven groups."""

from collections.abc import Sequence
from fractions import Fraction

GROUPS = 4


def ranks(values: Sequence[Fraction], *, lowest_is_best: bool = False, ties: str = "better") -> list[int]:
    """Return the rank of each value from 1, the best; equal values share the better or the worse of their places."""
    ordered = sorted(values, reverse=not lowest_is_best)
    first = {value: place for place, value in reversed(list(enumerate(ordered, start=1)))}
    last = {value: place for place, value in enumerate(ordered, start=1)}
    return [(first if ties == "better" else last)[value] for value in values]


def quartiles(
    values: Sequence[Fraction], *, lowest_is_best: bool = False, ties: str = "better", uneven: str = "top"
) -> list[int]:
    """Return the quartile of each value from 1, the best.

    `ties` is “better” or “worse”: which quartile equal values across an edge share. `uneven` is “top” or “bottom”:
    which quartiles take one more when the group cannot be parted evenly.
    """
    size, extra = divmod(len(values), GROUPS)
    takes = range(extra) if uneven == "top" else range(GROUPS - extra, GROUPS)
    ends, end = [], 0
    for quartile in range(GROUPS):
        end += size + (quartile in takes)
        ends.append(end)
    places = ranks(values, lowest_is_best=lowest_is_best, ties=ties)
    return [next(quartile for quartile, end in enumerate(ends, start=1) if place <= end) for place in places]
