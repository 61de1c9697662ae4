"""Writes of people: adding, inviting, levels and terms, passwords and sessions."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from server.db.columns import now
from server.db.upsert import insert
from server.errors import InvalidError, NotFoundError, TooManyError
from server.messages import message
from server.people import passwords, queries
from server.people.models import (
    Company,
    Invitation,
    LevelAssignment,
    LoginAttempt,
    OpeningBalance,
    PayCorrection,
    Person,
    PersonalTerms,
    PersonResult,
    ReportingLine,
    Role,
    UserSession,
)

BURST = 10
"""Failed sign-ins allowed at once; after that one a minute is allowed."""
_LEAK_INTERVAL = timedelta(minutes=1)
RECORD_ACTIVITY_EVERY = timedelta(minutes=5)


class UsedLinkError(NotFoundError):
    """An invitation that is used, expired or unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = message(
            "This link has already been used or has expired. Sign in, or ask your admin for a new one."
        )


def digest(token: str) -> str:
    """Return the hash of a token, to be stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_company(session: Session, name: str, *, is_sample: bool = False) -> Company:
    """Return the company, creating it if there is none."""
    existing = queries.company(session)
    if existing:
        return existing
    company = Company(name=name, is_sample=is_sample)
    session.add(company)
    session.flush()
    return company


def rename_company(session: Session, name: str) -> Company:
    """Set the company's name, creating the company if there is none; an empty name changes nothing."""
    company = create_company(session, name.strip() or "My company")
    if name.strip():
        company.name = name.strip()[:120]
        session.add(company)
    return company


@dataclass(frozen=True, slots=True)
class NewPerson:
    """The values of a person to add."""

    name: str
    email: str | None = None
    role: Role = Role.rep
    title: str = ""
    region: str = ""


def add_person(session: Session, new: NewPerson) -> Person:
    """Add a person; raises InvalidError if the e-mail address is invalid or another person's."""
    email = checked_email(new.email) if new.email else None
    if email and queries.by_email(session, email):
        raise InvalidError(
            message("Another person already has the e-mail address {email}. Use a different one.", email=email)
        )
    person = Person(name=new.name.strip(), email=email, role=new.role, title=new.title, region=new.region)
    session.add(person)
    session.flush()
    return person


def checked_email(text: str) -> str:
    """Return an e-mail address in lower case; raises InvalidError if it is invalid."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise InvalidError(
            message("“{text}” is not an e-mail address. Write it like dana@example.com.", text=text[:80])
        ) from None


def set_manager(session: Session, person: Person, manager: Person, since: date) -> bool:
    """Set a person's manager from a day on; return whether anything changed.

    The current line ends on that day; a line that began on the same day is replaced.
    """
    statement = select(ReportingLine).where(ReportingLine.person_id == person.id, col(ReportingLine.until).is_(None))
    for line in session.exec(statement):
        if line.manager_id == manager.id:
            return False
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


def set_personal_terms(session: Session, row: PersonalTerms) -> tuple[bool, bool]:
    """Save a person's terms, replacing those of the same component and first month; return (new, differs)."""
    existing = session.exec(
        select(PersonalTerms).where(
            PersonalTerms.person_id == row.person_id,
            PersonalTerms.component == row.component,
            PersonalTerms.since == row.since,
        )
    ).first()
    if existing is None:
        session.add(row)
        session.flush()
        return True, False
    names = ("until", "quota", "base", "variable", "reason")
    differs = any(getattr(existing, name) != getattr(row, name) for name in names)
    for name in names:
        setattr(existing, name, getattr(row, name))
    session.add(existing)
    session.flush()
    return False, differs


def set_result(session: Session, row: PersonResult) -> tuple[bool, bool]:
    """Save a result, replacing the one of the same name and month; return (new, differs)."""
    existing = session.exec(
        select(PersonResult).where(
            PersonResult.person_id == row.person_id,
            PersonResult.name == row.name,
            PersonResult.month == row.month,
        )
    ).first()
    differs = existing is not None and existing.value != row.value
    result = existing or row
    result.value = row.value
    session.add(result)
    session.flush()
    return existing is None, differs


def set_draw_balance(session: Session, person_id: int, owed: int) -> tuple[bool, bool]:
    """Set what a person owes from earlier draws, in cents; return (new, differs)."""
    existing = session.get(OpeningBalance, person_id)
    differs = existing is not None and existing.draw_balance != owed
    balance = existing or OpeningBalance(person_id=person_id)
    balance.draw_balance = owed
    session.add(balance)
    session.flush()
    return existing is None, differs


def add_correction(session: Session, correction: PayCorrection) -> bool:
    """Add a correction of pay unless the same one is there; return whether it is new."""
    same = select(PayCorrection.id).where(
        PayCorrection.person_id == correction.person_id,
        PayCorrection.day == correction.day,
        PayCorrection.amount == correction.amount,
        PayCorrection.reason == correction.reason,
    )
    if session.exec(same).first() is not None:
        return False
    session.add(correction)
    session.flush()
    return True


def invite(session: Session, person: Person, email: str, days: int) -> str:
    """Set a person's address and return the token of a new one-use link; earlier links stop working."""
    address = checked_email(email)
    other = queries.by_email(session, address)
    if other and other.id != person.id:
        raise InvalidError(
            message("Another person already has the e-mail address {email}. Use a different one.", email=address)
        )
    person.email = address
    session.add(person)
    session.execute(delete(Invitation).where(col(Invitation.person_id) == person.id, col(Invitation.used_at).is_(None)))
    token = secrets.token_urlsafe(32)
    expires = now() + timedelta(days=days)
    session.add(Invitation(person_id=person.id, token_hash=digest(token), expires_at=expires))
    session.flush()
    return token


def invited_person(session: Session, token: str) -> Person:
    """Return the person a link is for; raises UsedLinkError if the link is used, expired or unknown."""
    statement = (
        select(Person)
        .join(Invitation, col(Invitation.person_id) == col(Person.id))
        .where(
            Invitation.token_hash == digest(token),
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > now(),
        )
    )
    person = session.exec(statement).first()
    if not person:
        raise UsedLinkError
    return person


def accept_invitation(session: Session, token: str, password_hash: str) -> Person:
    """Use a link and set the password; of simultaneous requests all but one raise UsedLinkError."""
    person = invited_person(session, token)
    set_password(session, person, password_hash)
    statement = (
        update(Invitation)
        .where(
            col(Invitation.token_hash) == digest(token),
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > now(),
        )
        .values(used_at=now())
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined] # a cursor result has it
        raise UsedLinkError
    return person


def hash_new_password(password: str) -> str:
    """Return the hash of a new password; raises InvalidError for its length.

    Hashing is slow on purpose: call this before opening a writing session.
    """
    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        raise InvalidError(
            message(
                "A password must have {least} to {most} characters.",
                least=passwords.MIN_LENGTH,
                most=passwords.MAX_LENGTH,
            )
        )
    return passwords.hash_password(password)


def set_password(session: Session, person: Person, password_hash: str) -> None:
    """Set a password and end all of the person's sessions."""
    person.password_hash = password_hash
    session.add(person)
    sign_out_everywhere(session, person.id)


def count_attempt(session: Session, email: str, address: str) -> None:
    """Count a sign-in attempt before its password is checked, so that simultaneous attempts gain nothing.

    Raises TooManyError when the account or the IP address has no attempts left. The caller commits.
    """
    for key in _buckets(email, address):
        session.execute(insert(session, LoginAttempt).values(key=key, level=0, at=now()).on_conflict_do_nothing())
        attempt = session.exec(select(LoginAttempt).where(LoginAttempt.key == key).with_for_update()).one()
        level = max(attempt.level - int((now() - attempt.at) / _LEAK_INTERVAL), 0)
        if level >= BURST:
            raise TooManyError(message("Too many sign-in attempts. Wait a minute and try again."))
        attempt.level, attempt.at = level + 1, now()
        session.add(attempt)
        session.flush()


def forgive_attempt(session: Session, email: str, address: str) -> None:
    """Reset an account's attempts after a correct password, and take this one off the IP address."""
    account_key, address_key = _buckets(email, address)
    session.execute(delete(LoginAttempt).where(col(LoginAttempt.key) == account_key))
    session.execute(
        update(LoginAttempt)
        .where(col(LoginAttempt.key) == address_key, col(LoginAttempt.level) > 0)
        .values(level=LoginAttempt.level - 1)
    )


def _buckets(email: str, address: str) -> tuple[str, str]:
    """Return the keys of an account's and an IP address's attempts."""
    return f"account {digest(email.strip().lower())[:40]}", f"address {digest(address)[:40]}"


def sign_in(session: Session, person: Person, browser: str) -> str:
    """Open a session and return its token."""
    token = secrets.token_urlsafe(32)
    session.add(UserSession(person_id=person.id, token_hash=digest(token), browser=browser[:120]))
    session.flush()
    return token


def sign_out(session: Session, session_id: int) -> None:
    """End one session."""
    session.execute(delete(UserSession).where(col(UserSession.id) == session_id))


def sign_out_everywhere(session: Session, person_id: int) -> None:
    """End all sessions of a person."""
    session.execute(delete(UserSession).where(col(UserSession.person_id) == person_id))


def record_activity(session: Session, session_id: int) -> None:
    """Update when a session was last used, so that it does not expire as idle."""
    session.execute(update(UserSession).where(col(UserSession.id) == session_id).values(seen_at=now()))


def deactivate(session: Session, person: Person) -> None:
    """Deactivate a person: end their sessions and refuse further sign-ins."""
    person.active = False
    session.add(person)
    sign_out_everywhere(session, person.id)


def time_ago(**duration: float) -> datetime:
    """Return the moment a duration ago; takes the arguments of timedelta, such as hours=2."""
    return now() - timedelta(**duration)
