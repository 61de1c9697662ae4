"""The table of scenarios: named assumptions. Pay is never stored."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class Scenario(SQLModel, table=True):
    """The what-if fields that a person saved, as typed. Anyone with the link sees them on their own book."""

    __tablename__ = "scenarios"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    person_id: int = Field(foreign_key="people.id")
    name: str = Field(max_length=60)
    inputs: dict[str, str] = Field(sa_type=JSON)
    saved_at: datetime = moment()
