"""Reads of accepted comments, and of what a comment is attached to in a version."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from server.discussion.models import NOT_ANCHORED, Anchor, Comment, CommentState
from server.discussion.queries.inbox import InboxItem, item_query, read_items
from server.discussion.queries.threads import NOT_HIDDEN, PAGE_SIZE
from server.documents import queries as document_queries
from server.documents.models import Proposal
from server.people.models import Person
from server.people.queries import Viewer
from server.text.anchors import TextRange


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which accepted comments to list: of a proposal, a person by public id, or a goal.

    `state` is empty for all, "included" for those in a version, "pending" for those not included yet. `below` is the
    id of the last one of the previous page.
    """

    slug: str = ""
    person: str = ""
    goal: int = 0
    state: str = ""
    below: int | None = None


def accepted_comments(session: Session, viewer: Viewer, query: LedgerQuery) -> list[InboxItem]:
    """Return accepted threads that a viewer may read, newest first, fifty at a time."""
    statement = item_query(None).where(
        col(Comment.state) == CommentState.accepted,
        col(Comment.parent_id).is_(None),
        col(Comment.deleted_at).is_(None),
        NOT_HIDDEN,
        col(Proposal.redesign_id).not_in(document_queries.hidden_redesigns(session, viewer)),
    )
    if query.slug:
        statement = statement.where(col(Proposal.slug) == query.slug)
    if query.person:  # authors who hide their name cannot be found by it
        statement = statement.where(col(Person.ulid) == query.person, col(Comment.hides_name).is_(False))
    if query.goal:
        statement = statement.where(col(Comment.goal) == query.goal)
    if query.state:
        is_included = col(Comment.in_version).is_not(None)
        statement = statement.where(is_included if query.state == "included" else ~is_included)
    if query.below is not None:
        statement = statement.where(col(Comment.id) < query.below)
    return read_items(session, statement.order_by(col(Comment.id).desc()).limit(PAGE_SIZE))


def credited_authors(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """Return the public ids and names of the authors of accepted comments that a viewer may read.

    Those who hide their name are left out.
    """
    hidden = document_queries.hidden_documents(session, viewer)
    statement = (
        select(Person.ulid, Person.name)
        .join(Comment, col(Comment.author_id) == col(Person.id))
        .where(
            Comment.state == CommentState.accepted,
            col(Comment.hides_name).is_(False),
            NOT_HIDDEN,
            col(Comment.proposal_id).not_in(hidden),
        )
        .distinct()
        .order_by(col(Person.name))
    )
    return list(session.exec(statement).all())


def goals_of_accepted(session: Session, viewer: Viewer) -> list[int]:
    """Return the numbers of the goals that accepted comments are about, of those that a viewer may read."""
    statement = select(Comment.goal).where(
        Comment.state == CommentState.accepted,
        col(Comment.goal).is_not(None),
        NOT_HIDDEN,
        col(Comment.proposal_id).not_in(document_queries.hidden_documents(session, viewer)),
    )
    return sorted({goal for goal in session.exec(statement.distinct()) if goal})


def anchor_range(session: Session, comment_id: int, version_id: int) -> TextRange | None:
    """Return the text range that a comment is anchored to in a version, or None."""
    statement = select(Anchor.block, Anchor.start, Anchor.end).where(
        Anchor.comment_id == comment_id, Anchor.version_id == version_id
    )
    row = session.exec(statement).first()
    if row is None or row[0] is None:
        return None
    return TextRange(row[0], row[1] or 0, row[2] or 0)


def candidate_key(session: Session, comment: Comment, version_id: int) -> str:
    """Return the key in a version of the candidate that a comment is about; empty if it is gone."""
    anchor = session.get(Anchor, (version_id, comment.id))
    if anchor is None:
        return comment.candidate
    if anchor.candidate == NOT_ANCHORED or (anchor.state == "gone" and not anchor.candidate):
        return ""
    return anchor.candidate or comment.candidate


def anchor_block(session: Session, comment_id: int, version_id: int) -> int | None:
    """Return the number of the block that a comment is anchored to in a version, or None."""
    statement = select(Anchor.block).where(Anchor.comment_id == comment_id, Anchor.version_id == version_id)
    return session.exec(statement).first()
