"""The table of mail about accounts that is to be sent."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String
from sqlmodel import Field, SQLModel

from server.db.columns import UTCDateTime, moment, public_id
from server.page_cache import NO_PAGES


class AccountMailKind(StrEnum):
    """What an e-mail about an account says."""

    invitation = "invitation"
    lost_password = "lost password"  # noqa: S105 - a name
    reset = "reset"
    password_changed = "password changed"  # noqa: S105 - a name
    email_changed = "email changed"
    factor_added = "factor added"
    factor_removed = "factor removed"
    merged = "merged"


LINKED = frozenset({AccountMailKind.invitation, AccountMailKind.lost_password, AccountMailKind.reset})
"""The kinds with a link to set a password."""


class AccountMail(SQLModel, table=True):
    """An e-mail about an account. Its link is made when it is sent, so that none is ever stored.

    `actor` is the name of the person who caused it and `detail` a word that the text needs, such as the new address.
    """

    __tablename__ = "account_mails"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    person_id: int = Field(foreign_key="people.id", index=True)
    kind: AccountMailKind = Field(sa_type=String(20))
    recipient: str = Field(max_length=254)
    actor: str = Field(default="", max_length=120)
    detail: str = Field(default="", max_length=254)
    requested_at: datetime = moment()
    due_at: datetime | None = Field(default=None, sa_type=UTCDateTime, nullable=True, index=True)
    claimed_at: datetime | None = moment(nullable=True)
    sent_at: datetime | None = moment(nullable=True)
    tries: int = 0
    failure: str = Field(default="", max_length=60)


class LostPassword(SQLModel, table=True):
    """An address for which a link to set a new password was asked for; a task looks up whether anyone has it."""

    __tablename__ = "lost_passwords"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    email: str = Field(max_length=254)
    at: datetime = moment()
