"""Queries of how far people are on their way to signing in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, exists, or_
from sqlmodel import Session, col, select

from server.db.columns import now
from server.people.models import Company, Invitation, Person

_IS_SAMPLE = exists().where(col(Company.is_sample).is_(True))
"""The people of a sample company sign in without a password."""


class AccountState(StrEnum):
    """Whether a person can sign in."""

    not_invited = "not invited"
    invited = "invited"
    expired = "expired"
    joined = "joined"
    left = "left"


@dataclass(frozen=True, slots=True)
class Account:
    """A person's state, until when an unused link is valid, and whether it was mailed."""

    state: AccountState
    expires_at: datetime | None = None
    is_mailed: bool = False


def has_joined() -> ColumnElement[bool]:
    """Return the SQL condition that a person has access and can sign in."""
    return col(Person.active).is_(True) & or_(col(Person.password_hash).is_not(None), _IS_SAMPLE)


def accounts(session: Session) -> dict[int, Account]:
    """Return everyone's account by person id."""
    invitations = {
        invitation.person_id: invitation
        for invitation in session.exec(select(Invitation).where(col(Invitation.used_at).is_(None)))
    }
    joined = set(session.exec(select(Person.id).where(has_joined())))
    return {
        person_id: _account(is_active, person_id in joined, invitations.get(person_id))
        for person_id, is_active in session.exec(select(Person.id, Person.active))
    }


def _account(is_active: bool, has_joined: bool, invitation: Invitation | None) -> Account:  # noqa: FBT001 - both stated
    if not is_active:
        return Account(AccountState.left)
    state = AccountState.not_invited
    if invitation:
        state = AccountState.invited if invitation.expires_at > now() else AccountState.expired
    if has_joined:
        state = AccountState.joined
    expires = invitation.expires_at if invitation else None
    return Account(state, expires, bool(invitation and invitation.is_mailed))
