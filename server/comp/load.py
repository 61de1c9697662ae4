"""The door of the language: a plan's text in, a checked plan out."""

from functools import lru_cache

from server.comp.analysis.worked_examples import check_examples
from server.comp.language.diagnostics import PlanError
from server.comp.plan import Plan, parse


@lru_cache(maxsize=256)
def read_plan(text: str) -> Plan:
    """Read a plan and check its worked cases; the same text is read only once.

    Raises PlanError with every problem: line, value, rule and suggestion.
    """
    plan, fields = parse(text)
    problems = check_examples(plan, fields)
    if problems:
        raise PlanError(problems)
    return plan
