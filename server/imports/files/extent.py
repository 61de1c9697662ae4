"""Finds where the table of a file begins and ends: its head below titles, its last row above totals and notes.

What is left out is kept with the table, so that a page can show it and include it again.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from server.imports.files.tables import FileRow
from server.imports.values.days import written_day
from server.imports.values.numbers import NOTHING, written_number
from server.imports.values.periods import named_period

MAX_TITLE_ROWS = 30
_SAMPLED = 200
_MIN_PERIODS = 3
"""Periods such as 2026 or 2026-01-01 that make a row a head although they are numbers or days."""
_HEAD_SHARE = 0.6
"""A head fills at least this share of the cells that most rows fill."""
_TOTAL = re.compile(
    r"(grand |sub)?[- ]?totals?\b|(gesamt|zwischen)?summe\b|gesamt\b|total (général|general|geral)|sous-total|subtotal"
    r"|итого|всего|جمع( کل)?|合計|总计|sum\b|somme\b|suma\b|soma\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class TableExtent:
    """A table in a file: its head, its rows, and the rows around and between them that are left out."""

    header: tuple[str, ...]
    rows: tuple[FileRow, ...]
    left_out: tuple[FileRow, ...] = ()
    has_head: bool = True


def extent_of(rows: Sequence[FileRow], *, keeps_all: bool = False) -> TableExtent:
    """Return the table in the rows of a file, none of which is blank; `keeps_all` takes everything below the head."""
    width = _usual_width(rows)
    head = _head_index(rows, width)
    if head is None:
        columns = max(len(row.cells) for row in rows)
        return TableExtent(tuple(f"Column {number}" for number in range(1, columns + 1)), tuple(rows), has_head=False)
    above, header, body = rows[:head], _names(rows, head, width), list(rows[head + 1 :])
    if keeps_all:
        return TableExtent(header, tuple(body), tuple(above))
    first = [name.casefold() for name in rows[head].cells]
    left_out = [row for row in body if row.cells[0].casefold() == first[0] and _is_same(row, first)]
    left_out += [row for row in body if row.filled < width and _TOTAL.match(_first_text(row))]
    lines = {row.line for row in left_out}
    kept = [row for row in body if row.line not in lines] if lines else body
    while kept and width > 2 and kept[-1].filled == 1:  # noqa: PLR2004 - a closing line beside a table
        left_out.append(kept.pop())
    return TableExtent(header, tuple(kept), (*above, *sorted(left_out, key=lambda row: row.line)))


def _is_same(row: FileRow, names: Sequence[str]) -> bool:
    return [cell.casefold() for cell in row.cells] == names


def _usual_width(rows: Sequence[FileRow]) -> int:
    """Return how many cells most rows fill, of those that fill several; the larger number of equals."""
    counts = Counter(row.filled for row in rows[:_SAMPLED] if row.filled > 1)
    return max(counts, key=lambda width: (counts[width], width), default=1)


def _head_index(rows: Sequence[FileRow], width: int) -> int | None:
    """Return the index of the head, the first row that fills most columns with words only; None without one."""
    for index, row in enumerate(rows[:MAX_TITLE_ROWS]):
        if row.filled < max(min(2, width), _HEAD_SHARE * width):
            continue
        if _is_head(row):
            return index
        if row.filled >= width:
            return None
    return None


def _is_head(row: FileRow) -> bool:
    """Return whether a row has names of columns: no empty values, and no numbers or days but names of periods."""
    cells = [cell for cell in row.cells if cell]
    values = [cell for cell in cells if written_number(cell) is not None or written_day(cell) is not None]
    periods = [period for cell in values if (period := named_period(cell)) and period.year]
    has_only_periods = len(values) == len(periods) and len(set(periods)) == len(periods) and len(cells) > len(values)
    is_named = not values or (len(periods) >= _MIN_PERIODS and has_only_periods)
    return is_named and not any(cell.casefold() in NOTHING for cell in cells)


def _names(rows: Sequence[FileRow], head: int, width: int) -> tuple[str, ...]:
    """Return the names of the columns, each once, with the name of the group above where a row of groups is there."""
    names = list(rows[head].cells)
    above = rows[head - 1] if head else None
    if above is not None and 1 < above.filled < width and _is_head(above):
        group = ""
        for index in range(len(names)):
            group = (above.cells[index] if index < len(above.cells) else "") or group
            names[index] = f"{group} {names[index]}".strip()
    seen: Counter[str] = Counter()
    for index, name in enumerate(names):
        seen[name.casefold()] += bool(name)
        if seen[name.casefold()] > 1:
            names[index] = f"{name} ({seen[name.casefold()]})"
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _first_text(row: FileRow) -> str:
    return next((cell for cell in row.cells if cell), "")
