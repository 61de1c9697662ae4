"""Queries of levels and reporting lines."""

from datetime import date

from sqlalchemy import bindparam, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.people.models import LevelAssignment, Person, ReportingLine
from server.people.queries.people import company_today

_LEVEL_HISTORY = (
    sa_select(col(LevelAssignment.since), col(LevelAssignment.level))
    .where(col(LevelAssignment.person_id) == bindparam("person"))
    .order_by(col(LevelAssignment.since))
)


def levels_now(session: Session, on: date) -> dict[int, str]:
    """Return the level each person has on a day, by person id."""
    assignments = session.exec(
        select(LevelAssignment).where(LevelAssignment.since <= on).order_by(col(LevelAssignment.since))
    ).all()
    return {assignment.person_id: assignment.level for assignment in assignments}


def level_history(session: Session, person_id: int) -> list[tuple[date, str]]:
    """Return a person's levels with their first days, oldest first."""
    return [(since, level) for since, level in session.connection().execute(_LEVEL_HISTORY, {"person": person_id})]


def level_histories(session: Session) -> dict[int, list[LevelAssignment]]:
    """Return everyone's levels by person id, oldest first."""
    histories: dict[int, list[LevelAssignment]] = {}
    for assignment in session.exec(select(LevelAssignment).order_by(col(LevelAssignment.since))):
        histories.setdefault(assignment.person_id, []).append(assignment)
    return histories


def managers_now(session: Session, on: date) -> dict[int, str]:
    """Return the name of each person's manager on a day, by person id."""
    manager = select(Person.id, Person.name).subquery()
    statement = (
        select(ReportingLine.person_id, manager.c.name)
        .join(manager, manager.c.id == ReportingLine.manager_id)
        .where(ReportingLine.since <= on, or_(col(ReportingLine.until).is_(None), col(ReportingLine.until) > on))
    )
    return dict(session.exec(statement).all())


def manager_now(session: Session, person_id: int) -> str:
    """Return the name of a person's manager today, empty for none."""
    return managers_now(session, company_today(session)).get(person_id, "")


def reports_of(session: Session, manager_id: int, on: date) -> set[int]:
    """Return the ids of everyone who reports to a manager on a day, directly or indirectly."""
    statement = select(ReportingLine.manager_id, ReportingLine.person_id).where(
        ReportingLine.since <= on, or_(col(ReportingLine.until).is_(None), col(ReportingLine.until) > on)
    )
    reports: dict[int, list[int]] = {}
    for leader_id, person_id in session.exec(statement):
        reports.setdefault(leader_id, []).append(person_id)
    all_reports: set[int] = set()
    pending = [manager_id]
    while pending:
        for person_id in reports.get(pending.pop(), []):
            if person_id not in all_reports:
                all_reports.add(person_id)
                pending.append(person_id)
    return all_reports - {manager_id}


def leaders(session: Session, on: date) -> list[int]:
    """Return the ids of everyone who has reports on a day."""
    statement = select(ReportingLine.manager_id).where(
        ReportingLine.since <= on, or_(col(ReportingLine.until).is_(None), col(ReportingLine.until) > on)
    )
    return sorted(set(session.exec(statement)))
