"""Reads files of people's results, such as NRR or a score at a month's end."""

from server.comp.history import RESULT_SCALE
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.ranges import quantity
from server.imports import cells
from server.imports.cells import CellError, Names
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.messages import message


def read_results(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the results of a file to the preview: person, result, month, value in 1/RESULT_SCALE."""
    reader = RowReader(file, preview)
    for row in file.table.rows:
        person, name = reader.known_person(row, names["people"]), reader.required(row, "result")
        month = reader.month(row, "month")
        value = reader.parse(row, "value", _parse_value, None)
        if month is None:
            if cells.is_empty(reader.cell(row, "month")):
                reader.report(row, "month", message("Write the month, like 2027-01."))
        elif person and name and value is not None:
            preview.results.append((person, name.lower()[:60], month, value))


def _parse_value(cell: str) -> int | None:
    """Return a percentage or a number in 1/RESULT_SCALE, None for an empty cell; raises CellError."""
    if cells.is_empty(cell):
        return None
    try:
        return int(quantity(cell) * RESULT_SCALE)
    except UnreadableError as error:
        raise CellError(error.rule) from None
