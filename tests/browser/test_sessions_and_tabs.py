"""Ended sessions, reloads and many tabs cost no word, no vote and no connection."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SLUG, Open, Visit

FIELD = "#comments textarea[name=text]"


def end_session(visit: Visit) -> None:
    """Let the server know no session of this browser any more."""
    visit.expect_refusals()
    visit.context.clear_cookies()


def sign_in_elsewhere(visit: Visit, name: str) -> None:
    other = visit.context.new_page()
    other.goto("/demo/people")
    other.get_by_role("button", name=name).click()
    other.wait_for_url(visit.address + "/")
    other.close()


def test_the_second_press_after_a_session_ended_succeeds(visit: Open) -> None:
    reader = visit().sign_in("Kevin Walsh")
    page = reader.page
    page.goto(SLUG)
    page.locator(FIELD).first.fill("Kept over the end of a session.")
    end_session(reader)
    page.get_by_role("button", name="Comment", exact=True).first.click()
    expect(page.locator("#notice")).to_contain_text("Sign in in another window")
    sign_in_elsewhere(reader, "Kevin Walsh")
    page.get_by_role("button", name="Comment", exact=True).first.click()
    expect(page.locator("#threads")).to_contain_text("Kept over the end of a session.")
    expect(page.locator(FIELD).first).to_have_value("")
    expect(page.locator("#notice")).to_be_empty()
    page.locator(FIELD).first.fill("And the next one.")
    page.get_by_role("button", name="Comment", exact=True).first.click()
    expect(page.locator("#threads")).to_contain_text("And the next one.")


def test_a_vote_after_a_session_ended_counts(visit: Open) -> None:
    reader = visit().sign_in("Oscar Lind")
    page = reader.page
    page.goto(SLUG)
    end_session(reader)
    sign_in_elsewhere(reader, "Oscar Lind")
    choice = page.locator("#vote-a .chip[aria-pressed=false]").last
    label = choice.inner_text()
    choice.click()
    expect(page.locator("#vote-a").get_by_role("button", name=label)).to_have_attribute("aria-pressed", "true")


def test_someone_else_who_signed_in_sends_nothing_of_mine(visit: Open) -> None:
    reader = visit().sign_in("Kevin Walsh")
    page = reader.page
    page.goto(SLUG)
    page.locator(FIELD).first.fill("Only Kevin says this.")
    end_session(reader)
    sign_in_elsewhere(reader, "Leila Haddad")
    page.get_by_role("button", name="Comment", exact=True).first.click()
    expect(page.locator("#notice")).to_contain_text("Leila Haddad is signed in here now.")
    expect(page.locator("#threads")).not_to_contain_text("Only Kevin says this.")
    page.reload()
    expect(page.locator(FIELD).first).to_have_value("")


def test_no_sign_in_page_comes_into_a_form(visit: Open) -> None:
    reader = visit().sign_in("Kevin Walsh")
    page = reader.page
    page.goto(SLUG)
    end_session(reader)
    with page.expect_response(re.compile("/people/names")):
        page.locator(FIELD).first.press_sequentially("@L")
    page.wait_for_timeout(100)
    assert page.locator("main").count() == 1
    assert page.get_by_label("Password").count() == 0


def test_unsent_words_survive_a_reload_and_going_back(visit: Open) -> None:
    page = visit().sign_in("Kevin Walsh").page
    page.goto(SLUG)
    page.locator(FIELD).first.fill("Not sent yet.")
    page.reload()
    expect(page.locator(FIELD).first).to_have_value("Not sent yet.")
    page.locator(".prose .add-comment").first.click()
    panel = page.locator("#panel textarea[name=text]").first
    panel.fill("About this part.")
    page.goto("/ledger")
    page.go_back()
    expect(page.locator(FIELD).first).to_have_value("Not sent yet.")
    page.locator(".prose .add-comment").first.click()
    expect(panel).to_have_value("About this part.")
    page.locator("#panel").get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator("#on-threads")).to_contain_text("About this part.")
    page.reload()
    page.locator(".prose .add-comment").first.click()
    expect(panel).to_have_value("")


def test_signing_in_leads_to_the_part_of_the_page(visit: Open) -> None:
    page = visit().page
    page.goto(f"{SLUG}#candidate-b")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=.*#candidate-b$"))
    page.get_by_role("link", name="Choose a sample user").click()
    page.get_by_role("button", name="Kevin Walsh").click()
    expect(page).to_have_url(re.compile(rf"{SLUG}#candidate-b$"))
    expect(page.locator("#candidate-b")).to_be_in_viewport()


@pytest.fixture
def tabs(visit: Open) -> tuple[Visit, list[Page]]:
    """A browser with twelve tabs of one proposal."""
    reader = visit().sign_in("Kevin Walsh")
    pages = [reader.page, *(reader.context.new_page() for _ in range(11))]
    for page in pages:
        page.goto(SLUG)
    return reader, pages


def holds_stream(page: Page) -> bool:
    source = "document.querySelector('[sse-connect]')['htmx-internal-data'].sseEventSource.source"
    return bool(page.evaluate(f"{source} !== null"))


def test_twelve_tabs_need_one_stream(tabs: tuple[Visit, list[Page]]) -> None:
    reader, pages = tabs
    pages[0].wait_for_timeout(300)
    assert [holds_stream(page) for page in pages] == [False] * 11 + [True]
    another = reader.context.new_page()
    another.goto("/ledger", timeout=5_000)
    expect(another.get_by_role("heading", level=1)).to_be_visible()


def test_all_tabs_of_a_page_hear_of_a_comment_and_the_one_in_use_takes_the_stream(
    tabs: tuple[Visit, list[Page]], visit: Open
) -> None:
    _, pages = tabs
    writer = visit().sign_in("Leila Haddad")
    writer.page.goto(SLUG)
    writer.page.locator(FIELD).first.fill("Heard in every tab.")
    writer.page.get_by_role("button", name="Comment", exact=True).first.click()
    for page in (pages[0], pages[11]):
        expect(page.locator("#threads")).to_contain_text("Heard in every tab.", timeout=15_000)
    pages[3].locator("h1").click()
    pages[3].wait_for_timeout(300)
    assert [holds_stream(page) for page in pages].count(True) == 1
    assert holds_stream(pages[3])


def test_a_lost_connection_loses_no_word_and_no_vote(visit: Open) -> None:
    reader, writer = visit().sign_in("Ruth Goldberg"), visit().sign_in("Diego Fuentes")
    page = reader.page
    page.goto(SLUG)
    reader.expect_refusals()
    reader.context.set_offline(True)
    page.locator(FIELD).first.fill("Typed without a connection.")
    page.get_by_role("button", name="Comment", exact=True).first.click()
    expect(page.locator("#notice")).to_contain_text("Townhall is not responding")
    choice = page.locator("#vote-b .chip[aria-pressed=false]").last
    label = choice.inner_text()
    choice.click()
    writer.page.goto(SLUG)
    writer.page.locator(FIELD).first.fill("Written meanwhile.")
    writer.page.get_by_role("button", name="Comment", exact=True).first.click()
    expect(writer.page.locator("#threads")).to_contain_text("Written meanwhile.")
    reader.context.set_offline(False)
    expect(page.locator("#threads")).to_contain_text("Written meanwhile.", timeout=20_000)
    expect(page.locator(FIELD).first).to_have_value("Typed without a connection.")
    page.get_by_role("button", name="Comment", exact=True).first.click()
    expect(page.locator("#threads")).to_contain_text("Typed without a connection.")
    pressed = page.locator("#vote-b").get_by_role("button", name=label)
    pressed.click()
    expect(pressed).to_have_attribute("aria-pressed", "true")
    assert page.locator("#threads .thread", has_text="Typed without a connection.").count() == 1
