"""Every word on the screen goes through gettext: in a made-up language no bare English is left."""

import re
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI

from server.web.i18n import PSEUDO
from server.web.templating import Templates
from tests.conftest import Townhall
from tests.databases import settings_for
from tests.system.test_routes import addresses

VOID = {"meta", "link", "input", "br", "hr", "img", "path", "rect"}
SPOKEN = {"aria-label", "title", "placeholder", "alt"}
KNOWN = {"Townhall", "CSV", "ARR", "MRR", "OK", "UTC"}


class Words(HTMLParser):
    """Gathers the words people see, but not what people wrote themselves: that is in elements with dir="auto"."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, bool]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        hidden = tag in {"script", "style", "textarea", "code"} or given.get("dir") == "auto"
        hidden = hidden or (bool(self.stack) and self.stack[-1][1])
        if not hidden:
            self.found += [given[name] or "" for name in SPOKEN if given.get(name)]
        if tag not in VOID:
            self.stack.append((tag, hidden))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Void elements of SVG hold no words."""

    def handle_endtag(self, tag: str) -> None:
        while self.stack and self.stack.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.stack and not self.stack[-1][1]:
            self.found.append(data)


def bare_english(html: str) -> set[str]:
    words = Words()
    words.feed(html)
    text = re.sub(r"⟦[^⟦⟧]*⟧", " ", re.sub(r"⟦[^⟦⟧]*⟧", " ", re.sub(r"⟦[^⟦⟧]*⟧", " ", "\n".join(words.found))))
    return set(re.findall(r"\b[A-Za-z]{3,}\b", text)) - KNOWN


def test_bare_english_would_be_found() -> None:
    assert bare_english('<p>⟦Héllo {name}·····⟧ <b dir="auto">Maya</b></p><p title="Forgotten">word</p>') == {
        "Forgotten",
        "word",
    }


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Words are the same on both databases: one is enough."""
    return sqlite_url


@pytest.fixture
def disguised(townhall: Townhall, app: FastAPI) -> Townhall:
    before = app.state.templates
    app.state.templates = Templates(settings_for(str(townhall.database.engine.url), locale=PSEUDO))
    yield townhall
    app.state.templates = before


def test_every_page_is_translated(disguised: Townhall) -> None:
    left: dict[str, set[str]] = {}
    manager = disguised.client("Mona Manager")
    extra = {
        "editor": f"/proposals/{'pay-for-customers-who-stay'}/edit",
        "with pay": "/proposals/pay-for-customers-who-stay?pay=1",
        "what if": "/me/pay?attainment=120&aha=50&churn=20&rating=4.5&level=Associate+1",
        "wrong": "/me/pay?attainment=many&level=None",
    }
    for address, path in {**addresses(disguised), **extra}.items():
        for name in ("Maya Rep", "Ada Admin", "Mona Manager", None):
            answer = disguised.client(name).get(path) if name != "Mona Manager" else manager.get(path)
            if "html" not in answer.headers.get("content-type", ""):
                continue
            untranslated = bare_english(answer.text)
            if untranslated:
                left.setdefault(address, set()).update(untranslated)
            assert 'dir="rtl"' in answer.text or "<html" not in answer.text
    assert left == {}
