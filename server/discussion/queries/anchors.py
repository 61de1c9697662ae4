"""Where threads stand: on which characters of a version, and what is said on one part of it."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from server.discussion.models import Comment, Placement, State
from server.discussion.queries.threads import SHOWN, Said, add_replies, said_of

_MOST_BESIDE = 500
"""So many comments stand beside the changes of a text."""


def threads_on(session: Session, version_id: int, block: int | None, candidate: str, term: str) -> list[Said]:
    """Return the threads that stand on a block of a version, or on a term of a candidate in it, the oldest first."""
    statement = said_of(version_id).where(col(Comment.parent_id).is_(None), col(Placement.state) != "gone")
    if block is not None:
        statement = statement.where(col(Placement.block) == block)
    else:
        statement = statement.where(col(Placement.candidate) == candidate, col(Comment.term) == term)
    rows = session.execute(statement.order_by(col(Comment.id)).limit(_MOST_BESIDE))
    found = {said.id: said for said in (Said(*row) for row in rows)}
    add_replies(session, found)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Seat:
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


def seats(session: Session, version_id: int) -> list[Seat]:
    """Return where every thread of a version stands that was said on something."""
    statement = (
        select(
            Comment.ulid,
            Placement.block,
            Placement.start,
            Placement.end,
            Placement.candidate,
            Comment.term,
            Placement.state,
            Comment.quote,
            Comment.version,
            Comment.state == State.open,
        )  # type: ignore[call-overload]
        .join(Placement, col(Placement.comment_id) == col(Comment.id))
        .where(Placement.version_id == version_id, col(Comment.deleted_at).is_(None), SHOWN)
        .order_by(col(Placement.block), col(Placement.start), col(Comment.id))
    )
    return [Seat(*row) for row in session.execute(statement)]


def on_terms(session: Session, version_id: int) -> dict[str, list[Said]]:
    """Return by candidate the threads that stand on one of its terms in a version."""
    statement = said_of(version_id).where(
        col(Comment.parent_id).is_(None), col(Comment.deleted_at).is_(None), SHOWN, col(Placement.candidate) != ""
    )
    found: dict[str, list[Said]] = {}
    for row in session.execute(statement.order_by(col(Comment.id)).limit(_MOST_BESIDE)):
        said = Said(*row)
        found.setdefault(said.letter, []).append(said)
    return found


def on_blocks(session: Session, version_id: int) -> dict[int, list[Said]]:
    """Return by block the threads that stand on the text of a version."""
    statement = said_of(version_id).where(
        col(Comment.parent_id).is_(None),
        col(Comment.deleted_at).is_(None),
        SHOWN,
        col(Placement.block).is_not(None),
    )
    found: dict[int, list[Said]] = {}
    for row in session.execute(statement.order_by(col(Comment.id)).limit(_MOST_BESIDE)):
        said = Said(*row)
        found.setdefault(said.block or 0, []).append(said)
    return found
