"""A plan's text as a form: its values as fields, and changed fields written back to the text.

Only changed values are replaced, so that comments, order and layout of the text stay.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    """A value of the text: its path, label, text, choices if it has any, and its span in the text."""

    path: str
    label: Message
    text: str
    choices: tuple[str, ...]
    doc: str
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class ListedEntries:
    """A list inside a section: its label, the path of its last entry, and whether that can be removed."""

    label: Message
    last: str
    can_leave: bool


@dataclass(frozen=True, slots=True)
class Section:
    """Values that belong together: a level, a component, the release.

    A section that is an entry of a list has a `path`; `can_leave` is true if it can be removed. `lists` are
    the lists inside the section.
    """

    label: Message
    values: tuple[EditableValue, ...]
    path: str = ""
    can_leave: bool = False
    lists: tuple[ListedEntries, ...] = ()


def sections_of(text: str) -> list[Section]:
    """Return every value of a plan by section, in text order; raises PlanError if it is not YAML."""
    root = compose(text)
    declarations = {declaration.key: declaration for declaration in declarations_of(Plan)}
    plan_values: list[EditableValue] = []
    sections: list[Section] = []
    for key, node in root.entries or []:
        declaration = declarations.get(key.text or "")
        if declaration is None:
            continue
        if node.text is not None:
            plan_values.append(_value(declaration, key.text or "", node))
        elif isinstance(declaration.type, ListOf):
            sections += _entry_sections(declaration, declaration.type.of, node.items or [])
        else:
            sections.append(Section(declaration.label, tuple(_values(declaration, node, declaration.key))))
    return [
        Section(message("Plan"), tuple(plan_values)),
        *[section for section in sections if section.values],
    ]


def _entry_sections(declaration: Declaration, entry_type: Any, items: Sequence[Node]) -> Iterator[Section]:
    """Yield a section for each entry of a list."""
    for index, item in enumerate(items):
        path = f"{declaration.key}/{index}"
        yield Section(
            _entry_label(declaration, item, index),
            tuple(_values_of_mapping(item, entry_type, path)),
            path,
            can_leave=len(items) > 1,
            lists=tuple(_lists(item, entry_type, path)),
        )


def _lists(entry: Node, entry_type: Any, path: str) -> Iterator[ListedEntries]:
    """Yield the lists inside an entry."""
    declarations = {declaration.key: declaration for declaration in declarations_of(entry_type)}
    for key, value in entry.entries or []:
        if value.items and (declaration := declarations.get(key.text or "")):
            last = len(value.items) - 1
            yield ListedEntries(declaration.label, f"{path}/{key.text}/{last}", can_leave=last > 0)


def _entry_label(declaration: Declaration, entry: Node, index: int) -> Message:
    values = {key.text: value for key, value in entry.entries or []}
    for name in ("name", "on", "amount"):
        if name in values and values[name].text:
            return message("{list}: {name}", list=declaration.label, name=values[name].text or "")
    return message("{list}: {number}", list=declaration.label, number=index + 1)


def _values_of_mapping(node: Node, declared_type: Any, path: str) -> Iterator[EditableValue]:
    """Yield the values of a mapping; keys without their own declaration, such as measures, are plain text."""
    declarations = {declaration.key: declaration for declaration in declarations_of(declared_type)}
    for key, value in node.entries or []:
        name = key.text or ""
        declaration = declarations.get(name) or _plain_text(name, message(name.capitalize()))
        yield from _values(declaration, value, f"{path}/{name}")


def _values(declaration: Declaration, node: Node, path: str) -> Iterator[EditableValue]:
    """Yield the values of a node and everything below it."""
    if node.text is not None:
        yield _value(declaration, path, node)
    elif node.items is not None:
        for index, item in enumerate(node.items):
            if isinstance(declaration.type, ListOf) and item.entries is not None:
                values = _values_of_mapping(item, declaration.type.of, f"{path}/{index}")
            else:
                values = _values(declaration, item, f"{path}/{index}")
            yield from _numbered(declaration, values, index + 1)
    elif isinstance(declaration.type, Nested):
        for value in _values_of_mapping(node, declaration.type.of, path):
            yield replace(
                value,
                label=message("{outer}: {inner}", outer=declaration.label, inner=value.label),
            )
    else:
        for key, value_node in node.entries or []:
            name = key.text or ""
            label = message("{outer}: {inner}", outer=declaration.label, inner=name)
            yield from _values(_plain_text(name, label), value_node, f"{path}/{name}")


def _numbered(
    declaration: Declaration,
    values: Iterator[EditableValue],
    number: int,
) -> Iterator[EditableValue]:
    """Yield the values of a list's entry with its number in their labels."""
    for value in values:
        if value.label == declaration.label:
            label = message("{outer} {number}", outer=declaration.label, number=number)
        else:
            label = message(
                "{outer} {number}: {inner}",
                outer=declaration.label,
                number=number,
                inner=value.label,
            )
        yield replace(value, label=label)


_TEXT = Scalar("text", str, "", lambda value, _: str(value), "")


def _plain_text(name: str, label: Message) -> Declaration:
    return Declaration(name, name, _TEXT, label, "", None)


def _value(declaration: Declaration, path: str, node: Node) -> EditableValue:
    term_type = declaration.type.of if isinstance(declaration.type, Choices) else declaration.type
    choices = term_type.choices if isinstance(term_type, Scalar) else ()
    return EditableValue(
        path,
        declaration.label,
        node.text or "",
        tuple(choice for choice in choices if choice),
        declaration.doc,
        node.span,
    )


def with_values(text: str, changed: Mapping[str, str]) -> str:
    """Return the text with the values at some paths replaced; empty or unknown ones paths change nothing."""
    values = [value for section in sections_of(text) for value in section.values]
    for value in sorted(values, key=lambda value: value.span, reverse=True):
        new_text = " ".join(changed.get(value.path, value.text).split())[:LONGEST]
        if new_text and new_text != value.text:
            start, end = value.span
            text = text[:start] + format_value(new_text) + text[end:]
    return text


def without_section(text: str, key: str) -> str:
    """Return the text without one of the plan's top-level terms; raises PlanError if it is not YAML."""
    entries = compose(text).entries or []
    index = next((index for index, (name, _) in enumerate(entries) if name.text == key), None)
    if index is None:
        return text
    lines = text.splitlines(keepends=True)
    start = entries[index][0].line - 1
    end = entries[index + 1][0].line - 1 if index + 1 < len(entries) else len(lines)
    return "".join(lines[:start] + lines[end:])


def format_value(value: str) -> str:
    """Return a value as it can be written anywhere in YAML: unchanged if that is safe, else quoted."""
    plain = _PLAIN.fullmatch(value) or _GROUPED.fullmatch(value)
    if plain and value.casefold() not in _RESERVED and not value.endswith(" "):
        return value
    return json.dumps(value, ensure_ascii=False)
