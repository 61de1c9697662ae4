"""Drafts that come out by themselves."""

from collections.abc import Callable

from server.db.columns import now
from server.db.session import Database
from server.errors import AppError
from server.proposals import queries
from server.proposals import service as proposals
from server.proposals.models import Draft, Kind, Proposal
from server.proposals.service import Text
from server.publishing import service

Tell = Callable[[str, str], None]
"""Tells open pages of a channel that something happened."""


def publish_due(database: Database, tell: Tell) -> bool:
    """Bring out a draft whose moment has come; what cannot come out is kept and says why."""
    with database.reading() as session:
        draft = queries.due(session, now())
        proposal = session.get(Proposal, draft.proposal_id) if draft else None
        before = queries.version(session, draft.proposal_id, draft.base) if draft and draft.base else None
    if draft is None or proposal is None:
        return False
    try:
        text = Text(draft.title, draft.markdown, draft.note, draft.base, draft.revision)
        manuscript = proposals.prepare(text, before, Kind(proposal.kind))
        with database.writing() as session:
            if not proposals.take_due(session, draft):
                return True  # somebody else has taken it, or its author has changed it meanwhile
            held = session.get(Proposal, draft.proposal_id)
            assert held  # noqa: S101 - its draft names it
            service.publish(session, held, manuscript, draft.author_id)
            session.commit()
    except AppError as error:
        _hold_up(database, draft, str(error.sentence))
    else:
        tell(f"proposal-{proposal.slug}", "version")
    return True


def _hold_up(database: Database, draft: Draft, why: str) -> None:
    with database.writing() as session:
        proposals.hold_up(session, draft, why)
        session.commit()
