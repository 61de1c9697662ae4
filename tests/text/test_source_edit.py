"""Other words in the place of some: the rest of the source stays as it is."""

import pytest

from server.text.anchors import TextRange
from server.text.blocks import blocks_of
from server.text.source_edit import replace_text

TEXT = (
    "# Why\n\nBecause they *leave*, and they\nstay away.\n\n- one thing\n- two **bold** things\n\n> quoted words\n\n| A"
    " | B |\n|---|---|\n| x | y |\n"
)


def put(quote: str, wanted: str, nth: int = 0) -> str | None:
    blocks = blocks_of(TEXT)
    number = next(n for n, block in enumerate(blocks) if quote in block.text)
    start = -1
    for _ in range(nth + 1):
        start = blocks[number].text.index(quote, start + 1)
    return replace_text(TEXT, blocks, TextRange(number, start, start + len(quote)), wanted)


@pytest.mark.parametrize(
    ("quote", "wanted", "nth", "old", "new"),
    [
        ("they", "we", 1, "and they\nstay", "and we\nstay"),
        ("and they stay", "and do not come", 0, "and they\nstay", "and do not come"),
        (
            "Because they leave, and they stay away.",
            "Because customers leave, and they stay away.",
            0,
            "Because they",
            "Because customers",
        ),
        (
            "Because they leave, and they stay away.",
            "Because they leave, and they stay far away.",
            0,
            "stay away",
            "stay far away",
        ),
        (
            "Because they leave, and they stay away.",
            "Because they leave, and stay away.",
            0,
            "and they\nstay",
            "and\nstay",
        ),
        ("two bold things", "three bold things", 0, "two **bold**", "three **bold**"),
        ("one thing", "a single\nthing", 0, "- one thing", "- a single thing"),
        ("Why", "Why now", 0, "# Why", "# Why now"),
        ("quoted words", "said words", 0, "> quoted words", "> said words"),
        ("thing", "matter", 0, "- one thing", "- one matter"),
        ("x", "z", 0, "| x |", "| z |"),
        ("one thing", "", 0, "- one thing", "- "),
    ],
)
def test_only_these_words_are_replaced(quote: str, wanted: str, nth: int, old: str, new: str) -> None:
    assert put(quote, wanted, nth) == TEXT.replace(old, new)


@pytest.mark.parametrize("quote", ["they leave", "two bold", "A B x y "])
def test_words_that_are_set_must_be_changed_by_hand(quote: str) -> None:
    assert put(quote, "other") is None
