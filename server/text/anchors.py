"""Re-anchors a text range from one version of a page to another, through the diff and never by a guess.

A text range follows the words that were selected. Words that the diff has lost are searched for in the whole
new version; a match counts only if it is unambiguous and nearly complete, and is reported as moved. All else
is gone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import accumulate, pairwise

from rapidfuzz.distance import Indel

from server.text.blocks import Block, Cell
from server.text.diff.align import Alignment, align, lcs
from server.text.diff.tables import matched_rows
from server.text.diff.words import common_ends, overlap, word_counts
from server.text.tokens import Word

EXACT, EDITED, MOVED, GONE = "exact", "edited", "moved", "gone"
SURVIVES = 0.5
"""The share of a text range that must be kept for it to be re-anchored."""
_FEW = 3
"""Fewer kept words than this occur in many places: they need a larger share and kept neighbours."""
_SURVIVES_OF_FEW = 0.6
_NEIGHBOURS = 3
"""How many words on each side count as neighbours."""
MIN_SIMILARITY = 0.75
"""How similar a match outside the diff must be."""
_MIN_LEAD = 0.1
"""How much less similar the second-best match must be."""
_MIN_WORDS, _MAX_WANTED = 4, 150
"""A range of fewer or more words is not searched for: few words occur in many places, many are expensive."""
_MIN_FUZZY_WORDS = 8
"""A range of fewer words must match completely."""
_MIN_GAP = 12
"""How many new words may separate two kept words of a range; a longer range allows its own length."""
_MAX_STEPS = 400_000
_MAX_CANDIDATES = 3
"""How many possible matches in a block are compared closely."""
_SEARCH_BUDGET = 3_000_000
"""How many words may be searched for all ranges of a page; what is not found by then is gone."""


@dataclass(frozen=True, slots=True)
class TextRange:
    """A text range: the number of the block, and the first and past-last character of the block's text."""

    block: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reanchored:
    """The result for a text range: exact, edited, moved or gone; the new range; the similarity in percent."""

    state: str
    range: TextRange | None = None
    similarity: int = 100


_LOST = Reanchored(GONE, None, 0)


class _Text:
    """Words with their character offsets; the offsets continue through the text of several blocks."""

    def __init__(self, words: Sequence[Word], offset: int = 0) -> None:
        self.words = words
        self.texts = [word.text for word in words]
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
    return kept


class Reanchorer:
    """Re-anchors text ranges from one version of a page to another; the versions are compared once."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block]) -> None:
        self._old, self._new = old, new
        self._kept: dict[tuple[tuple[int, ...], tuple[int, ...]], dict[int, int]] = {}
        self._searches: dict[str, Reanchored | None] = {}
        self._tables: dict[tuple[int, int], tuple[dict[int, int], dict[int, int]]] = {}
        self._budget = _SEARCH_BUDGET

    @cached_property
    def _alignment(self) -> Alignment:
        return align(self._old, self._new)

    @cached_property
    def _partner(self) -> dict[int, tuple[tuple[int, ...], tuple[int, ...], bool]]:
        pairs = ((pair, False) for pair in self._alignment.pairs)
        moved = ((pair, True) for pair in self._alignment.moved)
        return {a: (*pair, is_moved) for pair, is_moved in (*pairs, *moved) for a in pair[0]}

    def place_as_it_was(self, text_range: TextRange) -> Reanchored:
        """Re-anchor a text range in a block with identical text, as after an older version was restored."""
        block = self._old[text_range.block] if text_range.block < len(self._old) else None
        indices = self._by_text.get((block.kind, block.text), []) if block else []
        index = text_range.block if text_range.block in indices else indices[0] if len(indices) == 1 else None
        if index is None:
            return _LOST
        return Reanchored(EXACT, TextRange(index, text_range.start, text_range.end))

    @cached_property
    def _by_text(self) -> dict[tuple[str, str], list[int]]:
        indices: dict[tuple[str, str], list[int]] = {}
        for number, block in enumerate(self._new):
            indices.setdefault((block.kind, block.text), []).append(number)
        return indices

    def place(self, text_range: TextRange) -> Reanchored:
        """Re-anchor a text range."""
        block = self._old[text_range.block] if text_range.block < len(self._old) else None
        if block is None or text_range.start >= text_range.end or text_range.end > len(block.text):
            return _LOST
        result = self._through_diff(text_range, block)
        return result or self._by_search(block.text[text_range.start : text_range.end]) or _LOST

    def _through_diff(self, text_range: TextRange, block: Block) -> Reanchored | None:
        partner = self._partner.get(text_range.block)
        if partner is None:
            return None
        olds, news, is_moved = partner
        if len(olds) == len(news) == 1:
            new = self._new[news[0]]
            if block.text == new.text:
                new_range = TextRange(news[0], text_range.start, text_range.end)
                return Reanchored(MOVED if is_moved else EXACT, new_range)
            if text_range.start == 0 and text_range.end == len(block.text):
                similarity = round(100 * overlap(word_counts(block.words), word_counts(new.words)))
                new_range = TextRange(news[0], 0, len(new.text))
                return Reanchored(MOVED if is_moved else EDITED, new_range, similarity)
            if block.rows and new.rows:
                return self._in_table(text_range, block, news[0], is_moved=is_moved)
        return self._in_words(text_range, olds, news, is_moved=is_moved)

    def _in_words(
        self, text_range: TextRange, olds: tuple[int, ...], news: tuple[int, ...], *, is_moved: bool
    ) -> Reanchored | None:
        offset = sum(len(self._old[a].text) for a in olds if a < text_range.block)
        old = _Text([word for a in olds for word in self._old[a].words])
        new = _Text([word for b in news for word in self._new[b].words])
        if (olds, news) not in self._kept:
            self._kept[olds, news] = kept_text(old.texts, new.texts)
        selected = (text_range.start + offset, text_range.end + offset)
        result = _reanchor(old, new, self._kept[olds, news], selected)
        if result is None:
            return None
        start, end, similarity = result
        return self._in_one_block(news, start, end, similarity, is_moved=is_moved)

    def _in_one_block(
        self, news: tuple[int, ...], start: int, end: int, similarity: float, *, is_moved: bool
    ) -> Reanchored | None:
        """Reduce a range of characters in the text of several blocks to the block that has most of it."""
        best, offset = None, 0
        for b in news:
            size = len(self._new[b].text)
            first, last = max(start - offset, 0), min(end - offset, size)
            if last > first and (best is None or last - first > best.end - best.start):
                best = TextRange(b, first, last)
            offset += size
        if best is None:
            return None
        state = MOVED if is_moved else EXACT if similarity == 1 else EDITED
        return Reanchored(state, best, round(100 * similarity))

    def _in_table(self, text_range: TextRange, block: Block, b: int, *, is_moved: bool) -> Reanchored | None:
        """Re-anchor a text range in the cell of the same row and column."""
        new = self._new[b]
        start, end = text_range.start, text_range.end
        old_cells = [cell for cell in _cells(block) if cell.start < end and cell.end > start]
        if not old_cells:
            return None
        if (text_range.block, b) not in self._tables:
            self._tables[text_range.block, b] = matched_rows(block, new)
        rows, columns = self._tables[text_range.block, b]
        new_cells = {(cell.row, cell.column): cell for cell in _cells(new)}
        first, last = (
            new_cells.get((rows.get(cell.row, -1), columns.get(cell.column, -1)))
            for cell in (old_cells[0], old_cells[-1])
        )
        if first is None or last is None or last.end <= first.start:
            return None
        if old_cells[0] is not old_cells[-1]:
            return Reanchored(MOVED if is_moved else EDITED, TextRange(b, first.start, last.end), 50)
        cell = old_cells[0]
        is_whole_cell = start <= cell.start and end >= cell.end
        same_row_label = block.rows[cell.row][0] == new.rows[first.row][0] and cell.column > 0
        if is_whole_cell and (same_row_label or cell.row == 0):
            same = [word.text for word in cell.words] == [word.text for word in first.words]
            state = MOVED if is_moved else EXACT if same else EDITED
            return Reanchored(state, TextRange(b, first.start, first.end), 100 if same else 50)
        old_text, new_text = _Text(cell.words, cell.start), _Text(first.words, first.start)
        kept = kept_text(old_text.texts, new_text.texts)
        result = _reanchor(old_text, new_text, kept, (start, end))
        if result is None:
            return None
        start, end, similarity = result
        state = MOVED if is_moved else EXACT if similarity == 1 else EDITED
        return Reanchored(state, TextRange(b, start, end), round(100 * similarity))

    def _by_search(self, quote: str) -> Reanchored | None:
        """Search the whole page for words that were cut and pasted; an ambiguous match does not count."""
        if quote not in self._searches:
            self._searches[quote] = self._search(quote.split())
        return self._searches[quote]

    def _search(self, wanted: Sequence[str]) -> Reanchored | None:
        if not _MIN_WORDS <= len(wanted) <= _MAX_WANTED:
            return None
        matches = []
        for b, (words, counts) in enumerate(self._new_words):
            self._budget -= len(wanted)
            if self._budget < 0:
                return None
            if (Counter(wanted) & counts).total() >= MIN_SIMILARITY * len(wanted):
                self._budget -= len(words)
                matches += _best_matches(wanted, b, words, self._new[b].text)
        best = sorted(matches, key=lambda match: -match[0])
        minimum = MIN_SIMILARITY if len(wanted) >= _MIN_FUZZY_WORDS else 1
        if not best or best[0][0] < minimum or (len(best) > 1 and best[1][0] > best[0][0] - _MIN_LEAD):
            return None
        return Reanchored(MOVED, best[0][1], round(100 * best[0][0]))

    @cached_property
    def _new_words(self) -> list[tuple[list[str], Counter[str]]]:
        """The words of every new block, with their counts."""
        result = []
        for block in self._new:
            words = block.text.split()
            result.append((words, Counter(words)))
        return result


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of a table: its row and column, its range in the table's text, and its words."""

    row: int
    column: int
    start: int
    end: int
    words: Cell


def _cells(block: Block) -> Iterator[_Cell]:
    start = 0
    for row, cells in enumerate(block.rows):
        for column, cell in enumerate(cells):
            size = sum(len(word.text) for word in cell)
            yield _Cell(row, column, start, start + size, cell)
            start += size + 1  # the space that a table's text has after each cell


def _reanchor(
    old: _Text,
    new: _Text,
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
    if share < (_SURVIVES_OF_FEW if is_few else SURVIVES):
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


def _has_neighbours(old: _Text, new: _Text, kept: dict[int, int], group: Sequence[int]) -> bool:
    """Return whether the neighbours of a few words are still around them, or the text has no other words."""
    neighbours = [*_near(old, group[0], -1), *_near(old, group[-1], 1)]
    new_neighbours = {
        *_near(new, kept[group[0]], -1, _NEIGHBOURS + 1),
        *_near(new, kept[group[-1]], 1, _NEIGHBOURS + 1),
    }
    return sum(kept.get(index) in new_neighbours for index in neighbours) >= min(2, len(neighbours))


def _near(text: _Text, index: int, step: int, limit: int = _NEIGHBOURS) -> list[int]:
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


def _best_matches(
    wanted: Sequence[str],
    b: int,
    words: Sequence[str],
    text: str,
) -> list[tuple[float, TextRange]]:
    """Return the ranges of a block that are most similar to the wanted words, with the similarity."""
    size = min(len(wanted), len(words))
    counts = _shared_counts(wanted, words, size)
    best = sorted(range(len(counts)), key=lambda n: -counts[n])
    chosen: list[int] = []
    for n in best:
        if len(chosen) == _MAX_CANDIDATES or counts[n] < MIN_SIMILARITY * len(wanted):
            break
        if all(abs(n - other) >= size // 2 for other in chosen):
            chosen.append(n)
    ends = _word_ends(text, words) if chosen else []
    return [
        (
            Indel.normalized_similarity(wanted, words[n : n + size]),
            TextRange(b, ends[n] - len(words[n]), ends[n + size - 1]),
        )
        for n in chosen
    ]


def _shared_counts(wanted: Sequence[str], words: Sequence[str], size: int) -> list[int]:
    """Return how many of the wanted words each run of `size` words contains, by a sliding window."""
    missing = Counter(wanted)
    shared = 0
    counts = []
    for n, word in enumerate(words):
        shared += missing[word] > 0
        missing[word] -= 1
        if n >= size:
            dropped = words[n - size]
            missing[dropped] += 1
            shared -= missing[dropped] > 0
        if n >= size - 1:
            counts.append(shared)
    return counts


def _word_ends(text: str, words: Sequence[str]) -> list[int]:
    ends, end = [], 0
    for word in words:
        end = text.index(word, end) + len(word)
        ends.append(end)
    return ends
