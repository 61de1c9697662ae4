"""What happens when a version comes out."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from server.discussion import adopting, placing, telling
from server.impact import service as impact
from server.proposals import service as proposals
from server.proposals.models import Kind, Proposal, Version
from server.proposals.service import Manuscript


def publish(
    session: Session,
    proposal: Proposal,
    manuscript: Manuscript,
    author_id: int,
    at: datetime | None = None,
    taken: Collection[str] | None = None,
) -> Version:
    """Bring the next version out, in one transaction with everything that follows from it.

    `taken` are the accepted comments that it takes up; where nobody was asked, those whose words it changed.
    """
    version = proposals.publish_version(session, proposal, manuscript, author_id, at)
    kind = Kind(proposal.kind)
    proposals.mark_read(session, proposal.slug, version.number, author_id, kind)
    if kind == Kind.proposal:
        placing.follow(session, version)
        telling.of_version(session, proposal, version, adopting.adopt(session, version, taken))
        impact.order_for_version(session, version.id or 0)
    return version
