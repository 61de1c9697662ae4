"""Loading a plan: its text in, a checked plan out."""

import re
from functools import lru_cache

from server.comp.analysis.worked_examples import check_examples
from server.comp.language.diagnostics import PlanError
from server.comp.plan import Plan, parse

_SPACES = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


def _typed(text: str) -> str:
    """Return a pasted plan as if it had been typed: plain spaces for other ones and for tabs before a line."""
    plain = _INVISIBLE.sub("", _SPACES.sub(" ", text))
    return _INDENTATION.sub(lambda match: match[0].expandtabs(2), plain) if "\t" in plain else plain


@lru_cache(maxsize=256)
def read_plan(text: str) -> Plan:
    """Parse a plan and check its worked cases; results are cached by text.

    Raises PlanError with every problem: line, value, rule and suggestion.
    """
    plan, fields = parse(_typed(text))
    problems = check_examples(plan, fields)
    if problems:
        raise PlanError(problems)
    return plan
