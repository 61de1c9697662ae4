"""Suggested words: shown as a change, applied to the manager's draft with credit, notified to the author."""

import re
from typing import Any

import pytest
from sqlmodel import select

from server.documents.models import Draft
from server.text.blocks import blocks_of
from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def suggest(townhall: Townhall, **fields: Any) -> str:
    wanted = {
        "version": 2,
        "is_suggestion": "yes",
        "block": 1,
        "quote": "they leave",
        "suggestion": "half of them leave",
    } | fields
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", **wanted)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/comments/")


def draft(townhall: Townhall) -> Draft | None:
    with townhall.database.reading() as session:
        mona = townhall.person("Mona Manager").id
        return session.exec(select(Draft).where(Draft.author_id == mona)).first()


def test_everybody_sees_what_would_change(townhall: Townhall) -> None:
    ulid = suggest(townhall)
    shown = townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    assert "<del>they</del><ins>half of them</ins> leave" in shown
    assert "Add to my draft" not in shown
    assert "Add to my draft" in townhall.client("Mona Manager").get(f"/comments/{ulid}").text


def test_applying_a_suggestion_edits_the_draft_and_accepts_it_with_credit(townhall: Townhall) -> None:
    ulid = suggest(townhall)
    mona = townhall.client("Mona Manager")
    answer = mona.submit(f"/comments/{ulid}/apply-suggestion")
    assert answer.headers["location"] == f"{PATH}/edit"
    current_draft = draft(townhall)
    assert current_draft
    assert "Because half of them leave." in current_draft.markdown
    assert current_draft.note == "Wording by Maya Rep."
    assert "Accepted" in townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    assert "accepted your comment" in townhall.client("Maya Rep").get("/notices").text
    before = current_draft.markdown
    other = suggest(townhall, block=0, quote="", suggestion="Why now")
    mona.submit(f"/comments/{other}/apply-suggestion")
    current_draft = draft(townhall)
    assert current_draft
    assert current_draft.markdown == before.replace("## Why\n", "## Why now\n")
    assert current_draft.note == "Wording by Maya Rep."


def test_words_missing_from_the_draft_are_reported(townhall: Townhall) -> None:
    first, second = (
        suggest(townhall, quote="Because they leave.", suggestion="Other words entirely here now."),
        suggest(townhall),
    )
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"/comments/{first}/apply-suggestion").status_code == 303
    answer = mona.submit(f"/comments/{second}/apply-suggestion")
    assert answer.status_code == 409
    assert "no longer in your draft" in answer.text


@pytest.mark.parametrize("fields", [{"block": ""}, {"quote": "never said"}])
def test_a_suggestion_needs_words_to_change(townhall: Townhall, fields: dict[str, str]) -> None:
    wanted = {"version": 2, "is_suggestion": "yes", "block": 1, "quote": "they leave", "suggestion": "Keep me"} | fields
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", **wanted)
    assert answer.status_code == 422
    assert "Keep me" in answer.text


@pytest.mark.parametrize("who", ["Maya Rep", "Eve Executive"])
def test_only_managers_take_up(townhall: Townhall, who: str) -> None:
    assert townhall.client(who).submit(f"/comments/{suggest(townhall)}/apply-suggestion").status_code == 404


def test_a_comment_without_a_suggestion_cannot_be_applied(townhall: Townhall) -> None:
    answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text="Just words.", block=1)
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    assert townhall.client("Mona Manager").submit(f"/comments/{ulid}/apply-suggestion").status_code == 404


def test_a_suggested_value_is_applied_to_the_plan(townhall: Townhall) -> None:
    wanted = "50% at signing, 50% at the aha moment within 90 days"
    ulid = suggest(townhall, block="", quote="", candidate="a", term="release", suggestion=wanted)
    mona = townhall.client("Mona Manager")
    shown = mona.get(f"/comments/{ulid}").text
    assert "<ins>90" in shown
    assert "Add to my draft" in shown
    assert "within: 90 days" in mona.get(f"/comments/{ulid}/accept").text
    assert mona.submit(f"/comments/{ulid}/apply-suggestion").status_code == 303
    current_draft = draft(townhall)
    assert current_draft
    assert "within: 90 days" in current_draft.markdown
    assert "within: 60 days" not in current_draft.markdown
    assert current_draft.note == "Wording by Maya Rep."
    assert "Accepted" in townhall.client("Dana Rep").get(f"/comments/{ulid}").text


def test_a_value_that_no_rule_can_put_into_the_plan_is_left_to_the_manager(townhall: Townhall) -> None:
    ulid = suggest(townhall, block="", quote="", candidate="a", term="release", suggestion="60% at signing")
    mona = townhall.client("Mona Manager")
    answer = mona.submit(f"/comments/{ulid}/apply-suggestion")
    assert answer.status_code == 422
    assert "automatically" in answer.text
    assert draft(townhall) is None
    assert "within: 60 days" in mona.get(f"/comments/{ulid}/accept").text


def test_a_second_suggestion_for_the_same_words_leaves_the_first_intact(townhall: Townhall) -> None:
    first, second = suggest(townhall), suggest(townhall, suggestion="most of them leave")
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"/comments/{first}/apply-suggestion").status_code == 303
    answer = mona.submit(f"/comments/{second}/apply-suggestion")
    assert answer.status_code == 409
    current_draft = draft(townhall)
    assert current_draft
    assert "Because half of them leave." in current_draft.markdown
    on_term = {"block": "", "quote": "", "candidate": "a", "term": "release"}
    words = "50% at signing, 50% at the aha moment within"
    first, second = (
        suggest(townhall, suggestion=f"{words} 90 days", **on_term),
        suggest(townhall, suggestion="60% at signing, 40% at the aha moment within 60 days", **on_term),
    )
    assert mona.submit(f"/comments/{first}/apply-suggestion").status_code == 303
    answer = mona.submit(f"/comments/{second}/apply-suggestion")
    assert answer.status_code == 409
    assert "90 days" in answer.text
    current_draft = draft(townhall)
    assert current_draft
    assert "{share: 50%, on: aha, within: 90 days}" in current_draft.markdown


def test_the_same_wish_of_two_is_met_for_both(townhall: Townhall) -> None:
    both = [suggest(townhall), suggest(townhall)]
    on_term = {"block": "", "quote": "", "candidate": "a", "term": "release"}
    wanted = "50% at signing, 50% at the aha moment within 90 days"
    both += [suggest(townhall, suggestion=wanted, **on_term), suggest(townhall, suggestion=wanted, **on_term)]
    mona = townhall.client("Mona Manager")
    assert mona.submit("/inbox", ulid=both[:2], state="accepted").status_code == 303
    assert mona.submit("/inbox", ulid=both[2:], state="accepted").status_code == 303
    current_draft = draft(townhall)
    assert current_draft
    assert current_draft.markdown.count("half of them leave") == 1
    assert current_draft.markdown.count("within: 90 days") == 1


def test_a_suggested_value_follows_a_candidate_whose_letter_changed(townhall: Townhall) -> None:
    ulid = suggest(
        townhall,
        block="",
        quote="",
        candidate="a",
        term="release",
        suggestion="50% at signing, 50% at the aha moment within 90 days",
    )
    fields = townhall.swapped()
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"{PATH}/edit/publish", **fields).status_code == 303
    assert mona.submit(f"/comments/{ulid}/apply-suggestion").status_code == 303
    current_draft = draft(townhall)
    assert current_draft
    assert current_draft.markdown == fields["markdown"].replace("within: 60 days", "within: 90 days")


@pytest.mark.parametrize("wanted", ["```", "# Because", "[^1]: because", "> because", "1. because"])
def test_words_that_would_become_something_else_are_left_to_the_manager(townhall: Townhall, wanted: str) -> None:
    ulid = suggest(townhall, quote="", suggestion=wanted)
    answer = townhall.client("Mona Manager").submit(f"/comments/{ulid}/apply-suggestion")
    assert answer.status_code == 422
    assert draft(townhall) is None


def test_a_suggested_deletion_is_applied(townhall: Townhall) -> None:
    ulid = suggest(townhall, quote="", suggestion="")
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"/comments/{ulid}/apply-suggestion").status_code == 303
    current_draft = draft(townhall)
    assert current_draft
    assert "Because they leave." not in current_draft.markdown
    fields = {
        "title": current_draft.title,
        "markdown": current_draft.markdown,
        "base": current_draft.base,
        "revision": current_draft.revision,
    }
    review = flat(mona.get(f"{PATH}/edit/review").text)
    assert re.search(rf'name="included" value="{ulid}" checked', review)
    mona.submit(f"{PATH}/edit/publish", **fields, note="n", included_asked="yes", included=[ulid])
    led = townhall.client("Dana Rep").get(f"/comments/{ulid}/resolution").headers["location"]
    assert led == f"{PATH}/v/3"


def test_suggesting_the_present_words_is_refused(townhall: Townhall) -> None:
    for fields in (
        {"suggestion": " they  leave"},
        {
            "block": "",
            "quote": "",
            "candidate": "a",
            "term": "components/New business/pays",
            "suggestion": "1× of new ARR, 1.5× from 100%",
        },
    ):
        wanted = {"version": 2, "is_suggestion": "yes", "block": 1, "quote": "they leave"} | fields
        answer = townhall.client("Maya Rep").submit(f"{PATH}/comments", **wanted)
        assert answer.status_code == 422
        assert "already" in answer.text


def test_a_value_is_understood_as_the_page_shows_it(townhall: Townhall) -> None:
    fields = {"block": "", "quote": "", "candidate": "a", "term": "components/New business/pays"}
    ulid = suggest(townhall, suggestion="1× of new ARR, 2× from 100%", **fields)
    mona = townhall.client("Mona Manager")
    assert "<del>1.5x</del><ins>2x</ins>" in mona.get(f"/comments/{ulid}").text
    assert mona.submit(f"/comments/{ulid}/apply-suggestion").status_code == 303
    current_draft = draft(townhall)
    assert current_draft
    assert "pays: 2x" in current_draft.markdown


def test_a_table_as_a_whole_is_not_offered_to_be_put_in_other_words(townhall: Townhall) -> None:
    version = townhall.newest()
    fields = {"title": version.title, "base": version.number, "revision": 0, "note": "A table."}
    markdown = version.markdown + "\n\n| A | B |\n|---|---|\n| x | y |\n"
    townhall.client("Mona Manager").submit(f"{PATH}/edit/publish", **fields, markdown=markdown)
    table = len(blocks_of(markdown)) - 1
    maya = townhall.client("Maya Rep")
    assert "Suggest new wording" not in maya.get(f"{PATH}/v/3/anchors?block={table}").text
    assert "Suggest new wording" in maya.get(f"{PATH}/v/3/anchors?block={table}&quote=x&at=4").text
    assert "Suggest new wording" in maya.get(f"{PATH}/v/3/anchors?block=1").text
