"""The tables of notices, notification settings, chat messages and the mail of a demo."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.notifications.events import Digest, Subscription
from server.page_cache import NO_PAGES


class NoticeSettings(SQLModel, table=True):
    """A person's notification settings; without a row the defaults hold."""

    __tablename__ = "notice_settings"
    __invalidates__ = NO_PAGES

    person_id: int = Field(foreign_key="people.id", primary_key=True)
    subscription: Subscription = Field(default=Subscription.mine, sa_type=String(12))
    digest: Digest = Field(default=Digest.off, sa_type=String(8))
    by_mail: bool = True
    time_zone: str = Field(default="", max_length=60)


class Notice(SQLModel, table=True):
    """A notice to one person; `subject` identifies what it is about, so that no one is notified twice.

    Mail is due from `mail_due_at`. A worker claims a notice before mailing it, so that only one does.
    """

    __tablename__ = "notices"
    __invalidates__ = NO_PAGES
    __table_args__ = (
        UniqueConstraint("person_id", "subject"),
        Index("ix_notices_unread", "person_id", "read_at"),
        Index("ix_notices_mail", "mailed_at", "mail_due_at"),
        Index("ix_notices_url", "url"),
    )

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    person_id: int = Field(foreign_key="people.id")
    event: str = Field(max_length=20)
    subject: str = Field(max_length=100)
    message: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    url: str = Field(max_length=300)
    created_at: datetime = moment()
    read_at: datetime | None = moment(nullable=True)
    mail_due_at: datetime | None = moment(nullable=True)
    mail_claimed_at: datetime | None = moment(nullable=True)
    mailed_at: datetime | None = moment(nullable=True)
    mail_tries: int = 0


class ChatMessage(SQLModel, table=True):
    """A public event to be posted once in the team's chat."""

    __tablename__ = "chat_messages"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    event: str = Field(max_length=20)
    subject: str = Field(max_length=100, unique=True)
    message: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    url: str = Field(max_length=300)
    due_at: datetime = moment()
    claimed_at: datetime | None = moment(nullable=True)
    sent_at: datetime | None = moment(nullable=True)
    tries: int = 0


class SentMail(SQLModel, table=True):
    """An e-mail that a demo would have sent."""

    __tablename__ = "sent_mails"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=300)
    text: str = Field(sa_type=Text)
    html: str = Field(sa_type=Text)
    sent_at: datetime = moment()
