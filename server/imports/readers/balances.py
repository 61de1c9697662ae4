"""Reads files of opening balances: what people owe from earlier draws."""

from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.messages import message


def read_balances(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the opening balances of a file to the preview: person and cents; a person has one."""
    reader = RowReader(file, preview)
    lines: dict[str, int] = {}
    for row in file.table.rows:
        if person := reader.known_person(row, names["people"]):
            if person in lines:
                fix = message("This person is on line {line} too. Keep one of them.", line=lines[person])
                reader.report(row, "person", fix)
            lines[person] = row.line
            preview.balances.append((person, reader.cents(row, "owed")))
