"""Writes whom a redesign is for, and who may change it."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlmodel import Session, col, select

from server.documents import queries
from server.documents.models import Redesign, RedesignOwner
from server.errors import InvalidError
from server.messages import message
from server.people.models import Person
from server.plans_in_force.service import EVERYONE, Audience


def set_audience(session: Session, redesign: Redesign, audience: Audience) -> None:
    """Set whom a redesign is for; raises InvalidError if no one has all of the conditions."""
    redesign.titles, redesign.levels = list(audience.titles), list(audience.levels)
    redesign.regions, redesign.people = list(audience.regions), list(dict.fromkeys(audience.people))
    redesign.is_for_everyone = audience == EVERYONE
    if not redesign.is_for_everyone and not queries.audience_of(session, redesign):
        raise InvalidError(message("No one matches all of these. Remove a title, level, region or name."))
    session.add(redesign)
    session.flush()


def set_owners(session: Session, redesign: Redesign, people: Collection[int]) -> None:
    """Set who may change a redesign, by person id; raises InvalidError for someone who cannot publish."""
    owners = session.exec(select(Person).where(col(Person.id).in_(people))).all()
    for person in owners:
        if not person.can_publish:
            raise InvalidError(
                message("{name} is not an active manager. Only managers and admins can be owners.", name=person.name)
            )
    session.execute(delete(RedesignOwner).where(col(RedesignOwner.redesign_id) == redesign.id))
    session.add_all(RedesignOwner(redesign_id=redesign.id, person_id=person.id) for person in owners)
    session.add(redesign)  # its pages show who may change it
    session.flush()
