"""Reads of notices, notification settings and the mail of a demo."""

from sqlmodel import Session, col, func, select

from server.notifications.models import Notice, NoticeSettings, SentMail

PAGE_SIZE = 50


def notices_of(session: Session, person_id: int, below: int | None = None) -> list[Notice]:
    """Return a person's newest notices, one page; with `below`, those older than the notice with that key."""
    statement = select(Notice).where(Notice.person_id == person_id)
    if below is not None:
        statement = statement.where(col(Notice.id) < below)
    return list(session.exec(statement.order_by(col(Notice.id).desc()).limit(PAGE_SIZE)))


def unread(session: Session, person_id: int) -> int:
    """Return the number of a person's unread notices."""
    return session.exec(select(func.count()).where(Notice.person_id == person_id, col(Notice.read_at).is_(None))).one()


def settings_of(session: Session, person_id: int) -> NoticeSettings:
    """Return a person's notification settings, or the defaults."""
    return session.get(NoticeSettings, person_id) or NoticeSettings(person_id=person_id)


def sent_mails(session: Session) -> list[SentMail]:
    """Return the e-mails a demo would have sent, newest first, one page."""
    return list(session.exec(select(SentMail).order_by(col(SentMail.id).desc()).limit(PAGE_SIZE)))


def sent_mail(session: Session, number: int) -> SentMail | None:
    """Return an e-mail a demo would have sent, or None."""
    return session.get(SentMail, number)
