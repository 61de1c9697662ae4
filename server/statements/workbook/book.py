"""Puts a workbook together: summary, month ends, schedules, deals and plan.

Amounts are money in the plan's currency. Formulas read them back as whole cents, so that none is rounded on the way.
Rules that a formula cannot express (gates, minimums, draws and the like) are written as values.
"""

import io

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from server.comp import History, Plan, Statement, describe
from server.comp.explain.context import RepContext
from server.statements.csv import escape_formula
from server.statements.workbook.deals import DealsSheet
from server.statements.workbook.formats import Formats, formats_of
from server.statements.workbook.schedules import CENTS, SchedulesSheet
from server.statements.workbook.summary import SummarySheet
from server.web.i18n import Language


def as_workbook(statement: Statement, history: History, plan: Plan, language: Language) -> bytes:
    """Return the workbook of a statement; its summary shows the difference from the statement's total."""
    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(output, options)
    summary_sheet = book.add_worksheet("Summary")
    month_ends_sheet = book.add_worksheet("Month ends")
    formats = formats_of(book)
    schedules = SchedulesSheet(book.add_worksheet("Schedules"), formats)
    deals = DealsSheet(book, formats, schedules, statement, plan, RepContext(history, plan, statement.window))
    deals.write()
    _write_month_ends(month_ends_sheet, formats, statement, language)
    SummarySheet(summary_sheet, formats, statement, plan.currency, deals, language).write()
    _write_plan(book.add_worksheet("Plan"), plan, language)
    book.close()
    return output.getvalue()


def _write_month_ends(
    sheet: Worksheet,
    formats: Formats,
    statement: Statement,
    language: Language,
) -> None:
    """Write base pay and the payments for periods, as values with their reasons."""
    for column, (heading, width) in enumerate((("Pay element", 24), ("Day", 12), ("Amount", 14), ("Why", 80))):
        sheet.write_string(0, column, heading, formats.heading)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    lines = [*statement.base, *(period.line for period in statement.periods)]
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, escape_formula(language.sentence(statement.elements.labels[line.element])))
        sheet.write_datetime(row, 1, line.day, formats.day)
        sheet.write_number(row, 2, line.cents / CENTS, formats.money)
        sheet.write_string(row, 3, escape_formula(language.sentence(line.step.why)))


def _write_plan(sheet: Worksheet, plan: Plan, language: Language) -> None:
    """Write the plan's name and its description."""
    sheet.write_string(0, 0, escape_formula(plan.name))
    for row, sentence in enumerate(describe(plan), start=2):
        sheet.write_string(row, 0, escape_formula(language.sentence(sentence)))
