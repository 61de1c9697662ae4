"""Reads files of deals."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from babel import Locale

from server.comp.history import STAR_SCALE
from server.comp.mechanics.installments import MAX_PAYMENTS
from server.comp.mechanics.measures import MEASURES
from server.imports import cells
from server.imports.cells import CellError, Names
from server.imports.file_types import STATED_MEASURES, normalize_header
from server.imports.files.tables import FileRow
from server.imports.parsed import ImportPreview, ParsedDeal, ParsedFile
from server.imports.readers.row_reader import RowReader
from server.imports.values.numbers import DecimalSign
from server.messages import message

_DAYS = ("engaged", "signed", "aha", "churned", "renewed", "rated", "paid", "live", "starts")
_BEFORE_SIGNING = {"engaged_on", "signed_on", "starts_on"}
"""Days that may be before the deal was signed."""
_COLUMNS = {
    "person": "credits",
    "customer": "customer_id",
    "product": "product_id",
    "term": "term_months",
    "amount": "arr",
    "status": "stage",
}
"""Fields of a file whose columns in the deals table have other names; days end in `_on`."""
_MAX_UNITS = 10**9
_LANGUAGES = ("de", "fr", "es", "pt", "ru", "fa", "en")
_DOMAIN = re.compile(r"\s+\((?:[\w-]+\.)+\w{2,}\)$")
"""What HubSpot adds to the name of a company."""
_WHOLE = 10_000
"""A whole deal, in hundredths of a percent."""


def read_deals(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the deals of a file to the preview; without a column for the stage every deal is won."""
    reader = RowReader(file, preview)
    has_stage, stated = bool({"status", "stage"} & file.mapping.keys()), _stated_columns(file)
    known: Mapping[str, Sequence[date | None]] = {}
    if "signed" not in file.mapping:
        known = preview.signing_dates([reader.cell(row, "id") for row in file.table.rows])
    for row in file.table.rows:
        number = reader.required(row, "id")
        if number and number in preview.deal_lines:
            other_file, line = preview.deal_lines[number]
            fix = message(
                "The same ID is on line {line} of {file}. Give every deal its own ID.",
                line=line,
                file=other_file,
            )
            reader.report(row, "id", fix)
        preview.deal_lines[number] = (file.table.file, row.line)
        is_signed = any(known.get(number, ()))
        deal = _read_deal(reader, row, names, stated, has_stage=has_stage, is_signed=is_signed)
        preview.deals.append(deal)
        if has_stage:
            preview.stages.setdefault(*reader.stage(row))


def _stated_columns(file: ParsedFile) -> frozenset[str]:
    """Return the columns of the deals table that a file has, with the number and what every file of deals states."""
    columns = {_COLUMNS.get(name, f"{name}_on" if name in _DAYS else name) for name in file.mapping}
    amounts = {"amounts"} if columns & set(STATED_MEASURES) else set()
    return frozenset(columns | amounts)


def _read_deal(
    reader: RowReader,
    row: FileRow,
    names: dict[str, Names],
    stated: frozenset[str],
    *,
    has_stage: bool,
    is_signed: bool,
) -> ParsedDeal:
    """Return a row as a deal; one that `is_signed` already needs no day of signing."""
    days = {f"{name}_on": reader.day(row, name) for name in _DAYS}
    stage = reader.stage(row)[1] if has_stage else "won"
    _check_days(reader, row, days, stage, is_signed=is_signed)
    arr, currency = reader.money(row, "amount")
    more = _read_details(reader, row, currency)
    for day, _ in more["payments"]:
        reader.reject_future_days(row, {"payments": date.fromisoformat(day)})
    customer, product = _DOMAIN.sub("", reader.text(row, "customer")), reader.text(row, "product")
    rating = reader.parse(row, "rating", lambda cell: cells.parse_whole_number(cell, 1, 5), None)
    return ParsedDeal(
        line=row.line,
        external_id=reader.cell(row, "id"),
        people=_read_credits(reader, row, names["people"]),
        stage=stage,
        arr=arr,
        customer=names["customers"].add(customer) if customer else None,
        product=names["products"].add(product) if product else None,
        kind=reader.kind(row),
        term=reader.parse(row, "term", lambda cell: cells.parse_whole_number(cell, 1, 120), None) or 12,
        days=days,
        rating=rating,
        more=more,
        stated=stated,
    )


def _check_days(reader: RowReader, row: FileRow, days: dict[str, date | None], stage: str, *, is_signed: bool) -> None:
    """Report a missing signing date of a won deal, dates before it, and a won deal's dates in the future."""
    signed = days["signed_on"]
    if stage == "won" and not is_signed and cells.is_empty(reader.cell(row, "signed")):
        reader.report(row, "signed", message("A won deal needs its signing date. Fill it in."))
    for name, day in days.items():
        if signed and day and day < signed and name not in _BEFORE_SIGNING:
            field = name.removesuffix("_on")
            reader.report(row, field, message("This is before the deal was signed ({day}).", day=signed))
    if stage == "won":
        reader.reject_future_days(row, days)


def _read_details(reader: RowReader, row: FileRow, currency: str) -> dict[str, Any]:
    """Return the fields that only some plans use; the amounts of an empty cell are left out.

    `currency` is that of the amount, which counts where no column states one.
    """
    amounts = {}
    for name in STATED_MEASURES:
        if reader.text(row, name):
            is_money = MEASURES[name].is_money
            amounts[name] = reader.money(row, name)[0] if is_money else reader.parse(row, name, _parse_units, 0)
    stated = reader.parse(row, "currency", _parse_currency, "")
    if currency and stated and currency != stated:
        fix = message("The amount is in {currency}. Correct one of them.", currency=currency)
        reader.report(row, "currency", fix)
    return {
        "segment": reader.text(row, "segment"),
        "region": reader.text(row, "region"),
        "currency": stated or currency,
        "discount": reader.parse(row, "discount", _parse_discount, None),
        "refund_of": reader.text(row, "refund_of"),
        "rep_average": reader.parse(row, "rep_average", _parse_average, None),
        "prepaid": reader.parse(row, "prepaid", _parse_yes_or_no, fallback=False),
        "role": reader.parse(row, "role", _parse_credit_role, "own"),
        "amounts": amounts,
        "payments": _payments(reader, row),
    }


def _payments(reader: RowReader, row: FileRow) -> list[tuple[str, int]]:
    """Return a deal's payments: ISO dates and cents, by day."""
    none: list[tuple[str, int]] = []
    return reader.parse(row, "payments", partial(_parse_payments, decimal=reader.decimal), none)


def _parse_payments(cell: str, decimal: DecimalSign) -> list[tuple[str, int]]:
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


def _parse_units(cell: str) -> int:
    return cells.parse_whole_number(cell, 0, _MAX_UNITS) or 0


@lru_cache(maxsize=1)
def _currency_codes() -> Mapping[str, str]:
    """Return the codes of currencies by their names, such as “US Dollar”, in the languages of exports."""
    return {
        normalize_header(name): code
        for language in _LANGUAGES
        for code, name in reversed(list(Locale(language).currencies.items()))
    }


def _parse_currency(cell: str) -> str:
    if cells.is_empty(cell):
        return ""
    if code := _currency_codes().get(normalize_header(cell)):
        return code
    if len(cell) != 3 or not cell.isascii() or not cell.isalpha():  # noqa: PLR2004 - ISO 4217
        raise CellError(message("A currency is three letters, like EUR."))
    return cell.upper()


def _parse_discount(cell: str) -> int | None:
    """Return 12.5% or 0.125 in millionths, None for an empty cell; raises CellError."""
    if cells.is_empty(cell):
        return None
    try:
        share = Fraction(cell.removesuffix("%").strip()) / (100 if cell.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        raise CellError(message("This is not a discount. Write it like 12.5%.")) from None
    if not 0 <= share <= 1 or (share * 10**6).denominator != 1:
        raise CellError(message("A discount is between 0% and 100%, with at most four decimals. Write it like 12.5%."))
    return int(share * 10**6)


def _parse_average(cell: str) -> int | None:
    """Return an average rating such as 4.8 in millionths of a star, None for an empty cell; raises CellError."""
    if cells.is_empty(cell):
        return None
    try:
        average = Fraction(cell)
    except (ValueError, ZeroDivisionError):
        average = Fraction(0)
    if not 1 <= average <= 5 or (average * STAR_SCALE).denominator != 1:  # noqa: PLR2004 - stars
        raise CellError(message("An average must be between 1 and 5, with at most six decimals."))
    return int(average * STAR_SCALE)


def _parse_yes_or_no(cell: str) -> bool:
    answer = cell.casefold()
    if answer in {"yes", "y", "true", "1", "x"}:
        return True
    if cells.is_empty(cell) or answer in {"no", "n", "false", "0"}:
        return False
    raise CellError(message("Write yes or no."))


def _parse_credit_role(cell: str) -> str:
    role = cell.casefold()
    if cells.is_empty(cell):
        return "own"
    if role not in {"own", "overlay", "team"}:
        raise CellError(message("This is not a credit role. Use own, overlay or team."))
    return role


def _read_credits(reader: RowReader, row: FileRow, people: Names) -> tuple[tuple[str, int], ...]:
    """Return names and shares in hundredths of a percent from “Dana Kim” or “Dana Kim 60%; Bo Li 40%”."""
    cell = reader.cell(row, "person")
    if cells.is_empty(cell):
        return ()
    shares = []
    for part in cell.split(";"):
        name, _, percent = part.strip().rpartition(" ")
        if percent.endswith("%") and name:
            share = _read_share(reader, row, percent)
            shares.append((people.add(name.strip()), share))
        else:
            if "," in part and all(" " in name.strip() for name in part.split(",")):
                reader.report(row, "person", message("Write the shares of several people: Dana Kim 60%; Bo Li 40%."))
            shares.append((people.add(part.strip()), _WHOLE))
    if len({name for name, _ in shares}) < len(shares):
        reader.report(row, "person", message("The same person is named twice. Add the shares together."))
    if sum(share for _, share in shares) != _WHOLE:
        reader.report(row, "person", message("The shares of a deal must add up to 100%. Correct them."))
    return tuple(shares)


def _read_share(reader: RowReader, row: FileRow, percent: str) -> int:
    """Return a share such as 60% in hundredths of a percent; an invalid one is a problem and gives 0."""
    try:
        share, _, _ = cells.parse_cents(percent.removesuffix("%"), reader.decimal)
    except CellError as error:
        reader.report(row, "person", error.sentence)
        return 0
    if not 0 < share <= _WHOLE:
        reader.report(row, "person", message("The shares of a deal must add up to 100%. Correct them."))
        return 0
    return share
