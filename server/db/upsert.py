"""INSERT statements that know ON CONFLICT, in the dialect of a session's database."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session


def insert(session: Session, table: Any) -> Any:
    """Return an INSERT into a model's table with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
