"""Entries of a plan's lists copied and taken out, and terms added, in its text; all other words stay as they are."""

from dataclasses import dataclass

from server.comp.language.yaml_tree import Node, compose

FEWEST = 1
"""A list keeps so many entries: an empty one is taken out as a term."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a list: the list, its place there, and whether the list stands in brackets."""

    list: Node
    place: int

    @property
    def node(self) -> Node:
        """The entry itself."""
        return (self.list.items or [])[self.place]


def _found(text: str, path: str) -> _Entry | None:
    """Walk along keys and places to an entry of a list."""
    node, above = compose(text), None
    for part in path.split("/"):
        above = node
        if node.items is not None:
            if not (part.isascii() and part.isdigit() and int(part) < len(node.items)):
                return None
            node = node.items[int(part)]
        else:
            found = next((value for key, value in node.entries or [] if key.text == part), None)
            if found is None:
                return None
            node = found
    return _Entry(above, int(part)) if above is not None and above.items is not None else None


def duplicate_entry(text: str, path: str) -> str:
    """Return the text with a copy of a list's entry behind it, its name told apart; an unknown path changes nothing."""
    entry = _found(text, path)
    if entry is None:
        return text
    start, end = entry.node.span
    if entry.list.flows:
        return f"{text[:end]}, {_renamed(text[start:end], entry.node, start)}{text[end:]}"
    first, last = _lines(text, entry)
    copy = _renamed(text[first:last], entry.node, first).rstrip("\n")
    return f"{text[:last].rstrip(chr(10))}\n{copy}\n{text[last:]}"


def remove_entry(text: str, path: str) -> str:
    """Return the text without an entry of a list; the last one stays, and an unknown path changes nothing."""
    entry = _found(text, path)
    if entry is None or len(entry.list.items or []) <= FEWEST:
        return text
    items = entry.list.items or []
    if not entry.list.flows:
        first, last = _lines(text, entry)
        return text[:first] + text[last:]
    if entry.place + 1 < len(items):
        return text[: entry.node.span[0]] + text[items[entry.place + 1].span[0] :]
    return text[: items[entry.place - 1].span[1]] + text[entry.node.span[1] :]


def add_section(text: str, snippet: str) -> str:
    """Return the text with the lines of another term at its end."""
    return f"{text.rstrip()}\n{snippet.strip()}\n"


def _lines(text: str, entry: _Entry) -> tuple[int, int]:
    """Return where the lines of an entry begin and end, from its dash on, without what only stands before the next."""
    start = text.rfind("\n", 0, entry.node.span[0]) + 1
    end = entry.node.span[1]
    if text[end - 1 : end] != "\n":
        end = text.find("\n", end) + 1 or len(text)
    items = entry.list.items or []
    if entry.place + 1 < len(items):
        end = text.rfind("\n", 0, items[entry.place + 1].span[0]) + 1
    lines = text[start:end].splitlines(keepends=True)
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#") or _is_outside(lines, -1)):
        lines.pop()
    return start, start + sum(map(len, lines))


def _is_outside(lines: list[str], place: int) -> bool:
    """Say whether a line stands further left than the entry's own: it belongs to what follows."""
    return _indent(lines[place]) <= _indent(lines[0])


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _renamed(copy: str, node: Node, start: int) -> str:
    """Return a copy of an entry with a number behind its name, so that the two are told apart."""
    name = next((value for key, value in node.entries or [] if key.text == "name" and value.text), None)
    if name is None:
        return copy
    end = name.span[1] - start
    quote = copy[end - 1] if copy[end - 1] in "\"'" else ""
    return f"{copy[: end - len(quote)]} 2{quote}{copy[end:]}"
