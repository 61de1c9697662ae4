"""Titles as they stand in addresses."""

import re
import unicodedata

MAX_LENGTH = 60
_BETWEEN = re.compile(r"[\W_]+")


def slug_of(title: str, otherwise: str = "page") -> str:
    """Return a title as it stands in an address: bare letters and digits of any script, with hyphens."""
    plain = unicodedata.normalize("NFKD", title)
    bare = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "M").casefold()
    return _BETWEEN.sub("-", unicodedata.normalize("NFC", bare)).strip("-")[:MAX_LENGTH].strip("-") or otherwise
