"""Reads whom redesigns are for, and who may change them."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, column, table
from sqlmodel import Session, col, select

from server.documents.models import CoAuthor, Draft, Proposal, Redesign, RedesignOwner
from server.documents.queries.drafts import responsible_people
from server.people.models import Person, Role
from server.people.queries import Readership, Viewer, active_names, company_today, readership
from server.plans_in_force import queries as plan_queries

READ_ALL = (Role.manager, Role.executive, Role.admin)
"""Roles that read every redesign; see `Permissions.reads_all_redesigns`."""


def hidden_redesigns(session: Session, viewer: Viewer) -> frozenset[int]:
    """Return the redesigns that are not for a viewer, by id; managers, executives and admins read all."""
    if viewer.reads_all_redesigns or not viewer.is_any_limited:
        return frozenset()
    person = plan_queries.person_on(session, viewer.id, company_today(session))
    limited = limited_redesigns(session)
    return frozenset(redesign.id for redesign in limited if person is None or not plan_queries.is_for(redesign, person))


def limited_redesigns(session: Session) -> list[Redesign]:
    """Return the redesigns that are not for everyone."""
    return list(session.exec(select(Redesign).where(col(Redesign.is_for_everyone).is_(False))))


def hidden_documents(session: Session, viewer: Viewer) -> list[int]:
    """Return the documents that are not for a viewer, by id."""
    hidden = hidden_redesigns(session, viewer)
    if not hidden:
        return []
    return sorted(session.exec(select(Proposal.id).where(col(Proposal.redesign_id).in_(hidden))))


def readers_of(session: Session, redesign: Redesign) -> frozenset[int] | None:
    """Return who may read a redesign, by person id; None for everyone."""
    if redesign.is_for_everyone:
        return None
    read_all = session.exec(select(Person.id).where(col(Person.role).in_(READ_ALL)))
    return audience_of(session, redesign) | frozenset(read_all)


def people_to_notify(session: Session, redesign: Redesign, proposal_id: int) -> frozenset[int]:
    """Return who is notified of versions: the active audience, and who answers for the document, by person id."""
    active = frozenset(person_id for person_id, _ in active_names(session))
    if redesign.is_for_everyone:
        return active
    return active & (audience_of(session, redesign) | responsible_people(session, proposal_id))


def audience_of(session: Session, redesign: Redesign) -> frozenset[int]:
    """Return the people whom the conditions of a redesign include today, by id."""
    return plan_queries.people_for(session, redesign, company_today(session))


def readership_of(session: Session, redesign: Redesign) -> Readership:
    """Return how many reps of the audience can sign in, and what they are promised."""
    return readership(session, None if redesign.is_for_everyone else audience_of(session, redesign))


def owners_of(session: Session, redesign_id: int) -> list[Person]:
    """Return the owners of a redesign who can publish, by name; who left or is no manager any more owns nothing."""
    statement = select(Person).join(RedesignOwner, col(RedesignOwner.person_id) == col(Person.id))
    is_owned = RedesignOwner.redesign_id == redesign_id
    return list(session.exec(statement.where(is_owned, *_CAN_PUBLISH).order_by(col(Person.name))))


_CAN_PUBLISH = (col(Person.active).is_(True), col(Person.role).in_((Role.manager, Role.admin)))
"""As `Person.can_publish`."""


def editable_redesigns(session: Session, viewer: Viewer, redesign_ids: Collection[int]) -> frozenset[int]:
    """Return which redesigns a viewer may edit, publish, answer and move, by id.

    Admins and owners may; managers also where there is no owner.
    """
    if not viewer.is_manager:
        return frozenset()
    return frozenset(redesign_ids) if viewer.is_admin else _editable(session, viewer.id, redesign_ids)


def may_person_edit(session: Session, person: Person, redesign_id: int) -> bool:
    """Return whether someone who can publish may change a redesign."""
    return person.role == Role.admin or bool(_editable(session, person.id, [redesign_id]))


def _editable(session: Session, person_id: int, redesign_ids: Collection[int]) -> frozenset[int]:
    owners = select(RedesignOwner).join(Person, col(Person.id) == col(RedesignOwner.person_id))
    rows = session.exec(owners.where(col(RedesignOwner.redesign_id).in_(redesign_ids), *_CAN_PUBLISH)).all()
    owned = {owner.redesign_id for owner in rows}
    own = {owner.redesign_id for owner in rows if owner.person_id == person_id}
    return frozenset(redesign_id for redesign_id in redesign_ids if redesign_id in own or redesign_id not in owned)


def may_edit_at(session: Session, viewer: Viewer, *, slug: str | None = None, comment: str | None = None) -> bool:
    """Return whether a manager may change the redesign that `redesign_at` returns, by one statement."""
    is_owned = col(RedesignOwner.redesign_id) == col(Proposal.redesign_id)
    is_owner = and_(col(Person.id) == col(RedesignOwner.person_id), *_CAN_PUBLISH)
    statement = select(Person.id).select_from(Proposal).outerjoin(RedesignOwner, is_owned).outerjoin(Person, is_owner)
    owners = set(session.exec(_at(statement, slug, comment))) - {None}
    return viewer.is_admin or not owners or viewer.id in owners


def may_edit_draft(session: Session, viewer: Viewer, slug: str) -> bool:
    """Return whether someone who may change the redesign shares a draft of a document with a viewer."""
    statement = (
        select(Person, Proposal.redesign_id)
        .join(Draft, col(Draft.author_id) == col(Person.id))
        .join(Proposal, col(Proposal.id) == col(Draft.proposal_id))
        .join(
            CoAuthor,
            and_(
                col(CoAuthor.proposal_id) == col(Draft.proposal_id),
                col(CoAuthor.author_id) == col(Draft.author_id),
            ),
        )
        .where(CoAuthor.person_id == viewer.id, Proposal.slug == slug, *_CAN_PUBLISH)
    )
    return any(may_person_edit(session, author, redesign_id) for author, redesign_id in session.exec(statement))


_COMMENTS = table("comments", column("ulid"), column("proposal_id"))
"""A table of the discussion package, which this one may not import."""


def redesign_at(session: Session, *, slug: str | None = None, comment: str | None = None) -> int | None:
    """Return the id of the redesign of a document by slug, or of the document of a comment by public id."""
    redesign_id: int | None = session.exec(_at(select(Proposal.redesign_id), slug, comment)).first()
    return redesign_id


def _at(statement: Any, slug: str | None, comment: str | None) -> Any:
    """Narrow a query of documents to the one with a slug or a comment."""
    if comment is None:
        return statement.where(Proposal.slug == slug)
    return statement.join(_COMMENTS, _COMMENTS.c.proposal_id == Proposal.id).where(_COMMENTS.c.ulid == comment)


def redesigns_of_comments(session: Session, ulids: Collection[str]) -> set[int]:
    """Return the redesigns of comments by public id."""
    statement = select(Proposal.redesign_id).join(_COMMENTS, _COMMENTS.c.proposal_id == Proposal.id)
    return set(session.exec(statement.where(_COMMENTS.c.ulid.in_(ulids))))
