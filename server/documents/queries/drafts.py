"""Queries of drafts and their co-authors."""

from datetime import datetime

from sqlmodel import Session, and_, col, or_, select

from server.documents.models import CoAuthor, DocumentKind, Draft, Proposal, RedesignOwner, Version
from server.people.models import Person

_SHARED = and_(
    col(CoAuthor.proposal_id) == col(Draft.proposal_id),
    col(CoAuthor.author_id) == col(Draft.author_id),
)


def drafts_of(
    session: Session, author_id: int, kind: DocumentKind = DocumentKind.proposal
) -> list[tuple[Draft, Proposal]]:
    """Return the drafts a person writes, their own and those shared with them, last saved first."""
    shared = select(Draft.id).join(CoAuthor, _SHARED).where(CoAuthor.person_id == author_id)
    statement = (
        select(Draft, Proposal)
        .join(Proposal, col(Proposal.id) == col(Draft.proposal_id))
        .where(Proposal.kind == kind, or_(col(Draft.author_id) == author_id, col(Draft.id).in_(shared)))
        .order_by(col(Draft.saved_at).desc())
    )
    return [(row[0], row[1]) for row in session.exec(statement)]


def draft(session: Session, proposal_id: int, author_id: int) -> Draft | None:
    """Return an author's draft of a document."""
    return session.exec(select(Draft).where(Draft.proposal_id == proposal_id, Draft.author_id == author_id)).first()


def draft_for(session: Session, proposal_id: int, person_id: int) -> Draft | None:
    """Return a person's own draft of a document, or else the newest one shared with them."""
    shared = (
        select(Draft)
        .join(CoAuthor, _SHARED)
        .where(Draft.proposal_id == proposal_id, CoAuthor.person_id == person_id)
        .order_by(col(Draft.saved_at).desc())
    )
    return draft(session, proposal_id, person_id) or session.exec(shared).first()


def responsible_people(session: Session, proposal_id: int) -> set[int]:
    """Return who answers for a document: the owners of its redesign, and who writes it."""
    authors = set(session.exec(select(Version.author_id).where(Version.proposal_id == proposal_id)))
    co_authors = set(session.exec(select(CoAuthor.person_id).where(CoAuthor.proposal_id == proposal_id)))
    owners = select(RedesignOwner.person_id).join(Proposal, col(Proposal.redesign_id) == col(RedesignOwner.redesign_id))
    return authors | co_authors | set(session.exec(owners.where(Proposal.id == proposal_id)))


def co_authors(session: Session, proposal_id: int, author_id: int) -> list[tuple[int, str, str]]:
    """Return the id, public id and name of the people with whom an author shares drafts of a document."""
    statement = (
        select(Person.id, Person.ulid, Person.name)
        .join(CoAuthor, col(CoAuthor.person_id) == col(Person.id))
        .where(CoAuthor.proposal_id == proposal_id, CoAuthor.author_id == author_id)
        .order_by(col(Person.name))
    )
    return [(row[0] or 0, row[1], row[2]) for row in session.exec(statement)]


def due_draft(session: Session, at: datetime) -> Draft | None:
    """Return the draft whose scheduled time passed first, or None."""
    return session.exec(
        select(Draft).where(col(Draft.publish_at) <= at).order_by(col(Draft.publish_at)).limit(1)
    ).first()
