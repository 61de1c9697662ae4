"""Formatting changes: bold or italic text, link targets, a heading that became a paragraph."""

from collections import Counter
from collections.abc import Sequence

from server.messages import Message, message
from server.text.blocks import Block
from server.text.tokens import Word

_KINDS = {
    "heading": message("a heading"),
    "paragraph": message("a paragraph"),
    "item": message("a list item"),
    "quote": message("a quotation"),
    "definition": message("a definition"),
    "footnote": message("a footnote"),
}
_MARKS = {
    "strong": message("bold"),
    "em": message("italic"),
    "code": message("code"),
    "s": message("struck through"),
}


def formatting_changes(old: Block, new: Block) -> tuple[Message, ...]:
    """Return one message for each change of a block's formatting."""
    changes: list[Message] = []
    if old.kind != new.kind:
        kinds = {"before": _KINDS[old.kind], "after": _KINDS[new.kind]}
        changes.append(message("Changed from {before} to {after}.", **kinds))
    elif old.kind == "heading" and old.depth != new.depth:
        changes.append(message("This is now a level {level} heading.", level=new.depth))
    elif old.kind == "item":
        changes += _list_changes(old, new)
    for mark, name in _MARKS.items():
        before, after = _marked_texts(old.words, mark), _marked_texts(new.words, mark)
        added = [text for text in after - before if text in old.text]
        removed = [text for text in before - after if text in new.text]
        changes += [message("“{text}” is now {set}.", text=text, set=name) for text in added]
        changes += [message("“{text}” is no longer {set}.", text=text, set=name) for text in removed]
    return (*changes, *_link_changes(old.words, new.words))


def _list_changes(old: Block, new: Block) -> list[Message]:
    changes = []
    if old.depth != new.depth:
        deeper = message("This list item is now nested deeper.")
        shallower = message("This list item is now nested less deeply.")
        changes.append(deeper if new.depth > old.depth else shallower)
    if (old.list_index == "-") != (new.list_index == "-"):
        bullet = message("This list item now has a bullet.")
        number = message("This list item now has a number.")
        changes.append(bullet if new.list_index == "-" else number)
    elif old.list_index != new.list_index:
        changes.append(message("The list now starts at {number}.", number=new.list_index.rstrip(".") or "1"))
    return changes


def _marked_texts(words: Sequence[Word], mark: str) -> "Counter[str]":
    return Counter(text for text, _ in _marked_runs(words, mark))


def _marked_runs(words: Sequence[Word], mark: str) -> list[tuple[str, str]]:
    """Return the texts that have a mark, or one link, each with the mark or the link's target."""
    runs: list[tuple[str, str]] = []
    text, target = "", ""
    for word in (*words, Word("")):
        word_target = word.link if mark == "link" else mark if mark in word.marks else ""
        if word_target != target:
            if target:
                runs.append((text, target))
            text, target = "", word_target
        text += word.text
    return runs


def _link_changes(old: Sequence[Word], new: Sequence[Word]) -> list[Message]:
    before, after = dict(_marked_runs(old, "link")), dict(_marked_runs(new, "link"))
    changes = []
    for text, target in after.items():
        if text not in before and text in "".join(word.text for word in old):
            changes.append(message("“{text}” now links to {place}.", text=text, place=target))
        elif text in before and before[text] != target:
            changes.append(
                message(
                    "“{text}” now links to {place} instead of {old}.",
                    text=text,
                    place=target,
                    old=before[text],
                )
            )
    return changes + [
        message("“{text}” is no longer a link.", text=text)
        for text in before
        if text not in after and text in "".join(word.text for word in new)
    ]
