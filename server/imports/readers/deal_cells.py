"""Parsers of cells that only files of deals have; each raises CellError for a cell that cannot be used."""

import re
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import lru_cache

from babel import Locale

from server.comp.history import STAR_SCALE
from server.comp.mechanics.installments import MAX_PAYMENTS
from server.imports import cells
from server.imports.cells import CellError
from server.imports.headers import normalize_header
from server.imports.values.numbers import DecimalSign
from server.messages import message

_MAX_UNITS = 10**9
_DECIMAL = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
"""A decimal number; an exponent such as 1e99999999 would be a number of a hundred million digits."""
_LANGUAGES = ("de", "fr", "es", "pt", "ru", "fa", "en")


def parse_payments(cell: str, decimal: DecimalSign) -> list[tuple[str, int]]:
    """Return ISO dates and cents from “2027-02-01 $10,000; 2027-05-01 $20,000”, by day; raises CellError."""
    payments = []
    for part in cell.split(";") if not cells.is_empty(cell) else ():
        day, _, amount = part.strip().partition(" ")
        try:
            cents, _, _ = cells.parse_cents(amount.strip(), decimal)
            payments.append((date.fromisoformat(day).isoformat(), cents))
        except (ValueError, CellError):
            payments.append(("", 0))
        if payments[-1][1] <= 0:
            raise CellError(message("Write payments like 2027-02-01 $10,000; 2027-05-01 $20,000."))
    if len(payments) > MAX_PAYMENTS:
        raise CellError(message("At most {most} payments of a deal can be imported.", most=MAX_PAYMENTS))
    return sorted(payments)


def parse_units(cell: str) -> int:
    """Return a number of units, 0 for an empty cell; raises CellError."""
    return cells.parse_whole_number(cell, 0, _MAX_UNITS) or 0


@lru_cache(maxsize=1)
def _currency_codes() -> Mapping[str, str]:
    """Return the codes of currencies by their names, such as “US Dollar”, in the languages of exports."""
    return {
        normalize_header(name): code
        for language in _LANGUAGES
        for code, name in reversed(list(Locale(language).currencies.items()))
    }


def parse_currency(cell: str) -> str:
    """Return the code of a currency, written as such or by name, "" for an empty cell; raises CellError."""
    if cells.is_empty(cell):
        return ""
    if code := _currency_codes().get(normalize_header(cell)):
        return code
    if len(cell) != 3 or not cell.isascii() or not cell.isalpha():  # noqa: PLR2004 - ISO 4217
        raise CellError(message("A currency is three letters, like EUR."))
    return cell.upper()


def parse_discount(cell: str) -> int | None:
    """Return 12.5% or 0.125 in millionths, None for an empty cell; raises CellError."""
    if cells.is_empty(cell):
        return None
    number = cell.removesuffix("%").strip()
    try:
        share = Fraction(number if _DECIMAL.fullmatch(number) else "") / (100 if cell.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        raise CellError(message("This is not a discount. Write it like 12.5%.")) from None
    if not 0 <= share <= 1 or (share * 10**6).denominator != 1:
        raise CellError(message("A discount is between 0% and 100%, with at most four decimals. Write it like 12.5%."))
    return int(share * 10**6)


def parse_average(cell: str) -> int | None:
    """Return an average rating such as 4.8 in millionths of a star, None for an empty cell; raises CellError."""
    if cells.is_empty(cell):
        return None
    try:
        average = Fraction(cell if _DECIMAL.fullmatch(cell) else "")
    except (ValueError, ZeroDivisionError):
        average = Fraction(0)
    if not 1 <= average <= 5 or (average * STAR_SCALE).denominator != 1:  # noqa: PLR2004 - stars
        raise CellError(message("An average must be between 1 and 5, with at most six decimals."))
    return int(average * STAR_SCALE)


def parse_yes_or_no(cell: str) -> bool:
    """Return whether a cell says yes; an empty one says no. Raises CellError."""
    answer = cell.casefold()
    if answer in {"yes", "y", "true", "1", "x"}:
        return True
    if cells.is_empty(cell) or answer in {"no", "n", "false", "0"}:
        return False
    raise CellError(message("Write yes or no."))


def parse_credit_role(cell: str) -> str:
    """Return own, overlay or team; an empty cell and revenue, as Salesforce says, mean own. Raises CellError."""
    role = cell.casefold()
    if cells.is_empty(cell) or role == "revenue":
        return "own"
    if role not in {"own", "overlay", "team"}:
        raise CellError(message("This is not a credit role. Use own, overlay or team."))
    return role
