"""Opens the configured database for a command, and says failures in one sentence."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import OperationalError

from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.errors import AppError
from server.settings import Settings, SettingsError, load


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End the command with a sentence."""
    print(f"townhall: {sentence}", file=sys.stderr)
    raise SystemExit(code)


def load_settings(**overrides: object) -> Settings:
    """Read the settings or end the command."""
    try:
        return load(**overrides)
    except SettingsError as error:
        fail(str(error), 2)


@contextmanager
def open_database(found: Settings | None = None) -> Iterator[Database]:
    """Open the database, brought up to date; failures that have a sentence end the command with it."""
    engine = open_engine(found or load_settings())
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        upgrade(engine)
        yield Database(engine)
    except AppError as error:
        fail(str(error.sentence))
    except OperationalError as error:
        fail(f"the database does not answer: {error.orig}")
    finally:
        engine.dispose()
