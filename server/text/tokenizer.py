"""The tokenizer of the search index: words without case, accents and plural, numbers without separators.

A text to index and a query have different tokens where one thing can be written in two ways.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_THOUSANDS = re.compile(r"(?<=\d)[,'’\u066c\u00a0\u2009\u202f](?=\d{3})")
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)")
"""A figure whose thousands are set off by plain spaces, which may also be several figures."""
_DECIMAL_POINT = re.compile(r"(?<=\d)[.\u066b](?=\d)")
_ONE_LETTER = re.compile(r"\b([^\W\d_])[-‐](?=[^\W\d_]{3})")
"""The beginning of a word such as “e-mail”, which others write “email”."""
_TOKEN = re.compile(r"[^\W_]+")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
"""Thai, Lao, Myanmar, Khmer, kana and Han: scripts without spaces between words."""
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_FOLDED = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ي": "ی",
        "ى": "ی",
        "ك": "ک",
        "ة": "ه",
    }
)
"""Letters that do not decompose, and those that Arabic and Persian keyboards have in two forms."""
_ZERO_WIDTH_NON_JOINER = "\u200c"
_ARTICLE = "ال"
_MIN_WITH_ARTICLE = 5
_MAX_LENGTH = 40
_MIN_PLURAL = 4
"""The final s of a word with at least this many letters is dropped."""
_SNIPPET_RADIUS = 90
_SNIPPET_SEARCH = 20_000
"""How many characters of a text are searched for a snippet."""


def tokenize(text: str) -> list[str]:
    """Return the distinct tokens of a text to index, in order; they consist of letters and digits only.

    What can be written in two ways has the tokens of both: “e-mail”, “10 000”. Scripts without spaces have each
    character and each pair.
    """
    normalized = _normalize(text)
    tokens = [token for word in _TOKEN.findall(normalized) for token in _tokens(word, characters=True)]
    tokens += [figure.replace(" ", "") for figure in _GROUPED.findall(normalized)]
    if _ONE_LETTER.search(normalized):
        tokens += query_tokens(text)
    if _ZERO_WIDTH_NON_JOINER in text:
        tokens += tokenize(text.replace(_ZERO_WIDTH_NON_JOINER, " "))
    return list(dict.fromkeys(tokens))


def query_tokens(text: str) -> list[str]:
    """Return the distinct tokens that a text must all have to be a result, in order."""
    normalized = _GROUPED.sub(lambda match: match[0].replace(" ", ""), _ONE_LETTER.sub(r"\1", _normalize(text)))
    return list(dict.fromkeys(token for word in _TOKEN.findall(normalized) for token in _tokens(word)))


def _normalize(text: str) -> str:
    return _DECIMAL_POINT.sub("p", fold(_THOUSANDS.sub("", text)))


def fold(text: str) -> str:
    """Return a text without case, accents and invisible characters, and with one form of each letter and digit."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    if folded.isascii():
        return folded
    return "".join(
        str(unicodedata.digit(char)) if char.isdecimal() else char
        for char in folded.translate(_FOLDED)
        if unicodedata.category(char)[0] != "M" and unicodedata.category(char) != "Cf"
    )


def _tokens(word: str, *, characters: bool = False) -> list[str]:
    """Return the tokens of a word: itself, or the pairs of a script without spaces and, if asked, its characters."""
    if word.isascii():
        return [_singular(word)]
    tokens: list[str] = []
    for run in _RUNS.findall(word):
        if not _IS_UNSPACED.match(run):
            tokens.append(_singular(run))
            continue
        if characters or len(run) == 1:
            tokens += run
        tokens += [run[index : index + 2] for index in range(len(run) - 1)]
    return tokens


def _singular(word: str) -> str:
    if word.startswith(_ARTICLE) and len(word) >= _MIN_WITH_ARTICLE:
        word = word.removeprefix(_ARTICLE)
    if len(word) > _MIN_PLURAL and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) >= _MIN_PLURAL and word.endswith("s") and not word.endswith(("ss", "us", "is")):
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
    hits = _hits(head, tuple(tokens))
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


_WORD = re.compile(
    f"[{_UNSPACED}]+|(?<!\\d)\\d{{1,3}}(?: \\d{{3}})+(?!\\d)|[^\\s{_UNSPACED}]+(?:[\\u00a0\\u2009\\u202f]\\d+)*"
)


def _hits(text: str, tokens: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Yield where the words of a text are that match, and in scripts without spaces the characters."""
    for match in _WORD.finditer(text):
        start, word = match.start(), match[0]
        if not _IS_UNSPACED.match(word):
            if _is_hit(word, tokens):
                yield match.span()
            continue
        is_hit = [False] * (len(word) + 1)
        for size in (1, 2):
            for index in range(len(word) - size + 1):
                if fold(word[index : index + size]) in tokens:
                    is_hit[index : index + size] = [True] * size
        first = None
        for index, hit in enumerate(is_hit):
            if hit and first is None:
                first = index
            elif not hit and first is not None:
                yield start + first, start + index
                first = None


@lru_cache(maxsize=20_000)
def _is_hit(word: str, tokens: tuple[str, ...]) -> bool:
    return any(matches(word_token, token) for word_token in tokenize(word) for token in tokens)


PREFIX = 3
"""A query token of at least this many letters also matches longer tokens that begin with it; a figure does not."""


def matches(token: str, query_token: str) -> bool:
    """Return whether a token matches a token of the query."""
    is_beginning = len(query_token) >= PREFIX and not query_token.isdigit()
    return token.startswith(query_token) if is_beginning else token == query_token
