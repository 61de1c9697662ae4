"""Edits of the candidates in a page's markdown: add, replace and reorder them, without touching the rest."""

import re

from server.text.parse import PlanBlock, parse_document

_HEADING = re.compile(r"#{1,6}\s")
_CANDIDATE_HEADING = re.compile(r"#{3,6}\s+\S")


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
    heading = _empty_heading(lines, plans[-1].last_line if plans else 0)
    block = fenced(plan).split("\n")
    if introduction:
        block = [f"### {name}", "", introduction, "", *block]
    elif heading is None:
        block = [f"### {name}", "", *block]
    else:
        index = heading + 1
    return "\n".join([*lines[:index], "", *block, "", *lines[index:]]).strip() + "\n"


def _empty_heading(lines: list[str], first: int) -> int | None:
    """Return the line (from 0) of a heading of a candidate that nothing follows but another heading or the end."""
    headings = (line for line in range(first, len(lines)) if _CANDIDATE_HEADING.match(lines[line]))
    for heading in headings:
        text = next((line for line in lines[heading + 1 :] if line.strip()), "")
        if not text or _HEADING.match(text):
            return heading
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
