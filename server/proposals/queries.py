"""Reads of proposals, as columns rather than entities: these are the hottest pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from server.people.models import Person
from server.proposals.models import (
    Candidate,
    Draft,
    DraftShare,
    PlanInForce,
    Proposal,
    ReadMark,
    Redesign,
    Variant,
    Version,
)


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a proposal with all that its page says about it."""

    proposal_id: int
    slug: str
    current: int
    comments: int
    answered: int
    accepted: int
    version_id: int
    number: int
    title: str
    parts: Sequence[Any]
    note: str
    published_at: datetime
    readers: int
    origins: Sequence[int]
    author: str
    redesign: Redesign


@dataclass(frozen=True, slots=True)
class Structure:
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


_EDITION = (
    Proposal.id, Proposal.slug, Proposal.current, Proposal.comments, Proposal.answered, Proposal.accepted,
    Version.id, Version.number, Version.title, Version.parts, Version.note, Version.published_at, Version.readers,
    Version.origins, Person.name, Redesign,
)  # fmt: skip


def edition(session: Session, slug: str, number: int | None = None) -> Edition | None:
    """Return a version of a proposal, the current one unless a number is given; None when there is none."""
    statement = (
        select(*_EDITION)  # type: ignore[call-overload] # more columns than the overloads name
        .join(Version, col(Version.proposal_id) == col(Proposal.id))
        .join(Person, col(Person.id) == col(Version.author_id))
        .join(Redesign, col(Redesign.id) == col(Proposal.redesign_id))
        .where(Proposal.slug == slug, Version.number == (Proposal.current if number is None else number))
    )
    row = session.execute(statement).first()
    return Edition(*row) if row else None


def goals(session: Session, version_id: int) -> list[str]:
    """Return the goals of a version, in order."""
    return list(session.exec(select(Version.goals).where(Version.id == version_id)).one())


def structures(session: Session, version_id: int) -> list[Structure]:
    """Return the candidates of a version, in order."""
    statement = (
        select(Candidate.key, Candidate.position, Candidate.name, Candidate.text, Candidate.digest)  # type: ignore[call-overload]
        .where(Candidate.version_id == version_id)
        .order_by(col(Candidate.position))
    )
    return [Structure(*row) for row in session.execute(statement)]


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


VARIANT, LONGEST_KEY = "v", 10
"""The letter that the keys of variants begin with, as in v12."""


def variant_key(found: Variant) -> str:
    """Return the key that a variant goes by beside the candidates."""
    return f"{VARIANT}{found.id}"


def variant(session: Session, proposal_id: int, key: str) -> Variant | None:
    """Return a variant of a proposal by its key; None when there is none, or it was withdrawn."""
    if not (key.startswith(VARIANT) and key[1:].isascii() and key[1:].isdigit() and len(key) <= LONGEST_KEY):
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


def knows(session: Session, found: Edition, key: str) -> bool:
    """Say whether something of this key can be talked about and voted on: a candidate of the version, or a variant."""
    if key in {structure.key for structure in structures(session, found.version_id)}:
        return True
    return variant(session, found.proposal_id, key) is not None


def by_slug(session: Session, slug: str) -> Proposal | None:
    """Return a proposal, published or not."""
    return session.exec(select(Proposal).where(Proposal.slug == slug)).first()


def slug_of(session: Session, proposal_id: int) -> str:
    """Return the slug of a proposal."""
    return session.exec(select(Proposal.slug).where(Proposal.id == proposal_id)).one()


def version(session: Session, proposal_id: int, number: int) -> Version | None:
    """Return a version whole."""
    return session.exec(select(Version).where(Version.proposal_id == proposal_id, Version.number == number)).first()


def last_read(session: Session, proposal_id: int, person_id: int) -> tuple[int, int] | None:
    """Return key and number of the newest version that somebody has read."""
    statement = (
        select(Version.id, Version.number)
        .join(ReadMark, col(ReadMark.version_id) == col(Version.id))
        .where(Version.proposal_id == proposal_id, ReadMark.person_id == person_id)
        .order_by(col(Version.number).desc())
        .limit(1)
    )
    row = session.exec(statement).first()
    return (row[0] or 0, row[1]) if row else None


@dataclass(frozen=True, slots=True)
class Edit:
    """A line of the history."""

    number: int
    title: str
    note: str
    author: str
    published_at: datetime
    readers: int
    changes: int
    material: bool
    version_id: int


_EDIT = (
    Version.number, Version.title, Version.note, Person.name, Version.published_at, Version.readers, Version.changes,
    Version.material, Version.id,
)  # fmt: skip
PAGE_SIZE = 50


def history(session: Session, proposal_id: int, below: int | None = None) -> list[Edit]:
    """Return the newest versions, at most fifty, below a number if one is given."""
    statement = (
        select(*_EDIT)  # type: ignore[call-overload] # more columns than the overloads name
        .join(Person, col(Person.id) == col(Version.author_id))
        .where(Version.proposal_id == proposal_id)
        .order_by(col(Version.number).desc())
        .limit(PAGE_SIZE)
    )
    if below is not None:
        statement = statement.where(Version.number < below)
    return [Edit(*row) for row in session.execute(statement)]


def edits(session: Session, proposal_id: int, numbers: Iterable[int]) -> dict[int, Edit]:
    """Return some lines of the history by their numbers."""
    statement = (
        select(*_EDIT)  # type: ignore[call-overload]
        .join(Person, col(Person.id) == col(Version.author_id))
        .where(Version.proposal_id == proposal_id, col(Version.number).in_(set(numbers)))
    )
    return {row[0]: Edit(*row) for row in session.execute(statement)}


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal in a list."""

    slug: str
    title: str
    current: int
    comments: int
    answered: int
    audience: str
    feedback_until: date | None
    published_at: datetime


def published(session: Session) -> list[Listed]:
    """Return the proposals that have a version, newest first."""
    statement = (
        select(  # type: ignore[call-overload] # more columns than the overloads name
            Proposal.slug, Version.title, Proposal.current, Proposal.comments, Proposal.answered, Redesign.audience,
            Redesign.feedback_until, Version.published_at,
        )
        .join(Version, (col(Version.proposal_id) == col(Proposal.id)) & (col(Version.number) == col(Proposal.current)))
        .join(Redesign, col(Redesign.id) == col(Proposal.redesign_id))
        .order_by(col(Version.published_at).desc())
        .limit(PAGE_SIZE)
    )  # fmt: skip
    return [Listed(*row) for row in session.execute(statement)]


def drafts_of(session: Session, author_id: int) -> list[tuple[Draft, Proposal]]:
    """Return what somebody is writing, alone or with others."""
    shared = select(DraftShare.draft_id).where(DraftShare.person_id == author_id)
    statement = (
        select(Draft, Proposal)
        .join(Proposal, col(Proposal.id) == col(Draft.proposal_id))
        .where(or_(col(Draft.author_id) == author_id, col(Draft.id).in_(shared)))
        .order_by(col(Draft.saved_at).desc())
    )
    return [(row[0], row[1]) for row in session.exec(statement)]


def draft(session: Session, proposal_id: int, author_id: int) -> Draft | None:
    """Return somebody's draft of a proposal."""
    return session.exec(select(Draft).where(Draft.proposal_id == proposal_id, Draft.author_id == author_id)).first()


def draft_for(session: Session, proposal_id: int, person_id: int) -> Draft | None:
    """Return the draft that somebody writes on: the own one, or the newest that was shared with them."""
    shared = (
        select(Draft)
        .join(DraftShare, col(DraftShare.draft_id) == col(Draft.id))
        .where(Draft.proposal_id == proposal_id, DraftShare.person_id == person_id)
        .order_by(col(Draft.saved_at).desc())
    )
    return draft(session, proposal_id, person_id) or session.exec(shared).first()


def writers(session: Session, draft_id: int) -> list[tuple[int, str, str]]:
    """Return key, public id and name of those a draft is shared with."""
    statement = (
        select(Person.id, Person.ulid, Person.name)
        .join(DraftShare, col(DraftShare.person_id) == col(Person.id))
        .where(DraftShare.draft_id == draft_id)
        .order_by(col(Person.name))
    )
    return [(row[0] or 0, row[1], row[2]) for row in session.exec(statement)]


def due(session: Session, at: datetime) -> Draft | None:
    """Return a draft whose moment to come out has passed."""
    return session.exec(
        select(Draft).where(col(Draft.publish_at) <= at).order_by(col(Draft.publish_at)).limit(1)
    ).first()


def plan_in_force(session: Session) -> PlanInForce | None:
    """Return today's plan."""
    return session.exec(select(PlanInForce).order_by(col(PlanInForce.since).desc()).limit(1)).first()
