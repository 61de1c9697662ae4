"""The diff of two tables, cell by cell: columns are matched by their header, rows by their first cell."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from server.text.blocks import Block, Cell
from server.text.diff.align import lcs
from server.text.diff.words import Presence, WordRun, diff_words, overlap, single_run, word_counts
from server.text.tokens import plain_text

_MIN_SIMILARITY = 0.5
_MAX_COMPARISONS = 40_000
"""How many pairs of rows are compared; the rest of a longer table is matched by position."""


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell: its runs, and whether its column is the same, new or gone."""

    kept: Presence
    runs: tuple[WordRun, ...]

    @property
    def is_changed(self) -> bool:
        """True if the text of the cell changed."""
        return self.kept != "same" or any(run.kept != "same" for run in self.runs)


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row: its cells, and whether it is the same, new or gone."""

    kept: Presence
    cells: tuple[CellChange, ...]

    @property
    def is_changed(self) -> bool:
        """True if the text of any cell changed."""
        return self.kept != "same" or any(cell.is_changed for cell in self.cells)


IndexPairs = list[tuple[int | None, int | None]]
"""Pairs of an old and a new index; None where the row or column is new or gone."""


def _match_tables(old: Block, new: Block) -> tuple[IndexPairs, IndexPairs]:
    """Return the matched rows, the header row first, and the matched columns of two tables."""
    columns = _match([[header] for header in old.rows[0]], [[header] for header in new.rows[0]])
    rows = _match(_common_cells(old.rows[1:], columns, 0), _common_cells(new.rows[1:], columns, 1))
    return [(0, 0), *((None if a is None else a + 1, None if b is None else b + 1) for a, b in rows)], columns


def matched_rows(old: Block, new: Block) -> tuple[dict[int, int], dict[int, int]]:
    """Return the matched rows and columns of two versions of a table: old index to new index."""
    rows, columns = _match_tables(old, new)
    return _with_same_label(_in_both(rows), old, new), _in_both(columns)


def _with_same_label(rows: dict[int, int], old: Block, new: Block) -> dict[int, int]:
    """Return matched rows in which a row is known by its first cell at any position, if no other has the same."""
    old_labels, new_labels = _unique_labels(old), _unique_labels(new)
    same = {old_labels[label]: new_labels[label] for label in old_labels if label in new_labels}
    taken = set(same.values())
    return {a: b for a, b in rows.items() if a not in same and b not in taken} | same


def _unique_labels(table: Block) -> dict[str, int]:
    """Return the rows below the header by their first cell, without labels that several rows have."""
    labels = [plain_text(row[0]).strip() if row else "" for row in table.rows]
    counts = Counter(labels)
    return {label: index for index, label in enumerate(labels) if index and label and counts[label] == 1}


def _in_both(pairs: IndexPairs) -> dict[int, int]:
    return {a: b for a, b in pairs if a is not None and b is not None}


def table_changes(old: Block, new: Block) -> tuple[RowChange, ...]:
    """Return every row of two tables, the header row first, in the order of the new table."""
    pairs, columns = _match_tables(old, new)
    return tuple(_row_change(_row(old, a), _row(new, b), columns) for a, b in pairs)


def _row(table: Block, index: int | None) -> Sequence[Cell] | None:
    return None if index is None else table.rows[index]


def unchanged_table(block: Block, kept: Presence) -> tuple[RowChange, ...]:
    """Return every row of a table that is the same, new or gone as a whole."""
    rows = [tuple(CellChange("same", single_run(cell, kept)) for cell in row) for row in block.rows]
    return tuple(RowChange(kept, cells) for cells in rows)


def _common_cells(rows: Sequence[Sequence[Cell]], columns: IndexPairs, side: int) -> list[list[Cell]]:
    """Return rows with the cells of the columns that both tables have; `side` is 0 for old and 1 for new."""
    indices = [pair[side] for pair in columns if None not in pair]
    return [[row[index] for index in indices if index is not None and index < len(row)] for row in rows]


def _match(old: Sequence[Sequence[Cell]], new: Sequence[Sequence[Cell]]) -> IndexPairs:
    """Match rows or columns: first equal ones, then those with the same first cell, then similar ones.

    The result has the order of the new table; what is gone is at its old position.
    """
    matcher = _Matcher(old, new)
    for find in (matcher.by_first_cell, matcher.by_similarity, matcher.by_position):
        matcher.match(find)
    gone = deque(sorted(set(range(len(old))) - set(matcher.partner.values())))
    pairs: IndexPairs = []
    for b in range(len(new)):
        a = matcher.partner.get(b)
        while gone and a is not None and gone[0] < a:
            pairs.append((gone.popleft(), None))
        pairs.append((a, b))
    return [*pairs, *((a, None) for a in gone)]


class _Matcher:
    """Finds the old row for each new row; the matched rows stay in order.

    Between two matched rows every old row is free, so the candidates are always a plain range.
    """

    def __init__(self, old: Sequence[Sequence[Cell]], new: Sequence[Sequence[Cell]]) -> None:
        self._old = [tuple(plain_text(cell) for cell in row) for row in old]
        self._new = [tuple(plain_text(cell) for cell in row) for row in new]
        self._old_counts, self._new_counts = (
            [word_counts([word for cell in row for word in cell]) for row in side] for side in (old, new)
        )
        self._remaining = _MAX_COMPARISONS
        self.partner: dict[int, int] = {b: a for a, b in lcs(self._old, self._new)}

    def match(self, find: Callable[[int, range], int | None]) -> None:
        """Match the remaining new rows in order with `find`, given a new row and the free old rows."""
        matched = sorted(self.partner)
        next_matched = 0
        previous = -1
        for b in range(len(self._new)):
            if b in self.partner:
                previous, next_matched = self.partner[b], next_matched + 1
                continue
            end = self.partner[matched[next_matched]] if next_matched < len(matched) else len(self._old)
            best = find(b, range(previous + 1, end))
            if best is not None:
                self.partner[b] = previous = best

    def _may_compare(self, free: range) -> bool:
        self._remaining -= len(free)
        return self._remaining >= 0

    def by_first_cell(self, b: int, free: range) -> int | None:
        """Return the old row with the same first cell."""
        key = self._new[b][:1]
        return next((a for a in free if self._old[a][:1] == key), None) if self._may_compare(free) else None

    def by_similarity(self, b: int, free: range) -> int | None:
        """Return the most similar old row, if it is similar enough."""
        if not self._may_compare(free):
            return None
        similarity, negative_a = max(
            ((overlap(self._old_counts[a], self._new_counts[b]), -a) for a in free), default=(0.0, 0)
        )
        return -negative_a if similarity >= _MIN_SIMILARITY else None

    def by_position(self, b: int, free: range) -> int | None:
        """Return the old row at the same position if both tables have the same size."""
        return b if len(self._old) == len(self._new) and b in free else None


def _row_change(old: Sequence[Cell] | None, new: Sequence[Cell] | None, columns: IndexPairs) -> RowChange:
    kept: Presence = "new" if old is None else "gone" if new is None else "same"
    cells = []
    for a, b in columns:
        old_cell = _cell(old, a)
        new_cell = _cell(new, b)
        if kept == "same" and a is not None and b is not None:
            cells.append(CellChange("same", diff_words(old_cell, new_cell)))
        elif b is None:
            cells.append(CellChange("gone" if kept != "new" else "same", single_run(old_cell, "gone")))
        elif kept == "gone":
            cells.append(CellChange("same", single_run(old_cell, "gone")))
        else:
            cells.append(CellChange("new" if a is None else "same", single_run(new_cell, "new")))
    return RowChange(kept, tuple(cells))


def _cell(row: Sequence[Cell] | None, index: int | None) -> Cell:
    return () if row is None or index is None or index >= len(row) else row[index]
