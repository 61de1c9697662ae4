"""Where things stand: redesigns opened, proposals and pages put on their shelf under an address, moved, archived."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from server.db.columns import now
from server.documents import queries
from server.documents.models import DocumentKind, FormerSlug, Proposal, Redesign
from server.documents.service.prepare import checked_title
from server.documents.service.versions import reindex, remove_from_index
from server.errors import ConflictError, InvalidError
from server.messages import message
from server.text.slugs import slug_of

RESERVED = frozenset({"new"})
"""Words that addresses need for themselves."""


def start_redesign(
    session: Session, title: str, audience: str, year: str, days: Mapping[str, date] | None = None
) -> Redesign:
    """Open a redesign with the days of its stages, by the names of the table's columns."""
    redesign = Redesign(title=title, audience=audience, year=year)
    redesign.sqlmodel_update(dict(days or {}))
    session.add(redesign)
    session.flush()
    return redesign


def start_proposal(
    session: Session, redesign: Redesign, title: str, kind: DocumentKind = DocumentKind.proposal
) -> Proposal:
    """Open a proposal, or a page beside one, under a slug of its own."""
    checked = checked_title(title)
    base = slug_of(checked, kind)
    slug, number = base, 1
    while slug in RESERVED or queries.is_taken(session, slug):
        number += 1
        slug = f"{base}-{number}"
    proposal = Proposal(redesign_id=redesign.id or 0, kind=kind, slug=slug, title=checked)
    session.add(proposal)
    session.flush()
    return proposal


def move(session: Session, proposal: Proposal, wanted: str) -> None:
    """Give a proposal or page another address; the old one leads to it from then on.

    Raises InvalidError for an address without a letter, ConflictError for one that is or was another's.
    """
    slug = slug_of(wanted, "")
    if not slug or slug in RESERVED:
        raise InvalidError(message("An address needs a letter or a digit, and cannot be “new”."))
    if slug == proposal.slug:
        return
    if queries.is_taken(session, slug, apart_from=proposal.id):
        raise ConflictError(message("Another page is at this address, or once was. Choose another one."))
    session.execute(delete(FormerSlug).where(col(FormerSlug.slug) == slug))
    session.add(FormerSlug(slug=proposal.slug, proposal_id=proposal.id or 0))
    proposal.slug = slug
    session.add(proposal)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise ConflictError(message("Somebody else has just taken this address. Choose another one.")) from None
    reindex(session, proposal)


def archive(session: Session, proposal: Proposal, *, is_archived: bool) -> None:
    """Take a page out of lists and search, or put it back; its address goes on working.

    Raises InvalidError for a proposal that was written here: what people voted on stays where it is.
    """
    if not proposal.can_be_archived:
        raise InvalidError(message("A proposal that was written here cannot be archived."))
    proposal.archived_at = now() if is_archived else None
    session.add(proposal)
    session.flush()
    if is_archived:
        remove_from_index(session, proposal)
    else:
        reindex(session, proposal)
