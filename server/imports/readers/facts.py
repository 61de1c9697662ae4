"""Rows to what follows or surrounds a sale: events, usage, people's own terms, results and balances."""

from datetime import date
from typing import Any

from server.comp.calendar import EARLIEST, LATEST
from server.comp.history import RESULT_SCALE
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.ranges import quantity
from server.imports import cells
from server.imports.cells import CellError, Names
from server.imports.csv_reader import CsvRow
from server.imports.parsed import ImportPreview, ParsedFile, ParsedQuota
from server.imports.readers.rows import RowReader, check_future, plain_text
from server.messages import message


def events(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read what happened to deals that are known already, or that stand in another of the files."""
    del names
    reader = RowReader(found, preview)
    numbers = [reader.cell(row, "id") for row in found.table.rows]
    signed = dict(preview.signed(numbers))
    here = {deal.external_id: deal.days["signed_on"] for deal in preview.deals}
    for row in found.table.rows:
        number = reader.needed(row, "id")
        known = [here[number]] if number in here else signed.get(number, [])
        if number and not known:
            reader.report(row, "id", message("There is no deal of this number. Import the deals first."))
        elif number and len(known) > 1:
            reader.report(row, "id", message("Several sources have a deal of this number. Correct it there."))
        stated: dict[str, Any] = {}
        for name in ("aha", "churned", "renewed", "rated", "paid", "live"):
            day = reader.day(row, name)
            if day is not None:
                stated[f"{name}_on"] = day
                first = known[0] if known else None
                if first and day < first:
                    reader.report(row, name, message("This is before the deal was signed ({day}).", day=first))
        check_future(reader, row, stated)
        rating = reader.take(row, "rating", lambda cell: cells.whole(cell, 1, 5), None)
        if rating is not None:
            stated["rating"] = rating
        if number and stated:
            preview.events.append((number, stated))


def quotas(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read single people's own terms: quota, variable or base for some months, with the reason."""
    reader = RowReader(found, preview)
    for row in found.table.rows:
        person = _known_person(reader, row, names)
        since, until = reader.take(row, "since", _month, None), reader.take(row, "until", _month, None)
        amounts = {
            name: None if cells.is_empty(reader.cell(row, name)) else reader.take(row, name, cells.draw_balance, 0)
            for name in ("quota", "variable", "base")
        }
        until = until or (since and since.replace(year=since.year + 1))
        if since is None or until is None:
            if cells.is_empty(reader.cell(row, "since")):
                reader.report(row, "since", message("Write the first month, like 2027-01."))
        elif until < since:
            reader.report(row, "until", message("This is before the first month."))
        elif all(amount is None for amount in amounts.values()):
            reader.report(row, "quota", message("State a quota, a variable or a base."))
        elif person:
            preview.quotas.append(
                ParsedQuota(
                    person,
                    since,
                    until,
                    plain_text(reader.cell(row, "component"))[:60],
                    reason=plain_text(reader.cell(row, "reason"))[:200],
                    **amounts,
                )
            )


def results(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read results at months' ends: percentages or plain numbers."""
    reader = RowReader(found, preview)
    for row in found.table.rows:
        person, name = _known_person(reader, row, names), reader.needed(row, "result")
        month = reader.take(row, "month", _month, None)
        value = reader.take(row, "value", _scaled, None)
        if month is None:
            if cells.is_empty(reader.cell(row, "month")):
                reader.report(row, "month", message("Write the month, like 2027-01."))
        elif person and name and value is not None:
            preview.results.append((person, name.lower()[:60], month, value))


def balances(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read what people owe of earlier draws."""
    reader = RowReader(found, preview)
    lines: dict[str, int] = {}
    for row in found.table.rows:
        if person := _known_person(reader, row, names):
            if person in lines:
                reader.report(row, "person", message("This person stands on line {line} too.", line=lines[person]))
            lines[person] = row.line
            preview.balances.append((person, reader.take(row, "owed", cells.draw_balance, 0)))


def _known_person(reader: RowReader, row: CsvRow, names: dict[str, Names]) -> str:
    """Return a person who is known, or stands in another of the files; anybody else is a problem."""
    cell = reader.needed(row, "person")
    found = names["people"].find(cell) if cell else None
    if cell and found is None:
        reader.report(row, "person", message("Nobody of this name is known. Import people first, or correct the name."))
    return found or ""


def _month(cell: str) -> date | None:
    """Read 2027-01, or a whole date of which the month counts."""
    if cells.is_empty(cell):
        return None
    try:
        found = date.fromisoformat(cell if len(cell) > 7 else f"{cell}-01").replace(day=1)  # noqa: PLR2004 - a month
    except ValueError:
        found = None
    if found is None or not EARLIEST <= found <= LATEST.replace(year=LATEST.year - 1):
        raise CellError(message("This is not a month. Write it like 2027-01."))
    return found


def _scaled(cell: str) -> int | None:
    """Read a percentage or a number, in hundred-millionths."""
    if cells.is_empty(cell):
        return None
    try:
        return int(quantity(cell) * RESULT_SCALE)
    except UnreadableError as error:
        raise CellError(error.rule) from None


def usage(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read usage."""
    reader = RowReader(found, preview)
    for row in found.table.rows:
        customer, event = reader.needed(row, "customer"), reader.needed(row, "event")
        day = reader.day(row, "day")
        count = reader.take(row, "count", lambda cell: cells.whole(cell, 0, 10**9), None)
        check_future(reader, row, {"day": day})
        if day is None:
            if cells.is_empty(reader.cell(row, "day")):
                reader.report(row, "day", message("This cell is empty, and it is needed. Fill it in."))
        elif customer and event:
            preview.usage.append((names["customers"].add(customer), event[:80], day, 1 if count is None else count))
