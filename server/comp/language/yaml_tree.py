"""Parses a plan's text into a tree of nodes that know their lines: YAML without aliases, anchors or tags."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from server.comp.language.diagnostics import Diagnostic, PlanError
from server.messages import Message, message

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_NODES = 5_000
_MAX_QUOTED = 60

_AMOUNT = re.compile(r"(?:[$€£¥]\s?|(?<=:\s))\d{1,3}(?:,\d{3})+(?!\d)")
_COMMA_ESCAPE = "\u2063"
"""Replaces the comma of `$50,000` while YAML is parsed: inside {...} a comma would end the value."""


@dataclass(slots=True)
class Node:
    """A scalar (text), a list (items) or a mapping (entries: key node, value node).

    `span` is its position in the text, quotes included; the span of a block list or mapping ends where the
    next node begins. `flows` is true for a list or mapping in brackets.
    """

    line: int
    text: str | None = None
    items: list["Node"] | None = None
    entries: list[tuple["Node", "Node"]] | None = None
    span: tuple[int, int] = (0, 0)
    flows: bool = False

    @property
    def shown(self) -> str:
        """Return the text to quote in a message."""
        if self.text is not None:
            return self.text if len(self.text) <= _MAX_QUOTED else self.text[:_MAX_QUOTED] + "…"
        return ""


def _error(line: int, value: str, rule: Message, suggestion: Message | None = None) -> PlanError:
    return PlanError([Diagnostic(line, value[:_MAX_QUOTED], rule, suggestion)])


class _Composer:
    """Builds nodes from YAML's events and counts them, so that a hostile text costs little."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._count = 0
        self._end = 0

    def root(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _error(_line(event), "---", message("A plan must be a single YAML document."))
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line = _line(event)
        self._count += 1
        if self._count > MAX_NODES:
            raise _error(line, "", message("A plan can have at most {limit} values.", limit=MAX_NODES))
        if depth > MAX_DEPTH:
            rule = message("A plan can be nested at most {limit} levels deep.", limit=MAX_DEPTH)
            raise _error(line, "", rule)
        if isinstance(event, yaml.AliasEvent):
            rule, hint = message("Aliases are not allowed."), message("Write the value out.")
            raise _error(line, f"*{event.anchor}", rule, hint)
        # Only these events have a value.
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)  # noqa: S101
        if event.anchor:
            rule, hint = message("Anchors are not allowed."), message("Remove the anchor.")
            raise _error(line, f"&{event.anchor}", rule, hint)
        if event.tag not in {None, "!"}:
            raise _error(line, str(event.tag), message("Tags are not allowed."), message("Remove the tag."))
        if isinstance(event, yaml.ScalarEvent):
            span = (_index(event.start_mark), _index(event.end_mark))
            return Node(line, text=event.value.replace(_COMMA_ESCAPE, ",").strip(), span=span)
        is_sequence = isinstance(event, yaml.SequenceStartEvent)
        collection = self._sequence(line, depth) if is_sequence else self._mapping(line, depth)
        collection.span, collection.flows = (_index(event.start_mark), self._end), bool(event.flow_style)
        return collection

    def _sequence(self, line: int, depth: int) -> Node:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        self._end = _index(event.end_mark)
        return Node(line, items=items)

    def _mapping(self, line: int, depth: int) -> Node:
        entries: list[tuple[Node, Node]] = []
        keys: set[str] = set()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if key.text is None:
                raise _error(key.line, "", message("A key must be a word, not a list."))
            if key.text in keys:
                rule, hint = message("This key appears twice."), message("Keep one of them.")
                raise _error(key.line, key.text, rule, hint)
            keys.add(key.text)
            entries.append((key, value))
        self._end = _index(event.end_mark)
        return Node(line, entries=entries)


def _index(mark: Any) -> int:
    return int(mark.index)


def _line(event: yaml.Event) -> int:
    mark: Any = event.start_mark
    return int(mark.line) + 1


def compose(text: str) -> Node:
    """Return the tree of a plan's text.

    Raises PlanError if the text is not YAML or not a mapping, has aliases, anchors, tags or duplicate keys,
    or is over 64 KB, 5,000 values or 20 levels.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _error(1, "", message("A plan can be at most {limit} KB.", limit=MAX_BYTES // 1024))
    escaped = _AMOUNT.sub(lambda match: match.group().replace(",", _COMMA_ESCAPE), text)
    try:
        root = _Composer(yaml.parse(escaped, Loader=_LOADER)).root()
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        raise _error(
            int(mark.line) + 1 if mark else 1,
            "",
            message("This is not valid YAML: {reason}.", reason=str(error.problem or "it ends too early")),
            message("Check the indentation, brackets and quotes around this line."),
        ) from None
    except UnicodeError:
        raise _error(1, "", message("This text contains invalid characters.")) from None
    except yaml.YAMLError as error:
        raise _error(1, "", message("This text cannot be read: {reason}.", reason=str(error)[:120])) from None
    if root is None or root.entries is None:
        raise _error(
            1,
            root.shown if root else "",
            message("A plan must be a list of terms."),
            message("Start with a line “name: …”."),
        )
    return root
