"""Copying and removing entries of a plan's lists, and adding sections, in its text."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.comp.language.yaml_tree import Node, compose

FEWEST = 1
"""The least number of entries of a list; to empty it, remove its whole section."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a list, by its index."""

    list: Node
    index: int

    @property
    def node(self) -> Node:
        """The node of the entry."""
        return self.siblings[self.index]

    @property
    def siblings(self) -> Sequence[Node]:
        """All entries of the list."""
        return self.list.items or []


def _find_entry(text: str, path: str) -> _Entry | None:
    """Return the list entry at a path of keys and indexes, or None."""
    node, parent = compose(text), None
    for part in path.split("/"):
        parent = node
        if node.items is not None:
            if not (part.isascii() and part.isdigit() and int(part) < len(node.items)):
                return None
            node = node.items[int(part)]
        else:
            child = next((value for key, value in node.entries or [] if key.text == part), None)
            if child is None:
                return None
            node = child
    return _Entry(parent, int(part)) if parent is not None and parent.items is not None else None


def duplicate_entry(text: str, path: str) -> str:
    """Return the text with a copy of a list's entry below it; an unknown path changes nothing."""
    entry = _find_entry(text, path)
    if entry is None:
        return text
    start, end = entry.node.span
    if entry.list.flows:
        return f"{text[:end]}, {_renamed_copy(text[start:end], entry.node, start)}{text[end:]}"
    start, end = _line_range(text, entry)
    copy = _renamed_copy(text[start:end], entry.node, start).rstrip("\n")
    return f"{text[:end].rstrip(chr(10))}\n{copy}\n{text[end:]}"


def remove_entry(text: str, path: str) -> str:
    """Return the text without an entry of a list; the only entry and unknown paths change nothing."""
    entry = _find_entry(text, path)
    if entry is None or len(entry.siblings) <= FEWEST:
        return text
    siblings = entry.siblings
    if not entry.list.flows:
        start, end = _line_range(text, entry)
        return text[:start] + text[end:]
    if entry.index + 1 < len(siblings):
        return text[: entry.node.span[0]] + text[siblings[entry.index + 1].span[0] :]
    return text[: siblings[entry.index - 1].span[1]] + text[entry.node.span[1] :]


def add_section(text: str, snippet: str) -> str:
    """Return the text with the lines of another section at its end."""
    return f"{text.rstrip()}\n{snippet.strip()}\n"


def _line_range(text: str, entry: _Entry) -> tuple[int, int]:
    """Return the start and end of an entry's lines, without blank lines and comments after it."""
    start = text.rfind("\n", 0, entry.node.span[0]) + 1
    end = entry.node.span[1]
    if text[end - 1 : end] != "\n":
        end = text.find("\n", end) + 1 or len(text)
    if entry.index + 1 < len(entry.siblings):
        end = text.rfind("\n", 0, entry.siblings[entry.index + 1].span[0]) + 1
    lines = text[start:end].splitlines(keepends=True)
    while len(lines) > 1 and _is_after_entry(lines[-1], lines[0]):
        lines.pop()
    return start, start + sum(map(len, lines))


def _is_after_entry(line: str, first_line: str) -> bool:
    """Return whether a line is blank, a comment, or indented no further than the entry's first line."""
    return not line.strip() or line.lstrip().startswith("#") or _indent(line) <= _indent(first_line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _renamed_copy(copy: str, node: Node, start: int) -> str:
    """Return a copy of an entry with "2" added to its name; `start` is where the copied text begins."""
    name = next((value for key, value in node.entries or [] if key.text == "name" and value.text), None)
    if name is None:
        return copy
    end = name.span[1] - start
    quote = copy[end - 1] if copy[end - 1] in "\"'" else ""
    return f"{copy[: end - len(quote)]} 2{quote}{copy[end:]}"
