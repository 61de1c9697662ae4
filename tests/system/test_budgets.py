"""Pages stay within their budget of statements and compressed bytes, and cost the same however much there is."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from server.discussion import service as discussion_service
from server.discussion.service import CommentTarget
from server.web import assets
from tests.cast import SLUG
from tests.conftest import Townhall

BUDGETS = json.loads((Path(__file__).parent / "budgets.json").read_text())


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Both databases get the same statements: one is enough."""
    return sqlite_url


@contextmanager
def counted(townhall: Townhall) -> Iterator[list[str]]:
    names: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            names.append(statement)

    event.listen(townhall.database.engine, "before_cursor_execute", note)
    yield names
    event.remove(townhall.database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", BUDGETS)
def test_a_page_stays_within_its_budget(townhall: Townhall, path: str) -> None:
    client = townhall.client("Maya Rep")
    with counted(townhall) as statements:
        answer = client.get(path)
    assert answer.status_code == 200
    assert len(statements) <= BUDGETS[path]["statements"], "\n".join(statements)
    assert len(gzip.compress(answer.content)) <= BUDGETS[path]["bytes"]


def test_many_comments_cost_no_more_statements(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    with counted(townhall) as few:
        client.get(f"/proposals/{SLUG}")
    with townhall.database.writing() as session:
        author = townhall.person("Dana Rep").id or 0
        for number in range(80):
            discussion_service.create_comment(
                session, CommentTarget(SLUG, 2), discussion_service.prepare(f"Comment {number}"), author
            )
        session.commit()
    with counted(townhall) as many:
        answer = client.get(f"/proposals/{SLUG}")
    assert len(many) == len(few)
    assert answer.text.count('class="thread') == 50
    assert "Show older comments" in answer.text


@pytest.mark.parametrize("who", ["Maya Rep", "Mona Manager"])
def test_five_hundred_threads_open_within_twelve_statements(townhall: Townhall, who: str) -> None:
    most = 13 if who == "Mona Manager" else 12  # one asks whether the manager may change the proposal
    with townhall.database.writing() as session:
        author = townhall.person("Dana Rep").id or 0
        words = discussion_service.prepare("Why?")
        for _ in range(500):
            discussion_service.create_comment(session, CommentTarget(SLUG, 2), words, author)
        session.commit()
    client = townhall.client(who)
    client.get(f"/proposals/{SLUG}/v/1")
    with counted(townhall) as statements:
        client.get(f"/proposals/{SLUG}?since=1")
    assert 6 < len(statements) <= most, "\n".join(statements)
    with counted(townhall) as statements:
        client.get(f"/proposals/{SLUG}?since=1")
    assert len(statements) <= 4, "\n".join(statements)


def test_what_a_browser_fetches_once_is_small() -> None:
    # Of the scripts, 1,100 bytes keep unsent words and one stream for all tabs.
    assert len(gzip.compress(assets.content("site.js"))) <= 21_800
    assert len(gzip.compress(assets.content("site.css"))) <= 10 * 1024
