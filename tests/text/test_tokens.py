"""Words: a number, an emoji and a word with its marks are each one word, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.tokens import split
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


@examples(300)
@given(st.text(max_size=60))
def test_splitting_loses_nothing(text: str) -> None:
    assert "".join(split(text)) == text
