"""Reads one file column by column: a column has few different cells, and each of them is read once."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from server.imports import cells
from server.imports.files.tables import FileRow
from server.imports.headers import unit_of
from server.imports.parsed import ImportPreview, ParsedFile
from server.imports.readers.row_reader import MAX_LENGTH, MAX_LENGTHS, RowReader
from server.imports.values.numbers import LONGEST_NOTHING, DecimalSign
from server.messages import Message

T = TypeVar("T")
_MAX_PLAIN = 13
"""Characters of an amount that is certainly within the limits of one."""


class ColumnReader:
    """Reads the columns of one file, each as a list with a value for every row."""

    def __init__(self, file: ParsedFile, preview: ImportPreview) -> None:
        self._file, self._preview = file, preview
        self._row_reader = RowReader(file, preview)
        self._first_problem = len(preview.problems)

    @property
    def decimal(self) -> DecimalSign:
        """The decimal sign of the file's numbers."""
        return self._file.decimal

    @property
    def rows(self) -> Sequence[FileRow]:
        """The file's rows."""
        return self._file.table.rows

    def column(self, name: str, read: Callable[[RowReader, FileRow], T], fallback: T) -> list[T]:
        """Return what `read` gives for every row, called once for all equal cells; without the column the fallback.

        A cell that has a problem, or that counts as rounded, is read for each of its rows.
        """
        if name not in self._file.mapping:
            return [fallback] * len(self.rows)
        cells_ = self._file.cells(name)
        problems, preview, known = self._preview.problems, self._preview, dict[str, T]()
        if len(distinct := dict.fromkeys(cells_)) < len(cells_):
            positions = dict(zip(reversed(cells_), range(len(cells_) - 1, -1, -1), strict=True))
            for cell in distinct:
                before = len(problems), preview.rounded, preview.has_zones
                value = read(self._row_reader, self.rows[positions[cell]])
                if before[:2] == (len(problems), preview.rounded):
                    known[cell] = value
                else:  # read again below, for each of its rows
                    del problems[before[0] :]
                    preview.rounded = before[1]
            if len(known) == len(distinct):
                return [known[cell] for cell in cells_]
        return [
            known[cell] if cell in known else read(self._row_reader, row)
            for cell, row in zip(cells_, self.rows, strict=True)
        ]

    def cells(self, name: str) -> list[str]:
        """Return a field's cells as they are, "" without the column."""
        return self._file.cells(name) or [""] * len(self.rows)

    def cell(self, name: str, position: int) -> str:
        """Return a field's cell in a row."""
        return self._row_reader.cell(self.rows[position], name)

    def parsed(self, name: str, parse: Callable[[str], T], fallback: T) -> list[T]:
        """Return a field's parsed cells; one that cannot be parsed is a problem and gives the fallback."""
        return self.column(name, lambda reader, row: reader.parse(row, name, parse, fallback), fallback)

    def text(self, name: str) -> list[str]:
        """Return a field's cells, "" for one that spells "nothing"."""
        cells_ = self._file.cells(name)
        distinct = set(cells_)
        if not cells_ or max(map(len, distinct)) > MAX_LENGTHS.get(name, MAX_LENGTH):
            return self.column(name, lambda reader, row: reader.text(row, name), "")
        nothing = {cell for cell in distinct if len(cell) <= LONGEST_NOTHING and cells.is_empty(cell)} - {""}
        return ["" if cell in nothing else cell for cell in cells_] if nothing else cells_

    def required(self, name: str) -> list[str]:
        """Return a field's cells; an empty one is a problem."""
        if all(texts := self.text(name)):
            return texts
        return self.column(name, lambda reader, row: reader.required(row, name), "")

    def days(self, name: str) -> list[date | None]:
        """Return a field's days, None where there is none."""
        return self.column(name, lambda reader, row: reader.day(row, name), None)

    def money(self, name: str) -> tuple[list[int], list[str]]:
        """Return a field's amounts in cents and their currencies; see `RowReader.money`."""
        has_unit = name in self._file.mapping and bool(unit_of(self.column_name(name)))
        is_point = self.decimal is DecimalSign.point

        def read(reader: RowReader, row: FileRow) -> tuple[int, str]:
            cell = reader.cell(row, name)
            whole, sign, decimals = cell.partition(".")
            if len(cell) <= _MAX_PLAIN and cell.isascii() and whole.isdigit():  # most cells of most files
                if not sign:
                    return int(whole) * 100, ""
                if is_point and len(decimals) <= 2 and decimals.isdigit():  # noqa: PLR2004 - cents
                    return int(f"{whole}{decimals:0<2}"), ""
            return reader.money(row, name)

        pairs = self.column(name, (lambda reader, row: reader.money(row, name)) if has_unit else read, (0, ""))
        return [cents for cents, _ in pairs], [currency for _, currency in pairs]

    def column_name(self, name: str) -> str:
        """Return the name of a field's column in the file."""
        return self._file.table.header[self._file.mapping[name]]

    def is_empty(self, name: str, position: int) -> bool:
        """Return whether a field's cell in a row has no value."""
        return cells.is_empty(self._row_reader.cell(self.rows[position], name))

    def report(self, position: int, name: str, fix: Message) -> None:
        """Add a problem with a field in a row."""
        self._row_reader.report(self.rows[position], name, fix)

    def sort_problems(self) -> None:
        """Put the problems of this file in the order of its lines; they were found column by column."""
        problems = self._preview.problems
        problems[self._first_problem :] = sorted(problems[self._first_problem :], key=lambda problem: problem.line)
