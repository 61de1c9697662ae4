"""Where threads stand: on which characters of a version, and what is said on one part of it."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from server.discussion.models import Anchor, Comment, CommentState
from server.discussion.queries.threads import SHOWN, CommentView, add_replies, comment_query

_MAX_THREADS = 500
"""So many comments stand beside the changes of a text."""


def threads_at(session: Session, version_id: int, block: int | None, candidate: str, term: str) -> list[CommentView]:
    """Return the threads that stand on a block of a version, or on a term of a candidate in it, the oldest first."""
    statement = comment_query(version_id).where(col(Comment.parent_id).is_(None), col(Anchor.state) != "gone")
    if block is not None:
        statement = statement.where(col(Anchor.block) == block)
    else:
        statement = statement.where(col(Anchor.candidate) == candidate, col(Comment.term) == term)
    rows = session.execute(statement.order_by(col(Comment.id)).limit(_MAX_THREADS))
    found = {said.id: said for said in (CommentView(*row) for row in rows)}
    add_replies(session, found)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class AnchorView:
    """Where a thread stands in a version: on characters of a block, on a term of a candidate, or nowhere any more."""

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
    """Return where every thread of a version stands that was said on something."""
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
        .where(Anchor.version_id == version_id, col(Comment.deleted_at).is_(None), SHOWN)
        .order_by(col(Anchor.block), col(Anchor.start), col(Comment.id))
    )
    return [AnchorView(*row) for row in session.execute(statement)]


def term_anchors(session: Session, version_id: int) -> dict[str, list[CommentView]]:
    """Return by candidate the threads that stand on one of its terms in a version."""
    statement = comment_query(version_id).where(
        col(Comment.parent_id).is_(None), col(Comment.deleted_at).is_(None), SHOWN, col(Anchor.candidate) != ""
    )
    found: dict[str, list[CommentView]] = {}
    for row in session.execute(statement.order_by(col(Comment.id)).limit(_MAX_THREADS)):
        said = CommentView(*row)
        found.setdefault(said.letter, []).append(said)
    return found


def block_anchors(session: Session, version_id: int) -> dict[int, list[CommentView]]:
    """Return by block the threads that stand on the text of a version."""
    statement = comment_query(version_id).where(
        col(Comment.parent_id).is_(None),
        col(Comment.deleted_at).is_(None),
        SHOWN,
        col(Anchor.block).is_not(None),
    )
    found: dict[int, list[CommentView]] = {}
    for row in session.execute(statement.order_by(col(Comment.id)).limit(_MAX_THREADS)):
        said = CommentView(*row)
        found.setdefault(said.block or 0, []).append(said)
    return found
