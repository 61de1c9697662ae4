"""Help inside Townhall: every guide is rendered, its links lead somewhere, and its words are found."""

import re

import pytest

from server.help.guides import GUIDES, guide_html, guide_sections, search_help
from server.web.paths import data_folder
from tests.conftest import Townhall


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_is_rendered_with_links_that_lead_somewhere(name: str) -> None:
    html = guide_html(name)
    assert html.count("<h2") + html.count("<h3") == len(guide_sections(name))
    anchors = {other: {section.anchor for section in guide_sections(other)} for other in GUIDES}
    for target, part in re.findall(r'href="/help/?([a-z-]*)(?:#([^"]*))?"', html):
        assert target in {"", *GUIDES}
        assert not part or part in anchors[target], (name, target, part)
    assert not re.search(r'href="[^"]*\.md', html)


def test_help_is_for_everyone_signed_in(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    for path in ("/help", *(f"/help/{name}" for name in GUIDES)):
        assert maya.get(path).status_code == 200
    assert maya.get("/help/nothing").status_code == 404
    assert townhall.client(None).get("/help").status_code == 303


def test_words_are_found_in_headings_first(townhall: Townhall) -> None:
    sections = [section for section, _ in search_help("stages")]
    assert sections[0].title == "Stages and rules"
    assert search_help("xyzzy plugh") == search_help("") == []
    assert all(
        "TOWNHALL_SMTP_URL".casefold() in f"{section.text}".casefold()
        for section, _ in search_help("townhall_smtp_url")
    )
    page = townhall.client("Maya Rep").get("/help?q=clawback").text
    assert "/help/plan-language#" in page


def test_the_keys_are_listed() -> None:
    assert any(section.anchor == "keys" for section in guide_sections("reps"))


def test_links_from_pages_lead_to_headings_of_the_guides() -> None:
    """Each page on which someone may be stuck names a part of a guide, which must exist."""
    pages = {path.name: path.read_text() for path in data_folder("templates").rglob("*.html")}
    linked = {match for text in pages.values() for match in re.findall(r'help_link\("([^"]+)"\)', text)}
    assert len(linked) >= 12
    anchors = {f"{name}#{section.anchor}" for name in GUIDES for section in guide_sections(name)}
    assert linked - anchors == set()


def test_the_imports_page_leads_to_its_help(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    assert 'href="/help/admins#imports"' in admin.get("/imports").text
    assert 'id="imports"' in admin.get("/help/admins").text
