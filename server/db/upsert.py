"""INSERT statements that know ON CONFLICT, in the dialect of a session's database."""

from importlib import import_module
from typing import Any

from sqlmodel import Session


def insert(session: Session, table: Any) -> Any:
    """Return an INSERT into a model's table with `on_conflict_do_update` and `on_conflict_do_nothing`."""
    dialect = session.get_bind().dialect.name  # each is 2 MB, and a process needs only one
    return import_module(f"sqlalchemy.dialects.{dialect}").insert(table)
