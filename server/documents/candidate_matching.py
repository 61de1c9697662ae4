"""Which candidate of a version has become which of the next: letters are places, and places change."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from server.documents.queries import CandidateView

MIN_SIMILARITY = 0.5
"""So much of a plan's lines must have stayed for it to be the same one under another name."""


def successors(old: Sequence[CandidateView], new: Sequence[CandidateView]) -> dict[str, str]:
    """Return by the key of a candidate the key of the one that it has become; those that are gone are left out.

    It is the one of the same name, or else the one most like it of those whose names are new.
    """
    by_name = {one.name: one.key for one in new}
    found = {one.key: by_name[one.name] for one in old if one.name in by_name}
    known = {one.name for one in old}
    renamed = [one for one in new if one.name not in known]
    shares = sorted(
        ((_share(one, other), one.key, other.key) for one in old if one.key not in found for other in renamed),
        key=lambda pair: -pair[0],
    )
    for share, was, now in shares:
        if share >= MIN_SIMILARITY and was not in found and now not in found.values():
            found[was] = now
    return found


def _share(one: CandidateView, other: CandidateView) -> float:
    return SequenceMatcher(None, one.text.splitlines(), other.text.splitlines(), autojunk=False).ratio()
