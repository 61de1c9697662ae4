"""The table of API tokens."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class ApiToken(SQLModel, table=True):
    """A token with which a program may send data but read nothing; only its hash is stored."""

    __tablename__ = "api_tokens"
    __invalidates__ = NO_PAGES

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    name: str = Field(max_length=60)
    token_hash: str = Field(max_length=64, unique=True)
    created_by: int = Field(foreign_key="people.id")
    created_at: datetime = moment()
    used_at: datetime | None = moment(nullable=True)
    revoked_at: datetime | None = moment(nullable=True)
