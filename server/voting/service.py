"""Writes of pulse votes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, literal, select
from sqlmodel import Session, col

from server.db.columns import now
from server.db.upsert import insert
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents import stages
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.page_cache import INVALIDATES_PROPOSAL
from server.voting.models import Pulse, PulseChoice

MAX_REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Vote:
    """A choice on a candidate of a version, with an optional reason."""

    slug: str
    number: int
    candidate: str
    choice: str = ""
    reason: str = ""
    version_id: int = 0
    """That of the version, where the form states it: a number may be of a version that was withdrawn."""


def cast_pulse(session: Session, vote: Vote, voter_id: int, at: datetime | None = None) -> int:
    """Save a person's vote on a candidate of a version, replacing an earlier one; return the proposal's key.

    Raises NotFoundError, InvalidError, ClosedStageError outside the days of feedback and vote, or ConflictError when a
    newer version is published.
    """
    choice, reason = vote.choice, " ".join(vote.reason.split())
    if choice not in set(PulseChoice):
        raise InvalidError(message("“{choice}” is not an answer. Choose one of the four answers.", choice=choice[:40]))
    if len(reason) > MAX_REASON_LENGTH:
        raise InvalidError(message("Your reason is longer than {most} characters. Shorten it.", most=MAX_REASON_LENGTH))
    version = _open_version(session, vote, at)
    row = insert(session, Pulse).values(
        version_id=version.version_id,
        candidate=vote.candidate,
        person_id=voter_id,
        choice=choice,
        reason=reason,
        cast_at=at or now(),
    )
    session.execute(
        row.on_conflict_do_update(
            index_elements=["version_id", "candidate", "person_id"],
            set_={
                "choice": row.excluded.choice,
                "reason": row.excluded.reason,
                "cast_at": row.excluded.cast_at,
            },
        ),
        execution_options={INVALIDATES_PROPOSAL: version.proposal_id},
    )
    return version.proposal_id


def withdraw(session: Session, vote: Vote, voter_id: int) -> int:
    """Delete a person's vote on a candidate of a version, if there is one; return the proposal's key.

    Raises NotFoundError, ClosedStageError or ConflictError as `cast_pulse` does.
    """
    version = _open_version(session, vote)
    session.execute(
        delete(Pulse).where(
            col(Pulse.version_id) == version.version_id,
            col(Pulse.candidate) == vote.candidate,
            col(Pulse.person_id) == voter_id,
        ),
        execution_options={INVALIDATES_PROPOSAL: version.proposal_id},
    )
    return version.proposal_id


def _open_version(session: Session, vote: Vote, at: datetime | None = None) -> document_queries.VersionRef:
    """Return the version if people can vote on its candidate now, and lock it against a newer one."""
    version = document_queries.version_ref(session, vote.slug, vote.number)
    if version is None or not document_queries.candidate_exists(session, version, vote.candidate):
        raise NotFoundError
    stages.check_open(session, document_queries.redesign_of(session, version.proposal_id), at.date() if at else None)
    current = document_service.lock_current_version(session, version.proposal_id)
    if version.number != current:
        raise ConflictError(
            message("Version {number} has been published. Read what changed, then vote on it.", number=current)
        )
    version.check_is(vote.version_id)
    return version


def copy_votes(session: Session, earlier_id: int, later_id: int, keys: Mapping[str, str]) -> None:
    """Count the votes on a version for a later one as well, which changes nothing that people voted on.

    `keys` are those of the candidates in the later version, by their key in the earlier one; variants keep theirs.
    """
    columns = ["version_id", "candidate", "person_id", "choice", "reason", "cast_at"]
    of_variants = col(Pulse.candidate).startswith(document_queries.VARIANT_PREFIX)
    copies = [(col(Pulse.candidate) == earlier, literal(later)) for earlier, later in keys.items()]
    for is_copied, candidate in [*copies, (of_variants, col(Pulse.candidate))]:
        votes = select(
            literal(later_id), candidate, col(Pulse.person_id), col(Pulse.choice), col(Pulse.reason), col(Pulse.cast_at)
        ).where(col(Pulse.version_id) == earlier_id, is_copied)
        session.execute(insert(session, Pulse).from_select(columns, votes))
    session.flush()
