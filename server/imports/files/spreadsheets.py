"""Rows of spreadsheets (xlsx, xls, ods), a table a sheet; numbers and days are written so that one reading fits."""

import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from server.imports.files.tables import MAX_CELL, MAX_ROWS, FileRow, UnreadableFileError
from server.messages import message

MAX_SHEETS = 20
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


def _as_text(value: Any) -> str:
    """Return a cell as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return "" if value is None else str(value).strip()[:MAX_CELL]


def _number_text(value: float) -> str:
    """Return a number as text, never with three decimals: its point could be one of thousands."""
    if value.is_integer():
        return str(int(value))
    text = f"{value:.10f}".rstrip("0")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text  # noqa: PLR2004 - thousands
