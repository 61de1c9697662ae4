"""Every page in Chromium: nothing for axe to find, no complaint of the policy, nothing to scroll sideways."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SLUG, Open

PAGES = {
    "Maya Chen": [
        "/",
        "/proposals",
        SLUG,
        f"{SLUG}?pay=1",
        f"{SLUG}/v/1",
        f"{SLUG}/history",
        f"{SLUG}/comments",
        f"{SLUG}/candidates/a/simulator",
        f"{SLUG}/candidates/b/simulator?attainment=130&aha=x",
        f"{SLUG}/candidates/c/simulator",
        f"{SLUG}/candidates/a/next-year",
        f"{SLUG}/candidates/c/statement",
        f"{SLUG}/candidates/a/deal?amount=30000&aha_after=9",
        f"{SLUG}/compare",
        f"{SLUG}/changes?from=1&to=3",
        f"{SLUG}/changes?show=all&layout=side",
        f"{SLUG}/variants",
        f"{SLUG}/variants/new?base=b",
        "/me/pay?churn=20",
        "/me/scenarios",
        "/townhalls",
        "/me",
        "/search?q=customer",
        "/pages",
        "/pages/background",
        "/pages/questions-and-answers?since=1",
        "/pages/words-we-use/history",
        "/nowhere",
    ],
    "Mark Olsen": [
        "/",
        SLUG,
        f"{SLUG}/edit",
        "/proposals/new",
        "/proposals",
        f"{SLUG}/impact",
        "/pages/new",
        "/pages/background/edit",
        "/pages/background/settings",
        f"{SLUG}/settings",
    ],
    "Priya Raman": ["/", "/people", "/imports", "/archives", "/tokens", f"{SLUG}/impact", f"{SLUG}/compare"],
    "": ["/sign-in", "/demo/people"],
}
CASES = [(name, path) for name, paths in PAGES.items() for path in paths]
OPEN_DETAILS = (
    "[...document.querySelectorAll('main details')].slice(0, 12).forEach((details) => { details.open = true })"
)
LOOKS = [(1360, False), (360, False), (1360, True)]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_pages_are_fit_for_everybody(visit: Open, name: str, width: int, dark: bool) -> None:
    one = visit(width, dark=dark)
    if name:
        one.sign_in(name)
    wrong = []
    for path in PAGES[name]:
        one.page.goto(path)
        if path == SLUG and name == "Maya Chen":
            one.page.locator("#mine-a strong").wait_for()
        if not one.fits():
            wrong.append((path, "has to be scrolled sideways"))
        one.page.evaluate(OPEN_DETAILS)
        wrong += [(path, found) for found in one.findings()]
        if not one.fits():
            wrong.append((path, "has to be scrolled sideways when opened"))
    one.complaints[:] = [found for found in one.complaints if "nowhere" not in found and "404" not in found]
    assert wrong == []


def test_the_page_of_a_hall_and_a_thread(visit: Open) -> None:
    one = visit().sign_in("Maya Chen")
    one.page.goto("/townhalls")
    one.page.locator("main a").first.click()
    expect(one.page.get_by_text("Questions")).to_be_visible()
    assert one.findings() == []
    one.page.goto(SLUG)
    one.page.locator("#mine-a strong").wait_for()
    noted = one.page.get_by_role("button", name="I have read version 3")
    if noted.count():  # another test may have read it as the same person
        noted.scroll_into_view_if_needed()
    expect(noted).to_have_count(0)
    one.page.locator(".thread time").first.click()
    expect(one.page.get_by_text("Comment and replies")).to_be_visible()
    assert one.findings() == []


def test_the_admin_hands_files_in(visit: Open, tmp_path: Path) -> None:
    admin = visit(360).sign_in("Priya Raman")
    good = tmp_path / "deals.csv"
    good.write_text("deal id,rep,stage,signed,arr\nB1,Nobody New,Won,2026-05-01,1000\n")
    bad = tmp_path / "bad.csv"
    bad.write_text("deal id,rep,stage,signed,arr\nB1,Nobody New,Won,someday,1000\n")
    admin.page.goto("/imports")
    admin.page.locator("#files").set_input_files(bad)
    admin.page.get_by_role("button", name="Upload and preview").click()
    expect(admin.page.locator("main")).to_contain_text("someday")
    assert admin.findings() == []
    assert admin.fits()
    admin.page.goto("/imports")
    admin.page.locator("#files").set_input_files(good)
    admin.page.get_by_role("button", name="Upload and preview").click()
    expect(admin.page.get_by_role("button", name="Import", exact=True)).to_be_visible()
    assert admin.findings() == []
    admin.page.get_by_role("button", name="Import", exact=True).click()
    expect(admin.page.locator("main")).to_contain_text("Import finished")
    admin.page.goto("/people")
    row = admin.page.locator("tr", has_text="Nobody New")
    row.locator("summary").click()
    row.locator("input[name=email]").fill(f"{tmp_path.name}@example.com".lower().replace("_", "-"))
    row.get_by_role("button", name="Create invitation link").click()
    link = admin.page.locator("#link").input_value()
    guest = visit(360)
    guest.page.goto(link)
    guest.page.get_by_label("Password", exact=True).fill("a long enough secret")
    guest.page.get_by_label("Repeat password").fill("a long enough secret")
    guest.page.get_by_role("button", name="Set password").click()
    expect(guest.page.locator("main")).to_contain_text("Hello, Nobody")
    guest.page.goto("/me/pay")
    assert guest.findings() == []


def test_a_version_on_paper_is_a_document_to_sign(visit: Open) -> None:
    one = visit().sign_in("Maya Chen")
    one.page.goto(SLUG)
    one.page.locator("#mine-a strong").wait_for()
    expect(one.page.locator(".print-footer")).to_be_hidden()
    one.page.emulate_media(media="print")
    expect(one.page.locator(".print-footer")).to_contain_text("Signature")
    expect(one.page.locator(".print-footer")).to_contain_text(f"{SLUG}/v/3")
    for hidden in (".bar", ".rail", "#comments", "#mine-a", ".card form", ".card .tag"):
        expect(one.page.locator(hidden).first).to_be_hidden()
    expect(one.page.locator("#candidate-a ol li").first).to_be_visible()  # the plain sentences stand open
