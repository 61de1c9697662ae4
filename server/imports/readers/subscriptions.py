"""Amounts of subscriptions, which are those of a month or another interval, as amounts of a year."""

from collections.abc import Sequence
from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.rounding import to_cents
from server.imports import cells
from server.imports.cells import CellError
from server.imports.headers import normalize_header
from server.imports.parsed import ImportPreview, ImportQuestion, ParsedFile, PossibleAnswer
from server.imports.readers.column_reader import ColumnReader
from server.messages import message

QUANTITY, EACH, ALL = "quantity", "each", "all"
"""The key of the question what a quantity means for an amount, and its answers."""
CENTS = "cents"
"""The key of the question whether amounts without decimals are in cents."""
_A_YEAR = {
    **dict.fromkeys(("month", "months", "monthly", "mo"), Fraction(MONTHS_IN_YEAR)),
    **dict.fromkeys(("quarter", "quarterly"), Fraction(4)),
    **dict.fromkeys(("halfyear", "semiannual", "semiannually"), Fraction(2)),
    **dict.fromkeys(("year", "years", "yearly", "annual", "annually", "onetime", "once"), Fraction(1)),
    **dict.fromkeys(("week", "weeks", "weekly"), Fraction(52)),
    **dict.fromkeys(("day", "days", "daily"), Fraction(365)),
}
"""How many of an interval a year has; what is paid once is taken as it is."""
_MAX_QUANTITY = 10**6


def yearly_amounts(
    reader: ColumnReader, file: ParsedFile, preview: ImportPreview, amounts: Sequence[int]
) -> Sequence[int]:
    """Return amounts in cents for a year where a column states their interval; asks what a quantity means."""
    if "interval" not in file.mapping:
        return amounts
    factors = reader.parsed("interval", _intervals_a_year, Fraction(1))
    counts = reader.parsed("interval_count", _count, 1)
    quantities = reader.parsed("quantity", _count, 1)
    if _may_be_cents(file):
        amounts = _without_cents(file, preview, amounts)
    yearly = [to_cents(amount * factor / count) for amount, factor, count in zip(amounts, factors, counts, strict=True)]
    if all(quantity == 1 for quantity in quantities) or file.choice.get(QUANTITY) == ALL:
        return yearly
    multiplied = [amount * quantity for amount, quantity in zip(yearly, quantities, strict=True)]
    if file.choice.get(QUANTITY) == EACH:
        return multiplied
    details = "the amounts of a year add up to {total}"
    answers = (
        PossibleAnswer(EACH, message("one unit"), message(details, total=f"{sum(multiplied) / 100:,.2f}")),
        PossibleAnswer(ALL, message("the whole quantity"), message(details, total=f"{sum(yearly) / 100:,.2f}")),
    )
    sentence = message("Is the amount for one unit, or for the whole quantity?")
    preview.questions.append(ImportQuestion(file.table.file, QUANTITY, sentence, answers))
    return yearly


def _may_be_cents(file: ParsedFile) -> bool:
    """Return whether amounts may be in cents, as in answers of Stripe's API: none has decimals or a currency."""
    is_of_api = any(cell.startswith("sub_") for cell in file.cells("id"))
    return is_of_api and all(cell.isdigit() or cells.is_empty(cell) for cell in file.cells("amount"))


def _without_cents(file: ParsedFile, preview: ImportPreview, amounts: Sequence[int]) -> Sequence[int]:
    """Return amounts in cents, as the admin says of the file's whole numbers; asks if they say nothing."""
    in_cents = [to_cents(Fraction(amount, 100)) for amount in amounts]
    if file.choice.get(CENTS) not in {"yes", "no"}:
        details = "the first is {first}"
        answers = (
            PossibleAnswer("yes", message("yes"), message(details, first=f"{in_cents[0] / 100:,.2f}")),
            PossibleAnswer("no", message("no"), message(details, first=f"{amounts[0] / 100:,.2f}")),
        )
        sentence = message("No amount has decimals. Are they in cents?")
        preview.questions.append(ImportQuestion(file.table.file, CENTS, sentence, answers))
    return in_cents if file.choice.get(CENTS) == "yes" else amounts


def _intervals_a_year(cell: str) -> Fraction:
    if cells.is_empty(cell):
        return Fraction(1)
    factor = _A_YEAR.get(normalize_header(cell))
    if factor is None:
        raise CellError(message("This is not an interval. Write week, month, quarter or year."))
    return factor


def _count(cell: str) -> int:
    return cells.parse_whole_number(cell, 1, _MAX_QUANTITY) or 1
