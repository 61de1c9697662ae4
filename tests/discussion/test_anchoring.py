"""Comments on words, blocks and terms: set where somebody marked, followed through the versions, never lost."""

import re
from typing import Any

import pytest

from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.publishing import service as publishing_service
from tests.cast import SLUG, page
from tests.conftest import House

PATH = f"/proposals/{SLUG}"


def say(house: House, text: str = "Why so?", who: str = "Maya Rep", **fields: Any) -> str:
    """Comment on a part of version 2; return the thread's public id."""
    client = house.as_(who)
    answer = client.submit(f"{PATH}/comments", version=2, text=text, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/comments/")


def publish(house: House, text: str) -> None:
    with house.database.writing() as session:
        proposal = document_queries.by_slug(session, SLUG)
        author = house.person("Mona Manager").id or 0
        assert proposal
        found = document_service.prepare(
            document_service.SubmittedText(proposal.title, text, "Next.", proposal.current, 0)
        )
        publishing_service.publish(session, proposal, found, author)
        session.commit()


def text_of(house: House) -> str:
    return house.newest().markdown


def seats(house: House) -> dict[str, tuple[str, str]]:
    with house.database.reading() as session:
        edition = document_queries.version_page(session, SLUG)
        assert edition
        return {seat.ulid: (seat.state, seat.quote) for seat in discussion_queries.anchors(session, edition.version_id)}


def test_words_are_marked_and_pinned_for_everybody(house: House) -> None:
    ulid = say(house, block=1, quote="Because   they", start=0)
    shown = house.as_("Dana Rep").get(PATH).text
    assert '<mark class="commented">Because they</mark><a class="pin open"' in shown
    on = house.as_("Dana Rep").get(f"{PATH}/v/2/anchors?block=1").text
    assert "Why so?" in on
    assert '<q dir="auto">Because they</q>' in on
    assert f'id="thread-{ulid}"' in on


def test_a_whole_block_can_be_meant(house: House) -> None:
    ulid = say(house, block=1)
    assert seats(house)[ulid] == ("exact", "Because they leave.")


def test_the_nearest_of_equal_words_is_meant(house: House) -> None:
    text = text_of(house).replace("Because they leave.", "They leave, they stay, they leave.")
    publish(house, text)
    answer = house.as_("Maya Rep").submit(
        f"{PATH}/comments", version=3, text="The second.", block=1, quote="they", start=28
    )
    assert answer.status_code == 303
    shown = house.as_("Dana Rep").get(PATH).text
    assert 'They leave, they stay, <mark class="commented">they</mark>' in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"block": 1, "quote": "never said"},
        {"block": 999},
        {"candidate": "a", "term": "No such term"},
        {"term": "release"},
        {"block": "x"},
        {"block": 1, "quote": "x" * 601},
    ],
)
def test_what_is_not_in_the_text_is_refused_and_nothing_typed_is_lost(house: House, fields: dict[str, Any]) -> None:
    answer = house.as_("Maya Rep").submit(f"{PATH}/comments", version=2, text="Keep me safe", **fields)
    assert answer.status_code == 422
    assert "Keep me safe" in answer.text


def test_a_mark_follows_its_words_and_says_what_became_of_them(house: House) -> None:
    exact = say(house, block=1, quote="Because they leave")
    publish(house, text_of(house).replace("Because they leave.", "It is so. Because they leave."))
    assert seats(house)[exact][0] == "exact"
    publish(house, text_of(house).replace("Because they leave", "Because they often leave"))
    state, quote = seats(house)[exact]
    assert (state, quote) == ("edited", "Because they leave")
    thread = house.as_("Dana Rep").get(f"/comments/{exact}").text
    assert "edited since" in thread


def test_what_is_gone_is_listed_with_its_words_and_comes_back_with_them(house: House) -> None:
    before = text_of(house)
    ulid = say(house, block=1, quote="Because they leave")
    publish(house, before.replace("Because they leave.", "Nothing of that is here."))
    shown = house.as_("Dana Rep").get(PATH).text
    assert "1 comment is about text that is no longer in this version" in shown
    assert "Because they leave</q>" in shown
    assert f"{PATH}/changes?from=2&amp;to=3" in shown
    assert '<mark class="commented">' not in shown
    publish(house, before)
    assert seats(house)[ulid][0] == "exact"
    assert '<mark class="commented">Because they leave</mark>' in house.as_("Dana Rep").get(PATH).text
    assert "no longer in this version" in house.as_("Dana Rep").get(f"{PATH}/v/3").text


def test_a_comment_on_an_older_version_is_carried_to_the_newest(house: House) -> None:
    publish(house, "Before it.\n\n" + text_of(house))
    ulid = say(house, block=1, quote="Because they leave")
    assert seats(house)[ulid][0] == "exact"
    assert '<mark class="commented">Because they leave</mark>' in house.as_("Dana Rep").get(PATH).text


def test_a_term_can_be_commented_on_and_is_followed(house: House) -> None:
    shown = house.as_("Maya Rep").get(PATH).text
    term = re.search(rf"{PATH}/v/2/anchors\?candidate=a&amp;term=([^\"]+)\"", shown)
    assert term
    ulid = say(house, candidate="a", term="release")
    on = house.as_("Dana Rep").get(f"{PATH}/v/2/anchors?candidate=a&term=release").text
    assert "Why so?" in on
    publish(house, text_of(house).replace("within: 60 days", "within: 75 days"))
    assert seats(house)[ulid][0] in {"exact", "edited"}
    assert house.as_("Dana Rep").get(f"{PATH}/v/3/anchors?candidate=a&term=release").text.count("Why so?") == 1
    assert house.as_("Dana Rep").get(f"{PATH}/v/3/anchors?candidate=a&term=Nonsense").status_code == 404


def test_a_changed_block_shows_what_was_said_on_it(house: House) -> None:
    say(house, block=1, quote="Because they leave", text="Is that so?")
    publish(house, text_of(house).replace("Because they leave.", "Because half of them leave."))
    shown = house.as_("Dana Rep").get(f"{PATH}/changes?from=2&to=3").text
    assert "Comment by" in shown
    assert "Because they leave</q>" in shown


def test_a_withdrawn_comment_leaves_no_mark(house: House) -> None:
    ulid = say(house, block=1, quote="Because they leave")
    house.as_("Maya Rep").submit(f"/comments/{ulid}/delete")
    assert '<mark class="commented">' not in house.as_("Dana Rep").get(PATH).text


def test_nobody_signed_out_sees_a_part(house: House) -> None:
    assert house.as_(None).get(f"{PATH}/v/2/anchors?block=1").status_code == 303
    assert house.as_("Maya Rep").get(f"{PATH}/v/2/anchors?block=999").status_code == 404
    assert house.as_("Maya Rep").get(f"{PATH}/v/2/anchors").status_code == 404


def test_parts_of_the_cast_are_as_these_tests_think() -> None:
    assert "Because they leave." in page("50,000", "Because they leave.")


def test_a_comment_on_a_candidate_follows_it_to_its_new_letter(house: House) -> None:
    maya, mona = house.as_("Maya Rep"), house.as_("Mona Manager")
    whole = str(maya.submit(f"{PATH}/comments", version=2, text="On b.", candidate="b").headers["location"])
    fields = house.swapped()
    assert mona.submit(f"{PATH}/edit/publish", **fields).status_code == 303
    shown = maya.get(whole).text
    assert "#candidate-a" in shown
    assert "on A" in shown
    assert "on A" in next(pile for pile in mona.get("/inbox").text.split("<form") if "On b." in pile)
    moved = re.findall(r"```plan\n.*?```", fields["markdown"], re.DOTALL)[0]
    fields |= {"base": 3, "markdown": fields["markdown"].replace(moved, ""), "note": "One less."}
    assert mona.submit(f"{PATH}/edit/publish", **fields).status_code == 303
    shown = maya.get(whole).text
    assert f"{PATH}/v/2#candidate-b" in shown
    assert "on B of version 2" in shown
