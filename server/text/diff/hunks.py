"""Two texts of a page as pieces in reading order: what stayed, changed, moved, came and went."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from server.comp.analysis.diff import Change, diff
from server.comp.language.diagnostics import PlanError
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.messages import Message
from server.text.blocks import Block, blocks_of
from server.text.diff.align import Pair, align
from server.text.diff.formatting import formatting_changes
from server.text.diff.tables import RowChange, table_changes, unchanged_table
from server.text.diff.words import Presence, WordRun, diff_words, single_run
from server.text.tokens import Word

HunkKind = Literal["same", "changed", "set", "new", "gone", "moved", "left", "split", "joined"]
MAX_WORDS = 20_000
"""Pages of more words than this, or that take longer than the seconds below, are compared block by block only."""
MAX_SECONDS = 2.0
_MATERIAL_SHARE = 20
"""Over one word in so many, five percent, is a material change whatever the words are."""


@dataclass(frozen=True)
class Hunk:
    """Blocks that belong together, and what became of them.

    "set" is set otherwise, in the same words; a moved block stands as "moved" where it is now and as "left" where it
    was. `runs` are words, `rows` a table, `terms` a plan.
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
        """The block that says what this is: the new one, or what is gone."""
        return (self.new or self.old)[0]

    @property
    def is_change(self) -> bool:
        """Whether it counts as a change; a moved block counts once, where it is now."""
        return self.kind not in {"same", "left"}

    @cached_property
    def is_material(self) -> bool:
        """Whether it alone makes a change of the page material: a number, a cell, an entry of a list, a plan's term."""
        if self.kind in {"same", "set", "left"}:
            return False
        kinds = {block.kind for block in (*self.old, *self.new)}
        return (self.is_reworded or self.kind != "moved") and self._says_much(kinds)

    @property
    def is_reworded(self) -> bool:
        """Whether what it says is other than before, wherever it stands."""
        said = any(run.kept != "same" for run in self.runs) or any(row.is_changed for row in self.rows)
        return said or bool(self.terms)

    def _says_much(self, kinds: set[str]) -> bool:
        if self.terms:
            return any(change.material for change in self.terms)
        if "plan" in kinds:
            return self.kind in {"new", "gone"} or any(run.kept != "same" for run in self.runs)
        if kinds & {"table", "item"} and self.kind not in {"split", "joined"}:
            return True
        return any(word.has_digit for run in self.runs if run.kept != "same" for word in run.words)

    @property
    def words_changed(self) -> int:
        """How many words went or came, a word in another's place counted once; a plan's terms count for themselves."""
        if self.block.kind == "plan":
            return 0
        every = (*self.runs, *(run for row in self.rows for cell in row.cells for run in cell.runs))
        return max(
            sum(not word.is_space for run in every if run.kept == kept for word in run.words)
            for kept in ("gone", "new")
        )


@dataclass(frozen=True)
class DocumentDiff:
    """All pieces of two texts; `words` is false where they were too long to be compared by word."""

    hunks: tuple[Hunk, ...]
    by_word: bool

    @cached_property
    def changed(self) -> tuple[Hunk, ...]:
        """The pieces that count as changes."""
        return tuple(piece for piece in self.hunks if piece.is_change)

    @cached_property
    def material(self) -> tuple[Hunk, ...]:
        """The pieces that make the change material by themselves."""
        return tuple(piece for piece in self.changed if piece.is_material)

    @property
    def kinds(self) -> dict[str, int]:
        """How many changes there are to blocks of each kind, to plans first."""
        counted = Counter(piece.block.kind for piece in self.changed)
        return dict(sorted(counted.items(), key=lambda found: (found[0] != "plan", found[0])))

    @cached_property
    def share(self) -> float:
        """The share of the words that changed, 0 to 1, of the longer text."""
        sizes = [sum(_size(block) for piece in self.hunks for block in side(piece)) for side in (_olds, _news)]
        return min(sum(piece.words_changed for piece in self.hunks) / max(*sizes, 1), 1.0)

    @property
    def is_material(self) -> bool:
        """Whether votes given for the old text cannot stand for the new one."""
        return bool(self.material) or self.share * _MATERIAL_SHARE > 1


def _olds(piece: Hunk) -> tuple[Block, ...]:
    return () if piece.kind == "left" else piece.old


def _news(piece: Hunk) -> tuple[Block, ...]:
    return piece.new


def _size(block: Block) -> int:
    return sum(not word.is_space for word in block.words)


def diff_markdown(old: str, new: str, clock: Callable[[], float] = time.monotonic) -> DocumentDiff:
    """Compare two texts of a page."""
    return diff_blocks(blocks_of(old), blocks_of(new), clock)


def diff_blocks(
    old: Sequence[Block], new: Sequence[Block], clock: Callable[[], float] = time.monotonic
) -> DocumentDiff:
    """Compare the blocks of two pages; block by block only when there are too many words or too little time."""
    until = clock() + MAX_SECONDS
    found = align(old, new)
    writer = _Writer(old, new, sum(map(_size, old)) <= MAX_WORDS and sum(map(_size, new)) <= MAX_WORDS)
    pieces = []
    for pair in _in_order(old, new, found.pairs, found.moved):
        writer.by_word = writer.by_word and clock() < until
        pieces.append(writer.piece(*pair))
    return DocumentDiff(tuple(pieces), writer.by_word)


def _in_order(
    old: Sequence[Block], new: Sequence[Block], pairs: Sequence[Pair], moved: Sequence[Pair]
) -> Iterator[tuple[Pair, bool]]:
    """Return every block once in reading order; what is gone stands where it stood, a moved one at both its places."""
    came = {theirs[0]: pair for pair in moved for theirs in (pair[1],)}
    left = {ours[0]: pair for pair in moved for ours in (pair[0],)}
    a = b = 0
    for ours, theirs in [*sorted(pairs), ((len(old),), (len(new),))]:
        for place in range(a, ours[0]):
            yield ((place,), ()), place in left
        for place in range(b, theirs[0]):
            yield came.get(place, ((), (place,))), place in came
        if ours[0] < len(old):
            yield (ours, theirs), False
        a, b = ours[-1] + 1, theirs[-1] + 1


class _Writer:
    """Writes what became of blocks that belong together."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block], by_word: bool) -> None:  # noqa: FBT001
        self._old, self._new, self.by_word = old, new, by_word

    def piece(self, pair: Pair, moved: bool) -> Hunk:  # noqa: FBT001
        """Return the piece of a pair."""
        old = tuple(self._old[place] for place in pair[0])
        new = tuple(self._new[place] for place in pair[1])
        if not new:
            return Hunk("left", old, ()) if moved else Hunk("gone", old, (), *_alone(old[0], "gone"))
        if not old:
            return Hunk("new", (), new, *_alone(new[0], "new"))
        if len(old) + len(new) > 2:  # noqa: PLR2004 - one became several, or several one
            kind: HunkKind = "split" if len(new) > 1 else "joined"
            return Hunk(kind, old, new, self._runs(_flow(old), _flow(new)))
        return self._one(old[0], new[0], moved)

    def _one(self, old: Block, new: Block, moved: bool) -> Hunk:  # noqa: FBT001
        kind: HunkKind = "moved" if moved else "changed"
        if old.key == new.key:
            return Hunk(kind if moved else "same", (old,), (new,), *_alone(new, "same"))
        if old.kind == new.kind == "plan" and (plans := _plans(old, new)):
            terms = tuple(diff(*plans))
            return Hunk(kind if terms or moved else "set", (old,), (new,), self._runs(old.words, new.words), (), terms)
        notes = formatting_changes(old, new) if old.is_prose and new.is_prose else ()
        if old.rows and new.rows and self.by_word:
            rows = table_changes(old, new)
            is_set = not any(row.is_changed for row in rows)
            return Hunk("set" if is_set and not moved else kind, (old,), (new,), (), rows)
        found = self._runs(old.words, new.words)
        if not moved and all(run.kept == "same" for run in found):
            kind = "set"
        return Hunk(kind, (old,), (new,), found, (), (), notes)

    def _runs(self, old: Sequence[Word], new: Sequence[Word]) -> tuple[WordRun, ...]:
        if self.by_word:
            return diff_words(old, new)
        return (*single_run(old, "gone"), *single_run(new, "new"))


def _alone(block: Block, kept: Presence) -> tuple[tuple[WordRun, ...], tuple[RowChange, ...]]:
    """Return the words, or the rows, of a block that is not compared with another."""
    return ((), unchanged_table(block, kept)) if block.rows else (single_run(block.words, kept), ())


def _flow(blocks: Sequence[Block]) -> tuple[Word, ...]:
    """Return the words of blocks one after the other, with a sign of a new paragraph between."""
    return tuple(word for block in blocks for word in (*block.words, Word("\n\n")))[:-1]


def _plans(old: Block, new: Block) -> tuple[Plan, Plan] | None:
    """Read two plans; None when either was written in an earlier state of the language."""
    try:
        return read_plan(old.text), read_plan(new.text)
    except PlanError:
        return None
