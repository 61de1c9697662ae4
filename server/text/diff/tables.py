"""Tables, cell by cell: columns are known by their heads, rows by their first cell."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.text.blocks import Block, Cell
from server.text.diff.align import lcs
from server.text.diff.words import Presence, WordRun, diff_words, overlap, single_run, word_counts
from server.text.tokens import plain_text

_ALIKE = 0.5
_MOST_LOOKS = 40_000
"""So many pairs of rows are looked at; what is left of a longer table is compared row by row at its place."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell: its runs, and whether its column is new or gone."""

    kept: Presence
    runs: tuple[WordRun, ...]

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than before."""
        return self.kept != "same" or any(run.kept != "same" for run in self.runs)


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row: its cells, and whether it is new or gone."""

    kept: Presence
    cells: tuple[CellChange, ...]

    @property
    def is_changed(self) -> bool:
        """Whether any of it says something else than before."""
        return self.kept != "same" or any(cell.is_changed for cell in self.cells)


Places = list[tuple[int | None, int | None]]


def _placed(old: Block, new: Block) -> tuple[Places, Places]:
    """Return the rows, the heads first, and the columns of two tables that belong together."""
    columns = _matched([[head] for head in old.rows[0]], [[head] for head in new.rows[0]])
    rows = _matched(_keyed(old.rows[1:], columns, 0), _keyed(new.rows[1:], columns, 1))
    return [(0, 0), *((None if a is None else a + 1, None if b is None else b + 1) for a, b in rows)], columns


def matched_rows(old: Block, new: Block) -> tuple[dict[int, int], dict[int, int]]:
    """Return for the rows and for the columns of a table their places in another one that it became."""
    rows, columns = _placed(old, new)
    return _both(rows), _both(columns)


def _both(pairs: Places) -> dict[int, int]:
    return {a: b for a, b in pairs if a is not None and b is not None}


def table_changes(old: Block, new: Block) -> tuple[RowChange, ...]:
    """Return every row of two tables together, the heads first, in the order of the new one."""
    pairs, columns = _placed(old, new)
    return tuple(
        _row(None if a is None else old.rows[a], None if b is None else new.rows[b], columns) for a, b in pairs
    )


def unchanged_table(block: Block, kept: Presence) -> tuple[RowChange, ...]:
    """Return every row of a table that stayed, came or went as a whole."""
    return tuple(
        RowChange(kept, tuple(CellChange("same", single_run(cell, kept)) for cell in row)) for row in block.rows
    )


def _keyed(rows: Sequence[Sequence[Cell]], columns: Places, side: int) -> list[list[Cell]]:
    """Return rows with the cells of the columns that both tables have, the first cell first."""
    both = [pair[side] for pair in columns if None not in pair]
    return [[row[place] for place in both if place is not None and place < len(row)] for row in rows]


def _matched(old: Sequence[Sequence[Cell]], new: Sequence[Sequence[Cell]]) -> Places:
    """Match rows or columns: equal ones, then those of one first cell, then alike ones; new ones stand in order."""
    matcher = _Matcher(old, new)
    for same in (matcher.of_first_cell, matcher.alike, matcher.alone):
        matcher.match(same)
    gone = deque(sorted(set(range(len(old))) - set(matcher.partner.values())))
    found: Places = []
    for b in range(len(new)):
        a = matcher.partner.get(b)
        while gone and a is not None and gone[0] < a:
            found.append((gone.popleft(), None))
        found.append((a, b))
    return [*found, *((a, None) for a in gone)]


class _Matcher:
    """Finds for each new row the old one it was, so that the matched ones stay in order.

    Between two matched rows every old one is free: the places that are looked at are a plain range.
    """

    def __init__(self, old: Sequence[Sequence[Cell]], new: Sequence[Sequence[Cell]]) -> None:
        self._old = [tuple(plain_text(cell) for cell in row) for row in old]
        self._new = [tuple(plain_text(cell) for cell in row) for row in new]
        self._bags = tuple(
            [word_counts([word for cell in row for word in cell]) for row in side] for side in (old, new)
        )
        self._left = _MOST_LOOKS
        self.partner: dict[int, int] = {b: a for a, b in lcs(self._old, self._new)}

    def match(self, same: Callable[[int, range], int | None]) -> None:
        """Match what is not matched yet, from the first new row to the last."""
        known = sorted(self.partner)
        after = 0
        before = -1
        for b in range(len(self._new)):
            if b in self.partner:
                before, after = self.partner[b], after + 1
                continue
            free = range(before + 1, self.partner[known[after]] if after < len(known) else len(self._old))
            best = same(b, free)
            if best is not None:
                self.partner[b] = before = best

    def _may_look(self, free: range) -> bool:
        self._left -= len(free)
        return self._left >= 0

    def of_first_cell(self, b: int, free: range) -> int | None:
        """Return the row that begins with the same cell."""
        key = self._new[b][:1]
        return next((a for a in free if self._old[a][:1] == key), None) if self._may_look(free) else None

    def alike(self, b: int, free: range) -> int | None:
        """Return the row that shares most words, if they are enough."""
        if not self._may_look(free):
            return None
        like, best = max(((overlap(self._bags[0][a], self._bags[1][b]), -a) for a in free), default=(0.0, 0))
        return -best if like >= _ALIKE else None

    def alone(self, b: int, free: range) -> int | None:
        """Match what stands at one place in tables of one size: only its words were changed."""
        return b if len(self._old) == len(self._new) and b in free else None


def _row(old: Sequence[Cell] | None, new: Sequence[Cell] | None, columns: Places) -> RowChange:
    kept: Presence = "new" if old is None else "gone" if new is None else "same"
    cells = []
    for a, b in columns:
        ours = _cell(old, a)
        theirs = _cell(new, b)
        if kept == "same" and a is not None and b is not None:
            cells.append(CellChange("same", diff_words(ours, theirs)))
        elif b is None:
            cells.append(CellChange("gone" if kept != "new" else "same", single_run(ours, "gone")))
        elif kept == "gone":
            cells.append(CellChange("same", single_run(ours, "gone")))
        else:
            cells.append(CellChange("new" if a is None else "same", single_run(theirs, "new")))
    return RowChange(kept, tuple(cells))


def _cell(row: Sequence[Cell] | None, place: int | None) -> Cell:
    return () if row is None or place is None or place >= len(row) else row[place]
