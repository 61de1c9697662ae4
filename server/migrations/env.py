"""Runs migrations on the engine that the caller hands over, in one transaction where the database can."""

from alembic import context
from sqlmodel import SQLModel

import server.tables  # noqa: F401 - every table must be known

engine = context.config.attributes["engine"]

with engine.connect() as connection:
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
    connection.commit()
