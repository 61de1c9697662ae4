"""Which short texts say nearly the same: by the words they share, small words left out."""

from collections.abc import Sequence

from server.text.tokenizer import tokenize

MIN_SIMILARITY = 0.34
"""Texts that share so much of their words are put together."""
_SHORTEST, _FEWEST = 4, 3
"""Shorter words stand everywhere; numbers of any length say something. So many words at least must be shared."""


def group_similar(texts: Sequence[str], same: Sequence[object] = ()) -> list[list[int]]:
    """Return the places of texts that are alike, in groups by their first place; `same` marks make texts alike too.

    A mark that is empty makes nothing alike.
    """
    words = [_words(text) for text in texts]
    leader: list[int] = []
    for place, mine in enumerate(words):
        found = next(
            (
                leader[other]
                for other in range(place)
                if _is_alike(mine, words[other]) or _is_marked(same, place, other)
            ),
            place,
        )
        leader.append(found)
    return [[n for n, first in enumerate(leader) if first == place] for place in dict.fromkeys(leader)]


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in tokenize(text) if len(word) >= _SHORTEST or word.isdigit())


def _is_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    both = len(one & other)
    return both >= _FEWEST and both >= MIN_SIMILARITY * len(one | other)


def _is_marked(same: Sequence[object], place: int, other: int) -> bool:
    return bool(same) and bool(same[place]) and same[place] == same[other]
