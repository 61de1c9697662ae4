"""Aligns the blocks of two pages: which are equal, changed, moved, split or joined."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from math import isqrt

from server.text.blocks import Block
from server.text.diff.words import common_ends, overlap, word_counts

MIN_SIMILARITY = 0.55
"""Blocks of one kind with this much word overlap are the same block, changed."""
_MIN_CODE_SIMILARITY = 0.4
"""Code is mostly symbols, and short."""
_MIN_SIMILARITY_OF_KINDS = 0.8
"""The overlap required of blocks of different kinds."""
_MIN_MOVED_SIMILARITY = 0.75
_MIN_MOVED_WORDS = 3
"""A text of fewer words occurs in many places: only longer ones can move."""
_MAX_PARTS = 4
"""The most blocks that one block can be split into, or joined from."""
_PART_OVERLAP = 0.9
_MAX_CELLS, _CHUNK_CELLS = 6_000, 1_500
"""Gaps with more pairs of blocks than the first are cut into chunks of about as many pairs as the second."""
_MAX_PAIRS = 400_000_000
"""The most pairs of entries among which a common subsequence is searched: 50 MB."""

Pair = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(slots=True)
class Alignment:
    """Pairs of indices of old and new blocks; each index is in at most one pair.

    `moved` are the pairs that are out of order. A block in neither list was deleted or inserted.
    """

    pairs: list[Pair] = field(default_factory=list)
    moved: list[Pair] = field(default_factory=list)


def lcs(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the pairs of indices of a longest common subsequence of two lists, in order.

    Of lists with more than 400 million pairs, only the common start and end are returned: the search keeps a
    bit for each pair.
    """
    from rapidfuzz.distance import LCSseq  # noqa: PLC0415 - 2 MB that most processes never need

    start, end = common_ends(old, new)
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    is_small = len(old_middle) * len(new_middle) <= _MAX_PAIRS
    # Of several longest ones, the search from new to old returns the one that starts last in the old list, as
    # git does.
    blocks = LCSseq.opcodes(new_middle, old_middle).as_matching_blocks() if is_small else []
    return [
        *((n, n) for n in range(start)),
        *((start + block.b + n, start + block.a + n) for block in blocks for n in range(block.size)),
        *((len(old) - n, len(new) - n) for n in range(end, 0, -1)),
    ]


def align(old: Sequence[Block], new: Sequence[Block]) -> Alignment:
    """Pair the blocks of two pages."""
    alignment = Alignment()
    equal = lcs([block.key for block in old], [block.key for block in new])
    gaps = _GapAligner(old, new)
    previous = (-1, -1)
    for current in [*equal, (len(old), len(new))]:
        alignment.pairs += gaps.pairs(range(previous[0] + 1, current[0]), range(previous[1] + 1, current[1]))
        alignment.pairs += [((current[0],), (current[1],))] if current[0] < len(old) else []
        previous = current
    paired_olds = {a for olds, _ in alignment.pairs for a in olds}
    paired_news = {b for _, news in alignment.pairs for b in news}
    unpaired_olds = [a for a in range(len(old)) if a not in paired_olds]
    unpaired_news = [b for b in range(len(new)) if b not in paired_news]
    alignment.moved = gaps.moved(unpaired_olds, unpaired_news)
    return alignment


def _min_similarity(old: Block, new: Block) -> float:
    if old.kind != new.kind:
        return _MIN_SIMILARITY_OF_KINDS
    return _MIN_CODE_SIMILARITY if old.kind == "code" else MIN_SIMILARITY


class _GapAligner:
    """Pairs the blocks in the gaps between equal blocks; the words of each block are counted once."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block]) -> None:
        self._old, self._new = old, new
        self._word_counts: dict[int, Counter[str]] = {}

    def _counts(self, block: Block) -> "Counter[str]":
        if id(block) not in self._word_counts:
            self._word_counts[id(block)] = word_counts(block.words)
        return self._word_counts[id(block)]

    def _similarity(self, a: int, b: int) -> float:
        """Return the similarity of two blocks, 0 to 1; 0 if they cannot be the same block."""
        old, new = self._old[a], self._new[b]
        if old.name and old.name == new.name:
            return 1.0
        if old.kind != new.kind and not (old.is_prose and new.is_prose):
            return 0.0
        similarity = overlap(self._counts(old), self._counts(new))
        return similarity if similarity >= _min_similarity(old, new) else 0.0

    def pairs(self, olds: range, news: range) -> list[Pair]:
        """Pair the blocks of one gap, in order, with the highest total similarity."""
        if not olds or not news:
            return []
        pairs = self._splits_and_joins(olds, news)
        paired_olds, paired_news = {a for o, _ in pairs for a in o}, {b for _, n in pairs for b in n}
        # Split and joined blocks are fixed points: the other blocks are paired between them.
        previous = (olds.start - 1, news.start - 1)
        for current in [*pairs, ((olds.stop,), (news.stop,))]:
            free_olds = [a for a in range(previous[0] + 1, current[0][0]) if a not in paired_olds]
            free_news = [b for b in range(previous[1] + 1, current[1][0]) if b not in paired_news]
            pairs = [*pairs, *self._best_pairs(free_olds, free_news)]
            previous = (current[0][-1], current[1][-1])
        return sorted(pairs)

    def _best_pairs(self, olds: Sequence[int], news: Sequence[int]) -> list[Pair]:
        """Return the pairs, in order, with the highest total similarity; a large gap is done in chunks."""
        cells = len(olds) * len(news)
        count = 1 if cells <= _MAX_CELLS else isqrt(cells // _CHUNK_CELLS) + 1
        return [
            pair
            for n in range(count)
            for pair in self._best_pairs_of_chunk(
                olds[len(olds) * n // count : len(olds) * (n + 1) // count],
                news[len(news) * n // count : len(news) * (n + 1) // count],
            )
        ]

    def _best_pairs_of_chunk(self, olds: Sequence[int], news: Sequence[int]) -> list[Pair]:
        """Return the best pairs of a chunk by dynamic programming."""
        width, height = len(olds), len(news)
        score = [[0.0] * (height + 1) for _ in range(width + 1)]
        similarities: dict[tuple[int, int], float] = {}
        for a in range(width - 1, -1, -1):
            for b in range(height - 1, -1, -1):
                similarity = self._similarity(olds[a], news[b])
                best = max(score[a + 1][b], score[a][b + 1])
                if similarity and similarity + score[a + 1][b + 1] >= best:
                    similarities[a, b] = similarity
                    best = similarity + score[a + 1][b + 1]
                score[a][b] = best
        return [((olds[a],), (news[b],)) for a, b in _best_path(score, similarities, width, height)]

    def _splits_and_joins(self, olds: range, news: range) -> list[Pair]:
        """Return the old blocks that were split into several new ones, and those joined into one."""
        if len(olds) * len(news) > _MAX_CELLS:
            return []
        pairs: list[Pair] = []
        next_a, next_b = olds.start, news.start
        for a in olds:
            if a < next_a:
                continue
            for b in range(next_b, news.stop):
                split_count = self._part_count(self._old[a], self._new, range(b, news.stop))
                join_count = self._part_count(self._new[b], self._old, range(a, olds.stop))
                if split_count or join_count:
                    pair_olds = tuple(range(a, a + max(join_count, 1)))
                    pair_news = tuple(range(b, b + max(split_count, 1)))
                    pairs.append((pair_olds, pair_news))
                    next_a, next_b = pair_olds[-1] + 1, pair_news[-1] + 1
                    break
        return pairs

    def _part_count(self, whole: Block, parts: Sequence[Block], indices: range) -> int:
        """Return how many parts, from the first index on, together have the words of the whole, or 0."""
        if not whole.is_prose or whole.kind == "heading":
            return 0
        whole_counts, sum_of_counts = self._counts(whole), Counter[str]()
        for count, index in enumerate(indices[:_MAX_PARTS], start=1):
            part = parts[index]
            if part.kind != whole.kind:
                return 0
            part_counts = self._counts(part)
            if not part_counts or overlap(part_counts, whole_counts) > _PART_OVERLAP:
                return 0
            if (part_counts & whole_counts).total() < _PART_OVERLAP * part_counts.total():
                return 0
            sum_of_counts += part_counts
            if count > 1 and overlap(sum_of_counts, whole_counts) >= _PART_OVERLAP:
                return count
        return 0

    def moved(self, olds: Sequence[int], news: Sequence[int]) -> list[Pair]:
        """Return the pairs of unpaired blocks that were only moved."""
        pairs: list[Pair] = []
        free: dict[object, list[int]] = {}
        for b in news:
            free.setdefault(self._new[b].key, []).append(b)
        duplicates = {key for key, count in Counter(self._old[a].key for a in olds).items() if count > 1}
        remaining_olds = []
        for a in olds:
            block = self._old[a]
            equal = free.get(block.key, [])
            is_unique_item = block.kind == "item" and len(equal) == 1 and block.key not in duplicates
            if equal and (is_unique_item or self._can_move(block)):
                pairs.append(((a,), (equal.pop(0),)))
            else:
                remaining_olds.append(a)
        paired_news = {pair_news[0] for _, pair_news in pairs}
        remaining_news = [b for b in news if b not in paired_news]
        if len(remaining_olds) * len(remaining_news) > _MAX_CELLS:
            return pairs
        for a in remaining_olds:
            candidates = remaining_news if self._can_move(self._old[a]) else []
            similarity, negative_b = max(((self._similarity(a, b), -b) for b in candidates), default=(0.0, 0))
            if similarity >= _MIN_MOVED_SIMILARITY:
                pairs.append(((a,), (-negative_b,)))
                remaining_news.remove(-negative_b)
        return sorted(pairs, key=lambda pair: pair[1])

    def _can_move(self, block: Block) -> bool:
        return block.kind in {"plan", "table", "heading"} or self._counts(block).total() >= _MIN_MOVED_WORDS


def _best_path(
    score: Sequence[Sequence[float]], similarities: dict[tuple[int, int], float], width: int, height: int
) -> list[tuple[int, int]]:
    """Return the pairs that make up the best score, in order."""
    a = b = 0
    pairs = []
    while a < width and b < height:
        similarity = similarities.get((a, b))
        if similarity is not None and score[a][b] == similarity + score[a + 1][b + 1]:
            pairs.append((a, b))
            a, b = a + 1, b + 1
        elif score[a][b] == score[a + 1][b]:
            a += 1
        else:
            b += 1
    return pairs
