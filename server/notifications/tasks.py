"""Mail that is due: claimed, sent, and noted as sent; what fails waits longer each time and is never lost."""

import logging
import smtplib
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from server.db.columns import now
from server.db.session import Database
from server.notifications.mail import Mailer
from server.notifications.models import Notice, NoticeSettings
from server.people.models import Person

log = logging.getLogger("townhall")
CLAIM = timedelta(minutes=10)
"""After so long somebody who claimed a letter and did not send it is taken to have been stopped."""
MOST_IN_A_LETTER = 50
_FIRST_WAIT, _LONGEST_WAIT, _DOUBLINGS = timedelta(minutes=1), timedelta(hours=6), 9
MOST_REFUSALS = 8
_REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)
"""What says something of one letter, and nothing of the server."""
_FOR_GOOD = 500
"""Codes of a mail server from here on mean never, those below mean not now."""


def deliver(database: Database, postman: Mailer) -> bool:
    """Send one letter that is due; says whether there was one."""
    at = now()
    with database.writing() as session:
        claimed = _claim(session, at)
        session.commit()
    if claimed is None:
        return False
    person, zone, notices = claimed
    try:
        postman.transport.send(postman.compose(person.email or "", person.ulid, zone, notices))
    except OSError as error:
        log.warning("mail could not be sent: %s", type(error).__name__)
        with database.writing() as session:
            _wait(session, notices, at, is_refused=_is_for_good(error))
            session.commit()
        return isinstance(error, _REFUSED)  # a server that is away is not asked for the next letter at once
    with database.writing() as session:
        sent = update(Notice).where(col(Notice.id).in_([notice.id for notice in notices]))
        session.execute(sent.values(mailed_at=now()))
        session.commit()
    return True


def _claim(session: Session, at: datetime) -> tuple[Person, str, list[Notice]] | None:
    """Take all that is due to one person; what they have read meanwhile needs no mail."""
    due = (
        col(Notice.mailed_at).is_(None),
        col(Notice.mail_due_at) <= at,
        col(Notice.mail_claimed_at).is_(None) | (col(Notice.mail_claimed_at) < at - CLAIM),
    )
    session.execute(update(Notice).where(*due, col(Notice.read_at).is_not(None)).values(mail_due_at=None))
    first = session.exec(select(Notice.person_id).where(*due).order_by(col(Notice.id)).limit(1)).first()
    if first is None:
        return None
    mine = select(Notice).where(Notice.person_id == first, *due).order_by(col(Notice.id)).limit(MOST_IN_A_LETTER)
    notices = list(session.exec(mine.with_for_update(skip_locked=True)))
    person = session.get(Person, first)
    if not notices or person is None:
        return None
    if not person.active or not person.email:
        session.execute(update(Notice).where(col(Notice.person_id) == first, *due).values(mail_due_at=None))
        return None
    for notice in notices:
        notice.mail_claimed_at = at
        session.add(notice)
    settings = session.get(NoticeSettings, first)
    return person, settings.time_zone if settings else "", notices


def _is_for_good(error: OSError) -> bool:
    """Say whether a server will never take a letter; one that is full or careful takes it later."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= _FOR_GOOD for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= _FOR_GOOD


def _wait(session: Session, notices: list[Notice], at: datetime, *, is_refused: bool) -> None:
    """Let letters wait, longer each time; an address that is refused again and again gets no mail about these."""
    for notice in notices:
        wait = min(_FIRST_WAIT * 2 ** min(notice.mail_tries, _DOUBLINGS), _LONGEST_WAIT)
        notice.mail_claimed_at, notice.mail_due_at = None, at + wait
        notice.mail_tries += 1
        if is_refused and notice.mail_tries >= MOST_REFUSALS:
            notice.mail_due_at = None
        session.add(notice)
