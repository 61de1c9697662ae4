"""The one Unicode form in which text is kept, so that equal words are equal however they were typed."""

from unicodedata import is_normalized, normalize


def composed(text: str) -> str:
    """Return a text in composed form (NFC)."""
    return text if text.isascii() or is_normalized("NFC", text) else normalize("NFC", text)
