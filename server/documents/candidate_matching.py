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
    matches: dict[str, str] = {}
    for candidate in old:
        taken = set(matches.values())
        same_name = (each.key for each in new if each.name == candidate.name and each.key not in taken)
        if (key := next(same_name, None)) is not None:
            matches[candidate.key] = key
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


def with_same_terms(old: Sequence[CandidateView], new: Sequence[CandidateView]) -> dict[str, str]:
    """Return by key of each old candidate the key of the new one that pays the same, one for each.

    Of several the one of the same name comes first.
    """
    matches: dict[str, str] = {}
    for is_named_alike in (True, False):
        for candidate in old:
            taken = set(matches.values())
            alike = (
                each.key
                for each in new
                if each.digest == candidate.digest
                and each.key not in taken
                and (each.name == candidate.name or not is_named_alike)
            )
            if candidate.key not in matches and (key := next(alike, None)) is not None:
                matches[candidate.key] = key
    return matches


def _similarity(old: CandidateView, new: CandidateView) -> float:
    return SequenceMatcher(None, old.text.splitlines(), new.text.splitlines(), autojunk=False).ratio()
