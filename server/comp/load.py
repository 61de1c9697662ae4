"""Loading a plan: its text in, a checked plan out."""

from functools import lru_cache

from server.comp.analysis.worked_examples import check_examples
from server.comp.language.diagnostics import PlanError
from server.comp.plan import Plan, parse


@lru_cache(maxsize=256)
def read_plan(text: str) -> Plan:
    """Parse a plan and check its worked cases; results are cached by text.

    Raises PlanError with every problem: line, value, rule and suggestion.
    """
    plan, fields = parse(text)
    problems = check_examples(plan, fields)
    if problems:
        raise PlanError(problems)
    return plan
