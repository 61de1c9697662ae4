"""Settings, database and one-sentence failures for commands."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.exc import DatabaseError

from server.db.engine import open_engine
from server.db.migrate import upgrade
from server.db.session import Database
from server.errors import AppError
from server.settings import Settings, SettingsError, load


def fail(sentence: str, code: int = 1) -> NoReturn:
    """Exit with a sentence on standard error."""
    print(f"townhall: {sentence}", file=sys.stderr)
    raise SystemExit(code)


def load_settings(**overrides: object) -> Settings:
    """Return the settings; exits if one is invalid."""
    try:
        return load(**overrides)
    except SettingsError as error:
        fail(str(error), 2)


@contextmanager
def open_database(settings: Settings | None = None) -> Iterator[Database]:
    """Open the database and migrate it; exits on failures that have a sentence."""
    engine = open_engine(settings or load_settings())
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        upgrade(engine)
        yield Database(engine)
    except AppError as error:
        fail(str(error.sentence))
    except DatabaseError as error:
        fail(f"the database cannot be used: {error.orig}")
    finally:
        engine.dispose()
