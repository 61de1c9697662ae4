"""Puts the workbook together: the summary by head and month, the deals, month ends, schedules, and the plan's words.

Amounts are whole cents everywhere, so that no decimal is lost on the way. What a formula cannot say (gates, minimums,
draws and the like) stands there as a value.
"""

import io
from datetime import datetime

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from server.comp.analysis.describe import describe
from server.comp.calendar import month_of
from server.comp.explain.context import RepContext
from server.comp.history import History
from server.comp.plan import Plan
from server.comp.statements import Statement
from server.statements.csv import escape_formula
from server.statements.workbook.deals import DealsSheet, month_ends
from server.statements.workbook.schedules import SchedulesSheet
from server.web.i18n import Language


def as_workbook(statement: Statement, history: History, plan: Plan, language: Language) -> bytes:
    """Return a statement's workbook; its summary comes to the statement's total and says the difference."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    summary = book.add_worksheet("Summary")
    ends = book.add_worksheet("Month ends")
    schedules = SchedulesSheet(book.add_worksheet("Schedules"))
    deals = DealsSheet(book, schedules, statement, plan, RepContext(history, plan, statement.window))
    deals.write()
    _write_footer(book, ends, statement, language)
    _write_summary(book, summary, statement, deals, language)
    words = book.add_worksheet("Plan")
    words.write_string(0, 0, escape_formula(plan.name))
    for row, sentence in enumerate(describe(plan), start=2):
        words.write_string(row, 0, escape_formula(language.sentence(sentence)))
    book.close()
    return out.getvalue()


def _write_footer(
    book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, statement: Statement, language: Language
) -> None:
    """Write base pay and what is paid for periods, as values with their reasons."""
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, head in enumerate(("Head", "Day", "Cents", "Why")):
        sheet.write_string(0, column, head)
    lines = [*statement.base, *(found.line for found in statement.periods)]
    for row, line in enumerate(lines, start=1):
        sheet.write_string(row, 0, escape_formula(language.sentence(statement.elements.labels[line.element])))
        sheet.write_datetime(row, 1, datetime(line.day.year, line.day.month, line.day.day), day)  # noqa: DTZ001
        sheet.write_number(row, 2, line.cents)
        sheet.write_string(row, 3, escape_formula(language.sentence(line.step.why)))


def _write_summary(
    book: xlsxwriter.Workbook,
    sheet: xlsxwriter.worksheet.Worksheet,
    statement: Statement,
    deals: DealsSheet,
    language: Language,
) -> None:
    """Write cents by head and month as formulas over the other sheets, their sums, and the difference to Townhall's."""
    day = book.add_format({"num_format": "yyyy-mm"})
    months = month_ends(statement)
    heads = [*range(len(statement.elements.labels))]
    instalments = range(1, 1 + statement.elements.instalments)
    sheet.write_string(0, 0, "Cents (hundredths) by month")
    for column, (first, last) in enumerate(months, start=1):
        sheet.write_datetime(0, column, datetime(first.year, first.month, first.day), day)  # noqa: DTZ001
        sheet.write_datetime(1, column, datetime(last.year, last.month, last.day), day)  # noqa: DTZ001
    total = len(months) + 1
    sheet.write_string(0, total, "Total")
    amounts = statement.amounts()
    fixed = _fixed(statement)
    row = 2
    sums = [0] * total
    for head in heads:
        whole = 0
        sheet.write_string(row, 0, escape_formula(language.sentence(statement.elements.labels[head])))
        merged = deals.by_value and head in instalments
        for column in range(1, total):
            letter = xl_col_to_name(column)
            pays = deals.pays_in(f"{letter}$1", f"{letter}$2")
            source = -1 if merged and head == instalments[0] else head
            formula = f"={pays.get(source, 0) if not merged or source == -1 else 0}+{fixed.get((head, column - 1), 0)}"
            value = amounts.get((head, column - 1), 0)
            if merged:
                value = sum(amounts.get((i, column - 1), 0) for i in instalments) if head == instalments[0] else 0
            sheet.write_formula(row, column, formula, None, value)
            whole += value
            sums[column] += value
        last = xl_col_to_name(total - 1)
        sheet.write_formula(row, total, f"=SUM(B{row + 1}:{last}{row + 1})", None, whole)
        row += 1
    column = xl_col_to_name(total)
    sheet.write_string(row, 0, "Total")
    for place in range(1, total):
        letter = xl_col_to_name(place)
        sheet.write_formula(row, place, f"=SUM({letter}3:{letter}{row})", None, sums[place])
    sheet.write_formula(row, total, f"=SUM({column}3:{column}{row})", None, statement.total)
    sheet.write_string(row + 1, 0, "As Townhall has it (a value)")
    sheet.write_number(row + 1, total, statement.total)
    sheet.write_string(row + 2, 0, "Difference")
    sheet.write_formula(row + 2, total, f"={column}{row + 1}-{column}{row + 2}", None, 0)
    sheet.set_column(0, 0, 34)
    sheet.freeze_panes(2, 1)


def _fixed(statement: Statement) -> dict[tuple[int, int], int]:
    """Return the cents by head and month (from 0) that are values: base pay, and what is paid for periods."""
    sums: dict[tuple[int, int], int] = {}
    for line in [*statement.base, *(found.line for found in statement.periods)]:
        key = (line.element, month_of(line.day) - statement.window.first_month)
        sums[key] = sums.get(key, 0) + line.cents
    return sums
