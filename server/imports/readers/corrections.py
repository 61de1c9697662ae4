"""Reads files of corrections: amounts added to people's variable pay by hand, or taken from it."""

from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedCorrection, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.messages import message


def read_corrections(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the corrections of a file to the preview; each needs a day and a reason."""
    reader = RowReader(file, preview)
    for row in file.table.rows:
        person, reason = reader.known_person(row, names["people"]), reader.required(row, "reason")
        reader.required(row, "amount")
        cents = reader.cents(row, "amount", is_negative_allowed=True)
        day = reader.day(row, "day")
        reader.reject_future_days(row, {"day": day})
        if day is None:
            reader.required(row, "day")
        elif person and reason:
            correction = ParsedCorrection(person, day, cents, reason)
            if correction in preview.corrections:
                fix = message("The same correction is in another row too. Add the amounts, or change a reason.")
                reader.report(row, "amount", fix)
            preview.corrections.append(correction)
