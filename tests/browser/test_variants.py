"""A variant in Chromium: form and text follow each other, pay and changes are shown with them, then it is published."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import SLUG, Open


def test_form_and_text_follow_each_other_while_typing(visit: Open) -> None:
    one = visit().sign_in("Maya Chen")
    one.page.goto(f"{SLUG}/variants/new?base=a")
    one.page.locator('[name="f:components/0/tiers/1/pays"]').fill("1.8x")
    expect(one.page.locator("#text")).to_have_value(re.compile("pays: 1.8x"))
    expect(one.page.locator("#effect")).to_contain_text("1.5× to 1.8×")
    text = one.page.locator("#text").input_value()
    one.page.locator("#text").fill(text.replace("name: Half at the aha moment", "name: Half and more"))
    expect(one.page.locator('[name="f:name"]')).to_have_value("Half and more")
    one.page.locator("#reason").fill("A steeper accelerator pays for the risk.")
    one.page.get_by_role("button", name="Publish variant").click()
    expect(one.page.get_by_role("heading", name="Half and more")).to_be_visible()
    assert one.findings() == []
    one.page.get_by_role("link", name="Simulate my pay").click()
    expect(one.page.locator("#total")).to_contain_text("$")


def test_a_slider_redraws_the_picture_and_the_address_carries_no_pay(visit: Open) -> None:
    one = visit().sign_in("Maya Chen")
    one.page.goto(f"{SLUG}/candidates/a/simulator")
    before = one.page.locator("#total").inner_text()
    one.page.locator('input[data-slides="w-aha"]').fill("10")
    expect(one.page.locator("#total")).not_to_have_text(before)
    expect(one.page.locator("#figures")).to_contain_text("aha moment reached by 10% of customers")
    assert "aha=10" in one.page.url
    assert one.page.locator("#total").inner_text().strip("$").replace(",", "").split(".")[0] not in one.page.url
    one.page.go_back()
    expect(one.page.locator("h1")).to_be_visible()


def test_a_variant_and_its_effect_without_javascript(visit: Open) -> None:
    one = visit(360, script=False).sign_in("Maya Chen")
    one.page.goto(f"{SLUG}/variants/new?base=b")
    one.page.locator('[name="f:components/0/tiers/1/pays"]').fill("1.9x")
    one.page.get_by_role("button", name="Preview").click()
    expect(one.page.locator("#effect")).to_contain_text("1.5× to 1.9×")
    assert one.fits()
