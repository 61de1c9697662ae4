"""The summary sheet: money by pay element and month, as formulas over the other sheets."""

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from server.comp import Statement
from server.statements.csv import escape_formula
from server.statements.workbook.deals import DealsSheet
from server.statements.workbook.formats import Formats
from server.statements.workbook.schedules import CENTS
from server.web.i18n import Language

FIRST_DAYS, LAST_DAYS = 0, 1
"""The rows with the first and the last day of each month."""
FIRST_ELEMENT = 2
"""The row of the first pay element; the others follow."""
LABELS, FIRST_MONTH = 0, 1
"""The columns of the labels and of the first month; a column of totals follows the last month."""


class SummarySheet:
    """Writes the summary of one statement. Rows and columns are counted from 0, as xlsxwriter does."""

    def __init__(
        self,
        sheet: Worksheet,
        formats: Formats,
        statement: Statement,
        currency: str,
        deals: DealsSheet,
        language: Language,
    ) -> None:
        self._sheet, self._statement, self._language = sheet, statement, language
        self._formats, self._currency = formats, currency
        self._months = statement.window.months
        self._amounts = statement.amounts()
        self._deal_formulas = [
            deals.pays_in(f"{letters}${FIRST_DAYS + 1}", f"{letters}${LAST_DAYS + 1}")
            for letters in map(xl_col_to_name, range(FIRST_MONTH, FIRST_MONTH + self._months))
        ]
        self._fixed = _fixed_cents(statement)

    @property
    def _total_column(self) -> int:
        return FIRST_MONTH + self._months

    @property
    def _total_row(self) -> int:
        return FIRST_ELEMENT + len(self._statement.elements.labels)

    def write(self) -> None:
        """Write the months, a row for each pay element, the totals, and the difference from the statement."""
        self._write_months()
        for element in range(len(self._statement.elements.labels)):
            self._write_element(element)
        self._write_totals()
        self._write_difference()
        self._sheet.set_column(LABELS, LABELS, 34)
        self._sheet.set_column(FIRST_MONTH, self._total_column, 13)
        self._sheet.freeze_panes(FIRST_ELEMENT, FIRST_MONTH)

    def _write_months(self) -> None:
        heading = self._formats.heading
        self._sheet.write_string(FIRST_DAYS, LABELS, f"{self._currency} by month", heading)
        first_month, calendar = self._statement.window.first_month, self._statement.window.calendar
        form = self._formats.day if calendar.weeks else self._formats.month
        for index in range(self._months):
            first, last = calendar.first_day(first_month + index), calendar.last_day(first_month + index)
            column = FIRST_MONTH + index
            self._sheet.write_datetime(FIRST_DAYS, column, first, form)
            self._sheet.write_datetime(LAST_DAYS, column, last, self._formats.day)
        self._sheet.write_string(FIRST_DAYS, self._total_column, "Total", heading)
        self._sheet.set_row(LAST_DAYS, None, None, {"hidden": True})  # the formulas read the last days

    def _write_element(self, element: int) -> None:
        """Write the money of a pay element by month, and their total."""
        row = FIRST_ELEMENT + element
        label = self._language.sentence(self._statement.elements.labels[element])
        self._sheet.write_string(row, LABELS, escape_formula(label))
        for index in range(self._months):
            fixed = self._fixed.get((element, index), 0) / CENTS
            formula = f"=ROUND({self._deal_formula(element, index)}+{fixed},2)"
            self._write_money(row, FIRST_MONTH + index, formula, self._cents(element, index))
        first, last = xl_rowcol_to_cell(row, FIRST_MONTH), xl_rowcol_to_cell(row, self._total_column - 1)
        total = sum(self._cents(element, index) for index in range(self._months))
        self._write_money(row, self._total_column, f"=ROUND(SUM({first}:{last}),2)", total)

    def _write_money(self, row: int, column: int, formula: str, cents: int) -> None:
        """Write a formula of money, and the value to show until the spreadsheet calculates it."""
        is_total = row == self._total_row or column == self._total_column
        amount_format = self._formats.total if is_total else self._formats.money
        self._sheet.write_formula(row, column, formula, amount_format, cents / CENTS)

    def _deal_formula(self, element: int, index: int) -> str:
        """Return the formula of the money that deals pay for an element in a month, counted from 0."""
        return self._deal_formulas[index].get(element, "0")

    def _cents(self, element: int, index: int) -> int:
        """Return the cents in a pay element's row in a month, counted from 0."""
        return self._amounts.get((element, index), 0)

    def _write_totals(self) -> None:
        """Write the total of every month, and the grand total."""
        self._sheet.write_string(self._total_row, LABELS, "Total", self._formats.total)
        elements = range(len(self._statement.elements.labels))
        for index in range(self._months):
            total = sum(self._cents(element, index) for element in elements)
            self._write_column_total(FIRST_MONTH + index, total)
        self._write_column_total(self._total_column, self._statement.total)

    def _write_column_total(self, column: int, value: int) -> None:
        first, last = xl_rowcol_to_cell(FIRST_ELEMENT, column), xl_rowcol_to_cell(self._total_row - 1, column)
        self._write_money(self._total_row, column, f"=ROUND(SUM({first}:{last}),2)", value)

    def _write_difference(self) -> None:
        """Write the statement's total as a value, and the difference of the formulas from it."""
        expected_row, difference_row = self._total_row + 1, self._total_row + 2
        calculated, expected = (
            xl_rowcol_to_cell(self._total_row, self._total_column),
            xl_rowcol_to_cell(expected_row, self._total_column),
        )
        self._sheet.write_string(expected_row, LABELS, "Total in Townhall (value)")
        self._sheet.write_number(expected_row, self._total_column, self._statement.total / CENTS, self._formats.money)
        self._sheet.write_string(difference_row, LABELS, "Difference")
        self._write_money(difference_row, self._total_column, f"=ROUND({calculated}-{expected},2)", 0)


def _fixed_cents(statement: Statement) -> dict[tuple[int, int], int]:
    """Return the cents of base pay and period payments by pay element and month, counted from 0."""
    sums: dict[tuple[int, int], int] = {}
    for line in [*statement.base, *(period.line for period in statement.periods)]:
        key = (line.element, statement.window.calendar.month_of(line.day) - statement.window.first_month)
        sums[key] = sums.get(key, 0) + line.cents
    return sums
