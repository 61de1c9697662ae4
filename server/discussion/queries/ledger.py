"""What came of comments: those that were accepted, and where they are in the text by now."""

from sqlmodel import Session, col, select

from server.discussion.models import NOT_ANCHORED, Anchor, Comment, CommentState
from server.discussion.queries.inbox import InboxItem
from server.discussion.queries.threads import PAGE_SIZE, SHOWN, CommentView, comment_query
from server.documents.models import Proposal
from server.people.models import Person
from server.text.anchors import TextRange


def accepted_comments(
    session: Session, *, slug: str = "", person: str = "", goal: int = 0, state: str = "", below: int | None = None
) -> list[InboxItem]:
    """Return accepted threads, the newest first, fifty at a time: of a proposal, a person by public id, a goal.

    `state` is empty for all, "adopted" for what is in the text, "promised" for what is still to come.
    """
    statement = (
        comment_query(None)
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .add_columns(col(Proposal.slug), col(Proposal.title))
        .where(
            col(Comment.state) == CommentState.accepted,
            col(Comment.parent_id).is_(None),
            col(Comment.deleted_at).is_(None),
            SHOWN,
        )
    )
    if slug:
        statement = statement.where(col(Proposal.slug) == slug)
    if person:  # whoever wants no credit by name is not found by it either
        statement = statement.where(col(Person.ulid) == person, col(Comment.hides_name).is_(False))
    if goal:
        statement = statement.where(col(Comment.goal) == goal)
    if state:
        adopted = col(Comment.in_version).is_not(None)
        statement = statement.where(adopted if state == "adopted" else ~adopted)
    if below is not None:
        statement = statement.where(col(Comment.id) < below)
    rows = session.execute(statement.order_by(col(Comment.id).desc()).limit(PAGE_SIZE))
    return [InboxItem(CommentView(*row[:-2]), row[-2], row[-1]) for row in rows]


def credited(session: Session) -> list[tuple[str, str]]:
    """Return public ids and names of everybody whose comments were accepted, who may be named."""
    statement = (
        select(Person.ulid, Person.name)
        .join(Comment, col(Comment.author_id) == col(Person.id))
        .where(Comment.state == CommentState.accepted, col(Comment.hides_name).is_(False), SHOWN)
        .distinct()
        .order_by(col(Person.name))
    )
    return list(session.exec(statement).all())


def goals_of_accepted(session: Session) -> list[int]:
    """Return the numbers of goals that accepted comments were filed against."""
    statement = select(Comment.goal).where(
        Comment.state == CommentState.accepted, col(Comment.goal).is_not(None), SHOWN
    )
    return sorted({goal for goal in session.exec(statement.distinct()) if goal})


def anchor_of(session: Session, comment_id: int, version_id: int) -> TextRange | None:
    """Return the words that a comment stands on in a version; None where it stands nowhere there."""
    statement = select(Anchor.block, Anchor.start, Anchor.end).where(
        Anchor.comment_id == comment_id, Anchor.version_id == version_id
    )
    row = session.exec(statement).first()
    if row is None or row[0] is None:
        return None
    return TextRange(row[0], row[1] or 0, row[2] or 0)


def candidate_letter(session: Session, comment: Comment, version_id: int) -> str:
    """Return the key of the candidate that a comment is about in a version, empty where that is gone."""
    placed = session.get(Anchor, (version_id, comment.id))
    if placed is None:
        return comment.candidate
    if placed.candidate == NOT_ANCHORED or (placed.state == "gone" and not placed.candidate):
        return ""
    return placed.candidate or comment.candidate


def anchor_block(session: Session, comment_id: int, version_id: int) -> int | None:
    """Return the block that a comment stands on in a version."""
    return session.exec(
        select(Anchor.block).where(Anchor.comment_id == comment_id, Anchor.version_id == version_id)
    ).first()
