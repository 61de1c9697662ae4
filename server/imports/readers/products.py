"""Reads files of products."""

from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader


def read_products(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the products of a file to the preview: name, series, list price in cents."""
    reader = RowReader(file, preview)
    for row in file.table.rows:
        if cell := reader.required(row, "product"):
            price = reader.cents(row, "price")
            preview.products.append((names["products"].add(cell), reader.cell(row, "series"), price))
