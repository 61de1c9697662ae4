"""The index of search made anew from all that is published and said."""

from sqlmodel import Session, col, select

from server.db.session import Database
from server.discussion import service as discussion_service
from server.discussion.models import Comment
from server.documents import service as document_service
from server.documents.models import Proposal, Variant
from server.search import service as search_service
from server.variants import service as variant_service

_AT_ONCE = 500


def index_missing(database: Database) -> bool:
    """Make the index when there is none though there is something to find, as after an upgrade; a task."""
    with database.reading() as session:
        published = session.exec(select(Proposal.id).where(Proposal.current > 0).limit(1)).first()
        if published is None or not search_service.is_empty(session):
            return False
    rebuild(database)
    return True


def rebuild(database: Database) -> int:
    """Make the index anew, and return how much is in it; what is said meanwhile finds its own way in."""
    with database.writing() as session:
        search_service.clear(session)
        for proposal in session.exec(select(Proposal).where(Proposal.current > 0)):
            _proposal(session, proposal)
        session.commit()
    last: int | None = 0
    while last is not None:
        with database.writing() as session:
            last = _comments(session, last)
            session.commit()
    with database.reading() as session:
        return search_service.size(session)


def _proposal(session: Session, proposal: Proposal) -> None:
    document_service.reindex(session, proposal)
    for found in session.exec(
        select(Variant).where(Variant.proposal_id == proposal.id, col(Variant.withdrawn).is_(False))
    ):
        variant_service.index_variant(session, proposal.slug, found)


def _comments(session: Session, after: int) -> int | None:
    """Put the next comments in; returns the last one's key, None when there are no more."""
    statement = select(Comment).where(col(Comment.id) > after, col(Comment.deleted_at).is_(None))
    found = session.exec(statement.order_by(col(Comment.id)).limit(_AT_ONCE)).all()
    for comment in found:
        discussion_service.index_comment(session, comment)
    return (found[-1].id or 0) if found else None
