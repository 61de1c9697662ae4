"""The inbox: oldest first, alike ones together, answered at once, and each author finds the answer."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from server.db.columns import now
from server.discussion.models import Comment
from server.documents.models import Draft
from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/comments"


def post_comment(townhall: Townhall, text: str, who: str = "Maya Rep", **fields: Any) -> str:
    answer = townhall.client(who).submit(PATH, version=2, text=text, **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"]).removeprefix("/comments/")


@pytest.fixture(autouse=True)
def nothing_waits(townhall: Townhall) -> None:
    """Let the cast's own comments be answered."""
    mona = townhall.client("Mona Manager")
    for pile in piles(mona.get("/inbox").text):
        assert mona.submit("/inbox", ulid=pile, state="answered", text="Yes.").status_code == 303


def piles(page: str) -> list[list[str]]:
    """Return the comments of each pile of the inbox."""
    return [re.findall(r'name="ulid" value="(\w+)"', pile) for pile in page.split('<form class="comment-group')[1:]]


def test_similar_comments_are_grouped_oldest_first(townhall: Townhall) -> None:
    other = post_comment(townhall, "Do expansion deals count towards the sales milestone?")
    first = post_comment(townhall, "Sixty days are too short for large customers with long procurement.")
    second = post_comment(townhall, "For large customers with procurement sixty days are far too short.", "Dana Rep")
    on_words = [
        post_comment(townhall, text, who, block=1)
        for text, who in (("Really?", "Maya Rep"), ("Who says so", "Dana Rep"))
    ]
    page = townhall.client("Mona Manager").get("/inbox").text
    groups = piles(page)
    assert [first, second] in groups
    assert on_words in groups
    assert [other] in groups
    assert "2 similar comments" in page
    oldest = [ulid for pile in groups for ulid in pile[:1]]
    assert oldest == sorted(oldest)


def test_a_group_answer_reaches_each_author(townhall: Townhall) -> None:
    both = [
        post_comment(townhall, "Sixty days are too short for procurement.", who) for who in ("Maya Rep", "Dana Rep")
    ]
    mona = townhall.client("Mona Manager")
    answer = mona.submit("/inbox", ulid=both, state="answered", text="We make it ninety.")
    assert answer.status_code == 303
    for ulid, who in zip(both, ("Maya Rep", "Dana Rep"), strict=True):
        shown = townhall.client(who).get("/inbox").text
        assert f'id="thread-{ulid}"' in shown
        assert "We make it ninety." in shown
    assert piles(mona.get("/inbox").text) == []
    assert "No open comments." in mona.get("/inbox").text


def test_only_checked_comments_are_answered(townhall: Townhall) -> None:
    one, other = (
        post_comment(townhall, "Sixty days are too short for procurement.", who) for who in ("Maya Rep", "Dana Rep")
    )
    mona = townhall.client("Mona Manager")
    mona.submit("/inbox", ulid=[one], state="accepted", text="")
    assert piles(mona.get("/inbox").text) == [[other]]


def test_a_comment_answered_in_the_meantime_is_refused_without_losing_text(townhall: Townhall) -> None:
    both = [
        post_comment(townhall, "Sixty days are too short for procurement.", who) for who in ("Maya Rep", "Dana Rep")
    ]
    townhall.client("Otto Other").submit(
        f"/comments/{both[1]}/answer", state="answered", text="Otto was quicker.", seen="open"
    )
    answer = townhall.client("Mona Manager").submit("/inbox", ulid=both, state="answered", text="My long answer.")
    assert answer.status_code == 409
    assert "My long answer." in answer.text
    assert piles(townhall.client("Mona Manager").get("/inbox").text) == [[both[0]]]


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "answered", "text": ""},
        {"state": "declined", "text": " "},
        {"state": "postponed", "text": "x"},
        {"state": "postponed", "postponed_until": "2020-01-01"},
        {"state": "nonsense", "text": "x"},
        {"state": "answered", "text": "x", "ulid": []},
    ],
)
def test_incomplete_answers_are_refused(townhall: Townhall, fields: dict[str, Any]) -> None:
    ulid = post_comment(townhall, "Why?")
    answer = townhall.client("Mona Manager").submit("/inbox", **({"ulid": [ulid]} | fields))
    assert answer.status_code == 422
    assert piles(townhall.client("Mona Manager").get("/inbox").text) == [[ulid]]


@pytest.mark.parametrize("who", ["Maya Rep", "Eve Executive", "Sam Success"])
def test_only_managers_answer(townhall: Townhall, who: str) -> None:
    ulid = post_comment(townhall, "Why?")
    assert townhall.client(who).submit("/inbox", ulid=[ulid], state="answered", text="So.").status_code == 404


def test_a_rep_sees_only_their_own_threads(townhall: Townhall) -> None:
    mine, theirs = post_comment(townhall, "Mine?"), post_comment(townhall, "Theirs?", "Dana Rep")
    shown = townhall.client("Maya Rep").get("/inbox").text
    assert f'id="thread-{mine}"' in shown
    assert theirs not in shown


def test_comments_past_the_answer_promise_are_marked(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Why?")
    mona = townhall.client("Mona Manager")
    assert "All on time" in mona.get("/inbox").text
    with townhall.database.writing() as session:
        comment = session.exec(select(Comment).where(Comment.ulid == ulid)).one()
        comment.created_at = now() - timedelta(days=3)
        session.add(comment)
        session.commit()
    assert "1 overdue" in mona.get("/inbox").text
    assert '<span class="tag wait">overdue</span>' in mona.get("/inbox").text


def test_the_inbox_can_be_filtered(townhall: Townhall) -> None:
    concern = post_comment(townhall, "I worry.", kind="concern")
    post_comment(townhall, "I wonder.", "Dana Rep", kind="question")
    mona = townhall.client("Mona Manager")
    assert piles(mona.get("/inbox?kind=concern").text) == [[concern]]
    assert piles(mona.get("/inbox?proposal=no-such").text) == []


def suggest(townhall: Townhall, wanted: str, who: str = "Maya Rep", **fields: Any) -> str:
    return post_comment(
        townhall, "", who, is_suggestion="yes", suggestion=wanted, **({"block": 1, "quote": "they leave"} | fields)
    )


def drafted(townhall: Townhall) -> str:
    with townhall.database.reading() as session:
        draft_row = session.exec(select(Draft).where(Draft.author_id == townhall.person("Mona Manager").id)).first()
        return draft_row.markdown if draft_row else ""


def test_what_a_suggestion_wants_is_seen_and_accepting_it_puts_it_into_the_draft(townhall: Townhall) -> None:
    ulid = suggest(townhall, "half of them leave")
    mona = townhall.client("Mona Manager")
    page = mona.get("/inbox").text
    assert "<del>they</del><ins>half of them</ins> leave" in page
    assert "Accept and add to my draft" in page
    answer = mona.submit("/inbox", ulid=[ulid], state="accepted")
    assert answer.status_code == 303
    assert "Because half of them leave." in drafted(townhall)
    assert "1 comment accepted." in mona.get(answer.headers["location"]).text
    with townhall.database.reading() as session:
        comment_row = session.exec(select(Comment).where(Comment.ulid == ulid)).one()
        assert (comment_row.state, comment_row.planned) == ("accepted", "Because half of them leave.")


def test_suggestions_of_other_words_lie_apart_and_the_same_ones_together(townhall: Townhall) -> None:
    first, second = suggest(townhall, "half of them leave"), suggest(townhall, "most of them leave", "Dana Rep")
    again = suggest(townhall, "half of them leave", "Dana Rep")
    groups = piles(townhall.client("Mona Manager").get("/inbox").text)
    assert [first, again] in groups
    assert [second] in groups


def test_a_suggestion_that_cannot_be_applied_is_explained(townhall: Townhall) -> None:
    good, bad = (
        suggest(townhall, "half of them leave"),
        suggest(townhall, "all at the very end", block="", quote="", candidate="a", term="release"),
    )
    answer = townhall.client("Mona Manager").submit("/inbox", ulid=[good, bad], state="accepted", text="Keep me.")
    assert answer.status_code == 422
    assert "Accept and edit the text" in answer.text
    assert "Keep me." in answer.text
    assert drafted(townhall) == ""
    with townhall.database.reading() as session:
        states = {one.ulid: one.state for one in session.exec(select(Comment))}
    assert states[good] == states[bad] == "open"


def test_the_person_of_the_answer_promise_is_named(townhall: Townhall) -> None:
    assert 'Responsible: <span dir="auto">Mona Manager</span>' in flat(townhall.client("Otto Other").get("/inbox").text)


def test_the_inbox_says_how_many_are_open(townhall: Townhall) -> None:
    manager = townhall.client("Mona Manager")
    assert "open comment" not in manager.get("/inbox").text.replace("No open comments", "")
    post_comment(townhall, "Sixty days are too short.", kind="concern")
    post_comment(townhall, "Do expansion deals count?")
    assert "2 open comments." in manager.get("/inbox").text
    assert "1 open comment." in manager.get("/inbox?kind=concern").text
    assert "2 comments need an answer." in manager.get("/").text


def test_proposals_of_one_title_are_told_apart(townhall: Townhall) -> None:
    mona, newest = townhall.client("Mona Manager"), townhall.newest()
    editor = mona.submit("/proposals/new", title=newest.title, audience="", year="").headers["location"]
    fields = {"title": newest.title, "markdown": newest.markdown, "base": 0, "revision": 0, "note": ""}
    assert mona.submit(f"{editor}/publish", **fields).status_code == 303
    options = flat(mona.get("/inbox").text)
    for slug in (SLUG, editor.split("/")[2]):
        assert f">{newest.title} ({slug})</option>" in options
    maya = townhall.client("Maya Rep")
    assert f"{newest.title} ({SLUG})" in maya.get("/proposals").text
    found = flat(maya.get("/search?q=leave").text)
    for slug in (SLUG, editor.split("/")[2]):
        assert f'<small class="quiet" dir="auto">/proposals/{slug}</small>' in found
