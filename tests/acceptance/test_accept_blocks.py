"""Choosing the block that an accepted comment changes: offered, followed in the draft, refused when harmful."""

from tests.acceptance.accept_pages import (
    accept,
    accept_form,
    comment,
    draft,
    fields_of,
    offered_blocks,
    post_comment,
    publish,
    save_draft,
)
from tests.cast import SLUG
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def test_another_block_can_be_chosen_and_keeps_its_link_in_the_draft(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Say how many.")
    assert accept_form(townhall, ulid)["part"] == ""
    fields = accept_form(townhall, ulid, "?part=1")
    wrote = fields | {"source": "Because thirty of them leave."}
    assert townhall.client("Mona Manager").submit(f"/comments/{ulid}/accept", **wrote).status_code == 303
    current_draft = draft(townhall)
    assert current_draft
    goes_on = current_draft.markdown.replace(
        "Because thirty of them leave.", "A word before.\n\nBecause thirty of them left."
    )
    fields = {
        "title": current_draft.title,
        "markdown": goes_on,
        "note": "n",
        "base": current_draft.base,
        "revision": current_draft.revision,
    }
    assert townhall.client("Mona Manager").submit(f"{PATH}/edit", **fields).status_code == 303
    publish(townhall, included_asked="yes", included=[ulid])
    assert comment(townhall, ulid).in_block == 2


def test_a_block_changed_in_the_meantime_is_shown_with_the_typed_text(townhall: Townhall) -> None:
    first, second = post_comment(townhall, block=1), post_comment(townhall, "More.", block=1)
    fields = accept_form(townhall, first)
    accept(townhall, second, source="Because most of them leave.")
    before = draft(townhall)
    wrote = fields | {"source": "Because half of them leave.", "text": "Keep <me>."}
    answer = townhall.client("Mona Manager").submit(f"/comments/{first}/accept", **wrote)
    assert answer.status_code == 409
    again = fields_of(answer.text)
    assert again["was"] == "Because most of them leave."
    assert again["source"] == "Because half of them leave."
    assert again["text"] == "Keep <me>."
    assert draft(townhall) == before
    assert comment(townhall, first).state == "open"
    assert townhall.client("Mona Manager").submit(f"/comments/{first}/accept", **again).status_code == 303
    assert "half of them leave" in (draft(townhall) or before).markdown  # type: ignore[union-attr]


def test_a_comment_on_a_candidate_links_to_its_card(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Ninety days.", candidate="b")
    fields = accept_form(townhall, ulid)
    accept(townhall, ulid, source=fields["was"].replace("name: Three levels", "name: Four levels"))
    publish(townhall, included_asked="yes", included=[ulid])
    dana = townhall.client("Dana Rep")
    address = dana.get(f"/comments/{ulid}/resolution").headers["location"]
    assert address == f"{PATH}/v/3#candidate-b"
    assert 'id="candidate-b"' in dana.get(address).text
    assert f'href="{address}"' in dana.get("/ledger").text


def test_of_two_equal_blocks_the_right_one_is_changed_or_none(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "No.")
    save_draft(townhall, lambda text: text + "\n\n- yes\n- no\n- yes\n")
    parts = [part for part in offered_blocks(townhall, ulid) if part[1] == "yes"]
    fields = accept_form(townhall, ulid, f"?part={parts[1][0]}") | {"source": "- never"}
    save_draft(townhall, lambda text: "A word before.\n\n" + text)
    answer = townhall.client("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    assert answer.status_code == 409
    again = fields_of(answer.text)
    assert again["source"] == "- never"
    parts = [part for part in offered_blocks(townhall, ulid) if part[1] == "yes"]
    fields = accept_form(townhall, ulid, f"?part={parts[1][0]}") | {"source": "- never"}
    assert townhall.client("Mona Manager").submit(f"/comments/{ulid}/accept", **fields).status_code == 303
    current_draft = draft(townhall)
    assert current_draft
    assert "- yes\n- no\n- never\n" in current_draft.markdown


def test_text_that_swallows_a_candidate_is_refused(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1)
    answer = accept(townhall, ulid, source="Because\n\n```\nan open fence")
    assert answer.status_code == 422
    assert "candidate" in answer.text
    assert fields_of(answer.text)["source"] == "Because\n\n```\nan open fence"
    assert draft(townhall) is None


def test_a_block_without_source_lines_cannot_be_chosen(townhall: Townhall) -> None:
    save_draft(townhall, lambda text: text + "\n\nA sentence^[with a note] goes on.\n\nThe last paragraph.\n")
    openings = [opening for _, opening in offered_blocks(townhall, post_comment(townhall, "Hm."))]
    assert "The last paragraph." in openings
    assert "with a note" not in openings


def test_a_removed_candidate_is_not_mistaken_for_another(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Not this one.", candidate="a")
    accept(townhall, ulid, source="")
    publish(townhall, included_asked="yes", included=[ulid])
    assert (comment(townhall, ulid).in_version, comment(townhall, ulid).in_block) == (3, None)


def test_a_typed_answer_survives_choosing_another_block(townhall: Townhall) -> None:
    ulid = post_comment(townhall, "Say how many.")
    fields = accept_form(townhall, ulid) | {"part": "1", "text": "Fair <enough>.", "show": "yes"}
    mona = townhall.client("Mona Manager")
    page = mona.submit(f"/comments/{ulid}/accept", **fields)
    assert page.status_code == 200
    again = fields_of(page.text)
    assert (again["of"], again["source"], again["text"]) == ("1", "Because they leave.", "Fair <enough>.")
    page = mona.submit(f"/comments/{ulid}/accept", **(again | {"part": "0"}))  # chosen, and not shown yet
    assert page.status_code == 200
    assert fields_of(page.text)["of"] == "0"
    assert comment(townhall, ulid).state == "open"


def test_an_added_paragraph_is_the_linked_block(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1)
    accept(townhall, ulid, source="Because they leave.\n\nA glossary of our words.")
    publish(townhall, included_asked="yes", included=[ulid])
    assert comment(townhall, ulid).in_block == 2
    assert "A glossary of our words." in townhall.client("Dana Rep").get("/ledger").text


def test_text_that_changes_the_following_blocks_is_refused(townhall: Townhall) -> None:
    save_draft(townhall, lambda text: text + "\n\nOne.\n\nTwo.\n")
    ulid = post_comment(townhall, "Hm.")
    parts = {opening: number for number, opening in offered_blocks(townhall, ulid)}
    fields = accept_form(townhall, ulid, f"?part={parts['One.']}") | {"source": "One.\n\n```\nopen"}
    answer = townhall.client("Mona Manager").submit(f"/comments/{ulid}/accept", **fields)
    assert answer.status_code == 422
    assert "Close every" in answer.text
