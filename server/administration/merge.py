"""Merging two entries of one person: everything that names the duplicate names the other, then the duplicate goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Table, UniqueConstraint, and_, delete, func, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from server.accounts import service as account_service
from server.accounts.models import AccountMail, AccountMailKind
from server.api.models import ApiToken
from server.audit.service import record
from server.db.columns import now
from server.deals.conversion import WHOLE_CREDIT
from server.deals.models import Deal, DealCredit
from server.discussion.models import Comment, Endorsement
from server.documents.models import Redesign
from server.errors import InvalidError
from server.messages import Message, message
from server.people import service as people_service
from server.people.models import Invitation, Person, RemovedPerson, ReportingLine
from server.people.queries import Viewer, company_today
from server.plans_in_force.models import PlanInForce

FILLED = ("email", "title", "region", "started_on")
"""What the person who stays takes from the duplicate where they have none."""
_PLAIN_NAMES = {
    "deal_credits": message("Deals"),
    "comments": message("Comments and answers"),
    "pulses": message("Votes"),
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
    """Move everything of a duplicate to a person, delete the duplicate, and tell both addresses by mail.

    Where both have what one person can have only once, such as a vote, that of the person stays; shares of one deal
    are added. The duplicate's password, links, sessions and tokens end with it. Raises InvalidError where merging
    could give someone another's account or pay, or would leave no admin.
    """
    _check(person, duplicate)
    _check_accounts(session, viewer, person, duplicate)
    label = f"{duplicate.name} ({duplicate.email or duplicate.ulid})"
    record(session, "person merged", viewer.id, person.name, f"/people/{person.ulid}", duplicate=label)
    _add_shares(session, person, duplicate)
    _drop_access(session, duplicate)
    _drop_lines(session, person, duplicate)
    _correct_endorsements(session, person, duplicate)
    for table, column in person_columns():
        for key in _keys(table, column):
            for row in _conflicts(session, table, column, key, person, duplicate):
                primary = list(table.primary_key.columns)
                session.execute(delete(table).where(*(part == row[index] for index, part in enumerate(primary))))
        session.execute(update(table).where(column == duplicate.id).values({column.name: person.id}))
    session.execute(delete(ReportingLine).where(col(ReportingLine.person_id) == col(ReportingLine.manager_id)))
    _replace_in_plans(session, person, duplicate)
    taken = {field: getattr(duplicate, field) for field in FILLED}
    session.expire(duplicate)
    session.delete(session.get_one(Person, duplicate.id))
    session.add(RemovedPerson(person_id=duplicate.id))
    session.flush()
    for field, value in taken.items():
        if not getattr(person, field):
            setattr(person, field, value)
    session.add(person)
    session.flush()
    for address in {person.email, taken["email"]} - {None}:
        account_service.request_mail(session, person, AccountMailKind.merged, viewer.name, label, recipient=address)


def _check_accounts(session: Session, viewer: Viewer, person: Person, duplicate: Person) -> None:
    if viewer.id in {person.id, duplicate.id}:
        raise InvalidError(message("You cannot merge your own entry. Ask another admin."))
    if duplicate.password_hash:
        raise InvalidError(
            message(
                "{name} has joined. Merge the other entry into this one, or end the access of one of them first.",
                name=duplicate.name,
            )
            if not person.password_hash
            else message("Both have joined, so they may be two people. End the access of one of them first.")
        )
    people_service.check_admin_left(session, [duplicate.id], company_today(session))


def _drop_access(session: Session, duplicate: Person) -> None:
    """End everything with which the duplicate could be used to sign in or send data."""
    people_service.sign_out_everywhere(session, duplicate.id)
    session.execute(delete(Invitation).where(col(Invitation.person_id) == duplicate.id))
    session.execute(delete(AccountMail).where(col(AccountMail.person_id) == duplicate.id))
    tokens = update(ApiToken).where(col(ApiToken.created_by) == duplicate.id, col(ApiToken.revoked_at).is_(None))
    session.execute(tokens.values(revoked_at=now()))


def _drop_lines(session: Session, person: Person, duplicate: Person) -> None:
    """Drop whom the duplicate reported to if the person has lines of their own: no one has two managers at once."""
    own = select(ReportingLine.id).where(ReportingLine.person_id == person.id)
    if session.exec(own.limit(1)).first() is not None:
        session.execute(delete(ReportingLine).where(col(ReportingLine.person_id) == duplicate.id))


def _correct_endorsements(session: Session, person: Person, duplicate: Person) -> None:
    """Count a person once who agreed with a comment under both entries, and never with a comment of their own."""
    own = select(Endorsement.comment_id).where(Endorsement.person_id == person.id)
    authored = select(Comment.id).where(Comment.author_id == person.id)
    twice = select(Endorsement).where(
        Endorsement.person_id == duplicate.id,
        col(Endorsement.comment_id).in_(own) | col(Endorsement.comment_id).in_(authored),
    )
    of_duplicate = select(Comment.id).where(Comment.author_id == duplicate.id)
    on_duplicate = select(Endorsement).where(
        Endorsement.person_id == person.id, col(Endorsement.comment_id).in_(of_duplicate)
    )
    for endorsement in [*session.exec(twice).all(), *session.exec(on_duplicate).all()]:
        comment = session.get_one(Comment, endorsement.comment_id)
        comment.endorsements -= 1
        session.add(comment)
        session.delete(endorsement)
    session.flush()


def _replace_in_plans(session: Session, person: Person, duplicate: Person) -> None:
    """Let plans in force and redesigns for the duplicate by name be for the person."""
    for row in [*session.exec(select(PlanInForce)), *session.exec(select(Redesign))]:
        if duplicate.id in row.people:
            row.people = list(dict.fromkeys(person.id if key == duplicate.id else key for key in row.people))
            session.add(row)


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
    """Add the shares of deals on which both are credited; raises InvalidError if they are credited in other ways."""
    credits_ = session.exec(select(DealCredit).where(DealCredit.person_id == person.id))
    own = {credit.deal_id: credit for credit in credits_}
    for credit in session.exec(select(DealCredit).where(DealCredit.person_id == duplicate.id)):
        kept = own.get(credit.deal_id)
        if kept is None:
            continue
        if kept.role != credit.role:
            number = session.exec(select(Deal.external_id).where(Deal.id == credit.deal_id)).one()
            raise InvalidError(
                message(
                    "Both are credited with deal {number}, in different ways. Correct the deal first.", number=number
                )
            )
        kept.share = min(kept.share + credit.share, WHOLE_CREDIT)
        session.add(kept)
    session.flush()
