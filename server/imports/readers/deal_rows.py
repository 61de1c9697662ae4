"""Files with several rows for one deal: a row for each person, each product or each day of a snapshot.

A column of shares tells what the rows are; without one, the admin is asked once for the file and sees what the won
deals add up to under each answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from server.comp.history import OWN
from server.comp.rounding import share_out
from server.deals.conversion import PERCENT, ROUNDING, WHOLE_CREDIT, total_share
from server.deals.rows import NO_ROLES, DealRow
from server.imports.cells import is_empty
from server.imports.parsed import ImportPreview, ImportQuestion, ParsedFile, PossibleAnswer
from server.imports.readers.column_reader import ColumnReader
from server.imports.readers.credits import in_proportion, parse_share, up_to_rounding
from server.messages import Message, message, plural_message

ROWS, PEOPLE, SUM, LATEST, SEPARATE = "rows of a deal", "people", "sum", "latest", "separate"
"""The key of the question, and its answers."""
Row = DealRow[str]
_LABELS: Mapping[str, Message] = {
    PEOPLE: message("Each row is a person who shares the deal; the amount is the whole deal's"),
    SUM: message("The amounts of the rows add up, such as those of products or of people"),
    LATEST: message("The last row counts, as in snapshots"),
    SEPARATE: message("Each row is a deal of its own"),
}


def combine_rows(rows: list[Row], reader: ColumnReader, file: ParsedFile, preview: ImportPreview) -> list[Row]:
    """Return one row for each deal; ask what several rows of a deal are if nothing tells."""
    shares = _stated_shares(reader, file)
    if shares is not None:
        rows = [row._replace(credits=_with_share(row, share)) for row, share in zip(rows, shares, strict=True)]
    if len({row.external_id for row in rows}) == len(rows):
        return rows
    positions: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        if row.external_id:  # its absence is a problem already
            positions.setdefault(row.external_id, []).append(position)
    if all(len(group) == 1 for group in positions.values()):
        return rows
    as_of = reader.days("as_of")
    groups = [
        [rows[position] for position in _in_order(group, as_of, rows)] if len(group) > 1 else [rows[group[0]]]
        for group in positions.values()
    ]
    way = file.choice.get(ROWS, "") or _proved(groups, file, has_shares=shares is not None)
    if way not in _LABELS:
        _ask(groups, file, preview)
        way = LATEST
    if way in {PEOPLE, SUM}:
        _check_groups(groups, reader, rows, way)
    if way == SUM:
        _note_rounded_parts(groups, file, preview)
    return _with_own_numbers([row for group in groups for row in (_COMBINE[way](group) if len(group) > 1 else group)])


def _check_groups(groups: Sequence[Sequence[Row]], reader: ColumnReader, rows: Sequence[Row], way: str) -> None:
    """Report deals whose rows cannot be put together: of several currencies or stages, or sold and returned in one."""
    positions = {id(row): position for position, row in enumerate(rows)}
    for group in groups:
        first, last = group[0], group[-1]
        if any(row.currency != first.currency for row in group):
            fix = message("Another row of this deal is in another currency. Write them as deals of their own.")
            reader.report(positions[id(last)], "amount", fix)
        if any(row.stage != first.stage for row in group):
            fix = message("Another row of this deal has another stage. Correct one of them.")
            reader.report(positions[id(last)], "stage", fix)
        has_both_signs = min(row.arr for row in group) < 0 < max(row.arr for row in group)
        if way == SUM and has_both_signs and len({name for row in group for name in row.credits}) > 1:
            fix = message("Parts of a deal cannot be both sold and returned. Write them as deals of their own.")
            reader.report(positions[id(last)], "amount", fix)


def _note_rounded_parts(groups: Sequence[Sequence[Row]], file: ParsedFile, preview: ImportPreview) -> None:
    """Note by how much people's shares, which are rounded, miss the parts that a file states."""
    missed = 0
    for group in groups:
        if len(group) > 1:
            [deal] = _as_sum(group)
            parts: dict[str, int] = {}
            for row in group:
                for (name, _), part in zip(row.credits.items(), _parts(row), strict=True):
                    parts[name] = parts.get(name, 0) + part * (row.role_of(name) == OWN)
            own = [name for name in deal.credits if deal.role_of(name) == OWN]
            credited = share_out(deal.arr, tuple(deal.credits[name] for name in own)) if own else []
            missed = max([missed, *(abs(cents - parts[name]) for name, cents in zip(own, credited, strict=True))])
    if missed:
        preview.notes.append(
            message(
                "The parts of {file} are credited as rounded shares, up to {amount} away from what a row"
                " states. Where each row is a deal of its own, they are exact.",
                file=file.table.file,
                amount=f"{missed / 100:,.2f}",
            )
        )


def _with_own_numbers(rows: list[Row]) -> list[Row]:
    """Return deals with numbers that none has twice: a number that was added may be that of another deal."""
    used: set[str] = set()
    for position, row in enumerate(rows):
        number, place = row.external_id, 2
        while number in used:
            number, place = f"{row.external_id} ({place})", place + 1
        used.add(number)
        if number != row.external_id:
            rows[position] = row._replace(external_id=number)
    return rows


def _in_order(group: Sequence[int], as_of: Sequence[date | None], rows: Sequence[Row]) -> list[int]:
    """Return the rows of a deal from the oldest to the newest: by the day they state, or else when they were made."""
    days = {position: as_of[position] or rows[position].engaged_on or date.min for position in group}
    return sorted(group, key=days.__getitem__)


def _stated_shares(reader: ColumnReader, file: ParsedFile) -> list[int] | None:
    """Return everyone's share in ten-billionths, None without a column of shares.

    The column is one of fractions, such as 0.5, if none of its numbers is greater than 1.
    """
    if "share" not in file.mapping:
        return None
    values = reader.parsed("share", lambda cell: parse_share(cell, reader.decimal), 0)
    written = [value for value, cell in zip(values, reader.cells("share"), strict=True) if not is_empty(cell)]
    is_fraction = max(written, default=0) <= PERCENT and any(written)
    if not is_fraction:
        return values
    return reader.parsed("share", lambda cell: parse_share(cell, reader.decimal, is_fraction=True), 0)


def _with_share(row: Row, share: int) -> dict[str, int]:
    """Return a row's credits with the share that its column states; who has none is not credited."""
    return {name: stated * share // WHOLE_CREDIT for name, stated in row.credits.items() if share}


def _proved(groups: Sequence[Sequence[Row]], file: ParsedFile, *, has_shares: bool) -> str:
    """Return what several rows of a deal are if its shares prove it, or "".

    Shares that add up belong to people. Their amounts are the whole deal's if all of a deal are the same, and parts of
    it if they are in the same proportion as the shares; the column's name decides where both are so.
    """
    shared = [group for group in groups if len(group) > 1]
    if not has_shares or any(_shares_of(group) is None for group in shared):
        return ""
    is_whole = all(len({row.arr for row in group}) == 1 for group in shared)
    is_parts = all(_are_parts(group) for group in shared)
    if is_whole and is_parts:
        column = file.table.header[file.mapping["amount"]].casefold() if "amount" in file.mapping else ""
        return SUM if "split" in column else PEOPLE
    return PEOPLE if is_whole else SUM if is_parts else ""


def _shares_of(group: Sequence[Row]) -> dict[str, int] | None:
    """Return the shares of a deal's rows by person, None if a person is in two rows or they do not add up."""
    shares = {name: share for row in group for name, share in row.credits.items() if row.role_of(name) == OWN}
    people = [name for row in group for name in row.credits]
    adjusted = up_to_rounding(shares)
    adds_up = not shares or total_share(adjusted.values()) == sum(adjusted.values())
    return adjusted if adds_up and len(people) == len(set(people)) else None


def _are_parts(group: Sequence[Row]) -> bool:
    """Return whether amounts are in the proportion of the shares, up to a cent."""
    own = [row for row in group if row.role == OWN]
    total, weights = sum(row.arr for row in own), [sum(row.credits.values()) for row in own]
    if not sum(weights):
        return False
    return all(
        abs(Fraction(total * weight, sum(weights)) - row.arr) <= 1 + abs(total) * ROUNDING // WHOLE_CREDIT
        for row, weight in zip(own, weights, strict=True)
    )


def _base(group: Sequence[Row]) -> Row:
    """Return the first row of a deal, with what only later rows state, and who is credited by all of them."""
    first = group[0]
    missing = {
        name: next((value for row in group if (value := getattr(row, name))), getattr(first, name))
        for name in first._fields
        if not getattr(first, name)
    }
    roles = {name: role for row in group for name in row.credits if (role := row.role_of(name)) != OWN}
    return first._replace(**{**missing, "role": OWN, "roles": roles or NO_ROLES})


def _as_people(group: Sequence[Row]) -> list[Row]:
    """Return a deal whose rows are the people who share it; without shares, equally."""
    shares = {name: share for row in group for name, share in row.credits.items()}
    base = _base(group)
    own = {name: share for name, share in shares.items() if base.role_of(name) == OWN}
    if len(own) > 1 and all(share == WHOLE_CREDIT for share in own.values()):
        own = in_proportion(dict.fromkeys(own, 1))
    return [base._replace(credits={**shares, **up_to_rounding(own)})]


def _as_sum(group: Sequence[Row]) -> list[Row]:
    """Return a deal whose rows are parts of it: amounts add up, and people share it in proportion to their parts.

    The product is that of the largest part.
    """
    base, largest = _base(group), max(group, key=lambda row: row.arr)
    parts: dict[str, int] = {}
    for row in (row for row in group if row.role == OWN):
        for (name, _), part in zip(row.credits.items(), _parts(row), strict=True):
            parts[name] = parts.get(name, 0) + part
    others = {name: share for row in group for name, share in row.credits.items() if base.role_of(name) != OWN}
    whole = dict.fromkeys(parts, WHOLE_CREDIT) if len(parts) == 1 else in_proportion(parts)
    own_rows = [row for row in group if row.role == OWN] or group
    return [
        base._replace(
            arr=sum(row.arr for row in own_rows),
            product=largest.product,
            amounts=_added(row.amounts for row in own_rows),
            payments=sorted(payment for row in own_rows for payment in row.payments),
            credits={**whole, **others},
        )
    ]


def _parts(row: Row) -> list[int]:
    """Return the parts of a row's amount of everyone credited in it."""
    return share_out(row.arr, tuple(row.credits.values())) if row.credits else []


def _added(amounts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in amounts:
        for name, value in each.items():
            total[name] = total.get(name, 0) + value
    return total


def _as_separate(group: Sequence[Row]) -> list[Row]:
    """Return every row as a deal; from the second on its place is added to the number.

    Rows are in the order of their products, people and amounts, so that a later file in another order has the same.
    """
    rows = sorted(group, key=lambda row: (row.product or "", sorted(row.credits), row.arr, row.signed_on or date.min))
    return [
        rows[0],
        *(row._replace(external_id=f"{row.external_id} ({place})") for place, row in enumerate(rows[1:], 2)),
    ]


_COMBINE: Mapping[str, Callable[[Sequence[Row]], list[Row]]] = {
    PEOPLE: _as_people,
    SUM: _as_sum,
    LATEST: lambda group: [group[-1]],
    SEPARATE: _as_separate,
}


def _ask(groups: Sequence[Sequence[Row]], file: ParsedFile, preview: ImportPreview) -> None:
    several = [group for group in groups if len(group) > 1]
    example = several[0]
    people = {name for row in example for name in row.credits}
    has_people = any(len({name for row in group for name in row.credits}) > 1 for group in several)
    answers = []
    for way, label in _LABELS.items():
        if way == PEOPLE and not has_people:
            continue
        combined = [row for group in groups for row in (_COMBINE[way](group) if len(group) > 1 else group)]
        won = [row for row in combined if row.stage == "won"]
        total = f"{sum(row.arr for row in won) / 100:,.2f}"
        details = plural_message(
            "{count} won deal that adds up to {total}",
            "{count} won deals that add up to {total}",
            len(won),
            total=total,
        )
        answers.append(PossibleAnswer(way, label, details))
    sentence = plural_message(
        "{count} deal is in several rows, such as {number} with {names}. What does each row list?",
        "{count} deals are in several rows, such as {number} with {names}. What does each row list?",
        len(several),
        number=example[0].external_id,
        names=", ".join(sorted(people)) or "–",
    )
    preview.questions.append(ImportQuestion(file.table.file, ROWS, sentence, tuple(answers)))
