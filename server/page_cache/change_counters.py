"""Counts the changes to what pages show, so that a page rendered once is known to be old as soon as it is.

Whatever is written stirs the whole company, unless its table is known to stay off the common pages or its proposal
is known. So a new table costs speed until somebody thinks about it, and never shows what is old.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Field, Session, SQLModel

from server.db.session import WritingSession

WHOLE_SITE = 0
"""The counter that every page looks at."""
INVALIDATES_PROPOSAL = "townhall_proposal"
"""Execution option of a statement that changes many rows: the proposal whose pages show them."""
TABLES_NOT_ON_PAGES = frozenset(
    {
        "chat_messages",
        "api_tokens",
        "login_attempts",
        "endorsements",
        "customers",
        "deal_credits",
        "deals",
        "draft_shares",
        "drafts",
        "impact_runs",
        "invitations",
        "level_assignments",
        "notice_settings",
        "notices",
        "opening_balances",
        "person_results",
        "personal_terms",
        "products",
        "read_marks",
        "scenarios",
        "search_entries",
        "sent_mails",
        "user_sessions",
        "sources",
        "uploads",
        "usage_events",
        "last_seen",
    }
)
"""Tables of which no page that is kept shows anything."""
_NOTED = "stirred"


class ChangeCounter(SQLModel, table=True):
    """How often the pages of a proposal, or of the whole company under 0, have changed."""

    __tablename__ = "change_counters"

    proposal_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    count: int = 0


def _note(session: Any, table: str, proposal: int | None) -> None:
    if table not in TABLES_NOT_ON_PAGES:
        session.info.setdefault(_NOTED, set()).add(WHOLE_SITE if proposal is None else proposal)


@event.listens_for(WritingSession, "after_flush")
def _flushed(session: Session, context: object) -> None:
    del context
    for changed in (*session.new, *session.dirty, *session.deleted):
        of = getattr(changed, "proposal_id", None)
        _note(session, changed.__tablename__, of if isinstance(of, int) else None)


@event.listens_for(WritingSession, "do_orm_execute")
def _executed(asked: ORMExecuteState) -> None:
    if asked.is_insert or asked.is_update or asked.is_delete:
        _note(asked.session, asked.statement.table.name, asked.execution_options.get(INVALIDATES_PROPOSAL))  # type: ignore[attr-defined]


@event.listens_for(WritingSession, "before_commit")
def _count(session: Session) -> None:
    session.flush()
    noted: set[int] = session.info.pop(_NOTED, set())
    if not noted:
        return
    connection = session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = insert(ChangeCounter).on_conflict_do_update(
        index_elements=["proposal_id"], set_={"count": ChangeCounter.count + 1}
    )
    connection.execute(row, [{"proposal_id": scope, "count": 1} for scope in sorted(noted)])
