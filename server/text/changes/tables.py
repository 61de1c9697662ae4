"""Tables, cell by cell: columns are known by their heads, rows by their first cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.text.blocks import Block, Cell
from server.text.changes.aligning import common
from server.text.changes.runs import Kept, Run, likeness, runs, whole
from server.text.words import plain

_ALIKE = 0.5
_MOST_ROWS = 300
"""Longer tables are compared row by row at their place only."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell: its runs, and whether its column is new or gone."""

    kept: Kept
    runs: tuple[Run, ...]

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than before."""
        return self.kept != "same" or any(run.kept != "same" for run in self.runs)


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row: its cells, and whether it is new or gone."""

    kept: Kept
    cells: tuple[CellChange, ...]

    @property
    def is_changed(self) -> bool:
        """Whether any of it says something else than before."""
        return self.kept != "same" or any(cell.is_changed for cell in self.cells)


Places = list[tuple[int | None, int | None]]


def table_changes(old: Block, new: Block) -> tuple[RowChange, ...]:
    """Return every row of two tables together, the heads first, in the order of the new one."""
    columns = _matched([[head] for head in old.rows[0]], [[head] for head in new.rows[0]])
    rows = _matched(_keyed(old.rows[1:], columns, 0), _keyed(new.rows[1:], columns, 1))
    pairs: Places = [(0, 0), *((None if a is None else a + 1, None if b is None else b + 1) for a, b in rows)]
    return tuple(
        _row(None if a is None else old.rows[a], None if b is None else new.rows[b], columns) for a, b in pairs
    )


def table_whole(block: Block, kept: Kept) -> tuple[RowChange, ...]:
    """Return every row of a table that stayed, came or went as a whole."""
    return tuple(RowChange(kept, tuple(CellChange("same", whole(cell, kept)) for cell in row)) for row in block.rows)


def _keyed(rows: Sequence[Sequence[Cell]], columns: Places, side: int) -> list[list[Cell]]:
    """Return rows with the cells of the columns that both tables have, the first cell first."""
    both = [pair[side] for pair in columns if None not in pair]
    return [[row[place] for place in both if place is not None and place < len(row)] for row in rows]


def _matched(old: Sequence[Sequence[Cell]], new: Sequence[Sequence[Cell]]) -> Places:
    """Match rows or columns: equal ones, then those of one first cell, then alike ones; new ones stand in order."""
    texts = [[tuple(plain(cell) for cell in row) for row in side] for side in (old, new)]
    partner: dict[int, int] = {b: a for a, b in common(texts[0], texts[1])}
    for same in (_first_cell, _alike, _alone):
        for b, row in enumerate(new):
            if b not in partner:
                free = [a for a in _between(partner, b, len(old)) if a not in partner.values()]
                best = same(row, b, old, free, len(new)) if len(free) <= _MOST_ROWS else None
                if best is not None:
                    partner[b] = best
    gone = [a for a in range(len(old)) if a not in partner.values()]
    found: Places = []
    for b in range(len(new)):
        a = partner.get(b)
        while gone and a is not None and gone[0] < a:
            found.append((gone.pop(0), None))
        found.append((a, b))
    return [*found, *((a, None) for a in gone)]


def _between(partner: dict[int, int], b: int, count: int) -> range:
    """Return the old places that keep the order when they are matched with a new one."""
    before = max((a for c, a in partner.items() if c < b), default=-1)
    after = min((a for c, a in partner.items() if c > b), default=count)
    return range(before + 1, after)


def _first_cell(
    row: Sequence[Cell], place: int, old: Sequence[Sequence[Cell]], free: Sequence[int], count: int
) -> int | None:
    del place, count
    key = plain(row[0]) if row else ""
    return next((a for a in free if old[a] and plain(old[a][0]) == key), None)


def _alike(
    row: Sequence[Cell], place: int, old: Sequence[Sequence[Cell]], free: Sequence[int], count: int
) -> int | None:
    del place, count
    words = [word for cell in row for word in cell]
    likes = [(likeness([word for cell in old[a] for word in cell], words), -a) for a in free]
    like, best = max(likes, default=(0.0, 0))
    return -best if like >= _ALIKE else None


def _alone(
    row: Sequence[Cell], place: int, old: Sequence[Sequence[Cell]], free: Sequence[int], count: int
) -> int | None:
    """Match what stands at one place in tables of one size: only its words were changed."""
    del row
    return place if len(old) == count and place in free else None


def _row(old: Sequence[Cell] | None, new: Sequence[Cell] | None, columns: Places) -> RowChange:
    kept: Kept = "new" if old is None else "gone" if new is None else "same"
    cells = []
    for a, b in columns:
        ours = _cell(old, a)
        theirs = _cell(new, b)
        if kept == "same" and a is not None and b is not None:
            cells.append(CellChange("same", runs(ours, theirs)))
        elif b is None:
            cells.append(CellChange("gone" if kept != "new" else "same", whole(ours, "gone")))
        elif kept == "gone":
            cells.append(CellChange("same", whole(ours, "gone")))
        else:
            cells.append(CellChange("new" if a is None else "same", whole(theirs, "new")))
    return RowChange(kept, tuple(cells))


def _cell(row: Sequence[Cell] | None, place: int | None) -> Cell:
    return () if row is None or place is None or place >= len(row) else row[place]
