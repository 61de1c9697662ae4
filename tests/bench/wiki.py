"""Measures the wiki: versions, saving, comparing, searching, hostile texts, and three authors who save at once."""

import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlencode

from fastapi.testclient import TestClient
from sqlalchemy import insert, text
from sqlmodel import Session, select

from server.app import create_app, tune_garbage_collection
from server.db.migrate import upgrade
from server.db.session import Database
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import Candidate, Draft, Proposal, Version
from server.documents.service import StaleDraftError, SubmittedText
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.service import digest
from server.search.queries import SearchQuery, search
from server.search.service import COMMENTS, DOCUMENTS, IndexEntry, index
from server.settings import DEMO_SECRET
from server.text.diff.hunks import diff_markdown
from server.text.parse import parse_document
from server.web.csrf import form_token
from tests.cast import SLUG
from tests.databases import Postgres, Sqlite, postgres_server, settings_for

Row = tuple[str, float, str, float | None]
"""Name, value, unit, and the most it may be."""
FEW, A_PAGE, MANY = 30, 60, 3_000
"""A history shows fifty versions, so that one of thirty is a shorter page."""
AUTHORS, SAVES = 3, 1_000
WORDS = [f"{word}{ending}" for word in ("pay", "plan", "quota", "deal", "churn", "rate") for ending in ("", "s", "ed")]


MANY_WORDS = [f"word{rank}" for rank in range(1, 3_001)]
WEIGHTS = list(accumulate(1 / rank for rank in range(1, 3_001)))
"""Words as often as they are in real texts: the second half as often as the first, and so on (Zipf)."""


def prose(words: int, seed: int = 1) -> str:
    """Return so many words of a small vocabulary, forty to a paragraph: the hardest input for a diff."""
    draw = random.Random(seed)
    text_words = [draw.choice(WORDS) for _ in range(words)]
    return "\n\n".join(" ".join(text_words[start : start + 40]) for start in range(0, words, 40))


def fastest(work: Callable[[], object], times: int = 25) -> float:
    """Return the milliseconds of the median of some runs."""
    walls = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        walls.append((time.perf_counter() - began) * 1000)
    return sorted(walls)[len(walls) // 2]


@contextmanager
def town(url: str) -> Iterator[tuple[TestClient, Database]]:
    """Serve the cast's database to its manager, in this process."""
    app = create_app(settings_for(url))
    upgrade(app.state.engine)
    with app.state.database.writing() as session:
        token = people_service.sign_in(
            session, people_queries.by_names(session, ["Mona Manager"])["mona manager"], "bench"
        )
        session.commit()
    headers = {
        "cookie": f"__Host-townhall={token}",
        "origin": "https://testserver",
        "x-csrf-token": form_token(DEMO_SECRET, digest(token)),
    }
    yield TestClient(app, "https://testserver", headers=headers, follow_redirects=False), app.state.database
    app.state.engine.dispose()


def _more_versions(session: Session, until: int) -> None:
    """Put copies of the newest version behind it until there are so many, as if a manager published all the time."""
    proposal = document_queries.by_slug(session, SLUG)
    assert proposal
    newest = document_queries.version(session, proposal.id, proposal.current)
    if newest is None or newest.number >= until:
        return
    values, at = newest.model_dump(exclude={"id", "number", "published_at"}), datetime.now(UTC)
    rows = [values | {"number": number, "published_at": at} for number in range(newest.number + 1, until + 1)]
    session.execute(insert(Version), rows)
    last = document_queries.version(session, proposal.id, until)
    assert last
    for candidate in session.exec(select(Candidate).where(Candidate.version_id == newest.id)).all():
        session.add(Candidate(**candidate.model_dump(exclude={"id", "version_id"}), version_id=last.id))
    proposal.current = until
    session.add(proposal)
    session.commit()


def _quiet(client: TestClient, path: str) -> float:
    """Return the milliseconds of a page in the quietest of several passes: growth is looked for, not what else runs."""
    return min(fastest(lambda: client.get(path)) for _ in range(6))


def versions(client: TestClient, database: Database) -> Iterator[Row]:
    """Measure a version's page, its history and its changes with few versions and with many."""
    paths = {
        "a version's page": f"/proposals/{SLUG}/v/2",
        "the newest version's page": f"/proposals/{SLUG}",
        "origins": f"/proposals/{SLUG}/v/2/blame",
        "history": f"/proposals/{SLUG}/history",
    }
    few: dict[str, float] = {}
    for name, path in paths.items():
        with database.writing() as session:
            _more_versions(session, A_PAGE if name == "history" else FEW)
        few[name] = _quiet(client, path)
    with database.writing() as session:
        _more_versions(session, MANY)
    for name, path in paths.items():
        many = _quiet(client, path)
        yield f"{name}: {MANY} versions against {A_PAGE if name == 'history' else FEW}", many / few[name], "x", 1.2


def saving(client: TestClient) -> Iterator[Row]:
    """Measure a save of fifty kilobytes, by a person and by the editor itself."""
    page = f"## Why\n\n{prose(8_500)[:49_000]}\n"
    fields = {"title": "Pay", "markdown": page, "base": MANY, "revision": 0, "editor_id": "01BENCHBENCHBENCHBENCHBENC"}
    content = urlencode(fields)
    for name, path in (("a save of 50 KB: p50", "edit"), ("an autosave of 50 KB: p50", "edit/autosave")):
        sent = {"content": content, "headers": {"content-type": "application/x-www-form-urlencoded"}}
        url = f"/proposals/{SLUG}/{path}"
        yield name, fastest(lambda sent=sent, url=url: client.post(url, **sent)), "ms", None  # type: ignore[misc]


def comparing() -> Iterator[Row]:
    """Measure the differ on repetitive words, a few of them changed and many."""
    old = prose(9_350)
    loop = fastest(lambda: [word for word in old.split(" ") if word], 25)
    for share in (3, 15, 40):
        draw = random.Random(share)
        new = " ".join(draw.choice(WORDS) if word and draw.random() * 100 < share else word for word in old.split(" "))
        wall = fastest(lambda new=new: diff_markdown(old, new), 5)  # type: ignore[misc]
        yield f"9,350 repetitive words, {share}% changed, against a loop over them", wall / loop, "x", 1_500
    page, other = prose(1_600), prose(1_600).replace("quotas", "goals")
    yield "10 KB, words changed all over", fastest(lambda: diff_markdown(page, other), 9), "ms", None


HOSTILE = (
    "http://a.",
    "[",
    "[[",
    "[[a|",
    "*a",
    "> ",
    "- [ ] a\n",
    "|a|b|\n|-|-|\n",
    "[^1]",
    "`",
    "~~~\n",
    "# a\n",
    "&#x41;",
    "1.\n",
    "<http://",
)


def hostile() -> Iterator[Row]:
    """Measure the dearest of some hostile texts of a hundred kilobytes against ordinary words."""
    ordinary = fastest(lambda: parse_document(("Half of that churn came from the list. " * 3_000)[:100_000]), 3)
    pages = [(part * 100_000)[:100_000] for part in HOSTILE]
    dearest = max(fastest(lambda page=page: parse_document(page), 3) for page in pages)  # type: ignore[misc]
    yield "100 KB of the dearest hostile markdown against ordinary", dearest / ordinary, "x", 15


def searching(database: Database, kind: str) -> Iterator[Row]:
    """Measure searches with a fiftieth of the corpus, then with two thousand pages and a hundred thousand comments."""
    asked = ["word1", "word3 word7", "word50", "word900 word12", "zebra", "56,000"]
    small = _searched(database, asked, 0, 40, 2_000)
    large = _searched(database, asked, 40, 2_000, 100_000)
    yield f"{kind}: a search in 2,000 pages and 100,000 comments", large, "ms", None
    yield f"{kind}: against a fiftieth of them", large / small, "x", 2


def _searched(database: Database, asked: list[str], first: int, pages: int, comments: int) -> float:
    draw = random.Random(5)
    with database.writing() as session:
        for number in range(first, pages):
            words = " ".join(draw.choices(MANY_WORDS, cum_weights=WEIGHTS, k=300))
            index(session, IndexEntry("page", f"bench {number}", number, f"/pages/{number}", f"Page {number}", words))
        for number in range(first * 50, comments):
            words = " ".join(draw.choices(MANY_WORDS, cum_weights=WEIGHTS, k=12)) + (
                " zebra" if number % 20_000 == 7 else ""
            )
            index(session, IndexEntry("comment", f"bench {number}", number % 40, f"/comments/{number}", "Rep", words))
        session.commit()
        session.execute(text("ANALYZE search_entries"))  # as PostgreSQL does by itself within a minute
        session.commit()

    def search_all() -> None:
        with database.reading() as session:
            for words in asked:
                search(session, SearchQuery(words, COMMENTS))
                search(session, SearchQuery(words, DOCUMENTS))

    return fastest(search_all, 15) / (2 * len(asked))


def saved_at_once(database: Database, authors: int = AUTHORS, saves: int = SAVES) -> tuple[int, int]:
    """Let authors write lines into one draft at once; return how many saves were acknowledged, and how many lost."""
    with database.writing() as session:
        proposal = document_queries.by_slug(session, SLUG)
        assert proposal
        owner = people_queries.by_names(session, ["Mona Manager"])["mona manager"].id or 0
        document_service.discard_draft(session, proposal, owner)
        draft = document_service.save_draft(session, proposal, SubmittedText("Pay", "", "", 2, 0), owner)
        key = draft.id
        session.commit()
    acknowledged: list[str] = []

    def write(author: int) -> None:
        for number in range(saves // authors + 1):
            line = f"{author}-{number}"
            while not _save_line(database, key or 0, owner, line):
                pass
            acknowledged.append(line)

    threads = [threading.Thread(target=write, args=(author,)) for author in range(authors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        kept = session.get_one(Draft, key).markdown.split()
    return len(acknowledged), len(acknowledged) - len(set(kept) & set(acknowledged)) + abs(len(kept) - len(set(kept)))


def _save_line(database: Database, key: int, owner: int, line: str) -> bool:
    with database.reading() as session:
        seen = session.get_one(Draft, key)
        changed = SubmittedText("Pay", f"{seen.markdown}\n{line}".strip(), "", 2, seen.revision)
        proposal = session.get_one(Proposal, seen.proposal_id)
    try:
        with database.writing() as session:
            document_service.save_draft(session, proposal, changed, owner)
            session.commit()
    except StaleDraftError:
        return False
    return True


def figures() -> Iterator[Row]:
    """Measure everything on SQLite and on PostgreSQL if it is installed, with a server's garbage collection."""
    tune_garbage_collection()
    yield from comparing()
    yield from hostile()
    with tempfile.TemporaryDirectory(prefix="townhall") as name:
        folder = Path(name)
        for kind, url in _databases(folder):
            with town(url) as (client, database):
                saved, lost = saved_at_once(database)
                yield f"{kind}: saves acknowledged of three authors at once", saved, "saves", None
                yield f"{kind}: lost of them", lost, "saves", 0
                yield from searching(database, kind)
                if kind == "SQLite":
                    yield from versions(client, database)
                    yield from saving(client)


def _databases(folder: Path) -> Iterator[tuple[str, str]]:
    with Sqlite(folder).fresh() as url:
        yield "SQLite", url
    (folder / "pg").mkdir()
    with postgres_server(folder / "pg") as server:
        if server:
            with Postgres(server, "bench").fresh() as url:
                yield "PostgreSQL", url
