"""Slugs: the form of a title in a URL."""

import re
import unicodedata

MAX_LENGTH = 60
_SEPARATORS = re.compile(r"[\W_]+")


def heading_id(text: str) -> str:
    """Return the id of a heading to link to, without the number that tells several of one name apart."""
    return "user-" + re.sub(r"[^\w]+", "-", text.casefold()).strip("-")[:60]


def slug_of(title: str, default: str = "page") -> str:
    """Return the slug of a title: letters and digits of any script without accents, joined by hyphens."""
    decomposed = unicodedata.normalize("NFKD", title)
    letters = "".join(char for char in decomposed if unicodedata.category(char)[0] != "M").casefold()
    slug = _SEPARATORS.sub("-", unicodedata.normalize("NFC", letters)).strip("-")
    return slug[:MAX_LENGTH].strip("-") or default
