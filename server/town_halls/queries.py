"""Reads of town halls and their questions."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from server.documents import queries as document_queries
from server.people.models import Person
from server.people.queries import Viewer
from server.town_halls.models import Question, TownHall


def latest_town_hall(session: Session, redesign_id: int) -> TownHall | None:
    """Return the latest town hall of a redesign."""
    statement = select(TownHall).where(TownHall.redesign_id == redesign_id).order_by(col(TownHall.held_on).desc())
    return session.exec(statement.limit(1)).first()


def town_halls_for(session: Session, viewer: Viewer) -> Sequence[TownHall]:
    """Return the town halls of the redesigns that a viewer may read, newest first."""
    is_readable = col(TownHall.redesign_id).not_in(document_queries.hidden_redesigns(session, viewer))
    return session.exec(select(TownHall).where(is_readable).order_by(col(TownHall.held_on).desc())).all()


def is_any_held(session: Session) -> bool:
    """Return whether there is a town hall."""
    return session.exec(select(TownHall.id).limit(1)).first() is not None


def town_hall_for(session: Session, viewer: Viewer, ulid: str) -> TownHall | None:
    """Return a town hall by public ID; None if there is none that the viewer may read."""
    town_hall = session.exec(select(TownHall).where(TownHall.ulid == ulid)).first()
    is_hidden = town_hall and town_hall.redesign_id in document_queries.hidden_redesigns(session, viewer)
    return None if is_hidden else town_hall


def questions(session: Session, town_hall_id: int) -> list[tuple[Question, str | None]]:
    """Return questions with their authors' names (None if anonymous), most endorsed first."""
    statement = (
        select(Question, Person.name)
        .outerjoin(Person, col(Person.id) == col(Question.author_id))
        .where(Question.town_hall_id == town_hall_id)
        .order_by(col(Question.endorsements).desc(), col(Question.id))
    )
    return [(question, name) for question, name in session.exec(statement)]
