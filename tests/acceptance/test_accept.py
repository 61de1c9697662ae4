"""Accepting a comment and writing what it changes: into the draft, with credit, linked to version and block."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlmodel import select

from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.discussion.models import Comment
from server.documents.models import Draft
from server.publishing.tasks import publish_due
from tests.cast import SLUG, flat
from tests.conftest import House

PATH = f"/proposals/{SLUG}"


def said(house: House, text: str = "Half of them.", **fields: Any) -> str:
    answer = house.as_("Maya Rep").submit(f"{PATH}/comments", version=2, text=text, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/comments/")


def asked(house: House, ulid: str, query: str = "") -> dict[str, str]:
    """Open the page and return what its form would send."""
    page = house.as_("Mona Manager").get(f"/comments/{ulid}/accept{query}")
    assert page.status_code == 200
    return fields_of(page.text)


def fields_of(page: str) -> dict[str, str]:
    start = re.search(r'<form class="form"\s+method="post"', page)
    assert start
    form = page[start.start() :]
    inputs = flat(form)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', inputs))
    selected = re.search(r'<option value="(\d*)"[^>]* selected>', inputs)
    hidden["part"] = selected[1] if selected else ""
    areas = dict(re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL))
    return {name: unescape(value) for name, value in (hidden | areas).items() if name != "csrf"}


def accept(house: House, ulid: str, **changed: str) -> Any:
    return house.as_("Mona Manager").submit(f"/comments/{ulid}/accept", **(asked(house, ulid) | changed))


def draft(house: House) -> Draft | None:
    with house.database.reading() as session:
        mona = house.person("Mona Manager").id
        return session.exec(select(Draft).where(Draft.author_id == mona)).first()


def comment(house: House, ulid: str) -> Comment:
    with house.database.reading() as session:
        found = discussion_queries.comment(session, ulid)
        assert found
        return found


def publish(house: House, **more: Any) -> None:
    found = draft(house)
    assert found
    fields = {"title": found.title, "markdown": found.markdown, "base": found.base, "revision": found.revision}
    answer = house.as_("Mona Manager").submit(f"{PATH}/edit/publish", **fields, note="Heard.", **more)
    assert answer.status_code == 303, answer.text


def test_the_change_is_written_where_the_comment_stands(house: House) -> None:
    ulid = said(house, block=1, quote="they leave")
    fields = asked(house, ulid)
    assert fields["was"] == fields["source"] == "Because they leave."
    answer = accept(house, ulid, source="Because half of them leave.", text="Fair.", back="inbox")
    assert answer.headers["location"] == "/inbox?answered=1"
    found = draft(house)
    assert found
    assert "\nBecause half of them leave.\n" in found.markdown
    assert found.note == "Suggested by Maya Rep."
    assert comment(house, ulid).state == "accepted"
    thread = house.as_("Dana Rep").get(f"/comments/{ulid}").text
    assert "Fair." in thread
    assert "half of them leave" not in thread  # a draft is nobody's business yet
    assert "accepted your comment" in house.as_("Maya Rep").get("/notices").text


def test_it_is_ticked_in_the_review_and_linked_to_version_and_block(house: House) -> None:
    ulid = said(house, block=1, quote="they leave")
    accept(house, ulid, source="Because half of them leave.")
    review = flat(house.as_("Mona Manager").get(f"{PATH}/edit/review").text)
    assert re.search(rf'name="included" value="{ulid}" checked', review)
    publish(house, included_asked="yes", included=[ulid])
    found = comment(house, ulid)
    assert (found.in_version, found.in_block) == (3, 1)
    dana = house.as_("Dana Rep")
    assert f'href="/comments/{ulid}/resolution"' in dana.get(f"/comments/{ulid}").text
    led = dana.get(f"/comments/{ulid}/resolution")
    assert (led.status_code, led.headers["location"]) == (303, f"{PATH}/v/3#b1")
    ledger = dana.get("/ledger").text
    assert f'href="{PATH}/v/3#b1"' in ledger
    assert "half of them" in ledger


def test_another_part_can_be_chosen_and_keeps_the_link_when_the_draft_goes_on(house: House) -> None:
    ulid = said(house, "Say how many.")
    assert asked(house, ulid)["part"] == ""
    fields = asked(house, ulid, "?part=1")
    wrote = fields | {"source": "Because thirty of them leave."}
    assert house.as_("Mona Manager").submit(f"/comments/{ulid}/accept", **wrote).status_code == 303
    found = draft(house)
    assert found
    goes_on = found.markdown.replace("Because thirty of them leave.", "A word before.\n\nBecause thirty of them left.")
    fields = {"title": found.title, "markdown": goes_on, "note": "n", "base": found.base, "revision": found.revision}
    assert house.as_("Mona Manager").submit(f"{PATH}/edit", **fields).status_code == 303
    publish(house, included_asked="yes", included=[ulid])
    assert comment(house, ulid).in_block == 2


def test_what_the_draft_says_already_can_be_chosen(house: House) -> None:
    first, second = said(house, block=1), said(house, "The same.", block=1)
    accept(house, first, source="Because half of them leave.")
    fields = asked(house, second)
    assert fields["was"] == "Because half of them leave."
    assert "changed in your draft" in house.as_("Mona Manager").get(f"/comments/{second}/accept").text
    before = draft(house)
    assert accept(house, second).status_code == 303
    after = draft(house)
    assert before
    assert after
    assert before.revision == after.revision
    publish(house, included_asked="yes", included=[first, second])
    assert comment(house, first).in_block == comment(house, second).in_block == 1


def test_a_part_that_was_changed_meanwhile_is_shown_with_what_was_typed(house: House) -> None:
    first, second = said(house, block=1), said(house, "More.", block=1)
    fields = asked(house, first)
    accept(house, second, source="Because most of them leave.")
    before = draft(house)
    wrote = fields | {"source": "Because half of them leave.", "text": "Keep <me>."}
    answer = house.as_("Mona Manager").submit(f"/comments/{first}/accept", **wrote)
    assert answer.status_code == 409
    again = fields_of(answer.text)
    assert again["was"] == "Because most of them leave."
    assert again["source"] == "Because half of them leave."
    assert again["text"] == "Keep <me>."
    assert draft(house) == before
    assert comment(house, first).state == "open"
    assert house.as_("Mona Manager").submit(f"/comments/{first}/accept", **again).status_code == 303
    assert "half of them leave" in (draft(house) or before).markdown  # type: ignore[union-attr]


def test_somebody_else_who_answered_first_is_not_overwritten(house: House) -> None:
    ulid = said(house, block=1)
    fields = asked(house, ulid) | {"source": "Because half of them leave."}
    house.as_("Otto Other").submit(f"/comments/{ulid}/answer", state="declined", seen="open", text="No.")
    answer = house.as_("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    assert answer.status_code == 409
    assert fields_of(answer.text)["source"] == "Because half of them leave."
    assert draft(house) is None
    assert comment(house, ulid).state == "declined"


def test_a_candidate_is_changed_in_its_plan_and_stays_readable(house: House) -> None:
    ulid = said(house, "Ninety days.", candidate="a")
    fields = asked(house, ulid)
    assert "name: Half at the aha moment" in fields["was"]
    broken = accept(house, ulid, source=fields["was"].replace("within: 60 days", "within: soon"))
    assert broken.status_code == 422
    assert "soon" in broken.text
    assert draft(house) is None
    accept(house, ulid, source=fields["was"].replace("within: 60 days", "within: 90 days"))
    publish(house, included_asked="yes", included=[ulid])
    ledger = house.as_("Dana Rep").get("/ledger").text
    assert "60 days" in ledger
    assert "90 days" in ledger
    assert comment(house, ulid).in_block is not None


def test_a_part_can_be_left_out(house: House) -> None:
    ulid = said(house, "Nobody needs this.", block=1)
    accept(house, ulid, source=" ")
    found = draft(house)
    assert found
    assert "Because they leave." not in found.markdown
    assert "\n\n\n" not in found.markdown
    publish(house, included_asked="yes", included=[ulid])
    assert (comment(house, ulid).in_version, comment(house, ulid).in_block) == (3, None)
    assert "Included in version 3" in house.as_("Dana Rep").get("/ledger").text


def test_opening_it_again_forgets_the_plan(house: House) -> None:
    ulid = said(house, block=1)
    accept(house, ulid, source="Because half of them leave.")
    assert comment(house, ulid).planned == "Because half of them leave."
    house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", state="open", seen="accepted")
    assert comment(house, ulid).planned == ""


@pytest.mark.parametrize("who", ["Maya Rep", "Eve Executive", "Sam Success"])
def test_only_managers_see_the_page(house: House, who: str) -> None:
    ulid = said(house, block=1)
    assert house.as_(who).get(f"/comments/{ulid}/accept").status_code == 404
    assert house.as_(who).submit(f"/comments/{ulid}/accept", part="1", was="x", source="y").status_code == 404


def test_what_is_not_a_thread_cannot_be_accepted(house: House) -> None:
    ulid = said(house, block=1)
    mona = house.as_("Mona Manager")
    assert mona.get("/comments/01AAAAAAAAAAAAAAAAAAAAAAAA/accept").status_code == 404
    assert mona.get(f"/comments/{ulid}/accept?part=9999").status_code == 200
    assert house.as_("Dana Rep").get(f"/comments/{ulid}/resolution").headers["location"] == f"/comments/{ulid}"
    house.as_("Ada Admin").submit(f"/comments/{ulid}/hide", why="Rude.")
    assert mona.get(f"/comments/{ulid}/accept").status_code == 404


def test_a_candidate_is_gone_to_where_it_stands_on_the_page(house: House) -> None:
    ulid = said(house, "Ninety days.", candidate="b")
    fields = asked(house, ulid)
    accept(house, ulid, source=fields["was"].replace("name: Three levels", "name: Four levels"))
    publish(house, included_asked="yes", included=[ulid])
    dana = house.as_("Dana Rep")
    address = dana.get(f"/comments/{ulid}/resolution").headers["location"]
    assert address == f"{PATH}/v/3#candidate-b"
    assert 'id="candidate-b"' in dana.get(address).text
    assert f'href="{address}"' in dana.get("/ledger").text


def save(house: House, change: Callable[[str], str]) -> None:
    """Change Mona's draft, or start one from the newest version, as from another window."""
    found = draft(house)
    newest = house.newest()
    fields = {
        "title": newest.title,
        "markdown": change(found.markdown if found else newest.markdown),
        "note": "n",
        "base": newest.number,
        "revision": found.revision if found else 0,
    }
    answer = house.as_("Mona Manager").submit(f"{PATH}/edit", **fields)
    assert answer.status_code == 303


def test_of_two_equal_parts_the_right_one_is_changed_or_none(house: House) -> None:
    ulid = said(house, "No.")
    save(house, lambda text: text + "\n\n- yes\n- no\n- yes\n")
    parts = [part for part in asked_parts(house, ulid) if part[1] == "yes"]
    fields = asked(house, ulid, f"?part={parts[1][0]}") | {"source": "- never"}
    save(house, lambda text: "A word before.\n\n" + text)
    answer = house.as_("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    assert answer.status_code == 409
    again = fields_of(answer.text)
    assert again["source"] == "- never"
    parts = [part for part in asked_parts(house, ulid) if part[1] == "yes"]
    fields = asked(house, ulid, f"?part={parts[1][0]}") | {"source": "- never"}
    assert house.as_("Mona Manager").submit(f"/comments/{ulid}/accept", **fields).status_code == 303
    found = draft(house)
    assert found
    assert "- yes\n- no\n- never\n" in found.markdown


def asked_parts(house: House, ulid: str) -> list[tuple[str, str]]:
    page = house.as_("Mona Manager").get(f"/comments/{ulid}/accept").text
    return [
        (number, opening.strip().split(" · ")[0].split(": ", 1)[1])
        for number, opening in re.findall(r'<option value="(\d+)"[^>]*>([^<]*)</option>', flat(page))
    ]


def test_lines_that_swallow_a_candidate_are_refused(house: House) -> None:
    ulid = said(house, block=1)
    answer = accept(house, ulid, source="Because\n\n```\nan open fence")
    assert answer.status_code == 422
    assert "candidate" in answer.text
    assert fields_of(answer.text)["source"] == "Because\n\n```\nan open fence"
    assert draft(house) is None


def test_what_has_no_lines_of_its_own_cannot_be_chosen(house: House) -> None:
    save(house, lambda text: text + "\n\nA sentence^[with a note] goes on.\n\nThe last paragraph.\n")
    openings = [opening for _, opening in asked_parts(house, said(house, "Hm."))]
    assert "The last paragraph." in openings
    assert "with a note" not in openings


def test_a_candidate_that_is_left_out_leads_to_no_other(house: House) -> None:
    ulid = said(house, "Not this one.", candidate="a")
    accept(house, ulid, source="")
    publish(house, included_asked="yes", included=[ulid])
    assert (comment(house, ulid).in_version, comment(house, ulid).in_block) == (3, None)


def test_what_comes_out_later_takes_up_what_was_written(house: House) -> None:
    ulid = said(house, "Say how many.")
    fields = asked(house, ulid, "?part=1") | {"source": "Because thirty of them leave."}
    house.as_("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    with house.database.writing() as session:
        for found in session.exec(select(Draft)):
            found.publish_at = now() - timedelta(minutes=1)
            session.add(found)
        session.commit()
    assert publish_due(house.database, lambda *_: None)
    assert (comment(house, ulid).in_version, comment(house, ulid).in_block) == (3, 1)
    assert "Your comment is included in version" in house.as_("Maya Rep").get("/notices").text


def test_whoever_wants_no_credit_is_named_in_no_note(house: House) -> None:
    before, after = said(house, block=1), said(house, "More.", block=1)
    house.as_("Maya Rep").submit(f"/comments/{before}/credit")
    accept(house, before, source="Because half of them leave.")
    found = draft(house)
    assert found
    assert found.note == "Suggested by a colleague."
    accept(house, after, source="Because most of them leave.")
    house.as_("Maya Rep").submit(f"/comments/{after}/credit")
    found = draft(house)
    assert found
    assert "Maya" not in found.note


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_managers_who_accept_at_once_wait_for_each_other_and_never_in_a_circle(house: House) -> None:
    for _ in range(4):
        both = [said(house, block=1), said(house, "More.", block=1)]
        clients = [house.as_(name) for name in ("Mona Manager", "Otto Other")]
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


def test_an_answer_that_was_typed_stays_while_another_part_is_looked_at(house: House) -> None:
    ulid = said(house, "Say how many.")
    fields = asked(house, ulid) | {"part": "1", "text": "Fair <enough>.", "show": "yes"}
    mona = house.as_("Mona Manager")
    page = mona.submit(f"/comments/{ulid}/accept", **fields)
    assert page.status_code == 200
    again = fields_of(page.text)
    assert (again["of"], again["source"], again["text"]) == ("1", "Because they leave.", "Fair <enough>.")
    page = mona.submit(f"/comments/{ulid}/accept", **(again | {"part": "0"}))  # chosen, and not shown yet
    assert page.status_code == 200
    assert fields_of(page.text)["of"] == "0"
    assert comment(house, ulid).state == "open"


def test_what_nobody_wrote_yet_is_not_taken_up_by_the_next_version(house: House) -> None:
    kept, left = said(house, block=1), said(house, "Out with it.", block=1)
    assert accept(house, kept).status_code == 303
    accept(house, left, source="")
    save(house, lambda text: text + "\n\nSomething else.\n")
    newest = house.newest()
    fields = {
        "title": newest.title,
        "base": 2,
        "revision": 0,
        "note": "Otto's.",
        "markdown": f"{newest.markdown}\n\nMore.",
    }
    review = house.as_("Otto Other").submit(f"{PATH}/edit/publish", **fields)
    assert review.status_code == 303
    assert comment(house, kept).in_version is None
    assert comment(house, left).in_version is None


def test_a_paragraph_that_is_added_below_is_where_it_leads(house: House) -> None:
    ulid = said(house, block=1)
    accept(house, ulid, source="Because they leave.\n\nA glossary of our words.")
    publish(house, included_asked="yes", included=[ulid])
    assert comment(house, ulid).in_block == 2
    assert "A glossary of our words." in house.as_("Dana Rep").get("/ledger").text


def test_lines_that_change_what_follows_are_refused_without_a_candidate_too(house: House) -> None:
    save(house, lambda text: text + "\n\nOne.\n\nTwo.\n")
    ulid = said(house, "Hm.")
    parts = {opening: number for number, opening in asked_parts(house, ulid)}
    fields = asked(house, ulid, f"?part={parts['One.']}") | {"source": "One.\n\n```\nopen"}
    answer = house.as_("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    assert answer.status_code == 422
    assert "Close every" in answer.text


def test_credit_can_be_declined_before_anything_is_accepted_and_on_the_changes(house: House) -> None:
    ulid = said(house, block=1, quote="they leave")
    assert "Hide my name" in house.as_("Maya Rep").get(f"/comments/{ulid}").text
    house.as_("Maya Rep").submit(f"/comments/{ulid}/credit")
    accept(house, ulid, source="Because half of them leave.")
    publish(house, included_asked="yes", included=[ulid])
    page = house.as_("Dana Rep").get(f"{PATH}/changes?from=2&to=3").text
    credit = page.split("From a comment by")[1].split("</p>")[0]
    assert "Anonymous" in credit
    assert "Maya" not in credit
