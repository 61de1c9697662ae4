"""What an import would do, worked out completely before anything is written."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TypeVar

from server.comp.wording import Sentence, say
from server.imports import values
from server.imports.kinds import CUSTOMERS, DEALS, KINDS, PEOPLE, PRODUCTS, USAGE, Kind, recognise
from server.imports.tables import Row, Table
from server.imports.values import CellError, Names

T = TypeVar("T")
MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A cell that cannot be used: where, what stands there, and what to do."""

    file: str
    line: int
    column: str
    value: str
    fix: Sentence


@dataclass(frozen=True, slots=True)
class DealFound:
    """A deal as a file states it, names spelt as they are known; `people` are names with shares in 1/10,000."""

    line: int
    external_id: str
    people: tuple[tuple[str, int], ...]
    stage: str
    arr: int
    customer: str | None
    product: str | None
    kind: str
    term: int
    days: Mapping[str, date | None]
    rating: int | None


@dataclass(frozen=True, slots=True)
class PersonFound:
    """A person as a file states them."""

    name: str
    manager: str
    region: str
    email: str
    role: str
    title: str
    level: str
    since: date | None


@dataclass(slots=True)
class FileRead:
    """A file: what it was taken for, which column became which field, and which columns were not used."""

    table: Table
    kind: Kind | None
    mapping: dict[str, int] = field(default_factory=dict)

    @property
    def mapped(self) -> list[tuple[str, str]]:
        """Pairs of column and field."""
        return [(self.table.header[index], name) for name, index in self.mapping.items()]

    @property
    def unused(self) -> list[str]:
        """Columns nothing is done with."""
        return [name for index, name in enumerate(self.table.header) if index not in self.mapping.values()]


@dataclass(slots=True)
class Preview:
    """All files understood together: rows ready to be written, problems that stop the import, and notes."""

    files: list[FileRead] = field(default_factory=list)
    people: list[PersonFound] = field(default_factory=list)
    customers: list[tuple[str, str, str]] = field(default_factory=list)
    products: list[tuple[str, str, int]] = field(default_factory=list)
    deals: list[DealFound] = field(default_factory=list)
    usage: list[tuple[str, str, date, int]] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    stages: dict[str, str] = field(default_factory=dict)
    respelt: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    notes: list[Sentence] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether it can be imported as it is."""
        return not self.problems and any(found.kind for found in self.files)

    @property
    def ends_on(self) -> date | None:
        """The newest day the deals speak of."""
        days = [day for deal in self.deals for day in deal.days.values() if day]
        return max(days, default=None)

    @property
    def won(self) -> int:
        """How many deals are won."""
        return sum(deal.stage == "won" for deal in self.deals)


@dataclass(frozen=True, slots=True)
class Known:
    """Names the company knows already."""

    people: Sequence[str] = ()
    customers: Sequence[str] = ()
    products: Sequence[str] = ()


class Reader:
    """Reads the cells of one file by field and gathers what is wrong."""

    def __init__(self, found: FileRead, preview: Preview) -> None:
        self._found, self._preview = found, preview
        self._formats: dict[str, str] = {}

    def cell(self, row: Row, name: str) -> str:
        """Return a field's cell, empty when there is no such column."""
        index = self._found.mapping.get(name)
        return row.cells[index] if index is not None and index < len(row.cells) else ""

    def take(self, row: Row, name: str, parse: Callable[[str], T], fallback: T) -> T:
        """Read a field, or note what is wrong with it."""
        try:
            return parse(self.cell(row, name))
        except CellError as error:
            self.report(row, name, error.sentence)
            return fallback

    def report(self, row: Row, name: str, fix: Sentence) -> None:
        """Note a problem at a field."""
        index = self._found.mapping.get(name)
        column = self._found.table.header[index] if index is not None else name
        problem = RowProblem(self._found.table.file, row.line, column, self.cell(row, name)[:80], fix)
        self._preview.problems.append(problem)

    def day(self, row: Row, name: str) -> date | None:
        """Read a date in the format of its column."""
        if name not in self._found.mapping:
            return None
        if name not in self._formats:
            form = values.date_format(self.cell(other, name) for other in self._found.table.rows)
            self._formats[name] = form
            column = self._found.table.header[self._found.mapping[name]]
            self._preview.formats[f"{self._found.table.file}: {column}"] = values.shown(form)
        return self.take(row, name, lambda cell: values.day(cell, self._formats[name]), None)

    def needed(self, row: Row, name: str) -> str:
        """Return a field's cell, or note that it is empty."""
        cell = self.cell(row, name)
        if values.is_empty(cell):
            self.report(row, name, say("This cell is empty, and it is needed. Fill it in."))
            return ""
        return cell


def understand(tables: Sequence[Table], known: Known) -> Preview:
    """Take tables for what they are and read them all; nothing is written."""
    preview = Preview()
    for table in tables:
        recognised = recognise(table.header)
        kind, mapping = recognised or (None, {})
        preview.files.append(FileRead(table, kind, mapping))
        if kind is None:
            fix = say("No kind of file has these columns. Known kinds: deals, people, customers, products, usage.")
            preview.problems.append(RowProblem(table.file, 1, "", ", ".join(table.header)[:80], fix))
    names = {kind.name: Names(()) for kind in KINDS} | {
        "people": Names(known.people), "customers": Names(known.customers), "products": Names(known.products),
    }  # fmt: skip
    readers: dict[str, Callable[[FileRead, Preview, dict[str, Names]], None]] = {
        PEOPLE.name: _people, CUSTOMERS.name: _customers, PRODUCTS.name: _products, DEALS.name: _deals,
        USAGE.name: _usage,
    }  # fmt: skip
    for kind_name, read in readers.items():
        for found in preview.files:
            if found.kind and found.kind.name == kind_name:
                read(found, preview, names)
    preview.respelt = {spelt: known for kind in names.values() for spelt, known in kind.respelt.items()}
    _note(preview)
    return preview


def _people(found: FileRead, preview: Preview, names: dict[str, Names]) -> None:
    reader = Reader(found, preview)
    for row in found.table.rows:
        name = reader.needed(row, "person")
        if not name:
            continue
        manager = reader.cell(row, "manager")
        preview.people.append(
            PersonFound(
                name=names["people"].add(name),
                manager="" if values.is_empty(manager) else names["people"].add(manager),
                region=reader.cell(row, "region"),
                email=reader.cell(row, "email"),
                role=reader.take(row, "role", _role, "rep"),
                title=reader.cell(row, "title"),
                level=reader.cell(row, "level"),
                since=reader.day(row, "since"),
            )
        )


def _role(cell: str) -> str:
    name = cell.casefold()
    if values.is_empty(cell):
        return "rep"
    if name not in {"rep", "manager", "executive", "success", "admin"}:
        raise CellError(say("This is not a role. Use rep, manager, executive, success or admin."))
    return name


def _customers(found: FileRead, preview: Preview, names: dict[str, Names]) -> None:
    reader = Reader(found, preview)
    for row in found.table.rows:
        if name := reader.needed(row, "customer"):
            known = names["customers"].add(name)
            preview.customers.append((known, reader.cell(row, "sector"), reader.cell(row, "country")))


def _products(found: FileRead, preview: Preview, names: dict[str, Names]) -> None:
    reader = Reader(found, preview)
    for row in found.table.rows:
        if name := reader.needed(row, "product"):
            price = reader.take(row, "price", values.cents, 0)
            preview.products.append((names["products"].add(name), reader.cell(row, "series"), price))


def _deals(found: FileRead, preview: Preview, names: dict[str, Names]) -> None:
    reader = Reader(found, preview)
    seen: dict[str, int] = {}
    has_stage = "stage" in found.mapping
    for row in found.table.rows:
        number = reader.needed(row, "id")
        if number in seen and number:
            fix = say("The same number stands on line {line}. Every deal needs its own.", line=seen[number])
            reader.report(row, "id", fix)
        seen[number] = row.line
        preview.deals.append(_deal(reader, row, names, has_stage=has_stage))
        if has_stage:
            preview.stages.setdefault(reader.cell(row, "stage"), preview.deals[-1].stage)


def _deal(reader: Reader, row: Row, names: dict[str, Names], *, has_stage: bool) -> DealFound:
    days = {f"{name}_on": reader.day(row, name) for name in ("engaged", "signed", "aha", "churned", "renewed", "rated")}
    stage = values.stage(reader.cell(row, "stage")) if has_stage else "won"
    signed = days["signed_on"]
    if stage == "won" and values.is_empty(reader.cell(row, "signed")):
        reader.report(row, "signed", say("A won deal needs the date it was signed. Fill it in."))
    for name, later in days.items():
        if signed and later and later < signed and name not in {"engaged_on", "signed_on"}:
            field_name = name.removesuffix("_on")
            reader.report(row, field_name, say("This is before the deal was signed ({day}).", day=signed))
    customer, product = reader.cell(row, "customer"), reader.cell(row, "product")
    rating = reader.take(row, "rating", lambda cell: values.whole(cell, 1, 5), None)
    return DealFound(
        line=row.line,
        external_id=reader.cell(row, "id"),
        people=_credits(reader, row, names["people"]),
        stage=stage,
        arr=reader.take(row, "amount", values.cents, 0),
        customer=None if values.is_empty(customer) else names["customers"].add(customer),
        product=None if values.is_empty(product) else names["products"].add(product),
        kind=reader.take(row, "kind", _kind, "new"),
        term=reader.take(row, "term", lambda cell: values.whole(cell, 1, 120), None) or 12,
        days=days,
        rating=rating,
    )


def _kind(cell: str) -> str:
    name = cell.casefold().split()[0] if cell.strip() else "new"
    kinds = {"new": "new", "newbusiness": "new", "expansion": "expansion", "upsell": "expansion", "renewal": "renewal"}
    if name not in kinds:
        raise CellError(say("This is not a kind of deal. Use new, expansion or renewal."))
    return kinds[name]


def _credits(reader: Reader, row: Row, names: Names) -> tuple[tuple[str, int], ...]:
    """Read “Dana Kim” or “Dana Kim 60%; Bo Li 40%”."""
    cell = reader.cell(row, "person")
    if values.is_empty(cell):
        return ()
    found = []
    for part in cell.split(";"):
        name, _, share = part.strip().rpartition(" ")
        if share.endswith("%") and name:
            hundredths = reader.take(row, "person", lambda _cell, text=share: _hundredths(text), 0)  # type: ignore[misc]
            found.append((names.add(name.strip()), hundredths))
        else:
            found.append((names.add(part.strip()), 10_000))
    if sum(share for _, share in found) != 10_000:  # noqa: PLR2004 - a hundred percent
        reader.report(row, "person", say("The shares of a deal must come to 100%. Correct them."))
    return tuple(found)


def _hundredths(text: str) -> int:
    amount = values.cents(text.removesuffix("%"))
    if not 0 < amount <= 10_000:  # noqa: PLR2004 - a hundred percent
        raise CellError(say("The shares of a deal must come to 100%. Correct them."))
    return amount


def _usage(found: FileRead, preview: Preview, names: dict[str, Names]) -> None:
    reader = Reader(found, preview)
    for row in found.table.rows:
        customer, event = reader.needed(row, "customer"), reader.needed(row, "event")
        day = reader.day(row, "day")
        count = reader.take(row, "count", lambda cell: values.whole(cell, 0, 10**9), None)
        if day is None:
            reader.report(row, "day", say("This cell is empty, and it is needed. Fill it in."))
        elif customer and event:
            preview.usage.append((names["customers"].add(customer), event[:80], day, 1 if count is None else count))


def _note(preview: Preview) -> None:
    """Say what is worth knowing though nothing is wrong."""
    open_deals = [deal for deal in preview.deals if deal.stage == "open"]
    without = sum(deal.customer is None for deal in preview.deals)
    if open_deals:
        preview.notes.append(
            say("{count} deals are still open; they are kept, and pay nothing.", count=len(open_deals))
        )
    if without:
        preview.notes.append(say("{count} deals name no customer yet.", count=without))
    sellers = {name for deal in preview.deals for name, _ in deal.people}
    managers = {person.manager for person in preview.people}
    idle = [p.name for p in preview.people if p.name not in sellers and p.name not in managers and p.role == "rep"]
    if idle and preview.deals:
        preview.notes.append(
            say("{count} people have no deal: {names}.", count=len(idle), names=", ".join(sorted(idle)[:12]))
        )
    counted = Counter(sector for _, sector, _ in preview.customers)
    for rare, likely in _misspelt(counted):
        preview.notes.append(
            say("The sector “{rare}” may be meant as “{likely}”; it is kept as it stands.", rare=rare, likely=likely)
        )


_SECTORS = (
    "technology", "medical", "retail", "software", "finance", "marketing", "telecommunications", "employment",
    "entertainment", "services",
)  # fmt: skip


def _misspelt(counted: Counter[str]) -> Iterator[tuple[str, str]]:
    for sector in counted:
        near = get_close_matches(sector.casefold(), _SECTORS, n=1, cutoff=0.85)
        if near and near[0] != sector.casefold():
            yield sector, near[0]
