"""Reads of open and postponed comments: the inbox, a person's own threads, and how far a discussion is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, true
from sqlmodel import Session, col, func, select

from server.discussion.models import Anchor, Comment, CommentState
from server.discussion.queries.threads import (
    CURRENT_VERSION,
    NOT_HIDDEN,
    PAGE_SIZE,
    CommentView,
    add_replies,
    comment_query,
)
from server.documents import queries as document_queries
from server.documents.models import Proposal, Redesign
from server.people.models import Person
from server.people.queries import AnswerPromise, Viewer

_IS_OPEN_THREAD = (
    col(Comment.state) == CommentState.open,
    col(Comment.parent_id).is_(None),
    col(Comment.deleted_at).is_(None),
    NOT_HIDDEN,
)


@dataclass(frozen=True, slots=True)
class OpenComment:
    """An open comment in a list of the oldest ones."""

    ulid: str
    slug: str
    title: str
    author: str
    html: str
    created_at: datetime


def _is_answerable(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that a viewer may answer a comment: they may change its redesign."""
    redesigns = set(session.exec(select(Redesign.id)))
    editable = document_queries.editable_redesigns(session, viewer, redesigns)
    return true() if editable == redesigns else col(Proposal.redesign_id).in_(editable)


def oldest_open(session: Session, viewer: Viewer, limit: int = 5) -> list[OpenComment]:
    """Return the oldest open comments that a viewer may answer."""
    statement = (
        select(  # type: ignore[call-overload]
            Comment.ulid,
            Proposal.slug,
            Proposal.title,
            Person.name,
            Comment.html,
            Comment.created_at,
        )
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .outerjoin(Person, col(Person.id) == col(Comment.author_id))
        .where(*_IS_OPEN_THREAD, _is_answerable(session, viewer))
        .order_by(col(Comment.id))
        .limit(limit)
    )
    return [OpenComment(*row) for row in session.execute(statement)]


def postponed_until_today(session: Session, today: date) -> str | None:
    """Return the ulid of a comment that was postponed until today or earlier, or None."""
    statement = select(Comment.ulid).where(
        Comment.state == CommentState.postponed,
        col(Comment.postponed_until) <= today,
        col(Comment.deleted_at).is_(None),
        NOT_HIDDEN,
    )
    return session.exec(statement.order_by(col(Comment.postponed_until)).limit(1)).first()


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A thread in a list over all proposals, with the proposal it is on."""

    comment: CommentView
    slug: str
    title: str


def item_query(version_id: Any) -> "Select[tuple[object, ...]]":
    """Return a query of comments with the slug and title of their proposal; `version_id` as in `comment_query`."""
    return (
        comment_query(version_id)
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .add_columns(col(Proposal.slug), col(Proposal.title))
    )


def read_items(session: Session, statement: "Select[tuple[object, ...]]") -> list[InboxItem]:
    """Return the items of an `item_query`, without replies."""
    return [InboxItem(CommentView(*row[:-2]), row[-2], row[-1]) for row in session.execute(statement)]


def _items_with_replies(session: Session, statement: "Select[tuple[object, ...]]") -> list[InboxItem]:
    items = read_items(session, statement)
    add_replies(session, {item.comment.id: item.comment for item in items})
    return items


def inbox(session: Session, viewer: Viewer, slug: str = "", kind: str = "", after: int = 0) -> list[InboxItem]:
    """Return open threads that a viewer may answer, oldest first, fifty at a time; of one proposal or kind if given."""
    is_next = col(Comment.id) > after
    statement = item_query(CURRENT_VERSION).where(*_IS_OPEN_THREAD, is_next, _is_answerable(session, viewer))
    if slug:
        statement = statement.where(col(Proposal.slug) == slug)
    if kind:
        statement = statement.where(col(Comment.kind) == kind)
    return _items_with_replies(session, statement.order_by(col(Comment.id)).limit(PAGE_SIZE))


def open_count(session: Session, viewer: Viewer, slug: str = "", kind: str = "") -> int:
    """Return the number of open threads that a viewer may answer; of one proposal or kind if given."""
    statement = (
        select(func.count())
        .select_from(Comment)
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .where(*_IS_OPEN_THREAD, _is_answerable(session, viewer))
    )
    if slug:
        statement = statement.where(col(Proposal.slug) == slug)
    if kind:
        statement = statement.where(col(Comment.kind) == kind)
    return session.exec(statement).one()


def still_open(session: Session, ulids: Iterable[str]) -> list[InboxItem]:
    """Return which of some threads are still open, oldest first."""
    wanted = {ulid for ulid in ulids if ulid.isalnum()}
    statement = item_query(CURRENT_VERSION).where(col(Comment.ulid).in_(wanted), *_IS_OPEN_THREAD)
    return _items_with_replies(session, statement.order_by(col(Comment.id)))


def own_threads(session: Session, viewer: Viewer, below: int | None = None) -> list[InboxItem]:
    """Return the threads that a viewer started and may still read, newest first, fifty at a time."""
    statement = item_query(CURRENT_VERSION).where(
        col(Comment.author_id) == viewer.id,
        col(Proposal.redesign_id).not_in(document_queries.hidden_redesigns(session, viewer)),
        col(Comment.parent_id).is_(None),
        col(Comment.deleted_at).is_(None),
        NOT_HIDDEN,
    )
    if below is not None:
        statement = statement.where(col(Comment.id) < below)
    return _items_with_replies(session, statement.order_by(col(Comment.id).desc()).limit(PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class FeedbackStatus:
    """How far a discussion is: counts of overdue comments, included comments and open concerns.

    `open` counts the open threads by candidate key.
    """

    overdue: int
    included: int
    concerns: int
    open: Mapping[str, int]
    days: int
    """Working days within which every comment is answered."""


def overdue_count(session: Session, viewer: Viewer, due_before: datetime) -> int:
    """Return the number of comments that a viewer may answer and that were posted before a moment."""
    statement = (
        select(func.count())
        .select_from(Comment)
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .where(*_IS_OPEN_THREAD, col(Comment.created_at) < due_before, _is_answerable(session, viewer))
    )
    return session.exec(statement).one()


def feedback_status(session: Session, proposal_id: int, present: datetime, promise: AnswerPromise) -> FeedbackStatus:
    """Return how far the discussion of a proposal is, and what is overdue by the company's promise."""
    is_open = col(Comment.state) == CommentState.open
    is_overdue = is_open & (col(Comment.created_at) < promise.due_before(present))
    counts = (
        func.count().filter(is_overdue, NOT_HIDDEN),
        func.count().filter(col(Comment.in_version).is_not(None)),
        func.count().filter(is_open, col(Comment.kind) == "concern", NOT_HIDDEN),
        func.count().filter(is_open, NOT_HIDDEN),
    )
    key = case((col(Anchor.candidate) != "", Anchor.candidate), else_=Comment.candidate)
    is_current = (col(Anchor.comment_id) == Comment.id) & (col(Anchor.version_id) == CURRENT_VERSION)
    statement = (
        select(key, *counts)  # type: ignore[call-overload]
        .outerjoin_from(Comment, Anchor, is_current)
        .where(Comment.proposal_id == proposal_id, col(Comment.parent_id).is_(None), col(Comment.deleted_at).is_(None))
        .group_by(key)
    )
    rows = session.execute(statement).all()
    overdue, included, concerns = (sum(row[column] for row in rows) for column in (1, 2, 3))
    return FeedbackStatus(overdue, included, concerns, {row[0]: row[4] for row in rows if row[4]}, promise.days)


def open_concerns(session: Session, proposal_id: int) -> int:
    """Return the number of open concerns on a proposal."""
    statement = select(func.count()).where(
        *_IS_OPEN_THREAD, col(Comment.kind) == "concern", col(Comment.proposal_id) == proposal_id
    )
    return session.exec(statement).one()
