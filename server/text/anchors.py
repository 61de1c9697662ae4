"""Re-anchors a text range from one version of a page to another, through the diff and never by a guess.

A text range follows the words that were selected. Words that the diff has lost are searched for in the whole
new version; a match counts only if it is unambiguous and nearly complete, and is reported as moved. All else
is gone.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from server.text.blocks import Block, Cell
from server.text.diff.align import Alignment, align
from server.text.diff.tables import matched_rows
from server.text.diff.words import overlap, word_counts
from server.text.kept_words import WordOffsets, kept_range, kept_text
from server.text.tokens import pieces, split
from server.text.word_search import MIN_SIMILARITY, best_matches

EXACT, EDITED, MOVED, GONE = "exact", "edited", "moved", "gone"
_MIN_LEAD = 0.1
"""How much less similar the second-best match must be."""
_MIN_WORDS, _MAX_WANTED = 4, 150
"""A range of fewer or more words is not searched for: few words occur in many places, many are expensive."""
_MIN_FUZZY_WORDS = 8
"""A range of fewer words must match completely."""
_MIN_ONLY_WORDS, _MIN_ONLY_CHARACTERS = 2, 3
"""Fewer words or characters than these are not looked for by their only place."""
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

    def place_in_identical_block(self, text_range: TextRange) -> Reanchored:
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
        quote = block.text[text_range.start : text_range.end]
        return result or self._by_search(quote) or self._by_only_place(quote) or _LOST

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
        old = WordOffsets([word for a in olds for word in self._old[a].words])
        new = WordOffsets([word for b in news for word in self._new[b].words])
        if (olds, news) not in self._kept:
            self._kept[olds, news] = kept_text(old.texts, new.texts)
        selected = (text_range.start + offset, text_range.end + offset)
        result = kept_range(old, new, self._kept[olds, news], selected)
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
        old_text, new_text = WordOffsets(cell.words, cell.start), WordOffsets(first.words, first.start)
        kept = kept_text(old_text.texts, new_text.texts)
        result = kept_range(old_text, new_text, kept, (start, end))
        if result is None:
            return None
        start, end, similarity = result
        state = MOVED if is_moved else EXACT if similarity == 1 else EDITED
        return Reanchored(state, TextRange(b, start, end), round(100 * similarity))

    def _by_only_place(self, quote: str) -> Reanchored | None:
        """Find words that are once in the old text and once in the new, with any signs around them.

        Few words must also have kept a neighbour: they can come together by chance.
        """
        words = [word.text for word in _plain_words(quote)]
        if len(words) < _MIN_ONLY_WORDS or sum(map(len, words)) < _MIN_ONLY_CHARACTERS:
            return None
        old, new = self._old_places.of(words), self._new_places.of(words)
        if len(old) != 1 or len(new) != 1:
            return None
        if len(words) < _MIN_WORDS and not self._old_places.around(old[0]) & self._new_places.around(new[0]):
            return None
        return Reanchored(MOVED, new[0].range)

    @cached_property
    def _old_places(self) -> "_Places":
        return _Places(self._old)

    @cached_property
    def _new_places(self) -> "_Places":
        return _Places(self._new)

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
                matches += [(b, match) for match in best_matches(wanted, self._new[b].text, words)]
        matches.sort(key=lambda found: -found[1].similarity)
        minimum = MIN_SIMILARITY if len(wanted) >= _MIN_FUZZY_WORDS else 1
        if not matches or matches[0][1].similarity < minimum:
            return None
        b, best = matches[0]
        if len(matches) > 1 and matches[1][1].similarity > best.similarity - _MIN_LEAD:
            return None
        return Reanchored(MOVED, TextRange(b, best.start, best.end), round(100 * best.similarity))

    @cached_property
    def _new_words(self) -> list[tuple[list[str], Counter[str]]]:
        """The words of every new block, with their counts."""
        result = []
        for block in self._new:
            words = block.text.split()
            result.append((words, Counter(words)))
        return result


class _WordAt(NamedTuple):
    """A word without signs and case, and where it is in its text."""

    text: str
    start: int
    end: int


def _plain_words(text: str) -> list[_WordAt]:
    """Return the words and figures of a text; in scripts without spaces, its characters."""
    words, at = [], 0
    for part in split(text):
        for piece in pieces(part):
            if any(map(str.isalnum, piece)):
                words.append(_WordAt(piece.casefold(), at, at + len(piece)))
            at += len(piece)
    return words


class _Place(NamedTuple):
    """A text range, and the indices of its first and past-last plain word in the block."""

    range: TextRange
    first: int
    past_last: int


class _Places:
    """Where words are in the blocks of a text."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._words = [_plain_words(block.text) for block in blocks]
        self._starts: dict[str, list[tuple[int, int]]] = {}
        for number, words in enumerate(self._words):
            for index, word in enumerate(words):
                self._starts.setdefault(word.text, []).append((number, index))

    def around(self, place: "_Place") -> set[tuple[int, str]]:
        """Return the words before and after a place, which are empty at the ends of a block."""
        words = self._words[place.range.block]
        before = words[place.first - 1].text if place.first else ""
        after = words[place.past_last].text if place.past_last < len(words) else ""
        return {(-1, before), (1, after)}

    def of(self, wanted: Sequence[str]) -> list["_Place"]:
        """Return where some words are in their order, with nothing but signs between them; at most two places."""
        rarest = min(range(len(wanted)), key=lambda n: len(self._starts.get(wanted[n], ())))
        places: list[_Place] = []
        for block, index in self._starts.get(wanted[rarest], ()):
            first = index - rarest
            words = self._words[block][max(first, 0) : first + len(wanted)]
            if first >= 0 and [word.text for word in words] == list(wanted):
                text_range = TextRange(block, words[0].start, words[-1].end)
                places.append(_Place(text_range, first, first + len(wanted)))
                if len(places) > 1:
                    break
        return places


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
