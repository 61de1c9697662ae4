"""Names after an @: one rule for which are suggested, notified and highlighted in the text.

An @ begins a mention unless a Latin letter, a digit, a dot or an underscore is before it. Accents, case, hyphens and
kinds and numbers of spaces do not matter. The longest name wins, and it must end where a word ends.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from server.text.tokenizer import fold

_DASHES = "-‐‑–"
_LONGEST_NAME = 160
_MOST_LOOKED_AT = 300
"""@ signs of a text that are looked at."""
_SPACE = re.compile(r"[\s\-‐‑–]+")


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention: where it is in the text, with its @, and the ids of whom it names."""

    start: int
    end: int
    people: tuple[int, ...]


class NameIndex:
    """Whom each name means; several people can have one."""

    def __init__(self, names: Iterable[tuple[str, Sequence[int]]] = ()) -> None:
        self._people: dict[str, dict[str, tuple[int, ...]]] = {}
        for name, people in names:
            folded = folded_name(name)
            forms = {folded, folded.replace(" ", "")} if folded and _is_unspaced(folded[-1]) else {folded}
            for form in forms:
                exact = self._people.setdefault(form, {})
                exact[name.casefold()] = (*exact.get(name.casefold(), ()), *people)
        self._by_first: dict[str, list[str]] = {}
        for name in sorted(filter(None, self._people), key=len, reverse=True):
            self._by_first.setdefault(name[0], []).append(name)

    def __bool__(self) -> bool:
        return bool(self._people)

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yield the mentions in a text, in order; after many @ no more are looked at."""
        position = 0
        for _ in range(_MOST_LOOKED_AT):
            start = text.find("@", position)
            if start < 0:
                return
            position = start + 1
            if not _is_part_of_word(text[max(start - 1, 0) : start]) and (found := self._named(text, position)):
                position, people = found
                yield Mention(start, position, people)

    def _named(self, text: str, start: int) -> tuple[int, tuple[int, ...]] | None:
        names = self._by_first.get(fold(text[start : start + 1])[:1], ())
        if not names:
            return None
        folded, ends = _fold_with_ends(text[start : start + _LONGEST_NAME])
        for name in names:
            if folded.startswith(name) and not _continues(text, end := start + ends[len(name) - 1]):
                return end, self._meant(name, text[start:end])
        return None

    def _meant(self, name: str, typed: str) -> tuple[int, ...]:
        """Return whom a name means: of names that differ by accents, the one that was typed, or else all."""
        exact = self._people[name]
        people = exact.get(typed.casefold()) or [person for each in exact.values() for person in each]
        return tuple(dict.fromkeys(people))


NO_NAMES = NameIndex()


def folded_name(name: str) -> str:
    """Return a name without case and accents, with one space for each hyphen and run of spaces."""
    return _SPACE.sub(" ", fold(_SPACE.sub(" ", name)).replace("’", "'")).strip()


def _is_part_of_word(char: str) -> bool:
    return char in {".", "_"} or char.isdigit() or _is_latin(char)


def _is_latin(char: str) -> bool:
    return char.isalpha() and unicodedata.name(char, "").startswith("LATIN")


def _continues(text: str, end: int) -> bool:
    """Return whether a word goes on at a position: with a letter of its script, or a hyphen and a letter."""
    last, following = text[end - 1], text[end : end + 1]
    if following and following in _DASHES:
        return text[end + 1 : end + 2].isalpha()
    if _is_latin(last) or last.isdigit():
        return _is_latin(following) or following.isdigit() or following == "_"
    # In scripts without spaces a name may end anywhere.
    return following.isalpha() and fold(last).isalpha() and not _is_latin(following) and not _is_unspaced(last)


def _is_unspaced(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"))


def _fold_with_ends(text: str) -> tuple[str, list[int]]:
    """Return a text as `folded_name` does, and where in the text each of its characters ends."""
    folded: list[str] = []
    ends: list[int] = []
    for index, char in enumerate(text):
        is_space = bool(_SPACE.match(char))
        parts = " " if is_space else fold(char).replace("’", "'")
        if not parts and ends:
            ends[-1] = index + 1
        elif not (is_space and folded and folded[-1] == " "):
            folded += parts
            ends += [index + 1] * len(parts)
    return "".join(folded), ends
