"""Column types and public IDs that behave the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel
from ulid import ULID

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC, timezone-aware on SQLite too; naive moments are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; raises ValueError for a naive one."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment needs a time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the stored moment as a timezone-aware one."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_ulid() -> str:
    """Return a new public ID, sortable by time."""
    return str(ULID())


def public_id() -> Any:
    """Declare the column of the ID used in URLs."""
    return Field(default_factory=new_ulid, max_length=26, unique=True, index=True)


def cents(default: int | None = None) -> Any:
    """Declare a column of money in integer cents."""
    return Field(default=default, sa_type=BigInteger) if default is not None else Field(sa_type=BigInteger)


def moment(*, nullable: bool = False) -> Any:
    """Declare a column of moments in UTC; unless nullable, it defaults to now."""
    if nullable:
        return Field(default=None, sa_type=UTCDateTime, nullable=True)
    return Field(default_factory=now, sa_type=UTCDateTime)


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)
