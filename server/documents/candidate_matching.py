"""Matches the candidates of two versions; letters are positions and may change."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from server.documents.queries import CandidateView

MIN_SIMILARITY = 0.5
"""Minimum share of unchanged lines for a renamed candidate to count as the same one."""


def successors(old: Sequence[CandidateView], new: Sequence[CandidateView]) -> dict[str, str]:
    """Return the key of each old candidate's successor by its old key, without those that are gone.

    The successor has the same name or, if there is none, is the most similar candidate with a new name.
    """
    new_keys = {candidate.name: candidate.key for candidate in new}
    matches = {candidate.key: new_keys[candidate.name] for candidate in old if candidate.name in new_keys}
    old_names = {candidate.name for candidate in old}
    renamed = [candidate for candidate in new if candidate.name not in old_names]
    unmatched = [candidate for candidate in old if candidate.key not in matches]
    similarities = sorted(
        ((_similarity(before, after), before.key, after.key) for before in unmatched for after in renamed),
        key=lambda pair: -pair[0],
    )
    for similarity, old_key, new_key in similarities:
        if similarity >= MIN_SIMILARITY and old_key not in matches and new_key not in matches.values():
            matches[old_key] = new_key
    return matches


def _similarity(old: CandidateView, new: CandidateView) -> float:
    return SequenceMatcher(None, old.text.splitlines(), new.text.splitlines(), autojunk=False).ratio()
