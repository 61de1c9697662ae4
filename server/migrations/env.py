"""Runs migrations on the engine that the caller hands over, in one transaction where the database can."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel

import server.tables  # noqa: F401 - every table must be known

engine = context.config.attributes["engine"]


@contextmanager
def tables_may_be_copied(connection: Connection) -> Iterator[None]:
    """Let SQLite copy a table to change it: dropping the old one would otherwise fail for every row that others name.

    It can only be said outside a transaction; that nothing names what is not there is looked up before the commit.
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


with engine.connect() as connection, tables_may_be_copied(connection):
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Several processes may start at once; the first one migrates, the others wait and find nothing to do.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7405201)")
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if lost:
                message = f"the migration left rows that name missing ones: {lost[:5]}"
                raise RuntimeError(message)
    connection.commit()
