"""Runs the migrations on the caller's engine, in one transaction where the database supports it."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import server.tables  # noqa: F401 - every table must be registered

engine = context.config.attributes["engine"]


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Turn off foreign keys on SQLite, which copies a table to change it and then drops the old one.

    The drop would fail for every row that other rows reference. The setting has no effect inside a
    transaction, and references are checked before the commit.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - an open connection has one
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


with engine.connect() as connection, foreign_keys_off(connection):
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Several processes may start at once; the first one migrates, the others wait.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7405201)")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            violations = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if violations:
                message = f"the migration left rows that reference missing rows: {violations[:5]}"
                raise RuntimeError(message)
    connection.commit()
