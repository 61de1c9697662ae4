"""Opens the database and configures each connection."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import create_engine

from server.settings import Settings

WRITES = "townhall_writes"
"""Execution option of connections that will write: on SQLite their transactions begin with the write lock."""

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA cache_size=-2000",
    "PRAGMA secure_delete=ON",
)


def open_engine(settings: Settings) -> Engine:
    """Return an engine for the configured database; SQLite gets at most eight connections with small caches."""
    if settings.uses_sqlite:
        engine = create_engine(
            settings.database_url,
            pool_size=8,
            max_overflow=0,
            hide_parameters=True,
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(settings.database_url, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True)


def _configure_sqlite(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.isolation_level = None  # transactions are begun below, so that writers can use BEGIN IMMEDIATE
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
