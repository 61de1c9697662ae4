"""A plan's text as a form: every value that stands in it as a field, and changed fields put back into the text.

Only the changed values are replaced, in their own places, so that comments, order and layout of the text stay.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.comp.language.declarations import Choices, Declaration, ListOf, Nested, Scalar, declarations_of
from server.comp.language.yaml_tree import Node, compose
from server.comp.plan import Plan
from server.messages import Message, message

_PLAIN = re.compile(r"[$€£¥]?[\w.%][\w $€£¥.%/×()+-]*", re.UNICODE)
_GROUPED = re.compile(r"[$€£¥]\d{1,3}(?:,\d{3})+(?:\.\d+)?(?: a \w+)?")
_RESERVED = frozenset({"null", "true", "false", "~"})
LONGEST = 300


@dataclass(frozen=True, slots=True)
class EditableValue:
    """One value of the text: the path to it, its label, what stands there, the choices if it is one of a few words."""

    path: str
    label: Message
    text: str
    choices: tuple[str, ...]
    doc: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ListedEntries:
    """A list inside a section: what it is called, the path of its last entry, and whether that may be taken out."""

    label: Message
    last: str
    can_leave: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Values that belong together: a level, a component, the release.

    `path` is that of a section that is an entry of a list, `can_leave` whether it is not the only one; `lists` are the
    lists that it has itself.
    """

    label: Message
    values: tuple[EditableValue, ...]
    path: str = ""
    can_leave: bool = False
    lists: tuple[ListedEntries, ...] = ()


def sections_of(text: str) -> list[Section]:
    """Return every value of a plan by section, in the order of the text; raises PlanError for what is not YAML."""
    root = compose(text)
    known = {found.key: found for found in declarations_of(Plan)}
    head: list[EditableValue] = []
    sections: list[Section] = []
    for key, node in root.entries or []:
        found = known.get(key.text or "")
        if found is None:
            continue
        if node.text is not None:
            head.append(_value(found, key.text or "", node))
        elif isinstance(found.type, ListOf):
            sections += _entries(found, found.type.of, node.items or [])
        else:
            values = tuple(_below(found, node, found.key))
            sections += [Section(found.label, values)] if values else []
    return [Section(message("Plan"), tuple(head)), *[section for section in sections if section.values]]


def _entries(found: Declaration, noun: Any, items: Sequence[Node]) -> Iterator[Section]:
    for place, item in enumerate(items):
        path = f"{found.key}/{place}"
        values = tuple(_inside(item, noun, path))
        yield Section(_named(found, item, place), values, path, len(items) > 1, tuple(_lists(item, noun, path)))


def _lists(item: Node, noun: Any, path: str) -> Iterator[ListedEntries]:
    """Give the lists that stand in an entry."""
    known = {found.key: found for found in declarations_of(noun)}
    for key, value in item.entries or []:
        if value.items and (found := known.get(key.text or "")):
            last = len(value.items) - 1
            yield ListedEntries(found.label, f"{path}/{key.text}/{last}", last > 0)


def _named(found: Declaration, item: Node, place: int) -> Message:
    entries = {key.text: value for key, value in item.entries or []}
    for name in ("name", "on", "amount"):
        if name in entries and entries[name].text:
            return message("{list}: {name}", list=found.label, name=entries[name].text or "")
    return message("{list}: {number}", list=found.label, number=place + 1)


def _inside(node: Node, noun: Any, path: str) -> Iterator[EditableValue]:
    """Give the values of a mapping that describes a noun; keys that the noun lets stand beside others count too."""
    known = {found.key: found for found in declarations_of(noun)}
    for key, value in node.entries or []:
        name = key.text or ""
        found = known.get(name) or Declaration(name, name, _FREE, message(name.capitalize()), "", None)
        yield from _below(found, value, f"{path}/{name}")


def _below(found: Declaration, node: Node, path: str) -> Iterator[EditableValue]:
    if node.text is not None:
        yield _value(found, path, node)
    elif node.items is not None:
        for place, item in enumerate(node.items):
            if isinstance(found.type, ListOf) and item.entries is not None:
                yield from _labelled(found, _inside(item, found.type.of, f"{path}/{place}"), place)
            else:
                yield from _labelled(found, _below(found, item, f"{path}/{place}"), place)
    elif isinstance(found.type, Nested):
        for value in _inside(node, found.type.of, path):
            yield EditableValue(
                value.path,
                message("{outer}: {inner}", outer=found.label, inner=value.label),
                value.text,
                value.choices,
                value.doc,
                value.span,
            )
    else:
        for key, value_node in node.entries or []:
            name = key.text or ""
            inner = Declaration(name, name, _FREE, message("{outer}: {inner}", outer=found.label, inner=name), "", None)
            yield from _below(inner, value_node, f"{path}/{name}")


def _labelled(found: Declaration, values: Iterator[EditableValue], place: int) -> Iterator[EditableValue]:
    for value in values:
        same = value.label == found.label
        label = (
            message("{outer} {number}", outer=found.label, number=place + 1)
            if same
            else message("{outer} {number}: {inner}", outer=found.label, number=place + 1, inner=value.label)
        )
        yield EditableValue(value.path, label, value.text, value.choices, value.doc, value.span)


_FREE = Scalar("text", str, "", lambda value, _: str(value), "")


def _value(found: Declaration, path: str, node: Node) -> EditableValue:
    kind = found.type.of if isinstance(found.type, Choices) else found.type
    choices = kind.choices if isinstance(kind, Scalar) else ()
    return EditableValue(
        path, found.label, node.text or "", tuple(choice for choice in choices if choice), found.doc, node.span
    )


def with_values(text: str, changed: Mapping[str, str]) -> str:
    """Return the text with some values replaced in their places; an empty or unknown one changes nothing."""
    every = [value for section in sections_of(text) for value in section.values]
    for value in sorted(every, key=lambda one: one.span, reverse=True):
        wanted = " ".join(changed.get(value.path, value.text).split())[:LONGEST]
        if wanted and wanted != value.text:
            start, end = value.span
            text = text[:start] + format_value(wanted) + text[end:]
    return text


def without_section(text: str, key: str) -> str:
    """Return the text without one of the plan's own terms, whole lines of it; raises PlanError for what is not YAML."""
    entries = compose(text).entries or []
    place = next((index for index, (name, _) in enumerate(entries) if name.text == key), None)
    if place is None:
        return text
    lines = text.splitlines(keepends=True)
    first = entries[place][0].line - 1
    last = entries[place + 1][0].line - 1 if place + 1 < len(entries) else len(lines)
    return "".join(lines[:first] + lines[last:])


def format_value(value: str) -> str:
    """Return a value as it can stand anywhere in YAML: as it is where that is safe, else in quotes."""
    plain = _PLAIN.fullmatch(value) or _GROUPED.fullmatch(value)
    if plain and value.casefold() not in _RESERVED and not value.endswith(" "):
        return value
    return json.dumps(value, ensure_ascii=False)
