"""Splits text into words with their formatting; a number is one word with its sign and unit."""

from collections.abc import Sequence
from typing import NamedTuple

import regex
from markdown_it.token import Token

_NUMBER = (
    r"(?:(?<![\w.,])[-+−±])?[$€£¥₹]?\d+(?:[.,'’\u066b\u066c]\d+)*"
    r"(?:\s?[%‰٪]|[xX×kKmM](?!\w)|\s?[€£¥₹])?"
)
_LETTERS = r"[^\W\d](?:[\w\p{M}\u200c\u200d]|['’\-](?=\w))*"
_WORD = regex.compile(rf"{_NUMBER}\p{{M}}*|{_LETTERS}|\d+|_+|\s+|\X", regex.V1)
"""A number, a word, a space, or else one character as people see it: an emoji with its modifiers, a flag."""
_CHARACTER = regex.compile(r"\X")
_WITHOUT_SPACES = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_OPENING = {"strong_open": "strong", "em_open": "em", "s_open": "s"}
_CLOSING = {"strong_close": "strong", "em_close": "em", "s_close": "s"}


class Word(NamedTuple):
    """A word, number, symbol or space: its text, its formatting (strong, em, s, code) and its link target.

    A page has tens of thousands of them: a named tuple is created and compared several times as fast as a
    dataclass.
    """

    text: str
    marks: tuple[str, ...] = ()
    link: str = ""

    @property
    def is_space(self) -> bool:
        """True if the word is only the space between words."""
        return self.text.isspace()

    @property
    def label(self) -> str:
        """The text to compare: striking a word through changes its meaning."""
        return f"~~{self.text}~~" if "s" in self.marks else self.text

    @property
    def has_digit(self) -> bool:
        """True if the word contains a digit."""
        return any(char.isdigit() for char in self.text)


def split(text: str) -> list[str]:
    """Split a text into words, whole numbers, symbols and spaces; joined they are the text again."""
    return _WORD.findall(text)


def pieces(word: str) -> list[str]:
    """Return the characters of a word in a script without spaces; any other word is one piece."""
    return _CHARACTER.findall(word) if _WITHOUT_SPACES.search(word) else [word]


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a range of characters extended to the ends of the words that it cuts.

    Where a script has no spaces between words, it is extended to whole characters as people see them.
    """
    at = 0
    for part in split(text):
        for piece in pieces(part):
            after = at + len(piece)
            if not piece.isspace():
                start = at if at < start < after else start
                end = after if at < end < after else end
            at = after
    return start, end


def words_of(tokens: Sequence[Token]) -> tuple[Word, ...]:
    """Return the words of parsed inline tokens, with typographic characters as the parser replaced them."""
    formatting = _Formatting()
    return tuple(
        Word(text, formatting.marks(token), formatting.link)
        for token in tokens
        if not formatting.update(token)
        for text in _texts(token)
    )


class _Formatting:
    """The formatting at the current position of a pass over the tokens."""

    def __init__(self) -> None:
        self.link = ""
        self._marks: list[str] = []

    def update(self, token: Token) -> bool:
        """Apply a token that opens or closes a formatting; return whether the token did so."""
        if token.type in _OPENING:
            self._marks.append(_OPENING[token.type])
        elif token.type in _CLOSING:
            self._marks.remove(_CLOSING[token.type])
        elif token.type == "link_open":
            self.link = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            self.link = ""
        else:
            return False
        return True

    def marks(self, token: Token) -> tuple[str, ...]:
        """Return the formatting of the words of a token."""
        return (*self._marks, "code") if token.type == "code_inline" else tuple(self._marks)


def _texts(token: Token) -> list[str]:
    if token.type in {"softbreak", "hardbreak"}:
        return [" "]
    if token.type == "footnote_ref":
        number, repeat = int(token.meta.get("id", 0)) + 1, int(token.meta.get("subId", 0))
        return [f"[{number}:{repeat}]" if repeat else f"[{number}]"]
    return split(token.content)


def plain_text(words: Sequence[Word]) -> str:
    """Return the text of words without their formatting."""
    return "".join(word.text for word in words)
