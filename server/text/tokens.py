"""Words as a reader sees them: whole words, whole numbers with their sign and unit, and how each is set."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from markdown_it.token import Token

_NUMBER = r"(?:(?<![\w.,])[-+−±])?[$€£¥₹]?\d+(?:[.,'’\u066b\u066c]\d+)*(?:\s?[%‰٪]|[xX×kKmM](?!\w)|\s?[€£¥₹])?"
_LETTERS = r"[^\W\d](?:[\w\u200c\u200d]|['’\-](?=\w))*"
_FLAG = r"[\U0001F1E6-\U0001F1FF]{2}"
_SIGN = r"[^\w\s](?:[\ufe0e\ufe0f\u20e3\U0001F3FB-\U0001F3FF]|\u200d[^\w\s])*"
_WORD = re.compile(rf"{_NUMBER}|{_LETTERS}|\d+|_+|\s+|{_FLAG}|{_SIGN}")
_STYLES = {"strong_open": "strong", "em_open": "em", "s_open": "s"}
_ENDS = {"strong_close": "strong", "em_close": "em", "s_close": "s"}


class Word(NamedTuple):
    """A word, number, sign or space: its text, how it is set (strong, em, s, code), and where it links to.

    A page has tens of thousands of them: a named tuple is made and compared several times as fast as a dataclass.
    """

    text: str
    marks: tuple[str, ...] = ()
    link: str = ""

    @property
    def is_space(self) -> bool:
        """Whether it is only the space between words."""
        return self.text.isspace()

    @property
    def label(self) -> str:
        """What it says: a word that is struck through says something else than the word."""
        return f"~~{self.text}~~" if "s" in self.marks else self.text

    @property
    def has_digit(self) -> bool:
        """Whether it says a number."""
        return any(sign.isdigit() for sign in self.text)


def split(text: str) -> list[str]:
    """Split a text into words, whole numbers, signs and spaces; together they are the text again.

    A combining sign stays with the letter it stands on, an emoji with its colour and its companions.
    """
    found = _WORD.findall(text)
    if text.isascii():
        return found
    joined: list[str] = []
    for word in found:
        follows = bool(joined) and unicodedata.category(joined[-1][-1])[0] == "M" and word[0].isalnum()
        if joined and (unicodedata.category(word[0])[0] == "M" or follows) and not joined[-1].isspace():
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def words_of(tokens: Sequence[Token]) -> tuple[Word, ...]:
    """Return the words of an inline text as its parser left it, typographic signs and all."""
    setting = _Setting()
    return tuple(
        Word(text, setting.marks(token), setting.link)
        for token in tokens
        if not setting.follows(token)
        for text in _texts(token)
    )


class _Setting:
    """How the words are set at the place that a walk over the tokens has come to."""

    def __init__(self) -> None:
        self.link = ""
        self._marks: list[str] = []

    def follows(self, token: Token) -> bool:
        """Take note of a token that opens or closes a setting; say whether it is one."""
        if token.type in _STYLES:
            self._marks.append(_STYLES[token.type])
        elif token.type in _ENDS:
            self._marks.remove(_ENDS[token.type])
        elif token.type == "link_open":
            self.link = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            self.link = ""
        else:
            return False
        return True

    def marks(self, token: Token) -> tuple[str, ...]:
        """Return the marks of a token's words."""
        return (*self._marks, "code") if token.type == "code_inline" else tuple(self._marks)


def _texts(token: Token) -> list[str]:
    if token.type in {"softbreak", "hardbreak"}:
        return [" "]
    if token.type == "footnote_ref":
        number, again = int(token.meta.get("id", 0)) + 1, int(token.meta.get("subId", 0))
        return [f"[{number}:{again}]" if again else f"[{number}]"]
    return split(token.content)


def plain_text(words: Sequence[Word]) -> str:
    """Return the text without its setting."""
    return "".join(word.text for word in words)
