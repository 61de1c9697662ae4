"""Words: a number, an emoji and a word with its marks are each one word, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.tokens import split, whole_words
from tests.comp.profiles import examples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$50,000 or -6.25%", ["$50,000", " ", "or", " ", "-6.25%"]),
        ("1.5x, 60 %", ["1.5x", ",", " ", "60 %"]),
        ("well-known L3's", ["well-known", " ", "L3's"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("👩🏽\u200d💻🇮🇷🇩🇪", ["👩🏽\u200d💻", "🇮🇷", "🇩🇪"]),
        ("می‌شود", ["می‌شود"]),
        ("2026-01-05", ["2026", "-", "01", "-", "05"]),
    ],
)
def test_words_and_numbers_are_whole(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    ("text", "cut", "whole"),
    [
        ("the list price today", "e list pric", "the list price"),
        ("pays $50,000 a year", "0,00", "$50,000"),
        ("e\u0301te\u0301 ici", "te", "e\u0301te\u0301"),
        ("می‌شود گفت", "شود", "می‌شود"),
        ("我们每月付款", "每月", "每月"),
        ("ราคากลาง", "คาก", "คาก"),
        ("a 👩🏽\u200d💻 b", "👩🏽", "👩🏽\u200d💻"),
        ("whole words stay", "words", "words"),
        ("and a, comma", "a, c", "a, comma"),
    ],
)
def test_a_range_is_extended_to_whole_words(text: str, cut: str, whole: str) -> None:
    start = text.index(cut)
    first, last = whole_words(text, start, start + len(cut))
    assert text[first:last] == whole
    assert whole_words(text, first, last) == (first, last)


@examples(300)
@given(st.text(max_size=60))
def test_splitting_loses_nothing(text: str) -> None:
    assert "".join(split(text)) == text
