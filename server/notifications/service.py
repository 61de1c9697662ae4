"""Writes of notices, in the transaction of the event they are about, and of notification settings."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from server.db.columns import new_ulid, now
from server.db.upsert import insert
from server.errors import InvalidError
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.messages import message
from server.notifications.events import EVENTS, Digest, Subscription, applies_to
from server.notifications.models import ChatMessage, Notice, NoticeSettings
from server.people import queries as people_queries
from server.people.models import Person

MORNING = time(8)
"""The local time at which gathered mail is sent."""
_MAX_AGE = timedelta(days=1)
"""Older events, such as imported ones, are neither mailed nor posted to a chat."""
_MAX_VALUE_LENGTH = 200
_QUOTED = ("words", "about")
"""The values of a notice that quote what someone wrote."""
WITHDRAWN, HIDDEN = "withdrawn", "hidden"


@dataclass(frozen=True, slots=True)
class Notification:
    """An event that happened: its name in EVENTS, a unique subject, its URL and its sentence's values."""

    event: str
    subject: str
    url: str
    message: Mapping[str, str]
    at: datetime | None = None


def shortened(value: str) -> str:
    """Return a text as notices quote it: cut between words, with “…” where something is missing."""
    if len(value) <= _MAX_VALUE_LENGTH:
        return value
    cut = value[: _MAX_VALUE_LENGTH - 1]
    return f"{cut[: cut.rindex(' ')] if ' ' in cut[_MAX_VALUE_LENGTH // 2 :] else cut}…"


def notify(session: Session, notification: Notification, people: Iterable[int], actor_id: int | None = None) -> int:
    """Notify people of an event, except the person who caused it; return the number of new notices."""
    at = notification.at or now()
    rows = [
        {
            "ulid": new_ulid(),
            "person_id": recipient.person_id,
            "event": notification.event,
            "subject": notification.subject,
            "message": {name: shortened(value) for name, value in notification.message.items()},
            "url": notification.url,
            "created_at": at,
            "mail_due_at": recipient.mail_due(at) if at > now() - _MAX_AGE else None,
            "mail_tries": 0,
        }
        for recipient in _recipients(session, set(people) - {actor_id})
        if applies_to(notification.event, recipient.subscription)
    ]
    if not rows:
        return 0
    if any(row["mail_due_at"] == at for row in rows):
        enqueue(session, TaskName.mail)
    inserted = session.execute(insert(session, Notice).on_conflict_do_nothing().returning(col(Notice.id)), rows)
    return len(inserted.all())


def announce(session: Session, notification: Notification) -> None:
    """Queue a message to the team's chat, once, if the event is public and recent."""
    at = notification.at or now()
    if not EVENTS[notification.event].is_public or at <= now() - _MAX_AGE:
        return
    values = {name: shortened(value) for name, value in notification.message.items()}
    statement = insert(session, ChatMessage).values(
        event=notification.event,
        subject=notification.subject,
        message=values,
        url=notification.url,
        due_at=at,
        tries=0,
    )
    session.execute(statement.on_conflict_do_nothing())
    enqueue(session, TaskName.chat)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who can be notified: their subscription, and when and whether they get mail.

    Mail goes only to people who have accepted their invitation: others could not open its links yet.
    """

    person_id: int
    subscription: Subscription
    digest: Digest
    has_mail: bool
    time_zone: str

    def mail_due(self, at: datetime) -> datetime | None:
        """Return when mail about an event at a moment is due; None if the person gets no mail."""
        if not self.has_mail:
            return None
        if self.digest == Digest.off:
            return at
        local_time = at.astimezone(ZoneInfo(self.time_zone or "UTC"))
        day = local_time.date() if local_time.time() < MORNING else local_time.date() + timedelta(days=1)
        if self.digest == Digest.weekly:
            day += timedelta(days=-day.weekday() % 7)
        return datetime.combine(day, MORNING, local_time.tzinfo).astimezone(UTC)


def _recipients(session: Session, people: Iterable[int]) -> list[Recipient]:
    statement = (
        select(
            Person.id,
            NoticeSettings.subscription,
            NoticeSettings.digest,
            NoticeSettings.by_mail,
            NoticeSettings.time_zone,
            Person.email,
            people_queries.has_joined(),
        )  # type: ignore[call-overload]
        .outerjoin(NoticeSettings, col(NoticeSettings.person_id) == col(Person.id))
        .where(col(Person.id).in_(set(people)), col(Person.active).is_(True))
        .order_by(col(Person.id))
    )
    return [
        Recipient(
            key,
            Subscription(subscription or Subscription.mine),
            Digest(digest or Digest.off),
            bool(email) and bool(has_joined) and by_mail is not False,
            zone or "",
        )
        for key, subscription, digest, by_mail, zone, email, has_joined in session.execute(statement)
    ]


def everyone_subscribed(session: Session, subscription: Subscription) -> list[int]:
    """Return the keys of people with exactly this subscription."""
    statement = select(NoticeSettings.person_id).where(NoticeSettings.subscription == subscription)
    return list(session.exec(statement))


def save_settings(session: Session, person_id: int, settings: NoticeSettings) -> NoticeSettings:
    """Save a person's notification settings and reschedule their pending mail; raises InvalidError."""
    zones = {zone.casefold(): zone for zone in available_timezones()}
    typed = settings.time_zone.strip()
    if typed and typed.casefold() not in zones:
        raise InvalidError(message("There is no time zone “{zone}”. Choose one from the list.", zone=typed))
    if settings.subscription not in set(Subscription) or settings.digest not in set(Digest):
        raise InvalidError(message("This is not one of the options. Choose one from the list."))
    saved = session.get(NoticeSettings, person_id) or NoticeSettings(person_id=person_id)
    saved.subscription, saved.digest = Subscription(settings.subscription), Digest(settings.digest)
    saved.by_mail, saved.time_zone = settings.by_mail, zones.get(typed.casefold(), "")
    session.add(saved)
    session.flush()
    recipient = next(iter(_recipients(session, [person_id])), None)
    unsent = update(Notice).where(col(Notice.person_id) == person_id, col(Notice.mailed_at).is_(None))
    due = recipient.mail_due(now()) if recipient else None
    session.execute(unsent.where(col(Notice.mail_due_at).is_not(None)).values(mail_due_at=due))
    return saved


def unsubscribe(session: Session, person_id: int) -> None:
    """Stop a person's mail; their notices in the application are unaffected."""
    saved = session.get(NoticeSettings, person_id) or NoticeSettings(person_id=person_id)
    saved.by_mail = False
    save_settings(session, person_id, saved)


def mark_read(session: Session, person_id: int, ulid: str | None = None) -> Notice | None:
    """Mark a person's notice, or all of them, as read; return the notice, or None if it is not theirs."""
    unread = update(Notice).where(col(Notice.person_id) == person_id, col(Notice.read_at).is_(None))
    session.execute((unread if ulid is None else unread.where(col(Notice.ulid) == ulid)).values(read_at=now()))
    if ulid is None:
        return None
    return session.exec(select(Notice).where(Notice.person_id == person_id, Notice.ulid == ulid)).first()


def replace_words(session: Session, urls: Collection[str], words: Mapping[str, str]) -> None:
    """Replace texts that notices quote, such as a comment that was edited; `words` are the new by the old."""
    for notice in session.exec(select(Notice).where(col(Notice.url).in_(urls))):
        quoted = {name: words[text] for name in _QUOTED if (text := notice.message.get(name)) and text in words}
        if quoted:
            notice.message = {**notice.message, **quoted}
            session.add(notice)
    session.flush()


def remove_words(session: Session, urls: Collection[str], words: Collection[str], reason: str) -> None:
    """Remove texts that notices quote and that no one may read any more, and cancel their mail that has not left.

    `reason` is WITHDRAWN or HIDDEN, and a sentence about it takes their place on the page.
    """
    for notice in session.exec(select(Notice).where(col(Notice.url).in_(urls))):
        quoted = {name: "" for name in _QUOTED if (text := notice.message.get(name)) and text in words}
        if quoted:
            notice.message = {**notice.message, **quoted, "gone": reason}
            if notice.mailed_at is None:
                notice.mail_due_at = None
            session.add(notice)
    session.flush()


def remove_for_others(
    session: Session, readers: Collection[int], documents: Collection[str], urls: SelectOfScalar[str]
) -> None:
    """Delete what people who may no longer read some documents were told of them.

    `documents` are the paths of the documents, `urls` a query of the other paths that belong to them.
    """
    is_of_document = [
        or_(col(Notice.url) == path, col(Notice.url).startswith(f"{path}/", autoescape=True)) for path in documents
    ]
    is_theirs = or_(*is_of_document, col(Notice.url).in_(urls))
    session.execute(delete(Notice).where(col(Notice.person_id).not_in(readers), is_theirs))
    is_unsent = col(ChatMessage.sent_at).is_(None)
    paths = or_(*(col(ChatMessage.url).startswith(path, autoescape=True) for path in documents))
    session.execute(delete(ChatMessage).where(is_unsent, paths))  # everyone reads the team's chat


def withdraw_notices(session: Session, subjects: Collection[str], url: str) -> set[int]:
    """Delete the notices with some subjects and the unsent chat messages that lead to a path; return who had one."""
    told = set(session.exec(select(Notice.person_id).where(col(Notice.subject).in_(subjects))))
    session.execute(delete(Notice).where(col(Notice.subject).in_(subjects)))
    session.execute(delete(ChatMessage).where(col(ChatMessage.url) == url, col(ChatMessage.sent_at).is_(None)))
    return told


def mark_shown_again(session: Session, urls: Collection[str]) -> None:
    """Let notices no longer say that their comment was hidden; its words are read on its page."""
    for notice in session.exec(select(Notice).where(col(Notice.url).in_(urls))):
        if notice.message.get("gone") == HIDDEN:
            notice.message = {name: value for name, value in notice.message.items() if name != "gone"}
            session.add(notice)
    session.flush()


def drop_mentions(session: Session, subject: str, people: Collection[int]) -> None:
    """Delete notices of a mention to people who are mentioned no more and have neither read it nor got mail of it."""
    session.execute(
        delete(Notice).where(
            col(Notice.subject) == subject,
            col(Notice.event) == "mention",
            col(Notice.person_id).not_in(people),
            col(Notice.read_at).is_(None),
            col(Notice.mailed_at).is_(None),
        )
    )
