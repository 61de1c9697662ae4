"""Saves, loads and deletes scenarios."""

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
MAX_NAME_LENGTH = 60


def scenarios_of(session: Session, person_id: int) -> Sequence[Scenario]:
    """Return a person's scenarios, newest first."""
    own = select(Scenario).where(Scenario.person_id == person_id)
    return session.exec(own.order_by(col(Scenario.saved_at).desc())).all()


def by_ulid(session: Session, ulid: str) -> Scenario:
    """Return the scenario with this ID; raises NotFoundError."""
    scenario = session.exec(select(Scenario).where(Scenario.ulid == ulid)).first()
    if scenario is None:
        raise NotFoundError
    return scenario


def save(session: Session, person_id: int, name: str, form: AssumptionsForm) -> Scenario:
    """Save assumptions under a name, replacing a scenario of the same name; raises InvalidError."""
    if not name.strip():
        raise InvalidError(message("Enter a name for the scenario, for example “Slow spring”."))
    try:
        name = words(MAX_NAME_LENGTH)(name)
    except UnreadableError as error:
        raise InvalidError(error.rule) from None
    inputs = form.stated()
    if not inputs:
        raise InvalidError(message("There are no assumptions to save. Change at least one value first."))
    same_name = select(Scenario).where(Scenario.person_id == person_id, Scenario.name == name)
    scenario = session.exec(same_name).first()
    if scenario is None:
        count = session.exec(select(func.count()).where(Scenario.person_id == person_id)).one()
        if count >= MAX_SCENARIOS:
            limit = message("You can save up to {most} scenarios. Delete one first.", most=MAX_SCENARIOS)
            raise InvalidError(limit)
        scenario = Scenario(person_id=person_id, name=name, inputs=inputs)
    scenario.inputs, scenario.saved_at = inputs, now()
    session.add(scenario)
    session.flush()
    return scenario


def delete(session: Session, person_id: int, ulid: str) -> None:
    """Delete one of a person's own scenarios; raises NotFoundError for any other."""
    scenario = by_ulid(session, ulid)
    if scenario.person_id != person_id:
        raise NotFoundError
    session.delete(scenario)
    session.flush()


def inputs_of(scenario: Scenario) -> AssumptionsForm:
    """Return the saved fields of a scenario, without fields that no longer exist."""
    fields = AssumptionsForm.__dataclass_fields__
    return AssumptionsForm(**{name: value for name, value in scenario.inputs.items() if name in fields})
