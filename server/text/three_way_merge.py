"""Three-way merge of two texts with a common base: changes that overlap are conflicts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from server.text.diff.align import lcs

MergeSide = Literal["both", "mine", "theirs", "conflict"]
_SINGLE_LINE = re.compile(r"\s*(?:[-*+]|\d+[.)])\s|\s*\||#{1,6}\s|\s*(?:[-*_]\s*){3,}$|\s*:")
"""Lines that are not joined into a paragraph: list items, table rows, headings, rules and definitions."""
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergePart:
    """A part of the merged text, in lines.

    `side` is "both" where the texts agree, "mine" or "theirs" where only one changed, and "conflict" where both did.
    """

    side: MergeSide
    base: Lines
    mine: Lines
    theirs: Lines

    def lines(self, choice: str = "mine") -> Lines:
        """Return the lines of this part; a conflict is resolved by the choice: mine, theirs, both or base."""
        if self.side != "conflict":
            return self.theirs if self.side == "theirs" else self.mine
        resolutions = {"theirs": self.theirs, "base": self.base, "both": (*self.mine, *self.theirs)}
        return resolutions.get(choice, self.mine)


def apply_choices(parts: Sequence[MergePart], choices: Sequence[str] = ()) -> str:
    """Return the merged text; `choices` resolve the conflicts in order, and a missing choice means "mine"."""
    remaining = iter(choices)
    return "\n".join(
        line for part in parts for line in part.lines(next(remaining, "mine") if part.side == "conflict" else "")
    )


def split_blocks(text: str) -> list[str]:
    """Split a page into paragraphs and single lines; joined by line feeds they are the page again."""
    blocks: list[str] = []
    fence = ""
    for line in text.split("\n"):
        fence_match = _FENCE.match(line)
        in_fence = bool(fence)
        if fence_match and not fence:
            fence = fence_match[1]
        elif fence_match and fence and fence_match[1].startswith(fence) and line.strip() == fence_match[1]:
            fence = ""
        continues = (
            blocks
            and not in_fence
            and not fence_match
            and _is_paragraph(blocks[-1].rsplit("\n", 1)[-1])
            and _is_paragraph(line)
        )
        if continues and not _FENCE.match(blocks[-1]):
            blocks[-1] += f"\n{line}"
        else:
            blocks.append(line)
    return blocks


def _is_paragraph(line: str) -> bool:
    return bool(line.strip()) and not _SINGLE_LINE.match(line)


def merge(base: str | None, mine: str, theirs: str) -> list[MergePart]:
    """Merge two texts by what each changed of their base (diff3).

    If the base is unknown, the lines that both texts share take its place; all other lines are kept or are
    conflicts.
    """
    left, right = tuple(split_blocks(mine)), tuple(split_blocks(theirs))
    old = tuple(left[index] for index, _ in lcs(left, right)) if base is None else tuple(split_blocks(base))
    in_left, in_right = dict(lcs(old, left)), dict(lcs(old, right))
    stable = [index for index in range(len(old)) if index in in_left and index in in_right]
    parts: list[MergePart] = []
    start = (0, 0, 0)
    for index in [*stable, None]:
        end = (len(old), len(left), len(right)) if index is None else (index, in_left[index], in_right[index])
        parts += _changed_part(old[start[0] : end[0]], left[start[1] : end[1]], right[start[2] : end[2]])
        if index is not None:
            parts.append(_unchanged_part([old[index]]))
            start = (index + 1, in_left[index] + 1, in_right[index] + 1)
    return list(_join_unchanged(parts))


def _changed_part(old: Lines, mine: Lines, theirs: Lines) -> list[MergePart]:
    if mine == theirs:
        return [MergePart("both", old, mine, theirs)] if mine or old else []
    if mine == old:
        return [MergePart("theirs", old, mine, theirs)]
    return [MergePart("mine" if theirs == old else "conflict", old, mine, theirs)]


def _join_unchanged(parts: Sequence[MergePart]) -> Iterator[MergePart]:
    """Join neighbouring parts on which both texts agree."""
    pending: list[str] = []
    for part in parts:
        if part.side == "both":
            pending += part.mine
            continue
        if pending:
            yield _unchanged_part(pending)
            pending = []
        yield part
    if pending:
        yield _unchanged_part(pending)


def _unchanged_part(lines: Sequence[str]) -> MergePart:
    return MergePart("both", *[tuple(lines)] * 3)
