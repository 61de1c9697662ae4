"""Carries an import out: all of it in one transaction, or nothing."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from server.comp.load import read_plan
from server.db.columns import now
from server.deals import service as deal_service
from server.deals.models import Customer, Product
from server.deals.service import DealRow, WriteResult
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.errors import InvalidError, NotFoundError
from server.imports.csv_reader import MAX_BYTES, CsvTable, UnreadableFileError, read_table
from server.imports.models import Upload
from server.imports.parse import Choices, parse_files
from server.imports.parsed import ImportPreview, KnownNames, ParsedDeal
from server.messages import message
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Person, PersonalTerms, PersonResult, Role
from server.people.service import NewPerson
from server.web.paths import data_folder

MAX_FILES = 20


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import wrote, by kind."""

    people: WriteResult
    customers: WriteResult
    products: WriteResult
    deals: WriteResult
    usage: WriteResult
    events: WriteResult = field(default_factory=WriteResult)
    quotas: WriteResult = field(default_factory=WriteResult)
    results: WriteResult = field(default_factory=WriteResult)
    balances: WriteResult = field(default_factory=WriteResult)


def read_folder(path: Path) -> list[CsvTable]:
    """Read every CSV file of a folder; raises UnreadableFileError."""
    files = sorted(path.glob("*.csv"))
    if not files:
        raise UnreadableFileError(str(path), message("There is no CSV file in this folder."))
    return [read_table(file.name, file.read_bytes()) for file in files[:MAX_FILES]]


def preview(session: Session, tables: list[CsvTable], choices: Choices | None = None) -> ImportPreview:
    """Work out what an import of these files would do."""
    plan = document_queries.plan_in_force(session)
    everyone = people_queries.list_people(session)
    known = KnownNames(
        levels=[level.name for level in read_plan(plan.text).levels] if plan and not plan.is_starter else [],
        people=[person.name for person in everyone],
        emails={person.email: person.name for person in everyone if person.email},
        customers=list(session.exec(select(Customer.name))),
        products=list(session.exec(select(Product.name))),
        today=now().date(),
        signed=lambda numbers: deal_service.signing_dates(session, numbers),
    )
    return parse_files(tables, known, choices)


def apply_import(session: Session, found: ImportPreview, source: str) -> ImportCounts:
    """Write an import; raises InvalidError when it has problems. The caller commits, or everything is undone."""
    if not found.ready:
        raise InvalidError(
            message("{count} rows cannot be imported yet, so nothing was. Correct them.", count=len(found.problems))
        )
    ends_on = found.ends_on
    since = min((day for deal in found.deals for day in deal.days.values() if day), default=now().date())
    written_people, keys = _put_people(session, found, since)
    before = [_count(session, table) for table in (Customer, Product)]
    imported = ImportCounts(
        people=written_people,
        customers=deal_service.put_customers(session, found.customers),
        products=deal_service.put_products(session, found.products),
        deals=WriteResult(),
        usage=WriteResult(),
    )
    if found.deals or found.usage:
        came_from = deal_service.get_source(session, source, ends_on or since)
        rows = [_row(deal, keys) for deal in found.deals]
        imported = ImportCounts(
            imported.people,
            imported.customers,
            imported.products,
            deal_service.put_deals(session, came_from, rows),
            deal_service.put_usage(session, came_from, found.usage),
        )
        deal_service.update_data_end(session, came_from)
    for written, there, table in zip((imported.customers, imported.products), before, (Customer, Product), strict=True):
        written.added = _count(session, table) - there  # those that only a deal or its usage names are new as well
    imported = replace(
        imported, events=deal_service.put_events(session, found.events), **_put_facts(session, found, keys)
    )
    if document_queries.plan_in_force(session) is None:
        starter = (data_folder("seed") / "plans" / "starter.yaml").read_text()
        document_service.put_in_force(session, starter, since, is_starter=True)
    _give_first_level(session, since)
    return imported


def dry_run(session: Session, found: ImportPreview) -> ImportCounts:
    """Return what an import would write, by writing it and taking all of it back."""
    try:
        return apply_import(session, found, "upload")
    finally:
        session.rollback()


def _count(session: Session, table: Any) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def _put_facts(session: Session, found: ImportPreview, keys: Mapping[str, int]) -> dict[str, WriteResult]:
    """Put single people's own terms, results and balances in."""
    written = {"quotas": WriteResult(), "results": WriteResult(), "balances": WriteResult()}
    for row in found.quotas:
        terms = PersonalTerms(
            person_id=keys[row.person],
            since=row.since,
            until=row.until,
            component=row.component,
            quota=row.quota,
            base=row.base,
            variable=row.variable,
            reason=row.reason,
        )
        new, differs = people_service.set_personal_terms(session, terms)
        written["quotas"].count(new=new, differs=differs)
    for name, result, month, value in found.results:
        kept = PersonResult(person_id=keys[name], name=result, month=month, value=value)
        new, differs = people_service.set_result(session, kept)
        written["results"].count(new=new, differs=differs)
    for name, owed in found.balances:
        new, differs = people_service.set_draw_balance(session, keys[name], owed)
        written["balances"].count(new=new, differs=differs)
    return written


def _give_first_level(session: Session, since: date) -> None:
    """Let every rep of whom no file states a level hold the first one of today's plan."""
    plan = document_queries.plan_in_force(session)
    if plan is None:
        return
    first = read_plan(plan.text).levels[0].name
    levels = people_queries.levels_now(session, date.max)
    for person in people_queries.list_people(session):
        if person.role == Role.rep and person.id not in levels:
            people_service.set_level(session, person, first, since)


def _row(deal: ParsedDeal, keys: dict[str, int]) -> DealRow:
    more: dict[str, Any] = {**deal.days, **deal.more}
    return DealRow(
        external_id=deal.external_id,
        stage=deal.stage,
        arr=deal.arr,
        customer=deal.customer,
        product=deal.product,
        kind=deal.kind,
        term_months=deal.term,
        rating=deal.rating,
        credits={keys[name]: share for name, share in deal.people},
        **more,
    )


def _put_people(session: Session, found: ImportPreview, since: date) -> tuple[WriteResult, dict[str, int]]:
    """Put everybody in who is named: in a list of people, as somebody's manager, or as a seller."""
    written = WriteResult()
    if people_queries.company(session) is None:
        people_service.create_company(session, "My company")
    known = {person.name: person for person in people_queries.list_people(session)}
    managers = {row.manager for row in found.people if row.manager}
    stated = {row.name: row for row in found.people}
    sellers = [name for deal in found.deals for name, _ in deal.people]
    wanted = dict.fromkeys([*stated, *sorted(managers), *sellers])
    fresh: set[str] = set()
    changed: set[str] = set()
    for name in wanted:
        row = stated.get(name)
        person = known.get(name)
        if person is None:
            role = Role(row.role) if row else Role.rep
            new = NewPerson(
                name=name,
                email=(row.email or None) if row else None,
                role=Role.manager if name in managers and role == Role.rep else role,
                title=row.title if row else "",
                region=row.region if row else "",
            )
            known[name] = people_service.add_person(session, new)
            fresh.add(name)
        elif row is not None and _update(session, person, row.region, row.title):
            changed.add(name)
    for row in found.people:
        person = known[row.name]
        differs = [
            row.manager and people_service.set_manager(session, person, known[row.manager], row.since or since),
            (row.started or row.left) and people_service.set_employment(session, person, row.started, row.left),
            row.level and people_service.set_level(session, person, row.level, row.since or since),
        ]
        if any(differs):
            changed.add(row.name)
    for name in wanted:
        written.count(new=name in fresh, differs=name in changed)
    return written, {name: person.id or 0 for name, person in known.items()}


def _update(session: Session, person: Person, region: str, title: str) -> bool:
    wanted = (region or person.region, title or person.title)
    if (person.region, person.title) == wanted:
        return False
    person.region, person.title = wanted
    session.add(person)
    return True


def save_upload(session: Session, person_id: int, files: list[tuple[str, bytes]]) -> Upload:
    """Keep files until their import is decided; those of the day before are thrown away."""
    session.execute(delete(Upload).where(col(Upload.uploaded_at) < now() - timedelta(days=1)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for index, (_, content) in enumerate(files):
            archive.writestr(str(index), content)
    upload = Upload(person_id=person_id, names=[name for name, _ in files], content=packed.getvalue())
    session.add(upload)
    session.flush()
    return upload


def upload_of(session: Session, ulid: str, person_id: int) -> Upload:
    """Return an upload to whoever made it; raises NotFoundError for anybody else."""
    found = session.exec(select(Upload).where(Upload.ulid == ulid, Upload.person_id == person_id)).first()
    if found is None:
        raise NotFoundError
    return found


def save_choice(session: Session, upload: Upload, file: str, choice: dict[str, str]) -> None:
    """Keep how the columns of a file are to be taken; an empty choice lets them be recognised again."""
    others = {name: kept for name, kept in upload.choices.items() if name != file}
    upload.choices = others | ({file: choice} if any(choice.values()) else {})
    session.add(upload)
    session.flush()


def tables_of(upload: Upload) -> list[CsvTable]:
    """Read the files of an upload; raises UnreadableFileError."""
    with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
        return [read_table(name, archive.read(str(index))) for index, name in enumerate(upload.names)]


def check_files(files: list[tuple[str, bytes]]) -> None:
    """Refuse an upload without files, with too many, or too large; raises InvalidError."""
    if not files:
        raise InvalidError(message("Choose at least one CSV file."))
    if len(files) > MAX_FILES:
        raise InvalidError(message("At most {most} files go at once.", most=MAX_FILES))
    if sum(len(content) for _, content in files) > MAX_BYTES:
        raise InvalidError(message("The file is larger than {most} MB. Split it.", most=MAX_BYTES // 1024**2))
