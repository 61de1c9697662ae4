"""Where each block of a page comes from: the version that said it last as it stands there now."""

from collections.abc import Sequence

from server.text.blocks import Block
from server.text.diff.hunks import DocumentDiff, Hunk


def blame(found: DocumentDiff, before: Sequence[int], number: int) -> list[int]:
    """Return for each block of the new text the version that wrote it, or changed it last.

    `before` are the same for the old text. A block that only moved, or is only set otherwise, keeps its version.
    """
    places = {id(block): place for place, block in enumerate(_olds(found))}
    return [
        before[places[id(piece.old[0])]] if piece.old and _is_untouched(piece) else number
        for piece in found.hunks
        for _ in piece.new
    ]


def _olds(found: DocumentDiff) -> list[Block]:
    return [block for piece in found.hunks if piece.kind != "moved" for block in piece.old]


def _is_untouched(piece: Hunk) -> bool:
    if piece.kind == "moved":
        return not piece.words_changed and not piece.terms
    return piece.kind in {"same", "set"}
