"""Decisions about people: adding, inviting, signing in and out."""

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
    Person,
    PersonalTerms,
    PersonResult,
    ReportingLine,
    Role,
    UserSession,
)

BURST = 10
"""Failed sign-ins allowed at once; after them, one a minute."""
_EMPTYING = timedelta(minutes=1)
RECORD_ACTIVITY_EVERY = timedelta(minutes=5)


class UsedLinkError(NotFoundError):
    """An invitation that was used, is too old, or never was."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = message("This link has been used or is too old. Sign in, or ask your admin for a new one.")


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_company(session: Session, name: str, *, is_sample: bool = False) -> Company:
    """Create the company, or return the one there is."""
    existing = queries.company(session)
    if existing:
        return existing
    created = Company(name=name, is_sample=is_sample)
    session.add(created)
    session.flush()
    return created


def rename_company(session: Session, name: str) -> Company:
    """Give the company a name, creating it if there is none yet; an empty name changes nothing."""
    company = create_company(session, name.strip() or "My company")
    if name.strip():
        company.name = name.strip()[:120]
        session.add(company)
    return company


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is needed to add somebody."""

    name: str
    email: str | None = None
    role: Role = Role.rep
    title: str = ""
    region: str = ""


def add_person(session: Session, new: NewPerson) -> Person:
    """Add somebody; raises InvalidError for an address that is wrong or taken."""
    email = checked_email(new.email) if new.email else None
    if email and queries.by_email(session, email):
        raise InvalidError(message("Somebody already has the address {email}. Use another one.", email=email))
    person = Person(name=new.name.strip(), email=email, role=new.role, title=new.title, region=new.region)
    session.add(person)
    session.flush()
    return person


def checked_email(text: str) -> str:
    """Return an address in small letters; raises InvalidError."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise InvalidError(
            message("“{text}” is not an e-mail address. Write it like dana@example.com.", text=text[:80])
        ) from None


def set_manager(session: Session, person: Person, manager: Person, since: date) -> bool:
    """Let somebody report to a manager from a day on; an earlier line ends there, one of the same day is replaced.

    Says whether something changed.
    """
    statement = select(ReportingLine).where(ReportingLine.person_id == person.id, col(ReportingLine.until).is_(None))
    for line in session.exec(statement):
        if line.manager_id == manager.id:
            return False
        line.until = since
        session.add(line)
    session.flush()
    same_day = select(ReportingLine).where(ReportingLine.person_id == person.id, ReportingLine.since == since)
    line = session.exec(same_day).first() or ReportingLine(person_id=person.id or 0, manager_id=0, since=since)
    line.manager_id, line.until = manager.id or 0, None
    session.add(line)
    session.flush()
    return True


def set_level(session: Session, person: Person, level: str, since: date) -> bool:
    """Give somebody a level from a day on; a second word for the same day replaces the first. Says if it changed."""
    statement = select(LevelAssignment).where(LevelAssignment.person_id == person.id, LevelAssignment.since == since)
    spell = session.exec(statement).first()
    if spell is None:
        spell = LevelAssignment(person_id=person.id or 0, level="", since=since)
    differs = spell.level != level
    spell.level = level
    session.add(spell)
    session.flush()
    return differs


def set_employment(session: Session, person: Person, started: date | None, left: date | None) -> bool:
    """Keep the first and the last day of work; what is not stated stays. Says whether something changed."""
    wanted = (started or person.started_on, left or person.left_on)
    if (person.started_on, person.left_on) == wanted:
        return False
    person.started_on, person.left_on = wanted
    session.add(person)
    return True


def set_personal_terms(session: Session, row: PersonalTerms) -> tuple[bool, bool]:
    """Keep one person's own terms, in place of those of the same component and first month: (new, differs)."""
    found = session.exec(
        select(PersonalTerms).where(
            PersonalTerms.person_id == row.person_id,
            PersonalTerms.component == row.component,
            PersonalTerms.since == row.since,
        )
    ).first()
    if found is None:
        session.add(row)
        session.flush()
        return True, False
    names = ("until", "quota", "base", "variable", "reason")
    differs = any(getattr(found, name) != getattr(row, name) for name in names)
    for name in names:
        setattr(found, name, getattr(row, name))
    session.add(found)
    session.flush()
    return False, differs


def set_result(session: Session, row: PersonResult) -> tuple[bool, bool]:
    """Keep a result, in place of the one of the same month: (new, differs)."""
    found = session.exec(
        select(PersonResult).where(
            PersonResult.person_id == row.person_id, PersonResult.name == row.name, PersonResult.month == row.month
        )
    ).first()
    differs = found is not None and found.value != row.value
    kept = found or row
    kept.value = row.value
    session.add(kept)
    session.flush()
    return found is None, differs


def set_draw_balance(session: Session, person_id: int, owed: int) -> tuple[bool, bool]:
    """Keep what a person owes of earlier draws, in cents: (new, differs)."""
    found = session.get(OpeningBalance, person_id)
    differs = found is not None and found.draw_balance != owed
    kept = found or OpeningBalance(person_id=person_id)
    kept.draw_balance = owed
    session.add(kept)
    session.flush()
    return found is None, differs


def invite(session: Session, person: Person, email: str, days: int) -> str:
    """Return the token of a fresh one-use link for a person; earlier links stop working."""
    address = checked_email(email)
    other = queries.by_email(session, address)
    if other and other.id != person.id:
        raise InvalidError(message("Somebody already has the address {email}. Use another one.", email=address))
    person.email = address
    session.add(person)
    session.execute(delete(Invitation).where(col(Invitation.person_id) == person.id, col(Invitation.used_at).is_(None)))
    token = secrets.token_urlsafe(32)
    expires = now() + timedelta(days=days)
    session.add(Invitation(person_id=person.id or 0, token_hash=digest(token), expires_at=expires))
    session.flush()
    return token


def invited_person(session: Session, token: str) -> Person:
    """Return whom an unused, valid link is for; raises SpentLinkError."""
    statement = (
        select(Person)
        .join(Invitation, col(Invitation.person_id) == col(Person.id))
        .where(
            Invitation.token_hash == digest(token),
            col(Invitation.used_at).is_(None),
            col(Invitation.expires_at) > now(),
        )
    )
    found = session.exec(statement).first()
    if not found:
        raise UsedLinkError
    return found


def accept_invitation(session: Session, token: str, password_hash: str) -> Person:
    """Use a link up and set the password; of several at once, one succeeds."""
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
    """Return the hash of a password fit for use; slow on purpose, so call it before a session begins to write."""
    if not passwords.MIN_LENGTH <= len(password) <= passwords.MAX_LENGTH:
        raise InvalidError(
            message(
                "A password has {least} to {most} characters.", least=passwords.MIN_LENGTH, most=passwords.MAX_LENGTH
            )
        )
    return passwords.hash_password(password)


def set_password(session: Session, person: Person, password_hash: str) -> None:
    """Set a password and end every session of the person."""
    person.password_hash = password_hash
    session.add(person)
    sign_out_everywhere(session, person.id or 0)


def count_attempt(session: Session, email: str, address: str) -> None:
    """Count an attempt to sign in before it is looked at, so that many at once are no more than one after the other.

    Raises TooManyError when the account or the address has used its attempts up; the caller commits.
    """
    for key in _buckets(email, address):
        session.execute(insert(session, LoginAttempt).values(key=key, level=0, at=now()).on_conflict_do_nothing())
        attempt = session.exec(select(LoginAttempt).where(LoginAttempt.key == key).with_for_update()).one()
        left = max(attempt.level - int((now() - attempt.at) / _EMPTYING), 0)
        if left >= BURST:
            raise TooManyError(message("Too many attempts. Wait a minute and try again."))
        attempt.level, attempt.at = left + 1, now()
        session.add(attempt)
        session.flush()


def forgive_attempt(session: Session, email: str, address: str) -> None:
    """Forget the attempts of an account whose password was right, and this one of the address."""
    account, place = _buckets(email, address)
    session.execute(delete(LoginAttempt).where(col(LoginAttempt.key) == account))
    session.execute(
        update(LoginAttempt)
        .where(col(LoginAttempt.key) == place, col(LoginAttempt.level) > 0)
        .values(level=LoginAttempt.level - 1)
    )


def _buckets(email: str, address: str) -> tuple[str, str]:
    return f"account {digest(email.strip().lower())[:40]}", f"address {digest(address)[:40]}"


def sign_in(session: Session, person: Person, browser: str) -> str:
    """Open a session and return its token."""
    token = secrets.token_urlsafe(32)
    session.add(UserSession(person_id=person.id or 0, token_hash=digest(token), browser=browser[:120]))
    session.flush()
    return token


def sign_out(session: Session, sign_in_id: int) -> None:
    """End one session."""
    session.execute(delete(UserSession).where(col(UserSession.id) == sign_in_id))


def sign_out_everywhere(session: Session, person_id: int) -> None:
    """End every session of a person."""
    session.execute(delete(UserSession).where(col(UserSession.person_id) == person_id))


def record_activity(session: Session, sign_in_id: int) -> None:
    """Keep a session from falling idle."""
    session.execute(update(UserSession).where(col(UserSession.id) == sign_in_id).values(seen_at=now()))


def deactivate(session: Session, person: Person) -> None:
    """Let somebody go: no session and no sign-in any more."""
    person.active = False
    session.add(person)
    sign_out_everywhere(session, person.id or 0)


def minutes_ago(**parts: float) -> datetime:
    """Return the moment so long ago."""
    return now() - timedelta(**parts)
