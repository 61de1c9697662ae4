"""Who is credited with a deal and with what share; shares that do not add up to the whole deal are asked about."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from server.comp.history import OWN
from server.deals.conversion import PERCENT, WHOLE_CREDIT, total_share
from server.deals.rows import NO_ROLES, DealRow
from server.imports import cells
from server.imports.cells import CellError, Names
from server.imports.files.tables import FileRow
from server.imports.parsed import ImportPreview, ImportQuestion, ParsedFile, PossibleAnswer
from server.imports.readers.row_reader import RowReader
from server.imports.values.numbers import DecimalSign
from server.messages import message, plural_message

SHARES, IN_PROPORTION, AS_STATED = "shares", "in proportion", "as stated"
"""The key of the question, and its answers."""
_CREDIT = re.compile(r"(?P<name>.*\S)\s+(?P<share>[\d.,]+\s*%)(?:\s+(?P<role>own|overlay|team))?", re.IGNORECASE)


class Credits(NamedTuple):
    """Shares in ten-billionths by name, and the roles of those who have one of their own."""

    shares: Mapping[str, int] = {}
    roles: Mapping[str, str] = NO_ROLES


def read_credits(reader: RowReader, row: FileRow, people: Names) -> Credits:
    """Return who is credited: “Dana Kim”, “Dana Kim 60%; Bo Li 40%” or “Dana Kim 100%; Ana Paz 50% overlay”."""
    cell = reader.cell(row, "person")
    if cells.is_empty(cell):
        return Credits()
    shares: dict[str, int] = {}
    roles: dict[str, str] = {}
    for part in map(str.strip, cell.split(";")):
        credit = _CREDIT.fullmatch(part)
        if not credit and "," in part and all(" " in name.strip() for name in part.split(",")):
            reader.report(row, "person", message("Write the shares of several people: Dana Kim 60%; Bo Li 40%."))
        name = people.add(credit["name"] if credit else part)
        if name in shares:
            reader.report(row, "person", message("The same person is named twice. Add the shares together."))
        share = _read_share(reader, row, credit["share"]) if credit else WHOLE_CREDIT
        if share:
            shares[name] = share
        if credit and credit["role"]:
            roles[name] = credit["role"].casefold()
    return Credits(up_to_rounding(shares, roles), roles or NO_ROLES)


def _read_share(reader: RowReader, row: FileRow, percent: str) -> int:
    try:
        return parse_share(percent, reader.decimal)
    except CellError as error:
        reader.report(row, "person", error.sentence)
        return 0


def parse_share(cell: str, decimal: DecimalSign, *, is_fraction: bool = False) -> int:
    """Return 60%, 60 or, as a fraction, 0.6 in ten-billionths; raises CellError."""
    number = cells.parse_number(cell, decimal)
    if number is None:
        return WHOLE_CREDIT
    written, value = number
    share = round(value * (WHOLE_CREDIT if is_fraction and not written.is_percent else PERCENT))
    if not 0 <= share <= WHOLE_CREDIT:
        raise CellError(message("The share of a deal is from 0% to 100%. Correct it."))
    return share


def up_to_rounding(shares: dict[str, int], roles: Mapping[str, str] = NO_ROLES) -> dict[str, int]:
    """Return shares such as three times 33.3%, which miss the whole only by their rounding, as a third each."""
    own = {name: share for name, share in shares.items() if roles.get(name, OWN) == OWN}
    last_digit = _last_digit(own.values())
    total = sum(own.values())
    if total in {0, WHOLE_CREDIT} or 2 * abs(total - WHOLE_CREDIT) >= last_digit * len(own):
        return shares
    return shares | {name: max(share * WHOLE_CREDIT // total, 1) for name, share in own.items()}


def _last_digit(shares: Collection[int]) -> int:
    """Return the worth of the last decimal that shares are written with, 0 for whole percents."""
    digit = PERCENT
    while any(share % digit for share in shares):
        digit //= 10
    return 0 if digit == PERCENT else digit


def in_proportion(weights: Mapping[str, int]) -> dict[str, int]:
    """Return weights as shares of a whole deal, each rounded down; without weights the shares are equal.

    Someone without a weight has no share. The weights of a refund are all negative.
    """
    if weights and max(weights.values()) <= 0:
        weights = {name: -weight for name, weight in weights.items()}
    total = sum(weights.values())
    if total <= 0 or min(weights.values()) < 0:
        return dict.fromkeys(weights, WHOLE_CREDIT // len(weights)) if weights else {}
    return {name: max(weight * WHOLE_CREDIT // total, 1) for name, weight in weights.items() if weight}


def settle_shares(rows: list[DealRow[str]], file: ParsedFile, preview: ImportPreview) -> list[DealRow[str]]:
    """Return deals whose own shares add up, or are as the admin chose; otherwise ask once for the file."""
    adding_up: dict[int, bool] = {}  # rows with equal cells have one and the same credits
    for row in rows:
        if id(row.credits) not in adding_up:
            own = _own_shares(row).values()
            adding_up[id(row.credits)] = not own or total_share(own) == sum(own)
    if all(adding_up.values()) or file.choice.get(SHARES) == AS_STATED:
        return rows
    if file.choice.get(SHARES) != IN_PROPORTION:
        _ask([row for row in rows if not adding_up[id(row.credits)]], file, preview)
        return rows
    return [
        row if adding_up[id(row.credits)] else row._replace(credits={**row.credits, **in_proportion(_own_shares(row))})
        for row in rows
    ]


def _own_shares(row: DealRow[str]) -> dict[str, int]:
    return {name: share for name, share in row.credits.items() if row.role_of(name) == OWN}


def _shown(share: int) -> str:
    """Return a share in percent with at most two decimals."""
    return f"{share / PERCENT:.2f}".rstrip("0").rstrip(".")


def _ask(rows: Sequence[DealRow[str]], file: ParsedFile, preview: ImportPreview) -> None:
    first = rows[0]
    stated = ", ".join(f"{name} {_shown(share)}%" for name, share in _own_shares(first).items())
    shared = ", ".join(f"{name} {_shown(share)}%" for name, share in in_proportion(_own_shares(first)).items())
    sentence = plural_message(
        "The shares of {count} deal do not add up to 100%: {number} has {stated}. What do they mean?",
        "The shares of {count} deals do not add up to 100%: {number} has {stated}. What do they mean?",
        len(rows),
        number=first.external_id,
        stated=stated,
    )
    answers = (
        PossibleAnswer(IN_PROPORTION, message("They share the deal in proportion"), message("{shares}", shares=shared)),
        PossibleAnswer(
            AS_STATED,
            message("Each is credited with their share of the whole deal"),
            message("{shares}, as with overlay credit", shares=stated),
        ),
    )
    preview.questions.append(ImportQuestion(file.table.file, SHARES, sentence, answers))
