"""Accepting a comment and writing what it changes: into the draft, with credit, linked to version and block."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from server.db.columns import now
from server.documents.models import Draft
from server.publishing.tasks import publish_due
from tests.acceptance.accept_pages import (
    accept,
    accept_form,
    comment,
    draft,
    fields_of,
    post_comment,
    publish,
    save_draft,
)
from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def test_the_form_shows_the_block_of_the_comment(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="they leave")
    fields = accept_form(townhall, ulid)
    assert fields["was"] == fields["source"] == "Because they leave."
    answer = accept(townhall, ulid, source="Because half of them leave.", text="Fair.", back="inbox")
    assert answer.headers["location"] == "/inbox?answered=1&state=accepted"
    current_draft = draft(townhall)
    assert current_draft
    assert "\nBecause half of them leave.\n" in current_draft.markdown
    assert current_draft.note == "Suggested by Maya Rep."
    assert comment(townhall, ulid).state == "accepted"
    thread = townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    assert "Fair." in thread
    assert "half of them leave" not in thread  # a draft is nobody's business yet
    assert "accepted your comment" in townhall.client("Maya Rep").get("/notices").text


def test_it_is_ticked_in_the_review_and_linked_to_version_and_block(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="they leave")
    accept(townhall, ulid, source="Because half of them leave.")
    review = flat(townhall.client("Mona Manager").get(f"{PATH}/edit/review").text)
    assert re.search(rf'name="included" value="{ulid}" checked', review)
    publish(townhall, included_asked="yes", included=[ulid])
    accepted = comment(townhall, ulid)
    assert (accepted.in_version, accepted.in_block) == (3, 1)
    dana = townhall.client("Dana Rep")
    assert f'href="/comments/{ulid}/resolution"' in dana.get(f"/comments/{ulid}").text
    led = dana.get(f"/comments/{ulid}/resolution")
    assert (led.status_code, led.headers["location"]) == (303, f"{PATH}/v/3#b1")
    ledger = dana.get("/ledger").text
    assert f'href="{PATH}/v/3#b1"' in ledger
    assert "half of them" in ledger


def test_a_change_already_in_the_draft_can_be_chosen(townhall: Townhall) -> None:
    first, second = post_comment(townhall, block=1), post_comment(townhall, "The same.", block=1)
    accept(townhall, first, source="Because half of them leave.")
    fields = accept_form(townhall, second)
    assert fields["was"] == "Because half of them leave."
    assert "changed in your draft" in townhall.client("Mona Manager").get(f"/comments/{second}/accept").text
    before = draft(townhall)
    assert accept(townhall, second).status_code == 303
    after = draft(townhall)
    assert before
    assert after
    assert before.revision == after.revision
    publish(townhall, included_asked="yes", included=[first, second])
    assert comment(townhall, first).in_block == comment(townhall, second).in_block == 1


def test_an_earlier_answer_is_not_overwritten(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1)
    fields = accept_form(townhall, ulid) | {"source": "Because half of them leave."}
    townhall.client("Otto Other").submit(f"/comments/{ulid}/answer", state="declined", seen="open", text="No.")
    answer = townhall.client("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    assert answer.status_code == 409
    assert fields_of(answer.text)["source"] == "Because half of them leave."
    assert draft(townhall) is None
    assert comment(townhall, ulid).state == "declined"


def test_a_candidate_is_changed_in_its_plan_and_stays_readable(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Ninety days.", candidate="a")
    fields = accept_form(townhall, ulid)
    assert "name: Half at the aha moment" in fields["was"]
    broken = accept(townhall, ulid, source=fields["was"].replace("within: 60 days", "within: soon"))
    assert broken.status_code == 422
    assert "soon" in broken.text
    assert draft(townhall) is None
    accept(townhall, ulid, source=fields["was"].replace("within: 60 days", "within: 90 days"))
    publish(townhall, included_asked="yes", included=[ulid])
    ledger = townhall.client("Dana Rep").get("/ledger").text
    assert "60 days" in ledger
    assert "90 days" in ledger
    assert comment(townhall, ulid).in_block is not None


def test_a_part_can_be_left_out(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Nobody needs this.", block=1)
    accept(townhall, ulid, source=" ")
    current_draft = draft(townhall)
    assert current_draft
    assert "Because they leave." not in current_draft.markdown
    assert "\n\n\n" not in current_draft.markdown
    publish(townhall, included_asked="yes", included=[ulid])
    assert (comment(townhall, ulid).in_version, comment(townhall, ulid).in_block) == (3, None)
    assert "Included in version 3" in townhall.client("Dana Rep").get("/ledger").text


def test_reopening_a_comment_drops_the_planned_change(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1)
    accept(townhall, ulid, source="Because half of them leave.")
    assert comment(townhall, ulid).planned == "Because half of them leave."
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", state="open", seen="accepted")
    assert comment(townhall, ulid).planned == ""


@pytest.mark.parametrize("who", ["Maya Rep", "Eve Executive", "Sam Success"])
def test_only_managers_see_the_page(townhall: Townhall, who: str) -> None:
    ulid = post_comment(townhall, block=1)
    assert townhall.client(who).get(f"/comments/{ulid}/accept").status_code == 404
    assert townhall.client(who).submit(f"/comments/{ulid}/accept", part="1", was="x", source="y").status_code == 404


def test_what_is_not_a_thread_cannot_be_accepted(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1)
    mona = townhall.client("Mona Manager")
    assert mona.get("/comments/01AAAAAAAAAAAAAAAAAAAAAAAA/accept").status_code == 404
    assert mona.get(f"/comments/{ulid}/accept?part=9999").status_code == 200
    assert townhall.client("Dana Rep").get(f"/comments/{ulid}/resolution").headers["location"] == f"/comments/{ulid}"
    townhall.client("Ada Admin").submit(f"/comments/{ulid}/hide", why="Rude.")
    assert mona.get(f"/comments/{ulid}/accept").status_code == 404


def test_a_scheduled_version_includes_the_accepted_comment(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Say how many.")
    fields = accept_form(townhall, ulid, "?part=1") | {"source": "Because thirty of them leave."}
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    with townhall.database.writing() as session:
        for draft_row in session.exec(select(Draft)):
            draft_row.publish_at = now() - timedelta(minutes=1)
            session.add(draft_row)
        session.commit()
    assert publish_due(townhall.database, lambda *_: None)
    assert (comment(townhall, ulid).in_version, comment(townhall, ulid).in_block) == (3, 1)
    assert "Your comment is included in version" in townhall.client("Maya Rep").get("/notices").text


def test_an_author_without_credit_is_not_named_in_the_note(townhall: Townhall) -> None:
    before, after = post_comment(townhall, block=1), post_comment(townhall, "More.", block=1)
    townhall.client("Maya Rep").submit(f"/comments/{before}/credit")
    accept(townhall, before, source="Because half of them leave.")
    current_draft = draft(townhall)
    assert current_draft
    assert current_draft.note == "Suggested by a colleague."
    accept(townhall, after, source="Because most of them leave.")
    townhall.client("Maya Rep").submit(f"/comments/{after}/credit")
    current_draft = draft(townhall)
    assert current_draft
    assert "Maya" not in current_draft.note


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_managers_accepting_at_once_do_not_deadlock(townhall: Townhall) -> None:
    for _ in range(4):
        both = [post_comment(townhall, block=1), post_comment(townhall, "More.", block=1)]
        clients = [townhall.client(name) for name in ("Mona Manager", "Otto Other")]
        pages = [client.get(f"/comments/{ulid}/accept") for client, ulid in zip(clients, both, strict=True)]
        sent = [fields_of(page.text) | {"source": f"{fields_of(page.text)['source']} More."} for page in pages]
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(
                    lambda one: one[0].submit(f"/comments/{one[1]}/accept", **one[2]),
                    zip(clients, both, sent, strict=True),
                )
            )
        assert [answer.status_code for answer in answers] == [303, 303]


def test_an_accepted_comment_without_a_change_is_not_included(townhall: Townhall) -> None:
    kept, left = post_comment(townhall, block=1), post_comment(townhall, "Out with it.", block=1)
    assert accept(townhall, kept).status_code == 303
    accept(townhall, left, source="")
    save_draft(townhall, lambda text: text + "\n\nSomething else.\n")
    newest = townhall.newest()
    fields = {
        "title": newest.title,
        "base": 2,
        "revision": 0,
        "note": "Otto's.",
        "markdown": f"{newest.markdown}\n\nMore.",
    }
    review = townhall.client("Otto Other").submit(f"{PATH}/edit/publish", **fields)
    assert review.status_code == 303
    assert comment(townhall, kept).in_version is None
    assert comment(townhall, left).in_version is None


def test_credit_can_be_declined_before_anything_is_accepted_and_on_the_changes(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="they leave")
    assert "Hide my name" in townhall.client("Maya Rep").get(f"/comments/{ulid}").text
    townhall.client("Maya Rep").submit(f"/comments/{ulid}/credit")
    accept(townhall, ulid, source="Because half of them leave.")
    publish(townhall, included_asked="yes", included=[ulid])
    page = townhall.client("Dana Rep").get(f"{PATH}/changes?from=2&to=3").text
    credit = page.split("From a comment by")[1].split("</p>")[0]
    assert "Anonymous" in credit
    assert "Maya" not in credit
