"""The hunks of a document diff in reading order: blocks that are the same, changed, moved, new or gone."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from server.comp import Change, Plan, PlanError, diff, read_plan
from server.messages import Message
from server.text.blocks import Block, blocks_of
from server.text.diff.align import Pair, align
from server.text.diff.formatting import formatting_changes
from server.text.diff.tables import RowChange, table_changes, unchanged_table
from server.text.diff.words import Presence, WordRun, diff_words, single_run
from server.text.tokens import Word

HunkKind = Literal["same", "changed", "set", "new", "gone", "moved", "left", "split", "joined"]
MAX_WORDS = 20_000
"""Pages with more words than this, or that take longer than MAX_SECONDS, are compared block by block only."""
MAX_SECONDS = 2.0
_MATERIAL_SHARE = 20
"""If more than one word in this many changed (5 %), the change is material, whatever the words are."""


@dataclass(frozen=True)
class Hunk:
    """Blocks that belong together, and how they changed.

    "set" means the same words with different formatting. A moved block has two hunks: "moved" at its new
    position and "left" at its old one. `runs` are the words of prose, `rows` those of a table, `terms` the
    changed terms of a plan.
    """

    kind: HunkKind
    old: tuple[Block, ...]
    new: tuple[Block, ...]
    runs: tuple[WordRun, ...] = ()
    rows: tuple[RowChange, ...] = ()
    terms: tuple[Change, ...] = ()
    notes: tuple[Message, ...] = ()

    @property
    def block(self) -> Block:
        """The block that identifies the hunk: the first new one, or the first old one if it is gone."""
        return (self.new or self.old)[0]

    @property
    def is_change(self) -> bool:
        """True if the hunk counts as a change; a moved block counts once, at its new position."""
        return self.kind not in {"same", "left"}

    @cached_property
    def is_material(self) -> bool:
        """True if this hunk alone makes the diff material: a number, table cell, list item or plan term."""
        if self.kind in {"same", "set", "left"}:
            return False
        kinds = {block.kind for block in (*self.old, *self.new)}
        return (self.is_reworded or self.kind != "moved") and self._has_material_content(kinds)

    @property
    def is_reworded(self) -> bool:
        """True if the words or terms changed, wherever the block is."""
        has_changed_run = any(run.kept != "same" for run in self.runs)
        return has_changed_run or any(row.is_changed for row in self.rows) or bool(self.terms)

    def _has_material_content(self, kinds: set[str]) -> bool:
        if self.terms:
            return any(change.material for change in self.terms)
        if "plan" in kinds:
            return self.kind in {"new", "gone"} or any(run.kept != "same" for run in self.runs)
        if kinds & {"table", "item"} and self.kind not in {"split", "joined"}:
            return True
        return any(word.has_digit for run in self.runs if run.kept != "same" for word in run.words)

    @property
    def words_changed(self) -> int:
        """The number of words added or removed, replaced words counted once; 0 for a plan."""
        if self.block.kind == "plan":
            return 0
        all_runs = (*self.runs, *(run for row in self.rows for cell in row.cells for run in cell.runs))
        return max(
            sum(not word.is_space for run in all_runs if run.kept == kept for word in run.words)
            for kept in ("gone", "new")
        )


@dataclass(frozen=True)
class DocumentDiff:
    """All hunks of two texts; `by_word` is false if they were too long to be compared word by word."""

    hunks: tuple[Hunk, ...]
    by_word: bool

    @cached_property
    def changed(self) -> tuple[Hunk, ...]:
        """The hunks that count as changes."""
        return tuple(hunk for hunk in self.hunks if hunk.is_change)

    @cached_property
    def material(self) -> tuple[Hunk, ...]:
        """The hunks that alone make the diff material."""
        return tuple(hunk for hunk in self.changed if hunk.is_material)

    @property
    def kinds(self) -> dict[str, int]:
        """The number of changed hunks by kind of block, plans first."""
        counts = Counter(hunk.block.kind for hunk in self.changed)
        return dict(sorted(counts.items(), key=lambda item: (item[0] != "plan", item[0])))

    @cached_property
    def share(self) -> float:
        """The share of words that changed, 0 to 1, relative to the longer text."""
        sizes = [
            sum(_word_count(block) for hunk in self.hunks for block in blocks(hunk))
            for blocks in (_old_blocks, _new_blocks)
        ]
        return min(sum(hunk.words_changed for hunk in self.hunks) / max(*sizes, 1), 1.0)

    @property
    def is_material(self) -> bool:
        """True if votes on the old text are not valid for the new one."""
        return bool(self.material) or self.share * _MATERIAL_SHARE > 1


def _old_blocks(hunk: Hunk) -> tuple[Block, ...]:
    return () if hunk.kind == "left" else hunk.old


def _new_blocks(hunk: Hunk) -> tuple[Block, ...]:
    return hunk.new


def _word_count(block: Block) -> int:
    return sum(not word.is_space for word in block.words)


def diff_markdown(old: str, new: str, clock: Callable[[], float] = time.monotonic) -> DocumentDiff:
    """Compare two texts of a page."""
    return diff_blocks(blocks_of(old), blocks_of(new), clock)


def diff_blocks(
    old: Sequence[Block], new: Sequence[Block], clock: Callable[[], float] = time.monotonic
) -> DocumentDiff:
    """Compare the blocks of two pages; only block by block if there are too many words or too little time."""
    deadline = clock() + MAX_SECONDS
    alignment = align(old, new)
    is_short = sum(map(_word_count, old)) <= MAX_WORDS and sum(map(_word_count, new)) <= MAX_WORDS
    builder = _HunkBuilder(old, new, by_word=is_short)
    hunks = []
    for pair, is_moved in _in_order(old, new, alignment.pairs, alignment.moved):
        builder.by_word = builder.by_word and clock() < deadline
        hunks.append(builder.hunk(pair, is_moved=is_moved))
    return DocumentDiff(tuple(hunks), builder.by_word)


def _in_order(
    old: Sequence[Block], new: Sequence[Block], pairs: Sequence[Pair], moved: Sequence[Pair]
) -> Iterator[tuple[Pair, bool]]:
    """Yield every pair in reading order, with whether it was moved.

    A deleted block appears at its old position, a moved block at both its positions.
    """
    moved_by_new = {news[0]: (olds, news) for olds, news in moved}
    moved_olds = {olds[0] for olds, _ in moved}
    next_a = next_b = 0
    for olds, news in [*sorted(pairs), ((len(old),), (len(new),))]:
        for a in range(next_a, olds[0]):
            yield ((a,), ()), a in moved_olds
        for b in range(next_b, news[0]):
            yield moved_by_new.get(b, ((), (b,))), b in moved_by_new
        if olds[0] < len(old):
            yield (olds, news), False
        next_a, next_b = olds[-1] + 1, news[-1] + 1


class _HunkBuilder:
    """Builds the hunks of aligned blocks."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block], *, by_word: bool) -> None:
        self._old, self._new, self.by_word = old, new, by_word

    def hunk(self, pair: Pair, *, is_moved: bool) -> Hunk:
        """Return the hunk of a pair."""
        old = tuple(self._old[index] for index in pair[0])
        new = tuple(self._new[index] for index in pair[1])
        if not new and is_moved:
            return Hunk("left", old, ())
        if not new:
            return Hunk("gone", old, (), *_runs_and_rows(old[0], "gone"))
        if not old:
            return Hunk("new", (), new, *_runs_and_rows(new[0], "new"))
        if len(old) + len(new) > 2:  # noqa: PLR2004 - one became several, or several one
            kind: HunkKind = "split" if len(new) > 1 else "joined"
            return Hunk(kind, old, new, self._runs(_joined_words(old), _joined_words(new)))
        return self._hunk_of_block(old[0], new[0], is_moved=is_moved)

    def _hunk_of_block(self, old: Block, new: Block, *, is_moved: bool) -> Hunk:
        kind: HunkKind = "moved" if is_moved else "changed"
        if old.key == new.key:
            return Hunk(kind if is_moved else "same", (old,), (new,), *_runs_and_rows(new, "same"))
        if old.kind == new.kind == "plan" and (plans := _plans(old, new)):
            terms = tuple(diff(*plans))
            runs = self._runs(old.words, new.words)
            return Hunk(kind if terms or is_moved else "set", (old,), (new,), runs, (), terms)
        notes = formatting_changes(old, new) if old.is_prose and new.is_prose else ()
        if old.rows and new.rows and self.by_word:
            rows = table_changes(old, new)
            is_reformatted = not any(row.is_changed for row in rows)
            return Hunk("set" if is_reformatted and not is_moved else kind, (old,), (new,), (), rows)
        runs = self._runs(old.words, new.words)
        if not is_moved and all(run.kept == "same" for run in runs):
            kind = "set"
        return Hunk(kind, (old,), (new,), runs, (), (), notes)

    def _runs(self, old: Sequence[Word], new: Sequence[Word]) -> tuple[WordRun, ...]:
        if self.by_word:
            return diff_words(old, new)
        return (*single_run(old, "gone"), *single_run(new, "new"))


def _runs_and_rows(block: Block, kept: Presence) -> tuple[tuple[WordRun, ...], tuple[RowChange, ...]]:
    """Return the words, or the table rows, of a block that has no counterpart or is equal to it."""
    return ((), unchanged_table(block, kept)) if block.rows else (single_run(block.words, kept), ())


def _joined_words(blocks: Sequence[Block]) -> tuple[Word, ...]:
    """Return the words of several blocks, with a paragraph break between the blocks."""
    return tuple(word for block in blocks for word in (*block.words, Word("\n\n")))[:-1]


def _plans(old: Block, new: Block) -> tuple[Plan, Plan] | None:
    """Read two plans; None if either was written in an earlier version of the plan language."""
    try:
        return read_plan(old.text), read_plan(new.text)
    except PlanError:
        return None
