"""Reads of the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from sqlmodel import Session, col, or_, select

from server.audit.models import AuditEntry

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries to show: by action, by a word in actor or subject, and by day, both days included."""

    action: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None


def entries(
    session: Session, chosen: AuditFilter, zone: tzinfo, below: int | None = None, limit: int | None = PAGE_SIZE
) -> Sequence[AuditEntry]:
    """Return entries, newest first; days are those of a time zone, and `below` is the id of the last one shown."""
    statement = select(AuditEntry).order_by(col(AuditEntry.id).desc())
    if chosen.action:
        statement = statement.where(AuditEntry.action == chosen.action)
    if words := chosen.words.strip():
        pattern = f"%{words.replace('%', '').replace('_', ' ')}%"
        statement = statement.where(or_(col(AuditEntry.actor).ilike(pattern), col(AuditEntry.subject).ilike(pattern)))
    if chosen.since:
        statement = statement.where(AuditEntry.at >= datetime.combine(chosen.since, time(), zone))
    if chosen.until:
        statement = statement.where(AuditEntry.at < datetime.combine(chosen.until + timedelta(days=1), time(), zone))
    if below is not None:
        statement = statement.where(col(AuditEntry.id) < below)
    return session.exec(statement.limit(limit) if limit else statement).all()
