"""How many marks stay on their words through edits and rearranged blocks: 600 and 300 marks, none on wrong words."""

from collections import Counter
from collections.abc import Iterator

from tests.text.test_anchors import followed, followed_through_kinds

Row = tuple[str, float, str, float | None]
EDITS = ((0.03, 0.5), (0.15, 1.5), (0.40, 6))
"""The share of words that are edited, and the percentage of marks that may be lost."""
MOST_LOST = 10
"""The percentage of marks that may be lost where blocks are cut, turned into others and reordered."""


def figures() -> Iterator[Row]:
    """Return the percentage of marks that are lost for each kind of edit, and the marks on wrong words."""
    wrong = 0
    for share, most in EDITS:
        outcome = sum((followed(share, seed) for seed in (1, 2, 3)), Counter[str]())
        wrong += outcome["wrong"]
        yield f"600 marks, {share:.0%} of the words edited: lost", _lost(outcome), "%", most
    outcome = followed_through_kinds()
    wrong += outcome["wrong"]
    yield "300 marks, lists and paragraphs cut, turned and reordered: lost", _lost(outcome), "%", MOST_LOST
    yield "marks on wrong words in all of these", wrong, "marks", 0


def _lost(outcome: Counter[str]) -> float:
    return 100 * outcome["missed"] / (outcome["right"] + outcome["missed"])
