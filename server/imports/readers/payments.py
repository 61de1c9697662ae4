"""Reads files of customers' payments."""

from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.imports.readers.signing_dates import SigningDates
from server.messages import message


def read_payments(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the payments of a file to the preview; amounts of one deal and day are added up, also over several files."""
    del names
    reader = RowReader(file, preview)
    signing_dates = SigningDates(reader, file, preview)
    for row in file.table.rows:
        number, day = reader.required(row, "id"), reader.day(row, "day")
        signing_dates.of(row, number)
        reader.reject_future_days(row, {"day": day})
        amount = reader.cents(row, "amount", is_negative_allowed=True)
        if not reader.required(row, "amount") or (day is None and not reader.required(row, "day")):
            continue
        if amount <= 0:
            fix = message("A payment is more than 0. What a customer gets back is a deal with a negative amount.")
            reader.report(row, "amount", fix)
        elif number and day:
            payments = preview.payments.setdefault(number, {})
            payments[day.isoformat()] = payments.get(day.isoformat(), 0) + amount
