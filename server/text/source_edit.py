"""Putting other words in the place of some words of a page's source, without touching anything else of it."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from server.text.anchors import TextRange
from server.text.blocks import Block, blocks_of

_SIGN = re.compile(r"\s*(?:(?:[-*+]|\d+[.)]|>|#{1,6}|:)\s+)*")


def source_of(markdown: str, block: Block) -> str:
    """Return the lines of a block as they stand in the page's source."""
    return "\n".join(markdown.split("\n")[block.first_line - 1 : block.last_line])


def replace_source(markdown: str, block: Block, source: str) -> str:
    """Return a page with other lines in the place of a block's; without any, the block and the space under it go."""
    lines = markdown.split("\n")
    new, after = source.split("\n"), lines[block.last_line :]
    if not source.strip():
        new, after = [], after[1:] if after and not after[0].strip() else after
    return "\n".join([*lines[: block.first_line - 1], *new, *after])


def replace_text(markdown: str, blocks: Sequence[Block], spot: TextRange, wanted: str) -> str | None:
    """Return the source with other words at a mark; None where its words are set in a way that must be done by hand.

    Only the words that differ are replaced, so that the others stay as they are set. The result is read again: the
    block says what is wanted and is what it was, and everything else is the same.
    """
    block = blocks[spot.block]
    source, text = source_of(markdown, block), block.text
    is_whole = spot.start == 0 and spot.end == len(text)
    if is_whole and block.rows:
        return None
    said = text[: spot.start] + wanted + text[spot.end :]
    tries = [_stepwise(source, text, spot, wanted), _some(source, text, spot, wanted)]
    if is_whole:
        tries.append(_whole(source, wanted))
    for found in tries:
        if found is not None:
            changed = replace_source(markdown, block, found)
            if _is_as_wanted(blocks, blocks_of(changed), spot.block, said):
                return changed
    return None


def _is_as_wanted(old: Sequence[Block], new: Sequence[Block], number: int, said: str) -> bool:
    after = old[number + 1 :]
    if [block.key for block in new[:number]] != [block.key for block in old[:number]]:
        return False
    if not said.strip():  # the whole part is left out
        return [_kind(block) for block in new[number:]] == [_kind(block) for block in after]
    if len(new) != len(old) or [block.key for block in new[number + 1 :]] != [block.key for block in after]:
        return False
    mine = new[number]
    same = (mine.kind, mine.depth, len(mine.rows)) == (old[number].kind, old[number].depth, len(old[number].rows))
    return same and _plainly(mine.text) == _plainly(said)


def _kind(block: Block) -> tuple[str, str]:
    return block.kind, block.text


_TYPESET = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": ".", "×": "x"})


def _plainly(text: str) -> str:
    """Return words as they are typed, whatever signs they are set with, spaces and repeated signs as one."""
    return re.sub(r"([-.])\1+", r"\1", " ".join(text.translate(_TYPESET).split()))


def _stepwise(source: str, text: str, spot: TextRange, wanted: str) -> str | None:
    """Put the words that differ into the source, one stretch after the other from the end on."""
    found: str | None = source if wanted.strip() else None
    for start, end, words in _differing(text[spot.start : spot.end], wanted) if found else ():
        place = TextRange(spot.block, spot.start + start, spot.start + end)
        found = _some(found, text, place, words) if found is not None else None
        text = text[: place.start] + words + text[place.end :]
    return found


def _differing(old: str, new: str) -> list[tuple[int, int, str]]:
    """Return the stretches of a text that are to be others, from its end on: where they are, and the other words.

    Where words only come or go, the one before them, or else after them, goes along and marks the place.
    """
    before, after = list(re.finditer(r"\S+", old)), new.split()
    said = [word[0] for word in before]
    found = []
    for kind, *places in SequenceMatcher(None, said, after, autojunk=False).get_opcodes():
        first, last, start, end = places
        if kind == "equal":
            continue
        ahead = int(kind != "replace" and first > 0)
        behind = int(kind != "replace" and not ahead and last < len(before))
        stretch = before[first - ahead : last + behind]
        if not stretch:
            return []
        found.append((stretch[0].start(), stretch[-1].end(), " ".join(after[start - ahead : end + behind])))
    return found[::-1]


def _whole(source: str, wanted: str) -> str:
    """Keep what a block begins with, as the sign of a heading or of an entry of a list."""
    sign = _SIGN.match(source)
    return (sign[0] if sign else "") + " ".join(wanted.split())


def _some(source: str, text: str, spot: TextRange, wanted: str) -> str | None:
    """Put the words in the place of the same ones: as many of them stand before in the text as in the source."""
    words = text[spot.start : spot.end].split()
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    in_text = [found.start() for found in pattern.finditer(text)]
    in_source = list(pattern.finditer(source))
    if not words or len(in_text) != len(in_source) or spot.start not in in_text:
        return None
    place = in_source[in_text.index(spot.start)]
    return source[: place.start()] + " ".join(wanted.split()) + source[place.end() :]
