"""Rows of spreadsheets (xlsx, xls, ods), a table a sheet; numbers and days are written so that one reading fits."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from functools import lru_cache
from typing import IO, Any

from python_calamine import CalamineError, CalamineWorkbook

from server.imports.files.tables import MAX_CELL, MAX_ROWS, FileRow, UnreadableFileError
from server.messages import message
from server.text.unicode import composed

MAX_SHEETS = 20
MAX_CELLS = 30_000_000
"""Cells of a sheet from its first to its last one with content, empty ones too: the library makes all of them."""
_CELL = re.compile(rb'<c [^>]*?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
_CHUNK, _OVERLAP = 1 << 20, 200
_BINARY = b"\xd0\xcf\x11\xe0"


def is_spreadsheet(content: bytes) -> bool:
    """Return whether a file begins like a spreadsheet: the older binary format, or an archive with a workbook."""
    if content.startswith(_BINARY):
        return True
    if not content.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            mime_type = archive.read("mimetype") if "mimetype" in names else b""
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False
    return bool(names & {"xl/workbook.xml", "xl/workbook.bin"}) or b"opendocument.spreadsheet" in mime_type


def sheets(file: str, content: bytes) -> Iterator[tuple[str, list[FileRow]]]:
    """Yield the name and the rows that are not blank of every sheet that has any; raises UnreadableFileError."""
    _check_extents(file, content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names[:MAX_SHEETS]
        grids = [(name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (CalamineError, ValueError, OSError) as error:
        reason = str(error)[:120]
        sentence = message("This spreadsheet cannot be read: {reason}. Save it again, or as CSV.", reason=reason)
        raise UnreadableFileError(file, sentence) from None
    for name, grid in grids:
        rows = [FileRow(line, tuple(map(_as_text, cells))) for line, cells in enumerate(grid, 1)]
        filled = [row for row in rows if row.filled]
        if len(filled) > MAX_ROWS + 1:
            raise UnreadableFileError(file, message("The file has more than {most} rows. Split it.", most=MAX_ROWS))
        if filled:
            yield name, filled


def _check_extents(file: str, content: bytes) -> None:
    """Raise UnreadableFileError for a sheet with cells so far apart that the table of all between fits in no memory."""
    if not content.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
                continue
            with archive.open(name) as sheet:
                columns, rows = _extent(sheet)
            if columns * rows > MAX_CELLS:
                sentence = message(
                    "A sheet has cells in {rows} rows and {columns} columns. Delete the cells outside the table.",
                    rows=rows,
                    columns=columns,
                )
                raise UnreadableFileError(file, sentence)


def _extent(sheet: IO[bytes]) -> tuple[int, int]:
    """Return the last column and row of a sheet that have a cell with content."""
    columns = rows = 0
    rest = b""
    while chunk := sheet.read(_CHUNK):
        text = rest + chunk
        for letters, digits in _CELL.findall(text):
            rows = max(rows, int(digits))
            columns = max(columns, _column_number(letters))
        rest = text[-_OVERLAP:]
    return columns, rows


@lru_cache(maxsize=20_000)
def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _as_text(value: Any) -> str:
    """Return a cell as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return "" if value is None else composed(str(value)).strip()[:MAX_CELL]


def _number_text(value: float) -> str:
    """Return a number as text, never with three decimals: its point could be one of thousands."""
    if value.is_integer():
        return str(int(value))
    text = f"{value:.10f}".rstrip("0")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text  # noqa: PLR2004 - thousands
