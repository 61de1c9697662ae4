"""What a bundle is made of, read in one go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session, col, select

from server.discussion.models import Comment
from server.documents.models import Proposal, Redesign, Variant, Version
from server.documents.queries import variant_key
from server.people.models import Person

_AT_ONCE = 5_000


@dataclass(frozen=True)
class DocumentData:
    """A proposal or page with all that belongs to it, in order."""

    proposal: Proposal
    redesign: Redesign
    versions: Sequence[Version]
    variants: Sequence[Variant]
    comments: Sequence[Comment]
    people: dict[int, Person]

    @cached_property
    def variant_names(self) -> dict[str, str]:
        """By the key of a variant the name that it has in a bundle."""
        return {variant_key(variant): f"variant {number}" for number, variant in enumerate(self.variants, 1)}

    def about(self, key: str) -> str:
        """Return how a bundle names what something is about."""
        return self.variant_names.get(key, key)


def load_document(session: Session, proposal: Proposal) -> DocumentData:
    """Read everything that belongs to a proposal or page."""
    of, key = col(Variant.proposal_id) == proposal.id, proposal.id
    versions = session.exec(select(Version).where(Version.proposal_id == key).order_by(col(Version.number))).all()
    variants = session.exec(select(Variant).where(of).order_by(col(Variant.id))).all()
    comments = session.exec(select(Comment).where(Comment.proposal_id == key).order_by(col(Comment.id))).all()
    named = {version.author_id for version in versions} | {
        variant.author_id for variant in variants if not variant.withdrawn
    }
    named |= {comment.author_id for comment in comments if comment.hidden_at is None}
    named |= {comment.answered_by for comment in comments}
    people = session.exec(select(Person).where(col(Person.id).in_(named - {None})).order_by(col(Person.id)))
    redesign = session.get_one(Redesign, proposal.redesign_id)
    return DocumentData(proposal, redesign, versions, variants, comments, {person.id or 0: person for person in people})


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a long list into parts that both databases take in one question."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def people_by_ulid(session: Session, ulids: Sequence[str]) -> dict[str, Person]:
    """Return people by their public ids."""
    return {
        one.ulid: one
        for batch in batched(ulids)
        for one in session.exec(select(Person).where(col(Person.ulid).in_(batch)))
    }


def people_by_name(session: Session, names: Sequence[str]) -> dict[str, list[Person]]:
    """Return people by their names; several may share one."""
    found: dict[str, list[Person]] = {}
    for batch in batched(sorted(set(names))):
        for person in session.exec(select(Person).where(col(Person.name).in_(batch)).order_by(col(Person.id))):
            found.setdefault(person.name, []).append(person)
    return found


def taken_comments(session: Session, ulids: Sequence[str]) -> set[str]:
    """Return which public ids comments have already."""
    found: set[str] = set()
    for batch in batched(ulids):
        found.update(session.exec(select(Comment.ulid).where(col(Comment.ulid).in_(batch))))
    return found


def redesign_by_ulid(session: Session, ulid: str) -> Redesign | None:
    """Return a redesign by its public id."""
    return session.exec(select(Redesign).where(Redesign.ulid == ulid)).first()
