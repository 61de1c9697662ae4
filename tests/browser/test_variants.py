"""A variant in Chromium: form and text follow each other, pay and changes are shown with them, then it is published."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import SLUG, Open


def test_form_and_text_follow_each_other_while_typing(visit: Open) -> None:
    visitor = visit().sign_in("Maya Chen")
    visitor.page.goto(f"{SLUG}/variants/new?base=a")
    visitor.page.locator('[name="f:components/0/tiers/1/pays"]').fill("1.8x")
    expect(visitor.page.locator("#text")).to_have_value(re.compile("pays: 1.8x"))
    expect(visitor.page.locator("#effect")).to_contain_text("1.5× to 1.8×")
    text = visitor.page.locator("#text").input_value()
    visitor.page.locator("#text").fill(text.replace("name: Half at the aha moment", "name: Half and more"))
    expect(visitor.page.locator('[name="f:name"]')).to_have_value("Half and more")
    visitor.page.locator("#reason").fill("A steeper accelerator pays for the risk.")
    visitor.page.get_by_role("button", name="Publish variant").click()
    expect(visitor.page.get_by_role("heading", name="Half and more")).to_be_visible()
    assert visitor.findings() == []
    visitor.page.get_by_role("link", name="Simulate my pay").click()
    expect(visitor.page.locator("#total")).to_contain_text("$")


def test_a_slider_redraws_the_picture_and_the_address_carries_no_pay(visit: Open) -> None:
    visitor = visit().sign_in("Maya Chen")
    visitor.page.goto(f"{SLUG}/candidates/a/simulator")
    before = visitor.page.locator("#total").inner_text()
    visitor.page.locator('input[data-slides="w-aha"]').fill("10")
    expect(visitor.page.locator("#total")).not_to_have_text(before)
    expect(visitor.page.locator("#figures")).to_contain_text("aha moment reached by 10% of customers")
    assert "aha=10" in visitor.page.url
    assert visitor.page.locator("#total").inner_text().strip("$").replace(",", "").split(".")[0] not in visitor.page.url
    visitor.page.go_back()
    expect(visitor.page.locator("h1")).to_be_visible()


def test_a_variant_and_its_effect_without_javascript(visit: Open) -> None:
    visitor = visit(360, script=False).sign_in("Maya Chen")
    visitor.page.goto(f"{SLUG}/variants/new?base=b")
    visitor.page.locator('[name="f:components/0/tiers/1/pays"]').fill("1.9x")
    visitor.page.get_by_role("button", name="Preview").click()
    expect(visitor.page.locator("#effect")).to_contain_text("1.5× to 1.9×")
    assert visitor.fits()
