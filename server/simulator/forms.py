"""What a browser may send to the simulator: the what-if fields, each left empty for “as it was”."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from fastapi import Query

from server.comp.plan import Plan
from server.comp.problems import UnreadableError
from server.comp.quantities import number
from server.comp.wording import Sentence, say
from server.simulator.whatif import Assumptions


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The fields as typed, what they mean, and what is wrong with them by field."""

    typed: dict[str, str]
    assumed: Assumptions
    problems: dict[str, Sentence]


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as they come in the address; no pay is ever among them."""

    attainment: Annotated[str, Query(max_length=20)] = ""
    aha: Annotated[str, Query(max_length=20)] = ""
    churn: Annotated[str, Query(max_length=20)] = ""
    rating: Annotated[str, Query(max_length=20)] = ""
    level: Annotated[str, Query(max_length=60)] = ""


_MOST = {"attainment": 300, "aha": 100, "churn": 100}


def understand(typed: Typed, plan: Plan) -> WhatIf:
    """Read the fields; what cannot be used is said beside its field and changes nothing."""
    problems: dict[str, Sentence] = {}
    shares: dict[str, Fraction | None] = {}
    for name, most in _MOST.items():
        shares[name] = _share(getattr(typed, name), most, name, problems)
    rating = None
    if typed.rating.strip():
        rating = _bounded(typed.rating, 1, 5, "rating", problems)
    names = [level.name for level in plan.levels]
    level = (typed.level, names.index(typed.level)) if typed.level in names else None
    if typed.level and level is None:
        problems["level"] = say("This plan has no such level.")
    fields = {name: getattr(typed, name) for name in ("attainment", "aha", "churn", "rating", "level")}
    return WhatIf(fields, Assumptions(rating=rating, level=level, **shares), problems)


def _share(text: str, most: int, name: str, problems: dict[str, Sentence]) -> Fraction | None:
    if not text.strip():
        return None
    value = _bounded(text.strip().removesuffix("%"), 0, most, name, problems)
    return None if value is None else value / 100


def _bounded(text: str, least: int, most: int, name: str, problems: dict[str, Sentence]) -> Fraction | None:
    try:
        value = number(text)
    except UnreadableError as error:
        problems[name] = error.rule
        return None
    if not least <= value <= most or (value * 100).denominator != 1:
        problems[name] = say(
            "Write a number from {least} to {most}, with at most two decimals.", least=least, most=most
        )
        return None
    return value
