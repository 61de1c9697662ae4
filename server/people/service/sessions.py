"""Writes of sessions, and the limit on sign-in attempts."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from server.db.columns import now
from server.db.upsert import insert
from server.errors import TooManyError
from server.messages import message
from server.people.models import LoginAttempt, Person, UserSession

BURST = 10
"""Failed sign-ins allowed at once; after that one a minute is allowed."""
_LEAK_INTERVAL = timedelta(minutes=1)
RECORD_ACTIVITY_EVERY = timedelta(minutes=5)


def digest(token: str) -> str:
    """Return the hash of a token, to be stored."""
    return hashlib.sha256(token.encode()).hexdigest()


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


def time_ago(**duration: float) -> datetime:
    """Return the moment a duration ago; takes the arguments of timedelta, such as hours=2."""
    return now() - timedelta(**duration)
