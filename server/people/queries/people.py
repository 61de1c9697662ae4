"""Queries of the company and its people."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, column, exists, or_, table
from sqlmodel import Session, col, func, select

from server.people.models import Company, LevelAssignment, Person, Role

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
    """Return the names of active people in which a word begins with the typed text, unless it is a whole name."""
    prefix = " ".join(typed.casefold().split())
    names = [name for _, name in active_names(session) if prefix and f" {prefix}" in f" {name.casefold()}"]
    return [] if prefix in {name.casefold() for name in names} else names[:most]


def by_email(session: Session, email: str) -> Person | None:
    """Return a person by e-mail address."""
    return session.exec(select(Person).where(Person.email == email.strip().lower())).first()


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
    """Return the active people whom a plan may pay, ordered by id."""
    return session.exec(select(Person).where(is_paid(), col(Person.active).is_(True)).order_by(col(Person.id))).all()


def reps_count(session: Session) -> int:
    """Count the active reps."""
    return session.exec(select(func.count()).where(Person.role == Role.rep, col(Person.active).is_(True))).one()
