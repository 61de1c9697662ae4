"""Scenarios: kept under a name, opened again, thrown away; a shared one shows everybody their own book."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import words
from server.db.columns import now
from server.errors import InvalidError, NotFoundError
from server.messages import say
from server.simulator.forms import Typed
from server.simulator.models import Scenario

MOST = 40
LONGEST_NAME = 60


def of_person(session: Session, person_id: int) -> Sequence[Scenario]:
    """Return somebody's scenarios, the newest first."""
    statement = select(Scenario).where(Scenario.person_id == person_id).order_by(col(Scenario.kept_at).desc())
    return session.exec(statement).all()


def by_ulid(session: Session, ulid: str) -> Scenario:
    """Return a scenario by its address; raises NotFoundError."""
    found = session.exec(select(Scenario).where(Scenario.ulid == ulid)).first()
    if found is None:
        raise NotFoundError
    return found


def keep(session: Session, person_id: int, name: str, typed: Typed) -> Scenario:
    """Keep assumptions under a name; the same name again replaces them. Raises InvalidError."""
    if not name.strip():
        raise InvalidError(say("Give the scenario a name, like “a slow spring”."))
    try:
        name = words(LONGEST_NAME)(name)
    except UnreadableError as error:
        raise InvalidError(error.rule) from None
    stated = typed.stated()
    if not stated:
        raise InvalidError(say("Nothing is assumed yet. Change something first, then keep it."))
    found = session.exec(select(Scenario).where(Scenario.person_id == person_id, Scenario.name == name)).first()
    if found is None:
        count = session.exec(select(func.count()).where(Scenario.person_id == person_id)).one()
        if count >= MOST:
            raise InvalidError(say("At most {most} scenarios are kept. Throw one away first.", most=MOST))
        found = Scenario(person_id=person_id, name=name, typed=stated)
    found.typed, found.kept_at = stated, now()
    session.add(found)
    session.flush()
    return found


def throw_away(session: Session, person_id: int, ulid: str) -> None:
    """Throw one of one's own scenarios away; raises NotFoundError for anybody else's."""
    found = by_ulid(session, ulid)
    if found.person_id != person_id:
        raise NotFoundError
    session.delete(found)
    session.flush()


def typed_of(scenario: Scenario) -> Typed:
    """Return the fields of a scenario; those that are no longer known are left out."""
    known = Typed.__dataclass_fields__
    return Typed(**{name: value for name, value in scenario.typed.items() if name in known})
