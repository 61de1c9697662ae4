"""Drafts: autosave, windows, co-authors, preview, restore."""

from server.documents import queries as document_queries
from tests.cast import SLUG, flat
from tests.conftest import Townhall
from tests.editor.editor_pages import BASE, EDIT, draft_revision, draft_text, fields


def test_autosave_saves_the_draft_and_shows_when(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    response = mona.submit(f"{EDIT}/autosave", **fields(markdown="Half a sent"))
    assert response.status_code == 200
    assert "Saved at" in response.text
    assert 'id="revision" name="revision" value="1" hx-swap-oob="true"' in flat(response.text)
    assert draft_text(mona) == "Half a sent"


def test_a_window_never_conflicts_with_itself_but_with_every_other(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(f"{EDIT}/autosave", **fields(markdown="First"))
    assert mona.submit(EDIT, **fields(markdown="Second")).status_code == 303  # before the autosave answered
    assert draft_text(mona) == "Second"
    response = mona.submit(f"{EDIT}/autosave", **fields(markdown="Third", editor_id="two", revision=1))
    assert response.status_code == 409
    assert "Nothing is lost" in response.text
    assert "<textarea" not in response.text
    assert mona.submit(EDIT, **fields(markdown="Third", editor_id="", revision=1)).status_code == 409
    assert draft_text(mona) == "Second"


def test_a_draft_is_shared_with_chosen_managers(townhall: Townhall) -> None:
    mona, otto, ada = (townhall.client(name) for name in ("Mona Manager", "Otto Other", "Ada Admin"))
    shared = [townhall.person("Otto Other").ulid, townhall.person("Maya Rep").ulid]
    mona.submit(f"{EDIT}/share", **fields(markdown=f"{BASE}Mine.", share=shared))
    assert "Mine." in draft_text(otto)
    assert "Mona Manager's draft, shared with you" in otto.get(EDIT).text
    assert "Mine." not in draft_text(ada)
    otto.submit(EDIT, **fields(markdown=f"{BASE}Ours.", revision=draft_revision(otto)))
    assert "Ours." in draft_text(mona)
    assert otto.submit(f"{EDIT}/discard").status_code == 422
    with townhall.database.reading() as session:
        [(draft, _)] = document_queries.drafts_of(session, townhall.person("Otto Other").id or 0)
        assert [name for _, _, name in document_queries.co_authors(session, draft.proposal_id, draft.author_id)] == [
            "Otto Other"
        ]
    sent = fields(markdown=f"{BASE}Ours.", revision=draft_revision(otto), note="Together.")
    assert otto.submit(f"{EDIT}/publish", **sent).status_code == 303
    assert "Ours." not in mona.get(f"/proposals/{SLUG}/v/2").text
    assert "'s draft" not in otto.get(EDIT).text
    mona.submit(EDIT, **fields(markdown=f"{BASE}Next.", base=3, note="Next."))
    assert "Next." in draft_text(otto)


def test_new_co_authors_are_notified(townhall: Townhall) -> None:
    mona, otto = townhall.client("Mona Manager"), townhall.client("Otto Other")
    ulid = townhall.person("Otto Other").ulid
    mona.submit(f"{EDIT}/share", **fields(share=ulid))
    assert "Mona Manager shared a draft of “Pay for customers who stay” with you." in otto.get("/notices").text
    mona.submit(f"{EDIT}/share", **fields(share=ulid, revision=1))
    assert otto.get("/notices").text.count("shared a draft") == 1
    mona.submit(f"{EDIT}/share", **fields(revision=2))
    assert "shared with you" not in otto.get(EDIT).text


def test_only_the_owner_shares_a_draft(townhall: Townhall) -> None:
    mona, otto = townhall.client("Mona Manager"), townhall.client("Otto Other")
    mona.submit(f"{EDIT}/share", **fields(share=townhall.person("Otto Other").ulid))
    assert (
        otto.submit(f"{EDIT}/share", **fields(share=townhall.person("Ada Admin").ulid, revision=1)).status_code == 422
    )
    assert "shared with you" not in townhall.client("Ada Admin").get(EDIT).text


def test_a_draft_is_previewed_as_a_rep(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    assert mona.get(f"{EDIT}/preview").headers["location"] == EDIT
    changed = BASE.replace("Because they leave.", "Because they left.").replace("$56,000", "$58,000")
    broken = "\n\n```plan\nlevels: [\n```\n"
    response = mona.submit(f"{EDIT}/preview", **fields(markdown=changed + broken))
    assert response.headers["location"] == f"{EDIT}/preview"
    preview = mona.get(f"{EDIT}/preview").text
    assert 'class="is-new"' in preview
    assert "<del>" in preview  # the term that changed, as a rep who read version 2 will see it
    assert "A typical rep" in preview
    assert "This plan has errors" in preview
    assert "123,456" not in preview
    assert townhall.client("Maya Rep").get(f"{EDIT}/preview").status_code == 404
    rules = mona.submit(
        "/pages/ground-rules/edit/preview",
        title="Ground rules",
        markdown="## Be\n\nKind.\n\n## Brief",
        base=2,
        revision=0,
    )
    assert "Kind." in mona.get(rules.headers["location"]).text


def test_restoring_a_version_shows_the_draft_that_exists_already(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields(markdown="In the way."))
    response = mona.submit(f"/proposals/{SLUG}/v/1/restore")
    assert response.status_code == 409
    assert "You have a draft already" in response.text
    assert "In the way." in response.text
