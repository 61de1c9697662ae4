"""Previews and writes imports, large ones in parts, and keeps uploads until they are imported."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session, func, select

from server.audit.service import record
from server.comp import Plan, read_plan
from server.db.bulk import collection_paused
from server.db.row_journal import RowJournal, noting_rows
from server.deals import queries as deal_queries
from server.deals import service as deal_service
from server.deals.models import Customer, Product
from server.deals.service import WriteResult
from server.errors import InvalidError
from server.imports import runs
from server.imports.changes import moves_owners, note_changes
from server.imports.files.tables import FileTable, UnreadableFileError
from server.imports.files.unpack import read_tables
from server.imports.models import ImportRun
from server.imports.parse import Choices, parse_files
from server.imports.parsed import ImportPreview, KnownNames
from server.imports.people_writes import note_person_changes, write_people
from server.messages import message, plural_message
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Company, PayCorrection, PersonalTerms, PersonResult
from server.plans_in_force import queries as plan_queries

MAX_FILES = 20
UPLOAD, API = "upload", "api"
"""The sources of files from the upload page, and of rows that programs send."""


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """The number of rows an import added, changed or left unchanged, by file type."""

    people: WriteResult
    customers: WriteResult
    products: WriteResult
    deals: WriteResult
    usage: WriteResult
    events: WriteResult = field(default_factory=WriteResult)
    payments: WriteResult = field(default_factory=WriteResult)
    corrections: WriteResult = field(default_factory=WriteResult)
    quotas: WriteResult = field(default_factory=WriteResult)
    results: WriteResult = field(default_factory=WriteResult)
    balances: WriteResult = field(default_factory=WriteResult)


FILE_ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".zip")


def read_folder(path: Path) -> list[FileTable]:
    """Read every table of a folder's files; raises UnreadableFileError."""
    return read_paths([path])


@collection_paused()
def read_paths(paths: Sequence[Path], choices: Choices | None = None) -> list[FileTable]:
    """Read every table of files and of the files in folders; raises UnreadableFileError."""
    files = [file for path in paths for file in (_files_in(path) if path.is_dir() else [path])]
    if len(files) > MAX_FILES:
        sentence = message("At most {most} files are imported at once. Import the rest separately.", most=MAX_FILES)
        raise UnreadableFileError(str(paths[0]), sentence)
    return [table for file in files for table in read_tables(file.name, file.read_bytes(), choices)]


def files_in(folder: Path) -> list[Path]:
    """Return the tables and archives in a folder, without those of folders inside it."""
    return sorted(file for file in folder.iterdir() if file.is_file() and file.suffix.casefold() in FILE_ENDINGS)


def _files_in(folder: Path) -> list[Path]:
    files = files_in(folder)
    if not files:
        sentence = message("There is no CSV file or spreadsheet in this folder. Choose another folder.")
        raise UnreadableFileError(str(folder), sentence)
    return files


@collection_paused()
def preview_import(
    session: Session, tables: list[FileTable], choices: Choices | None = None, zone: str = "UTC", source: str = UPLOAD
) -> ImportPreview:
    """Return what an import of these files from a source would write, with its problems.

    Days are those of the company's time zone, or of `zone` until it has one.
    """
    plans = plan_queries.plans_in_force(session)
    people = people_queries.labelled(session)
    company = people_queries.company(session)
    shared = people_queries.namesakes(session)
    known = KnownNames(
        levels=[name for plan in plans for level in read_plan(plan.text).levels for name in level.names],
        people=list(people),
        emails={person.email: label for label, person in people.items() if person.email},
        shared={name: [label for label, person in people.items() if person.name.casefold() == name] for name in shared},
        owners=deal_queries.owners_among(
            session, {person.id: label for label, person in people.items() if label != person.name}
        ),
        customers=list(session.exec(select(Customer.name))),
        products=list(session.exec(select(Product.name))),
        today=people_queries.company_today(session),
        zone=people_queries.company_zone(session, zone),
        signing_dates=lambda numbers: deal_service.signing_dates(session, numbers),
        currency=(company or Company(name="")).currency,
        convertible=_convertible([read_plan(plan.text) for plan in plans]),
    )
    preview = parse_files(tables, known, choices)
    note_changes(session, preview, source)
    note_person_changes(session, preview)
    return preview


def _convertible(plans: Sequence[Plan]) -> frozenset[str] | None:
    """Return the currencies that every plan is in or has a rate for, None without a plan."""
    by_plan = [frozenset({plan.currency, *(exchange.code for exchange in plan.exchange)}) for plan in plans]
    return frozenset.intersection(*by_plan) if by_plan else None


@collection_paused()
def apply_import(
    session: Session,
    preview: ImportPreview,
    source: str,
    entered_by: int | None = None,
    give_way: Callable[[int], None] = lambda _written: None,
    run: ImportRun | None = None,
) -> ImportCounts:
    """Write an import and return the counts; raises InvalidError if it has problems. The caller commits.

    `entered_by` is the id of the person who imports, where that is known. `give_way` is called between parts of many
    deals with the number of those written, so that others can write; what was written until then stays if the rest
    fails, and the same import again completes it. `run` is the import in the list, where it is there already. Rows
    that programs send are not listed, as they would fill it.
    """
    if not preview.is_ready:
        raise InvalidError(
            plural_message(
                "{count} cell has a problem, so nothing was imported. Correct it.",
                "{count} cells have problems, so nothing was imported. Correct them.",
                len(preview.problems),
            )
        )
    if source == API:
        return _write(session, preview, source, entered_by, give_way)
    run = run or runs.begin_run(session, preview, source, entered_by)
    run.total = len(preview.deals)
    journal = RowJournal(runs.imported_tables())
    with noting_rows(session, journal):
        part_writer = runs.part_writer(session, run, journal, give_way)
        counts = _write(session, preview, source, entered_by, part_writer)
        runs.keep_rows(session, run, journal)
    shown = runs.finish_run(session, run, {field_.name: getattr(counts, field_.name) for field_ in fields(counts)})
    files = ", ".join(run.files) or source
    record(session, "import", entered_by, source, f"/imports/runs/{run.ulid}", files=files, counts=shown or "–")
    return counts


def _write(
    session: Session,
    preview: ImportPreview,
    source: str,
    entered_by: int | None,
    give_way: Callable[[int], None],
) -> ImportCounts:
    """Write everything of an import and return the counts."""
    since = _first_day(session, preview)
    people, person_ids = write_people(session, preview, since, entered_by)
    counts_before = [_count(session, table) for table in (Customer, Product)]
    customers = deal_service.upsert_customers(session, preview.customers)
    products = deal_service.upsert_products(session, preview.products)
    deals, usage = WriteResult(), WriteResult()
    if preview.deals or preview.usage:
        deal_source = deal_service.get_source(session, source, preview.ends_on or since)
        keeps_reps = not moves_owners(preview)
        deals = deal_service.upsert_deals(
            session, deal_source, preview.deals, person_ids, give_way, keeps_reps=keeps_reps
        )
        usage = deal_service.upsert_usage(session, deal_source, preview.usage)
        deal_service.update_data_end(session, deal_source)
    for result, before, table in zip((customers, products), counts_before, (Customer, Product), strict=True):
        result.added = _count(session, table) - before  # includes those that only a deal or its usage names
    counts = ImportCounts(
        people=people,
        customers=customers,
        products=products,
        deals=deals,
        usage=usage,
        events=deal_service.upsert_events(session, preview.events, source),
        payments=deal_service.upsert_events(session, preview.payment_events, source),
        quotas=_write_personal_terms(session, preview, person_ids),
        results=_write_results(session, preview, person_ids),
        balances=_write_balances(session, preview, person_ids),
        corrections=_write_corrections(session, preview, person_ids, entered_by),
    )
    _assign_only_level(session, since)
    return counts


def _first_day(session: Session, preview: ImportPreview) -> date:
    """Return the first day of any deal, from which managers and levels hold that are stated without a day."""
    earliest = deal_queries.first_signing(session)
    return min((day for day in (preview.first_day, earliest) if day), default=people_queries.company_today(session))


@collection_paused()
def count_import(session: Session, preview: ImportPreview, source: str = UPLOAD) -> ImportCounts:
    """Return what a large import would write of deals, and whom and which customers it would add, without writing."""
    people = {label: person.id for label, person in people_queries.labelled(session).items()}
    distinct = {id(deal.credits): deal.credits for deal in preview.deals}.values()
    named = {name for credits_ in distinct for name in credits_} | {row.name for row in preview.people}
    named |= {row.manager for row in preview.people if row.manager}
    new_people = sorted(named - people.keys())
    customers: set[str] = {deal.customer for deal in preview.deals if deal.customer}
    customers |= {name for name, _, _ in preview.customers}
    new_customers = customers - set(session.exec(select(Customer.name)).all())
    keys = people | {name: -number for number, name in enumerate(new_people, 1)}
    changed_people = len({change.name for change in preview.person_changes if not change.is_kept})
    return ImportCounts(
        people=WriteResult(
            added=len(new_people), changed=changed_people, same=len(named) - len(new_people) - changed_people
        ),
        customers=WriteResult(added=len(new_customers), same=len(customers) - len(new_customers)),
        products=WriteResult(),
        deals=deal_service.count_deals(session, source, preview.deals, keys),
        usage=WriteResult(),
    )


def dry_run(session: Session, preview: ImportPreview) -> ImportCounts:
    """Return what an import would write, by writing it and rolling back."""
    try:
        return apply_import(session, preview, UPLOAD)
    finally:
        session.rollback()


def _count(session: Session, table: Any) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def _write_personal_terms(session: Session, preview: ImportPreview, person_ids: Mapping[str, int]) -> WriteResult:
    result = WriteResult()
    for row in preview.quotas:
        terms = PersonalTerms(
            person_id=person_ids[row.person],
            since=row.since,
            until=row.until,
            component=row.component,
            quota=row.quota,
            base=row.base,
            variable=row.variable,
            reason=row.reason,
        )
        new, differs = people_service.set_personal_terms(session, terms)
        result.count(new=new, differs=differs)
    return result


def _write_results(session: Session, preview: ImportPreview, person_ids: Mapping[str, int]) -> WriteResult:
    written = WriteResult()
    for person, name, month, value in preview.results:
        result = PersonResult(person_id=person_ids[person], name=name, month=month, value=value)
        new, differs = people_service.set_result(session, result)
        written.count(new=new, differs=differs)
    return written


def _write_balances(session: Session, preview: ImportPreview, person_ids: Mapping[str, int]) -> WriteResult:
    result = WriteResult()
    for person, owed in preview.balances:
        new, differs = people_service.set_draw_balance(session, person_ids[person], owed)
        result.count(new=new, differs=differs)
    return result


def _write_corrections(
    session: Session, preview: ImportPreview, person_ids: Mapping[str, int], entered_by: int | None
) -> WriteResult:
    result = WriteResult()
    for row in preview.corrections:
        correction = PayCorrection(
            person_id=person_ids[row.person], day=row.day, amount=row.cents, reason=row.reason, entered_by=entered_by
        )
        result.count(new=people_service.add_correction(session, correction), differs=False)
    return result


def _assign_only_level(session: Session, since: date) -> None:
    """Give every rep without a level the level of today's plan, if the plan has a single one."""
    plan = plan_queries.main_plan(session)
    levels = read_plan(plan.text).levels if plan else ()
    if len(levels) != 1:
        return
    held = people_queries.levels_now(session, date.max)
    for person in people_queries.active_reps(session):
        if person.id not in held:
            people_service.set_level(session, person, levels[0].name, since)
