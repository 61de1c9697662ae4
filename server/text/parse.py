"""Parses a document's markdown into its parts: prose, and the fenced `plan` blocks between it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token

from server.text.markdown import clean, page_parser, without_hidden
from server.text.wiki_links import link_targets

MAX_PLANS = 6
"""Further blocks are ignored: one more than a proposal may have is enough to refuse it."""


@dataclass(frozen=True, slots=True)
class PlanBlock:
    """The text of a plan, the page line (from 1) where it starts, and the line of the closing fence."""

    text: str
    first_line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A parsed page. `parts` are HTML and, as integers, the indices of the plan blocks, in reading order."""

    parts: tuple[str | int, ...]
    plans: tuple[PlanBlock, ...]
    goals: tuple[str, ...]
    links: tuple[str, ...] = ()


def parse_document(markdown: str, *, with_plans: bool = True) -> ParsedDocument:
    """Render a page and find its plan blocks, its goals, and the slugs it links to.

    Without `with_plans`, plan blocks are rendered as code.
    """
    text = without_hidden(markdown)
    parser = page_parser(text)
    env: dict[str, Any] = {}
    tokens = parser.parse(text, env)
    lines = text.split("\n")
    parts: list[str | int] = []
    plans: list[PlanBlock] = []
    start = 0

    def add_prose(end: int) -> None:
        html = clean(parser.renderer.render(tokens[start:end], parser.options, env)).strip()
        if html:
            parts.append(html)

    for index, token in enumerate(tokens):
        if with_plans and _is_plan(token) and len(plans) < MAX_PLANS:
            add_prose(index)
            start = index + 1
            parts.append(len(plans))
            plans.append(_plan_block(token, lines))
    add_prose(len(tokens))
    return ParsedDocument(tuple(parts), tuple(plans), tuple(_goals(tokens)), tuple(link_targets(tokens)))


def _is_plan(token: Token) -> bool:
    is_top_level_fence = token.type == "fence" and token.level == 0 and token.map is not None
    return is_top_level_fence and token.info.split()[:1] == ["plan"]


def _plan_block(token: Token, lines: Sequence[str]) -> PlanBlock:
    first, last = token.map or [0, 0]
    plan_lines = list(lines[first + 1 : last])
    if plan_lines and plan_lines[-1].strip().startswith(token.markup):
        plan_lines.pop()
    return PlanBlock("\n".join(plan_lines), first + 2, last)


def _goals(tokens: Sequence[Token]) -> list[str]:
    """Return the text of each goal: the first paragraph of each item of the list marked as goals."""
    goals: list[str] = []
    in_goals = is_item_start = False
    for token in tokens:
        if token.type == "ordered_list_open" and token.level == 0:
            in_goals = token.attrGet("class") == "goals"
        elif token.type == "ordered_list_close" and token.level == 0:
            in_goals = False
        elif in_goals and token.type == "list_item_open" and token.level == 1:
            is_item_start = True
        elif in_goals and is_item_start and token.type == "inline":
            texts = [part for part in token.children or [] if part.type in {"text", "code_inline"}]
            goals.append("".join(part.content for part in texts))
            is_item_start = False
    return goals
