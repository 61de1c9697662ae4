"""Writing in Chromium: it saves itself, survives a lost connection, and two windows never overwrite each other."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

TEXT = "## Why\n\nBecause it matters.\n"


def begin(page: Page, title: str) -> str:
    page.goto("/proposals/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Title").press("Enter")
    page.wait_for_url(re.compile("/edit$"))
    return page.url


def test_what_is_typed_saves_itself_and_survives_a_lost_connection(visit: Open) -> None:
    visitor = visit().sign_in("Mark Olsen")
    page = visitor.page
    begin(page, "Typed with care")
    page.locator("#markdown").fill(TEXT)
    expect(page.locator("#saved")).to_contain_text("Saved at")
    page.locator("#markdown").press("Control+End")
    page.locator("#markdown").press("Control+b")
    page.keyboard.type("really")
    expect(page.locator("#preview strong")).to_have_text("really")
    expect(page.locator("#revision")).to_have_value("2")
    page.context.set_offline(True)
    page.keyboard.type(" lost")
    page.wait_for_timeout(100)
    page.context.set_offline(False)
    page.reload()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("#markdown")).to_have_value(re.compile("really lost"))
    expect(page.locator("#revision")).to_have_value("3")
    page.locator("#markdown").press("Control+s")
    expect(page.locator("#markdown")).to_have_value(re.compile("really lost"))
    assert page.get_by_role("button", name="Restore").is_hidden()


def test_two_windows_are_put_together(visit: Open) -> None:
    visitor = visit().sign_in("Mark Olsen")
    address = begin(visitor.page, "In two windows")
    visitor.page.locator("#markdown").fill(TEXT)
    visitor.page.get_by_role("button", name="Save draft").click()
    other = visitor.page.context.new_page()
    other.goto(address)
    other.locator("#note").fill("From the other window")
    other.locator("#markdown").fill(TEXT + "\nTheirs.\n")
    expect(other.locator("#saved")).to_contain_text("Saved at")
    other.get_by_role("button", name="Save draft").click()
    visitor.page.locator("#markdown").fill("Mine.\n\n" + TEXT)
    expect(visitor.page.locator("#notice")).to_contain_text("Nothing is lost")
    visitor.page.get_by_role("button", name="Save draft").click()
    visitor.page.get_by_role("button", name="Merge").click()
    assert visitor.findings() == []
    visitor.page.get_by_role("button", name="Save merged text").click()
    expect(visitor.page.locator("#markdown")).to_have_value(re.compile("Mine.[\\s\\S]*Theirs."))
    visitor.forgive("409")


def test_a_version_is_published_through_the_review_without_javascript(visit: Open) -> None:
    visitor = visit(360, script=False).sign_in("Mark Olsen")
    page = visitor.page
    begin(page, "Without a script")
    page.locator("#markdown").fill(TEXT)
    page.get_by_label("Add a candidate from").select_option("today")
    page.get_by_role("button", name="Add candidate").click()
    page.get_by_role("button", name="Edit as a form").click()
    page.locator('[name="f:levels/0/variable"]').fill("$51,000")
    page.get_by_role("button", name="Save to draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Editor")
    assert visitor.fits()
    page.get_by_role("button", name=re.compile("^Publish version 1")).click()
    expect(page.get_by_text("This is the first version.")).to_be_visible()
    assert visitor.fits()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("$51,000").first).to_be_visible()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("#markdown").fill(page.locator("#markdown").input_value().replace("matters", "counts"))
    page.get_by_role("button", name=re.compile("^Publish version 2")).click()
    expect(page.locator(".changes")).to_contain_text("matterscounts")
    assert visitor.fits()


def test_each_window_keeps_its_own_copy_and_none_overwrites_what_came_meanwhile(visit: Open) -> None:
    visitor = visit().sign_in("Mark Olsen")
    address = begin(visitor.page, "Copies of windows")
    visitor.page.locator("#markdown").fill(TEXT)
    visitor.page.get_by_role("button", name="Save draft").click()
    other = visitor.page.context.new_page()
    other.goto(address)
    visitor.page.locator("#markdown").fill(TEXT + "\nFrom the first.\n")
    expect(visitor.page.locator("#saved")).to_contain_text("Saved at")
    expect(visitor.page.locator("#revision")).to_have_value("2")
    other.locator("#markdown").fill(TEXT + "\nFrom the second.\n")
    expect(other.locator("#notice")).to_contain_text("saved in this browser")
    visitor.page.locator("#markdown").fill(TEXT + "\nFrom the first, again.\n")
    expect(visitor.page.locator("#revision")).to_have_value("3")
    other.close()
    visitor.page.goto(address)
    visitor.page.get_by_role("button", name="Restore").click()
    expect(visitor.page.locator("#markdown")).to_have_value(re.compile("From the second"))
    visitor.page.locator("#notice").get_by_role("button", name="Merge").click()
    expect(visitor.page.locator("legend", has_text="You both changed this")).to_be_visible()
    visitor.page.get_by_label("Text to use").select_option("both")
    visitor.page.get_by_role("button", name="Save merged text").click()
    expect(visitor.page.locator("#markdown")).to_have_value(
        re.compile("second[\\s\\S]*first, again|first, again[\\s\\S]*second")
    )
    visitor.forgive("409")


def test_signs_are_put_and_taken_away_and_can_be_undone(visit: Open) -> None:
    page = visit().sign_in("Mark Olsen").page
    begin(page, "Signs")
    area = page.locator("#markdown")
    area.fill("hello")
    area.press("Control+a")
    area.press("Control+b")
    expect(area).to_have_value("**hello**")
    area.press("Control+b")
    expect(area).to_have_value("hello")
    page.get_by_role("button", name="Heading").click()
    expect(area).to_have_value("## hello")
    area.press("Control+z")
    expect(area).to_have_value("hello")


def test_a_form_that_was_not_kept_comes_back(visit: Open) -> None:
    visitor = visit().sign_in("Mark Olsen")
    page = visitor.page
    begin(page, "A form left open")
    page.locator("#markdown").fill(TEXT)
    page.get_by_label("Add a candidate from").select_option("today")
    page.get_by_role("button", name="Add candidate").click()
    assert page.get_by_role("button", name="Restore").is_hidden()
    page.get_by_role("button", name="Edit as a form").click()
    address = page.url
    page.locator('[name="f:levels/0/base"]').fill("$51,111")
    expect(page.locator("#text")).to_have_value(re.compile("51,111"))
    page.goto("/")
    page.goto(address)
    page.get_by_role("button", name="Restore").click()
    expect(page.locator('[name="f:levels/0/base"]')).to_have_value("$51,111")
    page.get_by_role("button", name="Save to draft").click()
    expect(page.locator("#markdown")).to_have_value(re.compile("51,111"))


def test_an_ended_session_loses_nothing_without_a_script(visit: Open) -> None:
    visitor = visit(script=False).sign_in("Mark Olsen")
    page = visitor.page
    begin(page, "An ended session")
    page.locator("#markdown").fill("Typed for an hour.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("link", name="Sign in in another window")).to_be_visible()
    meanwhile = page.context.new_page()
    meanwhile.goto("/demo/people")
    meanwhile.get_by_role("button", name=re.compile("Mark Olsen")).first.click()
    page.get_by_role("button", name="Send again").click()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#markdown")).to_have_value("Typed for an hour.")
    visitor.forgive("401", "403")


PASTE = """([id, text]) => {
  const area = document.getElementById(id), data = new DataTransfer();
  data.setData("text/plain", text);
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def test_what_is_pasted_from_a_spreadsheet_or_a_list_becomes_markdown(visit: Open) -> None:
    page = visit().sign_in("Mark Olsen").page
    page.goto("/pages/new")
    page.get_by_label("Title").fill("Pasted things")
    page.get_by_role("button", name="Start writing").click()
    page.wait_for_url("**/edit")
    area = page.locator("#markdown")
    area.fill("Before")
    page.evaluate(PASTE, ["markdown", "Tier\tRate\r\nA\t6%\r\nB|C\t7%\r\n"])
    expect(area).to_have_value("Before\n\n| Tier | Rate |\n| --- | --- |\n| A | 6% |\n| B\\|C | 7% |\n")
    area.fill("")
    page.evaluate(PASTE, ["markdown", "•\tOne\n•\tTwo"])
    expect(area).to_have_value("- One\n- Two\n")


def test_a_wide_table_scrolls_on_a_phone_and_widens_nothing(visit: Open) -> None:
    writer = visit(360).sign_in("Mark Olsen")
    page = writer.page
    page.goto("/pages/new")
    page.get_by_label("Title").fill("Wide" + "ly" * 60)
    page.get_by_role("button", name="Start writing").click()
    page.wait_for_url("**/edit")
    row = "| " + " | ".join(f"Column {number}" for number in range(9)) + " |"
    address = "https://example.com/" + "a" * 90
    page.locator("#markdown").fill(f"{row}\n|{'-|' * 9}\n{row}\n\n| x |\n|-|\n| {address} |\n")
    page.get_by_label("Change note").fill("First.")
    page.get_by_role("button", name="Publish version 1").click()
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url(re.compile("/pages/wide[a-z]*$"))
    assert writer.fits()
    table = page.locator(".prose table").first
    assert table.evaluate("table => table.scrollWidth > table.clientWidth")
    assert writer.findings() == []
    page.goto("/pages")
    assert writer.fits()
