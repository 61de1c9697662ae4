"""The table of uploads that wait for a decision."""

from datetime import datetime

from sqlalchemy import JSON, LargeBinary
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class Upload(SQLModel, table=True):
    """Files handed in on the upload page, kept until they are imported or thrown away.

    `choices` says for a file how the admin wants its columns taken: column to field, an empty field for “not used”.
    """

    __tablename__ = "uploads"
    __invalidates__ = NO_PAGES

    id: int | None = Field(default=None, primary_key=True)
    ulid: str = public_id()
    person_id: int = Field(foreign_key="people.id", index=True)
    names: list[str] = Field(sa_type=JSON)
    choices: dict[str, dict[str, str]] = Field(default_factory=dict, sa_type=JSON)
    content: bytes = Field(sa_type=LargeBinary)
    uploaded_at: datetime = moment()
    imported_at: datetime | None = moment(nullable=True)
