"""What a browser may send to the simulator: what-if fields, one more deal, and how the statement is sifted."""

from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import Field

from server.comp.calendar import Window, first_day, month_of
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.units import day, money, month, number
from server.comp.plan import Plan
from server.messages import Message, message
from server.people.forms import BaseForm
from server.simulator.assumptions import Assumptions

Short = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class AssumptionsForm:
    """The what-if fields as they come in the address; no pay is ever among them. Empty is “as it was”."""

    attainment: Short = ""
    deals: Short = ""
    size: Short = ""
    expansion: Short = ""
    aha: Short = ""
    aha_days: Short = ""
    churn: Short = ""
    rating: Short = ""
    level: Annotated[str, Query(max_length=60)] = ""
    start: Short = ""

    def stated(self) -> dict[str, str]:
        """Return the fields that say something."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in found.items() if value.strip()}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The fields as typed, what they mean, and what is wrong with them by field."""

    typed: dict[str, str]
    assumed: Assumptions
    problems: dict[str, Message]

    @property
    def query(self) -> str:
        """The assumptions as they stand in an address, with the question mark; empty without any."""
        stated = {name: value for name, value in self.typed.items() if value}
        return f"?{urlencode(stated)}" if stated else ""

    def without_attainment(self, why: Message) -> "WhatIf":
        """Return the same where the attainment could not be brought about."""
        assumed = replace(self.assumed, attainment=None)
        return replace(self, assumed=assumed, problems=self.problems | {"attainment": why})

    def without(self, name: str) -> str:
        """Return the same with one field left empty."""
        stated = {key: value for key, value in self.typed.items() if value and key != name}
        return f"?{urlencode(stated)}" if stated else "?"


_MOST = {"attainment": 300, "deals": 300, "size": 1000, "expansion": 100, "aha": 100, "churn": 100}
_MOST_DAYS = 720


def parse_assumptions(typed: AssumptionsForm, plan: Plan, window: Window) -> WhatIf:
    """Read the fields; what cannot be used is said beside its field and changes nothing."""
    problems: dict[str, Message] = {}
    found: dict[str, Any] = {}
    stated = typed.stated()
    for name, most in _MOST.items():
        if name in stated:
            value = _bounded(stated[name].strip().removesuffix("%"), 0, most, name, problems)
            found[name] = None if value is None else value / 100
    if "rating" in stated:
        found["rating"] = _bounded(stated["rating"], 1, 5, "rating", problems)
    if "aha_days" in stated:
        days = _bounded(stated["aha_days"], 0, _MOST_DAYS, "aha_days", problems, whole=True)
        found["aha_days"] = None if days is None else int(days)
    names = [level.name for level in plan.levels]
    if typed.level in names:
        found["level"] = (typed.level, names.index(typed.level))
    elif typed.level:
        problems["level"] = message("This plan has no such level.")
    if "start" in stated:
        found["start"] = _start(stated["start"], window, problems)
    typed_fields = {field.name: getattr(typed, field.name) for field in fields(typed)}
    return WhatIf(typed_fields, Assumptions(**found), problems)


def _start(text: str, window: Window, problems: dict[str, Message]) -> int | None:
    try:
        found = month(text)
    except UnreadableError as error:
        problems["start"] = error.rule
        return None
    if window.index(found) is None:
        problems["start"] = message("Choose one of the twelve months.")
        return None
    return found


def _bounded(
    text: str, least: int, most: int, name: str, problems: dict[str, Message], *, whole: bool = False
) -> Fraction | None:
    try:
        value = number(text)
    except UnreadableError as error:
        problems[name] = error.rule
        return None
    if whole and value.denominator != 1:
        problems[name] = message("Write a whole number.")
        return None
    if not least <= value <= most or (value * 100).denominator != 1:
        problems[name] = message(
            "Write a number from {least} to {most}, with at most two decimals.", least=least, most=most
        )
        return None
    return value


@dataclass(frozen=True, slots=True)
class ExtraDealForm:
    """One more deal as it comes in the address, or one of my open ones by its number."""

    deal: Annotated[str, Query(max_length=26)] = ""
    amount: Short = ""
    signed: Short = ""
    kind: Annotated[str, Query(max_length=12)] = "new"
    term: Short = ""
    aha_after: Short = ""
    stars: Annotated[str, Query(max_length=1)] = ""
    ask: Annotated[str, Query(max_length=1)] = ""

    @property
    def is_asked(self) -> bool:
        """Whether a deal has been typed in or chosen, or the form was sent as it stood."""
        return bool(self.amount.strip() or self.deal or self.ask)


@dataclass(frozen=True, slots=True)
class ExtraDealQuery:
    """One more deal understood: amount in cents, day, kind, term in months, days to the aha moment, stars."""

    typed: ExtraDealForm
    problems: dict[str, Message]
    amount: int
    signed: date
    term: int = 12
    aha_after: int | None = None
    stars: int | None = None


def parse_extra_deal(typed: ExtraDealForm, ends_on: date) -> ExtraDealQuery:
    """Read one more deal; it is signed on the last day of the data unless a day from then on is stated."""
    problems: dict[str, Message] = {}
    amount, signed = 0, ends_on
    if typed.amount.strip():
        try:
            amount = money(typed.amount.strip())
        except UnreadableError as error:
            problems["amount"] = error.rule
    if typed.signed.strip():
        try:
            signed = day(typed.signed.strip())
        except UnreadableError as error:
            problems["signed"] = error.rule
        if not first_day(month_of(ends_on) - 11) <= signed <= first_day(month_of(ends_on) + 12):
            problems["signed"] = message("Choose a day within a year of the end of the data.")
            signed = ends_on
    term = _bounded(typed.term, 1, 120, "term", problems, whole=True) if typed.term.strip() else Fraction(12)
    aha = None
    if typed.aha_after.strip():
        aha = _bounded(typed.aha_after, 0, _MOST_DAYS, "aha_after", problems, whole=True)
    return ExtraDealQuery(
        typed,
        problems,
        amount,
        signed,
        int(term or 12),
        None if aha is None else int(aha),
        int(typed.stars) if typed.stars in {"1", "2", "3", "4", "5"} else None,
    )


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which deals of a statement are shown, and in which order."""

    find: Annotated[str, Query(max_length=120)] = ""
    kind: Annotated[str, Query(max_length=12)] = ""
    state: Annotated[str, Query(max_length=12)] = ""
    order: Annotated[str, Query(max_length=12)] = "newest"
    page: Annotated[int, Query(ge=1, le=10_000)] = 1

    @property
    def is_active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.find.strip() or self.kind or self.state)


class ScenarioForm(BaseForm):
    """A name for assumptions, and the assumptions as they stand in an address."""

    name: str = Field(default="", max_length=200)
    assumed: str = Field(default="", max_length=2000)
