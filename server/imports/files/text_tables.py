"""Rows of text files: CSV with any usual separator, quotation marks doubled or with a backslash."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator

from server.imports.files.tables import MAX_CELL, MAX_ROWS, FileRow, UnreadableFileError
from server.messages import message

SEPARATORS = ",;\t|"
_STATED = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n", re.IGNORECASE)
_NULL = re.compile(r"(^|[,;\t|])\\N(?=[,;\t|\r\n]|$)", re.MULTILINE)
"""An empty cell as databases export it."""
_SAMPLED_LINES = 60

_MAX_SAME = 20_000
"""Different cells that are remembered."""


def split_rows(file: str, text: str) -> tuple[list[FileRow], str]:
    """Return the rows of a text that are not blank, and the separator; raises UnreadableFileError."""
    stated = _STATED.match(text)
    first_line = 1
    if stated:
        text, first_line = text[stated.end() :], 2
    if "\\N" in text:
        text = _NULL.sub(r"\1", text)
    escapes = text.count('\\"') > text.count('""')
    separator = stated[1] if stated else _separator(text, escapes=escapes)
    rows: list[FileRow] = []
    for line, cells in _read(file, text, separator, escapes=escapes):
        if any(cells):
            rows.append(FileRow(line + first_line - 1, cells))
        if len(rows) > MAX_ROWS + 1:
            raise UnreadableFileError(file, message("The file has more than {most} rows. Split it.", most=MAX_ROWS))
    return rows, separator


def _read(file: str, text: str, separator: str, *, escapes: bool) -> Iterator[tuple[int, tuple[str, ...]]]:
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        strict=True,
        escapechar="\\" if escapes else None,
        doublequote=not escapes,
    )
    previous_line = 0
    # One object for equal cells saves memory and makes comparing them fast. A column of numbers has so many cells
    # that no more of them are kept.
    known: dict[str, str] = {}
    same: Callable[[str, str], str] = known.setdefault
    try:
        for row in reader:
            line, previous_line = previous_line + 1, reader.line_num
            if len(known) > _MAX_SAME:
                same = known.get  # with a default it also returns a string, but keeps nothing
            cells = [*map(str.strip, row)]
            yield line, tuple(map(same, cells, cells))
    except csv.Error as error:
        raise UnreadableFileError(
            file,
            message(
                "Line {line} cannot be read: {reason}. Check its quotation marks.",
                line=reader.line_num,
                reason=str(error),
            ),
        ) from None


def _separator(text: str, *, escapes: bool) -> str:
    """Return the separator that gives most of the first lines the same number of cells; a comma if none does."""
    sample = "\n".join(text[: MAX_CELL * _SAMPLED_LINES].splitlines()[:_SAMPLED_LINES])
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        counts = Counter(_cell_counts(sample, separator, escapes=escapes))
        counts.pop(0, None)
        if not counts:
            continue
        several = [(lines, cells) for cells, lines in counts.items() if cells > 1]
        if not several:
            continue
        lines, cells = max(several)
        score = (lines / sum(counts.values()), cells)
        if score > best_score:
            best, best_score = separator, score
    return best


def _cell_counts(sample: str, separator: str, *, escapes: bool) -> list[int]:
    reader = csv.reader(
        io.StringIO(sample, newline=""),
        delimiter=separator,
        escapechar="\\" if escapes else None,
        doublequote=not escapes,
    )
    try:
        return [len(cells) if any(cells) else 0 for cells in reader]
    except csv.Error:
        return []
