"""Telling people things once, in the transaction of what happened, and keeping what they want to hear."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import update
from sqlmodel import Session, col, select

from server.db.columns import new_ulid, now
from server.db.upsert import insert
from server.errors import InvalidError
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.messages import message
from server.notifications.events import EVENTS, Digest, Subscription, applies_to
from server.notifications.models import ChatMessage, Notice, NoticeSettings
from server.people.models import Person

MORNING = time(8)
"""When gathered mail comes, where its reader is."""
_OLD = timedelta(days=1)
"""What happened longer ago, as in a company that is taken in from files, is no news for a mail."""
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that happened: which event, its name among all news, where it is seen, and what to say of it."""

    event: str
    subject: str
    url: str
    message: Mapping[str, str]
    at: datetime | None = None


def notify(session: Session, news: Notification, people: Iterable[int], but: int | None = None) -> int:
    """Tell people what happened, but not whoever did it; returns how many are told who were not told before."""
    at = news.at or now()
    rows = [
        {
            "ulid": new_ulid(),
            "person_id": one.person_id,
            "event": news.event,
            "subject": news.subject,
            "message": {name: value[:_LONGEST] for name, value in news.message.items()},
            "url": news.url,
            "created_at": at,
            "mail_due_at": one.mail_due(at) if at > now() - _OLD else None,
            "mail_tries": 0,
        }
        for one in _listeners(session, set(people) - {but})
        if applies_to(news.event, one.level)
    ]
    if not rows:
        return 0
    if any(row["mail_due_at"] == at for row in rows):
        enqueue(session, TaskName.mail)
    told = session.execute(insert(session, Notice).on_conflict_do_nothing().returning(col(Notice.id)), rows)
    return len(told.all())


def announce(session: Session, news: Notification) -> None:
    """Let the team's chat hear of something, if everybody may know it and it is news; once."""
    at = news.at or now()
    if not EVENTS[news.event].is_public or at <= now() - _OLD:
        return
    said = {name: value[:_LONGEST] for name, value in news.message.items()}
    row = insert(session, ChatMessage).values(
        event=news.event, subject=news.subject, message=said, url=news.url, due_at=at, tries=0
    )
    session.execute(row.on_conflict_do_nothing())
    enqueue(session, TaskName.chat)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who can be told: how much, and how mail reaches them."""

    person_id: int
    level: Subscription
    digest: Digest
    has_mail: bool
    time_zone: str

    def mail_due(self, at: datetime) -> datetime | None:
        """Return from when on mail about something may be sent; None where no mail is wanted."""
        if not self.has_mail:
            return None
        if self.digest == Digest.off:
            return at
        here = at.astimezone(ZoneInfo(self.time_zone or "UTC"))
        day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
        if self.digest == Digest.weekly:
            day += timedelta(days=-day.weekday() % 7)
        return datetime.combine(day, MORNING, here.tzinfo).astimezone(UTC)


def _listeners(session: Session, people: Iterable[int]) -> list[Recipient]:
    statement = (
        select(
            Person.id,
            NoticeSettings.subscription,
            NoticeSettings.digest,
            NoticeSettings.by_mail,
            NoticeSettings.time_zone,
            Person.email,
        )  # type: ignore[call-overload]
        .outerjoin(NoticeSettings, col(NoticeSettings.person_id) == col(Person.id))
        .where(col(Person.id).in_(set(people)), col(Person.active).is_(True))
        .order_by(col(Person.id))
    )
    return [
        Recipient(
            key,
            Subscription(level or Subscription.mine),
            Digest(digest or Digest.off),
            bool(email) and by_mail is not False,
            zone or "",
        )
        for key, level, digest, by_mail, zone, email in session.execute(statement)
    ]


def everyone_subscribed(session: Session, level: Subscription) -> list[int]:
    """Return who listens at exactly this level."""
    statement = select(NoticeSettings.person_id).where(NoticeSettings.subscription == level)
    return list(session.exec(statement))


def save_settings(session: Session, person_id: int, wanted: NoticeSettings) -> NoticeSettings:
    """Keep what somebody wants to hear; what waits for its mail comes by the new choice. Raises InvalidError."""
    if wanted.time_zone and wanted.time_zone not in available_timezones():
        raise InvalidError(message("There is no time zone “{zone}”. Choose one of the list.", zone=wanted.time_zone))
    if wanted.subscription not in set(Subscription) or wanted.digest not in set(Digest):
        raise InvalidError(message("This cannot be chosen. Choose one of the list."))
    kept = session.get(NoticeSettings, person_id) or NoticeSettings(person_id=person_id)
    kept.subscription, kept.digest = Subscription(wanted.subscription), Digest(wanted.digest)
    kept.by_mail, kept.time_zone = wanted.by_mail, wanted.time_zone
    session.add(kept)
    session.flush()
    listener = next(iter(_listeners(session, [person_id])), None)
    waiting = update(Notice).where(col(Notice.person_id) == person_id, col(Notice.mailed_at).is_(None))
    due = listener.mail_due(now()) if listener else None
    session.execute(waiting.where(col(Notice.mail_due_at).is_not(None)).values(mail_due_at=due))
    return kept


def unsubscribe(session: Session, person_id: int) -> None:
    """Send somebody no mail any more; what they are told in the application stays as it is."""
    kept = session.get(NoticeSettings, person_id) or NoticeSettings(person_id=person_id)
    kept.by_mail = False
    save_settings(session, person_id, kept)


def mark_read(session: Session, person_id: int, ulid: str | None = None) -> Notice | None:
    """Note that somebody has seen a notice, or all of theirs; returns the one, or None when it is not theirs."""
    mine = update(Notice).where(col(Notice.person_id) == person_id, col(Notice.read_at).is_(None))
    session.execute((mine if ulid is None else mine.where(col(Notice.ulid) == ulid)).values(read_at=now()))
    if ulid is None:
        return None
    return session.exec(select(Notice).where(Notice.person_id == person_id, Notice.ulid == ulid)).first()
