"""A statement as CSV: one line for each amount, quoted so that no cell is taken for a formula."""

import csv
import io
import unicodedata

from server.comp.calendar import first_day, month_of
from server.comp.statements import Statement, is_counted
from server.web.i18n import Language

HEADER = ("month", "deal", "customer", "signed", "head", "amount", "state", "why")


def as_csv(statement: Statement, language: Language) -> str:
    """Return every line of a statement; the amounts of state “paid” add up to the pay of the window."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    labels = [language.sentence(label) for label in statement.elements.labels]
    for line in [*statement.base, *(found.line for found in statement.periods)]:
        month = first_day(month_of(line.day)).isoformat()[:7]
        writer.writerow(
            [
                month,
                "",
                "",
                "",
                escape_formula(labels[line.element]),
                amount(line.cents),
                line.state,
                escape_formula(language.sentence(line.step.why)),
            ]
        )
    for deal in statement.deals:
        if not deal.touches(statement.window):
            continue
        for line in deal.lines:
            state: str = line.state
            if state == "paid" and not is_counted(line, statement.window):
                state = "outside the window"
            writer.writerow(
                [
                    line.day.isoformat()[:7],
                    escape_formula(deal.deal.id),
                    escape_formula(deal.deal.customer),
                    deal.deal.signed.isoformat(),
                    escape_formula(labels[line.element]),
                    amount(line.cents),
                    state,
                    escape_formula(language.sentence(line.step.why)),
                ]
            )
    return out.getvalue()


def amount(cents: int) -> str:
    """Return cents as a decimal number."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def escape_formula(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    plain = " ".join(text.split("\n"))
    return f"'{plain}" if unicodedata.normalize("NFKC", plain[:1]) in {"=", "+", "-", "@", "\t", "\r"} else plain
