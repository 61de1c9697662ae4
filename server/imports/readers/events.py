"""Reads files of events of deals: what happened to a deal after it was signed."""

from datetime import date
from typing import Any

from server.imports import cells
from server.imports.cells import Names
from server.imports.files.tables import FileRow
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.imports.readers.signing_dates import SigningDates
from server.messages import message

_EVENTS = ("aha", "churned", "renewed", "rated", "paid", "live")


def read_events(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the events of a file to the preview; their deals are known already or in another of the files."""
    del names
    reader = RowReader(file, preview)
    signing_dates = SigningDates(reader, file, preview)
    for row in file.table.rows:
        number = reader.required(row, "id")
        values = _values(reader, row, signing_dates.of(row, number))
        if number and values:
            preview.events.append((number, values))


def _values(reader: RowReader, row: FileRow, signed: date | None) -> dict[str, Any]:
    """Return what a row states, by column of the deals table; a date before the signing is a problem."""
    days: dict[str, Any] = {}
    for name in _EVENTS:
        day = reader.day(row, name)
        if day is None:
            continue
        days[f"{name}_on"] = day
        if signed and day < signed:
            reader.report(row, name, message("This is before the deal was signed ({day}).", day=signed))
    reader.reject_future_days(row, days)
    rating = reader.parse(row, "rating", lambda cell: cells.parse_whole_number(cell, 1, 5), None)
    return days if rating is None else days | {"rating": rating}
