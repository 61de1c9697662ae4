"""A draft's candidates: add, reorder, edit as a form."""

import html
import re

from tests.cast import SLUG, flat
from tests.conftest import Townhall
from tests.editor.editor_pages import BASE, EDIT, draft_revision, draft_text, fields


def test_candidates_are_added_and_reordered(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(f"{EDIT}/candidates", **fields(template="today"))
    assert draft_text(mona).count("```plan") == 3
    assert "name: Today" in draft_text(mona)
    mona.submit(f"{EDIT}/candidates/1/up", **fields(markdown=draft_text(mona), revision=draft_revision(mona)))
    assert draft_text(mona).index("name: Three levels") < draft_text(mona).index("name: Half at the aha moment")
    for path, template, expected in (
        ("candidates", "", "Choose a plan"),
        ("candidates", "nothing", "Choose a plan"),
        ("candidates/0/up", "", "the first one"),
        ("candidates/9/up", "", "the first one"),
    ):
        sent = fields(template=template, markdown="Typed.", revision=draft_revision(mona))
        response = mona.submit(f"{EDIT}/{path}", **sent)
        assert response.status_code == 422
        assert expected in response.text
        assert "Typed." in response.text


def test_a_candidate_is_edited_as_a_form_and_its_notes_stay(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    noted = BASE.replace("clawback:", "# Ask legal about this.\nclawback:")
    response = mona.submit(f"{EDIT}/candidates/0/open", **fields(markdown=noted))
    assert response.headers["location"] == f"{EDIT}/candidates/0"
    path = response.headers["location"]
    form = dict(re.findall(r'name="(f:[^"]+)" value="([^"]*)"', flat(mona.get(path).text)))
    assert form["f:levels/0/variable"] == "$56,000"
    match = re.search(r'name="text"[^>]*>(.*?)</textarea>', mona.get(path).text, re.DOTALL)
    assert match
    text = html.unescape(match[1])
    sent = {"text": text, "seen": text, "base": "1"} | form | {"f:levels/0/variable": "$61,000"}
    preview = mona.submit(f"{path}/preview", **sent).text
    assert "Variable: $56,000 to $61,000" in preview
    assert "A typical rep on the first level" in preview
    assert mona.submit(path, **sent).status_code == 303
    assert "variable: $61,000" in draft_text(mona)
    assert "# Ask legal about this." in draft_text(mona)
    assert mona.submit(path, **sent).status_code == 409  # the draft was saved since
    assert "This plan has errors." in mona.submit(f"{path}/preview", text="name: [", seen="").text
    examples = (
        text
        + "\ncases: [{name: x, rep: Associate 1, deals: [{arr: $1, signed: 2026-01-01}], expect: {commission: $9}}]\n"
    )
    assert "This case pays" in mona.submit(f"{path}/preview", text=examples, seen="").text
    without_examples = mona.submit(f"{path}/preview", text=examples, seen="", without_cases="yes").text
    assert "This case pays" not in without_examples
    assert mona.get(f"{EDIT}/candidates/7").status_code == 404
    assert townhall.client("Maya Rep").get(path).status_code == 404


def test_a_candidate_changed_elsewhere_is_shown_before_it_is_overwritten(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields())
    path = f"{EDIT}/candidates/0"
    opened = html.unescape(
        mona.get(path).text.split('name="opened_text"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    )
    mine = opened.replace("$56,000", "$57,000")
    sent = {"text": mine, "seen": opened, "base": "1", "opened_text": opened}
    mona.submit(EDIT, **fields(markdown=BASE.replace("Because", "Since"), revision=1))
    assert mona.submit(path, **sent).status_code == 303  # only the text around it has changed
    assert "Since" in draft_text(mona)
    assert "$57,000" in draft_text(mona)
    again = sent | {"text": opened.replace("$56,000", "$59,000")}
    refused = mona.submit(path, **again)
    assert refused.status_code == 409
    assert "$59,000 to $57,000" in refused.text
    assert "$57,000" in draft_text(mona)
    theirs = html.unescape(refused.text.split('name="opened_text"')[1].split(">\n", 1)[1].split("</textarea>")[0])
    revision = re.search(r'name="base" value="(\d+)"', refused.text)
    assert revision
    assert mona.submit(path, **again | {"opened_text": theirs, "base": revision[1]}).status_code == 303
    assert "$59,000" in draft_text(mona)


def test_worked_examples_of_a_changed_plan_can_be_removed(townhall: Townhall) -> None:
    cases = "cases: [{name: x, rep: Associate 1, deals: [{arr: $1, signed: 2027-01-01}], expect: {commission: $9}}]\n"
    wrong = BASE.replace("clawback:", f"{cases}clawback:")
    mona = townhall.client("Mona Manager")
    assert "Remove the examples" in mona.submit(f"{EDIT}/check", **fields(markdown=wrong)).text
    assert mona.submit(f"{EDIT}/without-examples", **fields(markdown=wrong)).status_code == 303
    assert "cases:" not in draft_text(mona)
    assert "clawback:" in draft_text(mona)


def test_entries_and_terms_are_added_and_removed_in_the_form(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields())
    preview_url = f"{EDIT}/candidates/0/preview"
    text = html.unescape(
        mona.get(preview_url.removesuffix("/preview"))
        .text.split('name="text"')[1]
        .split(">", 1)[1]
        .split("</textarea>")[0]
    )
    sent = {"text": text, "seen": text, "base": "1", "opened_text": text}
    assert 'value="copy:levels/0"' in mona.submit(preview_url, **sent).text
    fragment = mona.post(
        preview_url, data={"csrf": mona.csrf, **sent, "act": "copy:levels/0"}, headers={"hx-request": "true"}
    ).text
    assert all(f'id="{part}" hx-swap-oob="true"' in fragment for part in ("v-fields", "v-text", "v-seen"))
    assert fragment.count('value="Associate 1 2"') == 1
    assert "cap: $250,000" in mona.submit(preview_url, **sent, act="add:", term="cap").text
    assert "clawback:" in text
    without = mona.submit(preview_url, **sent, act="remove:", optional_term="clawback").text
    assert "clawback:" not in html.unescape(without.split('name="text"')[1].split("</textarea>")[0])
    for required in ("levels", "components", "name", "nothing"):
        kept = mona.submit(preview_url, **sent, act="remove:", optional_term=required).text
        assert text.strip() in html.unescape(kept)
    with_one_tier_fewer = mona.submit(preview_url, **sent, act="out:components/0/tiers/1").text
    assert "This plan has errors" not in with_one_tier_fewer
    for action in ("out:levels/9", "copy:²", "add:", "shout", "copy:levels"):
        assert mona.submit(preview_url, **sent, act=action, term="nothing").status_code == 200


def test_the_live_preview_offers_to_remove_examples(townhall: Townhall) -> None:
    cases = "cases: [{name: x, rep: Associate 1, deals: [{arr: $1, signed: 2027-01-01}], expect: {commission: $9}}]\n"
    text = BASE.replace("clawback:", f"{cases}clawback:")
    response = townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/preview", **fields(markdown=text))
    assert response.status_code == 200
    assert f'formaction="{EDIT}/without-examples"' in response.text


def test_more_candidates_than_allowed_are_shown_with_the_error(townhall: Townhall) -> None:
    response = townhall.client("Mona Manager").submit(f"{EDIT}/check", **fields(markdown=BASE * 4))
    assert response.status_code == 200
    assert "at most 5 candidates" in response.text
