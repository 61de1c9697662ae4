"""Reads files of customers."""

from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader


def read_customers(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the customers of a file to the preview: name, sector, country."""
    reader = RowReader(file, preview)
    for row in file.table.rows:
        if cell := reader.required(row, "customer"):
            name = names["customers"].add(cell)
            preview.customers.append((name, reader.cell(row, "sector"), reader.cell(row, "country")))
