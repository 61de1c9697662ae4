"""Migrates a database to the latest revision."""

import glob
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from server.errors import ConflictError
from server.messages import message

SCRIPTS = Path(__file__).parent.parent / "migrations"


def configuration(engine: Engine) -> Any:
    """Return Alembic's configuration for a database."""
    from alembic.config import Config  # noqa: PLC0415 - loaded only when there is something to migrate

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Run all pending migrations; raises ConflictError for a database of a newer Townhall."""
    if is_up_to_date(engine):
        return
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        command.upgrade(configuration(engine), "head")
    except CommandError:
        raise ConflictError(
            message("This database belongs to a newer version of Townhall. Install that version or a later one.")
        ) from None


def is_known_revision(revision: str) -> bool:
    """Return whether this Townhall has a migration; an empty one is of a database that was never migrated."""
    return not revision or bool(list((SCRIPTS / "versions").glob(f"{glob.escape(revision)}_*.py")))


def is_up_to_date(engine: Engine) -> bool:
    """Return whether a database is at the latest migration; its file name begins with its number."""
    latest = max(path.name.split("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars()) == [latest]


def pending_changes(engine: Engine) -> list[str]:
    """Return the differences between the tables in the code and in the database."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - as above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_declared})
        return [str(difference) for difference in compare_metadata(context, SQLModel.metadata)]


def _is_declared(item: object, name: str | None, kind: str, *_: object) -> bool:
    """Return whether the code declares an item; full-text indexes are created by migrations only."""
    del item
    return not (name or "").startswith("search_fts") and (kind, name) not in {
        ("column", "lexemes"),
        ("index", "ix_search_entries_lexemes"),
    }
