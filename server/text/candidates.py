"""Edits of the candidates in a page's markdown: add, replace and reorder them, without touching the rest."""

import re

from server.text.blocks import blocks_of
from server.text.parse import PlanBlock, parse_document

_HEADING = re.compile(r"#{1,6}\s")
_CANDIDATE_DEPTH = 3
"""The level of a candidate's heading, or a lower one."""


def fenced(plan: str) -> str:
    """Return a plan as a fenced block of a page; the fence is longer than any inside the plan."""
    text = plan.strip("\n")
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}plan\n{text}\n{fence}"


def with_candidate(markdown: str, name: str, plan: str, introduction: str = "") -> str:
    """Add a candidate after the last one, or at the end of a page without candidates.

    Without an introduction the plan goes below the first empty heading, if there is one; otherwise it gets a heading
    with its name.
    """
    lines = markdown.rstrip().split("\n")
    plans = parse_document(markdown).plans
    index = plans[-1].last_line if plans else len(lines)
    heading = _empty_heading(markdown, plans[-1] if plans else None)
    block = fenced(plan).split("\n")
    if introduction:
        block = [f"### {name}", "", introduction, "", *block]
    elif heading is None:
        block = [f"### {name}", "", *block]
    else:
        index = heading
    return "\n".join([*lines[:index], "", *block, "", *lines[index:]]).strip() + "\n"


def _empty_heading(markdown: str, last_plan: PlanBlock | None) -> int | None:
    """Return the last line of an empty heading for a candidate, or None.

    It comes right after the last plan or ends the page, and has no text of its own.
    """
    blocks = [block for block in blocks_of(markdown) if not last_plan or block.first_line > last_plan.last_line]
    for index, block in enumerate(blocks):
        is_empty = index + 1 == len(blocks) or blocks[index + 1].kind == "heading"
        is_in_place = index + 1 == len(blocks) or (index == 0 and last_plan is not None)
        if block.kind == "heading" and block.depth >= _CANDIDATE_DEPTH and is_empty and is_in_place:
            return block.last_line
    return None


def with_plan(markdown: str, index: int, plan: str) -> str:
    """Replace the plan of a candidate; raises IndexError if there is no such candidate."""
    block = parse_document(markdown).plans[index]
    lines = markdown.split("\n")
    first, last = block.first_line - 2, block.last_line
    return "\n".join([*lines[:first], *fenced(plan).split("\n"), *lines[last:]])


def swap_candidates(markdown: str, index: int, other: int) -> str:
    """Swap two adjacent candidates, each with the heading and text above it.

    Raises IndexError if there is no such candidate.
    """
    plans = parse_document(markdown).plans
    first, second = sorted((index, other))
    if first < 0:
        raise IndexError(first)
    lines = markdown.split("\n")
    starts = [_start(lines, plans, candidate) for candidate in (first, second)]
    ends = [plans[candidate].last_line for candidate in (first, second)]
    upper, lower = lines[starts[0] : ends[0]], lines[starts[1] : ends[1]]
    return "\n".join([*lines[: starts[0]], *lower, *lines[ends[0] : starts[1]], *upper, *lines[ends[1] :]])


def _start(lines: list[str], plans: tuple[PlanBlock, ...], index: int) -> int:
    """Return the line (from 0) where a candidate starts: at its own heading, if it has one."""
    fence = plans[index].first_line - 2
    floor = plans[index - 1].last_line if index else 0
    return next((line for line in range(fence - 1, floor - 1, -1) if _HEADING.match(lines[line])), fence)
