"""The diff of two texts, word by word: runs of words that are the same, gone or new."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from server.text.tokens import Word, plain_text, split

Presence = Literal["same", "gone", "new"]
_MAX_STEPS = 400_000
"""Two texts with more pairs of words than this are shown as a whole, the old one and the new one."""


@dataclass(frozen=True, slots=True)
class WordRun:
    """A run of words that are the same, gone or new."""

    kept: Presence
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words without formatting."""
        return plain_text(self.words)


def single_run(words: Sequence[Word], kept: Presence) -> tuple[WordRun, ...]:
    """Return all words as one run; empty if there are none."""
    return (WordRun(kept, tuple(words)),) if words else ()


def diff_texts(old: str, new: str) -> tuple[WordRun, ...]:
    """Compare two plain texts word by word."""
    return diff_words([Word(word) for word in split(old)], [Word(word) for word in split(new)])


def diff_words(old: Sequence[Word], new: Sequence[Word]) -> tuple[WordRun, ...]:
    """Compare two texts word by word.

    Formatting does not count, except text that is struck through; words that are the same have their new
    formatting.
    """
    old_labels, new_labels = [word.label for word in old], [word.label for word in new]
    if old_labels == new_labels:
        return single_run(new, "same")
    first, last = common_ends(old_labels, new_labels)
    old_middle, new_middle = old_labels[first : len(old) - last], new_labels[first : len(new) - last]
    if len(old_middle) * len(new_middle) > _MAX_STEPS:
        steps = [("replace", 0, len(old_middle), 0, len(new_middle))]
    else:
        matcher = SequenceMatcher(None, old_middle, new_middle, autojunk=False)
        steps = _join_steps(matcher.get_opcodes(), old_middle)
    runs: list[WordRun] = [*single_run(new[:first], "same")]
    for tag, a, b, c, d in steps:
        if tag == "equal":
            runs += single_run(new[first + c : first + d], "same")
        else:
            runs += [
                *single_run(old[first + a : first + b], "gone"),
                *single_run(new[first + c : first + d], "new"),
            ]
    return (*runs, *single_run(new[len(new) - last :] if last else (), "same"))


Step = tuple[str, int, int, int, int]
"""An opcode of SequenceMatcher: tag, old start and end, new start and end."""


def common_ends(old: Sequence[Hashable], new: Sequence[Hashable]) -> tuple[int, int]:
    """Return how many entries both lists start with, and how many of the rest both end with."""
    shorter = min(len(old), len(new))
    first = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    rest = shorter - first
    last = next((index for index in range(rest) if old[-1 - index] != new[-1 - index]), rest)
    return first, last


def _join_steps(steps: Sequence[Step], words: Sequence[str]) -> list[Step]:
    """Join changes with only spaces or symbols between them: “old rate” to “new rule” reads as one change."""
    joined: list[Step] = []
    for index, step in enumerate(steps):
        tag, a, b, c, d = step
        is_separator = (
            tag == "equal"
            and 0 < index < len(steps) - 1
            and not any(char.isalnum() for word in words[a:b] for char in word)
        )
        if (is_separator or tag != "equal") and joined and joined[-1][0] != "equal":
            _, a0, _, c0, _ = joined[-1]
            joined[-1] = ("replace", a0, b, c0, d)
        else:
            joined.append(("replace" if is_separator else tag, a, b, c, d))
    return joined


def word_counts(words: Sequence[Word]) -> "Counter[str]":
    """Return how often each word occurs in a text, spaces left out."""
    return Counter(word.text for word in words if not word.is_space)


def overlap(old: "Counter[str]", new: "Counter[str]") -> float:
    """Return the share of words that two counts have in common, 0 to 1 (Dice coefficient)."""
    size = old.total() + new.total()
    return 2 * (old & new).total() / size if size else 1.0
