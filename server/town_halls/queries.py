"""Reads of town halls and their questions."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from server.people.models import Person
from server.town_halls.models import Question, TownHall


def latest_town_hall(session: Session, redesign_id: int) -> TownHall | None:
    """Return the latest town hall of a redesign."""
    statement = select(TownHall).where(TownHall.redesign_id == redesign_id).order_by(col(TownHall.held_on).desc())
    return session.exec(statement.limit(1)).first()


def all_town_halls(session: Session) -> Sequence[TownHall]:
    """Return all town halls, newest first."""
    return session.exec(select(TownHall).order_by(col(TownHall.held_on).desc())).all()


def by_ulid(session: Session, ulid: str) -> TownHall | None:
    """Return a town hall by public ID, or None."""
    return session.exec(select(TownHall).where(TownHall.ulid == ulid)).first()


def questions(session: Session, town_hall_id: int) -> list[tuple[Question, str | None]]:
    """Return questions with their authors' names (None if anonymous), most endorsed first."""
    statement = (
        select(Question, Person.name)
        .outerjoin(Person, col(Person.id) == col(Question.author_id))
        .where(Question.town_hall_id == town_hall_id)
        .order_by(col(Question.endorsements).desc(), col(Question.id))
    )
    return [(question, name) for question, name in session.exec(statement)]
