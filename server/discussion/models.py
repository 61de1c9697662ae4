"""The tables of comments, anchors, endorsements and what readers have seen."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, String, Text
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.messages import message
from server.page_cache import NO_PAGES


class CommentState(StrEnum):
    """The state of a comment; all except open count as answered."""

    open = "open"
    answered = "answered"
    accepted = "accepted"
    declined = "declined"
    postponed = "postponed"


PAY_IMPACTS = {
    "even": message("changes my pay by less than 2%"),
    "up2": message("raises my pay by 2 to 4%"),
    "up4": message("raises my pay by 4 to 8%"),
    "up8": message("raises my pay by more than 8%"),
    "down2": message("lowers my pay by 2 to 4%"),
    "down4": message("lowers my pay by 4 to 8%"),
    "down8": message("lowers my pay by more than 8%"),
}
"""How a rep may say that a plan affects their pay; nothing more precise is ever stored with a comment."""


COMMENT_KINDS = {
    "question": message("question"),
    "concern": message("concern"),
    "idea": message("idea"),
    "support": message("support"),
    "suggestion": message("suggestion"),
}
"""The kinds that an author may give a comment."""


class Comment(SQLModel, table=True):
    """A comment on a version, or a reply to one; `candidate` is empty for the proposal as a whole.

    `goal` is the number of the goal it is about. `quote` is the text it was attached to, characters `start` to `end` of
    `block` in its version; `term` is the path of the candidate's term it was attached to. `anchored_in` is the newest
    version that it has an anchor in. `suggestion` is the text it suggests instead of the quote. With `hides_name` the
    ledger does not name its author. An anonymous comment has no author, only an `author_signature` that its author
    recognises. For an accepted comment, `planned` is the text that a manager wrote for it in a draft; it is included
    in block `in_block` of version `in_version`.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("state in ('open','answered','accepted','declined','postponed')", name="state"),
        Index("ix_comments_thread", "proposal_id", "parent_id", "id"),
        Index("ix_comments_open", "state", "id"),
        Index("ix_comments_said", "author_id", "created_at"),
    )

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    proposal_id: int = Field(foreign_key="proposals.id")
    version: int
    candidate: str = Field(default="", max_length=20)
    parent_id: int | None = Field(default=None, foreign_key="comments.id", index=True)
    author_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    author_signature: str = Field(default="", max_length=64)
    pay_impact: str = Field(default="", max_length=8)
    kind: str = Field(default="", max_length=10)
    goal: int | None = None
    endorsements: int = 0
    quote: str = Field(default="", max_length=600)
    term: str = Field(default="", max_length=120)
    block: int | None = None
    start: int | None = None
    end: int | None = None
    anchored_in: int | None = None
    hidden_at: datetime | None = moment(nullable=True)
    hidden_by: int | None = Field(default=None, foreign_key="people.id")
    hidden_why: str = Field(default="", max_length=300)
    hides_name: bool = False
    suggestion: str | None = Field(default=None, sa_type=Text)
    markdown: str = Field(sa_type=Text)
    html: str = Field(sa_type=Text)
    state: CommentState = Field(default=CommentState.open, sa_type=String(12))
    reason: str = Field(default="", max_length=500)
    postponed_until: date | None = None
    in_version: int | None = None
    in_block: int | None = None
    planned: str = Field(default="", sa_type=Text)
    answered_by: int | None = Field(default=None, foreign_key="people.id")
    answered_at: datetime | None = moment(nullable=True)
    created_at: datetime = moment()
    edited_at: datetime | None = moment(nullable=True)
    deleted_at: datetime | None = moment(nullable=True)
    revision: int = 1


NOT_ANCHORED = "–"
"""The candidate of an anchor whose candidate is gone while its text is still there."""
LEFT_OUT = "\n"
"""Prefix of `planned` if the block is to be deleted; the text of the block follows."""


class PendingComment(SQLModel, table=True):
    """An anonymous comment queued until the next day; its author is stored only as a signature."""

    __tablename__ = "pending_comments"

    key: str = Field(primary_key=True, max_length=32)
    proposal_id: int = Field(foreign_key="proposals.id")
    day: date
    author_signature: str = Field(max_length=64)
    content: dict[str, Any] = Field(sa_type=JSON)


class LastSeen(SQLModel, table=True):
    """The last comment that a person has seen of a proposal's discussion, on any device.

    `threads` lists threads they have seen more of, as `THREAD:COMMENT` separated by spaces.
    """

    __tablename__ = "last_seen"
    __invalidates__ = NO_PAGES

    person_id: int = Field(foreign_key="people.id", primary_key=True)
    proposal_id: int = Field(foreign_key="proposals.id", primary_key=True)
    seen: int
    threads: str = Field(default="", sa_type=Text)


class Anchor(SQLModel, table=True):
    """What a comment is attached to in one version: characters of a block, a candidate or its term, or nothing."""

    __tablename__ = "anchors"
    __table_args__ = (CheckConstraint("state in ('exact','edited','moved','gone')", name="state"),)

    version_id: int = Field(foreign_key="versions.id", primary_key=True)
    comment_id: int = Field(foreign_key="comments.id", primary_key=True, ondelete="CASCADE", index=True)
    candidate: str = Field(default="", max_length=20)
    block: int | None = None
    start: int | None = None
    end: int | None = None
    state: str = Field(max_length=8)
    similarity: int = 100


class Endorsement(SQLModel, table=True):
    """A person agrees with a comment."""

    __tablename__ = "endorsements"
    __invalidates__ = NO_PAGES

    comment_id: int = Field(foreign_key="comments.id", primary_key=True, ondelete="CASCADE")
    person_id: int = Field(foreign_key="people.id", primary_key=True)
