"""What a text is found by: plain words without case, accents and plural, numbers without their signs."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_GROUPS = re.compile(r"(?<=\d)[,'’\u066c\u00a0\u202f](?=\d{3})")
_POINT = re.compile(r"(?<=\d)[.\u066b](?=\d)")
_TERM = re.compile(r"[^\W_]+")
_LONGEST = 40
_PLURAL = 4
"""An s at the end of a word of at least so many letters is no part of what it is found by."""
_AROUND = 90
_SEEN = 20_000
"""A snippet is looked for in so many characters of a text."""


def tokenize(text: str) -> list[str]:
    """Return the different terms of a text in order; of letters and digits only, whatever the text is."""
    return list(dict.fromkeys(_term(found) for found in _TERM.findall(_plain(text))))


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    if not plain.isascii():
        plain = "".join(
            str(unicodedata.digit(sign)) if sign.isdecimal() else sign
            for sign in plain
            if unicodedata.category(sign)[0] != "M" and unicodedata.category(sign) != "Cf"
        )
    return _POINT.sub("p", _GROUPS.sub("", plain))


def _term(word: str) -> str:
    if len(word) >= _PLURAL and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:_LONGEST]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A stretch of a snippet, and whether it is what was looked for."""

    text: str
    is_hit: bool


def snippet(text: str, wanted: Sequence[str]) -> list[Highlight]:
    """Return the words around the first place where something wanted stands, with every hit in them told apart."""
    seen = text[:_SEEN]
    hits = (found.span() for found in _WORD.finditer(seen) if _is_wanted(found[0], tuple(wanted)))
    hit = next(hits, None)
    first = max((hit[0] if hit else 0) - _AROUND // 2, 0)
    start = seen.rfind(" ", 0, first) + 1 if first else 0
    end = len(seen)
    if end > start + 2 * _AROUND:
        end = max(seen.rfind(" ", start, start + 2 * _AROUND), start + _AROUND)
    stretches: list[Highlight] = [Highlight("… ", is_hit=False)] if start else []
    place = start
    while hit is not None and hit[1] <= end:
        stretches += [Highlight(seen[place : hit[0]], is_hit=False), Highlight(seen[hit[0] : hit[1]], is_hit=True)]
        place, hit = hit[1], next(hits, None)
    return [*stretches, Highlight(seen[place:end] + (" …" if end < len(text) else ""), is_hit=False)]


_WORD = re.compile(r"\S+")


@lru_cache(maxsize=20_000)
def _is_wanted(word: str, wanted: tuple[str, ...]) -> bool:
    return any(matches(term, want) for term in tokenize(word) for want in wanted)


PREFIX = 3
"""A wanted term of at least so many letters is also the beginning of a longer one."""


def matches(term: str, want: str) -> bool:
    """Say whether a term is what is wanted."""
    return term.startswith(want) if len(want) >= PREFIX else term == want
