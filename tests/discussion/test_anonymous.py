"""Comments without a name: kept without their author, out with others on another day, known by their author alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select

from server.db.columns import now
from server.discussion import anonymous
from server.discussion.models import Comment, PendingComment
from server.documents.models import Redesign
from server.notifications.models import Notice
from tests.cast import SLUG
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"
WORDS = "I would rather not be known for this"


@pytest.fixture(autouse=True)
def allowed(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anonymous, "MIN_REPS", 3)
    townhall.join("Maya Rep", "Dana Rep", "Newt Newcomer")
    with townhall.database.writing() as session:
        for redesign in session.exec(select(Redesign)):
            redesign.allow_anonymous = True
            session.add(redesign)
        session.commit()


@pytest.fixture
def tomorrow(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    def come() -> bool:
        monkeypatch.setattr(anonymous, "now", lambda: now() + timedelta(days=1))
        return anonymous.publish_pending(townhall.database, lambda channel, name: None)

    return come


def post_comment(townhall: Townhall, words: str = WORDS, who: str = "Maya Rep", **fields: object) -> None:
    answer = townhall.client(who).submit(f"{PATH}/comments", version=2, text=words, is_anonymous="yes", **fields)
    assert answer.status_code == 303, answer.text


def everything(townhall: Townhall) -> str:
    """Return every row of every table as text."""
    with townhall.database.reading() as session:
        return "\n".join(
            f"{name}: {row}"
            for name in SQLModel.metadata.tables
            for row in session.execute(text(f"SELECT * FROM {name}"))
        )


def test_it_appears_on_a_later_day_without_a_name(townhall: Townhall, tomorrow: Callable[[], bool]) -> None:
    post_comment(townhall, block=1, quote="they leave")
    for who in ("Maya Rep", "Dana Rep", "Mona Manager", "Ada Admin"):
        assert WORDS not in townhall.client(who).get(PATH).text
    assert not anonymous.publish_pending(townhall.database, lambda channel, name: None)
    assert tomorrow()
    shown = townhall.client("Dana Rep").get(PATH).text
    assert WORDS in shown
    assert "<b>Anonymous</b>" in shown
    assert '<mark class="commented">they leave</mark>' in shown
    with townhall.database.reading() as session:
        comment = session.exec(select(Comment).where(Comment.author_signature != "")).one()
        day = (now() + timedelta(days=1)).date()
        assert comment.author_id is None
        assert comment.created_at == datetime(day.year, day.month, day.day, tzinfo=UTC)
        assert session.exec(select(PendingComment)).first() is None


def test_it_appears_at_the_moved_proposal(townhall: Townhall, tomorrow: Callable[[], bool]) -> None:
    post_comment(townhall)
    assert townhall.client("Mona Manager").submit(f"{PATH}/settings", slug="another-address").status_code == 303
    assert tomorrow()
    assert WORDS in townhall.client("Dana Rep").get("/proposals/another-address").text


def test_its_author_is_kept_nowhere(townhall: Townhall, tomorrow: Callable[[], bool]) -> None:
    maya = townhall.person("Maya Rep")
    post_comment(townhall)
    held = next(line for line in everything(townhall).splitlines() if WORDS in line)
    for trace in (maya.ulid, maya.name, str(maya.email), "author"):
        assert trace not in held
    with townhall.database.reading() as session:
        assert str(maya.id) not in session.exec(select(PendingComment)).one().content.values()
    tomorrow()
    lines = [line for line in everything(townhall).splitlines() if WORDS in line and not line.startswith("search")]
    assert lines
    for line in lines:
        assert maya.ulid not in line
        assert maya.name not in line


def test_only_its_author_finds_it_again(townhall: Townhall, tomorrow: Callable[[], bool]) -> None:
    post_comment(townhall)
    assert "1 anonymous comment of yours will be published tomorrow" in townhall.client("Maya Rep").get("/inbox").text
    assert "will be published tomorrow" not in townhall.client("Dana Rep").get("/inbox").text
    tomorrow()
    assert WORDS in townhall.client("Maya Rep").get("/inbox").text
    assert WORDS not in townhall.client("Dana Rep").get("/inbox").text


def test_notices_and_answers_name_no_author(townhall: Townhall, tomorrow: Callable[[], bool]) -> None:
    townhall.client("Dana Rep").submit("/me/notices", subscription="all", digest="off")
    post_comment(townhall)
    tomorrow()
    with townhall.database.reading() as session:
        told = [notice for notice in session.exec(select(Notice)) if WORDS[:20] in str(notice.message)]
        ulid = session.exec(select(Comment.ulid).where(Comment.author_signature != "")).one()
    assert [notice.message["who"] for notice in told] == ["Anonymous"] * 2
    mona = townhall.client("Mona Manager")
    assert WORDS in mona.get("/inbox").text
    assert mona.submit("/inbox", ulid=[ulid], state="answered", text="Fair.").status_code == 303
    assert townhall.client("Maya Rep").submit(f"/comments/{ulid}/edit", text="x", revision=1).status_code == 404
    assert townhall.client("Maya Rep").submit(f"/comments/{ulid}/delete").status_code == 404


def test_where_it_is_not_allowed_it_is_refused_and_nothing_typed_is_lost(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        for redesign in session.exec(select(Redesign)):
            redesign.allow_anonymous = False
            session.add(redesign)
        session.commit()
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text=WORDS, is_anonymous="yes")
    assert answer.status_code == 422
    assert WORDS in answer.text
    assert "Comment anonymously" not in townhall.client("Maya Rep").get(PATH).text


def test_anonymous_comments_need_enough_people(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anonymous, "MIN_REPS", 100)
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text=WORDS, is_anonymous="yes")
    assert answer.status_code == 422


def test_invalid_input_is_refused_at_once(townhall: Townhall) -> None:
    answer = townhall.client("Maya Rep").submit(
        f"{PATH}/comments", version=2, text=WORDS, is_anonymous="yes", block=1, quote="never said"
    )
    assert answer.status_code == 422
    assert WORDS not in everything(townhall)


def test_so_many_in_a_day(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anonymous, "PER_DAY", 2)
    post_comment(townhall, "One")
    post_comment(townhall, "Two")
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text="Three", is_anonymous="yes")
    assert answer.status_code == 429
    post_comment(townhall, "Of somebody else", "Dana Rep")


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_processes_let_nothing_out_twice(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        post_comment(townhall, f"{WORDS} {number}")
    monkeypatch.setattr(anonymous, "now", lambda: now() + timedelta(days=1))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: anonymous.publish_pending(townhall.database, lambda channel, name: None), range(4)))
    with townhall.database.reading() as session:
        out = [comment for comment in session.exec(select(Comment)) if comment.markdown.startswith(WORDS)]
        assert len(out) == 4
        assert session.exec(select(PendingComment)).first() is None
