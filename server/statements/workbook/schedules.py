"""The sheet of payout schedules as piecewise linear functions, and the formulas that look them up."""

from dataclasses import dataclass

from xlsxwriter.worksheet import Worksheet

from server.comp.mechanics.piecewise import LinearPiece, PiecewiseLinear

LOWEST = -(10**15)
"""The threshold of a piece without a lower bound; spreadsheets count exactly down to here."""
HEADINGS = ("From", "Counted from", "Fixed", "Times", "Over", "Plus")


@dataclass(frozen=True, slots=True)
class TierBlock:
    """The cells of one schedule: its first and last row in the sheet, counted from 1."""

    schedule: PiecewiseLinear
    first: int
    last: int

    def column(self, letter: str) -> str:
        """Return the range of the block's cells in a column."""
        return f"Schedules!${letter}${self.first}:${letter}${self.last}"

    def owed(self, total: str) -> str:
        """Return the formula of the cents owed on a total, which is given as a formula."""
        if self.schedule.step:
            total = f"MAX(FLOOR(({total})-({self.schedule.start}),{self.schedule.step})/{self.schedule.step},0)"

        def lookup(letter: str) -> str:
            return f"INDEX({self.column(letter)},MATCH({total},{self.column('A')},1))"

        origin, fixed = lookup("B"), lookup("C")
        times, over, plus = lookup("D"), lookup("E"), lookup("F")
        return f"({fixed}+ROUND((({total})-{origin})*{times}/{over}+{plus}/{over},0))"


class SchedulesSheet:
    """Writes each distinct schedule once, a piece per row.

    From its threshold on, a piece pays fixed + round((total - origin) x times / over + plus / over) cents.
    """

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._blocks: dict[PiecewiseLinear, TierBlock] = {}
        self._next_row = 2
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading)

    def block(self, schedule: PiecewiseLinear) -> TierBlock:
        """Return the block of a schedule, writing it if it is new."""
        if schedule not in self._blocks:
            first = self._next_row
            for index, piece in enumerate(schedule.pieces):
                self._write_piece(first - 1 + index, piece)
            last = first - 1 + len(schedule.pieces)
            self._blocks[schedule] = TierBlock(schedule, first, last)
            self._next_row = last + 2  # an empty row separates the blocks
        return self._blocks[schedule]

    def _write_piece(self, row: int, piece: LinearPiece) -> None:
        """Write a piece in a row counted from 0, with slope and shift over a common denominator."""
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
            self._sheet.write_number(row, column, value)
