"""The conversation in Chromium: what is new thread by thread, and accepting by writing."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SLUG, Open


def post_comment(page: Page, words: str) -> str:
    """Comment on the whole proposal; return the thread's address."""
    page.goto(SLUG)
    version = page.locator("#comments input[name=version]").first.input_value()
    token = page.locator("#comments input[name=csrf]").first.input_value()
    answer = page.request.post(
        f"{SLUG}/comments",
        form={"csrf": token, "version": version, "text": words},
        headers={"origin": page.url.split("/proposals")[0]},
    )
    return answer.url


def reply(page: Page, thread: str, words: str) -> None:
    page.goto(thread)
    page.get_by_text("Reply", exact=True).click()
    page.get_by_label("Your reply").fill(words)
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text(words)).to_be_visible()


def test_a_read_thread_is_not_new_and_a_key_leads_to_the_next(visit: Open) -> None:
    reader, other = visit().sign_in("Kevin Walsh"), visit().sign_in("Leila Haddad")
    threads = [post_comment(other.page, f"Thread {number} of the visit.") for number in range(6)]
    reader.page.goto(SLUG)
    with reader.page.expect_response(re.compile(r"/seen$")):  # the first look: all that is there is old from now on
        reader.page.locator("#comments-h").scroll_into_view_if_needed()
    for thread in (threads[0], threads[5]):
        reply(other.page, thread, "One word more.")
    reader.page.goto(SLUG)
    first, last = (reader.page.locator(f"#thread-{thread.rsplit('/', 1)[1]}") for thread in (threads[0], threads[5]))
    expect(first.get_by_text("new", exact=True)).to_be_attached()
    expect(last.get_by_text("new", exact=True)).to_be_attached()
    with reader.page.expect_response(re.compile(f"{threads[5].rsplit('/', 1)[1]}/seen$")):
        for _ in range(20):  # other tests talk on the same page meanwhile
            reader.page.keyboard.press("n")
            if last.evaluate("thread => thread === document.activeElement"):
                break
        expect(last).to_be_focused()
    reader.page.goto(SLUG)
    expect(last.get_by_text("new", exact=True)).not_to_be_attached()
    expect(first.get_by_text("new", exact=True)).to_be_attached()


@pytest.mark.parametrize(("width", "script", "dark"), [(1360, True, False), (360, False, True)])
def test_accepting_shows_the_part_that_a_comment_is_about(visit: Open, width: int, script: bool, dark: bool) -> None:
    manager = visit(width, script=script, dark=dark).sign_in("Mark Olsen")
    manager.page.goto("/inbox")
    manager.page.get_by_role("link", name="Accept and edit the text").first.click()
    expect(manager.page.get_by_role("heading", name="Accept and edit the text")).to_be_visible()
    chosen = manager.page.get_by_label("Part of the text to change")
    chosen.select_option(index=3)
    manager.page.get_by_role("button", name="Show this part").click()
    expect(manager.page.get_by_label("New wording")).not_to_have_value("")
    assert manager.fits()
    if script:
        assert manager.findings() == []


def test_a_demo_shows_the_mail_that_it_would_have_sent_as_text_and_as_html(visit: Open) -> None:
    writer, other = visit().sign_in("Kevin Walsh"), visit().sign_in("Leila Haddad")
    thread = post_comment(writer.page, "Who reads my mail?")
    reply(other.page, thread, "Nobody but you, in two settings.")
    writer.page.goto("/demo/outbox")
    letter = writer.page.locator("details", has_text="in two settings").first
    for _ in range(20):
        if letter.count():
            break
        writer.page.wait_for_timeout(250)
        writer.page.reload()
    letter.locator("summary").click()
    expect(letter.locator("pre")).to_contain_text("/unsubscribe/")
    letter.get_by_role("link", name="Show as HTML").click()
    expect(writer.page.get_by_role("link", name="Unsubscribe")).to_be_visible()


@pytest.mark.parametrize("width", [1360, 360])
def test_pressing_a_term_opens_a_comment_on_it(visit: Open, width: int) -> None:
    reader = visit(width).sign_in("Kevin Walsh")
    reader.page.goto(SLUG)
    reader.page.locator(".terms .add-comment").first.click()
    expect(reader.page.locator("#on-h")).to_contain_text("A · Associate 1")


def test_enter_takes_the_suggested_name(visit: Open) -> None:
    reader = visit().sign_in("Kevin Walsh")
    page = reader.page
    page.goto(SLUG)
    field = page.locator("#comments textarea[name=text]").first
    field.click()
    field.press_sequentially("Ask @leil")
    expect(page.get_by_role("button", name="Leila Haddad")).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("Ask @Leila Haddad ")
    field.press_sequentially("or @Leila Haddad")
    expect(page.get_by_role("button", name="Leila Haddad")).not_to_be_attached()  # the name is there in full
    field.press("Enter")
    expect(field).to_have_value("Ask @Leila Haddad or @Leila Haddad\n")


def test_single_keys_can_be_turned_off(visit: Open) -> None:
    page = visit().sign_in("Peter Lang").page
    page.goto("/me")
    page.get_by_role("button", name="Turn off").click()
    page.goto(SLUG)
    page.keyboard.press("c")
    page.keyboard.press("/")
    page.wait_for_timeout(200)
    expect(page.locator("#panel")).to_be_hidden()
    assert not page.locator("[data-slash]").evaluate("field => field === document.activeElement")
    page.goto("/me")
    page.get_by_role("button", name="Turn on").click()
    page.goto(SLUG)
    page.keyboard.press("c")
    expect(page.locator("#panel")).to_be_visible()
