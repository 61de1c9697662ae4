"""Reads the cells of one file by field and records every cell that cannot be used as a problem."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import TypeVar

from server.comp.rounding import to_cents
from server.imports import cells
from server.imports.cells import CellError, Names
from server.imports.deal_meanings import kind_meaning
from server.imports.files.tables import FileRow
from server.imports.headers import CENTS, unit_of
from server.imports.parsed import ImportPreview, ParsedFile, RowProblem
from server.imports.values.days import has_zone
from server.imports.values.numbers import SHARED_SIGNS, DecimalSign, currency_meant
from server.messages import ListMessage, Message, message

T = TypeVar("T")
MAX_LENGTHS = {
    "customer": 200,
    "product": 200,
    "email": 254,
    "region": 80,
    "title": 80,
    "level": 60,
    "event": 80,
    "person": 1_000,
    "payments": 2_000,
}
"""Characters the database columns hold; `person` may name the several people of a shared deal, `payments` many days."""
MAX_LENGTH = 120
"""Characters of every other field, and of one person's name."""


def shared_name(labels: Sequence[str]) -> Message:
    """Return why a name that several people have cannot be used, and what to do."""
    people = ListMessage(tuple(labels))
    return message("Several people have this name: {people}. Write the e-mail address instead.", people=people)


class RowReader:
    """Reads the cells of one file by field and adds what is wrong to the preview's problems."""

    def __init__(self, file: ParsedFile, preview: ImportPreview) -> None:
        self._file, self._preview = file, preview
        self._too_long: set[tuple[int, str]] = set()

    @property
    def decimal(self) -> DecimalSign:
        """The decimal sign of the file's numbers."""
        return self._file.decimal

    def cell(self, row: FileRow, name: str) -> str:
        """Return a field's cell, empty without such a column; a cell that is too long is a problem."""
        index = self._file.mapping.get(name)
        cell = row.cells[index] if index is not None and index < len(row.cells) else ""
        limit = MAX_LENGTHS.get(name, MAX_LENGTH)
        if len(cell) <= limit:
            return cell
        if (row.line, name) in self._too_long:
            return cell[:limit]
        self._too_long.add((row.line, name))
        fix = message("This is longer than {most} characters. Shorten it.", most=limit)
        self._preview.problems.append(RowProblem(self._file.table.file, row.line, name, cell[:80], fix))
        return cell[:limit]

    def parse(self, row: FileRow, name: str, parse: Callable[[str], T], fallback: T) -> T:
        """Return a field's parsed cell; a cell that cannot be parsed is a problem and gives the fallback.

        The fallback is also what a field without a column has.
        """
        if name not in self._file.mapping:
            return fallback
        try:
            return parse(self.cell(row, name))
        except CellError as error:
            self.report(row, name, error.sentence)
            return fallback

    def report(self, row: FileRow, name: str, fix: Message) -> None:
        """Add a problem with a field."""
        index = self._file.mapping.get(name)
        column = self._file.table.header[index] if index is not None else name
        problem = RowProblem(self._file.table.file, row.line, column, self.cell(row, name)[:80], fix)
        self._preview.problems.append(problem)

    def required(self, row: FileRow, name: str) -> str:
        """Return a field's cell; an empty one is a problem."""
        cell = self.cell(row, name)
        if cells.is_empty(cell):
            self.report(row, name, message("This cell is required. Fill it in."))
            return ""
        return cell

    def text(self, row: FileRow, name: str) -> str:
        """Return a field's cell, "" for one that spells "nothing", such as n/a."""
        if name not in self._file.mapping:
            return ""
        cell = self.cell(row, name)
        return "" if cells.is_empty(cell) else cell

    def day(self, row: FileRow, name: str) -> date | None:
        """Return a day, read in the order of its file; None when there is none."""
        if name not in self._file.mapping:
            return None
        if has_zone(self.cell(row, name)):
            self._preview.has_zones = True
        return self.parse(row, name, lambda cell: cells.parse_day(cell, self._file.order, self._preview.zone), None)

    def month(self, row: FileRow, name: str) -> date | None:
        """Return the first day of a month, read in the order of its file; None when there is none."""
        return self.parse(row, name, lambda cell: cells.parse_month(cell, self._file.order), None)

    def money(self, row: FileRow, name: str) -> tuple[int, str]:
        """Return an amount in cents and its currency, which is empty for the company's own and where none is named."""
        cents, sign, is_rounded = self.parse(
            row, name, lambda cell: cells.parse_cents(cell, self._file.decimal), (0, "", False)
        )
        self._preview.rounded += is_rounded
        own, unit = self._preview.currency, self._unit(name)
        if unit == CENTS:
            cents, unit = to_cents(Fraction(cents, 100)), ""
        if sign in SHARED_SIGNS and sign != "$" and own not in SHARED_SIGNS[sign]:
            self.report(row, name, message("Several currencies have this sign. Write three letters, like SEK."))
            return cents, sign
        currency, of_column = currency_meant(sign, own), currency_meant(unit, own)
        if sign and unit and currency != of_column:
            fix = message("The column's name says {unit}. Correct one of them.", unit=unit)
            self.report(row, name, fix)
        return cents, currency if sign else of_column

    def _unit(self, name: str) -> str:
        """Return the currency or unit that the name of a field's column states."""
        index = self._file.mapping.get(name)
        return unit_of(self._file.table.header[index]) if index is not None else ""

    def cents(self, row: FileRow, name: str, *, is_negative_allowed: bool = False) -> int:
        """Return an amount in the company's currency in cents, 0 if empty; one in another currency is a problem."""
        cents, currency = self.money(row, name)
        if currency:
            own = self._preview.currency
            self.report(
                row, name, message("This is in {currency}, not in {own}. Convert it.", currency=currency, own=own)
            )
        if cents < 0 and not is_negative_allowed:
            self.report(row, name, message("This cannot be negative. Correct it."))
        return cents

    def kind(self, row: FileRow) -> str:
        """Return what kind of deal it is; an empty cell is a new one, and an unknown word is asked about."""
        cell = self.text(row, "kind")
        return (cell and kind_meaning(self._file, cell)) or "new"

    def person_name(self, row: FileRow) -> str:
        """Return the name of the one person a row is about; an empty or too long name is a problem."""
        cell = self.required(row, "person")
        if len(cell) > MAX_LENGTH:
            self.report(row, "person", message("This is longer than {most} characters. Shorten it.", most=MAX_LENGTH))
        return cell[:MAX_LENGTH]

    def known_person(self, row: FileRow, people: Names) -> str:
        """Return a person who is known or in another of the files; anyone else is a problem and gives ""."""
        cell = self.required(row, "person")
        name = people.find(cell) if cell else None
        if cell and name is None:
            self.report(
                row,
                "person",
                message("There is no person with this name. Import people first, or correct the name."),
            )
        return "" if name and self.refuse_shared(row, "person", name, people) else name or ""

    def refuse_shared(self, row: FileRow, field: str, name: str, people: Names) -> bool:
        """Report a name that several people have; return whether it is one."""
        if not (labels := people.namesakes(name)):
            return False
        self.report(row, field, shared_name(labels))
        return True

    def reject_future_days(self, row: FileRow, days: Mapping[str, date | None]) -> None:
        """Report dates in the future: one wrong year would shift everyone's last twelve months.

        `days` has the fields' names, with or without a final "_on".
        """
        today = self._preview.today
        for name, day in days.items():
            if day and today and day > today:
                self.report(row, name.removesuffix("_on"), message("This date is in the future. Correct it."))
