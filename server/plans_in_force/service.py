"""Puts plans in force, ends and withdraws them, and says which of their levels pays a level they do not have."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from server.comp import PlanError, read_plan
from server.comp.plan_text.level_names import add_level_names
from server.db.columns import now
from server.errors import ConflictError, InvalidError
from server.messages import message
from server.plans_in_force import queries
from server.plans_in_force.models import PlanInForce

MAX_NOTE = 500
MAX_CONDITIONS = 200
EARLIEST = date(2000, 1, 1)
FARTHEST = timedelta(days=3 * 366)
"""How far ahead a plan may start."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a plan pays: reps with one of the titles, levels and regions, and one of the people (ids).

    An empty tuple sets no condition.
    """

    titles: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    people: tuple[int, ...] = ()


EVERYONE = Audience()


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan to put in force: its text, first day, last day if it has one, audience, and why."""

    text: str
    since: date
    until: date | None = None
    audience: Audience = EVERYONE
    note: str = ""


def replaced_by(session: Session, new: NewPlan) -> list[str]:
    """Return the names of the plans of the same audience that pay no one any more once a new one is in force."""
    audience = new.audience
    wanted = (list(audience.titles), list(audience.levels), list(audience.regions), list(audience.people))
    same = [
        plan
        for plan in queries.plans_in_force(session)
        if (plan.titles, plan.levels, plan.regions, plan.people) == wanted and queries.is_in_force(plan, new.since)
    ]
    return [read_plan(plan.text).name for plan in same[:1]]


def put_in_force(
    session: Session, new: NewPlan, entered_by: int | None = None, level_mapping: Mapping[str, str] | None = None
) -> PlanInForce:
    """Put a plan in force; `level_mapping` has the plan's level for each level that it also pays.

    Raises PlanError for a plan with errors, InvalidError for impossible days and unknown levels.
    """
    plan = prepare(new)
    plan.text = with_level_names(plan.text, level_mapping or {})
    plan.entered_by = entered_by
    session.add(plan)
    session.flush()
    return plan


def prepare(new: NewPlan) -> PlanInForce:
    """Return the plan as it would be stored; raises what `put_in_force` raises."""
    read_plan(new.text)
    _check_days(new.since, new.until)
    audience = new.audience
    people = tuple(dict.fromkeys(audience.people))
    if max(map(len, (audience.titles, audience.levels, audience.regions, people))) > MAX_CONDITIONS:
        raise InvalidError(
            message("A plan can be for at most {limit} of each. Use a level or region.", limit=MAX_CONDITIONS)
        )
    return PlanInForce(
        since=new.since,
        until=new.until,
        text=new.text,
        titles=list(audience.titles),
        levels=list(audience.levels),
        regions=list(audience.regions),
        people=list(people),
        note=new.note.strip()[:MAX_NOTE],
    )


def end(session: Session, plan: PlanInForce, until: str) -> None:
    """Set the last day of a plan; raises InvalidError if it cannot be read or is before the first."""
    try:
        last = date.fromisoformat(until.strip())
    except ValueError:
        raise InvalidError(message("Enter the plan's last day.")) from None
    _check_days(plan.since, last)
    _refuse_withdrawn(plan)
    plan.until = last
    session.flush()


def withdraw(session: Session, plan: PlanInForce) -> None:
    """Take a plan back that was entered by mistake; it stays in the history and pays no one."""
    plan.withdrawn_at = plan.withdrawn_at or now()
    session.flush()


def map_levels(session: Session, plan: PlanInForce, mapping: Mapping[str, str], entered_by: int) -> PlanInForce:
    """Replace a plan with one whose levels also pay other levels: `mapping` has the plan's level for each.

    The former text stays in the history. Raises InvalidError for a level that the plan does not have.
    """
    _refuse_withdrawn(plan)
    if not mapping:
        return plan
    text = with_level_names(plan.text, mapping)
    audience = Audience(tuple(plan.titles), tuple(plan.levels), tuple(plan.regions), tuple(plan.people))
    replacement = put_in_force(session, NewPlan(text, plan.since, plan.until, audience, plan.note), entered_by)
    withdraw(session, plan)
    return replacement


def _refuse_withdrawn(plan: PlanInForce) -> None:
    if plan.withdrawn_at is not None:
        raise ConflictError(message("This plan was withdrawn or replaced. Open the list of plans again."))


def with_level_names(text: str, mapping: Mapping[str, str]) -> str:
    """Return a plan's text in which levels also pay other levels; raises InvalidError for a level it does not have."""
    for name, level in mapping.items():
        before = _names_of(text, level)
        if before is None:
            raise InvalidError(message("The plan has no level “{level}”. Choose one of its levels.", level=level))
        text = add_level_names(text, level, [name])
        if _names_of(text, level) != (*before, name):
            sentence = message(
                "“{name}” cannot be written into this plan. Add it to its text as `also for`.", name=name
            )
            raise InvalidError(sentence)
    return text


def _names_of(text: str, level: str) -> tuple[str, ...] | None:
    """Return the other levels that a level of a plan's text pays, or None if the text or the level is wrong."""
    try:
        levels = read_plan(text).levels
    except PlanError:
        return None
    return next((entry.also_for for entry in levels if entry.name.casefold() == level.casefold()), None)


def _check_days(since: date, until: date | None) -> None:
    if not EARLIEST <= since <= now().date() + FARTHEST:
        raise InvalidError(message("Choose a first day between 2000 and three years from now."))
    if until is not None and until < since:
        raise InvalidError(message("The last day is before the first day. Choose a later one."))
