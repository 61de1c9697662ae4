"""What a browser may send to the simulator: what-if fields, one more deal, and the filter of a statement."""

from dataclasses import dataclass, fields, replace
from datetime import date
from fractions import Fraction
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from pydantic import Field

from server.comp import Plan, Window
from server.comp.calendar import first_day, month_of
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.units import day, money, month, number
from server.messages import Message, message
from server.simulator.assumptions import Assumptions
from server.web.forms import BaseForm

ShortText = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class AssumptionsForm:
    """The what-if fields as sent in the query string. They never contain pay; empty means unchanged."""

    attainment: ShortText = ""
    deals: ShortText = ""
    size: ShortText = ""
    expansion: ShortText = ""
    aha: ShortText = ""
    aha_days: ShortText = ""
    churn: ShortText = ""
    rating: ShortText = ""
    level: Annotated[str, Query(max_length=60)] = ""
    start: ShortText = ""

    def stated(self) -> dict[str, str]:
        """Return the fields that are not empty."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value.strip()}


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The fields as typed, the assumptions they make, and their problems by field."""

    typed: dict[str, str]
    assumptions: Assumptions
    problems: dict[str, Message]

    @property
    def query(self) -> str:
        """The assumptions as a query string with its question mark; empty if there are none."""
        stated = {name: value for name, value in self.typed.items() if value}
        return f"?{urlencode(stated)}" if stated else ""

    def without_attainment(self, problem: Message) -> "WhatIf":
        """Return a copy that ignores the attainment and has a problem at its field."""
        assumptions = replace(self.assumptions, attainment=None)
        return replace(self, assumptions=assumptions, problems=self.problems | {"attainment": problem})

    def without(self, name: str) -> str:
        """Return the query string without one field."""
        stated = {key: value for key, value in self.typed.items() if value and key != name}
        return f"?{urlencode(stated)}" if stated else "?"


_MAX_PERCENT = {"attainment": 300, "deals": 300, "size": 1000, "expansion": 100, "aha": 100, "churn": 100}
_MAX_DAYS = 720


def parse_assumptions(form: AssumptionsForm, plan: Plan, window: Window) -> WhatIf:
    """Parse the what-if fields; a field with a problem changes nothing."""
    problems: dict[str, Message] = {}
    values: dict[str, Any] = {}
    stated = form.stated()
    for name, max_percent in _MAX_PERCENT.items():
        if name in stated:
            percent = _parse_number(stated[name].strip().removesuffix("%"), 0, max_percent, name, problems)
            values[name] = None if percent is None else percent / 100
    if "rating" in stated:
        values["rating"] = _parse_number(stated["rating"], 1, 5, "rating", problems)
    if "aha_days" in stated:
        days = _parse_number(stated["aha_days"], 0, _MAX_DAYS, "aha_days", problems, whole=True)
        values["aha_days"] = None if days is None else int(days)
    level_names = [level.name for level in plan.levels]
    if form.level in level_names:
        values["level"] = (form.level, level_names.index(form.level))
    elif form.level:
        problems["level"] = message("This plan does not have that level.")
    if "start" in stated:
        values["start"] = _parse_start(stated["start"], window, problems)
    typed = {field.name: getattr(form, field.name) for field in fields(form)}
    return WhatIf(typed, Assumptions(**values), problems)


def _parse_start(text: str, window: Window, problems: dict[str, Message]) -> int | None:
    try:
        start = month(text)
    except UnreadableError as error:
        problems["start"] = error.rule
        return None
    if window.index(start) is None:
        problems["start"] = message("Choose one of the twelve months.")
        return None
    return start


def _parse_number(
    text: str, least: int, most: int, name: str, problems: dict[str, Message], *, whole: bool = False
) -> Fraction | None:
    """Return a number within bounds, or None after adding a problem under the field's name."""
    try:
        value = number(text)
    except UnreadableError as error:
        problems[name] = error.rule
        return None
    if whole and value.denominator != 1:
        problems[name] = message("Enter a whole number.")
        return None
    if not least <= value <= most or (value * 100).denominator != 1:
        problems[name] = message(
            "Enter a number from {least} to {most}, with at most two decimals.", least=least, most=most
        )
        return None
    return value


@dataclass(frozen=True, slots=True)
class ExtraDealForm:
    """One more deal as sent in the query string, or the ID of one of the rep's open deals."""

    deal: Annotated[str, Query(max_length=26)] = ""
    amount: ShortText = ""
    signed: ShortText = ""
    kind: Annotated[str, Query(max_length=12)] = ""
    term: ShortText = ""
    aha_after: ShortText = ""
    stars: Annotated[str, Query(max_length=1)] = ""
    ask: Annotated[str, Query(max_length=1)] = ""

    @property
    def is_asked(self) -> bool:
        """Return whether a deal was entered or chosen, or the form was sent unchanged."""
        return bool(self.amount.strip() or self.deal or self.ask)


@dataclass(frozen=True, slots=True)
class ExtraDealQuery:
    """One more deal, parsed: amount in cents, signing day, term in months, days to the aha moment, stars.

    What is not entered is 0 or None, and for an open deal as the CRM has it.
    """

    typed: ExtraDealForm
    problems: dict[str, Message]
    amount: int
    signed: date
    term: int | None = None
    aha_after: int | None = None
    stars: int | None = None


def parse_extra_deal(form: ExtraDealForm, ends_on: date) -> ExtraDealQuery:
    """Parse one more deal, signed on the last day of the data unless a day within a year of it is entered."""
    problems: dict[str, Message] = {}
    amount, signed = 0, ends_on
    if form.amount.strip():
        try:
            amount = money(form.amount.strip())
        except UnreadableError as error:
            problems["amount"] = error.rule
    if form.signed.strip():
        try:
            signed = day(form.signed.strip())
        except UnreadableError as error:
            problems["signed"] = error.rule
        if not first_day(month_of(ends_on) - 11) <= signed <= first_day(month_of(ends_on) + 12):
            problems["signed"] = message("Choose a date within a year of the end of the data.")
            signed = ends_on
    term: Fraction | None = None
    if form.term.strip():
        term = _parse_number(form.term, 1, 120, "term", problems, whole=True)
    aha_after = None
    if form.aha_after.strip():
        aha_after = _parse_number(form.aha_after, 0, _MAX_DAYS, "aha_after", problems, whole=True)
    return ExtraDealQuery(
        form,
        problems,
        amount,
        signed,
        None if term is None else int(term),
        None if aha_after is None else int(aha_after),
        int(form.stars) if form.stars in {"1", "2", "3", "4", "5"} else None,
    )


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which deals of a statement to show, and in which order."""

    find: Annotated[str, Query(max_length=120)] = ""
    kind: Annotated[str, Query(max_length=12)] = ""
    state: Annotated[str, Query(max_length=12)] = ""
    order: Annotated[str, Query(max_length=12)] = "newest"
    page: Annotated[int, Query(ge=1, le=10_000)] = 1

    @property
    def is_active(self) -> bool:
        """Return whether some deals may be left out."""
        return bool(self.find.strip() or self.kind or self.state)


class ScenarioForm(BaseForm):
    """A scenario's name, and its assumptions as a query string."""

    name: str = Field(default="", max_length=200)
    assumed: str = Field(default="", max_length=2000)
