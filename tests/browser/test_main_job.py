"""The main job in a real browser: as a rep and as the manager, with and without JavaScript, on a desk and a phone."""

import re
import uuid

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import SLUG, Open

GOOD = """\
## Why

Because.

```plan
name: Plain
levels: [{name: One, variable: $50,000, quota: $800,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
```
"""
WAYS = [(1360, True), (1360, False), (360, True), (360, False)]


@pytest.mark.parametrize(("width", "script"), WAYS)
def test_a_rep_reads_sees_the_own_pay_comments_and_votes(visit: Open, width: int, script: bool) -> None:
    rep = visit(width, script=script).sign_in("Yuki Tanaka")
    page = rep.page
    page.get_by_role("link", name="Pay for customers who stay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay for customers who stay")
    if not script:
        page.get_by_role("link", name="Show what each candidate would pay me").click()
    mine = page.locator("#mine-a strong")
    expect(mine).to_have_text(re.compile(r"^\$[\d,.]+$"))
    shown = mine.inner_text()
    page.locator("#mine-a").get_by_role("link", name="Simulate my pay").click()
    expect(page.locator("#total")).to_have_text(shown)
    page.get_by_role("navigation", name="My pay").get_by_role("link", name="Statement").click()
    page.locator(".statement summary").first.click()
    expect(page.locator(".statement .explanation").first).to_contain_text("signed on")
    page.goto(SLUG)
    card = page.locator("#candidate-b")
    card.get_by_role("button", name="With changes").click()
    expect(page.locator("#candidate-b").get_by_role("button", name="With changes")).to_have_attribute(
        "aria-pressed", "true"
    )
    words = f"A thought {uuid.uuid4()}"
    page.locator("#say-all").fill(words)
    page.locator("#comments > form").get_by_role("button", name="Comment").click()
    expect(page.get_by_text(words)).to_be_visible()
    assert rep.fits()


@pytest.mark.parametrize(("width", "script"), WAYS)
def test_the_manager_answers_and_publishes(visit: Open, width: int, script: bool) -> None:
    rep = visit(width, script=script).sign_in("Ingrid Dahl")
    words = f"Please answer {uuid.uuid4()}"
    rep.page.goto(SLUG)
    rep.page.locator("#say-all").fill(words)
    rep.page.locator("#comments > form").get_by_role("button", name="Comment").click()
    expect(rep.page.get_by_text(words)).to_be_visible()

    boss = visit(width, script=script).sign_in("Mark Olsen")
    page = boss.page
    page.goto(SLUG)
    thread = page.locator(".thread", has_text=words)
    thread.locator("summary", has_text="Answer").click()
    thread.get_by_label("Your answer").fill("Here it is.")
    thread.get_by_role("button", name="Accept").click()
    expect(page.locator(".thread", has_text=words)).to_contain_text("Here it is.")
    expect(page.locator(".thread", has_text=words).get_by_text("Accepted")).to_be_visible()

    page.goto("/proposals/new")
    title = f"Trial {uuid.uuid4().hex[:12]}"
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Start writing").click()
    page.get_by_label("Text (Markdown)").fill(GOOD.replace("quota", "qouta"))
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("Did you mean “quota”?")
    page.get_by_label("Text (Markdown)").fill(GOOD)
    page.get_by_role("button", name="Publish version 1").click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Text (Markdown)").fill(GOOD.replace("$50,000", "$56,000"))
    page.get_by_label("Change note").fill("A better rate.")
    page.get_by_role("button", name="Publish version 2").click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Version 2", exact=True)).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("A better rate.")).to_be_visible()
    assert boss.fits()


def test_a_tally_moves_in_other_open_browsers(visit: Open) -> None:
    watcher, voter = visit().sign_in("Clara Hoffmann"), visit().sign_in("Molly Doyle")
    watcher.page.goto(SLUG)
    voter.page.goto(SLUG)
    watcher.page.locator("#candidate-c").get_by_role("button", name="Yes").click()  # who votes sees the results
    expect(watcher.page.locator("#tally-c")).to_contain_text("gladly")
    before = watcher.page.locator("#tally-c").inner_text()
    watcher.page.locator("#say-all").fill("Half a sentence that must not")
    voter.page.wait_for_timeout(300)
    choice = "Gladly" if "0 gladly" in before else "No"
    voter.page.locator("#candidate-c").get_by_role("button", name=choice).click()
    expect(watcher.page.locator("#tally-c")).not_to_have_text(before, timeout=5_000)
    voter.page.locator("#say-all").fill("Something new")
    voter.page.locator("#comments > form").get_by_role("button", name="Comment").click()
    expect(watcher.page.locator("#threads")).to_contain_text("Something new", timeout=5_000)
    assert watcher.page.locator("#say-all").input_value() == "Half a sentence that must not"


def test_new_comments_arrive_without_disturbing_typing(visit: Open) -> None:
    watcher, manager = visit().sign_in("Molly Doyle"), visit().sign_in("Mark Olsen")
    watcher.page.goto(SLUG)
    watcher.page.locator("#say-all").fill("Could this stay open until Friday?")
    watcher.page.locator("#comments > form.composer").get_by_role("button", name="Comment").click()
    thread = watcher.page.locator("#threads > .thread", has_text="until Friday")
    expect(thread).to_contain_text("until Friday")
    thread.locator("summary", has_text="Reply").click()
    thread.locator("textarea").fill("half a reply")
    manager.page.goto(SLUG)
    theirs = manager.page.locator("#threads > .thread", has_text="until Friday")
    theirs.locator("summary", has_text="Answer").click()
    theirs.locator("textarea").last.click()
    expect(thread.locator(".answering")).to_contain_text("Someone is writing an answer", timeout=5_000)
    theirs.locator("textarea").last.fill("It does.")
    theirs.get_by_role("button", name="Answer").click()
    expect(thread).to_contain_text("It does.", timeout=5_000)
    expect(thread).to_contain_text("Answered")
    assert thread.locator("textarea").first.input_value() == "half a reply"


def test_a_press_in_a_thread_leaves_what_is_typed_in_its_other_forms(visit: Open) -> None:
    rep = visit().sign_in("Molly Doyle")
    page = rep.page
    page.goto(SLUG)
    thread = page.locator("#threads > .thread", has_text="beauty contest")
    thread.locator("summary", has_text="Reply").click()
    thread.locator("textarea").fill("a long reply")
    thread.get_by_role("button", name="Agree").click()
    page.wait_for_timeout(600)
    assert thread.locator("textarea").first.input_value() == "a long reply"
    thread.get_by_role("button", name="Send reply").click()
    expect(thread).to_contain_text("a long reply")
    assert thread.locator("textarea").first.input_value() == ""


def test_words_typed_while_a_comment_is_on_its_way_stay(visit: Open) -> None:
    rep = visit().sign_in("Molly Doyle")
    page = rep.page
    page.goto(SLUG)
    field = page.locator("#say-all")
    field.fill("Sent first.")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(400)
        route.continue_()

    page.route("**/comments", slowly)
    page.locator("#comments > form.composer").get_by_role("button", name="Comment").click()
    field.press_sequentially(" And more")
    expect(page.locator("#threads")).to_contain_text("Sent first.")
    assert field.input_value() == "Sent first. And more"


SELECT = """([id, words]) => {
  const walk = document.createTreeWalker(document.getElementById(id), NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walk.nextNode()) texts.push(walk.currentNode);
  const whole = texts.map((node) => node.data).join(""), at = whole.replace(/\\s/g, " ").indexOf(words);
  const range = document.createRange();
  let count = 0;
  for (const node of texts) {
    const end = count + node.data.length;
    if (at >= count && at < end) range.setStart(node, at - count);
    if (at + words.length > count && at + words.length <= end) range.setEnd(node, at + words.length - count);
    count = end;
  }
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


@pytest.mark.parametrize("width", [1360, 360])
def test_selected_words_can_be_commented_on_across_a_line_end(visit: Open, width: int) -> None:
    rep = visit(width=width).sign_in("Ines Duarte" if width == 360 else "Anja Keller")
    page = rep.page
    page.goto(SLUG)
    page.evaluate(SELECT, ["b1", "logo churn went from 9% to 14%"])
    page.locator("#pick").click()
    panel = page.locator("#panel")
    expect(panel.locator("blockquote")).to_have_text("logo churn went from 9% to 14%")
    panel.locator("form.composer textarea").fill(f"At {width} pixels?")
    panel.locator("form.composer").get_by_role("button", name="Comment").click()
    expect(panel.locator("#on-threads")).to_contain_text(f"At {width} pixels?")
    expect(page.locator("#threads")).to_contain_text(f"At {width} pixels?", timeout=5_000)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert rep.fits()


def test_typed_text_in_the_panel_survives_a_stray_press(visit: Open) -> None:
    rep = visit().sign_in("Anja Keller")
    page = rep.page
    page.goto(SLUG)
    page.locator("#b2").click()
    page.locator("#b2 .add-comment").click(force=True)
    panel = page.locator("#panel")
    panel.locator("form.composer textarea").fill("half-written")
    page.locator("#b1 .pin").first.click()
    expect(panel.locator("[data-unsent]")).to_be_visible()
    assert panel.locator("form.composer textarea").input_value() == "half-written"
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_the_marked_cell_is_the_selected_cell(visit: Open) -> None:
    rep = visit().sign_in("Anja Keller")
    page = rep.page
    page.goto(SLUG)
    place = page.evaluate("""() => {
      const table = document.querySelector(".prose table"), cells = table.querySelectorAll("tbody tr")[0].children;
      getSelection().selectAllChildren(cells[1]);
      return table.id;
    }""")
    page.keyboard.press("c")
    panel = page.locator("#panel")
    panel.locator("form.composer textarea").fill("This one?")
    panel.locator("form.composer").get_by_role("button", name="Comment").click()
    expect(panel.locator("#on-threads")).to_contain_text("This one?")
    page.reload()
    row = page.locator(f"#{place} tbody tr").first
    expect(row.locator("td mark")).to_have_count(1)
    assert row.locator("> *").nth(1).locator("mark").count() == 1


def test_what_if_answers_while_the_slider_moves(visit: Open) -> None:
    rep = visit().sign_in("Anja Keller")
    page = rep.page
    page.goto(f"{SLUG}/candidates/a/simulator")
    before = page.locator("#total").inner_text()
    page.locator("#w-attainment").fill("150")
    expect(page.locator("#total")).not_to_have_text(before)
    expect(page.locator("#figures")).to_contain_text("attainment 150%")
    assert "attainment=150" in page.url
    assert before.strip("$").replace(",", "") not in page.url
    slider = page.locator('input[data-slides="w-aha"]')
    slider.focus()
    slider.press("Home")
    expect(page.locator("#w-aha")).to_have_value("0")
    expect(page.locator("#figures")).to_contain_text("aha moment reached by 0% of customers")
    page.locator("#w-aha").fill("many")
    expect(page.locator("#figures")).to_contain_text("This is not a number.")


def test_a_refused_comment_stays_in_its_field(visit: Open) -> None:
    rep = visit().sign_in("Joel Abramson")
    rep.page.goto(SLUG)
    rep.page.locator("#say-all").fill("   ")
    rep.page.locator("#comments > form").get_by_role("button", name="Comment").click()
    expect(rep.page.locator("#notice")).to_contain_text("The comment is empty")
    assert rep.page.locator("#say-all").input_value() == "   "
    rep.complaints[:] = [complaint for complaint in rep.complaints if "422" not in complaint]


def test_everything_can_be_done_by_keyboard(visit: Open) -> None:
    rep = visit().sign_in("Farah Aziz")
    page = rep.page
    page.goto(SLUG)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    chip = page.locator("#candidate-a").get_by_role("button", name="Yes")
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#candidate-a").get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
    summary = page.locator("#candidate-a").get_by_text("Plan in plain words")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#candidate-a")).to_contain_text("Each amount is rounded once")


def test_signing_out_cuts_the_open_page_off(visit: Open) -> None:
    rep = visit().sign_in("Niall Kearney")
    rep.page.goto("/me")
    rep.page.get_by_role("button", name="Sign out", exact=True).click()
    expect(rep.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    rep.page.goto("/me/pay")
    assert "/sign-in?next=%2Fme%2Fpay" in rep.page.url


def test_a_colleague_is_called_by_key(visit: Open) -> None:
    rep = visit().sign_in("Anja Keller")
    page = rep.page
    page.goto(SLUG)
    field = page.locator("#say-all")
    field.click()
    page.keyboard.type("Ask @Mark O")
    offered = page.locator("#comments > form.composer [data-name]")
    expect(offered).to_have_text(["Mark Olsen"])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert field.input_value() == "Ask @Mark Olsen "
    expect(offered).to_have_count(0)


def test_words_of_a_translated_page_are_commented_on_as_a_block(visit: Open) -> None:
    page = visit().sign_in("Anja Keller").page
    page.goto(SLUG)
    page.evaluate("""() => {
      document.documentElement.classList.add("translated-ltr");
      document.querySelector("#b1").firstChild.textContent = "Las palabras de un traductor. ";
    }""")
    page.evaluate(SELECT, ["b1", "palabras de un"])
    page.locator("#pick").click()
    panel = page.locator("#panel")
    panel.locator("form.composer textarea").first.fill("From a translated page.")
    panel.locator("form.composer").get_by_role("button", name="Comment").first.click()
    expect(panel.locator("#on-threads")).to_contain_text("From a translated page.")
