"""Placeholders of cached pages, filled in for each reader, and the limit of the cache."""

import pytest

from server.page_cache.placeholders import placeholder
from server.page_cache.store import CachedPage, PageCache


def test_a_placeholder_is_filled_with_a_text_or_its_default() -> None:
    page = CachedPage(f"a {placeholder('name', 'usual')} b")
    assert page.fill({"name": b"Maya"}) == b"a Maya b"
    assert page.fill({}) == b"a usual b"


def test_a_placeholder_has_another_text_if_its_name_is_true() -> None:
    inner = placeholder("csrf")
    page = CachedPage(f"<{placeholder('author 7', f'same {inner}', f'edit {inner}!')}>")
    assert page.fill({"csrf": b"t"}, {"author 7"}) == b"<edit t!>"
    assert page.fill({"csrf": b"t"}, {"author 8"}) == b"<same t>"


@pytest.mark.parametrize("text", ["", "plain", "\x02(name\x03usual\x02|\x02)", "\x02|\x03", "ünïcödé \u202e"])
def test_text_of_people_is_never_read_as_a_placeholder(text: str) -> None:
    assert CachedPage(text).fill({"name": b"secret"}, {"name"}) == text.encode()


def test_the_least_recently_used_page_is_evicted() -> None:
    cache, rendered = PageCache(most=250), []

    def get(key: str) -> bytes:
        def render() -> str:
            rendered.append(key)
            return key * 100

        return cache.get(key, render).fill({})

    for key in "aabacab":
        assert get(key) == key.encode() * 100
    assert "".join(rendered) == "abcb"


def test_a_page_larger_than_the_cache_is_shown() -> None:
    assert PageCache(most=1).get("key", lambda: "x" * 100).fill({}) == b"x" * 100
