"""Adds to the audit log, in the transaction of the action."""

from sqlmodel import Session

from server.audit.actions import ACTIONS
from server.audit.models import AuditEntry
from server.people.models import Person

_MAX_VALUE_LENGTH = 500


def record(
    session: Session, action: str, actor_id: int | None, subject: str = "", url: str = "", **values: str
) -> AuditEntry:
    """Record an action of ACTIONS by a person, None for the command line.

    `subject` is the name of what was acted on and `url` its page; `values` are the other words of the sentence.
    """
    if action not in ACTIONS:
        raise KeyError(action)
    actor = session.get(Person, actor_id) if actor_id is not None else None
    entry = AuditEntry(
        actor=actor.name if actor else "",
        actor_ulid=actor.ulid if actor else "",
        action=action,
        subject=subject[:200],
        url=url[:300],
        values={name: value[:_MAX_VALUE_LENGTH] for name, value in values.items()},
    )
    session.add(entry)
    session.flush()
    return entry
