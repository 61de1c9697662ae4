"""Candidates of versions, variants beside them, and today's plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from server.documents.models import Candidate, PlanInForce, Variant, Version
from server.documents.queries.versions import PAGE_SIZE, VersionPage, VersionRef
from server.people.models import Person


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A candidate as pages need it."""

    key: str
    position: int
    name: str
    text: str
    digest: str

    @property
    def letter(self) -> str:
        """A to E, as it is called on every page."""
        return chr(ord("A") + self.position)


def goals(session: Session, version_id: int) -> list[str]:
    """Return the goals of a version, in order."""
    return list(session.exec(select(Version.goals).where(Version.id == version_id)).one())


_CANDIDATES = (
    select(Candidate.version_id, Candidate.key, Candidate.position, Candidate.name, Candidate.text, Candidate.digest)  # type: ignore[call-overload] # more columns than the overloads name
    .where(col(Candidate.version_id).in_(bindparam("versions", expanding=True)))
    .order_by(col(Candidate.position))
)
_IN_FORCE = select(PlanInForce).order_by(col(PlanInForce.since).desc()).limit(1)
"""Built once, like the one before: every screen of my pay asks both."""


def candidates(session: Session, version_id: int) -> list[CandidateView]:
    """Return the candidates of a version, in order."""
    return candidates_of(session, [version_id])[version_id]


def candidates_of(session: Session, version_ids: Sequence[int]) -> dict[int, list[CandidateView]]:
    """Return by version the candidates of several, in order."""
    found: dict[int, list[CandidateView]] = {version_id: [] for version_id in version_ids}
    session.flush()  # as the statement is not one of the ORM's, which would
    for row in session.connection().execute(_CANDIDATES, {"versions": list(version_ids)}):
        found[row[0]].append(CandidateView(*row[1:]))
    return found


def texts_of_other_versions(session: Session, version_id: int, most: int) -> list[str]:
    """Return the different candidates of a proposal's other versions, the newest first."""
    proposal_id = select(Version.proposal_id).where(Version.id == version_id).scalar_subquery()
    statement = (
        select(Candidate.text, Candidate.digest)
        .join(Version, col(Version.id) == col(Candidate.version_id))
        .where(Version.proposal_id == proposal_id, Version.id != version_id)
        .order_by(col(Version.number).desc(), col(Candidate.position))
    )
    own = set(session.exec(select(Candidate.digest).where(Candidate.version_id == version_id)))
    found = {digest: text for text, digest in session.exec(statement) if digest not in own}
    return list(found.values())[:most]


VARIANT, MAX_KEY = "v", 10
"""The letter that the keys of variants begin with, as in v12."""


def variant_key(found: Variant) -> str:
    """Return the key that a variant goes by beside the candidates."""
    return f"{VARIANT}{found.id}"


def variant(session: Session, proposal_id: int, key: str) -> Variant | None:
    """Return a variant of a proposal by its key; None when there is none, or it was withdrawn."""
    if not (key.startswith(VARIANT) and key[1:].isascii() and key[1:].isdigit() and len(key) <= MAX_KEY):
        return None
    found = session.get(Variant, int(key[1:]))
    return found if found and found.proposal_id == proposal_id and not found.withdrawn else None


def variants(session: Session, proposal_id: int) -> list[tuple[Variant, str | None]]:
    """Return the variants of a proposal with their authors' names, the newest first."""
    statement = (
        select(Variant, Person.name)
        .outerjoin(Person, col(Person.id) == col(Variant.author_id))
        .where(Variant.proposal_id == proposal_id, col(Variant.withdrawn).is_(False))
        .order_by(col(Variant.id).desc())
        .limit(PAGE_SIZE)
    )
    return [(found, author) for found, author in session.execute(statement)]


def knows(session: Session, found: VersionPage | VersionRef, key: str) -> bool:
    """Say whether something of this key can be talked about and voted on: a candidate of the version, or a variant."""
    if key in {structure.key for structure in candidates(session, found.version_id)}:
        return True
    return variant(session, found.proposal_id, key) is not None


def plan_in_force(session: Session) -> PlanInForce | None:
    """Return today's plan."""
    return session.exec(_IN_FORCE).first()
