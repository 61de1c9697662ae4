"""The sheet of schedules: tiers, bonuses and steps worked out as pieces, and the formula that pays a total by them."""

from dataclasses import dataclass

from xlsxwriter.worksheet import Worksheet

from server.comp.piecewise import PiecewiseLinear

LOWEST = -(10**15)
"""Stands for “from the very start”: spreadsheets count exactly up to here."""
HEADINGS = ("From", "Counted from", "Fixed", "Times", "Over", "Plus")


@dataclass(frozen=True, slots=True)
class TierBlock:
    """Where one schedule stands in its sheet: first and last row, counted from 1."""

    row: PiecewiseLinear
    first: int
    last: int

    def column(self, letter: str) -> str:
        """Return the address of its cells in a column."""
        return f"Schedules!${letter}${self.first}:${letter}${self.last}"

    def owed(self, total: str) -> str:
        """Return the formula of what is owed, in cents, on a total given as a formula."""
        if self.row.step:
            total = f"MAX(FLOOR(({total})-({self.row.start}),{self.row.step})/{self.row.step},0)"

        def at(letter: str) -> str:
            return f"INDEX({self.column(letter)},MATCH({total},{self.column('A')},1))"

        return f"({at('C')}+ROUND((({total})-{at('B')})*{at('D')}/{at('E')}+{at('F')}/{at('E')},0))"


class SchedulesSheet:
    """Writes every different schedule once: from a threshold on, fixed + round((total - origin) x times / over)."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet, self._blocks, self._next = sheet, dict[PiecewiseLinear, TierBlock](), 2
        for column, head in enumerate(HEADINGS):
            sheet.write_string(0, column, head)

    def block(self, row: PiecewiseLinear) -> TierBlock:
        """Return where a schedule stands, writing it when it is new."""
        if row not in self._blocks:
            for place, piece in enumerate(row.pieces):
                slope, shift = piece.slope, piece.shift
                values = (
                    max(piece.threshold, LOWEST),
                    piece.origin,
                    piece.fixed,
                    slope.numerator * shift.denominator,
                    slope.denominator * shift.denominator,
                    shift.numerator * slope.denominator,
                )
                for column, value in enumerate(values):
                    self._sheet.write_number(self._next - 1 + place, column, value)
            self._blocks[row] = TierBlock(row, self._next, self._next - 1 + len(row.pieces))
            self._next += len(row.pieces) + 1
        return self._blocks[row]
