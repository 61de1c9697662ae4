"""Merging a text with another that was saved or published in the meantime."""

from tests.conftest import Townhall
from tests.editor.editor_pages import BASE, EDIT, draft_revision, draft_text, fields


def digest_in(view: str) -> str:
    return view.split('name="seen" value="')[1].split('"', maxsplit=1)[0]


def test_changes_that_do_not_overlap_are_merged(townhall: Townhall) -> None:
    mona, otto = townhall.client("Mona Manager"), townhall.client("Otto Other")
    theirs = BASE.replace("Because they leave.", "Because they go.").replace("A way up.", "A way up for all.")
    assert otto.submit(f"{EDIT}/publish", **fields(markdown=theirs)).status_code == 303
    mine = BASE.replace("Because they leave.", "Because we lose them.").replace("$56,000", "$58,000")
    assert mona.submit(f"{EDIT}/publish", **fields(markdown=mine)).status_code == 409
    view = mona.submit(f"{EDIT}/merge", **fields(markdown=mine, against="version")).text
    seen = digest_in(view)
    assert "You both changed 1 passage." in view
    assert "Because they leave." in view
    assert "Because <ins>we lose them</ins>." in view
    assert "<ins>go</ins>" in view
    for choice, text in (("mine", "Because we lose them."), ("theirs", "Because they go.")):
        sent = fields(markdown=mine, against="version", choice=choice, seen=seen)
        assert mona.submit(f"{EDIT}/merge/save", **sent).status_code == 303
        merged = draft_text(mona)
        assert text in merged
        assert "A way up for all." in merged
        assert "$58,000" in merged
    assert 'name="base" value="3"' in mona.get(EDIT).text
    sent = fields(markdown=draft_text(mona), base=3, revision=draft_revision(mona))
    assert mona.submit(f"{EDIT}/publish", **sent).status_code == 303


def test_two_windows_of_the_same_person_are_merged(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields(markdown=BASE.replace("A way up.", "A way up for all.")))
    mine = BASE.replace("Because they leave.", "Because we lose them.")
    assert mona.submit(EDIT, **fields(markdown=mine, editor_id="two")).status_code == 409
    view = mona.submit(f"{EDIT}/merge", **fields(markdown=mine, against="draft")).text
    assert "There are no conflicts." in view
    sent = fields(markdown=mine, against="draft", editor_id="two", seen=digest_in(view))
    assert mona.submit(f"{EDIT}/merge/save", **sent).status_code == 303
    assert "A way up for all." in draft_text(mona)
    assert "Because we lose them." in draft_text(mona)


def test_choices_made_for_other_texts_are_refused(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields(markdown="one\n\ntwo\n\nthree B"))
    mine = "one A\n\ntwo\n\nthree A"
    merge_page = mona.submit(f"{EDIT}/merge", **fields(markdown=mine, against="draft", editor_id="two", base=0)).text
    mona.submit(EDIT, **fields(markdown="one B\n\ntwo\n\nthree B", revision=1))  # the other window saves again
    count = merge_page.count('name="choice"')
    sent = fields(
        markdown=mine,
        against="draft",
        editor_id="two",
        base=0,
        seen=digest_in(merge_page),
        choice=["theirs"] * count,
    )
    response = mona.submit(f"{EDIT}/merge/save", **sent)
    assert response.status_code == 409
    assert "has changed since" in response.text
    assert draft_text(mona) == "one B\n\ntwo\n\nthree B"
    without_choices = sent | {"seen": digest_in(response.text), "choice": []}
    assert mona.submit(f"{EDIT}/merge/save", **without_choices).status_code == 409
    all_theirs = without_choices | {"choice": ["theirs"] * response.text.count('name="choice"')}
    assert mona.submit(f"{EDIT}/merge/save", **all_theirs).status_code == 303
