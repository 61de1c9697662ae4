"""Brings a database to the newest shape."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

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


def check(engine: Engine) -> None:
    """Raise when the tables in the code and in the database differ."""
    command.check(configuration(engine))
