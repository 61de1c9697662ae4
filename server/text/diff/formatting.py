"""Changes that are no words: what is set bold now, where a link leads, a heading that became a paragraph."""

from collections import Counter
from collections.abc import Sequence

from server.messages import Message, message
from server.text.blocks import Block
from server.text.tokens import Word

_KINDS = {
    "heading": message("a heading"),
    "paragraph": message("a paragraph"),
    "item": message("a list entry"),
    "quote": message("a quotation"),
    "definition": message("a definition"),
    "footnote": message("a footnote"),
}
_MARKS = {"strong": message("bold"), "em": message("italic"), "code": message("code"), "s": message("struck through")}


def formatting_changes(old: Block, new: Block) -> tuple[Message, ...]:
    """Say how a block is set otherwise than before."""
    found: list[Message] = []
    if old.kind != new.kind:
        found.append(message("It was {before}, now it is {after}.", before=_KINDS[old.kind], after=_KINDS[new.kind]))
    elif old.kind == "heading" and old.depth != new.depth:
        found.append(message("The heading is of level {level} now.", level=new.depth))
    elif old.kind == "item":
        found += _listing(old, new)
    for mark, name in _MARKS.items():
        before, after = _phrases(old.words, mark), _phrases(new.words, mark)
        found += [message("“{text}” is {set} now.", text=text, set=name) for text in after - before if text in old.text]
        found += [
            message("“{text}” is not {set} any more.", text=text, set=name)
            for text in before - after
            if text in new.text
        ]
    return (*found, *_links(old.words, new.words))


def _listing(old: Block, new: Block) -> list[Message]:
    found = []
    if old.depth != new.depth:
        deeper, higher = message("The entry stands deeper now."), message("The entry stands less deep now.")
        found.append(deeper if new.depth > old.depth else higher)
    if (old.list_index == "-") != (new.list_index == "-"):
        found.append(message("It has a bullet now.") if new.list_index == "-" else message("It has a number now."))
    elif old.list_index != new.list_index:
        found.append(message("The list counts from {number} now.", number=new.list_index.rstrip(".") or "1"))
    return found


def _phrases(words: Sequence[Word], mark: str) -> "Counter[str]":
    return Counter(text for text, _ in _stretches(words, mark))


def _stretches(words: Sequence[Word], mark: str) -> list[tuple[str, str]]:
    """Return the stretches of words that are set one way, or linked to one place, with that place."""
    found: list[tuple[str, str]] = []
    text, place = "", ""
    for word in (*words, Word("")):
        here = word.link if mark == "link" else mark if mark in word.marks else ""
        if here != place:
            if place:
                found.append((text, place))
            text, place = "", here
        text += word.text
    return found


def _links(old: Sequence[Word], new: Sequence[Word]) -> list[Message]:
    before, after = dict(_stretches(old, "link")), dict(_stretches(new, "link"))
    said = []
    for text, place in after.items():
        if text not in before and text in "".join(word.text for word in old):
            said.append(message("“{text}” is a link to {place} now.", text=text, place=place))
        elif text in before and before[text] != place:
            said.append(
                message("“{text}” leads to {place} now, before to {old}.", text=text, place=place, old=before[text])
            )
    return said + [
        message("“{text}” is no link any more.", text=text)
        for text in before
        if text not in after and text in "".join(word.text for word in new)
    ]
