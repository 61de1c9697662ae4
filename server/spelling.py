"""Finds the known word that a misspelt one was most likely meant to be."""

from collections.abc import Collection

_MAX_COMPARED = 80
"""Only so many characters of a word are compared."""


def nearest(word: str, known: Collection[str], at_least: float) -> str | None:
    """Return the most similar known word, or None if none is at least so similar (0 to 1)."""
    from rapidfuzz import process  # noqa: PLC0415 - 2 MB that most processes never need
    from rapidfuzz.distance import Indel  # noqa: PLC0415

    match = process.extractOne(word[:_MAX_COMPARED], known, scorer=Indel.normalized_similarity, score_cutoff=at_least)
    return match[0] if match else None
