"""When the deals that a file names were signed."""

from datetime import date

from server.imports.files.tables import FileRow
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.messages import message


class SigningDates:
    """When the deals that a file names were signed; they are known already or in another of the files."""

    def __init__(self, reader: RowReader, file: ParsedFile, preview: ImportPreview) -> None:
        self._reader = reader
        numbers = [reader.cell(row, "id") for row in file.table.rows]
        self._known = dict(preview.signing_dates(numbers))
        self._in_files = {deal.external_id: deal.signed_on for deal in preview.deals}

    def of(self, row: FileRow, number: str) -> date | None:
        """Return the signing date of the deal of a row; one that is not known, or twice, is a problem."""
        dates = [self._in_files[number]] if number in self._in_files else self._known.get(number, [])
        if number and not dates:
            self._reader.report(row, "id", message("There is no deal with this ID. Import the deals first."))
        elif number and len(dates) > 1:
            self._reader.report(row, "id", message("Several sources have a deal with this ID. Correct it there."))
        return dates[0] if dates else None
