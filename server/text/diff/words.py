"""Word by word: what stayed, what went and what came, in runs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from server.text.tokens import Word, plain_text, split

Presence = Literal["same", "gone", "new"]
_MOST_STEPS = 400_000
"""Two texts with more pairs of words than this are shown whole, the old one and the new one."""


@dataclass(frozen=True, slots=True)
class WordRun:
    """Words that stayed, went or came."""

    kept: Presence
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """Its words without their setting."""
        return plain_text(self.words)


def single_run(words: Sequence[Word], kept: Presence) -> tuple[WordRun, ...]:
    """Return all words as one run."""
    return (WordRun(kept, tuple(words)),) if words else ()


def diff_texts(old: str, new: str) -> tuple[WordRun, ...]:
    """Compare two plain texts word by word."""
    return diff_words([Word(word) for word in split(old)], [Word(word) for word in split(new)])


def diff_words(old: Sequence[Word], new: Sequence[Word]) -> tuple[WordRun, ...]:
    """Compare two texts word by word; how words are set does not count, what stayed is shown as it is set now."""
    ours, theirs = [word.label for word in old], [word.label for word in new]
    if ours == theirs:
        return single_run(new, "same")
    first, last = _ends(ours, theirs)
    left, right = ours[first : len(ours) - last], theirs[first : len(theirs) - last]
    if len(left) * len(right) > _MOST_STEPS:
        steps = [("replace", 0, len(left), 0, len(right))]
    else:
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        steps = _joined(matcher.get_opcodes(), left)
    found: list[WordRun] = [*single_run(new[:first], "same")]
    for kind, a, b, c, d in steps:
        if kind == "equal":
            found += single_run(new[first + c : first + d], "same")
        else:
            found += [*single_run(old[first + a : first + b], "gone"), *single_run(new[first + c : first + d], "new")]
    return (*found, *single_run(new[len(new) - last :] if last else (), "same"))


Step = tuple[str, int, int, int, int]


def _ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """Return how many words both begin with, and how many both end with beyond these."""
    most = min(len(old), len(new))
    first = next((place for place in range(most) if old[place] != new[place]), most)
    rest = most - first
    last = next((place for place in range(rest) if old[-1 - place] != new[-1 - place]), rest)
    return first, last


def _joined(steps: Sequence[Step], words: Sequence[str]) -> list[Step]:
    """Join changes that only spaces or signs stand between: people read “the old rate” to “a new rule” at once."""
    found: list[Step] = []
    for place, step in enumerate(steps):
        kind, a, b, c, d = step
        between = (
            kind == "equal"
            and 0 < place < len(steps) - 1
            and not any(sign.isalnum() for word in words[a:b] for sign in word)
        )
        if (between or kind != "equal") and found and found[-1][0] != "equal":
            _, a0, _, c0, _ = found[-1]
            found[-1] = ("replace", a0, b, c0, d)
        else:
            found.append(("replace" if between else kind, a, b, c, d))
    return found


def word_counts(words: Sequence[Word]) -> "Counter[str]":
    """Count the words of a text, spaces left out."""
    return Counter(word.text for word in words if not word.is_space)


def overlap(old: "Counter[str]", new: "Counter[str]") -> float:
    """Return the share of words that two counts have in common."""
    size = old.total() + new.total()
    return 2 * (old & new).total() / size if size else 1.0
