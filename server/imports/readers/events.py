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


class SigningDates:
    """When the deals that a file names were signed; they are known already or in another of the files."""

    def __init__(self, reader: RowReader, file: ParsedFile, preview: ImportPreview) -> None:
        self._reader = reader
        numbers = [reader.cell(row, "id") for row in file.table.rows]
        self._known = dict(preview.signing_dates(numbers))
        self._in_files = {deal.external_id: deal.days["signed_on"] for deal in preview.deals}

    def of(self, row: CsvRow, number: str) -> date | None:
        """Return the signing date of the deal of a row; one that is not known, or twice, is a problem."""
        dates = [self._in_files[number]] if number in self._in_files else self._known.get(number, [])
        if number and not dates:
            self._reader.report(row, "id", message("There is no deal with this ID. Import the deals first."))
        elif number and len(dates) > 1:
            self._reader.report(row, "id", message("Several sources have a deal with this ID. Correct it there."))
        return dates[0] if dates else None


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
