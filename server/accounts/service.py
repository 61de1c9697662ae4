"""Writes of accounts: mail about them, lost and changed passwords, and the second factor."""

from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from server.accounts.models import LINKED, AccountMail, AccountMailKind, LostPassword
from server.db.columns import now
from server.errors import InvalidError
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.messages import message
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Invitation, Person, UserSession
from server.settings import Settings

STEP_SECONDS = 30
HELD_AFTER_CHANGE = timedelta(days=3)
RESEND_AFTER = timedelta(minutes=2)
"""How soon a lost password may be asked for again; a second press of the button sends no second e-mail."""


def can_mail(settings: Settings) -> bool:
    """Return whether e-mail can be sent: a demo stores it, otherwise there must be a mail server."""
    return settings.is_demo or bool(settings.smtp_url.get_secret_value())


def request_mail(
    session: Session,
    person: Person,
    kind: AccountMailKind,
    actor: str = "",
    detail: str = "",
    recipient: str | None = None,
) -> None:
    """Queue an e-mail to a person's address, or to another recipient; without an address nothing is sent.

    A link to the same address that has not left yet is replaced, so that pressing twice sends one.
    """
    address = recipient if recipient is not None else person.email
    if not address:
        return
    waiting = (
        col(AccountMail.person_id) == person.id,
        col(AccountMail.kind) == kind,
        col(AccountMail.kind).in_(LINKED),
        col(AccountMail.recipient) == address,
        col(AccountMail.claimed_at).is_(None),
        col(AccountMail.sent_at).is_(None),
    )
    session.execute(delete(AccountMail).where(*waiting))
    session.add(
        AccountMail(
            person_id=person.id, kind=kind, recipient=address, actor=actor[:120], detail=detail[:254], due_at=now()
        )
    )
    enqueue(session, TaskName.account_mail)


def request_invitation(session: Session, person: Person, actor: str) -> AccountMailKind:
    """Queue the mail with which a person joins or, if they have, sets a new password; return its kind.

    Raises InvalidError if they have no address or no access.
    """
    if not person.active:
        raise InvalidError(message("{name} has no access. Give it back first.", name=person.name))
    if not person.email:
        raise InvalidError(message("{name} has no e-mail address. Enter it first.", name=person.name))
    if (held_until := reset_held_until(session, person)) is not None:
        raise InvalidError(
            message(
                "The address of {name} was changed. A link to set a new password can be sent from {day} on, so that the"
                " former address hears of it first.",
                name=person.name,
                day=held_until.date(),
            )
        )
    kind = AccountMailKind.reset if person.password_hash else AccountMailKind.invitation
    request_mail(session, person, kind, actor)
    return kind


def request_new_password(session: Session, email: str) -> None:
    """Let a task look up who has an address and send them a link, so that the answer's time does not tell."""
    session.add(LostPassword(email=email.strip()[:254]))
    enqueue(session, TaskName.account_mail)


def look_up_lost_passwords(session: Session) -> None:
    """Queue the links of lost passwords for those who have the addresses."""
    for email in session.execute(delete(LostPassword).returning(col(LostPassword.email))).scalars().all():
        _queue_new_password(session, email)


def _queue_new_password(session: Session, email: str) -> None:
    """Queue a link for the person with this address, if one has access."""
    person = people_queries.by_email(session, email)
    if person is None or not person.active or reset_held_until(session, person) is not None:
        return
    recent = select(AccountMail.id).where(
        AccountMail.person_id == person.id,
        AccountMail.kind == AccountMailKind.lost_password,
        col(AccountMail.requested_at) > now() - RESEND_AFTER,
    )
    if session.exec(recent).first() is None:
        request_mail(session, person, AccountMailKind.lost_password)


def reset_held_until(session: Session, person: Person) -> datetime | None:
    """Return until when no link to set a new password is sent: some days after the address was changed.

    Otherwise an admin, who may change an address, could become the person. None if links may be sent.
    """
    if person.password_hash is None:
        return None
    changed = select(func.max(AccountMail.requested_at)).where(
        AccountMail.person_id == person.id, AccountMail.kind == AccountMailKind.email_changed
    )
    last = session.exec(changed).one()
    held_until = last + HELD_AFTER_CHANGE if last else None
    return held_until if held_until and held_until > now() else None


def last_mails(session: Session, person_id: int | None = None) -> dict[int, AccountMail]:
    """Return the last e-mail with a link to each person, or to one of them, by person id."""
    statement = select(AccountMail).where(col(AccountMail.kind).in_(LINKED)).order_by(col(AccountMail.id))
    if person_id is not None:
        statement = statement.where(AccountMail.person_id == person_id)
    return {mail.person_id: mail for mail in session.exec(statement)}


def change_password(session: Session, person: Person, password_hash: str, session_id: int) -> None:
    """Set a person's password, end all of their sessions but one and all unused links, and tell them by mail."""
    person.password_hash = password_hash
    session.add(person)
    session.execute(delete(Invitation).where(col(Invitation.person_id) == person.id, col(Invitation.used_at).is_(None)))
    others = delete(UserSession).where(col(UserSession.person_id) == person.id, col(UserSession.id) != session_id)
    session.execute(others)
    request_mail(session, person, AccountMailKind.password_changed)


def end_session(session: Session, person_id: int, session_id: int) -> bool:
    """End one of a person's sessions; return whether it was theirs."""
    own = select(UserSession).where(UserSession.id == session_id, UserSession.person_id == person_id)
    if session.exec(own).first() is None:
        return False
    people_service.sign_out(session, session_id)
    return True


def start_second_factor(session: Session, person: Person) -> None:
    """Make the secret of a person's authenticator app unless one is in use."""
    if person.second_factor_since is None:
        person.second_factor_secret = pyotp.random_base32()
        session.add(person)


def app_address(person: Person, company: str) -> str:
    """Return the address that an authenticator app reads from the QR code."""
    name, issuer = person.email or person.name, f"Townhall {company}".strip()
    return str(pyotp.TOTP(person.second_factor_secret).provisioning_uri(name=name, issuer_name=issuer))


def is_code(person: Person, code: str) -> bool:
    """Return whether a code is the app's now, half a minute ago or in half a minute, and has not been used."""
    return _step_of(person, code) is not None


def _step_of(person: Person, code: str) -> int | None:
    digits = "".join(code.split())
    if not person.second_factor_secret or not digits.isascii() or not digits.isdecimal():
        return None
    totp = pyotp.TOTP(person.second_factor_secret)
    present = int(now().timestamp()) // STEP_SECONDS
    steps = (step for step in (present - 1, present, present + 1) if step > person.second_factor_step)
    return next((step for step in steps if totp.verify(digits, for_time=step * STEP_SECONDS)), None)


def use_code(session: Session, person: Person, code: str) -> None:
    """Accept a code once; raises InvalidError if it is wrong or was used."""
    locked = session.exec(
        select(Person).where(Person.id == person.id).with_for_update().execution_options(populate_existing=True)
    ).one()
    step = _step_of(locked, code)
    if step is None:
        raise InvalidError(message("This code is wrong or was used already. Enter the one the app shows now."))
    locked.second_factor_step = step
    session.add(locked)


def confirm_second_factor(session: Session, person: Person, code: str) -> None:
    """Turn the second factor on with the app's first code; raises InvalidError if the code is wrong."""
    use_code(session, person, code)
    person.second_factor_since = now()
    session.add(person)
    request_mail(session, person, AccountMailKind.factor_added)


def remove_second_factor(session: Session, person: Person, actor: str) -> None:
    """Turn the second factor off and tell the person by mail."""
    person.second_factor_secret, person.second_factor_since, person.second_factor_step = "", None, 0
    session.add(person)
    request_mail(session, person, AccountMailKind.factor_removed, actor)
