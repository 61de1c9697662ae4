"""Cached pages: correct for each reader, never stale, and without anything personal."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import SQLModel, col, select

from server import tables
from server.db.columns import now
from server.page_cache.change_counters import ChangeCounter, invalidates_pages
from server.page_cache.store import CachedPage, PageCache
from server.people.models import Person
from server.web.templating import SharedPlaceholders, Templates
from tests.cast import PAGE, SLUG
from tests.conftest import Townhall

assert tables
PATHS = [
    f"/proposals/{SLUG}",
    f"/proposals/{SLUG}/v/1",
    f"/proposals/{SLUG}/history",
    f"/proposals/{SLUG}?since=1",
    f"/pages/{PAGE}",
    f"/pages/{PAGE}/history",
    f"/pages/{PAGE}/v/1",
]
EVERYONE = ["Maya Rep", "Dana Rep", "Mona Manager", "Eve Executive", "Ada Admin", "Sam Success"]
_TOKEN = re.compile(rb'(?<=name="csrf" value=")[\w-]{59}|(?<=X-CSRF-Token":")[\w-]{59}')


def discuss_and_vote(townhall: Townhall) -> None:
    """Have people comment, reply, endorse, vote and read."""
    maya, dana, mona = (townhall.client(name) for name in ("Maya Rep", "Dana Rep", "Mona Manager"))
    for client in (maya, dana, mona):
        client.submit(f"/proposals/{SLUG}/comments", version=2, text="Why <b>?", candidate="a")
        ulid = client.get(f"/proposals/{SLUG}").text.split('id="thread-')[1].split('"')[0]
        dana.submit(f"/comments/{ulid}/replies", text="Indeed.")
        maya.submit(f"/comments/{ulid}/endorse")
    maya.submit(f"/proposals/{SLUG}/candidates/a/pulse", version=2, choice="yes", reason="My own & only reason")
    dana.submit(f"/proposals/{SLUG}/candidates/b/pulse", version=2, choice="no")
    maya.submit(f"/proposals/{SLUG}/v/1/read")
    dana.submit(f"/proposals/{SLUG}/v/2/read")


def placeholders_of(reader: Person) -> type[SharedPlaceholders]:
    """Return placeholders that are filled in for a reader while a page is rendered."""

    class KnownReader(SharedPlaceholders):
        def as_author(self, author_id: int, own: object, otherwise: object) -> object:
            return own if author_id == reader.id else otherwise

    return KnownReader


@pytest.mark.parametrize("path", PATHS)
def test_everyone_gets_the_page_they_would_get_without_the_cache(
    townhall: Townhall, app: FastAPI, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    discuss_and_vote(townhall)
    present = now()  # relative times change by the second
    monkeypatch.setattr("server.web.templating.now", lambda: present)
    for name in EVERYONE:
        client = townhall.client(name)
        townhall.client("Maya Rep").get(path), townhall.client("Mona Manager").get(path)
        cached = client.get(path)
        assert cached.status_code == 200
        with monkeypatch.context() as patch:
            patch.setattr(app.state.templates, "page_cache", PageCache(most=0))
            patch.setattr("server.web.templating.SharedPlaceholders", placeholders_of(townhall.person(name)))
            fresh = client.get(path)
        assert _TOKEN.sub(b"token", cached.content) == _TOKEN.sub(b"token", fresh.content)


def test_nothing_personal_is_cached(townhall: Townhall, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = PageCache()
    monkeypatch.setattr(app.state.templates, "page_cache", cache)
    discuss_and_vote(townhall)
    for name in EVERYONE:
        for path in PATHS:
            townhall.client(name).get(path)
    cached = b"".join(repr(page.parts).encode() for page in cache)
    assert b"Indeed." in cached
    assert b"Why" in cached
    for word in (b"My own", b"only reason", b"Sam Success", b"Eve Executive", b'aria-pressed="true"'):
        assert word not in cached, word
    assert not re.search(rb"\b[0-9a-f]{16}[\w-]{43}\b", cached)


def test_a_page_with_my_pay_is_not_cached(townhall: Townhall, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = PageCache()
    monkeypatch.setattr(app.state.templates, "page_cache", cache)
    page = townhall.client("Maya Rep").get(f"/proposals/{SLUG}?pay=1")
    assert "$" in page.text
    assert not list(cache)


def test_a_changed_name_shows_at_once(townhall: Townhall) -> None:
    discuss_and_vote(townhall)
    dana = townhall.client("Dana Rep")
    assert "Maya Rep" in dana.get(f"/proposals/{SLUG}").text
    with townhall.database.writing() as session:
        person = session.get(Person, townhall.person("Maya Rep").id)
        assert person
        person.name = "Maya Renamed"
        session.add(person)
        session.commit()
    page = dana.get(f"/proposals/{SLUG}").text
    assert "Maya Renamed" in page
    assert "Maya Rep<" not in page


def test_a_savepoint_rolled_back_does_not_hide_earlier_writes(townhall: Townhall) -> None:
    dana = townhall.client("Dana Rep")
    discuss_and_vote(townhall)
    assert "Maya Rep" in dana.get(f"/proposals/{SLUG}").text
    with townhall.database.writing() as session:
        person = session.get_one(Person, townhall.person("Maya Rep").id)
        person.name = "Maya Renamed"
        session.flush()
        session.begin_nested().rollback()
        session.commit()
    assert "Maya Renamed" in dana.get(f"/proposals/{SLUG}").text


def models() -> list[type[SQLModel]]:
    mappers = SQLModel._sa_registry.mappers
    return sorted((mapper.class_ for mapper in mappers), key=lambda model: str(model.__tablename__))


def test_no_table_read_by_a_cached_page_is_declared_off_the_pages(
    townhall: Townhall, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Collect the tables that are read while shared pages are rendered."""
    discuss_and_vote(townhall)
    read: set[str] = set()
    rendering: list[bool] = []
    names = {str(model.__tablename__) for model in models()}

    def on_statement(*arguments: Any) -> None:
        if rendering:
            read.update(names & set(re.findall(r"\b(?:FROM|JOIN) (\w+)", str(arguments[2]))))

    def cached_page(self: Templates, request: Any, name: str, key: Any, context: Callable[[], Any]) -> CachedPage:
        def watched() -> Any:
            rendering.append(True)
            try:
                return context()
            finally:
                rendering.pop()

        return original(self, request, name, key, watched)

    original = Templates.cached_page
    monkeypatch.setattr(Templates, "cached_page", cached_page)
    monkeypatch.setattr(app.state.templates, "page_cache", PageCache())
    event.listen(townhall.database.engine, "before_cursor_execute", on_statement)
    try:
        for name in EVERYONE:
            for path in PATHS:
                assert townhall.client(name).get(path).status_code == 200
    finally:
        event.remove(townhall.database.engine, "before_cursor_execute", on_statement)
    assert {"comments", "pulses", "versions", "people", "redesigns", "town_halls", "proposals"} <= read
    assert [model for model in models() if model.__tablename__ in read and not invalidates_pages(model)] == []


def test_a_write_to_a_table_on_no_page_invalidates_nothing(townhall: Townhall, app: FastAPI) -> None:
    dana = townhall.client("Dana Rep")
    dana.get(f"/proposals/{SLUG}")
    counters = select(ChangeCounter).order_by(col(ChangeCounter.proposal_id))
    with townhall.database.reading() as session:
        before = [(counter.proposal_id, counter.count) for counter in session.exec(counters)]
    dana.submit("/me/notices", subscription="all", digest="off", by_mail="yes")
    with townhall.database.reading() as session:
        assert [(counter.proposal_id, counter.count) for counter in session.exec(counters)] == before
