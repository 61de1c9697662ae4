"""Groups short texts that are nearly the same, by the words they share; short words do not count."""

from collections.abc import Sequence

from server.text.tokenizer import tokenize

MIN_SIMILARITY = 0.34
"""Texts that share this much of their words are grouped."""
_MIN_LENGTH = 4
"""Shorter words are too common to count, unless they are numbers."""
_MIN_SHARED = 3
"""How many words must be shared."""


def group_similar(texts: Sequence[str], same: Sequence[object] = ()) -> list[list[int]]:
    """Return the indices of similar texts in groups, each group at its first index.

    Texts are also grouped if they have the same key in `same`; an empty key groups nothing.
    """
    words = [_words(text) for text in texts]
    leaders: list[int] = []
    for index, text_words in enumerate(words):
        leader = next(
            (
                leaders[other]
                for other in range(index)
                if _is_similar(text_words, words[other]) or _has_same_key(same, index, other)
            ),
            index,
        )
        leaders.append(leader)
    return [[n for n, first in enumerate(leaders) if first == leader] for leader in dict.fromkeys(leaders)]


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in tokenize(text) if len(word) >= _MIN_LENGTH or word.isdigit())


def _is_similar(left: frozenset[str], right: frozenset[str]) -> bool:
    shared = len(left & right)
    return shared >= _MIN_SHARED and shared >= MIN_SIMILARITY * len(left | right)


def _has_same_key(keys: Sequence[object], index: int, other: int) -> bool:
    return bool(keys) and bool(keys[index]) and keys[index] == keys[other]
