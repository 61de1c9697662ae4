"""Scenarios: kept under a name, opened again, thrown away; a shared one shows everybody their own book."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import words
from server.db.columns import now
from server.errors import InvalidError, NotFoundError
from server.messages import message
from server.simulator.forms import AssumptionsForm
from server.simulator.models import Scenario

MAX_SCENARIOS = 40
LONGEST_NAME = 60


def scenarios_of(session: Session, person_id: int) -> Sequence[Scenario]:
    """Return somebody's scenarios, the newest first."""
    statement = select(Scenario).where(Scenario.person_id == person_id).order_by(col(Scenario.saved_at).desc())
    return session.exec(statement).all()


def by_ulid(session: Session, ulid: str) -> Scenario:
    """Return a scenario by its address; raises NotFoundError."""
    found = session.exec(select(Scenario).where(Scenario.ulid == ulid)).first()
    if found is None:
        raise NotFoundError
    return found


def save(session: Session, person_id: int, name: str, typed: AssumptionsForm) -> Scenario:
    """Keep assumptions under a name; the same name again replaces them. Raises InvalidError."""
    if not name.strip():
        raise InvalidError(message("Give the scenario a name, like “a slow spring”."))
    try:
        name = words(LONGEST_NAME)(name)
    except UnreadableError as error:
        raise InvalidError(error.rule) from None
    stated = typed.stated()
    if not stated:
        raise InvalidError(message("Nothing is assumed yet. Change something first, then keep it."))
    found = session.exec(select(Scenario).where(Scenario.person_id == person_id, Scenario.name == name)).first()
    if found is None:
        count = session.exec(select(func.count()).where(Scenario.person_id == person_id)).one()
        if count >= MAX_SCENARIOS:
            raise InvalidError(message("At most {most} scenarios are kept. Throw one away first.", most=MAX_SCENARIOS))
        found = Scenario(person_id=person_id, name=name, inputs=stated)
    found.inputs, found.saved_at = stated, now()
    session.add(found)
    session.flush()
    return found


def delete(session: Session, person_id: int, ulid: str) -> None:
    """Throw one of one's own scenarios away; raises NotFoundError for anybody else's."""
    found = by_ulid(session, ulid)
    if found.person_id != person_id:
        raise NotFoundError
    session.delete(found)
    session.flush()


def inputs_of(scenario: Scenario) -> AssumptionsForm:
    """Return the fields of a scenario; those that are no longer known are left out."""
    known = AssumptionsForm.__dataclass_fields__
    return AssumptionsForm(**{name: value for name, value in scenario.inputs.items() if name in known})
