"""A proposal's markdown in parts: prose, and the fenced `plan` blocks between it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from server.text.markdown import clean, page_parser, without_hidden
from server.text.wiki_links import link_targets

MAX_PLANS = 6
"""Blocks past this are not even looked at: one more than a proposal may have is enough to refuse it."""


@dataclass(frozen=True, slots=True)
class PlanBlock:
    """A fenced block: its text, the line of the page (from 1) its first line stands on, and the one that ends it."""

    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A page taken apart. `parts` are HTML texts and, as integers, the places of the plan blocks, in order."""

    parts: tuple[str | int, ...]
    plans: tuple[PlanBlock, ...]
    goals: tuple[str, ...]
    links: tuple[str, ...] = ()


def parse_document(markdown: str, *, with_plans: bool = True) -> ParsedDocument:
    """Render a page once and find its plan blocks, its goals, and the slugs it links to; plans may stay code."""
    text = without_hidden(markdown)
    parser = page_parser(text)
    env: dict[str, Any] = {}
    tokens = parser.parse(text, env)
    lines = text.split("\n")
    parts: list[str | int] = []
    plans: list[PlanBlock] = []
    start = 0

    def prose(until: int) -> None:
        html = clean(parser.renderer.render(tokens[start:until], parser.options, env)).strip()
        if html:
            parts.append(html)

    for index, token in enumerate(tokens):
        if with_plans and _is_plan(token) and len(plans) < MAX_PLANS:
            prose(index)
            start = index + 1
            parts.append(len(plans))
            plans.append(_block(token, lines))
    prose(len(tokens))
    return ParsedDocument(tuple(parts), tuple(plans), tuple(_goals(tokens)), tuple(link_targets(tokens)))


def _is_plan(token: Token) -> bool:
    return token.type == "fence" and token.level == 0 and token.info.split()[:1] == ["plan"] and token.map is not None


def _block(token: Token, lines: Sequence[str]) -> PlanBlock:
    first, last = token.map or [0, 0]
    inside = list(lines[first + 1 : last])
    if inside and inside[-1].strip().startswith(token.markup):
        inside.pop()
    return PlanBlock("\n".join(inside), first + 2, last)


def _goals(tokens: Sequence[Token]) -> list[str]:
    """Return the text of each goal: the first paragraph of each entry of the list marked as goals."""
    found: list[str] = []
    inside = waiting = False
    for token in tokens:
        if token.type == "ordered_list_open" and token.level == 0:
            inside = token.attrGet("class") == "goals"
        elif token.type == "ordered_list_close" and token.level == 0:
            inside = False
        elif inside and token.type == "list_item_open" and token.level == 1:
            waiting = True
        elif inside and waiting and token.type == "inline":
            found.append("".join(part.content for part in token.children or [] if part.type in {"text", "code_inline"}))
            waiting = False
    return found
