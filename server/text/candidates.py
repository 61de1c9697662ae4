"""The candidates in a page's markdown: added, replaced and put in another order, without touching the rest."""

import re

from server.text.parse import PlanBlock, parse_document

_HEADING = re.compile(r"#{1,6}\s")


def fenced(plan: str) -> str:
    """Return a plan as a block of a page, in a fence that nothing inside it can end."""
    text = plan.strip("\n")
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}plan\n{text}\n{fence}"


def with_candidate(markdown: str, block: str) -> str:
    """Put another candidate after the last one, or at the end of a page that has none."""
    lines = markdown.rstrip().split("\n")
    plans = parse_document(markdown).plans
    place = plans[-1].last_line if plans else len(lines)
    return "\n".join([*lines[:place], "", *block.strip().split("\n"), "", *lines[place:]]).strip() + "\n"


def with_plan(markdown: str, place: int, plan: str) -> str:
    """Put another text into a candidate's block; raises IndexError when there is no such candidate."""
    block = parse_document(markdown).plans[place]
    lines = markdown.split("\n")
    first, last = block.first_line - 2, block.last_line
    return "\n".join([*lines[:first], *fenced(plan).split("\n"), *lines[last:]])


def swap_candidates(markdown: str, place: int, other: int) -> str:
    """Let two neighbouring candidates change places, each with the heading and words above it.

    Raises IndexError when there is no such candidate.
    """
    plans = parse_document(markdown).plans
    first, second = sorted((place, other))
    if first < 0:
        raise IndexError(first)
    lines = markdown.split("\n")
    starts = [_start(lines, plans, one) for one in (first, second)]
    ends = [plans[one].last_line for one in (first, second)]
    upper, lower = lines[starts[0] : ends[0]], lines[starts[1] : ends[1]]
    return "\n".join([*lines[: starts[0]], *lower, *lines[ends[0] : starts[1]], *upper, *lines[ends[1] :]])


def _start(lines: list[str], plans: tuple[PlanBlock, ...], place: int) -> int:
    """Return the line (from 0) on which a candidate begins: at its heading, if it has one of its own."""
    fence = plans[place].first_line - 2
    floor = plans[place - 1].last_line if place else 0
    return next((line for line in range(fence - 1, floor - 1, -1) if _HEADING.match(lines[line])), fence)
