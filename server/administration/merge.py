"""Merging two entries of one person: everything that names the duplicate names the other, then the duplicate goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Table, UniqueConstraint, and_, delete, func, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from server.audit.service import record
from server.deals.conversion import WHOLE_CREDIT
from server.deals.models import DealCredit
from server.errors import InvalidError
from server.messages import Message, message
from server.people import service as people_service
from server.people.models import Person, ReportingLine
from server.people.queries import Viewer

FILLED = ("email", "title", "region", "started_on", "left_on", "password_hash")
"""What the person who stays takes from the duplicate where they have none."""
_PLAIN_NAMES = {
    "deal_credits": message("Deals"),
    "comments": message("Comments and answers"),
    "votes": message("Votes"),
    "level_assignments": message("Levels"),
    "personal_terms": message("Own quotas and terms"),
    "reporting_lines": message("Reporting lines"),
    "versions": message("Versions"),
    "drafts": message("Drafts"),
    "variants": message("Variants"),
    "scenarios": message("Saved scenarios"),
    "person_results": message("Results"),
    "pay_corrections": message("Corrections of pay"),
}
"""What the tables with something that people recognise are called; the others are counted together."""


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What merging would move, with counts, and what both have, of which only that of the one who stays is kept."""

    moved: Sequence[tuple[Message, int]]
    kept: Sequence[tuple[Message, int]]
    filled: Sequence[str]


def preview_merge(session: Session, person: Person, duplicate: Person) -> MergePreview:
    """Return what merging a duplicate into a person would do; raises InvalidError if they are the same."""
    _check(person, duplicate)
    moved: dict[Message, int] = {}
    kept: dict[Message, int] = {}
    for table, column in person_columns():
        name = _PLAIN_NAMES.get(table.name, message("Other entries"))
        conflicts = sum(len(_conflicts(session, table, column, key, person, duplicate)) for key in _keys(table, column))
        count = session.execute(sa_select(func.count()).select_from(table).where(column == duplicate.id)).scalar_one()
        moved[name] = moved.get(name, 0) + count - conflicts
        kept[name] = kept.get(name, 0) + conflicts
    return MergePreview(
        moved=[(name, count) for name, count in moved.items() if count],
        kept=[(name, count) for name, count in kept.items() if count],
        filled=[field for field in FILLED if not getattr(person, field) and getattr(duplicate, field)],
    )


def merge_people(session: Session, viewer: Viewer, person: Person, duplicate: Person) -> None:
    """Move everything of a duplicate to a person and delete the duplicate.

    Where both have what one person can have only once, such as a vote, that of the person stays; shares of one deal
    are added. Raises InvalidError if they are the same.
    """
    _check(person, duplicate)
    _add_shares(session, person, duplicate)
    people_service.sign_out_everywhere(session, duplicate.id)
    for table, column in person_columns():
        for key in _keys(table, column):
            for row in _conflicts(session, table, column, key, person, duplicate):
                primary = list(table.primary_key.columns)
                session.execute(delete(table).where(*(part == row[index] for index, part in enumerate(primary))))
        session.execute(update(table).where(column == duplicate.id).values({column.name: person.id}))
    session.execute(delete(ReportingLine).where(col(ReportingLine.person_id) == col(ReportingLine.manager_id)))
    taken = {field: getattr(duplicate, field) for field in FILLED}
    name, ulid = duplicate.name, duplicate.ulid
    session.expire(duplicate)
    session.delete(session.get_one(Person, duplicate.id))
    session.flush()
    for field, value in taken.items():
        if not getattr(person, field):
            setattr(person, field, value)
    session.add(person)
    session.flush()
    label = f"{name} ({taken['email'] or ulid})"
    record(session, "person merged", viewer.id, person.name, f"/people/{person.ulid}", duplicate=label)


def person_columns() -> Iterator[tuple[Table, Column[int]]]:
    """Yield every column of every table that names a person."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == "people" for key in column.foreign_keys):
                yield table, column


def _check(person: Person, duplicate: Person) -> None:
    if person.id == duplicate.id:
        raise InvalidError(message("This is the same entry. Enter another person."))


def _keys(table: Table, column: Column[int]) -> list[list[Column[int]]]:
    """Return the columns of every unique key of a table that has this column."""
    keys = [list(table.primary_key.columns)]
    keys += [list(rule.columns) for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    return [key for key in keys if column in key]


def _conflicts(
    session: Session, table: Table, column: Column[int], key: Sequence[Column[int]], person: Person, duplicate: Person
) -> Sequence[Sequence[object]]:
    """Return the primary keys of the duplicate's rows that the person has a row for already."""
    other = table.alias()
    rest = [part for part in key if part is not column]
    same = and_(other.c[column.name] == person.id, *(other.c[part.name] == part for part in rest))
    statement = sa_select(*table.primary_key.columns).where(column == duplicate.id)
    return [tuple(row) for row in session.execute(statement.where(sa_select(other).where(same).exists()))]


def _add_shares(session: Session, person: Person, duplicate: Person) -> None:
    """Add the shares of deals on which both are credited."""
    credits_ = session.exec(select(DealCredit).where(DealCredit.person_id == person.id))
    own = {credit.deal_id: credit for credit in credits_}
    for credit in session.exec(select(DealCredit).where(DealCredit.person_id == duplicate.id)):
        if credit.deal_id in own:
            kept = own[credit.deal_id]
            kept.share = min(kept.share + credit.share, WHOLE_CREDIT)
            session.add(kept)
    session.flush()
