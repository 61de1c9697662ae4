"""Reads which plan pays whom on a day."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from sqlmodel import Session, col, select

from server.comp import Plan, read_plan
from server.people import queries as people_queries
from server.people.models import Company, Person
from server.plans_in_force.models import PlanInForce


@dataclass(frozen=True, slots=True)
class PaidPerson:
    """What decides which plan pays a rep: the id, and title, level and region on a day."""

    id: int
    name: str
    title: str
    level: str
    region: str


class Conditions(Protocol):
    """Conditions of an audience: one of the titles, of the levels, of the regions, and one of the people, by id.

    An empty list sets no condition.
    """

    titles: list[str]
    levels: list[str]
    regions: list[str]
    people: list[int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whom a plan pays on a day, and how many of them hold each level that the plan does not have.

    `paid_by_others` counts the people in its audience whom another plan pays, by that plan's name.
    """

    people: tuple[PaidPerson, ...] = ()
    unknown_levels: Mapping[str, int] = field(default_factory=dict)
    paid_by_others: Mapping[str, int] = field(default_factory=dict)


def plans_in_force(session: Session) -> Sequence[PlanInForce]:
    """Return the plans that were entered and not withdrawn, the newest first day first."""
    statement = select(PlanInForce).where(col(PlanInForce.withdrawn_at).is_(None))
    return session.exec(statement.order_by(col(PlanInForce.since).desc(), col(PlanInForce.id).desc())).all()


def _plans_on(session: Session, on: date | None) -> tuple[list[PlanInForce], date]:
    """Return the plans in force on a day, or on the company's today, and the day; in one statement for fast pages."""
    zone = select(Company.time_zone).limit(1).scalar_subquery()
    statement = select(PlanInForce, zone).where(col(PlanInForce.withdrawn_at).is_(None))
    rows = session.exec(statement.order_by(col(PlanInForce.since).desc(), col(PlanInForce.id).desc())).all()
    day = on or people_queries.day_in(rows[0][1] if rows else "")
    return [plan for plan, _ in rows if is_in_force(plan, day)], day


def all_plans(session: Session) -> Sequence[PlanInForce]:
    """Return every plan that was entered, the withdrawn ones last, else the newest first day first."""
    order = (col(PlanInForce.withdrawn_at).is_not(None), col(PlanInForce.since).desc(), col(PlanInForce.id).desc())
    return session.exec(select(PlanInForce).order_by(*order)).all()


def plan_in_force(session: Session, ulid: str, *, locks: bool = False) -> PlanInForce | None:
    """Return a plan by its public id, also a withdrawn one; `locks` makes others who change it wait."""
    statement = select(PlanInForce).where(PlanInForce.ulid == ulid)
    return session.exec(statement.with_for_update() if locks else statement).first()


def is_any_entered(session: Session) -> bool:
    """Return whether a plan has been entered."""
    return bool(plans_in_force(session))


def paid_people(session: Session, on: date) -> list[PaidPerson]:
    """Return the active reps with what decides their plan on a day, ordered by id."""
    levels = people_queries.levels_now(session, on)
    return [_paid_person(person, levels.get(person.id, "")) for person in people_queries.paid_people(session)]


def plan_of(session: Session, person_id: int, on: date | None = None) -> PlanInForce | None:
    """Return the plan that pays a person on a day, or on the company's today; None if no plan does."""
    plans, on = _plans_on(session, on)
    if not any(map(_has_conditions, plans)):  # the usual case costs one statement
        return plans[0] if plans else None
    person = person_on(session, person_id, on)
    return choose_plan(plans, person, on) if person else None


def person_on(session: Session, person_id: int, on: date) -> PaidPerson | None:
    """Return what decides whether conditions include a person on a day; None if there is no such person."""
    person = session.get(Person, person_id)
    if person is None:
        return None
    held = [level for since, level in people_queries.level_history(session, person_id) if since <= on]
    return _paid_person(person, held[-1] if held else "")


def people_for(session: Session, conditions: Conditions, on: date) -> frozenset[int]:
    """Return the ids of everyone whom conditions include on a day, also of those who left."""
    levels = people_queries.levels_now(session, on)
    people = (_paid_person(person, levels.get(person.id, "")) for person in people_queries.list_people(session))
    return frozenset(person.id for person in people if is_for(conditions, person))


def plans_by_person(session: Session, on: date) -> dict[int, PlanInForce]:
    """Return the plan that pays each active rep on a day, by person id; reps without a plan are left out."""
    plans = plans_in_force(session)
    chosen = ((person.id, choose_plan(plans, person, on)) for person in paid_people(session, on))
    return {person_id: plan for person_id, plan in chosen if plan is not None}


def main_plan(session: Session, on: date | None = None) -> PlanInForce | None:
    """Return the plan that pays most reps on a day, or on the company's today; before reps are known, the newest."""
    plans, on = _plans_on(session, on)
    counts = Counter(plan.id for plan in plans_by_person(session, on).values()) if len(plans) > 1 else Counter()
    return max(plans, key=lambda plan: (counts[plan.id], plan.since, plan.id), default=None)


def coverage(session: Session, plan: PlanInForce, on: date, among: Sequence[PlanInForce] | None = None) -> Coverage:
    """Return whom a plan pays on a day; `among` are the plans it is chosen from, by default those entered."""
    return coverages(session, on, among).get(plan.id, Coverage())


def coverages(session: Session, on: date, among: Sequence[PlanInForce] | None = None) -> dict[int, Coverage]:
    """Return whom each plan pays on a day, by its id."""
    plans = plans_in_force(session) if among is None else among
    paid: dict[int, list[PaidPerson]] = {plan.id: [] for plan in plans}
    others: dict[int, Counter[int]] = {plan.id: Counter() for plan in plans}
    for person in paid_people(session, on):
        chosen = choose_plan(plans, person, on)
        if chosen is not None:
            paid[chosen.id].append(person)
            for plan in plans:
                if plan is not chosen and is_in_force(plan, on) and is_for(plan, person):
                    others[plan.id][chosen.id] += 1
    names = {plan.id: read_plan(plan.text).name for plan in plans}
    return {plan.id: _coverage(plan, paid[plan.id], others[plan.id], names) for plan in plans}


def _coverage(
    plan: PlanInForce, people: Sequence[PaidPerson], others: Mapping[int, int], names: Mapping[int, str]
) -> Coverage:
    known = _known_levels(read_plan(plan.text))
    unknown = Counter(person.level for person in people if person.level and person.level.casefold() not in known)
    return Coverage(
        tuple(people),
        dict(sorted(unknown.items())),
        {names[plan_id]: count for plan_id, count in others.items()},
    )


def choose_plan(plans: Sequence[PlanInForce], person: PaidPerson, on: date) -> PlanInForce | None:
    """Return the plan that pays a person on a day.

    A plan for named people goes before one for titles, levels or regions, a plan with more of these conditions
    before one with fewer, and among equals the one with the later first day.
    """
    paying = [plan for plan in plans if is_in_force(plan, on) and is_for(plan, person)]
    return max(paying, key=lambda plan: (bool(plan.people), _condition_count(plan), plan.since, plan.id), default=None)


def is_in_force(plan: PlanInForce, on: date) -> bool:
    """Return whether a plan pays its audience on a day."""
    return plan.since <= on and (plan.until is None or on <= plan.until)


def is_for(conditions: Conditions, person: PaidPerson) -> bool:
    """Return whether conditions include a person."""
    return (
        (not conditions.people or person.id in conditions.people)
        and _has(conditions.titles, person.title)
        and _has(conditions.levels, person.level)
        and _has(conditions.regions, person.region)
    )


def _has(conditions: Collection[str], value: str) -> bool:
    return not conditions or value.casefold() in {condition.casefold() for condition in conditions}


def _has_conditions(plan: PlanInForce) -> bool:
    return bool(plan.people or _condition_count(plan))


def _condition_count(plan: PlanInForce) -> int:
    return sum(bool(conditions) for conditions in (plan.titles, plan.levels, plan.regions))


def _known_levels(plan: Plan) -> set[str]:
    return {name.casefold() for level in plan.levels for name in level.names}


def _paid_person(person: Person, level: str) -> PaidPerson:
    return PaidPerson(person.id, person.name, person.title, level, person.region)
