"""Edits a block or some words of a page's markdown source, without touching anything else."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from server.text.anchors import TextRange
from server.text.blocks import Block, blocks_of

_PREFIX = re.compile(r"\s*(?:(?:[-*+]|\d+[.)]|>|#{1,6}|:)\s+)*")


def source_of(markdown: str, block: Block) -> str:
    """Return the source lines of a block."""
    return "\n".join(markdown.split("\n")[block.first_line - 1 : block.last_line])


def replace_source(markdown: str, block: Block, source: str) -> str:
    """Replace the source of a block; an empty source removes the block and the blank line below it."""
    lines = markdown.split("\n")
    new, after = source.split("\n"), lines[block.last_line :]
    if not source.strip():
        new, after = [], after[1:] if after and not after[0].strip() else after
    return "\n".join([*lines[: block.first_line - 1], *new, *after])


def replace_text(
    markdown: str,
    blocks: Sequence[Block],
    text_range: TextRange,
    replacement: str,
) -> str | None:
    """Return the source with the text of a range replaced; None if its formatting requires an edit by hand.

    Only the words that differ are replaced, so that the others keep their formatting. The result is parsed
    again to check it: the block has the new text and its former kind, and all other blocks are unchanged.
    """
    block = blocks[text_range.block]
    source, text = source_of(markdown, block), block.text
    is_whole_block = text_range.start == 0 and text_range.end == len(text)
    if is_whole_block and block.rows:
        return None
    new_text = text[: text_range.start] + replacement + text[text_range.end :]
    attempts = [
        _replace_differences(source, text, text_range, replacement),
        _replace_range(source, text, text_range, replacement),
    ]
    if is_whole_block:
        attempts.append(_replace_block(source, replacement))
    for new_source in attempts:
        if new_source is not None:
            changed = replace_source(markdown, block, new_source)
            if _is_expected(blocks, blocks_of(changed), text_range.block, new_text):
                return changed
    return None


def _is_expected(old: Sequence[Block], new: Sequence[Block], number: int, text: str) -> bool:
    """Return whether only this block changed: it has the text, or is gone if the text is empty."""
    after = old[number + 1 :]
    if [block.key for block in new[:number]] != [block.key for block in old[:number]]:
        return False
    if not text.strip():
        return [_kind_and_text(block) for block in new[number:]] == [_kind_and_text(block) for block in after]
    if len(new) != len(old) or [block.key for block in new[number + 1 :]] != [block.key for block in after]:
        return False
    block = new[number]
    same = (block.kind, block.depth, len(block.rows)) == (
        old[number].kind,
        old[number].depth,
        len(old[number].rows),
    )
    return same and _as_typed(block.text) == _as_typed(text)


def _kind_and_text(block: Block) -> tuple[str, str]:
    return block.kind, block.text


_TYPESET = str.maketrans(
    {
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "–": "-",
        "—": "-",
        "…": ".",
        "×": "x",
    }
)


def _as_typed(text: str) -> str:
    """Return a text with typographic signs as they are typed, and repeated spaces, dashes and dots as one."""
    return re.sub(r"([-.])\1+", r"\1", " ".join(text.translate(_TYPESET).split()))


def _replace_differences(source: str, text: str, text_range: TextRange, replacement: str) -> str | None:
    """Replace only the words that differ, one run after the other, from the end."""
    result: str | None = source if replacement.strip() else None
    differences = _differences(text[text_range.start : text_range.end], replacement) if result else []
    for start, end, words in differences:
        part = TextRange(text_range.block, text_range.start + start, text_range.start + end)
        result = _replace_range(result, text, part, words) if result is not None else None
        text = text[: part.start] + words + text[part.end :]
    return result


def _differences(old: str, new: str) -> list[tuple[int, int, str]]:
    """Return the runs of words that differ, last first, each with start, end and new words.

    Empty if there is no old word.

    If words are only inserted or deleted, the word before them, or else after them, is included to mark the
    position.
    """
    old_words, new_words = list(re.finditer(r"\S+", old)), new.split()
    old_texts = [word[0] for word in old_words]
    differences = []
    matcher = SequenceMatcher(None, old_texts, new_words, autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        before = int(tag != "replace" and first > 0)
        after = int(tag != "replace" and not before and last < len(old_words))
        run = old_words[first - before : last + after]
        if not run:
            return []
        differences.append((run[0].start(), run[-1].end(), " ".join(new_words[start - before : end + after])))
    return differences[::-1]


def _replace_block(source: str, replacement: str) -> str:
    """Replace all of a block but its prefix, such as the marker of a heading or list item."""
    prefix = _PREFIX.match(source)
    return (prefix[0] if prefix else "") + " ".join(replacement.split())


def _replace_range(source: str, text: str, text_range: TextRange, replacement: str) -> str | None:
    """Replace the words of a range; None unless they occur as often in the source as in the text."""
    words = text[text_range.start : text_range.end].split()
    pattern = re.compile(r"\s+".join(map(re.escape, words)))
    text_starts = [match.start() for match in pattern.finditer(text)]
    source_matches = list(pattern.finditer(source))
    if not words or len(text_starts) != len(source_matches) or text_range.start not in text_starts:
        return None
    match = source_matches[text_starts.index(text_range.start)]
    return source[: match.start()] + " ".join(replacement.split()) + source[match.end() :]
