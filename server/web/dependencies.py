"""FastAPI dependencies of routes: settings, templates, the database and a reading session."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, Request
from pydantic import Field
from sqlmodel import Session

from server.db.session import Database
from server.settings import Settings
from server.web.templating import Templates


def settings_of(request: Request) -> Settings:
    """Return the settings the application was started with."""
    return cast("Settings", request.app.state.settings)


def database_of(request: Request) -> Database:
    """Return the database."""
    return cast("Database", request.app.state.database)


def templates_of(request: Request) -> Templates:
    """Return the templates."""
    return cast("Templates", request.app.state.templates)


async def _settings(request: Request) -> Settings:
    return settings_of(request)


async def _database(request: Request) -> Database:
    return database_of(request)


async def _templates(request: Request) -> Templates:
    return templates_of(request)


async def read_session(request: Request) -> AsyncIterator[Session]:
    """Open a session that only reads; it takes a connection at the first query, in the thread that runs it."""
    with database_of(request).reading() as session:
        yield session


Number = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""A number in a URL or a form, small enough for both databases."""

SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
TemplatesDep = Annotated[Templates, Depends(_templates)]
ReadSession = Annotated[Session, Depends(read_session)]
