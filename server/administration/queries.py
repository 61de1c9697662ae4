"""Reads of one person's history, and of what their page offers to choose."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from server.comp import read_plan
from server.people import queries as people_queries
from server.people.models import LevelAssignment, Person, PersonalTerms, ReportingLine, Role
from server.plans_in_force import queries as plan_queries


def manager_history(session: Session, person_id: int) -> Sequence[tuple[str, date, date | None]]:
    """Return whom a person reported to, from which day and until which, newest first."""
    statement = (
        select(Person.name, ReportingLine)
        .join(ReportingLine, col(Person.id) == col(ReportingLine.manager_id))
        .where(ReportingLine.person_id == person_id)
        .order_by(col(ReportingLine.since).desc())
    )
    return [(name, line.since, line.until) for name, line in session.exec(statement)]


def own_quotas(session: Session, person_id: int) -> Sequence[PersonalTerms]:
    """Return a person's own terms by month, newest first; pages for admins show the quotas and no pay."""
    statement = select(PersonalTerms).where(PersonalTerms.person_id == person_id)
    return session.exec(statement.order_by(col(PersonalTerms.since).desc())).all()


def known_levels(session: Session) -> list[str]:
    """Return the levels that people hold and that plans in force have."""
    held = session.exec(select(LevelAssignment.level).distinct())
    plans = (read_plan(plan.text) for plan in plan_queries.plans_in_force(session))
    return sorted({*held, *(level.name for plan in plans for level in plan.levels)})


def possible_managers(session: Session) -> list[tuple[str, str]]:
    """Return what to enter for each person who can lead others, and what to show: name and address."""
    roles = (Role.manager, Role.executive, Role.admin)
    statement = select(Person).where(col(Person.active).is_(True), col(Person.role).in_(roles)).order_by(Person.name)
    return [(person.email or person.name, person.name) for person in session.exec(statement)]


def currency(session: Session) -> str:
    """Return the company's currency."""
    company = people_queries.company(session)
    return company.currency if company else "USD"
