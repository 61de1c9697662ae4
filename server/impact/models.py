"""The table of impact runs: one for each version, reporting line and state of the data; aggregates only."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import moment
from server.page_cache import NO_PAGES


class ImpactRun(SQLModel, table=True):
    """A computation that is due, running, done or failed.

    `manager_id` is the manager of the people it computes, None for the whole company. `key` is the hash of the
    plans, the data and the engine's version. `done` of `total` people are computed; `result` holds the published
    cells.
    """

    __tablename__ = "impact_runs"
    __invalidates__ = NO_PAGES
    __table_args__ = (
        UniqueConstraint("version_id", "manager_id", "key"),
        CheckConstraint("state in ('due','running','done','failed')", name="state"),
    )

    id: int = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="versions.id", index=True)
    manager_id: int | None = Field(default=None, foreign_key="people.id")
    key: str = Field(max_length=64)
    state: str = Field(default="due", max_length=8, index=True)
    done: int = 0
    total: int = 0
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    data_ends_on: date | None = None
    ordered_at: datetime = moment()
    started_at: datetime | None = moment(nullable=True)
    finished_at: datetime | None = moment(nullable=True)
