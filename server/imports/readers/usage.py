"""Reads files of product usage."""

from server.imports import cells
from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import RowReader

MAX_COUNT = 10**9


def read_usage(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the usage of a file to the preview: customer, event, day, count (1 unless stated)."""
    reader = RowReader(file, preview)
    for row in file.table.rows:
        customer, event = reader.required(row, "customer"), reader.required(row, "event")
        day = reader.day(row, "day")
        count = reader.parse(row, "count", lambda cell: cells.parse_whole_number(cell, 0, MAX_COUNT), None)
        reader.reject_future_days(row, {"day": day})
        if day is None:
            reader.required(row, "day")
        elif customer and event:
            preview.usage.append((names["customers"].add(customer), event[:80], day, 1 if count is None else count))
