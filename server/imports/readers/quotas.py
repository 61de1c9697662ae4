"""Reads files of personal terms: quota, variable pay or base salary of one person for some months."""

from datetime import date
from fractions import Fraction

from server.comp.calendar import EARLIEST, MONTHS_IN_YEAR, first_day, month_of
from server.comp.rounding import to_cents
from server.imports import cells
from server.imports.cells import Names
from server.imports.files.tables import FileRow
from server.imports.parsed import ImportPreview, ParsedFile, ParsedQuota
from server.imports.quota_columns import YEAR, chosen_year
from server.imports.readers.row_reader import RowReader
from server.imports.values.periods import named_period
from server.messages import message

_AMOUNTS = ("quota", "variable", "base")


def _period(reader: RowReader, row: FileRow, year: str) -> tuple[date | None, date | None, int | None]:
    """Return the first and last month of the period that a row names, and its number of months.

    `year` is that of periods without one.
    """
    period = named_period(reader.required(row, "period"))
    stated = (period.year if period else None) or chosen_year(year)
    if period is None:
        reader.report(row, "period", message("This is not a month, quarter or year. Write it like 2027-01 or 2027 Q1."))
        return None, None, None
    year_of_period = stated or EARLIEST.year  # asked for, so that nothing is written with this one
    first = first_day(month_of(date(year_of_period, period.first, 1)))
    return first, first_day(month_of(first) + period.months - 1), period.months


def read_quotas(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the personal terms of a file to the preview; without a last month they hold for a year.

    Amounts are those of a year, or of as many months as a column states.
    """
    reader = RowReader(file, preview)
    for row in file.table.rows:
        person = reader.known_person(row, names["people"])
        since, until = reader.month(row, "since"), reader.month(row, "until")
        months = reader.parse(row, "months", lambda cell: cells.parse_whole_number(cell, 1, 12), None)
        if "period" in file.mapping and since is None:
            since, until, months = _period(reader, row, file.choice.get(YEAR, ""))
        yearly = Fraction(MONTHS_IN_YEAR, months or MONTHS_IN_YEAR)
        amounts = {
            name: to_cents(reader.cents(row, name) * yearly) if reader.text(row, name) else None for name in _AMOUNTS
        }
        until = until or (since and first_day(month_of(since) + MONTHS_IN_YEAR - 1))
        if since is None or until is None:
            if "period" not in file.mapping and cells.is_empty(reader.cell(row, "since")):
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
