"""What a plan means for everybody, seen without seeing anybody: totals, five bins, groups of five people or more."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.rounding import Bools, Int64s

FEWEST = 5
"""No figure is given for fewer people, nor for all but fewer."""
ROUNDED_TO = 100_000
"""Amounts are rounded to a thousand units of money."""
EDGES = (Fraction(-5, 100), Fraction(-1, 100), Fraction(1, 100), Fraction(5, 100))
"""Where the five bins of gain and loss meet, as shares of today's pay."""
_FINEST = ((0,), (1,), (2,), (3,), (4,))
_COARSER = (((0, 1), (2,), (3, 4)), ((0, 1, 2), (3, 4)), ((0, 1, 2, 3, 4),))


@dataclass(frozen=True, slots=True)
class Bin:
    """How many people lie in one or several neighbouring bins (0: loses over 5 %, 4: gains over 5 %)."""

    bins: tuple[int, ...]
    people: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One published group: its name (empty for everybody), people, rounded cost today and under the plan, and bins.

    A cost is None where a few people make up most of it or of the change: the sum would tell what they are paid.
    """

    group: str
    people: int
    today: int | None
    then: int | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """All cells that are published; `hidden` people lie in groups that are not. None at all for fewer than five."""

    everybody: Cell | None
    groups: tuple[Cell, ...]
    hidden: int


def bins_of(today: Int64s, then: Int64s) -> Int64s:
    """Return each person's bin (n,), 0 to 4, by the exact share of gain or loss; an edge belongs to the calmer bin."""
    gain = (then - today).astype(object)
    base = np.maximum(today, 1).astype(object)
    place = np.zeros(today.shape, dtype=np.int64)
    for edge in EDGES:
        top, bottom = base * edge.numerator, gain * edge.denominator
        place += (bottom >= top if edge < 0 else bottom > top).astype(np.int64)
    return place


def impact(today: Int64s, then: Int64s, groups: Sequence[str]) -> Impact:
    """Return what may be published of totals today and under a plan (people,), by one fixed grouping.

    A group is published when it has five people or more and so have all others together; when the groups that are
    not come to fewer than five, the smallest published one joins them.
    """
    people = today.size
    if people < FEWEST:
        return Impact(None, (), people)
    place = bins_of(today, then)
    names = np.array(groups, dtype=object)
    sizes = {name: int((names == name).sum()) for name in sorted(set(groups))}
    shown = [name for name, size in sizes.items() if size >= FEWEST and (people - size >= FEWEST or size == people)]
    hidden = people - sum(sizes[name] for name in shown)
    while shown and 0 < hidden < FEWEST:
        smallest = min(shown, key=lambda name: (sizes[name], name))
        shown.remove(smallest)
        hidden += sizes[smallest]
    masks = {name: names == name for name in shown}
    rest: Bools = np.ones(people, dtype=np.bool_)
    for mask in masks.values():
        rest &= ~mask
    parts = _partition([place, *[place[mask] for mask in masks.values()], place[rest]], place)
    whole = _cell("", today, then, place, parts)
    cells = [_cell(name, today[mask], then[mask], place[mask], parts) for name, mask in masks.items()]
    return Impact(whole, tuple(cells), int(rest.sum()))


def _partition(placed: Sequence[Int64s], everybody: Int64s) -> tuple[tuple[int, ...], ...]:
    """Return the finest bins in which no published cell, nor what is left of everybody without it, is a few."""
    for parts in (_FINEST, *_COARSER[:-1]):
        cells = [[int(np.isin(found, part).sum()) for part in parts] for found in placed if found.size]
        whole = [int(np.isin(everybody, part).sum()) for part in parts]
        left = [[total - count for total, count in zip(whole, row, strict=True)] for row in cells]
        if all(count == 0 or count >= FEWEST for row in (*cells, *left) for count in row):
            return parts
    return _COARSER[-1]


def _cell(
    group: str, today: Int64s, then: Int64s, place: Int64s, parts: tuple[tuple[int, ...], ...]
) -> Cell:  # fmt: skip
    bins = tuple(Bin(part, int(np.isin(place, part).sum())) for part in parts)
    open_now = not _tells(today)
    open_then = open_now and not (_tells(then) or _tells(then - today))
    now, later = rounded(int(today.sum())), rounded(int(then.sum()))
    return Cell(group, today.size, now if open_now else None, later if open_then else None, bins)


def _tells(amounts: Int64s) -> bool:
    """Say whether a sum would tell a single amount: fewer than five make it up, or one is most of it."""
    sizes = np.abs(amounts)
    whole = int(sizes.sum())
    return whole > 0 and (int(np.count_nonzero(sizes)) < FEWEST or 2 * int(sizes.max()) > whole)


def rounded(cents: int) -> int:
    """Round an amount to what is published."""
    return (cents + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
