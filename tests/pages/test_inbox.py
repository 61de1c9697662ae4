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
from tests.conftest import House

PATH = f"/proposals/{SLUG}/comments"


def say(house: House, text: str, who: str = "Maya Rep", **fields: Any) -> str:
    answer = house.as_(who).submit(PATH, version=2, text=text, **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"]).removeprefix("/comments/")


@pytest.fixture(autouse=True)
def nothing_waits(house: House) -> None:
    """Let the cast's own comments be answered."""
    mona = house.as_("Mona Manager")
    for pile in piles(mona.get("/inbox").text):
        assert mona.submit("/inbox", ulid=pile, state="answered", text="Yes.").status_code == 303


def piles(page: str) -> list[list[str]]:
    """Return the comments of each pile of the inbox."""
    return [re.findall(r'name="ulid" value="(\w+)"', pile) for pile in page.split('<form class="comment-group')[1:]]


def test_alike_comments_lie_in_one_pile_the_oldest_first(house: House) -> None:
    other = say(house, "Do expansion deals count towards the sales milestone?")
    first = say(house, "Sixty days are too short for large customers with long procurement.")
    second = say(house, "For large customers with procurement sixty days are far too short.", "Dana Rep")
    on_words = [say(house, text, who, block=1) for text, who in (("Really?", "Maya Rep"), ("Who says so", "Dana Rep"))]
    page = house.as_("Mona Manager").get("/inbox").text
    found = piles(page)
    assert [first, second] in found
    assert on_words in found
    assert [other] in found
    assert "2 similar comments" in page
    oldest = [ulid for pile in found for ulid in pile[:1]]
    assert oldest == sorted(oldest)


def test_one_answer_reaches_each_author(house: House) -> None:
    both = [say(house, "Sixty days are too short for procurement.", who) for who in ("Maya Rep", "Dana Rep")]
    mona = house.as_("Mona Manager")
    answer = mona.submit("/inbox", ulid=both, state="answered", text="We make it ninety.")
    assert answer.status_code == 303
    for ulid, who in zip(both, ("Maya Rep", "Dana Rep"), strict=True):
        shown = house.as_(who).get("/inbox").text
        assert f'id="thread-{ulid}"' in shown
        assert "We make it ninety." in shown
    assert piles(mona.get("/inbox").text) == []
    assert "No open comments." in mona.get("/inbox").text


def test_of_a_pile_only_what_is_ticked_is_answered(house: House) -> None:
    one, other = (say(house, "Sixty days are too short for procurement.", who) for who in ("Maya Rep", "Dana Rep"))
    mona = house.as_("Mona Manager")
    mona.submit("/inbox", ulid=[one], state="accepted", text="")
    assert piles(mona.get("/inbox").text) == [[other]]


def test_what_somebody_else_answered_meanwhile_is_refused_and_nothing_typed_is_lost(house: House) -> None:
    both = [say(house, "Sixty days are too short for procurement.", who) for who in ("Maya Rep", "Dana Rep")]
    house.as_("Otto Other").submit(
        f"/comments/{both[1]}/answer", state="answered", text="Otto was quicker.", seen="open"
    )
    answer = house.as_("Mona Manager").submit("/inbox", ulid=both, state="answered", text="My long answer.")
    assert answer.status_code == 409
    assert "My long answer." in answer.text
    assert piles(house.as_("Mona Manager").get("/inbox").text) == [[both[0]]]


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
def test_half_an_answer_is_refused(house: House, fields: dict[str, Any]) -> None:
    ulid = say(house, "Why?")
    answer = house.as_("Mona Manager").submit("/inbox", **({"ulid": [ulid]} | fields))
    assert answer.status_code == 422
    assert piles(house.as_("Mona Manager").get("/inbox").text) == [[ulid]]


@pytest.mark.parametrize("who", ["Maya Rep", "Eve Executive", "Sam Success"])
def test_only_managers_answer(house: House, who: str) -> None:
    ulid = say(house, "Why?")
    assert house.as_(who).submit("/inbox", ulid=[ulid], state="answered", text="So.").status_code == 404


def test_a_rep_sees_only_their_own_threads(house: House) -> None:
    mine, theirs = say(house, "Mine?"), say(house, "Theirs?", "Dana Rep")
    shown = house.as_("Maya Rep").get("/inbox").text
    assert f'id="thread-{mine}"' in shown
    assert theirs not in shown


def test_what_waits_longer_than_promised_is_said(house: House) -> None:
    ulid = say(house, "Why?")
    mona = house.as_("Mona Manager")
    assert "All on time" in mona.get("/inbox").text
    with house.database.writing() as session:
        comment = session.exec(select(Comment).where(Comment.ulid == ulid)).one()
        comment.created_at = now() - timedelta(days=3)
        session.add(comment)
        session.commit()
    assert "1 overdue" in mona.get("/inbox").text
    assert '<span class="tag wait">overdue</span>' in mona.get("/inbox").text


def test_the_inbox_can_be_sifted(house: House) -> None:
    concern = say(house, "I worry.", kind="concern")
    say(house, "I wonder.", "Dana Rep", kind="question")
    mona = house.as_("Mona Manager")
    assert piles(mona.get("/inbox?kind=concern").text) == [[concern]]
    assert piles(mona.get("/inbox?proposal=no-such").text) == []


def suggest(house: House, wanted: str, who: str = "Maya Rep", **fields: Any) -> str:
    return say(house, "", who, is_suggestion="yes", suggestion=wanted, **({"block": 1, "quote": "they leave"} | fields))


def drafted(house: House) -> str:
    with house.database.reading() as session:
        found = session.exec(select(Draft).where(Draft.author_id == house.person("Mona Manager").id)).first()
        return found.markdown if found else ""


def test_what_a_suggestion_wants_is_seen_and_accepting_it_puts_it_into_the_draft(house: House) -> None:
    ulid = suggest(house, "half of them leave")
    mona = house.as_("Mona Manager")
    page = mona.get("/inbox").text
    assert "<del>they</del><ins>half of them</ins> leave" in page
    assert "Accept and add to my draft" in page
    answer = mona.submit("/inbox", ulid=[ulid], state="accepted")
    assert answer.status_code == 303
    assert "Because half of them leave." in drafted(house)
    assert "1 comment answered" in mona.get(answer.headers["location"]).text
    with house.database.reading() as session:
        found = session.exec(select(Comment).where(Comment.ulid == ulid)).one()
        assert (found.state, found.planned) == ("accepted", "Because half of them leave.")


def test_suggestions_of_other_words_lie_apart_and_the_same_ones_together(house: House) -> None:
    first, second = suggest(house, "half of them leave"), suggest(house, "most of them leave", "Dana Rep")
    again = suggest(house, "half of them leave", "Dana Rep")
    found = piles(house.as_("Mona Manager").get("/inbox").text)
    assert [first, again] in found
    assert [second] in found


def test_a_suggestion_that_cannot_be_put_in_answers_nothing_and_says_what_to_do(house: House) -> None:
    good, bad = (
        suggest(house, "half of them leave"),
        suggest(house, "all at the very end", block="", quote="", candidate="a", term="release"),
    )
    answer = house.as_("Mona Manager").submit("/inbox", ulid=[good, bad], state="accepted", text="Keep me.")
    assert answer.status_code == 422
    assert "Accept and edit the text" in answer.text
    assert "Keep me." in answer.text
    assert drafted(house) == ""
    with house.database.reading() as session:
        states = {one.ulid: one.state for one in session.exec(select(Comment))}
    assert states[good] == states[bad] == "open"


def test_who_stands_for_the_promise_is_named(house: House) -> None:
    assert 'Responsible: <span dir="auto">Mona Manager</span>' in flat(house.as_("Otto Other").get("/inbox").text)
