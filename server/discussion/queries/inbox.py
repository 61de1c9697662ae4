"""What waits for an answer or for its day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case
from sqlmodel import Session, col, func, select

from server.discussion.models import Anchor, Comment, CommentState
from server.discussion.queries.threads import CURRENT, PAGE_SIZE, SHOWN, CommentView, add_replies, comment_query
from server.documents.models import Proposal
from server.people.models import Person


@dataclass(frozen=True, slots=True)
class OpenComment:
    """An open comment in the list of what waits for an answer."""

    ulid: str
    slug: str
    title: str
    author: str
    html: str
    created_at: datetime


def oldest_open(session: Session, limit: int = 5) -> list[OpenComment]:
    """Return the comments that have waited longest."""
    statement = (
        select(Comment.ulid, Proposal.slug, Proposal.title, Person.name, Comment.html, Comment.created_at)  # type: ignore[call-overload]
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .outerjoin(Person, col(Person.id) == col(Comment.author_id))
        .where(
            Comment.state == CommentState.open,
            col(Comment.parent_id).is_(None),
            col(Comment.deleted_at).is_(None),
            col(Comment.hidden_at).is_(None),
        )
        .order_by(col(Comment.id))
        .limit(limit)
    )
    return [OpenComment(*row) for row in session.execute(statement)]


def postponed_too_long(session: Session, today: date) -> str | None:
    """Return a comment that was parked until a day that has come."""
    statement = select(Comment.ulid).where(
        Comment.state == CommentState.postponed,
        col(Comment.postponed_until) <= today,
        col(Comment.deleted_at).is_(None),
        col(Comment.hidden_at).is_(None),
    )
    return session.exec(statement.order_by(col(Comment.postponed_until)).limit(1)).first()


@dataclass(frozen=True, slots=True)
class InboxItem:
    """An open thread in the inbox, with the proposal it is on."""

    comment: CommentView
    slug: str
    title: str


_WAITS = (
    col(Comment.state) == CommentState.open,
    col(Comment.parent_id).is_(None),
    col(Comment.deleted_at).is_(None),
    SHOWN,
)
ANSWER_DAYS = 2
"""Every comment is answered within so many days: that is what managers promise."""


def inbox(session: Session, slug: str = "", kind: str = "", after: int = 0) -> list[InboxItem]:
    """Return open threads of all proposals or of one, of all kinds or of one, the oldest first, fifty at a time."""
    statement = (
        comment_query(CURRENT)
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .add_columns(col(Proposal.slug), col(Proposal.title))
        .where(*_WAITS, col(Comment.id) > after)
    )
    if slug:
        statement = statement.where(col(Proposal.slug) == slug)
    if kind:
        statement = statement.where(col(Comment.kind) == kind)
    rows = session.execute(statement.order_by(col(Comment.id)).limit(PAGE_SIZE)).all()
    found = [InboxItem(CommentView(*row[:-2]), row[-2], row[-1]) for row in rows]
    add_replies(session, {waiting.comment.id: waiting.comment for waiting in found})
    return found


def still_open(session: Session, ulids: Iterable[str]) -> list[InboxItem]:
    """Return those of some threads that still wait, the oldest first."""
    wanted = {ulid for ulid in ulids if ulid.isalnum()}
    statement = (
        comment_query(CURRENT)
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .add_columns(col(Proposal.slug), col(Proposal.title))
        .where(col(Comment.ulid).in_(wanted), *_WAITS)
        .order_by(col(Comment.id))
    )
    found = [InboxItem(CommentView(*row[:-2]), row[-2], row[-1]) for row in session.execute(statement)]
    add_replies(session, {waiting.comment.id: waiting.comment for waiting in found})
    return found


def own_threads(session: Session, person_id: int, below: int | None = None) -> list[InboxItem]:
    """Return the threads that somebody began, the newest first, fifty at a time."""
    statement = (
        comment_query(CURRENT)
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .add_columns(col(Proposal.slug), col(Proposal.title))
        .where(
            col(Comment.author_id) == person_id,
            col(Comment.parent_id).is_(None),
            col(Comment.deleted_at).is_(None),
            col(Comment.hidden_at).is_(None),
        )
    )
    if below is not None:
        statement = statement.where(col(Comment.id) < below)
    rows = session.execute(statement.order_by(col(Comment.id).desc()).limit(PAGE_SIZE)).all()
    found = [InboxItem(CommentView(*row[:-2]), row[-2], row[-1]) for row in rows]
    add_replies(session, {waiting.comment.id: waiting.comment for waiting in found})
    return found


def due_before(present: datetime) -> datetime:
    """Return before when a comment must have been said to wait longer than promised."""
    return present - timedelta(days=ANSWER_DAYS)


@dataclass(frozen=True, slots=True)
class FeedbackStatus:
    """How a discussion stands: how many wait longer than promised, are in the text by now, are concerns still open.

    `waiting` counts the open threads by candidate.
    """

    overdue: int
    adopted: int
    concerns: int
    open: Mapping[str, int]
    days: int = ANSWER_DAYS


def overdue(session: Session, present: datetime) -> int:
    """Count the comments on all proposals that wait longer than was promised."""
    waits = select(func.count()).where(*_WAITS, col(Comment.created_at) < due_before(present))
    return session.exec(waits).one()


def feedback_status(session: Session, proposal_id: int, present: datetime) -> FeedbackStatus:
    """Return how the discussion of a proposal stands."""
    is_late = (col(Comment.state) == CommentState.open) & (col(Comment.created_at) < due_before(present))
    is_open = col(Comment.state) == CommentState.open
    counts = (
        func.count().filter(is_late, SHOWN),
        func.count().filter(col(Comment.in_version).is_not(None)),
        func.count().filter(is_open, col(Comment.kind) == "concern", SHOWN),
        func.count().filter(is_open, SHOWN),
    )
    letter = case((col(Anchor.candidate) != "", Anchor.candidate), else_=Comment.candidate)
    here = (col(Anchor.comment_id) == Comment.id) & (col(Anchor.version_id) == CURRENT)
    statement = (
        select(letter, *counts)  # type: ignore[call-overload]
        .outerjoin_from(Comment, Anchor, here)
        .where(Comment.proposal_id == proposal_id, col(Comment.parent_id).is_(None), col(Comment.deleted_at).is_(None))
        .group_by(letter)
    )
    rows = session.execute(statement).all()
    late, adopted, concerns = (sum(row[place] for row in rows) for place in (1, 2, 3))
    return FeedbackStatus(late, adopted, concerns, {row[0]: row[4] for row in rows if row[4]})


def open_concerns(session: Session, proposal_id: int) -> int:
    """Count the concerns on a proposal that nobody has answered."""
    statement = select(func.count()).where(
        *_WAITS, col(Comment.kind) == "concern", col(Comment.proposal_id) == proposal_id
    )
    return session.exec(statement).one()
