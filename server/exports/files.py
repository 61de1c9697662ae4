"""Tables as CSV files in an archive, and as the sheets of a workbook; no cell runs as a formula."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from server.exports.tables import Cell, ExportTable
from server.statements.csv import escape_formula

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_csv(table: ExportTable) -> bytes:
    """Return a table as CSV in UTF-8 with a mark, by which spreadsheets recognise it."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(table.header)
    writer.writerows([_as_text(cell) for cell in row] for row in table.rows)
    return output.getvalue().encode("utf-8-sig")


def as_archive(tables: Sequence[ExportTable]) -> bytes:
    """Return tables as a zip of CSV files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            archive.writestr(f"{table.name}.csv", as_csv(table))
    return buffer.getvalue()


def as_workbook(tables: Sequence[ExportTable]) -> bytes:
    """Return tables as the sheets of a workbook, with amounts as numbers and days as dates."""
    import xlsxwriter  # noqa: PLC0415 - a large library

    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    day, money = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "0.00####"})
    bold = book.add_format({"bold": True})
    for table in tables:
        sheet = book.add_worksheet(table.name)
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, table.header, bold)
        for row, cells in enumerate(table.rows, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)
                elif isinstance(cell, Decimal):
                    sheet.write_number(row, column, cell, money)
                elif isinstance(cell, int):
                    sheet.write_number(row, column, cell)
                elif cell:
                    sheet.write_string(row, column, escape_formula(cell))
    book.close()
    return output.getvalue()


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    return escape_formula(cell) if isinstance(cell, str) else str(cell)
