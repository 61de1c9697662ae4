"""Rows to people, customers, products and deals: every cell that cannot be used becomes a problem."""

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from email_validator import EmailNotValidError, validate_email

from server.comp.mechanics.measures import MEASURES
from server.imports import cells
from server.imports.cells import CellError, Names
from server.imports.csv_reader import CsvRow
from server.imports.file_types import STATED
from server.imports.parsed import ImportPreview, ParsedDeal, ParsedFile, ParsedPerson, RowProblem
from server.messages import Message, message

T = TypeVar("T")
MAX_TEXT = {"customer": 200, "product": 200, "email": 254, "region": 80, "title": 80, "level": 60, "event": 80}
MAX_OTHER = 120
MAX_SAMPLED = 2_000
"""What the tables hold; a cell that shares a deal among several people may be longer."""
MAX_TEXT["person"] = 1_000


class RowReader:
    """Reads the cells of one file by field and gathers what is wrong."""

    def __init__(self, found: ParsedFile, preview: ImportPreview) -> None:
        self._found, self._preview = found, preview
        self._formats: dict[str, str] = {}
        self._too_long: set[tuple[int, str]] = set()
        self.today = preview.today

    def cell(self, row: CsvRow, name: str) -> str:
        """Return a field's cell, empty when there is no such column."""
        index = self._found.mapping.get(name)
        cell = row.cells[index] if index is not None and index < len(row.cells) else ""
        most = MAX_TEXT.get(name, MAX_OTHER)
        if len(cell) <= most:
            return cell
        if (row.line, name) in self._too_long:
            return cell[:most]
        self._too_long.add((row.line, name))
        fix = message("This is longer than {most} characters. Shorten it.", most=most)
        self._preview.problems.append(RowProblem(self._found.table.file, row.line, name, cell[:80], fix))
        return cell[:most]

    def take(self, row: CsvRow, name: str, parse: Callable[[str], T], fallback: T) -> T:
        """Read a field, or note what is wrong with it."""
        try:
            return parse(self.cell(row, name))
        except CellError as error:
            self.report(row, name, error.sentence)
            return fallback

    def report(self, row: CsvRow, name: str, fix: Message) -> None:
        """Note a problem at a field."""
        index = self._found.mapping.get(name)
        column = self._found.table.header[index] if index is not None else name
        problem = RowProblem(self._found.table.file, row.line, column, self.cell(row, name)[:80], fix)
        self._preview.problems.append(problem)

    def stage(self, row: CsvRow) -> str:
        """Return won, lost or open, as chosen for this spelling or as it is usually meant."""
        cell = self.cell(row, "stage")
        chosen = self._found.choice.get(f"stage {cell}", "")
        return chosen if chosen in {"won", "lost", "open"} else cells.stage(cell)

    def name(self, row: CsvRow, name: str, cell: str) -> str:
        """Return a person's name, or note that it is too long."""
        if len(cell) > MAX_OTHER:
            self.report(row, name, message("This is longer than {most} characters. Shorten it.", most=MAX_OTHER))
        return cell[:MAX_OTHER]

    def day(self, row: CsvRow, name: str) -> date | None:
        """Read a date in the format of its column."""
        if name not in self._found.mapping:
            return None
        if name not in self._formats:
            sample = (self.cell(other, name) for other in self._found.table.rows[:MAX_SAMPLED])
            form = cells.date_format(sample, month_first=self._found.choice.get("dates") == "month")
            self._formats[name] = form
            column = self._found.table.header[self._found.mapping[name]]
            self._preview.formats[f"{self._found.table.file}: {column}"] = cells.shown(form)
        return self.take(row, name, lambda cell: cells.day(cell, self._formats[name]), None)

    def needed(self, row: CsvRow, name: str) -> str:
        """Return a field's cell, or note that it is empty."""
        cell = self.cell(row, name)
        if cells.is_empty(cell):
            self.report(row, name, message("This cell is empty, and it is needed. Fill it in."))
            return ""
        return cell


def people(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read people."""
    reader = RowReader(found, preview)
    levels: dict[tuple[str, date | None], str] = {}
    for row in found.table.rows:
        name = reader.name(row, "person", reader.needed(row, "person"))
        if not name:
            continue
        known = names["people"].add(name)
        manager = reader.cell(row, "manager")
        started, left = reader.day(row, "started"), reader.day(row, "left")
        level, since = reader.cell(row, "level"), reader.day(row, "since")
        if started and left and left < started:
            reader.report(row, "left", message("This is before the first day of work ({day}).", day=started))
        if level and levels.setdefault((known, since), level).casefold() != level.casefold():
            fix = message(
                "From this day on “{name}” is {level} by another line.", name=known, level=levels[known, since]
            )
            reader.report(row, "level", fix)
        if not cells.is_empty(manager) and names["people"].add(manager) == known:
            reader.report(row, "manager", message("Nobody is their own manager. Correct it, or leave it empty."))
        preview.people.append(
            ParsedPerson(
                name=known,
                manager="" if cells.is_empty(manager) else names["people"].add(manager),
                region=reader.cell(row, "region"),
                email=reader.take(row, "email", lambda cell, whose=known: _email(cell, whose, preview), ""),  # type: ignore[misc]
                role=reader.take(row, "role", _role, "rep"),
                title=reader.cell(row, "title"),
                level=level,
                since=since,
                started=started,
                left=left,
            )
        )


def _email(cell: str, whose: str, preview: ImportPreview) -> str:
    """Return an address in small letters; one that is wrong, or taken by somebody else, is a problem."""
    if cells.is_empty(cell):
        return ""
    try:
        address = validate_email(cell, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise CellError(message("This is not an e-mail address. Write it like dana@example.com.")) from None
    if preview.emails.setdefault(address, whose) != whose:
        raise CellError(message("Somebody else has this address. Correct one of them."))
    return address


def _role(cell: str) -> str:
    name = cell.casefold()
    if cells.is_empty(cell):
        return "rep"
    if name not in {"rep", "manager", "executive", "success", "admin"}:
        raise CellError(message("This is not a role. Use rep, manager, executive, success or admin."))
    return name


def customers(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read customers."""
    reader = RowReader(found, preview)
    for row in found.table.rows:
        if name := reader.needed(row, "customer"):
            known = names["customers"].add(name)
            preview.customers.append((known, reader.cell(row, "sector"), reader.cell(row, "country")))


def products(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read products."""
    reader = RowReader(found, preview)
    for row in found.table.rows:
        if name := reader.needed(row, "product"):
            price = reader.take(row, "price", cells.cents, 0)
            preview.products.append((names["products"].add(name), reader.cell(row, "series"), price))


def deals(found: ParsedFile, preview: ImportPreview, names: dict[str, Names]) -> None:
    """Read deals."""
    reader = RowReader(found, preview)
    has_stage = "stage" in found.mapping
    for row in found.table.rows:
        number = reader.needed(row, "id")
        if number and number in preview.numbers:
            file, line = preview.numbers[number]
            fix = message(
                "The same number stands on line {line} of {file}. Every deal needs its own.", line=line, file=file
            )
            reader.report(row, "id", fix)
        preview.numbers[number] = (found.table.file, row.line)
        preview.deals.append(_deal(reader, row, names, has_stage=has_stage))
        if has_stage:
            preview.stages.setdefault(reader.cell(row, "stage"), preview.deals[-1].stage)


def _deal(reader: RowReader, row: CsvRow, names: dict[str, Names], *, has_stage: bool) -> ParsedDeal:
    days = {f"{name}_on": reader.day(row, name) for name in _DAYS}
    stage = reader.stage(row) if has_stage else "won"
    signed = days["signed_on"]
    if stage == "won" and cells.is_empty(reader.cell(row, "signed")):
        reader.report(row, "signed", message("A won deal needs the date it was signed. Fill it in."))
    for name, later in days.items():
        if signed and later and later < signed and name not in {"engaged_on", "signed_on"}:
            field_name = name.removesuffix("_on")
            reader.report(row, field_name, message("This is before the deal was signed ({day}).", day=signed))
    if stage == "won":
        check_future(reader, row, days)
    customer, product = reader.cell(row, "customer"), reader.cell(row, "product")
    rating = reader.take(row, "rating", lambda cell: cells.whole(cell, 1, 5), None)
    return ParsedDeal(
        line=row.line,
        external_id=reader.cell(row, "id"),
        people=_credits(reader, row, names["people"]),
        stage=stage,
        arr=reader.take(row, "amount", cells.cents, 0),
        customer=None if cells.is_empty(customer) else names["customers"].add(customer),
        product=None if cells.is_empty(product) else names["products"].add(product),
        kind=reader.take(row, "kind", _kind, "new"),
        term=reader.take(row, "term", lambda cell: cells.whole(cell, 1, 120), None) or 12,
        days=days,
        rating=rating,
        more=_more(reader, row),
    )


_DAYS = ("engaged", "signed", "aha", "churned", "renewed", "rated", "paid", "live")


def _more(reader: RowReader, row: CsvRow) -> dict[str, Any]:
    """Read what only some plans ask of a deal; an empty cell says nothing."""
    amounts = {}
    for name in STATED:
        cell = reader.cell(row, name)
        if not cells.is_empty(cell):
            is_money = MEASURES[name].is_money
            read = cells.cents if is_money else _units
            amounts[name] = reader.take(row, name, read, 0)
    return {
        "segment": plain_text(reader.cell(row, "segment")),
        "region": plain_text(reader.cell(row, "region")),
        "currency": reader.take(row, "currency", _currency, ""),
        "discount": reader.take(row, "discount", _millionths, None),
        "prepaid": reader.take(row, "prepaid", _yes, fallback=False),
        "role": reader.take(row, "role", _credit_role, "own"),
        "amounts": amounts,
    }


def plain_text(cell: str) -> str:
    """Return a cell, or nothing where it says nothing."""
    return "" if cells.is_empty(cell) else cell


def _units(cell: str) -> int:
    return cells.whole(cell, 0, 10**9) or 0


def _currency(cell: str) -> str:
    if cells.is_empty(cell):
        return ""
    if len(cell) != 3 or not cell.isascii() or not cell.isalpha():  # noqa: PLR2004 - ISO 4217
        raise CellError(message("A currency is three letters, like EUR."))
    return cell.upper()


def _millionths(cell: str) -> int | None:
    """Read 12.5% or 0.125 as millionths."""
    if cells.is_empty(cell):
        return None
    try:
        share = Fraction(cell.removesuffix("%").strip()) / (100 if cell.endswith("%") else 1)
    except (ValueError, ZeroDivisionError):
        raise CellError(message("This is not a discount. Write it like 12.5%.")) from None
    if not 0 <= share <= 1 or (share * 10**6).denominator != 1:
        raise CellError(
            message("A discount lies between 0% and 100%, with at most four decimals. Write it like 12.5%.")
        )
    return int(share * 10**6)


def _yes(cell: str) -> bool:
    name = cell.casefold()
    if name in {"yes", "y", "true", "1", "x"}:
        return True
    if cells.is_empty(cell) or name in {"no", "n", "false", "0"}:
        return False
    raise CellError(message("Write yes or no."))


def _credit_role(cell: str) -> str:
    name = cell.casefold()
    if cells.is_empty(cell):
        return "own"
    if name not in {"own", "overlay", "team"}:
        raise CellError(message("This is not a kind of credit. Use own, overlay or team."))
    return name


def check_future(reader: RowReader, row: CsvRow, days: Mapping[str, date | None]) -> None:
    """Note dates that have not come yet: one wrong year would move everybody's last twelve months."""
    for name, day in days.items():
        if day and reader.today and day > reader.today:
            reader.report(row, name.removesuffix("_on"), message("This day has not come yet. Correct the date."))


def _kind(cell: str) -> str:
    name = cell.casefold().split()[0] if cell.strip() else "new"
    kinds = {"new": "new", "newbusiness": "new", "expansion": "expansion", "upsell": "expansion", "renewal": "renewal"}
    if name not in kinds:
        raise CellError(message("This is not a kind of deal. Use new, expansion or renewal."))
    return kinds[name]


def _credits(reader: RowReader, row: CsvRow, names: Names) -> tuple[tuple[str, int], ...]:
    """Read “Dana Kim” or “Dana Kim 60%; Bo Li 40%”."""
    cell = reader.cell(row, "person")
    if cells.is_empty(cell):
        return ()
    found = []
    for part in cell.split(";"):
        name, _, share = part.strip().rpartition(" ")
        if share.endswith("%") and name:
            hundredths = reader.take(row, "person", lambda _cell, text=share: _hundredths(text), 0)  # type: ignore[misc]
            found.append((names.add(name.strip()), hundredths))
        else:
            found.append((names.add(part.strip()), 10_000))
    if len({name for name, _ in found}) < len(found):
        reader.report(row, "person", message("The same person stands here twice. Add the shares up."))
    if sum(share for _, share in found) != 10_000:  # noqa: PLR2004 - a hundred percent
        reader.report(row, "person", message("The shares of a deal must come to 100%. Correct them."))
    return tuple(found)


def _hundredths(text: str) -> int:
    amount = cells.cents(text.removesuffix("%"))
    if not 0 < amount <= 10_000:  # noqa: PLR2004 - a hundred percent
        raise CellError(message("The shares of a deal must come to 100%. Correct them."))
    return amount
