"""Sheets: pages with holes, filled in for each reader."""

import pytest

from server.page_cache.placeholders import placeholder
from server.page_cache.store import CachedPage, PageCache


def test_a_hole_is_filled_with_a_text_or_says_the_usual() -> None:
    sheet = CachedPage(f"a {placeholder('name', 'usual')} b")
    assert sheet.fill({"name": b"Maya"}) == b"a Maya b"
    assert sheet.fill({}) == b"a usual b"


def test_a_hole_says_something_else_where_its_name_is_true() -> None:
    inner = placeholder("csrf")
    sheet = CachedPage(f"<{placeholder('author 7', f'same {inner}', f'edit {inner}!')}>")
    assert sheet.fill({"csrf": b"t"}, {"author 7"}) == b"<edit t!>"
    assert sheet.fill({"csrf": b"t"}, {"author 8"}) == b"<same t>"


@pytest.mark.parametrize("text", ["", "plain", "\x02(name\x03usual\x02|\x02)", "\x02|\x03", "ünïcödé \u202e"])
def test_what_people_write_is_never_taken_for_a_hole(text: str) -> None:
    assert CachedPage(text).fill({"name": b"secret"}, {"name"}) == text.encode()


def test_the_oldest_sheets_go_when_there_is_no_room() -> None:
    sheets, rendered = PageCache(most=250), []

    def get(key: str) -> bytes:
        def render() -> str:
            rendered.append(key)
            return key * 100

        return sheets.get(key, render).fill({})

    for key in "aabacab":
        assert get(key) == key.encode() * 100
    assert "".join(rendered) == "abcb"


def test_a_sheet_larger_than_all_room_is_shown_all_the_same() -> None:
    assert PageCache(most=1).get("key", lambda: "x" * 100).fill({}) == b"x" * 100
