"""What a version that is withdrawn did to the discussion is undone."""

from sqlalchemy import delete
from sqlmodel import Session, col, select

from server.discussion.models import Anchor, Comment
from server.documents.models import Version
from server.text.anchors import GONE


def forget_version(session: Session, version: Version) -> list[str]:
    """Put comments where they were before a version, and let those that it included wait to be included.

    Returns the public IDs of the comments that it included.
    """
    of_proposal = Comment.proposal_id == version.proposal_id
    included = session.exec(select(Comment).where(of_proposal, Comment.in_version == version.number)).all()
    for comment in included:
        comment.in_version = comment.in_block = None
        session.add(comment)
    session.execute(delete(Anchor).where(col(Anchor.version_id) == version.id))
    for comment in session.exec(select(Comment).where(of_proposal, Comment.anchored_in == version.id)):
        comment.anchored_in = _last_anchored(session, comment.id)
        session.add(comment)
    session.flush()
    return [comment.ulid for comment in included]


def _last_anchored(session: Session, comment_id: int) -> int | None:
    """Return the newest version in which a comment has a place."""
    statement = (
        select(Anchor.version_id)
        .join(Version, col(Version.id) == col(Anchor.version_id))
        .where(Anchor.comment_id == comment_id, Anchor.state != GONE)
        .order_by(col(Version.number).desc())
    )
    return session.exec(statement.limit(1)).first()
