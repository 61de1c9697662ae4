"""The redesign that the path of a proposal names."""

from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.models import Proposal, Redesign
from server.errors import NotFoundError


def existing_redesign(session: Session, slug: str) -> tuple[Proposal, Redesign]:
    """Return a proposal and its redesign; raises NotFoundError if there is no such proposal."""
    proposal = document_queries.by_slug(session, slug)
    redesign = document_queries.redesign(session, proposal.redesign_id) if proposal else None
    if proposal is None or redesign is None:
        raise NotFoundError
    return proposal, redesign


def page_after_saving(proposal: Proposal) -> str:
    """Return the page that shows what was saved: the proposal, or its editor before it is published."""
    return proposal.url if proposal.current else f"{proposal.url}/edit"
