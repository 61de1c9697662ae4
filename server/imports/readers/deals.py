"""Reads files of deals."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial

from server.comp.history import OWN
from server.comp.mechanics.measures import MEASURES
from server.deals.rows import NO_AMOUNTS, DealRow
from server.imports import cells
from server.imports.cells import Names
from server.imports.deal_meanings import deal_stage
from server.imports.file_types import STATED_MEASURES
from server.imports.parsed import ImportPreview, ImportQuestion, ParsedFile, PossibleAnswer
from server.imports.readers import deal_cells
from server.imports.readers.column_reader import ColumnReader
from server.imports.readers.credits import Credits, read_credits, settle_shares
from server.imports.readers.deal_rows import combine_rows
from server.imports.readers.row_reader import shared_name
from server.imports.readers.subscriptions import yearly_amounts
from server.messages import message, plural_message

_DAYS = ("engaged", "signed", "aha", "churned", "renewed", "rated", "paid", "live", "starts")
_AFTER_SIGNING = frozenset({"churned", "renewed", "rated"})
"""Days that cannot be before the deal was signed; a customer may try, pay and go live before."""
_BY_SIGNING = frozenset({"engaged", "signed"})
"""Days of a won deal that cannot be to come."""
_COLUMNS = {
    "person": "credits",
    "customer": "customer_id",
    "product": "product_id",
    "term": "term_months",
    "amount": "arr",
    "status": "stage",
}
"""Fields of a file whose columns in the deals table have other names; days end in `_on`."""
_DOMAIN = re.compile(r"\s+\((?:[\w-]+\.)+\w{2,}\)$")
"""What HubSpot adds to the name of a company."""
_USUAL_TERM = 12
REPEATED, THIS_FILE, EARLIER_FILE = "deals of several files", "this file", "earlier file"
"""The key of the question which file counts for a deal that several have, and its answers."""


def read_deals(file: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Add the deals of a file to the preview; without a column for the stage every deal is won."""
    reader = ColumnReader(file, preview)
    numbers = reader.required("id")
    stages = _stages(file, reader, preview)
    days = _read_days(reader, stages, preview, _signed_before(file, preview, numbers))
    amounts, currencies = reader.money("amount")
    credits_ = reader.column(
        "person", lambda row_reader, row: read_credits(row_reader, row, names["people"]), Credits()
    )
    credits_ = _tell_namesakes_apart(credits_, numbers, names["people"], reader, preview)
    columns = {
        "external_id": numbers,
        "stage": stages,
        "arr": yearly_amounts(reader, file, preview, amounts),
        "customer": _names(reader.text("customer"), names["customers"], strip=_DOMAIN),
        "product": _names(reader.text("product"), names["products"]),
        "kind": reader.column("kind", lambda row_reader, row: row_reader.kind(row), "new"),
        "term_months": [
            term or _USUAL_TERM for term in reader.parsed("term", partial(_whole_number, least=1, most=120), None)
        ],
        "rating": reader.parsed("rating", partial(_whole_number, least=1, most=5), None),
        "rep_average": reader.parsed("rep_average", deal_cells.parse_average, None),
        "refund_of": reader.text("refund_of"),
        "segment": reader.text("segment"),
        "region": reader.text("region"),
        "currency": _currencies(reader, currencies),
        "discount": reader.parsed("discount", deal_cells.parse_discount, None),
        "prepaid": reader.parsed("prepaid", deal_cells.parse_yes_or_no, fallback=False),
        "amounts": _read_measures(reader),
        "payments": _read_payments(reader, stages, preview),
        "role": reader.parsed("role", deal_cells.parse_credit_role, OWN),
        "credits": [credit.shares for credit in credits_],
        "roles": [credit.roles for credit in credits_],
        "stated": [_stated_columns(file)] * len(numbers),
        **days,
    }
    rows: list[DealRow[str]] = list(map(DealRow._make, zip(*(columns[name] for name in DealRow._fields), strict=True)))
    rows = _settle_repeated(combine_rows(rows, reader, file, preview), file, preview)
    preview.deals += settle_shares(rows, file, preview)
    reader.sort_problems()


def _tell_namesakes_apart(
    credits_: list[Credits], numbers: Sequence[str], people: Names, reader: ColumnReader, preview: ImportPreview
) -> list[Credits]:
    """Return who is credited where several people have a name: a known deal keeps its owner, others are a problem."""
    shared = {id(credit): [name for name in credit.shares if people.namesakes(name)] for credit in credits_}
    if not any(shared.values()):
        return credits_
    told_apart = list(credits_)
    for position, (credit, number) in enumerate(zip(credits_, numbers, strict=True)):
        for name in shared[id(credit)]:
            labels, owner = people.namesakes(name), preview.owners.get(number, "")
            if owner not in labels:
                reader.report(position, "person", shared_name(labels))
                continue
            shares = {owner if other == name else other: share for other, share in told_apart[position].shares.items()}
            roles = {owner if other == name else other: role for other, role in told_apart[position].roles.items()}
            told_apart[position] = Credits(shares, roles)
    return told_apart


def _whole_number(cell: str, least: int, most: int) -> int | None:
    return cells.parse_whole_number(cell, least, most)


def _settle_repeated(rows: list[DealRow[str]], file: ParsedFile, preview: ImportPreview) -> list[DealRow[str]]:
    """Return the rows of a file without deals that an earlier file has; ask once which of the files counts for them."""
    if sum(other.file_type is file.file_type for other in preview.files) < 2:  # noqa: PLR2004 - this and another
        return rows
    repeated = [row for row in rows if row.external_id and row.external_id in preview.deal_files]
    for row in rows:
        preview.deal_files.setdefault(row.external_id, file.table.file)
    chosen = file.choice.get(REPEATED, "")
    if repeated and chosen == THIS_FILE:
        numbers = {row.external_id for row in repeated}
        preview.deals = [deal for deal in preview.deals if deal.external_id not in numbers]
    elif repeated and chosen == EARLIER_FILE:
        rows = [row for row in rows if preview.deal_files[row.external_id] == file.table.file]
    elif repeated:
        _ask_about_repeated(repeated, file, preview)
    return rows


def _ask_about_repeated(repeated: Sequence[DealRow[str]], file: ParsedFile, preview: ImportPreview) -> None:
    earlier = preview.deal_files[repeated[0].external_id]
    details = plural_message("{count} deal", "{count} deals", len(repeated))
    sentence = plural_message(
        "{count} deal is in {earlier} as well, such as {number}. Which file counts for it?",
        "{count} deals are in {earlier} as well, such as {number}. Which file counts for them?",
        len(repeated),
        earlier=earlier,
        number=repeated[0].external_id,
    )
    answers = (
        PossibleAnswer(THIS_FILE, message("{file}", file=file.table.file), details),
        PossibleAnswer(EARLIER_FILE, message("{file}", file=earlier), details),
    )
    preview.questions.append(ImportQuestion(file.table.file, REPEATED, sentence, answers))


def _signed_before(file: ParsedFile, preview: ImportPreview, numbers: Sequence[str]) -> frozenset[str]:
    """Return the numbers of deals whose day of signing is known, for a file that does not state it."""
    if "signed" in file.mapping:
        return frozenset()
    return frozenset(number for number, days in preview.signing_dates(list(numbers)).items() if any(days))


def _stated_columns(file: ParsedFile) -> frozenset[str]:
    """Return the columns of the deals table that a file has, with the number and what every file of deals states."""
    columns = {_COLUMNS.get(name, f"{name}_on" if name in _DAYS else name) for name in file.mapping}
    amounts = {"amounts"} if columns & set(STATED_MEASURES) else set()
    return frozenset(columns | amounts)


def _stages(file: ParsedFile, reader: ColumnReader, preview: ImportPreview) -> list[str]:
    """Return whether each deal is won, lost or open, and keep in the preview what each word was taken for."""
    if not {"status", "stage"} & file.mapping.keys():
        return ["won"] * len(reader.rows)
    pairs = list(
        zip(
            reader.cells("status"),
            reader.cells("stage"),
            strict=True,
        )
    )
    meanings = {pair: deal_stage(file, *pair) for pair in dict.fromkeys(pairs)}
    for word, stage in meanings.values():
        preview.stages.setdefault(word, stage)
    return [meanings[pair][1] for pair in pairs]


def _names(texts: Iterable[str], known: Names, strip: re.Pattern[str] | None = None) -> list[str | None]:
    """Return names in their known spelling, None for empty texts."""
    spelling: dict[str, str | None] = {"": None}
    for text in texts:
        if text not in spelling:
            spelling[text] = known.add(strip.sub("", text) if strip else text)
    return [spelling[text] for text in texts]


def _read_days(
    reader: ColumnReader, stages: Sequence[str], preview: ImportPreview, signed_before: frozenset[str]
) -> dict[str, list[date | None]]:
    """Return every column of days; report missing days of signing, days before it and, of won deals, days to come.

    Of a won deal, a day to come other than those of signing is left out: a renewal or churn that is planned has not
    happened yet.
    """
    columns = {name: reader.days(name) for name in _DAYS}
    for position, (stage, signed) in enumerate(zip(stages, columns["signed"], strict=True)):
        is_missing = stage == "won" and signed is None and reader.cell("id", position) not in signed_before
        if is_missing and reader.is_empty("signed", position):
            reader.report(position, "signed", message("A won deal needs its signing date. Fill it in."))
    for name, days in columns.items():
        if not any(days):
            continue
        if name in _AFTER_SIGNING:
            for position, (day, signed) in enumerate(zip(days, columns["signed"], strict=True)):
                if day and signed and day < signed:
                    fix = message("This is before the deal was signed ({day}).", day=signed)
                    reader.report(position, name, fix)
        if preview.today and name != "starts" and max(filter(None, days)) > preview.today:
            _leave_out_days_to_come(reader, name, days, stages, preview)
    return {f"{name}_on": days for name, days in columns.items()}


def _leave_out_days_to_come(
    reader: ColumnReader, name: str, days: list[date | None], stages: Sequence[str], preview: ImportPreview
) -> None:
    for position, (day, stage) in enumerate(zip(days, stages, strict=True)):
        if not day or stage != "won" or not preview.today or day <= preview.today:
            continue
        if name in _BY_SIGNING:
            reader.report(position, name, message("This date is in the future. Correct it."))
        else:
            days[position] = None
            preview.days_to_come[reader.column_name(name)] += 1


def _currencies(reader: ColumnReader, of_amounts: Sequence[str]) -> list[str]:
    """Return every deal's currency: the one its column states, or else the one written with its amount."""
    stated = reader.parsed("currency", deal_cells.parse_currency, "")
    for position, (currency, of_amount) in enumerate(zip(stated, of_amounts, strict=True)):
        if currency and of_amount and currency != of_amount:
            fix = message("The amount is in {currency}. Correct one of them.", currency=of_amount)
            reader.report(position, "currency", fix)
    return [currency or of_amount for currency, of_amount in zip(stated, of_amounts, strict=True)]


def _read_measures(reader: ColumnReader) -> list[Mapping[str, int]]:
    """Return what each deal states of other measures, in cents or units, without those of empty cells."""
    amounts: list[Mapping[str, int]] = [NO_AMOUNTS] * len(reader.rows)
    for name in STATED_MEASURES:
        texts = reader.text(name)
        if not any(texts):
            continue
        values = reader.money(name)[0] if MEASURES[name].is_money else reader.parsed(name, deal_cells.parse_units, 0)
        for position, (text, value) in enumerate(zip(texts, values, strict=True)):
            if text:
                amounts[position] = {**amounts[position], name: value}
    return amounts


def _read_payments(reader: ColumnReader, stages: Sequence[str], preview: ImportPreview) -> list[list[tuple[str, int]]]:
    """Return each deal's payments, ISO dates and cents by day; of won deals without those to come."""
    none: list[tuple[str, int]] = []
    payments = reader.parsed("payments", partial(deal_cells.parse_payments, decimal=reader.decimal), none)
    today = preview.today.isoformat() if preview.today else ""
    for position, (each, stage) in enumerate(zip(payments, stages, strict=True)):
        if today and stage == "won" and any(day > today for day, _ in each):
            payments[position] = [payment for payment in each if payment[0] <= today]
            preview.days_to_come[reader.column_name("payments")] += 1
    return payments
