"""Pages that are no proposals: written, versioned, linked, moved, archived and kept apart from proposals."""

import pytest

from tests.cast import SLUG, VARIANT
from tests.conftest import Townhall

BODY = "## Churn\n\nSee [[Words we use]] and [the proposal](/proposals/{slug}).\n\n## Quota\n\nA number.\n"


def write(townhall: Townhall, title: str, markdown: str, base: int = 0, note: str = "So.", slug: str = "") -> str:
    """Publish a version of a page and return its address."""
    mona = townhall.client("Mona Manager")
    if not base:
        form = mona.get("/pages/new").text
        redesign = form.split('<option value="')[1].split('"')[0]
        slug = mona.submit("/pages/new", title=title, redesign=redesign).headers["location"].split("/")[2]
    fields = {"title": title, "markdown": markdown, "base": base, "revision": 0, "note": note}
    answer = mona.submit(f"/pages/{slug}/edit/publish", **fields)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/pages/{slug}"
    return f"/pages/{slug}"


def test_a_page_has_versions_history_changes_and_origins_like_a_proposal(townhall: Townhall) -> None:
    page_url = write(townhall, "Background", BODY.format(slug=SLUG))
    write(
        townhall,
        "Background",
        BODY.format(slug=SLUG).replace("A number.", "A number to reach."),
        1,
        "More",
        "background",
    )
    dana = townhall.client("Dana Rep")
    shown = dana.get(page_url).text
    assert "Version 2" in shown
    assert "A number to reach." in shown
    assert "A number to reach." not in dana.get(f"{page_url}/v/1").text
    assert "More" in dana.get(f"{page_url}/history").text
    changed = dana.get(f"{page_url}/changes?from=1&to=2").text
    assert "to reach" in changed
    assert "material" not in changed
    assert dana.get(f"{page_url}/changes.json?from=1&to=2").json()["page"] == "background"
    assert "Version 2" in dana.get(f"{page_url}/v/2/blame").text
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"{page_url}/v/1/restore").headers["location"] == f"{page_url}/edit"
    assert "Restored from version 1." in mona.get(f"{page_url}/edit").text
    assert "Restored from version 1." in mona.get(f"{page_url}/edit/review").text


def test_changes_since_the_last_visit_are_marked(townhall: Townhall) -> None:
    page_url = write(townhall, "Background", BODY.format(slug=SLUG))
    dana = townhall.client("Dana Rep")
    assert dana.submit(f"{page_url}/v/1/read").headers["location"] == page_url
    write(
        townhall,
        "Background",
        BODY.format(slug=SLUG).replace("A number.", "A number to reach."),
        1,
        "More",
        "background",
    )
    shown = dana.get(page_url).text
    assert "You last read version 1." in shown
    assert shown.count('class="is-new"') == 1
    assert 'class="is-new"' not in dana.get(f"{page_url}?since=2").text


def test_a_page_needs_no_candidate_and_shows_a_plan_as_text(townhall: Townhall) -> None:
    page_url = write(townhall, "Example", f"Such as:\n\n```plan\n{VARIANT}```\n\n```plan\nlevels: [\n```\n")
    shown = townhall.client("Dana Rep").get(page_url).text
    assert "name: Steeper" in shown
    assert 'class="candidate' not in shown


def test_pages_are_no_proposals_and_proposals_no_pages(townhall: Townhall) -> None:
    write(townhall, "Background", BODY.format(slug=SLUG))
    dana = townhall.client("Dana Rep")
    assert dana.get("/proposals/background").headers["location"] == "/pages/background"
    assert dana.get(f"/pages/{SLUG}").headers["location"] == f"/proposals/{SLUG}"
    for path in ("/history", "/changes", "/comments", "/compare", "/variants", "/v/1", "/v/1/blame"):
        assert dana.get(f"/proposals/background{path}").status_code == 404, path
    for path in ("/history", "/changes", "/v/1", "/v/1/blame"):
        assert dana.get(f"/pages/{SLUG}{path}").status_code == 404, path
    assert dana.submit("/proposals/background/comments", version=1, text="Hello").status_code == 404
    assert dana.submit("/proposals/background/v/1/read").status_code == 404
    assert "Background" not in dana.get("/proposals").text.split("<main")[1]
    assert townhall.client("Mona Manager").get("/proposals/background/edit").status_code == 404
    assert townhall.client("Mona Manager").submit(f"/pages/{SLUG}/archive").status_code == 404


def test_backlinks_are_listed_and_broken_links_marked(townhall: Townhall) -> None:
    page_url = write(townhall, "Background", BODY.format(slug=SLUG))
    mona, dana = townhall.client("Mona Manager"), townhall.client("Dana Rep")
    shown = mona.get(page_url).text
    assert "1 broken link on this page" in shown
    assert "/pages/new?title=Words+we+use&amp;redesign=" in shown
    assert "broken link" not in dana.get(page_url).text
    assert '<a class="missing" href="/pages/words-we-use"' in dana.get(page_url).text
    there = write(townhall, "Words we use", "Churn\n: Customers lost.")
    assert there == "/pages/words-we-use"
    assert "broken link" not in mona.get(page_url).text
    assert 'class="missing"' not in dana.get(page_url).text
    shown = dana.get(there).text
    assert "Pages that link here" in shown
    assert 'href="/pages/background"' in shown.split("Pages that link here")[1]
    mona.submit(f"{there}/archive")
    assert "1 broken link on this page" in mona.get(page_url).text
    write(townhall, "Background", "Nothing links here now.", 1, "Shorter", "background")
    assert "Pages that link here" not in dana.get(there).text


def test_a_moved_page_is_found_at_both_addresses(townhall: Townhall) -> None:
    page_url = write(townhall, "Background", BODY.format(slug=SLUG))
    linked = write(townhall, "FAQ", "See [[Background]].")
    mona, dana = townhall.client("Mona Manager"), townhall.client("Dana Rep")
    moved = mona.submit(f"{page_url}/settings", slug="Where we come from")
    assert moved.headers["location"] == "/pages/where-we-come-from/settings"
    sent = dana.get(f"{page_url}/history?below=9")
    assert (sent.status_code, sent.headers["location"]) == (307, "/pages/where-we-come-from/history?below=9")
    assert "FAQ" in dana.get("/pages/where-we-come-from").text.split("Pages that link here")[1]
    assert "broken link" not in mona.get(linked).text
    late = mona.submit(f"{page_url}/edit", title="Background", markdown="Typed before", base=1, revision=0)
    assert (late.status_code, late.headers["location"]) == (307, "/pages/where-we-come-from/edit")
    assert "/pages/where-we-come-from" in dana.get("/search?q=churn").text
    assert townhall.client(None).get(page_url).headers["location"].startswith("/sign-in")
    back = mona.submit("/pages/where-we-come-from/settings", slug="background")
    assert back.headers["location"] == "/pages/background/settings"
    assert dana.get(page_url).status_code == 200
    assert dana.get("/pages/where-we-come-from").headers["location"] == page_url


@pytest.mark.parametrize(
    ("wanted", "status", "says"),
    [
        ("FAQ", 409, "Another page has or once had this address"),
        (SLUG, 409, "Another page has or once had this address"),
        ("first", 409, "Another page has or once had this address"),
        ("…", 422, "needs a letter"),
        ("new", 422, "cannot be"),
    ],
)
def test_an_address_that_cannot_be_is_refused(townhall: Townhall, wanted: str, status: int, says: str) -> None:
    write(townhall, "FAQ", "Yes.")
    mona = townhall.client("Mona Manager")
    mona.submit("/pages/faq/settings", slug="faq-2026")
    write(townhall, "First", "Of all.")
    mona.submit("/pages/first/settings", slug="other")
    page_url = write(townhall, "Background", "Long ago.")
    answer = mona.submit(f"{page_url}/settings", slug=wanted)
    assert answer.status_code == status
    assert says in answer.text
    assert mona.get(f"{page_url}").status_code == 200


def test_a_proposal_moves_as_well_and_reps_learn_nothing_of_drafts(townhall: Townhall) -> None:
    mona, dana = townhall.client("Mona Manager"), townhall.client("Dana Rep")
    mona.submit(f"/proposals/{SLUG}/settings", slug="pay 2027")
    assert dana.get(f"/proposals/{SLUG}?pay=1").headers["location"] == "/proposals/pay-2027?pay=1"
    assert dana.get("/proposals/pay-2027").status_code == 200
    assert "/proposals/pay-2027" in dana.get("/search?q=because").text
    secret = mona.submit("/proposals/new", title="Secret plans").headers["location"].removesuffix("/edit")
    mona.submit(f"{secret}/settings", slug="even more secret")
    assert mona.get(f"{secret}/edit").status_code == 307
    assert dana.get(f"{secret}/edit").status_code == dana.get(secret).status_code == 404


def test_an_archived_page_leaves_lists_and_search_and_comes_back(townhall: Townhall) -> None:
    page_url = write(townhall, "Background", "An okapi.")
    mona, dana = townhall.client("Mona Manager"), townhall.client("Dana Rep")
    assert page_url in dana.get("/search?q=okapi").text
    assert page_url in dana.get(f"/proposals/{SLUG}").text.split("Related pages")[1]
    mona.submit(f"{page_url}/archive")
    assert page_url not in dana.get("/search?q=okapi").text.split("<main")[1]
    assert page_url not in dana.get(f"/proposals/{SLUG}").text
    assert "1 archived page" in dana.get("/pages").text
    assert "This page was archived" in dana.get(page_url).text
    assert dana.submit(f"{page_url}/unarchive").status_code == 404
    mona.submit(f"{page_url}/unarchive")
    assert page_url in dana.get("/search?q=okapi").text
    assert "archived" not in dana.get("/pages").text


def test_a_start_without_title_or_redesign_keeps_what_was_typed(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    refused = mona.submit("/pages/new", title="My page", redesign="nothing")
    assert refused.status_code == 422
    assert 'value="My page"' in refused.text
    assert "Choose the redesign" in refused.text
    assert townhall.client("Dana Rep").get("/pages/new").status_code == 404


def test_a_title_of_any_script_has_an_address_and_can_be_linked(townhall: Townhall) -> None:
    page_url = write(townhall, "پرسش‌ها و پاسخ‌ها", "متن")
    assert page_url != "/pages/page"
    linked = write(townhall, "Élan vital", "به [[پرسش‌ها و پاسخ‌ها|اینجا]]")
    assert linked == "/pages/elan-vital"
    dana = townhall.client("Dana Rep")
    assert dana.get(page_url).status_code == 200
    assert "broken link" not in townhall.client("Mona Manager").get(linked).text
    assert "Élan vital" in dana.get(page_url).text.split("Pages that link here")[1]
