"""Sends due mail: claims notices, mails them, and retries after a failure with longer waits."""

import logging
import smtplib
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from server.db.columns import now
from server.db.session import Database
from server.notifications.events import Subscription
from server.notifications.mail import Mailer, Reader
from server.notifications.models import Notice, NoticeSettings
from server.people import queries as people_queries
from server.people.models import Person

log = logging.getLogger("townhall")
CLAIM = timedelta(minutes=10)
"""A worker that has not sent a claimed e-mail after this time is assumed to have been stopped."""
MAX_NOTICES_PER_EMAIL = 50
_FIRST_WAIT, _MAX_WAIT, _MAX_DOUBLINGS = timedelta(minutes=1), timedelta(hours=6), 9
MAX_REFUSALS = 8
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
"""Errors that concern one e-mail, not the server."""
_PERMANENT = 500
"""SMTP codes from here on are permanent refusals; lower ones are temporary."""


def deliver(database: Database, mailer: Mailer) -> bool:
    """Send one due e-mail; return whether to try the next one."""
    at = now()
    with database.writing() as session:
        claim = _claim_notices(session, at)
        session.commit()
    if claim is None:
        return False
    reader, notices = claim
    try:
        mailer.transport.send(mailer.compose(reader, notices))
    except OSError as error:
        log.warning("an e-mail could not be sent: %s", type(error).__name__)
        with database.writing() as session:
            _postpone(session, notices, at, is_refused=_is_permanent(error))
            session.commit()
        return isinstance(error, REFUSALS)  # after a server failure the next e-mail waits as well
    with database.writing() as session:
        statement = update(Notice).where(col(Notice.id).in_([notice.id for notice in notices]))
        session.execute(statement.values(mailed_at=now()))
        session.commit()
    return True


def _claim_notices(session: Session, at: datetime) -> tuple[Reader, list[Notice]] | None:
    """Claim and return the notices due to one person, who may have read some since: these need no mail."""
    due = (
        col(Notice.mailed_at).is_(None),
        col(Notice.mail_due_at) <= at,
        col(Notice.mail_claimed_at).is_(None) | (col(Notice.mail_claimed_at) < at - CLAIM),
    )
    session.execute(update(Notice).where(*due, col(Notice.read_at).is_not(None)).values(mail_due_at=None))
    person_id = session.exec(select(Notice.person_id).where(*due).order_by(col(Notice.id)).limit(1)).first()
    if person_id is None:
        return None
    statement = select(Notice).where(Notice.person_id == person_id, *due).order_by(col(Notice.id))
    notices = list(session.exec(statement.limit(MAX_NOTICES_PER_EMAIL).with_for_update(skip_locked=True)))
    person = session.get(Person, person_id)
    if not notices or person is None:
        return None
    if not person.active or not person.email:
        session.execute(update(Notice).where(col(Notice.person_id) == person_id, *due).values(mail_due_at=None))
        return None
    for notice in notices:
        notice.mail_claimed_at = at
        session.add(notice)
    return _reader(session, person), notices


def _reader(session: Session, person: Person) -> Reader:
    company = people_queries.company(session)
    settings = session.get(NoticeSettings, person.id) or NoticeSettings(person_id=person.id)
    return Reader(
        email=person.email or "",
        ulid=person.ulid,
        name=person.name,
        company=company.name if company else "",
        zone=settings.time_zone or (company.time_zone if company else ""),
        subscription=Subscription(settings.subscription),
    )


def _is_permanent(error: OSError) -> bool:
    """Return whether a server refuses an e-mail permanently."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= _PERMANENT


def wait_after(tries: int) -> timedelta:
    """Return how long mail waits after so many tries before that failed, too."""
    doublings: int = 2 ** min(tries, _MAX_DOUBLINGS)
    return min(_FIRST_WAIT * doublings, _MAX_WAIT)


def _postpone(session: Session, notices: list[Notice], at: datetime, *, is_refused: bool) -> None:
    """Postpone mail, longer each time; after MAX_REFUSALS refusals it is given up."""
    for notice in notices:
        notice.mail_claimed_at, notice.mail_due_at = None, at + wait_after(notice.mail_tries)
        notice.mail_tries += 1
        if is_refused and notice.mail_tries >= MAX_REFUSALS:
            notice.mail_due_at = None
        session.add(notice)
