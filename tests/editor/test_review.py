"""The review before publishing."""

from tests.cast import SLUG
from tests.conftest import Townhall
from tests.editor.editor_pages import BASE, EDIT, REVIEW, draft_revision, draft_text, fields


def test_review_shows_what_publishing_does(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    assert mona.get(REVIEW).status_code == 303
    response = mona.submit(f"{EDIT}/review", **fields(markdown=BASE.replace("$56,000", "$58,000")))
    assert response.headers["location"] == REVIEW
    text = mona.get(REVIEW).text
    assert "1 change" in text
    assert "Material change: terms of a candidate change." in text
    assert "No one has voted on the last version." in text
    assert "1 open comment stays open." in text
    townhall.client("Maya Rep").submit(f"/proposals/{SLUG}/candidates/a/pulse", version=2, choice="yes")
    assert "1 person who voted is asked to vote again." in mona.get(REVIEW).text
    mona.submit(EDIT, **fields(markdown=BASE.replace("way up", "way upward"), revision=draft_revision(mona)))
    assert "Material change: a list changes." in mona.get(REVIEW).text
    mona.submit(EDIT, **fields(markdown=BASE.replace("they leave", "they go"), revision=draft_revision(mona)))
    assert "Not a material change" in mona.get(REVIEW).text
    mona.submit(EDIT, **fields(markdown=BASE.replace("pays: 1x", "pays: 1z"), revision=draft_revision(mona)))
    assert "Cannot publish yet:" in mona.get(REVIEW).text
    assert townhall.client("Maya Rep").get(REVIEW).status_code == 404


def test_review_counts_comments_on_changed_candidates(townhall: Townhall) -> None:
    townhall.client("Dana Rep").submit(f"/proposals/{SLUG}/comments", version=2, text="Why?", candidate="a")
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields(markdown=BASE.replace("$56,000", "$58,000")))
    assert "1 is about candidate A, which changes." in mona.get(REVIEW).text
    mona.submit(f"{EDIT}/candidates/1/up", **fields(revision=draft_revision(mona)))
    assert "The order of the candidates changes." in mona.get(REVIEW).text
    townhall.client("Otto Other").submit(f"{EDIT}/publish", **fields(markdown=BASE.replace("Because", "Since")))
    review = mona.get(REVIEW).text
    assert "Review your draft" in review
    assert "Publish now" not in review
    assert "/edit/merge?against=version" in review


def test_publishing_refuses_to_delete_a_newer_draft(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(f"{EDIT}/autosave", **fields(markdown=BASE + "First"))
    mona.submit(f"{EDIT}/autosave", **fields(markdown=BASE + "Newer", editor_id="two", revision=1))
    response = mona.submit(f"{EDIT}/publish", **fields(markdown=BASE + "First", revision=1))
    assert response.status_code == 409
    assert "Newer" in response.text
    assert draft_text(mona).rstrip().endswith("Newer")
    assert "Version 3" not in mona.get(f"/proposals/{SLUG}").text
