"""What happens when a version comes out."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from server.discussion import adoption, anchoring, notify
from server.documents import service as document_service
from server.documents.models import DocumentKind, Proposal, Version
from server.documents.service import PreparedVersion
from server.impact import service as impact_service


def publish(
    session: Session,
    proposal: Proposal,
    manuscript: PreparedVersion,
    author_id: int,
    at: datetime | None = None,
    taken: Collection[str] | None = None,
) -> Version:
    """Bring the next version out, in one transaction with everything that follows from it.

    `taken` are the accepted comments that it takes up; where nobody was asked, those whose words it changed.
    """
    version = document_service.publish_version(session, proposal, manuscript, author_id, at)
    kind = DocumentKind(proposal.kind)
    document_service.mark_read(session, proposal.slug, version.number, author_id, kind)
    if kind == DocumentKind.proposal:
        anchoring.reanchor(session, version)
        notify.notify_version(session, proposal, version, adoption.adopt(session, version, taken))
        impact_service.request_runs(session, version.id or 0)
    return version
