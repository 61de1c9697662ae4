"""Queries of the company and its people."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, column, exists, or_, table
from sqlmodel import Session, col, func, select

from server.db.columns import now
from server.people.models import Company, LevelAssignment, Person, Role
from server.people.queries.accounts import has_joined
from server.text.mentions import folded_name
from server.text.unicode import composed

_CREDITS = table("deal_credits", column("person_id"))
"""A table of the deals package, which this one may not import."""


def company(session: Session) -> Company | None:
    """Return the company, or None before it is created."""
    return session.exec(select(Company).limit(1)).first()


def person(session: Session, ulid: str) -> Person | None:
    """Return a person by public id."""
    return session.exec(select(Person).where(Person.ulid == ulid)).first()


def name_of(session: Session, person_id: int) -> str:
    """Return a person's name; empty when there is no such person."""
    return session.exec(select(Person.name).where(Person.id == person_id)).first() or ""


def active_names(session: Session) -> list[tuple[int, str]]:
    """Return the id and name of every active person, by name."""
    statement = select(Person.id, Person.name).where(col(Person.active).is_(True)).order_by(col(Person.name))
    return [(person_id or 0, name) for person_id, name in session.exec(statement)]


def names_like(session: Session, typed: str, most: int = 5) -> list[str]:
    """Return the names of active people in which a word begins with the typed text, unless it is a whole name.

    Of people who share a name, also what tells them apart.
    """
    prefix = folded_name(typed)
    active = {label: folded_name(label) for label, person in labelled(session).items() if person.active}
    names = [label for label, name in active.items() if prefix and f" {prefix}" in f" {name}"]
    names.sort(key=lambda label: not active[label].startswith(prefix))  # first names before others
    return [] if prefix in {active[name] for name in names} else names[:most]


def mentionable_names(session: Session) -> list[tuple[str, list[int]]]:
    """Return every text that names active people after an @, and whom it names.

    A name that several people share names all of them; with what tells them apart, it names one.
    """
    named: dict[str, list[int]] = {}
    for label, person in labelled(session).items():
        if person.active:
            for name in {label, person.name}:
                named.setdefault(name, []).append(person.id)
    return list(named.items())


def by_email(session: Session, email: str) -> Person | None:
    """Return a person by e-mail address."""
    return session.exec(select(Person).where(Person.email == email.strip().lower())).first()


def matching(session: Session, name_or_email: str) -> list[Person]:
    """Return the people with a name, in any case and Unicode form, or the one with an e-mail address."""
    text = " ".join(composed(name_or_email).split())
    if "@" in text:
        person = by_email(session, text)
        return [person] if person else []
    return [person for person in list_people(session) if person.name.casefold() == text.casefold()]


def labelled(session: Session) -> dict[str, Person]:
    """Return everyone by name; people who share one have also what tells them apart: “Dana Kim (dana@example.com)”."""
    shared, people = namesakes(session), list_people(session)
    labels: dict[str, Person] = {}
    for person in people:
        label = person.name
        if person.name.casefold() in shared:
            details = (person.email, person.title, person.ulid)
            options = (f"{person.name} ({detail})" for detail in details if detail)
            label = next(option for option in options if option not in labels)
        labels[label] = person
    return labels


def namesakes(session: Session) -> set[str]:
    """Return the names, in lower case, that several people have."""
    counts = Counter(name.casefold() for name in session.exec(select(Person.name)))
    return {name for name, count in counts.items() if count > 1}


def company_zone(session: Session, default: str = "UTC") -> ZoneInfo:
    """Return the company's time zone, or else the one that the server was started with."""
    return ZoneInfo(session.exec(select(Company.time_zone).limit(1)).first() or default)


def company_today(session: Session) -> date:
    """Return the day it is in the company's time zone."""
    return day_in(company_zone(session).key)


def day_in(zone: str) -> date:
    """Return the day it is in a time zone; UTC if none is named."""
    return now().astimezone(ZoneInfo(zone or "UTC")).date()


@dataclass(frozen=True, slots=True)
class AnswerPromise:
    """Within how many working days managers promise to answer a comment."""

    days: int = 2
    working_days: str = "12345"
    zone: tzinfo = UTC

    def due_before(self, present: datetime) -> datetime:
        """Return the time before which an open comment was posted if it is overdue."""
        local, left = present.astimezone(self.zone), self.days
        while left:
            if str(local.isoweekday()) in self.working_days:
                left -= 1
            local -= timedelta(days=1)
        while str(local.isoweekday()) not in self.working_days:
            local -= timedelta(days=1)
        return local.astimezone(present.tzinfo)


@dataclass(frozen=True, slots=True)
class Readership:
    """How many reps can sign in, and what they are promised."""

    reps: int
    promise: AnswerPromise


def readership(session: Session, among: Collection[int] | None = None) -> Readership:
    """Return the number of reps who can sign in, by default of all, and the company's promise, by one statement."""
    reps = select(func.count()).select_from(Person).where(Person.role == Role.rep, has_joined())
    if among is not None:
        reps = reps.where(col(Person.id).in_(among))
    statement = select(Company.answer_days, Company.working_days, Company.time_zone, reps.scalar_subquery())
    row = session.execute(statement.limit(1)).first()
    if row is None:
        return Readership(0, AnswerPromise())
    return Readership(row[3], AnswerPromise(row[0], row[1], ZoneInfo(row[2] or "UTC")))


def answer_promise(session: Session) -> AnswerPromise:
    """Return the company's promise."""
    return readership(session).promise


def without_level(session: Session) -> int:
    """Count the active reps who hold no level."""
    holds_level = exists().where(col(LevelAssignment.person_id) == col(Person.id)).correlate(Person)
    statement = select(func.count()).select_from(Person)
    return session.exec(statement.where(Person.role == Role.rep, col(Person.active).is_(True), ~holds_level)).one()


def by_names(session: Session, names: Sequence[str]) -> dict[str, Person]:
    """Return people by case-folded name."""
    folded_names = {name.casefold() for name in names}
    people = {person.name.casefold(): person for person in list_people(session)}
    return {name: person for name, person in people.items() if name in folded_names}


def list_people(session: Session) -> Sequence[Person]:
    """Return all people, ordered by name."""
    return session.exec(select(Person).order_by(Person.name, col(Person.id))).all()


def active_reps(session: Session) -> Sequence[Person]:
    """Return the active reps, ordered by id."""
    return session.exec(
        select(Person).where(Person.role == Role.rep, col(Person.active).is_(True)).order_by(col(Person.id))
    ).all()


def is_paid() -> ColumnElement[bool]:
    """Return the SQL condition that a plan may pay a person.

    Reps are paid, managers with deals of their own, and everyone who holds a level.
    """
    holds_level = exists().where(col(LevelAssignment.person_id) == col(Person.id)).correlate(Person)
    has_deals = exists().where(_CREDITS.c.person_id == Person.id).correlate(Person)
    is_selling_manager = and_(col(Person.role) == Role.manager, has_deals)
    return or_(col(Person.role) == Role.rep, holds_level, is_selling_manager)


def paid_people(session: Session) -> Sequence[Person]:
    """Return the people whom a plan may pay, ordered by id; who left was paid until the last day of work."""
    has_dates = col(Person.active).is_(True) | col(Person.left_on).is_not(None)
    return session.exec(select(Person).where(is_paid(), has_dates).order_by(col(Person.id))).all()
