"""The table of the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class AuditEntry(SQLModel, table=True):
    """One action: who did what to what. The database refuses to change or delete a row.

    `actor` and `actor_ulid` are copies, so that a row says who acted when that person has been renamed or merged.
    An empty actor is the command line. `values` fills the sentence of the action and never has an amount of pay.
    """

    __tablename__ = "audit_entries"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    at: datetime = moment()
    actor: str = Field(default="", max_length=120)
    actor_ulid: str = Field(default="", max_length=26, index=True)
    action: str = Field(max_length=40, index=True)
    subject: str = Field(default="", max_length=200)
    url: str = Field(default="", max_length=300)
    values: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
