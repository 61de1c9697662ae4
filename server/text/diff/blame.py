"""Blame: the version in which each block of a page was written or last changed."""

from collections.abc import Sequence

from server.text.blocks import Block
from server.text.diff.hunks import DocumentDiff, Hunk


def blame(diff: DocumentDiff, old_blame: Sequence[int], number: int) -> list[int]:
    """Return for each block of the new text the number of the version that wrote it or last changed it.

    `old_blame` is the blame of the old text, `number` the version of the new one. A block that was only moved
    or only formatted differently keeps its version.
    """
    indices = {id(block): index for index, block in enumerate(_old_blocks(diff))}
    return [
        old_blame[indices[id(hunk.old[0])]] if hunk.old and _is_unchanged(hunk) else number
        for hunk in diff.hunks
        for _ in hunk.new
    ]


def _old_blocks(diff: DocumentDiff) -> list[Block]:
    return [block for hunk in diff.hunks if hunk.kind != "moved" for block in hunk.old]


def _is_unchanged(hunk: Hunk) -> bool:
    if hunk.kind == "moved":
        return not hunk.words_changed and not hunk.terms
    return hunk.kind in {"same", "set"}
