"""Fixtures of all tests: the application on each database, filled with the cast, and signed-in clients."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from sqlmodel import Session, select
from starlette.testclient import TestClient

from server.app import create_app
from server.db.engine import open_engine
from server.db.session import Database
from server.documents import queries as document_queries
from server.documents.models import Version
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.access import COOKIE
from server.people.models import Person
from server.settings import DEMO_SECRET
from server.web.csrf import form_token
from tests import libreoffice
from tests.cast import SLUG
from tests.databases import Postgres, Sqlite, binaries, postgres_server, settings_for

SAME_ORIGIN = {"origin": "https://testserver"}


class Client(TestClient):
    """A signed-in browser, or a stranger's; its forms carry the CSRF token."""

    def __init__(self, app: FastAPI, token: str | None = None, portal: BlockingPortal | None = None) -> None:
        super().__init__(app, base_url="https://testserver", headers=SAME_ORIGIN, follow_redirects=False)
        self.portal = portal
        self.token = token
        if token:
            self.cookies.set(COOKIE, token, domain="testserver.local")

    @property
    def csrf(self) -> str:
        return form_token(DEMO_SECRET, people_service.digest(self.token or ""))

    def submit(self, url: str, **fields: object):  # noqa: ANN201 - what the test client returns
        """Post a form of ours."""
        return self.post(url, data={"csrf": self.csrf, **fields})

    def upload(self, name: str, text: str) -> str:
        """Upload a file to be imported and return the address of its preview."""
        files = [("files", (name, text, "text/csv"))]
        location: str = self.post("/imports", data={"csrf": self.csrf}, files=files).headers["location"]
        return location


@dataclass
class Townhall:
    """The application on one database."""

    app: FastAPI
    database: Database
    kind: str
    portal: BlockingPortal | None = None
    """One event loop for all requests of a worker: a loop for each request takes a third of its time."""
    _clients: dict[str, Client] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        with self.database.reading() as session:
            return session.exec(select(Person).where(Person.name == name)).one()

    def join(self, *names: str) -> None:
        """Give people a password hash, so that they count as people who can sign in."""
        with self.database.writing() as session:
            for name in names:
                person = self.person(name)
                person.password_hash = "a hash"
                session.add(person)
            session.commit()

    def newest(self) -> Version:
        """Return the current version of the cast's proposal."""
        with self.database.reading() as session:
            edition = document_queries.version_page(session, SLUG)
            assert edition
            version = document_queries.version(session, edition.proposal_id, edition.current)
            assert version
            return version

    def swapped(self) -> dict[str, Any]:
        """Return a form that publishes a version in which the first two candidates have changed places."""
        version = self.newest()
        first, second = re.findall(r"```plan\n.*?```", version.markdown, re.DOTALL)[:2]
        text = version.markdown.replace(first, "@").replace(second, first).replace("@", second)
        return {"title": version.title, "base": version.number, "revision": 0, "note": "Swapped.", "markdown": text}

    def client(self, name: str | None) -> Client:
        """Return the signed-in client of a person, the same for all of a test, or a stranger's."""
        if name is None:
            return Client(self.app, portal=self.portal)
        if name not in self._clients:
            self._clients[name] = self.browser(name)
        return self._clients[name]

    def browser(self, name: str) -> Client:
        """Return a client in another browser of a person, with a session of its own."""
        with self.database.writing() as session:
            token = people_service.sign_in(session, people_queries.by_names(session, [name])[name.casefold()], "test")
            session.commit()
        return Client(self.app, token, self.portal)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use a database, so that the others can run alone."""
    for item in items:
        if {"database_url", "sqlite", "postgres"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print last which tests this machine could not run."""
    if hasattr(config, "workerinput"):
        return
    there = (("browser", chromium()), ("PostgreSQL", postgres_there()), ("spreadsheet", libreoffice.program()))
    absent = [name for name, is_there in there if not is_there]
    if absent:
        print(f"Not tested on this machine: {' and '.join(absent)} tests were skipped.", file=sys.stderr)


def chromium() -> str | None:
    return (
        shutil.which("chromium-headless-shell")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )


def postgres_there() -> bool:
    return bool(os.environ.get("TEST_PG_URL") or binaries())


@pytest.fixture(scope="session")
def worker(worker_id: str) -> str:
    return worker_id.replace("-", "_")


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres_server(tmp_path_factory.mktemp("postgres")) as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed here")
        yield url


@pytest.fixture(scope="session")
def postgres(postgres_address: str, worker: str) -> Postgres:
    return Postgres(postgres_address, worker)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh database with the cast in it, on SQLite and on PostgreSQL."""
    databases: Sqlite | Postgres = request.getfixturevalue(request.param)
    with databases.fresh() as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite: Sqlite) -> Iterator[str]:
    """The address of a fresh SQLite database with the cast in it."""
    with sqlite.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """One application for all tests of a worker: its templates are compiled once."""
    nowhere = tmp_path_factory.mktemp("app") / "unused.db"
    return create_app(settings_for(f"sqlite:///{nowhere}"), migrate=False)


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def townhall(app: FastAPI, portal: BlockingPortal, database_url: str) -> Iterator[Townhall]:
    """The application with the cast, on each database in turn."""
    engine = open_engine(settings_for(database_url))
    app.state.database = Database(engine)
    yield Townhall(app, app.state.database, engine.dialect.name, portal)
    engine.dispose()


@pytest.fixture
def session(townhall: Townhall) -> Iterator[Session]:
    """A session that writes, undone at the end."""
    with townhall.database.writing() as opened:
        yield opened


@pytest.fixture(scope="session")
def shared() -> Path:
    """Cases and data that are read in place; tests that need them request this fixture."""
    shared_folder = Path(__file__).parent.parent.parent / "shared"
    if not shared_folder.is_dir():
        pytest.skip("the shared cases are not beside this checkout")
    return shared_folder
