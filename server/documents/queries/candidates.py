"""Queries of the candidates of versions, of variants and of today's plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from server.comp.analysis.own_quotas import OwnQuotas
from server.documents.models import Candidate, Proposal, Redesign, Variant, Version
from server.documents.queries.versions import PAGE_SIZE, VersionPage, VersionRef
from server.people.models import Person


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A candidate as pages show it."""

    key: str
    position: int
    name: str
    text: str
    digest: str
    own_quotas: str = OwnQuotas.scaled

    @property
    def letter(self) -> str:
        """The letter that pages show, A to E."""
        return chr(ord("A") + self.position)


def goals(session: Session, version_id: int) -> list[str]:
    """Return the goals of a version, in order."""
    return list(session.exec(select(Version.goals).where(Version.id == version_id)).one())


_CANDIDATES = (
    select(  # type: ignore[call-overload]
        Candidate.version_id,
        Candidate.key,
        Candidate.position,
        Candidate.name,
        Candidate.text,
        Candidate.digest,
        Redesign.own_quotas,
    )
    .join(Version, col(Version.id) == col(Candidate.version_id))
    .join(Proposal, col(Proposal.id) == col(Version.proposal_id))
    .join(Redesign, col(Redesign.id) == col(Proposal.redesign_id))
    .where(col(Candidate.version_id).in_(bindparam("versions", expanding=True)))
    .order_by(col(Candidate.position))
)


def candidates(session: Session, version_id: int) -> list[CandidateView]:
    """Return the candidates of a version, in order."""
    return candidates_of(session, [version_id])[version_id]


def candidates_of(session: Session, version_ids: Sequence[int]) -> dict[int, list[CandidateView]]:
    """Return the candidates of several versions by version id, in order."""
    views: dict[int, list[CandidateView]] = {version_id: [] for version_id in version_ids}
    session.flush()  # only ORM statements flush by default
    for row in session.connection().execute(_CANDIDATES, {"versions": list(version_ids)}):
        views[row[0]].append(CandidateView(*row[1:]))
    return views


def candidate_texts_of_other_versions(session: Session, version_id: int, limit: int) -> list[str]:
    """Return the texts of candidates that only other versions of the proposal have, newest first."""
    proposal_id = select(Version.proposal_id).where(Version.id == version_id).scalar_subquery()
    statement = (
        select(Candidate.text, Candidate.digest)
        .join(Version, col(Version.id) == col(Candidate.version_id))
        .where(Version.proposal_id == proposal_id, Version.id != version_id)
        .order_by(col(Version.published_at).desc(), col(Version.id).desc(), col(Candidate.position))
    )
    own_digests = set(session.exec(select(Candidate.digest).where(Candidate.version_id == version_id)))
    texts = {digest: text for text, digest in session.exec(statement) if digest not in own_digests}
    return list(texts.values())[:limit]


VARIANT_PREFIX = "v"
"""The keys of variants begin with this letter, as in v12."""
MAX_VARIANT_KEY = 10


def variant_key(variant: Variant) -> str:
    """Return the key that tells a variant from the candidates."""
    return f"{VARIANT_PREFIX}{variant.id}"


def variant(session: Session, proposal_id: int, key: str) -> Variant | None:
    """Return a variant of a proposal by its key, or None if there is none or it was withdrawn."""
    number = key.removeprefix(VARIANT_PREFIX)
    if number == key or not (number.isascii() and number.isdigit() and len(key) <= MAX_VARIANT_KEY):
        return None
    row = session.get(Variant, int(number))
    return row if row and row.proposal_id == proposal_id and not row.withdrawn else None


def variants(session: Session, proposal_id: int) -> list[tuple[Variant, str | None]]:
    """Return the variants of a proposal with their authors' names, newest first."""
    statement = (
        select(Variant, Person.name)
        .outerjoin(Person, col(Person.id) == col(Variant.author_id))
        .where(Variant.proposal_id == proposal_id, col(Variant.withdrawn).is_(False))
        .order_by(col(Variant.id).desc())
        .limit(PAGE_SIZE)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def candidate_exists(session: Session, version: VersionPage | VersionRef, key: str) -> bool:
    """Return whether a version has a candidate, or its proposal a variant, with this key."""
    if key in {candidate.key for candidate in candidates(session, version.version_id)}:
        return True
    return variant(session, version.proposal_id, key) is not None
