"""A plan's text as a form: every value that stands in it as a field, and changed fields put back into the text.

Only the changed values are replaced, in their own places, so that comments, order and layout of the text stay.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.comp.language.declarations import Many, One, Scalar, Several, Term, terms_of
from server.comp.language.yaml_tree import Node, compose
from server.comp.plan import Plan
from server.messages import Sentence, say

_PLAIN = re.compile(r"[$€£¥]?[\w.%][\w $€£¥.%/×()+-]*", re.UNICODE)
_GROUPED = re.compile(r"[$€£¥]\d{1,3}(?:,\d{3})+(?:\.\d+)?(?: a \w+)?")
_RESERVED = frozenset({"null", "true", "false", "~"})
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the text: the path to it, its label, what stands there, the choices if it is one of a few words."""

    path: str
    label: Sentence
    text: str
    choices: tuple[str, ...]
    doc: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list inside a section: what it is called, the path of its last entry, and whether that may be taken out."""

    label: Sentence
    last: str
    can_leave: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Values that belong together: a level, a component, the release.

    `path` is that of a section that is an entry of a list, `can_leave` whether it is not the only one; `lists` are the
    lists that it has itself.
    """

    label: Sentence
    values: tuple[Value, ...]
    path: str = ""
    can_leave: bool = False
    lists: tuple[Listed, ...] = ()


def sections_of(text: str) -> list[Section]:
    """Return every value of a plan by section, in the order of the text; raises PlanError for what is not YAML."""
    root = compose(text)
    known = {found.key: found for found in terms_of(Plan)}
    head: list[Value] = []
    sections: list[Section] = []
    for key, node in root.entries or []:
        found = known.get(key.text or "")
        if found is None:
            continue
        if node.text is not None:
            head.append(_value(found, key.text or "", node))
        elif isinstance(found.kind, Many):
            sections += _entries(found, found.kind.of, node.items or [])
        else:
            values = tuple(_below(found, node, found.key))
            sections += [Section(found.label, values)] if values else []
    return [Section(say("Plan"), tuple(head)), *[section for section in sections if section.values]]


def _entries(found: Term, noun: Any, items: Sequence[Node]) -> Iterator[Section]:
    for place, item in enumerate(items):
        path = f"{found.key}/{place}"
        values = tuple(_inside(item, noun, path))
        yield Section(_named(found, item, place), values, path, len(items) > 1, tuple(_lists(item, noun, path)))


def _lists(item: Node, noun: Any, path: str) -> Iterator[Listed]:
    """Give the lists that stand in an entry."""
    known = {found.key: found for found in terms_of(noun)}
    for key, value in item.entries or []:
        if value.items and (found := known.get(key.text or "")):
            last = len(value.items) - 1
            yield Listed(found.label, f"{path}/{key.text}/{last}", last > 0)


def _named(found: Term, item: Node, place: int) -> Sentence:
    entries = {key.text: value for key, value in item.entries or []}
    for name in ("name", "on", "amount"):
        if name in entries and entries[name].text:
            return say("{list}: {name}", list=found.label, name=entries[name].text or "")
    return say("{list}: {number}", list=found.label, number=place + 1)


def _inside(node: Node, noun: Any, path: str) -> Iterator[Value]:
    """Give the values of a mapping that describes a noun; keys that the noun lets stand beside others count too."""
    known = {found.key: found for found in terms_of(noun)}
    for key, value in node.entries or []:
        name = key.text or ""
        found = known.get(name) or Term(name, name, _FREE, say(name.capitalize()), "", None)
        yield from _below(found, value, f"{path}/{name}")


def _below(found: Term, node: Node, path: str) -> Iterator[Value]:
    if node.text is not None:
        yield _value(found, path, node)
    elif node.items is not None:
        for place, item in enumerate(node.items):
            if isinstance(found.kind, Many) and item.entries is not None:
                yield from _labelled(found, _inside(item, found.kind.of, f"{path}/{place}"), place)
            else:
                yield from _labelled(found, _below(found, item, f"{path}/{place}"), place)
    elif isinstance(found.kind, One):
        for value in _inside(node, found.kind.of, path):
            yield Value(
                value.path,
                say("{outer}: {inner}", outer=found.label, inner=value.label),
                value.text,
                value.choices,
                value.doc,
                value.span,
            )
    else:
        for key, value_node in node.entries or []:
            name = key.text or ""
            inner = Term(name, name, _FREE, say("{outer}: {inner}", outer=found.label, inner=name), "", None)
            yield from _below(inner, value_node, f"{path}/{name}")


def _labelled(found: Term, values: Iterator[Value], place: int) -> Iterator[Value]:
    for value in values:
        same = value.label == found.label
        label = (
            say("{outer} {number}", outer=found.label, number=place + 1)
            if same
            else say("{outer} {number}: {inner}", outer=found.label, number=place + 1, inner=value.label)
        )
        yield Value(value.path, label, value.text, value.choices, value.doc, value.span)


_FREE = Scalar("text", str, "", lambda value, _: str(value), "")


def _value(found: Term, path: str, node: Node) -> Value:
    kind = found.kind.of if isinstance(found.kind, Several) else found.kind
    choices = kind.choices if isinstance(kind, Scalar) else ()
    return Value(
        path, found.label, node.text or "", tuple(choice for choice in choices if choice), found.doc, node.span
    )


def with_values(text: str, changed: Mapping[str, str]) -> str:
    """Return the text with some values replaced in their places; an empty or unknown one changes nothing."""
    every = [value for section in sections_of(text) for value in section.values]
    for value in sorted(every, key=lambda one: one.span, reverse=True):
        wanted = " ".join(changed.get(value.path, value.text).split())[:LONGEST]
        if wanted and wanted != value.text:
            start, end = value.span
            text = text[:start] + written(wanted) + text[end:]
    return text


def without(text: str, key: str) -> str:
    """Return the text without one of the plan's own terms, whole lines of it; raises PlanError for what is not YAML."""
    entries = compose(text).entries or []
    place = next((index for index, (name, _) in enumerate(entries) if name.text == key), None)
    if place is None:
        return text
    lines = text.splitlines(keepends=True)
    first = entries[place][0].line - 1
    last = entries[place + 1][0].line - 1 if place + 1 < len(entries) else len(lines)
    return "".join(lines[:first] + lines[last:])


def written(value: str) -> str:
    """Return a value as it can stand anywhere in YAML: as it is where that is safe, else in quotes."""
    plain = _PLAIN.fullmatch(value) or _GROUPED.fullmatch(value)
    if plain and value.casefold() not in _RESERVED and not value.endswith(" "):
        return value
    return json.dumps(value, ensure_ascii=False)
