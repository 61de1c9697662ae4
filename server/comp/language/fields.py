"""Reads the fields of a plan's tree and collects every problem on the way."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from server.comp.language.diagnostics import Diagnostic, PlanError, UnreadableError
from server.comp.language.yaml_tree import Node
from server.messages import ListMessage, Message, message
from server.spelling import nearest

T = TypeVar("T")
MAX_PROBLEMS = 100

_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control characters, and characters that reverse or hide text; not the joiners that some scripts need."""
_MIN_SIMILARITY = 0.6
"""A known word at least this similar is suggested for a misspelt one."""


class Fields:
    """The entries of one mapping. Each is taken by key; a key that is never taken is reported as unknown."""

    def __init__(self, node: Node, problems: list[Diagnostic]) -> None:
        self.line = node.line
        self.problems = problems
        self._entries = {key.text or "": (key, value) for key, value in node.entries or []}
        self._known: list[str] = []
        if node.entries is None:
            hint = message("Write them as “key: value”.")
            self.report_node(node, message("Terms are expected here."), hint)

    def report_node(self, node: Node, rule: Message, suggestion: Message | None = None) -> None:
        """Add a problem at a node."""
        self.problems.append(Diagnostic(node.line, node.shown, rule, suggestion))

    def report(self, name: str, rule: Message, suggestion: Message | None = None) -> None:
        """Add a problem at a field, or at the mapping if the plan does not state the field."""
        entry = self._entries.get(name)
        value = entry[1].shown if entry else ""
        self.problems.append(Diagnostic(self.line_of(name), value, rule, suggestion))

    def has(self, name: str) -> bool:
        """Return whether a field is stated."""
        return name in self._entries

    def line_of(self, name: str) -> int:
        """Return the line of a field, or of the mapping if the plan does not state the field."""
        entry = self._entries.get(name)
        return entry[0].line if entry else self.line

    def node(self, name: str) -> Node | None:
        """Return the node of a field, or None if the plan does not state it; the key counts as known."""
        self._known.append(name)
        entry = self._entries.get(name)
        return entry[1] if entry else None

    def take(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Return an optional field, or its default."""
        node = self.node(name)
        if node is None:
            return default
        return self.parsed(node, parse, default)

    def need(self, name: str, parse: Callable[[str], T], fallback: T) -> T:
        """Return a required field; if it is missing, report it and return the fallback to go on reading."""
        node = self.node(name)
        if node is None:
            self.problems.append(Diagnostic(self.line, "", message("“{name}” is missing.", name=name)))
            return fallback
        return self.parsed(node, parse, fallback)

    def parsed(self, node: Node, parse: Callable[[str], T], fallback: T) -> T:
        """Parse one value; if it cannot be parsed, report it and return the fallback."""
        if node.text is None:
            self.report_node(node, message("A single value is expected here, not a list."))
            return fallback
        try:
            return parse(node.text)
        except UnreadableError as error:
            self.report_node(node, error.rule, error.suggestion)
            return fallback

    def several(self, name: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """Return the values of a field that holds one value or a list of values."""
        node = self.node(name)
        if node is None:
            return ()
        values = []
        for item in [node] if node.items is None else node.items:
            problem_count = len(self.problems)
            value = self.parsed(item, parse, None)
            if len(self.problems) == problem_count:
                values.append(value)
        return tuple(values)  # type: ignore[arg-type]  # a value of None has a problem and is not in the list

    def inner(self, name: str) -> "Fields | None":
        """Return the fields of a nested mapping, or None if the plan does not state it."""
        node = self.node(name)
        return Fields(node, self.problems) if node is not None else None

    def each(self, name: str, most: int) -> Iterator["Fields"]:
        """Yield the fields of each entry in a list of mappings, at most `most`."""
        node = self.node(name)
        if node is None:
            return
        if node.items is None:
            hint = message("Start each entry with “- ”.")
            self.report_node(node, message("A list is expected here."), hint)
            return
        if len(node.items) > most:
            self.report_node(node, message("At most {most} entries are allowed.", most=most))
        for item in node.items[:most]:
            yield Fields(item, self.problems)

    def finish(self) -> None:
        """Report every key that was never taken, and suggest the most similar known key."""
        for name, (key, _value) in self._entries.items():
            if name in self._known or len(self.problems) > MAX_PROBLEMS:
                continue
            near = nearest(name, self._known, _MIN_SIMILARITY)
            hint = (
                message("Did you mean “{near}”?", near=near)
                if near
                else message("Known keys: {known}.", known=ListMessage(tuple(dict.fromkeys(self._known))))
            )
            self.report_node(key, message("This key is unknown."), hint)


def words(most: int = 200) -> Callable[[str], str]:
    """Return a parser for a non-empty line of text."""

    def parse(text: str) -> str:
        line = " ".join(text.split())
        if not line:
            raise UnreadableError(message("Some text is expected here."))
        if len(line) > most:
            raise UnreadableError(message("This text is longer than {most} characters.", most=most))
        if _INVISIBLE.search(line):
            raise UnreadableError(message("This text has an invisible character."), message("Type it again."))
        return line

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser for one of a few choices."""

    def parse(text: str) -> str:
        word = " ".join(text.lower().split())
        if word in choices:
            return word
        near = nearest(word, choices, _MIN_SIMILARITY)
        raise UnreadableError(
            message("This is not one of: {choices}.", choices=ListMessage(choices)),
            message("Did you mean “{near}”?", near=near) if near else None,
        )

    return parse


def stop_on(problems: list[Diagnostic]) -> None:
    """Raise PlanError if there are any problems."""
    if problems:
        raise PlanError(problems)
