"""Turns a plan's text into a small tree that remembers lines: YAML without aliases, tags or surprises."""

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
_SHOWN = 60

_AMOUNT = re.compile(r"(?:[$€£¥]\s?|(?<=:\s))\d{1,3}(?:,\d{3})+(?!\d)")
_COMMA = "\u2063"
"""Stands in for the comma of `$50,000` while YAML reads it: inside {...} YAML would end the value there."""


@dataclass(slots=True)
class Node:
    """A scalar (text), a list (items) or a mapping (entries: key node, value node).

    `span` is where it stands in the text, quotes included; that of a list or mapping of whole lines ends where the next
    thing begins. `flows` says that it stands in brackets.
    """

    line: int
    text: str | None = None
    items: list["Node"] | None = None
    entries: list[tuple["Node", "Node"]] | None = None
    span: tuple[int, int] = (0, 0)
    flows: bool = False

    @property
    def shown(self) -> str:
        """What to quote in a message."""
        if self.text is not None:
            return self.text if len(self.text) <= _SHOWN else self.text[:_SHOWN] + "…"
        return ""


def _refuse(line: int, value: str, rule: Message, suggestion: Message | None = None) -> PlanError:
    return PlanError([Diagnostic(line, value[:_SHOWN], rule, suggestion)])


class _Composer:
    """Builds nodes from YAML's events and keeps count, so that a hostile text costs little."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._count = 0
        self._end = 0

    def root(self) -> Node | None:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise _refuse(_line(event), "---", message("A plan is one document."))
                root = self._node(next(self._events), 0)
        return root

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line = _line(event)
        self._count += 1
        if self._count > MAX_NODES:
            raise _refuse(line, "", message("A plan has at most {limit} values.", limit=MAX_NODES))
        if depth > MAX_DEPTH:
            raise _refuse(line, "", message("A plan is nested at most {limit} levels deep.", limit=MAX_DEPTH))
        if isinstance(event, yaml.AliasEvent):
            raise _refuse(
                line, f"*{event.anchor}", message("Aliases are not allowed."), message("Write the value out.")
            )
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)  # noqa: S101 - nothing else has a value
        if event.anchor:
            raise _refuse(line, f"&{event.anchor}", message("Anchors are not allowed."), message("Remove the anchor."))
        if event.tag not in {None, "!"}:
            raise _refuse(line, str(event.tag), message("Tags are not allowed."), message("Remove the tag."))
        if isinstance(event, yaml.ScalarEvent):
            span = (_index(event.start_mark), _index(event.end_mark))
            return Node(line, text=event.value.replace(_COMMA, ",").strip(), span=span)
        found = (
            self._sequence(line, depth) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(line, depth)
        )
        found.span, found.flows = (_index(event.start_mark), self._end), bool(event.flow_style)
        return found

    def _sequence(self, line: int, depth: int) -> Node:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        self._end = _index(event.end_mark)
        return Node(line, items=items)

    def _mapping(self, line: int, depth: int) -> Node:
        entries: list[tuple[Node, Node]] = []
        seen: set[str] = set()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if key.text is None:
                raise _refuse(key.line, "", message("A key is a word, not a list."))
            if key.text in seen:
                raise _refuse(key.line, key.text, message("This key stands here twice."), message("Keep one of them."))
            seen.add(key.text)
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

    Raises PlanError: not YAML, aliases, anchors, tags, duplicate keys, over 64 KB or 20 levels, not a mapping.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _refuse(1, "", message("A plan is at most {limit} KB long.", limit=MAX_BYTES // 1024))
    guarded = _AMOUNT.sub(lambda found: found.group().replace(",", _COMMA), text)
    try:
        root = _Composer(yaml.parse(guarded, Loader=_LOADER)).root()
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        raise _refuse(
            int(mark.line) + 1 if mark else 1,
            "",
            message("This is not valid YAML: {reason}.", reason=str(error.problem or "it stops too early")),
            message("Check the indentation, brackets and quotes around this line."),
        ) from None
    except UnicodeError:
        raise _refuse(1, "", message("This text has characters that stand for nothing.")) from None
    except yaml.YAMLError as error:
        raise _refuse(1, "", message("This is not readable text: {reason}.", reason=str(error)[:120])) from None
    if root is None or root.entries is None:
        raise _refuse(
            1,
            root.shown if root else "",
            message("A plan is a list of terms."),
            message("Start with a line “name: …”."),
        )
    return root
