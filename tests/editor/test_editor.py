"""The editor beyond saving: windows, co-authors, texts put together, candidates as forms, and a version that comes later."""

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.db.columns import now
from server.documents import queries as document_queries
from server.documents.models import Draft
from server.publishing import service as publishing_service
from server.publishing.tasks import publish_due
from tests.cast import SLUG, flat, page
from tests.conftest import Client, House

EDIT = f"/proposals/{SLUG}/edit"
REVIEW = f"{EDIT}/review"
BASE = page("56,000", "Because they leave.")
"""Version 2 as it stands in the cast."""


def fields(**more: object) -> dict[str, object]:
    return {
        "title": "Pay for customers who stay",
        "markdown": BASE,
        "note": "So.",
        "base": 2,
        "revision": 0,
        "editor_id": "one",
    } | more


def text_of(client: Client, path: str = EDIT) -> str:
    found = re.search(r'<textarea[^>]*name="markdown"[^>]*>\n?(.*?)</textarea>', client.get(path).text, re.DOTALL)
    assert found
    return html.unescape(found[1])


def revision_of(client: Client) -> int:
    found = re.search(r'name="revision" value="(\d+)"', flat(client.get(EDIT).text))
    assert found
    return int(found[1])


def mark_of(view: str) -> str:
    return view.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def test_a_draft_saves_itself_and_says_so(house: House) -> None:
    mona = house.as_("Mona Manager")
    answer = mona.submit(f"{EDIT}/autosave", **fields(markdown="Half a sent"))
    assert answer.status_code == 200
    assert "Saved at" in answer.text
    assert 'id="revision" name="revision" value="1" hx-swap-oob="true"' in flat(answer.text)
    assert text_of(mona) == "Half a sent"


def test_a_window_is_never_in_conflict_with_itself_and_another_one_always(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(f"{EDIT}/autosave", **fields(markdown="First"))
    assert mona.submit(EDIT, **fields(markdown="Second")).status_code == 303  # its answer had not come yet
    assert text_of(mona) == "Second"
    answer = mona.submit(f"{EDIT}/autosave", **fields(markdown="Third", editor_id="two", revision=1))
    assert answer.status_code == 409
    assert "Nothing is lost" in answer.text
    assert "<textarea" not in answer.text
    assert mona.submit(EDIT, **fields(markdown="Third", editor_id="", revision=1)).status_code == 409
    assert text_of(mona) == "Second"


def test_two_texts_are_put_together_where_they_do_not_overlap(house: House) -> None:
    mona, otto = house.as_("Mona Manager"), house.as_("Otto Other")
    theirs = BASE.replace("Because they leave.", "Because they go.").replace("A way up.", "A way up for all.")
    assert otto.submit(f"{EDIT}/publish", **fields(markdown=theirs)).status_code == 303
    mine = BASE.replace("Because they leave.", "Because we lose them.").replace("$56,000", "$58,000")
    assert mona.submit(f"{EDIT}/publish", **fields(markdown=mine)).status_code == 409
    view = mona.submit(f"{EDIT}/merge", **fields(markdown=mine, against="version")).text
    seen = mark_of(view)
    assert "You both changed 1 passage." in view
    assert "Because they leave." in view
    assert "Because <ins>we lose them</ins>." in view
    assert "<ins>go</ins>" in view
    for choice, words in (("mine", "Because we lose them."), ("theirs", "Because they go.")):
        sent = fields(markdown=mine, against="version", choice=choice, seen=seen)
        assert mona.submit(f"{EDIT}/merge/save", **sent).status_code == 303
        merged = text_of(mona)
        assert words in merged
        assert "A way up for all." in merged
        assert "$58,000" in merged
    assert 'name="base" value="3"' in mona.get(EDIT).text
    sent = fields(markdown=text_of(mona), base=3, revision=revision_of(mona))
    assert mona.submit(f"{EDIT}/publish", **sent).status_code == 303


def test_two_windows_are_put_together_too(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields(markdown=BASE.replace("A way up.", "A way up for all.")))
    mine = BASE.replace("Because they leave.", "Because we lose them.")
    assert mona.submit(EDIT, **fields(markdown=mine, editor_id="two")).status_code == 409
    view = mona.submit(f"{EDIT}/merge", **fields(markdown=mine, against="draft")).text
    assert "There are no conflicts." in view
    sent = fields(markdown=mine, against="draft", editor_id="two", seen=mark_of(view))
    assert mona.submit(f"{EDIT}/merge/save", **sent).status_code == 303
    assert "A way up for all." in text_of(mona)
    assert "Because we lose them." in text_of(mona)


def test_the_review_says_what_publishing_does(house: House) -> None:
    mona = house.as_("Mona Manager")
    assert mona.get(REVIEW).status_code == 303
    answer = mona.submit(f"{EDIT}/review", **fields(markdown=BASE.replace("$56,000", "$58,000")))
    assert answer.headers["location"] == REVIEW
    text = mona.get(REVIEW).text
    assert "1 change" in text
    assert "Material change: terms of a candidate change." in text
    assert "No one has voted on the last version." in text
    assert "1 open comment stays open." in text
    house.as_("Maya Rep").submit(f"/proposals/{SLUG}/candidates/a/pulse", version=2, choice="yes")
    assert "1 person who voted on the last version is asked to vote again." in mona.get(REVIEW).text
    mona.submit(EDIT, **fields(markdown=BASE.replace("way up", "way upward"), revision=revision_of(mona)))
    assert "Material change: a list changes." in mona.get(REVIEW).text
    mona.submit(EDIT, **fields(markdown=BASE.replace("they leave", "they go"), revision=revision_of(mona)))
    assert "Not a material change" in mona.get(REVIEW).text
    mona.submit(EDIT, **fields(markdown=BASE.replace("pays: 1x", "pays: 1z"), revision=revision_of(mona)))
    assert "Cannot publish yet:" in mona.get(REVIEW).text
    assert house.as_("Maya Rep").get(REVIEW).status_code == 404


def test_a_version_comes_out_by_itself_when_its_moment_has_come(house: House) -> None:
    mona, told = house.as_("Mona Manager"), []
    mona.submit(EDIT, **fields(markdown=BASE.replace("$56,000", "$58,000")))
    soon = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert (
        mona.submit(f"{EDIT}/schedule", publish_at=soon, note="Later.", revision=revision_of(mona)).status_code == 303
    )
    assert "This draft is scheduled for" in mona.get(EDIT).text
    assert not publish_due(house.database, lambda *event: told.append(event))
    make_due(house)
    assert publish_due(house.database, lambda *event: told.append(event))
    assert not publish_due(house.database, lambda *event: told.append(event))
    assert told == [(f"proposal-{SLUG}", "version")]
    seen = house.as_("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "Version 3" in seen
    assert "Later." in seen
    with house.database.reading() as session:
        assert document_queries.drafts_of(session, house.person("Mona Manager").id or 0) == []


def make_due(house: House) -> None:
    with house.database.writing() as session:
        [(draft, _)] = document_queries.drafts_of(session, house.person("Mona Manager").id or 0)
        draft.publish_at = now() - timedelta(minutes=1)
        session.add(draft)
        session.commit()


def test_what_cannot_come_out_by_itself_stays_and_says_why(house: House) -> None:
    mona, otto = house.as_("Mona Manager"), house.as_("Otto Other")
    mona.submit(EDIT, **fields(markdown=BASE.replace("$56,000", "$58,000")))
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert (
        mona.submit(f"{EDIT}/schedule", publish_at=later, note="Later.", revision=revision_of(mona)).status_code == 303
    )
    otto.submit(f"{EDIT}/publish", **fields(markdown=BASE.replace("they leave", "they go")))
    make_due(house)
    assert publish_due(house.database, lambda *_: None)
    text = mona.get(EDIT).text
    assert "was not published as scheduled" in text
    assert "$58,000" in text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("next week", "Enter a date and time"),
        ("2020-01-01T09:00", "still to come"),
    ],
)
def test_a_wrong_moment_is_said(house: House, typed: str, says: str) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields())
    answer = mona.submit(f"{EDIT}/schedule", publish_at=typed, note="Later.", revision=revision_of(mona))
    assert answer.status_code == 422
    assert says in answer.text


def test_changing_a_draft_takes_its_moment_back(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields())
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    mona.submit(f"{EDIT}/schedule", publish_at=later, note="Later.", revision=revision_of(mona))
    mona.submit(EDIT, **fields(markdown=f"{BASE} More.", revision=revision_of(mona)))
    assert "is scheduled for" not in mona.get(EDIT).text
    mona.submit(f"{EDIT}/schedule", publish_at=later, note="Later.", revision=revision_of(mona))
    mona.submit(f"{EDIT}/schedule", publish_at="")
    assert "is scheduled for" not in mona.get(EDIT).text


def test_a_draft_is_shared_with_those_who_are_named(house: House) -> None:
    mona, otto, ada = (house.as_(name) for name in ("Mona Manager", "Otto Other", "Ada Admin"))
    shared = [house.person("Otto Other").ulid, house.person("Maya Rep").ulid]
    mona.submit(f"{EDIT}/share", **fields(markdown=f"{BASE}Mine.", share=shared))
    assert "Mine." in text_of(otto)
    assert "Mona Manager's draft, shared with you" in otto.get(EDIT).text
    assert "Mine." not in text_of(ada)
    otto.submit(EDIT, **fields(markdown=f"{BASE}Ours.", revision=revision_of(otto)))
    assert "Ours." in text_of(mona)
    assert otto.submit(f"{EDIT}/discard").status_code == 422
    with house.database.reading() as session:
        [(draft, _)] = document_queries.drafts_of(session, house.person("Otto Other").id or 0)
        assert [name for _, _, name in document_queries.co_authors(session, draft.id or 0)] == ["Otto Other"]
    sent = fields(markdown=f"{BASE}Ours.", revision=revision_of(otto), note="Together.")
    assert otto.submit(f"{EDIT}/publish", **sent).status_code == 303
    assert "Ours." not in mona.get(f"/proposals/{SLUG}/v/2").text
    assert "'s draft" not in otto.get(EDIT).text


def test_candidates_are_added_and_put_in_order(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(f"{EDIT}/candidates", **fields(template="today"))
    assert text_of(mona).count("```plan") == 3
    assert "name: Today" in text_of(mona)
    mona.submit(f"{EDIT}/candidates/1/up", **fields(markdown=text_of(mona), revision=revision_of(mona)))
    assert text_of(mona).index("name: Three levels") < text_of(mona).index("name: Half at the aha moment")
    for path, template, says in (
        ("candidates", "", "Choose a plan"),
        ("candidates", "nothing", "Choose a plan"),
        ("candidates/0/up", "", "the first one"),
        ("candidates/9/up", "", "the first one"),
    ):
        sent = fields(template=template, markdown="Typed.", revision=revision_of(mona))
        answer = mona.submit(f"{EDIT}/{path}", **sent)
        assert answer.status_code == 422
        assert says in answer.text
        assert "Typed." in answer.text


def test_a_candidate_is_edited_as_a_form_and_its_notes_stay(house: House) -> None:
    mona = house.as_("Mona Manager")
    noted = BASE.replace("clawback:", "# Ask legal about this.\nclawback:")
    answer = mona.submit(f"{EDIT}/candidates/0/open", **fields(markdown=noted))
    assert answer.headers["location"] == f"{EDIT}/candidates/0"
    path = answer.headers["location"]
    form = dict(re.findall(r'name="(f:[^"]+)" value="([^"]*)"', flat(mona.get(path).text)))
    assert form["f:levels/0/variable"] == "$56,000"
    found = re.search(r'name="text"[^>]*>(.*?)</textarea>', mona.get(path).text, re.DOTALL)
    assert found
    text = html.unescape(found[1])
    sent = {"text": text, "seen": text, "base": "1"} | form | {"f:levels/0/variable": "$61,000"}
    looked = mona.submit(f"{path}/preview", **sent).text
    assert "Variable: $56,000 to $61,000" in looked
    assert "A typical rep on the first level" in looked
    assert mona.submit(path, **sent).status_code == 303
    assert "variable: $61,000" in text_of(mona)
    assert "# Ask legal about this." in text_of(mona)
    assert mona.submit(path, **sent).status_code == 409  # the draft has moved on
    assert "This plan has errors." in mona.submit(f"{path}/preview", text="name: [", seen="").text
    examples = (
        text
        + "\ncases: [{name: x, rep: Associate 1, deals: [{arr: $1, signed: 2026-01-01}], expect: {commission: $9}}]\n"
    )
    assert "This case pays" in mona.submit(f"{path}/preview", text=examples, seen="").text
    left_out = mona.submit(f"{path}/preview", text=examples, seen="", without_cases="yes").text
    assert "This case pays" not in left_out
    assert mona.get(f"{EDIT}/candidates/7").status_code == 404
    assert house.as_("Maya Rep").get(path).status_code == 404


def test_a_draft_can_be_seen_as_a_rep_will_see_it(house: House) -> None:
    mona = house.as_("Mona Manager")
    assert mona.get(f"{EDIT}/preview").headers["location"] == EDIT
    changed = BASE.replace("Because they leave.", "Because they left.").replace("$56,000", "$58,000")
    broken = "\n\n```plan\nlevels: [\n```\n"
    answer = mona.submit(f"{EDIT}/preview", **fields(markdown=changed + broken))
    assert answer.headers["location"] == f"{EDIT}/preview"
    shown = mona.get(f"{EDIT}/preview").text
    assert 'class="is-new"' in shown
    assert "<del>" in shown  # the term that changed, as a rep who read version 2 will see it
    assert "A typical rep" in shown
    assert "This plan has errors" in shown
    assert "123,456" not in shown
    assert house.as_("Maya Rep").get(f"{EDIT}/preview").status_code == 404
    rules = mona.submit(
        "/pages/ground-rules/edit/preview",
        title="Ground rules",
        markdown="## Be\n\nKind.\n\n## Brief",
        base=2,
        revision=0,
    )
    assert "Kind." in mona.get(rules.headers["location"]).text


def test_publishing_throws_no_newer_draft_away(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(f"{EDIT}/autosave", **fields(markdown=BASE + "First"))
    mona.submit(f"{EDIT}/autosave", **fields(markdown=BASE + "Newer", editor_id="two", revision=1))
    answer = mona.submit(f"{EDIT}/publish", **fields(markdown=BASE + "First", revision=1))
    assert answer.status_code == 409
    assert "Newer" in answer.text
    assert text_of(mona).rstrip().endswith("Newer")
    assert "Version 3" not in mona.get(f"/proposals/{SLUG}").text


def test_choices_made_beside_other_texts_are_not_taken(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields(markdown="one\n\ntwo\n\nthree B"))
    mine = "one A\n\ntwo\n\nthree A"
    asked = mona.submit(f"{EDIT}/merge", **fields(markdown=mine, against="draft", editor_id="two", base=0)).text
    mona.submit(EDIT, **fields(markdown="one B\n\ntwo\n\nthree B", revision=1))  # the other window writes on
    count = asked.count('name="choice"')
    sent = fields(
        markdown=mine,
        against="draft",
        editor_id="two",
        base=0,
        seen=mark_of(asked),
        choice=["theirs"] * count,
    )
    answer = mona.submit(f"{EDIT}/merge/save", **sent)
    assert answer.status_code == 409
    assert "has changed since" in answer.text
    assert text_of(mona) == "one B\n\ntwo\n\nthree B"
    unanswered = sent | {"seen": mark_of(answer.text), "choice": []}
    assert mona.submit(f"{EDIT}/merge/save", **unanswered).status_code == 409
    all_theirs = unanswered | {"choice": ["theirs"] * answer.text.count('name="choice"')}
    assert mona.submit(f"{EDIT}/merge/save", **all_theirs).status_code == 303


def test_only_the_author_shares_a_draft(house: House) -> None:
    mona, otto = house.as_("Mona Manager"), house.as_("Otto Other")
    mona.submit(f"{EDIT}/share", **fields(share=house.person("Otto Other").ulid))
    assert otto.submit(f"{EDIT}/share", **fields(share=house.person("Ada Admin").ulid, revision=1)).status_code == 422
    assert "shared with you" not in house.as_("Ada Admin").get(EDIT).text


def test_a_draft_that_cannot_come_out_stands_in_nobodys_way(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mona, otto = house.as_("Mona Manager"), house.as_("Otto Other")
    for client, name in ((mona, "Broken"), (otto, "Fine")):
        client.submit(EDIT, **fields(markdown=f"{BASE}{name}\n"))
        client.submit(f"{EDIT}/schedule", note="Later", revision=1, publish_at=(now() + timedelta(hours=1)).isoformat())
    later = now() + timedelta(hours=2)
    monkeypatch.setattr("server.publishing.tasks.now", lambda: later)
    whole = publishing_service.publish

    def broken(*args: Any) -> object:
        if "Broken" in args[2].text.markdown:
            raise RuntimeError("private words")
        return whole(*args)

    monkeypatch.setattr(publishing_service, "publish", broken)
    assert [publish_due(house.database, lambda *_: None) for _ in range(3)] == [True, True, False]
    assert "Fine" in mona.get(f"/proposals/{SLUG}/v/3").text
    assert "cannot be kept" in mona.get(EDIT).text
    with house.database.writing() as session:
        session.add(
            Draft(
                proposal_id=1,
                author_id=house.person("Maya Rep").id or 0,
                title="T",
                markdown=BASE,
                note="N",
                base=3,
                publish_at=now(),
            )
        )
        session.commit()
    assert publish_due(house.database, lambda *_: None)
    assert "Version 4" not in mona.get(f"/proposals/{SLUG}").text


@pytest.mark.parametrize("moment", ["9999-12-31T23:59-14:00", "0001-01-01T00:00+14:00", "soon", "2020-01-01T00:00"])
def test_a_moment_that_cannot_be_is_refused(house: House, moment: str) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields())
    assert mona.submit(f"{EDIT}/schedule", note="Later", revision=1, publish_at=moment).status_code == 422
    other = mona.submit(f"{EDIT}/schedule", note="Later", revision=7, publish_at="2030-01-01T00:00")
    assert other.status_code == 409


def test_a_candidate_that_was_changed_elsewhere_is_shown_before_it_is_overwritten(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields())
    path = f"{EDIT}/candidates/0"
    opened = html.unescape(
        mona.get(path).text.split('name="opened_text"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    )
    mine = opened.replace("$56,000", "$57,000")
    sent = {"text": mine, "seen": opened, "base": "1", "opened_text": opened}
    mona.submit(EDIT, **fields(markdown=BASE.replace("Because", "Since"), revision=1))
    assert mona.submit(path, **sent).status_code == 303  # the words around it have changed: nobody is overwritten
    assert "Since" in text_of(mona)
    assert "$57,000" in text_of(mona)
    again = sent | {"text": opened.replace("$56,000", "$59,000")}
    refused = mona.submit(path, **again)
    assert refused.status_code == 409
    assert "$59,000 to $57,000" in refused.text
    assert "$57,000" in text_of(mona)
    theirs = html.unescape(refused.text.split('name="opened_text"')[1].split(">\n", 1)[1].split("</textarea>")[0])
    revision = re.search(r'name="base" value="(\d+)"', refused.text)
    assert revision
    assert mona.submit(path, **again | {"opened_text": theirs, "base": revision[1]}).status_code == 303
    assert "$59,000" in text_of(mona)


def test_the_review_says_which_comments_are_about_what_changes(house: House) -> None:
    house.as_("Dana Rep").submit(f"/proposals/{SLUG}/comments", version=2, text="Why?", candidate="a")
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields(markdown=BASE.replace("$56,000", "$58,000")))
    assert "1 is about candidate A, which changes." in mona.get(REVIEW).text
    mona.submit(f"{EDIT}/candidates/1/up", **fields(revision=revision_of(mona)))
    assert "The order of the candidates changes." in mona.get(REVIEW).text
    house.as_("Otto Other").submit(f"{EDIT}/publish", **fields(markdown=BASE.replace("Because", "Since")))
    moved = mona.get(REVIEW).text
    assert "Review your draft" in moved
    assert "Publish now" not in moved
    assert "/edit/merge?against=version" in moved


def test_worked_examples_of_a_changed_plan_can_be_left_out(house: House) -> None:
    cases = "cases: [{name: x, rep: Associate 1, deals: [{arr: $1, signed: 2027-01-01}], expect: {commission: $9}}]\n"
    wrong = BASE.replace("clawback:", f"{cases}clawback:")
    mona = house.as_("Mona Manager")
    assert "Remove the examples" in mona.submit(f"{EDIT}/check", **fields(markdown=wrong)).text
    assert mona.submit(f"{EDIT}/without-examples", **fields(markdown=wrong)).status_code == 303
    assert "cases:" not in text_of(mona)
    assert "clawback:" in text_of(mona)


def test_a_version_that_cannot_be_restored_leads_to_the_draft_that_is_in_the_way(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields(markdown="In the way."))
    answer = mona.submit(f"/proposals/{SLUG}/v/1/restore")
    assert answer.status_code == 409
    assert "You have a draft already" in answer.text
    assert "In the way." in answer.text


def test_a_form_takes_entries_and_terms_in_and_out(house: House) -> None:
    mona = house.as_("Mona Manager")
    mona.submit(EDIT, **fields())
    look = f"{EDIT}/candidates/0/preview"
    text = html.unescape(
        mona.get(look.removesuffix("/preview")).text.split('name="text"')[1].split(">", 1)[1].split("</textarea>")[0]
    )
    sent = {"text": text, "seen": text, "base": "1", "opened_text": text}
    assert 'value="copy:levels/0"' in mona.submit(look, **sent).text
    fragment = mona.post(
        look, data={"csrf": mona.csrf, **sent, "act": "copy:levels/0"}, headers={"hx-request": "true"}
    ).text
    assert all(f'id="{part}" hx-swap-oob="true"' in fragment for part in ("v-fields", "v-text", "v-seen"))
    assert fragment.count('value="Associate 1 2"') == 1
    assert "cap: $250,000" in mona.submit(look, **sent, act="add:", term="cap").text
    less = mona.submit(look, **sent, act="out:components/0/tiers/1").text
    assert "This plan has errors" not in less
    for act in ("out:levels/9", "copy:²", "add:", "shout", "copy:levels"):
        assert mona.submit(look, **sent, act=act, term="nothing").status_code == 200
