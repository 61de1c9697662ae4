"""Two texts that were written from one: what does not overlap is put together, the rest is asked about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from server.text.diff.align import lcs

MergeSide = Literal["both", "mine", "theirs", "asked"]
_ALONE = re.compile(r"\s*(?:[-*+]|\d+[.)])\s|\s*\||#{1,6}\s|\s*(?:[-*_]\s*){3,}$|\s*:")
"""Lines that stand for themselves: entries of lists, rows of tables, headings, rules, definitions."""
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MergePart:
    """A stretch of the text in lines: the same in both, changed by me, changed by them, or by both and asked about."""

    side: MergeSide
    base: Lines
    mine: Lines
    theirs: Lines

    def lines(self, choice: str = "mine") -> Lines:
        """Return what stands there; where it is asked about, by the choice: mine, theirs, both or base."""
        if self.side != "asked":
            return self.theirs if self.side == "theirs" else self.mine
        kept = {"theirs": self.theirs, "base": self.base, "both": (*self.mine, *self.theirs)}
        return kept.get(choice, self.mine)


def apply_choices(parts: Sequence[MergePart], choices: Sequence[str] = ()) -> str:
    """Return the whole text, with a choice for each part that is asked about, in order; mine where there is none."""
    left = iter(choices)
    return "\n".join(line for part in parts for line in part.lines(next(left, "mine") if part.side == "asked" else ""))


def split_blocks(text: str) -> list[str]:
    """Cut a page into paragraphs and single lines; joined by line ends they are the page again."""
    found: list[str] = []
    fence = ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        inside = bool(fence)
        if opened and not fence:
            fence = opened[1]
        elif opened and fence and opened[1].startswith(fence) and line.strip() == opened[1]:
            fence = ""
        joins = found and not inside and not opened and _flows(found[-1].rsplit("\n", 1)[-1]) and _flows(line)
        if joins and not _FENCE.match(found[-1]):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _flows(line: str) -> bool:
    return bool(line.strip()) and not _ALONE.match(line)


def merge(base: str | None, mine: str, theirs: str) -> list[MergePart]:
    """Put two texts together by what each changed of the one they come from (diff3).

    Where that one is not known, what both say stands for it: then all that either says is kept or asked about.
    """
    left, right = tuple(split_blocks(mine)), tuple(split_blocks(theirs))
    old = tuple(left[place] for place, _ in lcs(left, right)) if base is None else tuple(split_blocks(base))
    ours, others = dict(lcs(old, left)), dict(lcs(old, right))
    stable = [place for place in range(len(old)) if place in ours and place in others]
    parts: list[MergePart] = []
    start = (0, 0, 0)
    for place in [*stable, None]:
        end = (len(old), len(left), len(right)) if place is None else (place, ours[place], others[place])
        parts += _between(old[start[0] : end[0]], left[start[1] : end[1]], right[start[2] : end[2]])
        if place is not None:
            parts.append(_agreed([old[place]]))
            start = (place + 1, ours[place] + 1, others[place] + 1)
    return list(_joined(parts))


def _between(old: Lines, mine: Lines, theirs: Lines) -> list[MergePart]:
    if mine == theirs:
        return [MergePart("both", old, mine, theirs)] if mine or old else []
    if mine == old:
        return [MergePart("theirs", old, mine, theirs)]
    return [MergePart("mine" if theirs == old else "asked", old, mine, theirs)]


def _joined(parts: Sequence[MergePart]) -> Iterator[MergePart]:
    """Put neighbours that both agree on together."""
    waiting: list[str] = []
    for part in parts:
        if part.side == "both":
            waiting += part.mine
            continue
        if waiting:
            yield _agreed(waiting)
            waiting = []
        yield part
    if waiting:
        yield _agreed(waiting)


def _agreed(lines: Sequence[str]) -> MergePart:
    return MergePart("both", *[tuple(lines)] * 3)
