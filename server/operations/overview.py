"""What an admin sees of the installation: what waits in the background, mail, storage, versions, sign-ins."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from server import __version__
from server.accounts.models import AccountMail
from server.db.columns import now
from server.discussion.models import PendingComment
from server.documents.models import Draft
from server.impact.models import ImpactRun
from server.messages import Message, message
from server.notifications.models import Notice
from server.people.models import LoginAttempt, UserSession


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """A figure of the installation and what it is."""

    name: Message
    value: str


def overview(session: Session) -> Sequence[OverviewLine]:
    """Return the figures of an installation; none is about a person."""
    return [
        OverviewLine(message("Version of Townhall"), __version__),
        OverviewLine(message("Python"), sys.version.split()[0]),
        OverviewLine(message("Database"), _database(session)),
        OverviewLine(message("Size of the database"), _size(session)),
        OverviewLine(message("Open sessions"), str(_count(session, UserSession))),
        OverviewLine(message("Accounts and addresses with failed sign-ins"), str(_count(session, LoginAttempt))),
        OverviewLine(message("E-mails that wait"), str(_waiting_mail(session))),
        OverviewLine(message("E-mails that could not be sent"), str(_failed_mail(session))),
        OverviewLine(message("Impacts to compute"), str(_impacts(session))),
        OverviewLine(message("Drafts to be published at a time"), str(_scheduled(session))),
        OverviewLine(message("Anonymous comments that wait for tomorrow"), str(_count(session, PendingComment))),
    ]


def _count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def _database(session: Session) -> str:
    if session.get_bind().dialect.name == "sqlite":
        return f"SQLite {session.connection().execute(text('SELECT sqlite_version()')).scalar()}"
    return f"PostgreSQL {session.connection().execute(text('SHOW server_version')).scalar()}"


def _size(session: Session) -> str:
    if session.get_bind().dialect.name == "sqlite":
        path = Path(str(session.connection().engine.url.database))
        size = path.stat().st_size if path.exists() else 0
    else:
        size = int(session.connection().execute(text("SELECT pg_database_size(current_database())")).scalar() or 0)
    return f"{size / 1024**2:,.1f} MB"


def _waiting_mail(session: Session) -> int:
    is_due = (col(Notice.mailed_at).is_(None), col(Notice.mail_due_at) <= now())
    notices = session.exec(select(func.count()).select_from(Notice).where(*is_due)).one()
    accounts = select(func.count()).select_from(AccountMail).where(col(AccountMail.due_at).is_not(None))
    return notices + session.exec(accounts).one()


def _failed_mail(session: Session) -> int:
    tried = (Notice.mail_tries > 0, col(Notice.mailed_at).is_(None))
    notices = session.exec(select(func.count()).select_from(Notice).where(*tried)).one()
    accounts = select(func.count()).select_from(AccountMail).where(AccountMail.failure != "")
    return notices + session.exec(accounts.where(col(AccountMail.sent_at).is_(None))).one()


def _impacts(session: Session) -> int:
    return session.exec(select(func.count()).select_from(ImpactRun).where(col(ImpactRun.finished_at).is_(None))).one()


def _scheduled(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Draft).where(col(Draft.publish_at).is_not(None))).one()
