"""Comments on words, blocks and terms: anchored where they were marked, followed through the versions, never lost."""

import re
from typing import Any

import pytest
from sqlmodel import select

from server.discussion import queries as discussion_queries
from server.discussion.models import Comment
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.publishing import service as publishing_service
from tests.cast import SLUG, flat, page
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def post_comment(townhall: Townhall, text: str = "Why so?", who: str = "Maya Rep", **fields: Any) -> str:
    """Comment on a part of version 2; return the thread's public id."""
    client = townhall.client(who)
    answer = client.submit(f"{PATH}/comments", version=2, text=text, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/comments/")


def publish(townhall: Townhall, text: str) -> None:
    with townhall.database.writing() as session:
        proposal = document_queries.by_slug(session, SLUG)
        author = townhall.person("Mona Manager").id or 0
        assert proposal
        prepared = document_service.prepare(
            document_service.SubmittedText(proposal.title, text, "Next.", proposal.current, 0)
        )
        publishing_service.publish(session, proposal, prepared, author)
        session.commit()


def text_of(townhall: Townhall) -> str:
    return townhall.newest().markdown


def seats(townhall: Townhall) -> dict[str, tuple[str, str]]:
    with townhall.database.reading() as session:
        edition = document_queries.version_page(session, SLUG)
        assert edition
        return {seat.ulid: (seat.state, seat.quote) for seat in discussion_queries.anchors(session, edition.version_id)}


def test_words_are_marked_and_pinned_for_everybody(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="Because   they", start=0)
    shown = townhall.client("Dana Rep").get(PATH).text
    assert '<mark class="commented">Because they</mark><a class="pin open"' in shown
    on = townhall.client("Dana Rep").get(f"{PATH}/v/2/anchors?block=1").text
    assert "Why so?" in on
    assert '<q dir="auto">Because they</q>' in on
    assert f'id="thread-{ulid}"' in on


def test_cut_words_are_marked_whole(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="cause they lea", start=2)
    assert seats(townhall)[ulid] == ("exact", "Because they leave")
    panel = townhall.client("Dana Rep").get(f"{PATH}/v/2/anchors?block=1&quote=cause+they+lea&at=2").text
    assert "Because they leave</blockquote>" in flat(panel).replace(" </blockquote>", "</blockquote>")
    assert 'name="start" value="0"' in panel


def test_a_suggestion_for_a_part_of_a_word_replaces_the_whole_word(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="eave", suggestion="ose", is_suggestion="yes", text="Clearer.")
    with townhall.database.reading() as session:
        comment = session.exec(select(Comment).where(Comment.ulid == ulid)).one()
        assert (comment.quote, comment.suggestion) == ("leave", "lose")


def test_a_comment_can_be_on_a_whole_block(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1)
    assert seats(townhall)[ulid] == ("exact", "Because they leave.")


def test_the_nearest_of_equal_words_is_marked(townhall: Townhall) -> None:
    text = text_of(townhall).replace("Because they leave.", "They leave, they stay, they leave.")
    publish(townhall, text)
    answer = townhall.client("Maya Rep").submit(
        f"{PATH}/comments", version=3, text="The second.", block=1, quote="they", start=28
    )
    assert answer.status_code == 303
    shown = townhall.client("Dana Rep").get(PATH).text
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
def test_what_is_not_in_the_text_is_refused_and_nothing_typed_is_lost(
    townhall: Townhall, fields: dict[str, Any]
) -> None:
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text="Keep me safe", **fields)
    assert answer.status_code == 422
    assert "Keep me safe" in answer.text


def test_an_anchor_follows_its_words_and_reports_their_fate(townhall: Townhall) -> None:
    exact = post_comment(townhall, block=1, quote="Because they leave")
    publish(townhall, text_of(townhall).replace("Because they leave.", "It is so. Because they leave."))
    assert seats(townhall)[exact][0] == "exact"
    publish(townhall, text_of(townhall).replace("Because they leave", "Because they often leave"))
    state, quote = seats(townhall)[exact]
    assert (state, quote) == ("edited", "Because they leave")
    thread = townhall.client("Dana Rep").get(f"/comments/{exact}").text
    assert "edited since" in thread


def test_what_is_gone_is_listed_with_its_words_and_comes_back_with_them(townhall: Townhall) -> None:
    before = text_of(townhall)
    ulid = post_comment(townhall, block=1, quote="Because they leave")
    publish(townhall, before.replace("Because they leave.", "Nothing of that is here."))
    shown = townhall.client("Dana Rep").get(PATH).text
    assert "1 comment is about text that is no longer in this version" in shown
    assert "Because they leave</q>" in shown
    assert f"{PATH}/changes?from=2&amp;to=3" in shown
    assert '<mark class="commented">' not in shown
    publish(townhall, before)
    assert seats(townhall)[ulid][0] == "exact"
    assert '<mark class="commented">Because they leave</mark>' in townhall.client("Dana Rep").get(PATH).text
    assert "no longer in this version" in townhall.client("Dana Rep").get(f"{PATH}/v/3").text


def test_a_comment_on_an_older_version_is_carried_to_the_newest(townhall: Townhall) -> None:
    publish(townhall, "Before it.\n\n" + text_of(townhall))
    ulid = post_comment(townhall, block=1, quote="Because they leave")
    assert seats(townhall)[ulid][0] == "exact"
    assert '<mark class="commented">Because they leave</mark>' in townhall.client("Dana Rep").get(PATH).text


def test_a_term_can_be_commented_on_and_is_followed(townhall: Townhall) -> None:
    shown = townhall.client("Maya Rep").get(PATH).text
    term = re.search(rf"{PATH}/v/2/anchors\?candidate=a&amp;term=([^\"]+)\"", shown)
    assert term
    ulid = post_comment(townhall, candidate="a", term="release")
    on = townhall.client("Dana Rep").get(f"{PATH}/v/2/anchors?candidate=a&term=release").text
    assert "Why so?" in on
    publish(townhall, text_of(townhall).replace("within: 60 days", "within: 75 days"))
    assert seats(townhall)[ulid][0] in {"exact", "edited"}
    assert townhall.client("Dana Rep").get(f"{PATH}/v/3/anchors?candidate=a&term=release").text.count("Why so?") == 1
    assert townhall.client("Dana Rep").get(f"{PATH}/v/3/anchors?candidate=a&term=Nonsense").status_code == 404


def test_a_changed_block_shows_its_comments(townhall: Townhall) -> None:
    post_comment(townhall, block=1, quote="Because they leave", text="Is that so?")
    publish(townhall, text_of(townhall).replace("Because they leave.", "Because half of them leave."))
    shown = townhall.client("Dana Rep").get(f"{PATH}/changes?from=2&to=3").text
    assert "Comment by" in shown
    assert "Because they leave</q>" in shown


def test_a_withdrawn_comment_leaves_no_mark(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="Because they leave")
    townhall.client("Maya Rep").submit(f"/comments/{ulid}/delete")
    assert '<mark class="commented">' not in townhall.client("Dana Rep").get(PATH).text


def test_signed_out_visitors_see_no_discussion(townhall: Townhall) -> None:
    assert townhall.client(None).get(f"{PATH}/v/2/anchors?block=1").status_code == 303
    assert townhall.client("Maya Rep").get(f"{PATH}/v/2/anchors?block=999").status_code == 404
    assert townhall.client("Maya Rep").get(f"{PATH}/v/2/anchors").status_code == 404


def test_parts_of_the_cast_are_as_these_tests_think() -> None:
    assert "Because they leave." in page("50,000", "Because they leave.")


def test_a_comment_on_a_candidate_follows_it_to_its_new_letter(townhall: Townhall) -> None:
    maya, mona = townhall.client("Maya Rep"), townhall.client("Mona Manager")
    whole = str(maya.submit(f"{PATH}/comments", version=2, text="On b.", candidate="b").headers["location"])
    fields = townhall.swapped()
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
