"""Which block of the old page is which block of the new one: equal, changed, moved, split or joined."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from math import isqrt

from server.text.blocks import Block
from server.text.diff.words import overlap, word_counts

MIN_SIMILARITY = 0.55
"""Blocks of one kind that share so much of their words are the same block, changed."""
_ALIKE_CODE = 0.4
"""Code is mostly signs, and there is little of it."""
_SAME_TEXT = 0.8
"""So much they must share when they are not even of one kind."""
_MOVED = 0.75
_FEWEST = 3
"""A text of fewer words is found in many places: only longer ones can move."""
_PARTS = 4
"""A text is split into no more than so many."""
_WHOLE = 0.9
_MOST_CELLS, _STRETCH = 6_000, 1_500
"""Gaps with more pairs of blocks than the first are cut into stretches with about so many as the second."""
_DEEPEST = 1_200
"""Two lists that differ in more places than this are not aligned further."""

Pair = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(slots=True)
class Alignment:
    """Places of old and new blocks that belong together; each place stands in one pair at most.

    `moved` are the pairs that are out of order; what is in neither list went or came.
    """

    pairs: list[Pair] = field(default_factory=list)
    moved: list[Pair] = field(default_factory=list)


def lcs(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the places of a longest common subsequence of two lists, in order (Myers, O(ND))."""
    first = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - first
    last = next((n for n in range(most) if old[-1 - n] != new[-1 - n]), most)
    inner = _inner(old[first : len(old) - last], new[first : len(new) - last])
    return [
        *((n, n) for n in range(first)),
        *((a + first, b + first) for a, b in inner),
        *((len(old) - n, len(new) - n) for n in range(last, 0, -1)),
    ]


def _inner(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Go forward through ever more differences, keep how far each diagonal came, then go back."""
    ends: dict[int, int] = {1: 0}
    trail: list[dict[int, int]] = []
    for depth in range(min(len(old) + len(new), _DEEPEST) + 1):
        trail.append(dict(ends))
        for diagonal in range(-depth, depth + 1, 2):
            down = diagonal == -depth or (diagonal != depth and ends[diagonal - 1] < ends[diagonal + 1])
            a = ends[diagonal + 1] if down else ends[diagonal - 1] + 1
            b = a - diagonal
            while a < len(old) and b < len(new) and old[a] == new[b]:
                a, b = a + 1, b + 1
            ends[diagonal] = a
            if a >= len(old) and b >= len(new):
                return _back(trail, len(old), len(new))
    return []


def _back(trail: Sequence[dict[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for depth in range(len(trail) - 1, 0, -1):
        ends, diagonal = trail[depth], a - b
        down = diagonal == -depth or (diagonal != depth and ends[diagonal - 1] < ends[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        start = ends[before]
        while a > start + (not down):
            a, b = a - 1, b - 1
            found.append((a, b))
        a, b = start, start - before
    found += [(a - n, b - n) for n in range(1, min(a, b) + 1)]
    found.reverse()
    return found


def align(old: Sequence[Block], new: Sequence[Block]) -> Alignment:
    """Pair the blocks of two pages."""
    found = Alignment()
    same = lcs([block.key for block in old], [block.key for block in new])
    gaps = _Gaps(old, new)
    before = (-1, -1)
    for here in [*same, (len(old), len(new))]:
        found.pairs += gaps.pairs(range(before[0] + 1, here[0]), range(before[1] + 1, here[1]))
        found.pairs += [((here[0],), (here[1],))] if here[0] < len(old) else []
        before = here
    paired = ({a for ours, _ in found.pairs for a in ours}, {b for _, theirs in found.pairs for b in theirs})
    left = [a for a in range(len(old)) if a not in paired[0]]
    right = [b for b in range(len(new)) if b not in paired[1]]
    found.moved = gaps.moved(left, right)
    return found


def _enough(old: Block, new: Block) -> float:
    if old.kind != new.kind:
        return _SAME_TEXT
    return _ALIKE_CODE if old.kind == "code" else MIN_SIMILARITY


class _Gaps:
    """Pairs what is not equal at its place; counts the words of a block once."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block]) -> None:
        self._old, self._new = old, new
        self._bags: dict[int, Counter[str]] = {}

    def _bag(self, block: Block) -> "Counter[str]":
        if id(block) not in self._bags:
            self._bags[id(block)] = word_counts(block.words)
        return self._bags[id(block)]

    def _alike(self, a: int, b: int) -> float:
        """Return how alike two blocks are, 0 where they cannot be the same block."""
        old, new = self._old[a], self._new[b]
        if old.name and old.name == new.name:
            return 1.0
        if old.kind != new.kind and not (old.is_prose and new.is_prose):
            return 0.0
        found = overlap(self._bag(old), self._bag(new))
        return found if found >= _enough(old, new) else 0.0

    def pairs(self, olds: range, news: range) -> list[Pair]:
        """Pair the blocks of one gap, in order, so that they are most alike in all."""
        if not olds or not news:
            return []
        found = self._split(olds, news)
        ours, theirs = {a for o, _ in found for a in o}, {b for _, n in found for b in n}
        # What was split or joined holds its place: the rest is paired between.
        before = (olds.start - 1, news.start - 1)
        for here in [*found, ((olds.stop,), (news.stop,))]:
            left = [a for a in range(before[0] + 1, here[0][0]) if a not in ours]
            right = [b for b in range(before[1] + 1, here[1][0]) if b not in theirs]
            found = [*found, *self._best(left, right)]
            before = (here[0][-1], here[1][-1])
        return sorted(found)

    def _best(self, olds: Sequence[int], news: Sequence[int]) -> list[Pair]:
        """Return the pairs, in order, whose likenesses come to most; of a large gap, stretch by stretch."""
        cells = len(olds) * len(news)
        count = 1 if cells <= _MOST_CELLS else isqrt(cells // _STRETCH) + 1
        return [
            pair
            for n in range(count)
            for pair in self._best_of(
                olds[len(olds) * n // count : len(olds) * (n + 1) // count],
                news[len(news) * n // count : len(news) * (n + 1) // count],
            )
        ]

    def _best_of(self, olds: Sequence[int], news: Sequence[int]) -> list[Pair]:
        """Find them by dynamic programming."""
        wide, high = len(olds), len(news)
        score = [[0.0] * (high + 1) for _ in range(wide + 1)]
        likes: dict[tuple[int, int], float] = {}
        for a in range(wide - 1, -1, -1):
            for b in range(high - 1, -1, -1):
                like = self._alike(olds[a], news[b])
                best = max(score[a + 1][b], score[a][b + 1])
                if like and like + score[a + 1][b + 1] >= best:
                    likes[a, b] = like
                    best = like + score[a + 1][b + 1]
                score[a][b] = best
        return [((olds[a],), (news[b],)) for a, b in _walk(score, likes, wide, high)]

    def _split(self, olds: range, news: range) -> list[Pair]:
        """Find old blocks that became several new ones, and several old ones that became one."""
        if len(olds) * len(news) > _MOST_CELLS:
            return []
        found: list[Pair] = []
        a, b = olds.start, news.start
        for here in olds:
            if here < a:
                continue
            for place in range(b, news.stop):
                parts = self._parts(self._old[here], self._new, range(place, news.stop))
                joined = self._parts(self._new[place], self._old, range(here, olds.stop))
                if parts or joined:
                    ours = tuple(range(here, here + max(joined, 1)))
                    theirs = tuple(range(place, place + max(parts, 1)))
                    found.append((ours, theirs))
                    a, b = ours[-1] + 1, theirs[-1] + 1
                    break
        return found

    def _parts(self, one: Block, many: Sequence[Block], places: range) -> int:
        """Return how many blocks, from the first place on, together say what one says; 0 if none do."""
        if not one.is_prose or one.kind == "heading":
            return 0
        whole, sum_ = self._bag(one), Counter[str]()
        for count, place in enumerate(places[:_PARTS], start=1):
            part = many[place]
            if part.kind != one.kind or not (own := self._bag(part)) or overlap(own, whole) > _WHOLE:
                return 0
            if (own & whole).total() < _WHOLE * own.total():
                return 0
            sum_ += own
            if count > 1 and overlap(sum_, whole) >= _WHOLE:
                return count
        return 0

    def moved(self, olds: Sequence[int], news: Sequence[int]) -> list[Pair]:
        """Find among what went and what came the blocks that only stand elsewhere now."""
        found: list[Pair] = []
        free: dict[object, list[int]] = {}
        for b in news:
            free.setdefault(self._new[b].key, []).append(b)
        twice = {key for key, count in Counter(self._old[a].key for a in olds).items() if count > 1}
        left = []
        for a in olds:
            here = free.get(self._old[a].key, [])
            is_only = self._old[a].kind == "item" and len(here) == 1 and self._old[a].key not in twice
            if here and (is_only or self._can_move(self._old[a])):
                found.append(((a,), (free[self._old[a].key].pop(0),)))
            else:
                left.append(a)
        taken = {theirs[0] for _, theirs in found}
        right = [b for b in news if b not in taken]
        if len(left) * len(right) > _MOST_CELLS:
            return found
        for a in left:
            likes = [(self._alike(a, b), -b) for b in right if self._can_move(self._old[a])]
            like, place = max(likes, default=(0.0, 0))
            if like >= _MOVED:
                found.append(((a,), (-place,)))
                right.remove(-place)
        return sorted(found, key=lambda pair: pair[1])

    def _can_move(self, block: Block) -> bool:
        return block.kind in {"plan", "table", "heading"} or self._bag(block).total() >= _FEWEST


def _walk(
    score: Sequence[Sequence[float]], likes: dict[tuple[int, int], float], wide: int, high: int
) -> list[tuple[int, int]]:
    a = b = 0
    found = []
    while a < wide and b < high:
        like = likes.get((a, b))
        if like is not None and score[a][b] == like + score[a + 1][b + 1]:
            found.append((a, b))
            a, b = a + 1, b + 1
        elif score[a][b] == score[a + 1][b]:
            a += 1
        else:
            b += 1
    return found
