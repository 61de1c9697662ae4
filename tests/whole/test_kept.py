"""Pages that are rendered once for everybody: each reader's own, never old, and nothing personal among what is kept."""

import re

import pytest
from fastapi import FastAPI
from sqlmodel import SQLModel

from server import tables
from server.db.columns import now
from server.page_cache.change_counters import TABLES_NOT_ON_PAGES
from server.page_cache.store import PageCache
from server.people.models import Person
from server.web.templating import SharedPlaceholders
from tests.cast import PAGE, SLUG
from tests.conftest import House

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
EVERYBODY = ["Maya Rep", "Dana Rep", "Mona Manager", "Eve Executive", "Ada Admin", "Sam Success"]
_TOKEN = re.compile(rb'(?<=name="csrf" value=")\w{56}|(?<=X-CSRF-Token":")\w{56}')


def busy(house: House) -> None:
    """Let people say, answer, agree, vote and read."""
    maya, dana, mona = (house.as_(name) for name in ("Maya Rep", "Dana Rep", "Mona Manager"))
    for client in (maya, dana, mona):
        client.submit(f"/proposals/{SLUG}/comments", version=2, text="Why <b>?", candidate="a")
        ulid = client.get(f"/proposals/{SLUG}").text.split('id="thread-')[1].split('"')[0]
        dana.submit(f"/comments/{ulid}/replies", text="Indeed.")
        maya.submit(f"/comments/{ulid}/endorse")
    maya.submit(f"/proposals/{SLUG}/candidates/a/pulse", version=2, choice="yes", reason="My own & only reason")
    dana.submit(f"/proposals/{SLUG}/candidates/b/pulse", version=2, choice="no")
    maya.submit(f"/proposals/{SLUG}/v/1/read")
    dana.submit(f"/proposals/{SLUG}/v/2/read")


def told_at_once(who: Person) -> type[SharedPlaceholders]:
    """Return a reader who is told whose comments are whose while a page is rendered, so that nothing is left open."""

    class Told(SharedPlaceholders):
        def as_author(self, author_id: int, own: object, otherwise: object) -> object:
            return own if author_id == who.id else otherwise

    return Told


@pytest.mark.parametrize("path", PATHS)
def test_everybody_gets_the_page_they_would_get_if_nothing_were_kept(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    busy(house)
    present = now()  # how long ago something was is another answer by the second
    monkeypatch.setattr("server.web.templating.now", lambda: present)
    for name in EVERYBODY:
        client = house.as_(name)
        house.as_("Maya Rep").get(path), house.as_("Mona Manager").get(path)
        kept = client.get(path)
        assert kept.status_code == 200
        with monkeypatch.context() as patch:
            patch.setattr(app.state.templates, "_sheets", PageCache(most=0))
            patch.setattr("server.web.templating.SharedPlaceholders", told_at_once(house.person(name)))
            fresh = client.get(path)
        assert _TOKEN.sub(b"token", kept.content) == _TOKEN.sub(b"token", fresh.content)


def test_nothing_personal_is_kept(house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = PageCache()
    monkeypatch.setattr(app.state.templates, "_sheets", sheets)
    busy(house)
    for name in EVERYBODY:
        for path in PATHS:
            house.as_(name).get(path)
    kept = b"".join(repr(sheet.parts).encode() for sheet in sheets._kept.values())
    assert b"Indeed." in kept
    assert b"Why" in kept
    for word in (b"My own", b"only reason", b"Sam Success", b"Eve Executive", b'aria-pressed="true"'):
        assert word not in kept, word
    assert not re.search(rb"\b[0-9a-f]{56}\b", kept)


def test_with_my_pay_beside_it_a_page_is_not_kept(house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    sheets = PageCache()
    monkeypatch.setattr(app.state.templates, "_sheets", sheets)
    shown = house.as_("Maya Rep").get(f"/proposals/{SLUG}?pay=1")
    assert "$" in shown.text
    assert not sheets._kept


def test_a_changed_name_shows_at_once(house: House) -> None:
    busy(house)
    dana = house.as_("Dana Rep")
    assert "Maya Rep" in dana.get(f"/proposals/{SLUG}").text
    with house.database.writing() as session:
        person = session.get(Person, house.person("Maya Rep").id)
        assert person
        person.name = "Maya Renamed"
        session.add(person)
        session.commit()
    shown = dana.get(f"/proposals/{SLUG}").text
    assert "Maya Renamed" in shown
    assert "Maya Rep<" not in shown


def test_an_undone_savepoint_does_not_hide_what_was_written_before_it(house: House) -> None:
    dana = house.as_("Dana Rep")
    busy(house)
    assert "Maya Rep" in dana.get(f"/proposals/{SLUG}").text
    with house.database.writing() as session:
        person = session.get_one(Person, house.person("Maya Rep").id)
        person.name = "Maya Renamed"
        session.flush()
        session.begin_nested().rollback()
        session.commit()
    assert "Maya Renamed" in dana.get(f"/proposals/{SLUG}").text


def test_quiet_tables_exist() -> None:
    assert set(SQLModel.metadata.tables) >= TABLES_NOT_ON_PAGES


@pytest.mark.parametrize("table", ["comments", "pulses", "versions", "people", "redesigns", "town_halls", "proposals"])
def test_what_pages_show_is_never_quiet(table: str) -> None:
    assert table not in TABLES_NOT_ON_PAGES
