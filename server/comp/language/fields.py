"""Takes fields out of a plan's tree and gathers every problem on the way."""

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import TypeVar

from server.comp.language.diagnostics import Diagnostic, PlanError, UnreadableError
from server.comp.language.yaml_tree import Node
from server.messages import ListMessage, Message, message

T = TypeVar("T")
MAX_PROBLEMS = 100

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control characters, and those that turn or hide text; joiners that scripts need are not among them."""


class Fields:
    """The entries of one mapping; each is taken by name, and what is left over at the end is unknown."""

    def __init__(self, node: Node, problems: list[Diagnostic]) -> None:
        self.line = node.line
        self.problems = problems
        self._entries = {key.text or "": (key, value) for key, value in node.entries or []}
        self._known: list[str] = []
        if node.entries is None:
            self.report_node(node, message("Terms are expected here."), message("Write them as “key: value”."))

    def report_node(self, node: Node, rule: Message, suggestion: Message | None = None) -> None:
        """Add a problem at a node."""
        self.problems.append(Diagnostic(node.line, node.shown, rule, suggestion))

    def report(self, name: str, rule: Message, suggestion: Message | None = None) -> None:
        """Add a problem at a field, or at the mapping when the field is not there."""
        found = self._entries.get(name)
        self.problems.append(Diagnostic(self.line_of(name), found[1].shown if found else "", rule, suggestion))

    def has(self, name: str) -> bool:
        """Say whether a field is stated."""
        return name in self._entries

    def line_of(self, name: str) -> int:
        """Return the line a field stands on, or that of the mapping when it is not there."""
        found = self._entries.get(name)
        return found[0].line if found else self.line

    def node(self, name: str) -> Node | None:
        """Take a field's node as it is, or None when the plan does not state it."""
        self._known.append(name)
        found = self._entries.get(name)
        return found[1] if found else None

    def take(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """Take an optional field."""
        node = self.node(name)
        if node is None:
            return default
        return self.parsed(node, parse, default)

    def need(self, name: str, parse: Callable[[str], T], fallback: T) -> T:
        """Take a field that must be there; the fallback only lets reading go on to find more problems."""
        node = self.node(name)
        if node is None:
            self.problems.append(Diagnostic(self.line, "", message("“{name}” is missing here.", name=name)))
            return fallback
        return self.parsed(node, parse, fallback)

    def parsed(self, node: Node, parse: Callable[[str], T], fallback: T) -> T:
        """Read one value; what is wrong with it becomes a problem, and the fallback stands in."""
        if node.text is None:
            self.report_node(node, message("A single value is expected here, not a list."))
            return fallback
        try:
            return parse(node.text)
        except UnreadableError as error:
            self.report_node(node, error.rule, error.suggestion)
            return fallback

    def several(self, name: str, parse: Callable[[str], T]) -> tuple[T, ...]:
        """Take a field that is one value or a list of values."""
        node = self.node(name)
        if node is None:
            return ()
        found = []
        for item in [node] if node.items is None else node.items:
            before = len(self.problems)
            value = self.parsed(item, parse, None)
            if len(self.problems) == before:
                found.append(value)
        return tuple(found)  # type: ignore[arg-type]  # None came with a problem and was left out

    def inner(self, name: str) -> "Fields | None":
        """Take a field that holds terms of its own."""
        node = self.node(name)
        return Fields(node, self.problems) if node is not None else None

    def each(self, name: str, most: int) -> Iterator["Fields"]:
        """Take a field that holds a list of terms, at most `most` of them."""
        node = self.node(name)
        if node is None:
            return
        if node.items is None:
            self.report_node(node, message("A list is expected here."), message("Start each entry with “- ”."))
            return
        if len(node.items) > most:
            self.report_node(node, message("At most {most} entries stand here.", most=most))
        for item in node.items[:most]:
            yield Fields(item, self.problems)

    def finish(self) -> None:
        """Report every key that nothing took, with the nearest known one."""
        for name, (key, _value) in self._entries.items():
            if name in self._known or len(self.problems) > MAX_PROBLEMS:
                continue
            near = get_close_matches(name[:80], self._known, n=1, cutoff=0.5)
            hint = (
                message("Did you mean “{near}”?", near=near[0])
                if near
                else message("Known here: {known}.", known=ListMessage(tuple(dict.fromkeys(self._known))))
            )
            self.report_node(key, message("This key is unknown here."), hint)


def words(most: int = 200) -> Callable[[str], str]:
    """Return a parser for a non-empty line of text."""

    def parse(text: str) -> str:
        bare = " ".join(text.split())
        if not bare:
            raise UnreadableError(message("Some text is expected here."))
        if len(bare) > most:
            raise UnreadableError(message("This text is longer than {most} characters.", most=most))
        if _UNSEEN.search(bare):
            raise UnreadableError(message("This text holds a character that cannot be seen."), message("Type it anew."))
        return bare

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser for one of a few words."""

    def parse(text: str) -> str:
        bare = " ".join(text.lower().split())
        if bare in choices:
            return bare
        near = get_close_matches(bare[:80], choices, n=1, cutoff=0.5)
        raise UnreadableError(
            message("This is not one of: {choices}.", choices=ListMessage(choices)),
            message("Did you mean “{near}”?", near=near[0]) if near else None,
        )

    return parse


def stop_on(problems: list[Diagnostic]) -> None:
    """Raise everything found so far, if anything was."""
    if problems:
        raise PlanError(problems)
