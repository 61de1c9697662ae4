"""What an import would do, worked out completely before anything is written."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from server.imports.cells import Names
from server.imports.csv_reader import CsvTable
from server.imports.file_types import (
    BALANCES,
    CUSTOMERS,
    DEALS,
    EVENTS,
    FILE_TYPES,
    PEOPLE,
    PRODUCTS,
    QUOTAS,
    RESULTS,
    USAGE,
    apply_choice,
    detect,
    mapping_for,
    missing,
)
from server.imports.parsed import ImportPreview, KnownNames, ParsedFile, RowProblem
from server.imports.readers import facts, rows
from server.messages import message

Choices = Mapping[str, Mapping[str, str]]


def parse_files(tables: Sequence[CsvTable], known: KnownNames, choices: Choices | None = None) -> ImportPreview:
    """Take tables for what they are, or what has been chosen for a file, and read them all; nothing is written."""
    preview = ImportPreview(today=known.today, signed=known.signed, emails=dict(known.emails))
    for table in tables:
        preview.files.append(_read_table(table, (choices or {}).get(table.file), preview))
    names = {kind.name: Names(()) for kind in FILE_TYPES} | {
        "people": Names(known.people),
        "customers": Names(known.customers),
        "products": Names(known.products),
    }
    readers: dict[str, Callable[[ParsedFile, ImportPreview, dict[str, Names]], None]] = {
        PEOPLE.name: rows.people,
        CUSTOMERS.name: rows.customers,
        PRODUCTS.name: rows.products,
        DEALS.name: rows.deals,
        USAGE.name: facts.usage,
        EVENTS.name: facts.events,
        QUOTAS.name: facts.quotas,
        RESULTS.name: facts.results,
        BALANCES.name: facts.balances,
    }
    for kind_name, read in readers.items():
        for found in preview.files:
            if found.kind and found.kind.name == kind_name and not missing(found.kind, found.mapping):
                read(found, preview, names)
    preview.respelt = {spelt: known for kind in names.values() for spelt, known in kind.respelt.items()}
    _note(preview)
    _note_new(preview, known)
    return preview


def _read_table(table: CsvTable, choice: Mapping[str, str] | None, preview: ImportPreview) -> ParsedFile:
    choice = choice or {}
    kind, mapping = apply_choice(table.header, choice) if choice.get("kind") else detect(table.header) or (None, {})
    if kind is None:
        fix = message(
            "No kind of file has these columns. Known kinds: deals, events of deals, people, customers, products,"
            " usage, quotas, results, balances."
        )
        preview.problems.append(RowProblem(table.file, 1, "", ", ".join(table.header)[:80], fix))
        return ParsedFile(table, None)
    lost = _meant_for_another(table.header, kind.name, mapping)
    if lost and not choice.get("kind"):
        fix = message(
            "“{column}” is a column of a file of {kind}, which lacks: {missing}. Add it, or choose a kind.",
            column=lost[0],
            kind=lost[1],
            missing=lost[2],
        )
        preview.problems.append(RowProblem(table.file, 1, lost[0], ", ".join(table.header)[:80], fix))
    for name in missing(kind, mapping):
        fix = message("No column is taken for “{field}”, and it is needed. Choose one.", field=name)
        preview.problems.append(RowProblem(table.file, 1, "", ", ".join(table.header)[:80], fix))
    return ParsedFile(table, kind, mapping, choice)


_TELLING = {"quotas": "quota", "results": "result", "balances": "owed"}
"""Fields that tell a kind: a file with such a column and taken for another kind has lost something."""


def _meant_for_another(header: Sequence[str], taken: str, mapping: Mapping[str, int]) -> tuple[str, str, str] | None:
    """Return the column that tells of another kind, that kind, and what it lacks; None when nothing is lost."""
    for kind in FILE_TYPES:
        telling = _TELLING.get(kind.name)
        found = mapping_for(kind, tuple(header))
        if telling and kind.name != taken and telling in found and found[telling] not in mapping.values():
            lacks = missing(kind, found)
            if lacks:
                return header[found[telling]], kind.name, ", ".join(lacks)
    return None


def _note(preview: ImportPreview) -> None:
    """Say what is worth knowing though nothing is wrong."""
    open_deals = [deal for deal in preview.deals if deal.stage == "open"]
    without = sum(deal.customer is None for deal in preview.deals)
    if open_deals:
        preview.notes.append(
            message("{count} deals are still open; they are kept, and pay nothing.", count=len(open_deals))
        )
    if without:
        preview.notes.append(message("{count} deals name no customer yet.", count=without))
    sellers = {name for deal in preview.deals for name, _ in deal.people}
    managers = {person.manager for person in preview.people}
    idle = [p.name for p in preview.people if p.name not in sellers and p.name not in managers and p.role == "rep"]
    if idle and preview.deals:
        preview.notes.append(
            message("{count} people have no deal: {names}.", count=len(idle), names=", ".join(sorted(idle)[:12]))
        )
    counted = Counter(sector for _, sector, _ in preview.customers)
    for rare, likely in _misspelt(counted):
        preview.notes.append(
            message(
                "The sector “{rare}” may be meant as “{likely}”; it is kept as it stands.", rare=rare, likely=likely
            )
        )


def _note_new(preview: ImportPreview, known: KnownNames) -> None:
    """Say who would be new, and whose name is nearly that of somebody known: a slip of the pen makes a new person."""
    levels = {level.casefold() for level in known.levels}
    strange = sorted({p.level for p in preview.people if p.level and levels and p.level.casefold() not in levels})
    for level in strange[:12]:
        preview.notes.append(
            message(
                "Today's plan has no level “{level}”; it has {known}. Whoever holds it is paid on the first of them.",
                level=level,
                known=", ".join(known.levels),
            )
        )
    there = set(known.people)
    named = {name for person in preview.people for name in (person.name, person.manager) if name}
    named |= {name for deal in preview.deals for name, _ in deal.people}
    fresh = sorted(named - there)
    if there and fresh:
        preview.notes.append(
            message("{count} people would be new: {names}.", count=len(fresh), names=", ".join(fresh[:12]))
        )
        for name in fresh[:200]:
            if near := get_close_matches(name, there, n=1, cutoff=0.85):
                preview.notes.append(message("“{name}” would be new; is “{known}” meant?", name=name, known=near[0]))
    counted = Counter(name for name in (deal.customer for deal in preview.deals) if name)
    customers = (set(counted) | {name for name, _, _ in preview.customers}) - set(known.customers)
    if customers:
        preview.notes.append(message("{count} customers would be new.", count=len(customers)))


_SECTORS = (
    "technology",
    "medical",
    "retail",
    "software",
    "finance",
    "marketing",
    "telecommunications",
    "employment",
    "entertainment",
    "services",
)


def _misspelt(counted: Counter[str]) -> Iterator[tuple[str, str]]:
    for sector in counted:
        near = get_close_matches(sector.casefold(), _SECTORS, n=1, cutoff=0.85)
        if near and near[0] != sector.casefold():
            yield sector, near[0]
