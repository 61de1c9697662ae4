"""The sheet of payout schedules as piecewise linear functions, and the formulas that look them up."""

from dataclasses import dataclass

from xlsxwriter.worksheet import Worksheet

from server.comp.mechanics.piecewise import LinearPiece, PiecewiseLinear
from server.statements.workbook.formats import FROM_THE_START, Formats, as_money, in_cents

HEADINGS = ("From", "Counted from", "Fixed", "Times", "Over", "Plus")
CENTS = 100


@dataclass(frozen=True, slots=True)
class TierBlock:
    """The cells of one schedule: its first and last row in the sheet, counted from 1.

    Totals are money, or units if not `is_money`; with a step they are the number of steps.
    """

    schedule: PiecewiseLinear
    is_money: bool
    first: int
    last: int

    def column(self, letter: str) -> str:
        """Return the range of the block's cells in a column."""
        return f"Schedules!${letter}${self.first}:${letter}${self.last}"

    def owed(self, total: str) -> str:
        """Return the formula of the cents owed on a total, which is a formula of cents or units."""
        if self.schedule.step:
            total = f"MAX(FLOOR(({total})-({self.schedule.start}),{self.schedule.step})/{self.schedule.step},0)"
        sought = as_money(total) if self.is_money else total

        def lookup(letter: str) -> str:
            return f"INDEX({self.column(letter)},MATCH({sought},{self.column('A')},1))"

        origin = in_cents(lookup("B")) if self.is_money else lookup("B")
        times, over, plus = lookup("D"), lookup("E"), lookup("F")
        scale = "" if self.is_money else f"*{CENTS}"
        distance = f"(({total})-{origin})*{times}{scale}/{over}+{plus}{scale}/{over}"
        return f"({in_cents(lookup('C'))}+ROUND({distance},0))"


class SchedulesSheet:
    """Writes each distinct schedule once, a piece per row.

    From its threshold on, a piece pays fixed + (total - origin) x times / over + plus / over, rounded to the cent.
    """

    def __init__(self, sheet: Worksheet, formats: Formats) -> None:
        self._sheet, self._formats = sheet, formats
        self._blocks: dict[tuple[PiecewiseLinear, bool], TierBlock] = {}
        self._next_row = 2
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading, formats.heading)
        sheet.set_column(0, len(HEADINGS), 16)
        sheet.freeze_panes(1, 0)

    def block(self, schedule: PiecewiseLinear, *, is_money: bool) -> TierBlock:
        """Return the block of a schedule for a measure in money or units, writing it if it is new."""
        is_money = is_money and not schedule.step
        key = (schedule, is_money)
        if key not in self._blocks:
            first = self._next_row
            for index, piece in enumerate(schedule.pieces):
                self._write_piece(first - 1 + index, piece, is_money=is_money)
            last = first - 1 + len(schedule.pieces)
            self._blocks[key] = TierBlock(schedule, is_money, first, last)
            self._next_row = last + 2  # an empty row separates the blocks
        return self._blocks[key]

    def _write_piece(self, row: int, piece: LinearPiece, *, is_money: bool) -> None:
        """Write a piece in a row counted from 0, with slope and shift over a common denominator."""
        slope, shift, scale = piece.slope, piece.shift, CENTS if is_money else 1
        per_unit = 1 if is_money else CENTS
        sheet, formats = self._sheet, self._formats
        amount_format = formats.threshold if is_money else formats.units
        sheet.write_number(row, 0, max(piece.threshold / scale, FROM_THE_START), formats.threshold)
        sheet.write_number(row, 1, piece.origin / scale, amount_format)
        sheet.write_number(row, 2, piece.fixed / CENTS, formats.money)
        exact = (
            slope.numerator * shift.denominator,
            slope.denominator * shift.denominator * per_unit,
            shift.numerator * slope.denominator,
        )
        for column, value in enumerate(exact, start=3):
            sheet.write_number(row, column, value)
