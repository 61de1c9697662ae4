"""The tokenizer of the search index: words without case, accents and plural, numbers without separators."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_THOUSANDS = re.compile(r"(?<=\d)[,'’\u066c\u00a0\u202f](?=\d{3})")
_DECIMAL_POINT = re.compile(r"(?<=\d)[.\u066b](?=\d)")
_TOKEN = re.compile(r"[^\W_]+")
_MAX_LENGTH = 40
_MIN_PLURAL = 4
"""The final s of a word with at least this many letters is dropped."""
_SNIPPET_RADIUS = 90
_SNIPPET_SEARCH = 20_000
"""How many characters of a text are searched for a snippet."""


def tokenize(text: str) -> list[str]:
    """Return the distinct tokens of a text in order; they consist of letters and digits only."""
    return list(dict.fromkeys(_token(word) for word in _TOKEN.findall(_normalize(text))))


def _normalize(text: str) -> str:
    normalized = unicodedata.normalize("NFKD", text).casefold()
    if not normalized.isascii():
        normalized = "".join(
            str(unicodedata.digit(char)) if char.isdecimal() else char
            for char in normalized
            if unicodedata.category(char)[0] != "M" and unicodedata.category(char) != "Cf"
        )
    return _DECIMAL_POINT.sub("p", _THOUSANDS.sub("", normalized))


def _token(word: str) -> str:
    if len(word) >= _MIN_PLURAL and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:_MAX_LENGTH]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A part of a snippet, and whether it matches the query."""

    text: str
    is_hit: bool


def snippet(text: str, tokens: Sequence[str]) -> list[Highlight]:
    """Return the text around the first match of any token, with every match in it highlighted."""
    head = text[:_SNIPPET_SEARCH]
    hits = (match.span() for match in _WORD.finditer(head) if _is_hit(match[0], tuple(tokens)))
    hit = next(hits, None)
    first = max((hit[0] if hit else 0) - _SNIPPET_RADIUS // 2, 0)
    start = head.rfind(" ", 0, first) + 1 if first else 0
    end = len(head)
    if end > start + 2 * _SNIPPET_RADIUS:
        end = max(head.rfind(" ", start, start + 2 * _SNIPPET_RADIUS), start + _SNIPPET_RADIUS)
    highlights: list[Highlight] = [Highlight("… ", is_hit=False)] if start else []
    position = start
    while hit is not None and hit[1] <= end:
        highlights += [
            Highlight(head[position : hit[0]], is_hit=False),
            Highlight(head[hit[0] : hit[1]], is_hit=True),
        ]
        position, hit = hit[1], next(hits, None)
    return [*highlights, Highlight(head[position:end] + (" …" if end < len(text) else ""), is_hit=False)]


_WORD = re.compile(r"\S+")


@lru_cache(maxsize=20_000)
def _is_hit(word: str, tokens: tuple[str, ...]) -> bool:
    return any(matches(word_token, token) for word_token in tokenize(word) for token in tokens)


PREFIX = 3
"""A query token of at least this many letters also matches longer tokens that begin with it."""


def matches(token: str, query_token: str) -> bool:
    """Return whether a token matches a token of the query."""
    return token.startswith(query_token) if len(query_token) >= PREFIX else token == query_token
