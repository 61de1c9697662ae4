"""What changed between two versions: words, terms, what it does to my pay, and the same for programs."""

from markupsafe import Markup

from server.text.diff.hunks import diff_markdown
from server.web.diff_html import diff_html
from tests.cast import SLUG, flat, page
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/changes"


def main_of(text: str) -> str:
    return flat(text.split("<main")[1])


def test_words_and_terms_are_shown_with_what_they_do_to_my_pay(townhall: Townhall) -> None:
    text = main_of(townhall.client("Maya Rep").get(f"{PATH}?from=1&to=2").text)
    assert "Because <del>customers</del><ins>they</ins> leave." in text
    assert '<del><span class="visually-hidden">before: </span>$50,000</del>' in text
    assert '<ins><span class="visually-hidden">now: </span>$56,000</ins>' in text
    assert "more than before this change" in text
    assert "do not count for this version" in text
    assert "7% instead of 6.25%." in text
    for name in ("Mona Manager", "Eve Executive", "Ada Admin"):
        assert "before this change" not in townhall.client(name).get(f"{PATH}?from=1&to=2").text


def test_what_is_shown_first_is_what_i_have_not_read(townhall: Townhall) -> None:
    assert "from version 1 to 2" in townhall.client("Maya Rep").get(PATH).text
    assert "from version 1 to 2" in townhall.client("Dana Rep").get(PATH).text
    assert f"{PATH}?from=1&amp;to=2" in townhall.client("Maya Rep").get(f"/proposals/{SLUG}").text
    assert f"{PATH}?from=1&amp;to=2" in townhall.client("Dana Rep").get(f"/proposals/{SLUG}/history").text


def test_the_older_version_comes_first_and_equal_versions_have_no_changes(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    assert "from version 1 to 2" in maya.get(f"{PATH}?from=2&to=1").text
    assert "Nothing changed." in maya.get(f"{PATH}?from=2&to=2").text
    assert maya.get(f"{PATH}?from=1&to=7").status_code == 404
    assert maya.get("/proposals/no-such/changes").status_code == 404
    assert maya.get(f"{PATH}?layout=round").status_code == 422


def test_the_whole_text_and_both_sides_can_be_shown(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    assert "A way up." not in main_of(maya.get(f"{PATH}?from=1&to=2").text)
    text = main_of(maya.get(f"{PATH}?from=1&to=2&show=all&layout=side").text)
    assert "A way up." in text
    assert "Because <del>customers</del> leave." in text
    assert "Because <ins>they</ins> leave." in text


def test_programs_get_the_same_without_pay(townhall: Townhall) -> None:
    answer = townhall.client("Maya Rep").get(f"{PATH}.json?from=1&to=2").json()
    assert (answer["from"], answer["to"], answer["material"], answer["by_word"]) == (1, 2, True, True)
    words, plan = answer["changes"]
    assert words["words"] == [["same", "Because "], ["gone", "customers"], ["new", "they"], ["same", " leave."]]
    assert (words["block"], words["section"], words["material"]) == ("paragraph", "Why", False)
    assert [(term["label"], term["old"], term["new"]) for term in plan["terms"]] == [
        ("Associate 1: Variable", "$50,000", "$56,000")
    ]
    assert "pay" not in str(answer["changes"][1]["terms"][0]["label"]).lower()


def test_every_word_is_escaped_and_keeps_its_setting() -> None:
    document_diff = diff_markdown("A `<b>` **old** word & more here.", "A `<b>` **<script>** word & more here.")
    [piece] = document_diff.changed
    assert diff_html(piece.runs) == Markup(
        "A <code>&lt;b&gt;</code> <del><strong>old</strong></del>"
        "<ins><strong>&lt;script&gt;</strong></ins> word &amp; more here."
    )


def test_across_several_versions_each_change_names_its_version(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    fields = {"title": "Pay for customers who stay", "base": 2, "revision": 0}
    third = page("56,000", "Because customers go.")
    mona.submit(f"/proposals/{SLUG}/edit/publish", markdown=third, note="In other words.", **fields)
    shown = main_of(townhall.client("Dana Rep").get(f"{PATH}?from=1&to=3").text)
    assert "In version 3: In other words." in shown
    assert "In version 2: 7% instead of 6.25%." in shown
