"""Reads files of events of deals: what happened to a deal after it was signed."""

from datetime import date
from typing import Any

from server.imports import cells
from server.imports.cells import Names
from server.imports.csv_reader import CsvRow
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.messages import message

_EVENTS = ("aha", "churned", "renewed", "rated", "paid", "live")


def read_events(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the events of a file to the preview; their deals are known already or in another of the files."""
    del names
    reader = RowReader(file, preview)
    numbers = [reader.cell(row, "id") for row in file.table.rows]
    known_dates = dict(preview.signing_dates(numbers))
    file_dates = {deal.external_id: deal.days["signed_on"] for deal in preview.deals}
    for row in file.table.rows:
        number = reader.required(row, "id")
        dates = [file_dates[number]] if number in file_dates else known_dates.get(number, [])
        if number and not dates:
            reader.report(row, "id", message("There is no deal with this ID. Import the deals first."))
        elif number and len(dates) > 1:
            reader.report(row, "id", message("Several sources have a deal with this ID. Correct it there."))
        values = _values(reader, row, dates[0] if dates else None)
        if number and values:
            preview.events.append((number, values))


def _values(reader: RowReader, row: CsvRow, signed: date | None) -> dict[str, Any]:
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
