"""Publishes a version and everything that depends on it."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from server.discussion import adoption, anchoring, notify
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.candidate_matching import with_same_terms
from server.documents.models import DocumentKind, DocumentRef, Proposal, Redesign, Version
from server.documents.service import PreparedVersion
from server.errors import NotFoundError
from server.impact import service as impact_service
from server.notifications import service as notification_service
from server.plans_in_force.service import Audience
from server.variants import service as variant_service
from server.voting import service as voting_service


def publish(
    session: Session,
    proposal: Proposal,
    prepared: PreparedVersion,
    author_id: int,
    at: datetime | None = None,
    included: Collection[str] | None = None,
) -> Version:
    """Publish the next version and everything that depends on it, in one transaction.

    `included` are the public ids of the accepted comments that it includes; None means those whose text it
    changes.
    """
    version = document_service.publish_version(session, proposal, prepared, author_id, at)
    kind = DocumentKind(proposal.kind)
    document_service.mark_read(session, proposal.slug, version.number, author_id, kind)
    if kind == DocumentKind.proposal:
        anchoring.reanchor(session, version)
        notify.notify_version(session, proposal, version, adoption.adopt(session, version, included))
        impact_service.request_runs(session, version.id)
        variant_service.record_promotions(session, version)
        if version.number > 1 and not version.material:
            _copy_votes(session, version)
    return version


def set_audience(session: Session, redesign: Redesign, audience: Audience) -> None:
    """Set whom a redesign is for, and remove what others were told of it; raises InvalidError if no one remains."""
    document_service.set_audience(session, redesign, audience)
    remove_from_others(session, redesign)


def remove_from_others(session: Session, redesign: Redesign) -> None:
    """Remove the notices and unsent mail about a redesign of everyone who may not read it."""
    readers = document_queries.readers_of(session, redesign)
    if readers is None:
        return
    documents = document_queries.documents_of(session, redesign.id)
    paths = [
        DocumentRef(slug, DocumentKind(document.kind)).url
        for document in documents
        for slug in (document.slug, *document_queries.former_slugs(session, document.id))
    ]
    comments = discussion_queries.comment_paths([document.id for document in documents])
    notification_service.remove_for_others(session, readers, paths, comments)


def _copy_votes(session: Session, version: Version) -> None:
    """Count the votes on the version before for a version that changes nothing that people voted on."""
    earlier = document_queries.version(session, version.proposal_id, version.number - 1)
    if earlier is None:
        raise NotFoundError
    candidates = document_queries.candidates_of(session, [earlier.id, version.id])
    keys = with_same_terms(candidates[earlier.id], candidates[version.id])
    voting_service.copy_votes(session, earlier.id, version.id, keys)
