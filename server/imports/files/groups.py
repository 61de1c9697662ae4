"""Grouped reports: a column has its value only in the first row of a group, and is filled in down to the next one."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from server.imports.files.extent import TableExtent
from server.imports.files.tables import FileRow

_COUNTED = re.compile(r"(?P<value>.*\S)\s*\((?P<count>\d+)(?:\s+(?:records?|deals?|opportunities|rows?))?\)")
"""A group's value with the number of its rows, as Salesforce writes it: Dana Kim (2)."""
_MAX_GROUPED = 3
"""Columns that a report can be grouped by."""


def with_groups_filled(extent: TableExtent) -> tuple[TableExtent, tuple[str, ...]]:
    """Return a table with the columns filled in that its rows are grouped by, and the names of these columns.

    That a table is grouped is proved by the number of rows after each value, or by a row of totals after each group:
    a cell that is empty otherwise has no value.
    """
    filled = []
    for column in range(min(_MAX_GROUPED, len(extent.header))):
        grouped = _fill(extent, column)
        if grouped is None:
            break
        extent = grouped
        filled.append(extent.header[column])
    return extent, tuple(filled)


def _fill(extent: TableExtent, column: int) -> TableExtent | None:
    rows = extent.rows
    starts = [position for position, row in enumerate(rows) if _cell(row, column)]
    if not starts or starts[0] != 0 or len(starts) == len(rows):
        return None
    groups = [rows[start:end] for start, end in zip(starts, [*starts[1:], len(rows)], strict=True)]
    if not (_has_counts(groups, column) or _has_totals(groups, extent)):
        return None
    filled: list[FileRow] = []
    left_out = list(extent.left_out)
    for group in groups:
        match = _COUNTED.fullmatch(_cell(group[0], column))
        value = match["value"] if match else _cell(group[0], column)
        if len(group) > 1 and group[0].filled == 1:  # a row of its own above the group
            left_out.append(group[0])
            group = group[1:]  # noqa: PLW2901 - the rows below
        filled += [_with_cell(row, column, value) for row in group]
    return replace(extent, rows=tuple(filled), left_out=tuple(sorted(left_out, key=lambda row: row.line)))


def _cell(row: FileRow, column: int) -> str:
    return row.cells[column] if column < len(row.cells) else ""


def _with_cell(row: FileRow, column: int, value: str) -> FileRow:
    return FileRow(row.line, (*row.cells[:column], value, *row.cells[column + 1 :]))


def _has_counts(groups: Sequence[Sequence[FileRow]], column: int) -> bool:
    """Return whether every value is followed by the number of its group's rows."""
    for group in groups:
        match = _COUNTED.fullmatch(_cell(group[0], column))
        if match is None or int(match["count"]) not in {len(group), len(group) - (group[0].filled == 1)}:
            return False
    return True


def _has_totals(groups: Sequence[Sequence[FileRow]], extent: TableExtent) -> bool:
    """Return whether a row that was left out, such as a subtotal, ends every group but the last."""
    lines = [row.line for row in extent.left_out]
    return len(groups) > 1 and all(
        any(group[-1].line < line < following[0].line for line in lines) for group, following in pairwise(groups)
    )
