"""What is rendered does not depend on the database: these tests run on SQLite alone."""

import pytest


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The database of the application under test."""
    return sqlite_url
