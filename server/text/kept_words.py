"""Finds the words that a new text keeps of an old one, and the new range of a selection."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from server.text.diff.align import lcs
from server.text.diff.words import common_ends
from server.text.tokens import Word, pieces

SURVIVES = 0.5
"""The share of a text range that must be kept for it to be re-anchored."""
_FEW = 3
"""Fewer kept words than this occur in many places: they need a larger share and kept neighbours."""
_SURVIVES_OF_FEW = 0.6
_NEIGHBOURS = 3
"""How many words on each side count as neighbours."""
_MIN_GAP = 12
"""How many new words may separate two kept words of a range; a longer range allows its own length."""
_MAX_STEPS = 400_000
_MOST_REWRITTEN = 4
"""Words that are rewritten side by side, at most."""
_MIN_MISTYPED = 5
"""Shorter words that differ by a letter are other words."""
_SEPARATORS = re.compile(r"(?<=\d)[,'’\u066c\u00a0\u202f](?=\d{3})|\s")
"""What figures are grouped by."""


class WordOffsets:
    """Words with their character offsets; the offsets continue through the text of several blocks.

    In scripts without spaces each character is a word of its own.
    """

    def __init__(self, words: Sequence[Word], offset: int = 0) -> None:
        self.texts = [piece for word in words for piece in pieces(word.text)]
        self.starts = list(accumulate((len(word) for word in self.texts), initial=offset))

    def between(self, start: int, end: int) -> range:
        """Return the indices of the words that a range of characters touches."""
        inside = [n for n, at in enumerate(self.starts[:-1]) if at < end and at + len(self.texts[n]) > start]
        return range(inside[0], inside[-1] + 1) if inside else range(0)

    def weight(self, indices: Sequence[int]) -> int:
        """Return the number of characters in these words, spaces left out."""
        return sum(len(self.texts[n]) for n in indices if not self.texts[n].isspace())


def kept_text(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return the indices of the kept words: old index to new index, in order."""
    first, last = common_ends(old, new)
    kept = {n: n for n in range(first)} | {len(old) - n: len(new) - n for n in range(1, last + 1)}
    old_middle, new_middle = old[first : len(old) - last], new[first : len(new) - last]
    if len(old_middle) * len(new_middle) > _MAX_STEPS:
        return kept | {first + a: first + b for a, b in lcs(old_middle, new_middle)}
    for a, b, size in SequenceMatcher(None, old_middle, new_middle, autojunk=False).get_matching_blocks():
        kept |= {first + a + n: first + b + n for n in range(size)}
    return kept | _rewritten(old, new, kept)


def _rewritten(old: Sequence[str], new: Sequence[str], kept: Mapping[int, int]) -> dict[int, int]:
    """Return the words between kept ones that are the same but for a typing error or the form of a figure."""
    rewritten: dict[int, int] = {}
    ends = [(-1, -1), *sorted(kept.items()), (len(old), len(new))]
    for (old_before, new_before), (old_after, new_after) in pairwise(ends):
        olds = [n for n in range(old_before + 1, old_after) if not old[n].isspace()]
        news = [n for n in range(new_before + 1, new_after) if not new[n].isspace()]
        if len(olds) == len(news) <= _MOST_REWRITTEN:
            rewritten |= {a: b for a, b in zip(olds, news, strict=True) if _is_rewritten(old[a], new[b])}
    return rewritten


def _is_rewritten(old: str, new: str) -> bool:
    if old[:1].isdigit() or old[1:2].isdigit():
        return _SEPARATORS.sub("", old) == _SEPARATORS.sub("", new)
    longer, shorter = sorted((old.casefold(), new.casefold()), key=len, reverse=True)
    if len(shorter) < _MIN_MISTYPED or len(longer) - len(shorter) > 1:
        return longer == shorter
    first = next((n for n, (a, b) in enumerate(zip(longer, shorter, strict=False)) if a != b), len(shorter))
    rest = shorter[first:] if len(longer) > len(shorter) else shorter[first + 1 :]
    swapped = shorter[first : first + 2][::-1] + shorter[first + 2 :]
    return longer[first + 1 :] == rest or longer[first:] == swapped


def kept_range(
    old: WordOffsets,
    new: WordOffsets,
    kept: dict[int, int],
    selected: tuple[int, int],
) -> tuple[int, int, float] | None:
    """Return the new start and end of a range of characters and the share kept, None if too small."""
    indices = old.between(*selected)
    total = old.weight(indices)
    survivors = [n for n in indices if n in kept and not old.texts[n].isspace()]
    if not total or not survivors:
        return None
    group = max(_groups(survivors, kept, max(_MIN_GAP, len(indices))), key=old.weight)
    share = old.weight(group) / total
    is_few = len(group) < _FEW
    selected_words = [n for n in indices if not old.texts[n].isspace()]
    if max(share, len(group) / len(selected_words) if share >= SURVIVES else 0) < (
        _SURVIVES_OF_FEW if is_few else SURVIVES
    ):
        return None
    if is_few and not _has_neighbours(old, new, kept, group):
        return None
    first, last = kept[group[0]], kept[group[-1]]
    start, end = new.starts[first], new.starts[last] + len(new.texts[last])
    if group[0] == indices[0]:  # a range may begin inside a word
        start += max(selected[0] - old.starts[indices[0]], 0)
    if group[-1] == indices[-1]:
        end -= max(old.starts[indices[-1]] + len(old.texts[indices[-1]]) - selected[1], 0)
    is_exact = share == 1 and new.texts[first : last + 1] == old.texts[indices[0] : indices[-1] + 1]
    return (start, end, 1.0 if is_exact else min(share, 0.99)) if end > start else None


def _has_neighbours(old: WordOffsets, new: WordOffsets, kept: dict[int, int], group: Sequence[int]) -> bool:
    """Return whether the neighbours of a few words are still around them, or the text has no other words."""
    neighbours = [*_near(old, group[0], -1), *_near(old, group[-1], 1)]
    new_neighbours = {
        *_near(new, kept[group[0]], -1, _NEIGHBOURS + 1),
        *_near(new, kept[group[-1]], 1, _NEIGHBOURS + 1),
    }
    return sum(kept.get(index) in new_neighbours for index in neighbours) >= min(2, len(neighbours))


def _near(text: WordOffsets, index: int, step: int, limit: int = _NEIGHBOURS) -> list[int]:
    """Return the indices of the nearest words in one direction, spaces left out."""
    indices: list[int] = []
    index += step
    while 0 <= index < len(text.texts) and len(indices) < limit:
        if not text.texts[index].isspace():
            indices.append(index)
        index += step
    return indices


def _groups(survivors: Sequence[int], kept: dict[int, int], max_gap: int) -> list[list[int]]:
    """Split the kept words where too many new words separate them; `max_gap` counts words without spaces."""
    groups = [[survivors[0]]]
    for previous, current in pairwise(survivors):
        if kept[current] - kept[previous] > 2 * max_gap:
            groups.append([])
        groups[-1].append(current)
    return groups
