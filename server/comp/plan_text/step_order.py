"""Reverses the steps of multipliers where the last step that fits used to apply, so that plans keep their pay."""

from itertools import pairwise

from server.comp.language.diagnostics import PlanError
from server.comp.language.yaml_tree import Node, compose
from server.comp.mechanics.multipliers import Step
from server.comp.plan import parse


def with_reversed_steps(text: str) -> str:
    """Return a plan's text with the steps of each multiplier reversed, where more than one step can fit.

    A text that cannot be read, or whose steps exclude each other, is returned as it is.
    """
    try:
        plan = parse(text)[0]
    except PlanError:
        return text
    for number, multiplier in enumerate(plan.multipliers):
        if not exclude_each_other(multiplier.steps):
            text = _reversed(text, number)
    return text


def exclude_each_other(steps: tuple[Step, ...]) -> bool:
    """Return whether no value fits two steps with different factors."""
    ranges = [step.range for step in steps]
    limits = {limit for span in ranges for limit in (span.at_least, span.above, span.below, span.at_most, *span.among)}
    edges = sorted(limit for limit in limits if limit is not None)
    if not edges:
        return True
    between = [(low + high) / 2 for low, high in pairwise(edges)]
    values = [edges[0] - 1, *edges, *between, edges[-1] + 1]
    return all(len({step.times for step in steps if step.range.admits(value)}) <= 1 for value in values)


def _reversed(text: str, number: int) -> str:
    """Return the text with the steps of a multiplier, by its position in the plan, in the opposite order."""
    multipliers = _value(compose(text), "multipliers")
    steps = _value((multipliers.items or [multipliers])[number], "steps").items or []
    spans = [(item.span[0], item.span[0] + len(text[slice(*item.span)].rstrip())) for item in steps]
    pieces, end = [], 0
    for span, other in zip(spans, reversed(spans), strict=True):
        pieces += [text[end : span[0]], text[slice(*other)]]
        end = span[1]
    return "".join([*pieces, text[end:]])


def _value(node: Node, key: str) -> Node:
    return next(value for name, value in node.entries or [] if name.text == key)
