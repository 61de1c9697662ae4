"""Rebuilds the search index from all published documents, variants and comments."""

from sqlmodel import Session, col, select

from server.db.session import Database
from server.discussion import service as discussion_service
from server.discussion.models import Comment
from server.documents import service as document_service
from server.documents.models import Proposal, Variant
from server.search import service as search_service
from server.variants import service as variant_service

_BATCH = 500
"""Number of comments indexed in one transaction."""


def index_missing(database: Database) -> bool:
    """Rebuild the index if it is empty although a document is published; a background task for upgrades."""
    with database.reading() as session:
        published_id = session.exec(select(Proposal.id).where(Proposal.current > 0).limit(1)).first()
        if published_id is None or not search_service.is_empty(session):
            return False
    rebuild(database)
    return True


def rebuild(database: Database) -> int:
    """Rebuild the index and return its number of entries; comments sent in the meantime index themselves."""
    with database.writing() as session:
        search_service.clear(session)
        for proposal in session.exec(select(Proposal).where(Proposal.current > 0)):
            _index_document(session, proposal)
        session.commit()
    last_id: int | None = 0
    while last_id is not None:
        with database.writing() as session:
            last_id = _index_comments(session, last_id)
            session.commit()
    with database.reading() as session:
        return search_service.size(session)


def _index_document(session: Session, proposal: Proposal) -> None:
    document_service.reindex(session, proposal)
    variants = select(Variant).where(Variant.proposal_id == proposal.id, col(Variant.withdrawn).is_(False))
    for variant in session.exec(variants):
        variant_service.index_variant(session, proposal.slug, variant)


def _index_comments(session: Session, after_id: int) -> int | None:
    """Index the next comments; return the id of the last one, or None if there are no more."""
    statement = select(Comment).where(col(Comment.id) > after_id, col(Comment.deleted_at).is_(None))
    comments = session.exec(statement.order_by(col(Comment.id)).limit(_BATCH)).all()
    for comment in comments:
        discussion_service.index_comment(session, comment)
    return comments[-1].id if comments else None
