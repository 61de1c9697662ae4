"""Reads files of personal terms: quota, variable pay or base salary of one person for some months."""

from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR, first_day, month_of
from server.comp.rounding import to_cents
from server.imports import cells
from server.imports.cells import Names
from server.imports.parsed import ImportPreview, ParsedFile, ParsedQuota
from server.imports.readers.row_reader import RowReader
from server.messages import message

_AMOUNTS = ("quota", "variable", "base")


def read_quotas(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the personal terms of a file to the preview; without a last month they hold for a year.

    Amounts are those of a year, or of as many months as a column states.
    """
    reader = RowReader(file, preview)
    for row in file.table.rows:
        person = reader.known_person(row, names["people"])
        since = reader.month(row, "since")
        until = reader.month(row, "until")
        months = reader.parse(row, "months", lambda cell: cells.parse_whole_number(cell, 1, 12), None)
        yearly = Fraction(MONTHS_IN_YEAR, months or MONTHS_IN_YEAR)
        amounts = {
            name: to_cents(reader.cents(row, name) * yearly) if reader.text(row, name) else None for name in _AMOUNTS
        }
        until = until or (since and first_day(month_of(since) + MONTHS_IN_YEAR - 1))
        if since is None or until is None:
            if cells.is_empty(reader.cell(row, "since")):
                reader.report(row, "since", message("Write the first month, like 2027-01."))
        elif until < since:
            reader.report(row, "until", message("This is before the first month."))
        elif all(amount is None for amount in amounts.values()):
            reader.report(row, "quota", message("Enter a quota, a variable amount or a base salary."))
        elif person:
            preview.quotas.append(
                ParsedQuota(
                    person,
                    since,
                    until,
                    reader.text(row, "component")[:60],
                    reason=reader.text(row, "reason")[:200],
                    **amounts,
                )
            )
