"""Starts redesigns and documents, changes their slugs, and archives them."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from server.db.columns import now
from server.documents import queries
from server.documents.models import DocumentKind, FormerSlug, Proposal, Redesign, RedesignOwner
from server.documents.service.prepare import checked_title
from server.documents.service.versions import reindex, remove_from_index
from server.errors import ConflictError, InvalidError
from server.messages import message
from server.text.slugs import slug_of

RESERVED = frozenset({"new"})
"""Slugs that no document may have."""


def start_redesign(
    session: Session,
    title: str,
    audience: str,
    year: str,
    days: Mapping[str, date] | None = None,
    owner_id: int | None = None,
) -> Redesign:
    """Create a redesign; `days` are the dates of its stages by column name. Without an owner every manager may edit."""
    redesign = Redesign(title=title, audience=audience, year=year)
    redesign.sqlmodel_update(dict(days or {}))
    session.add(redesign)
    session.flush()
    if owner_id is not None:
        session.add(RedesignOwner(redesign_id=redesign.id, person_id=owner_id))
        session.flush()
    return redesign


def close_redesign(session: Session, redesign: Redesign, result: str) -> None:
    """Close a redesign with its result: no more comments, votes or variants; raises InvalidError without a result."""
    text = result.strip()
    if not text:
        raise InvalidError(message("Write what came of the redesign. Everyone can read it."))
    redesign.closed_at, redesign.result = redesign.closed_at or now(), text
    session.add(redesign)
    session.flush()


def reopen_redesign(session: Session, redesign: Redesign) -> None:
    """Open a closed redesign again; its result stays in the form for the next time."""
    redesign.closed_at = None
    session.add(redesign)
    session.flush()


def start_proposal(
    session: Session, redesign: Redesign, title: str, kind: DocumentKind = DocumentKind.proposal
) -> Proposal:
    """Create a proposal or page with a unique slug; raises InvalidError for a missing or too long title."""
    clean_title = checked_title(title)
    base = slug_of(clean_title, kind)
    slug, number = base, 1
    while slug in RESERVED or queries.is_slug_taken(session, slug):
        number += 1
        slug = f"{base}-{number}"
    proposal = Proposal(redesign_id=redesign.id, kind=kind, slug=slug, title=clean_title)
    session.add(proposal)
    session.flush()
    return proposal


def move(session: Session, proposal: Proposal, address: str) -> None:
    """Change the slug of a document; the old one redirects to it from then on.

    Raises InvalidError for an address without a letter or digit, ConflictError for one of another document.
    """
    slug = slug_of(address, "")
    if not slug or slug in RESERVED:
        raise InvalidError(message("An address needs a letter or a digit and cannot be “new”."))
    if slug == proposal.slug:
        return
    if queries.is_slug_taken(session, slug, except_for=proposal.id):
        raise ConflictError(message("Another page has or once had this address. Choose a different one."))
    session.execute(delete(FormerSlug).where(col(FormerSlug.slug) == slug))
    session.add(FormerSlug(slug=proposal.slug, proposal_id=proposal.id))
    proposal.slug = slug
    session.add(proposal)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise ConflictError(message("Someone else has just taken this address. Choose a different one.")) from None
    reindex(session, proposal)


def archive(session: Session, proposal: Proposal, *, is_archived: bool) -> None:
    """Archive a document, which removes it from lists and search but not from its URL, or unarchive it.

    Raises InvalidError for a proposal of a redesign that is not closed: what people vote on stays in the lists.
    """
    if not queries.can_be_archived(session, proposal):
        raise InvalidError(message("Close the redesign first: what people vote on stays in the lists."))
    proposal.archived_at = now() if is_archived else None
    session.add(proposal)
    session.flush()
    if is_archived:
        remove_from_index(session, proposal)
    else:
        reindex(session, proposal)
