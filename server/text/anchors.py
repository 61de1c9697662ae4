"""Where words that somebody marked on one version of a page stand on another: mapped through the diff, never guessed.

A mark follows the words it was set on. What the diff has lost is looked for elsewhere, and taken only where it is found
once and nearly whole; then it is said that somebody should look. Everything else is said to be gone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import accumulate, pairwise

from server.text.blocks import Block, Cell
from server.text.diff.align import Alignment, align, lcs
from server.text.diff.tables import matched_rows
from server.text.diff.words import overlap, word_counts
from server.text.tokens import Word

EXACT, EDITED, MOVED, GONE = "exact", "edited", "moved", "gone"
SURVIVES = 0.5
"""So much of what was marked must have stayed for a mark to stay with it."""
_FEW, _SURVIVES_OF_FEW = 3, 0.6
"""Fewer words that stayed are known only by neighbours that stayed with them: they stand in many places."""
_AROUND = 3
"""So many words on each side are neighbours."""
MIN_SIMILARITY = 0.75
"""So alike must be what is found elsewhere."""
_CLEAR = 0.1
"""So much less alike must be the next best place."""
_FEWEST, _MANY = 4, 8
"""A mark on fewer words than the first is found in many places and not looked for; one on fewer than the second must
be found whole."""
_WIDE = 12
"""New words between two kept ones that still belong to one mark; at least so many as it had."""
_MOST_STEPS = 400_000
_MOST_WANTED, _LOOKED_AT = 150, 3
"""A mark on more words than the first is not looked for elsewhere; so many places of a block are looked at closely."""
_PATIENCE = 3_000_000
"""Words that are looked at for all marks of a page; what is not found by then is gone."""


@dataclass(frozen=True, slots=True)
class TextRange:
    """A mark: the block's number in its page, and the first and past-last character of the block's text."""

    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reanchored:
    """What became of a mark: exact, edited, moved or gone, where it is now, and how alike in percent."""

    state: str
    range: TextRange | None = None
    similarity: int = 100


_LOST = Reanchored(GONE, None, 0)


class _Text:
    """Words with the place of each in their text; the text of several blocks counts on through them."""

    def __init__(self, words: Sequence[Word], offset: int = 0) -> None:
        self.words = words
        self.said = [word.text for word in words]
        self.starts = list(accumulate((len(word) for word in self.said), initial=offset))

    def between(self, start: int, end: int) -> range:
        """Return the words that a stretch of characters touches."""
        inside = [n for n, at in enumerate(self.starts[:-1]) if at < end and at + len(self.said[n]) > start]
        return range(inside[0], inside[-1] + 1) if inside else range(0)

    def weight(self, places: Sequence[int]) -> int:
        """Return how many characters of these words are not space."""
        return sum(len(self.said[n]) for n in places if not self.said[n].isspace())


def kept_text(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Return for the words that stayed their place among the new ones, in order."""
    most = min(len(old), len(new))
    first = next((n for n in range(most) if old[n] != new[n]), most)
    last = next((n for n in range(most - first) if old[-1 - n] != new[-1 - n]), most - first)
    found = {n: n for n in range(first)} | {len(old) - n: len(new) - n for n in range(1, last + 1)}
    ours, theirs = old[first : len(old) - last], new[first : len(new) - last]
    if len(ours) * len(theirs) > _MOST_STEPS:  # Myers costs what differs, not what there is
        return found | {first + a: first + b for a, b in lcs(ours, theirs)}
    for a, b, size in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        found |= {first + a + n: first + b + n for n in range(size)}
    return found


class Reanchorer:
    """Follows marks from one version of a page to another; the pages are compared once for all of them."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block]) -> None:
        self._old, self._new = old, new
        self._pairs: dict[tuple[tuple[int, ...], tuple[int, ...]], dict[int, int]] = {}
        self._looked: dict[str, Reanchored | None] = {}
        self._tables: dict[tuple[int, int], tuple[dict[int, int], dict[int, int]]] = {}
        self._steps = _PATIENCE

    @cached_property
    def _alignment(self) -> Alignment:
        return align(self._old, self._new)

    @cached_property
    def _partner(self) -> dict[int, tuple[tuple[int, ...], tuple[int, ...], bool]]:
        pairs = ((pair, False) for pair in self._alignment.pairs)
        moved = ((pair, True) for pair in self._alignment.moved)
        return {a: (*pair, is_moved) for pair, is_moved in (*pairs, *moved) for a in pair[0]}

    def place_as_it_was(self, spot: TextRange) -> Reanchored:
        """Return where a block stands that is word for word what it was, as after an older version was restored."""
        block = self._old[spot.block] if spot.block < len(self._old) else None
        found = self._by_text.get((block.kind, block.text), []) if block else []
        same = spot.block if spot.block in found else found[0] if len(found) == 1 else None
        return _LOST if same is None else Reanchored(EXACT, TextRange(same, spot.start, spot.end))

    @cached_property
    def _by_text(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = {}
        for number, block in enumerate(self._new):
            found.setdefault((block.kind, block.text), []).append(number)
        return found

    def place(self, spot: TextRange) -> Reanchored:
        """Return what became of a mark."""
        block = self._old[spot.block] if spot.block < len(self._old) else None
        if block is None or spot.start >= spot.end or spot.end > len(block.text):
            return _LOST
        found = self._through_the_diff(spot, block)
        return found or self._elsewhere(block.text[spot.start : spot.end]) or _LOST

    def _through_the_diff(self, spot: TextRange, block: Block) -> Reanchored | None:
        partner = self._partner.get(spot.block)
        if partner is None:
            return None
        olds, news, is_moved = partner
        if len(olds) == len(news) == 1:
            new = self._new[news[0]]
            if block.text == new.text:
                return Reanchored(MOVED if is_moved else EXACT, TextRange(news[0], spot.start, spot.end))
            if spot.start == 0 and spot.end == len(block.text):
                alike = round(100 * overlap(word_counts(block.words), word_counts(new.words)))
                return Reanchored(MOVED if is_moved else EDITED, TextRange(news[0], 0, len(new.text)), alike)
            if block.rows and new.rows:
                return self._in_table(spot, block, news[0], is_moved=is_moved)
        return self._in_words(spot, olds, news, is_moved=is_moved)

    def _in_words(
        self, spot: TextRange, olds: tuple[int, ...], news: tuple[int, ...], *, is_moved: bool
    ) -> Reanchored | None:
        before = sum(len(self._old[a].text) for a in olds if a < spot.block)
        old = _Text([word for a in olds for word in self._old[a].words])
        new = _Text([word for b in news for word in self._new[b].words])
        if (olds, news) not in self._pairs:
            self._pairs[olds, news] = kept_text(old.said, new.said)
        found = _followed(old, new, self._pairs[olds, news], (spot.start + before, spot.end + before))
        if found is None:
            return None
        start, end, alike = found
        return self._seated(news, start, end, alike, is_moved=is_moved)

    def _seated(
        self, news: tuple[int, ...], start: int, end: int, alike: float, *, is_moved: bool
    ) -> Reanchored | None:
        """Set a stretch of the text of several blocks on the one that has most of it."""
        best, offset = None, 0
        for b in news:
            size = len(self._new[b].text)
            first, last = max(start - offset, 0), min(end - offset, size)
            if last > first and (best is None or last - first > best.end - best.start):
                best = TextRange(b, first, last)
            offset += size
        if best is None:
            return None
        return Reanchored(MOVED if is_moved else EXACT if alike == 1 else EDITED, best, round(100 * alike))

    def _in_table(self, spot: TextRange, block: Block, b: int, *, is_moved: bool) -> Reanchored | None:
        """Follow a mark into the cell of the same row and column."""
        new = self._new[b]
        ours = [cell for cell in _cells(block) if cell.start < spot.end and cell.end > spot.start]
        if not ours:
            return None
        if (spot.block, b) not in self._tables:
            self._tables[spot.block, b] = matched_rows(block, new)
        rows, columns = self._tables[spot.block, b]
        theirs = {(cell.row, cell.column): cell for cell in _cells(new)}
        first, last = (theirs.get((rows.get(c.row, -1), columns.get(c.column, -1))) for c in (ours[0], ours[-1]))
        if first is None or last is None or last.end <= first.start:
            return None
        if ours[0] is not ours[-1]:
            return Reanchored(MOVED if is_moved else EDITED, TextRange(b, first.start, last.end), 50)
        cell = ours[0]
        is_whole = spot.start <= cell.start and spot.end >= cell.end
        named = block.rows[cell.row][0] == new.rows[first.row][0] and cell.column > 0
        if is_whole and (named or cell.row == 0):
            same = [word.text for word in cell.words] == [word.text for word in first.words]
            state = MOVED if is_moved else EXACT if same else EDITED
            return Reanchored(state, TextRange(b, first.start, first.end), 100 if same else 50)
        old_text, new_text = _Text(cell.words, cell.start), _Text(first.words, first.start)
        found = _followed(old_text, new_text, kept_text(old_text.said, new_text.said), (spot.start, spot.end))
        if found is None:
            return None
        start, end, alike = found
        return Reanchored(
            MOVED if is_moved else EXACT if alike == 1 else EDITED, TextRange(b, start, end), round(100 * alike)
        )

    def _elsewhere(self, quote: str) -> Reanchored | None:
        """Look for words that were cut out and put in at another place; what is found twice is not taken."""
        if quote not in self._looked:
            self._looked[quote] = self._look(quote.split())
        return self._looked[quote]

    def _look(self, wanted: Sequence[str]) -> Reanchored | None:
        if not _FEWEST <= len(wanted) <= _MOST_WANTED:
            return None
        found = []
        for b, (words, counted) in enumerate(self._texts):
            self._steps -= len(wanted)
            if self._steps < 0:
                return None
            if (Counter(wanted) & counted).total() >= MIN_SIMILARITY * len(wanted):
                self._steps -= len(words)
                found += _most_alike(wanted, b, words, self._new[b].text)
        best = sorted(found, key=lambda one: -one[0])
        least = MIN_SIMILARITY if len(wanted) >= _MANY else 1
        if not best or best[0][0] < least or (len(best) > 1 and best[1][0] > best[0][0] - _CLEAR):
            return None
        return Reanchored(MOVED, best[0][1], round(100 * best[0][0]))

    @cached_property
    def _texts(self) -> list[tuple[list[str], Counter[str]]]:
        """The words of every new block, and how often each stands in it."""
        found = []
        for block in self._new:
            words = block.text.split()
            found.append((words, Counter(words)))
        return found


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of a table with its place, in the table and in the table's text."""

    row: int
    column: int
    start: int
    end: int
    words: Cell


def _cells(block: Block) -> Iterator[_Cell]:
    at = 0
    for row, cells in enumerate(block.rows):
        for column, cell in enumerate(cells):
            size = sum(len(word.text) for word in cell)
            yield _Cell(row, column, at, at + size, cell)
            at += size + 1  # the space that a table's text has after each cell


def _followed(old: _Text, new: _Text, kept: dict[int, int], marked: tuple[int, int]) -> tuple[int, int, float] | None:
    """Return where the words of a stretch are now and how much of it stayed, or None if too little did."""
    places = old.between(*marked)
    all_of_it = old.weight(places)
    stayed = [n for n in places if n in kept and not old.said[n].isspace()]
    if not all_of_it or not stayed:
        return None
    group = max(_groups(stayed, kept, max(_WIDE, len(places))), key=old.weight)
    share = old.weight(group) / all_of_it
    is_few = len(group) < _FEW
    if share < (_SURVIVES_OF_FEW if is_few else SURVIVES) or (is_few and not _has_neighbours(old, new, kept, group)):
        return None
    first, last = kept[group[0]], kept[group[-1]]
    start, end = new.starts[first], new.starts[last] + len(new.said[last])
    if group[0] == places[0]:  # a mark may begin inside a word
        start += max(marked[0] - old.starts[places[0]], 0)
    if group[-1] == places[-1]:
        end -= max(old.starts[places[-1]] + len(old.said[places[-1]]) - marked[1], 0)
    whole = share == 1 and new.said[first : last + 1] == old.said[places[0] : places[-1] + 1]
    return (start, end, 1.0 if whole else min(share, 0.99)) if end > start else None


def _has_neighbours(old: _Text, new: _Text, kept: dict[int, int], group: Sequence[int]) -> bool:
    """Say whether words around a few stayed around them, or these are all the text there is."""
    around = [*_near(old, group[0], -1), *_near(old, group[-1], 1)]
    ours = {*_near(new, kept[group[0]], -1, _AROUND + 1), *_near(new, kept[group[-1]], 1, _AROUND + 1)}
    return sum(kept.get(place) in ours for place in around) >= min(2, len(around))


def _near(text: _Text, place: int, step: int, most: int = _AROUND) -> list[int]:
    """Return the nearest words in one direction that are not space."""
    found: list[int] = []
    place += step
    while 0 <= place < len(text.said) and len(found) < most:
        if not text.said[place].isspace():
            found.append(place)
        place += step
    return found


def _groups(stayed: Sequence[int], kept: dict[int, int], wide: int) -> list[list[int]]:
    """Part the words that stayed where so much new stands between them that they no longer belong together."""
    groups = [[stayed[0]]]
    for before, here in pairwise(stayed):
        if kept[here] - kept[before] > 2 * wide:
            groups.append([])
        groups[-1].append(here)
    return groups


def _most_alike(wanted: Sequence[str], b: int, words: Sequence[str], text: str) -> list[tuple[float, TextRange]]:
    """Return the stretch of a block that is most like some words, and another one if it is like them too."""
    size = min(len(wanted), len(words))
    shares = _shares(wanted, words, size)
    best = sorted(range(len(shares)), key=lambda n: -shares[n])
    chosen: list[int] = []
    for n in best:
        if len(chosen) == _LOOKED_AT or shares[n] < MIN_SIMILARITY * len(wanted):
            break
        if all(abs(n - other) >= size // 2 for other in chosen):
            chosen.append(n)
    ends = _ends_of(text, words) if chosen else []
    return [
        (
            SequenceMatcher(None, wanted, words[n : n + size], autojunk=False).ratio(),
            TextRange(b, ends[n] - len(words[n]), ends[n + size - 1]),
        )
        for n in chosen
    ]


def _shares(wanted: Sequence[str], words: Sequence[str], size: int) -> list[int]:
    """Return for every stretch of so many words how many of the wanted ones it has, going one word on each time."""
    left = Counter(wanted)
    have = 0
    found = []
    for n, word in enumerate(words):
        have += left[word] > 0
        left[word] -= 1
        if n >= size:
            gone = words[n - size]
            left[gone] += 1
            have -= left[gone] > 0
        if n >= size - 1:
            found.append(have)
    return found


def _ends_of(text: str, words: Sequence[str]) -> list[int]:
    ends, at = [], 0
    for word in words:
        at = text.index(word, at) + len(word)
        ends.append(at)
    return ends
