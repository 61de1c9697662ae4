"""Reads the content of an archive, and what an import compares it with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session, col, select

from server.discussion.models import Comment
from server.documents.models import Proposal, Redesign, Variant, Version
from server.documents.queries import variant_key
from server.people.models import Person

_BATCH_SIZE = 5_000


@dataclass(frozen=True)
class DocumentData:
    """A proposal or page with everything that an archive of it contains, in order."""

    proposal: Proposal
    redesign: Redesign
    versions: Sequence[Version]
    variants: Sequence[Variant]
    comments: Sequence[Comment]
    people: dict[int, Person]

    @cached_property
    def variant_names(self) -> dict[str, str]:
        """The name of each variant in an archive, by the variant's key."""
        return {variant_key(variant): f"variant {number}" for number, variant in enumerate(self.variants, 1)}

    def about(self, key: str) -> str:
        """Return the name in an archive of what a comment or variant is about."""
        return self.variant_names.get(key, key)


def load_document(session: Session, proposal: Proposal) -> DocumentData:
    """Return a proposal or page with everything that an archive of it contains."""
    key = proposal.id
    version_query = select(Version).where(Version.proposal_id == key, Version.number > 0).order_by(col(Version.number))
    variant_query = select(Variant).where(Variant.proposal_id == key).order_by(col(Variant.id))
    comment_query = select(Comment).where(Comment.proposal_id == key).order_by(col(Comment.id))
    versions = session.exec(version_query).all()
    variants = session.exec(variant_query).all()
    comments = session.exec(comment_query).all()
    person_ids: set[int | None] = {version.author_id for version in versions}
    person_ids |= {variant.author_id for variant in variants if not variant.withdrawn}
    person_ids |= {comment.author_id for comment in comments if comment.hidden_at is None}
    person_ids |= {comment.answered_by for comment in comments}
    person_query = select(Person).where(col(Person.id).in_(person_ids - {None})).order_by(col(Person.id))
    people = {person.id: person for person in session.exec(person_query)}
    redesign = session.get_one(Redesign, proposal.redesign_id)
    return DocumentData(proposal, redesign, versions, variants, comments, people)


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Split a long list into batches that are small enough for one query of either database."""
    for start in range(0, len(values), _BATCH_SIZE):
        yield values[start : start + _BATCH_SIZE]


def people_by_ulid(session: Session, ulids: Sequence[str]) -> dict[str, Person]:
    """Return people by their public ids."""
    return {
        person.ulid: person
        for batch in batched(ulids)
        for person in session.exec(select(Person).where(col(Person.ulid).in_(batch)))
    }


def people_by_name(session: Session, names: Sequence[str]) -> dict[str, list[Person]]:
    """Return people by their names; several may share a name."""
    people: dict[str, list[Person]] = {}
    for batch in batched(sorted(set(names))):
        statement = select(Person).where(col(Person.name).in_(batch)).order_by(col(Person.id))
        for person in session.exec(statement):
            people.setdefault(person.name, []).append(person)
    return people


def existing_comment_ulids(session: Session, ulids: Sequence[str]) -> set[str]:
    """Return which of these public ids comments already have."""
    existing: set[str] = set()
    for batch in batched(ulids):
        existing.update(session.exec(select(Comment.ulid).where(col(Comment.ulid).in_(batch))))
    return existing


def redesign_by_ulid(session: Session, ulid: str) -> Redesign | None:
    """Return a redesign by its public id."""
    return session.exec(select(Redesign).where(Redesign.ulid == ulid)).first()
