"""Decisions about pulse votes."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from server.db.columns import now
from server.db.upsert import insert
from server.documents import queries as document_queries
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.page_cache import INVALIDATES_PROPOSAL
from server.voting.models import Pulse, PulseChoice

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Vote:
    """A choice, with a reason if one likes, on a candidate of a version."""

    slug: str
    number: int
    candidate: str
    choice: str
    reason: str = ""


def cast_pulse(session: Session, vote: Vote, voter_id: int, at: datetime | None = None) -> int:
    """Keep a person's choice and reason on a candidate of a version, in place of an earlier one; return the proposal.

    Raises NotFoundError, InvalidError, or ConflictError when the version is no longer the current one.
    """
    choice, reason = vote.choice, " ".join(vote.reason.split())
    if choice not in set(PulseChoice):
        raise InvalidError(message("“{choice}” is not an answer. Choose one of the four.", choice=choice[:40]))
    if len(reason) > LONGEST_REASON:
        raise InvalidError(message("The reason is longer than {most} characters. Shorten it.", most=LONGEST_REASON))
    edition = document_queries.version_ref(session, vote.slug, vote.number)
    if edition is None or not document_queries.knows(session, edition, vote.candidate):
        raise NotFoundError
    if edition.number != edition.current:
        raise ConflictError(
            message("Version {number} is out by now. Read what changed, then vote on it.", number=edition.current)
        )
    row = insert(session, Pulse).values(
        version_id=edition.version_id,
        candidate=vote.candidate,
        person_id=voter_id,
        choice=choice,
        reason=reason,
        cast_at=at or now(),
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["version_id", "candidate", "person_id"],
            set_={"choice": row.excluded.choice, "reason": row.excluded.reason, "cast_at": row.excluded.cast_at},
        ),
        execution_options={INVALIDATES_PROPOSAL: edition.proposal_id},
    )
    return edition.proposal_id
