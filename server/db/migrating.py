"""Brings a database to the newest shape."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine
from sqlmodel import SQLModel

SCRIPTS = Path(__file__).parent.parent / "migrations"


def configuration(engine: Engine) -> Config:
    """Return Alembic's configuration for a database."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Run every migration that is missing."""
    command.upgrade(configuration(engine), "head")


def differences(engine: Engine) -> list[str]:
    """Say where the tables in the code and in the database differ."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        return [str(difference) for difference in compare_metadata(context, SQLModel.metadata)]


def _is_ours(found: object, name: str | None, kind: str, *_: object) -> bool:
    """Leave out what the index of each database keeps for itself; no table in the code describes it."""
    del found
    return not (name or "").startswith("search_fts") and (kind, name) not in {
        ("column", "lexemes"), ("index", "ix_search_entries_lexemes")
    }  # fmt: skip
