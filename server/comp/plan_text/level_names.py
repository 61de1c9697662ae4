"""Writes into a plan's text which other levels one of its levels also pays."""

from collections.abc import Sequence

from server.comp.language.yaml_tree import Node, compose
from server.comp.plan_text.edit import format_value

KEY = "also for"


def add_level_names(text: str, level: str, names: Sequence[str]) -> str:
    """Return the text in which a level also pays people at levels of other names; raises KeyError without it."""
    node = _level(text, level)
    existing = next((value for key, value in node.entries or [] if key.text == KEY), None)
    if existing is not None:
        kept = [item.text or "" for item in existing.items or [existing]]
        start, end = existing.span
        return f"{text[:start]}{_list([*kept, *names])}{text[end:]}"
    term = f"{KEY}: {_list(names)}"
    if node.flows:
        end = node.span[1] - 1
        return f"{text[:end].rstrip()}, {term}{text[end:]}"
    key, value = (node.entries or [])[0]
    column = key.span[0] - (text.rfind("\n", 0, key.span[0]) + 1)
    end_of_line = text.find("\n", value.span[1])
    end = len(text) if end_of_line < 0 else end_of_line
    return f"{text[:end]}\n{' ' * column}{term}{text[end:]}"


def _level(text: str, level: str) -> Node:
    levels = next((value for key, value in compose(text).entries or [] if key.text == "levels"), None)
    for node in (levels.items or []) if levels else []:
        names = [value.text or "" for key, value in node.entries or [] if key.text == "name"]
        if level.casefold() in map(str.casefold, names):
            return node
    raise KeyError(level)


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(format_value, names))}]"
