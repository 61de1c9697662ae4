"""Reads of anchors, and of threads by the block, candidate or term that they are on."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from server.discussion.models import Anchor, Comment, CommentState
from server.discussion.queries.threads import NOT_HIDDEN, CommentView, add_replies, comment_query

_MAX_THREADS = 500
"""Most threads read at once."""


def threads_at(session: Session, version_id: int, block: int | None, candidate: str, term: str) -> list[CommentView]:
    """Return the threads on a block of a version, or on a term of a candidate in it, oldest first."""
    statement = comment_query(version_id).where(col(Comment.parent_id).is_(None), col(Anchor.state) != "gone")
    if block is not None:
        statement = statement.where(col(Anchor.block) == block)
    else:
        statement = statement.where(col(Anchor.candidate) == candidate, col(Comment.term) == term)
    rows = session.execute(statement.order_by(col(Comment.id)).limit(_MAX_THREADS))
    threads = {thread.id: thread for thread in (CommentView(*row) for row in rows)}
    add_replies(session, threads)
    return list(threads.values())


@dataclass(frozen=True, slots=True)
class AnchorView:
    """The anchor of a thread in a version: characters of a block, a term of a candidate, or nothing any more."""

    ulid: str
    block: int | None
    start: int | None
    end: int | None
    candidate: str
    term: str
    state: str
    quote: str
    version: int
    is_open: bool


def anchors(session: Session, version_id: int) -> list[AnchorView]:
    """Return the anchors of all threads in a version, by block and character."""
    statement = (
        select(
            Comment.ulid,
            Anchor.block,
            Anchor.start,
            Anchor.end,
            Anchor.candidate,
            Comment.term,
            Anchor.state,
            Comment.quote,
            Comment.version,
            Comment.state == CommentState.open,
        )  # type: ignore[call-overload]
        .join(Anchor, col(Anchor.comment_id) == col(Comment.id))
        .where(Anchor.version_id == version_id, col(Comment.deleted_at).is_(None), NOT_HIDDEN)
        .order_by(col(Anchor.block), col(Anchor.start), col(Comment.id))
    )
    return [AnchorView(*row) for row in session.execute(statement)]


def threads_by_candidate(session: Session, version_id: int) -> dict[str, list[CommentView]]:
    """Return the threads on candidates and their terms in a version, by candidate key."""
    statement = comment_query(version_id).where(
        col(Comment.parent_id).is_(None), col(Comment.deleted_at).is_(None), NOT_HIDDEN, col(Anchor.candidate) != ""
    )
    threads: dict[str, list[CommentView]] = {}
    for row in session.execute(statement.order_by(col(Comment.id)).limit(_MAX_THREADS)):
        thread = CommentView(*row)
        threads.setdefault(thread.letter, []).append(thread)
    return threads


def threads_by_block(session: Session, version_id: int) -> dict[int, list[CommentView]]:
    """Return the threads on the text of a version, by block number."""
    statement = comment_query(version_id).where(
        col(Comment.parent_id).is_(None),
        col(Comment.deleted_at).is_(None),
        NOT_HIDDEN,
        col(Anchor.block).is_not(None),
    )
    threads: dict[int, list[CommentView]] = {}
    for row in session.execute(statement.order_by(col(Comment.id)).limit(_MAX_THREADS)):
        thread = CommentView(*row)
        threads.setdefault(thread.block or 0, []).append(thread)
    return threads
