"""Reads files of customers' payments."""

from server.imports import cells
from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.events import SigningDates
from server.imports.readers.row_reader import RowReader


def read_payments(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the payments of a file to the preview, a deal's together; amounts of one day are added up."""
    del names
    reader = RowReader(file, preview)
    signing_dates = SigningDates(reader, file, preview)
    by_deal: dict[str, dict[str, int]] = {}
    for row in file.table.rows:
        number = reader.required(row, "id")
        signing_dates.of(row, number)
        day = reader.day(row, "day")
        reader.reject_future_days(row, {"day": day})
        amount = reader.parse(row, "amount", cells.parse_signed_cents, 0)
        if day is None:
            reader.required(row, "day")
            continue
        payments = by_deal.setdefault(number, {})
        payments[day.isoformat()] = payments.get(day.isoformat(), 0) + amount
    preview.payments += [
        (number, {"payments": sorted(payments.items())}) for number, payments in by_deal.items() if number
    ]
