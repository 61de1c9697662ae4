"""Who can sign in: invitations, passwords, and the end of access."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import date, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from server.db.columns import now
from server.errors import InvalidError, NotFoundError
from server.messages import message
from server.people import passwords, queries
from server.people.models import Invitation, Person, Role
from server.people.service.members import checked_email
from server.people.service.sessions import digest, sign_out_everywhere


class UsedLinkError(NotFoundError):
    """An invitation that is used, expired or unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.sentence = message(
            "This link has already been used or has expired. Sign in, or ask your admin for a new one."
        )


def invite(session: Session, person: Person, email: str, valid_for: timedelta | int, *, is_mailed: bool = False) -> str:
    """Set a person's address and return the token of a new one-use link, valid for a time or a number of days.

    Earlier links stop working, except that a mailed link leaves them until it is used: mail may not arrive. Raises
    InvalidError if the address is invalid or another person's, or if they have no access.
    """
    if not person.active:
        raise InvalidError(message("{name} has no access. Give it back first.", name=person.name))
    address = checked_email(email)
    _refuse_used(session, address, person)
    person.email = address
    session.add(person)
    if not is_mailed:
        _remove_links(session, person)
    token = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            person_id=person.id,
            token_hash=digest(token),
            expires_at=now() + (valid_for if isinstance(valid_for, timedelta) else timedelta(days=valid_for)),
            is_reset=person.password_hash is not None,
            is_mailed=is_mailed,
            created_at=now(),
        )
    )
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
            col(Person.active).is_(True),
        )
    )
    person = session.exec(statement).first()
    if not person:
        raise UsedLinkError
    return person


def accept_invitation(session: Session, token: str, password_hash: str) -> Person:
    """Use a link and set the password; of simultaneous requests all but one raise UsedLinkError."""
    person = invited_person(session, token)
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
    set_password(session, person, password_hash)
    return person


def _remove_links(session: Session, person: Person) -> None:
    """Remove every link of a person that has not been used."""
    session.execute(delete(Invitation).where(col(Invitation.person_id) == person.id, col(Invitation.used_at).is_(None)))


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
    """Set a password, and end all of the person's sessions and unused links."""
    person.password_hash = password_hash
    _remove_links(session, person)
    session.add(person)
    sign_out_everywhere(session, person.id)


def check_admin_left(session: Session, leaving: Collection[int], today: date) -> None:
    """Raise InvalidError if, without some people, no admin could sign in any more.

    On PostgreSQL the admins are locked, so that two cannot end each other's access at once. A company whose admins
    have yet to join keeps the ones it has.
    """
    is_admin = (Person.role == Role.admin, col(Person.active).is_(True))
    admins = session.exec(select(Person).where(*is_admin).order_by(col(Person.id)).with_for_update()).all()
    if not set(leaving) & {person.id for person in admins}:
        return
    staying = [person for person in admins if person.id not in leaving and (person.left_on or today) >= today]
    has_joined = any(person.password_hash for person in admins)
    if not any(person.password_hash or not has_joined for person in staying):
        names = ", ".join(person.name for person in admins if person.id in leaving)
        raise InvalidError(
            message("{name} is the only admin who can sign in. Make someone else an admin first.", name=names)
        )


def deactivate(session: Session, person: Person, last_day: date) -> bool:
    """End a person's access: their sessions, unused links and, while they have none, mail, mentions and tokens.

    `last_day` is their last day of work unless one is stated that is over. Returns whether they had access; raises
    InvalidError if no admin would be left.
    """
    if person.active:
        check_admin_left(session, [person.id], last_day)
    if person.left_on is None or person.left_on > last_day:
        person.left_on = last_day
    had_access, person.active = person.active, False
    session.add(person)
    _remove_links(session, person)
    sign_out_everywhere(session, person.id)
    return had_access


def deactivate_leavers(session: Session, today: date) -> list[Person]:
    """End the access of everyone whose last day of work is before today, but not of the last admin; return them."""
    is_over = (col(Person.active).is_(True), col(Person.left_on) < today)
    leavers = list(session.exec(select(Person).where(*is_over).order_by(col(Person.id))))
    ended = []
    for person in leavers:
        with suppress(InvalidError):  # the last admin stays until there is another
            deactivate(session, person, today)
            ended.append(person)
    return ended


def restore_access(session: Session, person: Person, today: date) -> None:
    """Give a person access again; a last day of work that is over is removed, their password stays."""
    person.active = True
    if person.left_on is not None and person.left_on < today:
        person.left_on = None
    session.add(person)


def change_email(session: Session, person: Person, email: str) -> str:
    """Change a person's address and return the one before; links sent to that one stop working.

    Raises InvalidError if it is invalid or another person's.
    """
    address = checked_email(email) if email.strip() else None
    former = person.email or ""
    if address == person.email:
        return former
    _refuse_used(session, address, person)
    person.email = address
    session.add(person)
    _remove_links(session, person)
    return former


def _refuse_used(session: Session, address: str | None, person: Person) -> None:
    other = queries.by_email(session, address) if address else None
    if address and other and other.id != person.id:
        raise InvalidError(
            message(
                "{name} already has the e-mail address {email}. Use a different one.", name=other.name, email=address
            )
        )
