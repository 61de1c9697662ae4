"""Writes of people: adding, reporting lines, levels and days of work."""

from dataclasses import dataclass
from datetime import date

from email_validator import EmailNotValidError, validate_email
from sqlmodel import Session, col, func, select

from server.errors import InvalidError
from server.messages import message
from server.people import queries
from server.people.models import LevelAssignment, Person, RemovedPerson, ReportingLine, Role
from server.text.unicode import composed


@dataclass(frozen=True, slots=True)
class NewPerson:
    """The values of a person to add."""

    name: str
    email: str | None = None
    role: Role = Role.rep
    title: str = ""
    region: str = ""


def clean_name(text: str) -> str:
    """Return a name as it is stored: composed Unicode (NFC), single spaces."""
    return " ".join(composed(text).split())


def set_shortcuts(session: Session, person_id: int, *, is_on: bool) -> None:
    """Turn single-key shortcuts on or off for a person."""
    person = session.get_one(Person, person_id)
    person.uses_keys = is_on
    session.add(person)
    session.flush()


def add_person(session: Session, new: NewPerson) -> Person:
    """Add a person; raises InvalidError if the name is empty or the e-mail address is invalid or another person's."""
    if not clean_name(new.name):
        raise InvalidError(message("Enter a name."))
    email = checked_email(new.email) if new.email else None
    if email and queries.by_email(session, email):
        raise InvalidError(
            message("Another person already has the e-mail address {email}. Use a different one.", email=email)
        )
    person = Person(
        name=clean_name(new.name)[:120],
        email=email,
        role=new.role,
        title=clean_name(new.title),
        region=clean_name(new.region),
    )
    if session.get_bind().dialect.name == "sqlite":  # PostgreSQL never repeats a number
        person.id = _unused_id(session)
    session.add(person)
    session.flush()
    return person


def _unused_id(session: Session) -> int:
    """Return a number that no one has or had."""
    last, removed = (session.exec(select(func.max(key))).one() or 0 for key in (Person.id, RemovedPerson.person_id))
    return max(last, removed) + 1


def checked_email(text: str) -> str:
    """Return an e-mail address in lower case; raises InvalidError if it is invalid."""
    try:
        return validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False).normalized.lower()
    except EmailNotValidError:
        raise InvalidError(
            message("“{text}” is not an e-mail address. Write it like dana@example.com.", text=text[:80])
        ) from None


def set_manager(session: Session, person: Person, manager: Person, since: date) -> bool:
    """Set a person's manager from a day on; return whether anything changed.

    Lines that reach into the time from that day on end there, and those that begin later are removed.
    """
    statement = select(ReportingLine).where(ReportingLine.person_id == person.id)
    lines = session.exec(statement.order_by(col(ReportingLine.since))).all()
    if lines and lines[-1].until is None and lines[-1].manager_id == manager.id and lines[-1].since <= since:
        return False
    for line in lines:
        if line.since > since:
            session.delete(line)
        elif line.since < since and (line.until is None or line.until > since):
            line.until = since
            session.add(line)
    session.flush()
    lines_of_day = select(ReportingLine).where(ReportingLine.person_id == person.id, ReportingLine.since == since)
    line = session.exec(lines_of_day).first() or ReportingLine(person_id=person.id, manager_id=0, since=since)
    line.manager_id, line.until = manager.id, None
    session.add(line)
    session.flush()
    return True


def set_level(session: Session, person: Person, level: str, since: date) -> bool:
    """Set a person's level from a day on, replacing one of the same day; return whether it changed."""
    statement = select(LevelAssignment).where(LevelAssignment.person_id == person.id, LevelAssignment.since == since)
    assignment = session.exec(statement).first()
    if assignment is None:
        assignment = LevelAssignment(person_id=person.id, level="", since=since)
    differs = assignment.level != level
    assignment.level = level
    session.add(assignment)
    session.flush()
    return differs


def set_employment(session: Session, person: Person, started: date | None, left: date | None) -> bool:
    """Set the first and last day of work where stated; return whether either changed."""
    days = (started or person.started_on, left or person.left_on)
    if (person.started_on, person.left_on) == days:
        return False
    person.started_on, person.left_on = days
    session.add(person)
    return True
