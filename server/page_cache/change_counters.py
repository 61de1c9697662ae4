"""Counts the writes that change what cached pages show, so that a page is known to be stale."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Field, Session, SQLModel

from server.db.session import WritingSession
from server.db.upsert import insert
from server.page_cache import INVALIDATES_PROPOSAL, NO_PAGES

WHOLE_SITE = 0
"""The counter that every cached page depends on."""
_INVALIDATED = "invalidated"


class ChangeCounter(SQLModel, table=True):
    """How often the pages of a proposal, or with id 0 of the whole site, have changed."""

    __tablename__ = "change_counters"

    proposal_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    count: int = 0


def invalidates_pages(model: type[Any]) -> bool:
    """Return whether a write to a model's table invalidates cached pages, as it does by default."""
    return getattr(model, "__invalidates__", None) != NO_PAGES


def _invalidate(session: Any, model: type[Any], proposal_id: int | None) -> None:
    if invalidates_pages(model):
        session.info.setdefault(_INVALIDATED, set()).add(WHOLE_SITE if proposal_id is None else proposal_id)


@event.listens_for(WritingSession, "after_flush")
def _after_flush(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        proposal_id = getattr(row, "proposal_id", None)
        _invalidate(session, type(row), proposal_id if isinstance(proposal_id, int) else None)


@event.listens_for(WritingSession, "do_orm_execute")
def _on_execute(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    model = mapper.class_ if mapper is not None else object
    _invalidate(state.session, model, state.execution_options.get(INVALIDATES_PROPOSAL))


@event.listens_for(WritingSession, "before_commit")
def _before_commit(session: Session) -> None:
    session.flush()
    invalidated: set[int] = session.info.pop(_INVALIDATED, set())
    if not invalidated:
        return
    counter = insert(session, ChangeCounter).on_conflict_do_update(
        index_elements=["proposal_id"], set_={"count": ChangeCounter.count + 1}
    )
    session.connection().execute(counter, [{"proposal_id": scope, "count": 1} for scope in sorted(invalidated)])
