"""The table of scenarios: assumptions with a name. No pay is ever kept."""

from datetime import datetime

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class Scenario(SQLModel, table=True):
    """The what-if fields of one person, as typed; whoever has its address sees them on a book of their own."""

    __tablename__ = "scenarios"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    ulid: str = public_id()
    person_id: int = Field(foreign_key="people.id")
    name: str = Field(max_length=60)
    inputs: dict[str, str] = Field(sa_type=JSON)
    saved_at: datetime = moment()
