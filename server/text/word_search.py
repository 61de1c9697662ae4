"""Searches a text for words that were cut and pasted, also when some of them were changed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MIN_SIMILARITY = 0.75
"""How similar a match outside the diff must be."""
_MAX_CANDIDATES = 3
"""How many possible matches in a block are compared closely."""


@dataclass(frozen=True, slots=True)
class Match:
    """The most similar words in a text: their similarity from 0 to 1, the first and past-last character."""

    similarity: float
    start: int
    end: int


def best_matches(wanted: Sequence[str], text: str, words: Sequence[str]) -> list[Match]:
    """Return the ranges of a text that are most similar to the wanted words; `words` are the text's."""
    size = min(len(wanted), len(words))
    counts = _shared_counts(wanted, words, size)
    best = sorted(range(len(counts)), key=lambda n: -counts[n])
    chosen: list[int] = []
    for n in best:
        if len(chosen) == _MAX_CANDIDATES or counts[n] < MIN_SIMILARITY * len(wanted):
            break
        if all(abs(n - other) >= size // 2 for other in chosen):
            chosen.append(n)
    if not chosen:
        return []
    from rapidfuzz.distance import Indel  # noqa: PLC0415 - 2 MB that most processes never need

    ends = _word_ends(text, words)
    return [
        Match(Indel.normalized_similarity(wanted, words[n : n + size]), ends[n] - len(words[n]), ends[n + size - 1])
        for n in chosen
    ]


def _shared_counts(wanted: Sequence[str], words: Sequence[str], size: int) -> list[int]:
    """Return how many of the wanted words each run of `size` words contains, by a sliding window."""
    missing = Counter(wanted)
    shared = 0
    counts = []
    for n, word in enumerate(words):
        shared += missing[word] > 0
        missing[word] -= 1
        if n >= size:
            dropped = words[n - size]
            missing[dropped] += 1
            shared -= missing[dropped] > 0
        if n >= size - 1:
            counts.append(shared)
    return counts


def _word_ends(text: str, words: Sequence[str]) -> list[int]:
    ends, end = [], 0
    for word in words:
        end = text.index(word, end) + len(word)
        ends.append(end)
    return ends
