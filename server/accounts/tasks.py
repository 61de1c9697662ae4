"""Sends due mail about accounts, and ends the access of people whose last day is over."""

import logging
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from server.accounts import service
from server.accounts.mail import compose_account_mail
from server.accounts.models import LINKED, AccountMail, AccountMailKind
from server.audit.service import record
from server.db.columns import now
from server.db.session import Database
from server.notifications.mail import Mailer
from server.notifications.tasks import CLAIM, REFUSALS, wait_after
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Person

log = logging.getLogger("townhall")
LOST_VALID = timedelta(hours=2)
"""How long the link of a lost password is valid."""
MAX_TRIES = 8
_CLAIMED_AT_ONCE = 20
"""Due e-mails that are locked to find one that can be sent; the others are left to other processes."""


def deliver_account_mail(database: Database, mailer: Mailer, invitation_days: int) -> bool:
    """Send one due e-mail about an account; return whether to try the next one.

    Its link is made just before it is sent; a second try makes another. After a failure of the mail server the next
    e-mail waits as well, after a refused address it does not.
    """
    with database.writing() as session:
        service.look_up_lost_passwords(session)
        session.commit()
        at = now()
        mail = _claim(session, at)
        if mail is None:
            session.commit()
            return False
        person = session.get_one(Person, mail.person_id)
        valid_for = LOST_VALID if mail.kind == AccountMailKind.lost_password else timedelta(days=invitation_days)
        token = ""
        if mail.kind in LINKED:
            token = people_service.invite(session, person, mail.recipient, valid_for, is_mailed=True)
        company = people_queries.company(session)
        session.commit()
    name = company.name if company else "Townhall"
    email = compose_account_mail(mailer, name, person, mail, token, at + valid_for)
    failure, is_refused = "", False
    try:
        mailer.transport.send(email)
    except (OSError, ValueError) as error:  # a ValueError is an address that no mail can have
        failure, is_refused = type(error).__name__, isinstance(error, (*REFUSALS, ValueError))
        log.warning("an e-mail about an account could not be sent: %s", failure)
    with database.writing() as session:
        _save_outcome(session, mail.id, at, failure)
        session.commit()
    return is_refused or not failure


def _claim(session: Session, at: datetime) -> AccountMail | None:
    """Claim the next due e-mail; one to a person without access, or to a former address, is dropped."""
    statement = (
        select(AccountMail)
        .where(
            col(AccountMail.due_at) <= at,
            col(AccountMail.claimed_at).is_(None) | (col(AccountMail.claimed_at) < at - CLAIM),
        )
        .order_by(col(AccountMail.id))
        .limit(_CLAIMED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for mail in session.exec(statement):
        person = session.get_one(Person, mail.person_id)
        if mail.kind in LINKED and (not person.active or person.email != mail.recipient):
            mail.due_at, mail.failure = None, "AddressChanged" if person.active else "NoAccess"
            session.add(mail)
            continue
        mail.claimed_at = at
        session.add(mail)
        return mail
    return None


def _save_outcome(session: Session, mail_id: int, at: datetime, failure: str) -> None:
    mail = session.get_one(AccountMail, mail_id)
    mail.claimed_at, mail.failure, mail.tries = None, failure, mail.tries + 1
    if not failure:
        mail.sent_at, mail.due_at = now(), None
    else:
        mail.due_at = at + wait_after(mail.tries) if mail.tries < MAX_TRIES else None
    session.add(mail)


def end_access_of_leavers(database: Database) -> bool:
    """End the access of everyone whose last day of work is over in the company's time zone; nothing is left to do."""
    with database.writing() as session:
        for person in people_service.deactivate_leavers(session, people_queries.company_today(session)):
            record(session, "access ended", None, person.name, f"/people/{person.ulid}")
        session.commit()
    return False
