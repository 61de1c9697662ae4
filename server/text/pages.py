"""A proposal's markdown in parts: prose, and the fenced `plan` blocks between it."""

import re
from dataclasses import dataclass
from typing import Any

from server.text.markdown import PAGE, clean, without_hidden

_MARK = "\ue000{}\ue001"
_PLACE = re.compile("<p>\ue000(\\d+)\ue001</p>\\s*")


@dataclass(frozen=True, slots=True)
class PlanBlock:
    """A fenced block: its text, and the line of the page (from 1) its first line stands on."""

    text: str
    first_line: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page taken apart. `parts` are HTML texts and, as integers, the places of the plan blocks, in order."""

    parts: tuple[str | int, ...]
    plans: tuple[PlanBlock, ...]
    goals: tuple[str, ...]


def take_apart(markdown: str) -> Page:
    """Render a page once and find its plan blocks and goals."""
    env: dict[str, Any] = {}
    tokens = PAGE.parse(without_hidden(markdown), env)
    plans: list[PlanBlock] = []
    for token in tokens:
        if token.type == "fence" and token.info.split()[:1] == ["plan"] and token.map and token.level == 0:
            token.type, token.content = "html_block", f"<p>{_MARK.format(len(plans))}</p>\n"
            plans.append(PlanBlock(_inside(markdown, token.map), token.map[0] + 2))
    html = clean(PAGE.renderer.render(tokens, PAGE.options, env))
    pieces = _PLACE.split(html)
    parts = [int(piece) if index % 2 else piece for index, piece in enumerate(pieces)]
    return Page(tuple(part for part in parts if part != ""), tuple(plans), tuple(_goals(tokens)))


def _inside(markdown: str, lines: list[int]) -> str:
    whole = without_hidden(markdown).split("\n")[lines[0] + 1 : lines[1]]
    if whole and re.fullmatch(r"\s*(`{3,}|~{3,})\s*", whole[-1]):
        whole = whole[:-1]
    return "\n".join(whole)


def _goals(tokens: list[Any]) -> list[str]:
    """Return the text of each goal: the first paragraph of each entry of the list marked as goals."""
    found: list[str] = []
    depth, inside = 0, False
    for index, token in enumerate(tokens):
        if token.type == "ordered_list_open" and token.attrGet("class") == "goals":
            inside, depth = True, token.level
        elif token.type == "ordered_list_close" and inside and token.level == depth:
            inside = False
        elif inside and token.type == "list_item_open" and token.level == depth + 1:
            inline = next((later for later in tokens[index:] if later.type == "inline"), None)
            if inline is not None:
                found.append(inline.content)
    return found
