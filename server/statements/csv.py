"""A statement as CSV: one row for each amount, with no cell that a spreadsheet would run as a formula."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from datetime import date

from server.comp import Statement
from server.comp.calendar import first_day
from server.comp.statements import is_counted
from server.messages import Message
from server.web.i18n import Language

HEADER = (
    "month",
    "deal",
    "customer",
    "signed",
    "deal amount",
    "deal currency",
    "exchange rate",
    "element",
    "amount",
    "state",
    "why",
)


def as_csv(statement: Statement, language: Language, currency: str, notes: Sequence[Message] = ()) -> str:
    """Return every line of a statement; the amounts with state “paid” add up to the pay of the window.

    `currency` is the plan's; a deal may have another. `notes` come last, with “note” as their state.
    """
    output = io.StringIO()
    writer = csv.writer(output, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    labels = [language.sentence(label) for label in statement.elements.labels]
    for line in [*statement.base, *(period.line for period in statement.periods)]:
        writer.writerow(
            [
                _month(line.day, statement),
                *[""] * 6,
                escape_formula(labels[line.element]),
                amount(line.cents),
                line.state,
                escape_formula(language.sentence(line.step.why)),
            ]
        )
    for entry in statement.deals:
        if not entry.touches(statement.window):
            continue
        deal = entry.deal
        for line in entry.lines:
            state: str = line.state
            if state == "paid" and not is_counted(line, statement.window):
                state = "outside the window"
            writer.writerow(
                [
                    _month(line.day, statement),
                    escape_formula(deal.id),
                    escape_formula(deal.customer),
                    deal.signed.isoformat(),
                    amount(deal.own_arr),
                    escape_formula(deal.currency or currency),
                    escape_formula(language.sentence(conversion) if (conversion := entry.conversion) else ""),
                    escape_formula(labels[line.element]),
                    amount(line.cents),
                    state,
                    escape_formula(language.sentence(line.step.why)),
                ]
            )
    for note in notes:
        writer.writerow([*[""] * (len(HEADER) - 2), "note", escape_formula(language.sentence(note))])
    return output.getvalue()


def _month(day: date, statement: Statement) -> str:
    """Return the month of the plan's calendar that a day is in, such as 2027-04."""
    return first_day(statement.window.calendar.month_of(day)).isoformat()[:7]


def amount(cents: int) -> str:
    """Return cents as a decimal number."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


_FORMULA_SIGNS = frozenset("=+-@|%\t\r\n")
"""Signs with which a cell begins that some spreadsheet runs as a formula or a command."""


def escape_formula(text: str) -> str:
    """Return a text as one line, with an apostrophe in front if a spreadsheet would run it as a formula."""
    single_line = " ".join(text.split("\n"))
    starts_formula = unicodedata.normalize("NFKC", text[:1]) in _FORMULA_SIGNS
    return f"'{single_line}" if starts_formula else single_line
