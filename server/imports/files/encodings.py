"""Finds the encoding of a text file: by its mark, by its bytes, or by which reading gives words of one script."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from itertools import pairwise

from charset_normalizer import from_bytes

MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
CODE_PAGES = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "shift_jis",
    "gb18030",
    "big5",
    "euc_kr",
)
"""In the order in which they are preferred where several give the same words."""
_LATIN_LETTERS = {
    "cp1252": (
        "äöüß",
        "àâæçéèêëîïôœùûüÿ",
        "áéíñóúü",
        "áâãàçéêíóôõú",
        "àèéìîòóù",
        "áéëïóöü",
        "åäöé",
        "æøåéö",
        "áðéíóúýþæö",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű", "ăâîşţ", "čćđšž", "áäčďéíĺľňóôŕšťúýž"),
    "cp1254": ("çğıöşüâîû",),
}
"""The letters beyond a to z of the languages that each code page is used for."""
_SAMPLE = 256 * 1024
_WORD = re.compile(r"[^\s\d!-/:-@\[-`{-~]{2,}")
_MIN_NULS = 0.1
"""The least share of bytes at even or odd places that are 0 in UTF-16 without a mark."""
MAX_WORDS = 6


def find_encoding(content: bytes, known: Collection[str] = ()) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the encoding, and if it is not certain every possible one with words as it would write them.

    An empty encoding means that the content is no text. Of several readings one that has `known` words, in lower case,
    is certain.
    """
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return (encoding if _decodes(content, encoding) else ""), ()
    sample = content[:_SAMPLE]
    if b"\x00" in sample:
        return _without_mark(sample), ()
    if _decodes(content, "utf-8"):
        return "utf-8", ()
    return _code_page(content, known)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def _without_mark(sample: bytes) -> str:
    """Return UTF-16 by the places of zeros, which its Western signs have; other files with zeros are no text."""
    pairs = max(len(sample) // 2, 1)
    for encoding, offset in (("utf-16-le", 1), ("utf-16-be", 0)):
        zeros, others = sample[offset::2].count(0), sample[1 - offset :: 2].count(0)
        if zeros / pairs < _MIN_NULS or others or not _decodes(sample[: pairs * 2], encoding):
            continue
        if all(char.isprintable() or char in "\r\n\t" for char in sample[: pairs * 2].decode(encoding)):
            return encoding
    return ""


def _code_page(content: bytes, known: Collection[str]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the code page whose words are each of one script; several that are equally likely are all returned."""
    lines = [line for line in content[:_SAMPLE].splitlines() if not line.isascii()]
    sample = b"\n".join(lines)
    by_words: dict[tuple[str, ...], str] = {}
    scores: dict[str, float] = {}
    for encoding in CODE_PAGES:
        if not _decodes(content, encoding):
            continue
        words = tuple(word for word in _WORD.findall(sample.decode(encoding, "replace")) if not word.isascii())
        if words not in by_words:
            by_words[words] = encoding
            scores[encoding] = _score(encoding, words)
    if not scores:
        return "latin-1", ()
    best = max(scores.values())
    likely = [encoding for encoding, score in scores.items() if score >= best - 0.05]
    readings = {encoding: words for words, encoding in by_words.items() if encoding in likely}
    with_known = [encoding for encoding, words in readings.items() if any(word.casefold() in known for word in words)]
    if len(with_known) == 1:
        return with_known[0], ()
    if len(likely) > 1:
        match = from_bytes(sample, cp_isolation=likely).best()
        guess = match.encoding if match is not None and match.encoding in likely else likely[0]
        return guess, tuple((encoding, ", ".join(words[:MAX_WORDS])) for encoding, words in readings.items())
    return likely[0], ()


def _score(encoding: str, words: Sequence[str]) -> float:
    """Return the share of words that are plausible in an encoding, for Latin ones in its most plausible language."""
    plausible = [word.casefold() for word in words if _is_plausible(word)]
    languages = _LATIN_LETTERS.get(encoding)
    if languages is None:
        return len(plausible) / max(len(words), 1)
    best = max(sum(all(c.isascii() or c in letters for c in word) for word in plausible) for letters in languages)
    return best / max(len(words), 1)


def _is_plausible(word: str) -> bool:
    """Return whether a word has letters of one script only."""
    scripts = {script for char in word if (script := _script(char))}
    is_lettered = all(char.isalpha() or char in "-'’." for char in word)
    has_odd_case = any(a.islower() and b.isupper() for a, b in pairwise(word))
    return is_lettered and len(scripts) == 1 and not has_odd_case


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """Return the script of a letter by its name, such as LATIN; Japanese and Chinese characters count as one."""
    if not char.isalpha():
        return ""
    name = unicodedata.name(char, "").split(" ")[0]
    return "HAN" if name in {"CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH"} else name
