"""Conditions tested at a period's end: attainment, a buyer-rating average, or a result such as NRR or CSAT."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.language.declarations import Scalar, choice, declare, text
from server.comp.language.fields import Fields
from server.comp.language.ranges import RANGE_KEYS, Quantity, Range, edges_of, quantity
from server.comp.periods import PERIODS
from server.comp.rounding import Bools
from server.messages import Message, Percent, Value, decimal, message

Span = tuple[int, int]
"""The first month of a stretch and how many there are."""
EACH = {"every month": 1, "every quarter": 3}


def _shown(value: Any, _currency: str) -> Value:
    return quantity_shown(value)


def quantity_shown(value: Fraction) -> Value:
    """Return a result as it was stated: in percent, or as a plain number."""
    if isinstance(value, Quantity):
        return Percent(value)
    return decimal(value)


QUANTITY = Scalar("a percentage or a number", quantity, Fraction(0), _shown, "90%")
NAME = Scalar("a result's name", lambda text_: text(60).read(text_).lower(), "", lambda value, _: str(value), "nrr")


@dataclass(frozen=True)
class InlineRange:
    """The kind of a range whose edges stand beside the other terms of a mapping."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Take the edges that are stated."""
        del key, default
        return edges_of(fields, QUANTITY)

    def schema(self) -> dict[str, Any]:
        """Describe every edge alike."""
        return QUANTITY.schema()

    def properties(self) -> dict[str, Any]:
        """Describe the keys that stand beside the others."""
        return dict.fromkeys(RANGE_KEYS, QUANTITY.schema())

    def shown(self, value: Any, currency: str) -> Value:
        """Say the range."""
        words: Value = value.words(lambda edge: QUANTITY.shown(edge, currency))
        return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that must lie in a range at the end of a period; what is not known does not."""

    of: str = declare(NAME, doc="attainment, attainment of NAME, rating, or the name of a result.")
    over: str = declare(
        choice("period", "month", "quarter", "half", "year", "year to date", *EACH),
        "period",
        doc="The stretch looked at; “year” holds what there is so far against the whole year's quota, “every quarter”"
        " asks each one of the period.",
    )
    range: Range = declare(InlineRange(), Range(), label="range")

    def check(self, fields: Fields) -> None:
        """Report a condition without any edge."""
        if self.range == Range():
            fields.report("", message("A condition needs “from”, “above”, “below” or “up to”."))

    @property
    def subject(self) -> tuple[str, str]:
        """What is looked at: attainment (of a component, or of this one), rating, or a result by name."""
        if self.of == "attainment":
            return "attainment", ""
        if self.of.startswith("attainment of "):
            return "attainment", self.of.removeprefix("attainment of ")
        return ("rating", "") if self.of == "rating" else ("result", self.of)

    def spans(self, period: Span, window_start: int) -> list[tuple[Span, Span]]:
        """Return the stretches looked at, each with the one whose quota counts, for a period that ends now."""
        length = EACH.get(self.over, 0)
        each = range(period[0], period[0] + period[1] - length + 1, length) if length else ()
        return [((start, length), (start, length)) for start in each] or [self._span(period, window_start)]

    def _span(self, period: Span, window_start: int) -> tuple[Span, Span]:
        end = period[0] + period[1] - 1
        year = window_start + (end - window_start) // MONTHS_IN_YEAR * MONTHS_IN_YEAR
        if self.over == "period":
            return period, period
        if self.over == "year to date":
            return (year, end - year + 1), (year, end - year + 1)
        if self.over == "year":
            return (year, end - year + 1), (year, MONTHS_IN_YEAR)
        length = EACH.get(self.over) or PERIODS[self.over]
        first = window_start + (end - window_start) // length * length
        return (first, end - first + 1), (first, length)

    def sentence(self) -> Message:
        """Say it."""
        words = self.range.words(lambda edge: QUANTITY.shown(edge, ""))
        if self.over == "period":
            return message("{of} {range}", of=self.of, range=words)
        if self.over in EACH:
            return message("{of} {range} in {every}", of=self.of, range=words, every=self.over)
        return message("{of} {range} over the {over}", of=self.of, range=words, over=self.over)


class ConditionContext(Protocol):
    """What a condition can ask about one rep."""

    def attained(self, component: str, span: Span, quota_span: Span) -> tuple[int, int]:
        """Return credit and quota; `component` is empty for the one that asks."""

    def rating(self, span: Span) -> Fraction | None:
        """Return the average of the ratings that arrived."""

    def result(self, name: str, span: Span) -> Fraction | None:
        """Return the last value known."""


def is_met(condition: Condition, world: ConditionContext, period: Span, window_start: int) -> tuple[bool, Message]:
    """Say whether a condition holds for one rep, and why: the first stretch in which it does not decides."""
    answers = (_held_in(condition, world, *spans) for spans in condition.spans(period, window_start))
    found = next(answers)
    for answer in answers:
        if not found[0]:
            break
        found = answer
    return found


def _held_in(condition: Condition, world: ConditionContext, span: Span, quota_span: Span) -> tuple[bool, Message]:
    kind, name = condition.subject
    wanted = condition.sentence()
    if kind == "attainment":
        credit, quota = world.attained(name, span, quota_span)
        if quota <= 0:
            return False, message("there is no quota, so attainment is undefined; wanted: {wanted}", wanted=wanted)
        value: Fraction | None = Fraction(credit, quota)
        shown: Value = Percent(Fraction(credit, quota))
    else:
        value = world.rating(span) if kind == "rating" else world.result(name, span)
        shown = quantity_shown(value) if value is not None else message("not known")
    return condition.range.admits(value), message(
        "{of} is {value}; wanted: {wanted}", of=condition.of, value=shown, wanted=wanted
    )


def all_met(
    conditions: tuple[Condition, ...], world: ConditionContext, period: Span, start: int, least: int | None = None
) -> tuple[bool, Message | None]:
    """Say whether all conditions hold (or at least so many), and why, naming those that decide."""
    answers = [is_met(condition, world, period, start) for condition in conditions]
    met = sum(holds for holds, _ in answers) >= (len(answers) if least is None else least)
    why: Message | None = None
    for holds, said in answers:
        if holds == met:
            why = said if why is None else message("{first}, {second}", first=why, second=said)
    return met, why


class ConditionArrays(Protocol):
    """What a condition can ask about every rep of a book at once; all answers have the shape (reps,)."""

    @property
    def reps(self) -> int:
        """How many reps there are."""

    def attained_by(self, component: str, span: Span, quota_span: Span, range_: Range) -> Bools:
        """Say whose attainment lies in a range."""

    def rating_by(self, span: Span, range_: Range) -> Bools:
        """Say whose average of ratings lies in a range."""

    def result_by(self, name: str, span: Span, range_: Range) -> Bools:
        """Say whose last known value lies in a range."""


def met_by(
    conditions: tuple[Condition, ...],
    worlds: ConditionArrays,
    period: Span,
    window_start: int,
    least: int | None = None,
) -> Bools:
    """Say for which reps (reps,) all conditions hold, or at least so many."""
    count = np.zeros(worlds.reps, dtype=np.int64)
    for condition in conditions:
        in_each = [_held_by_in(condition, worlds, *spans) for spans in condition.spans(period, window_start)]
        count += np.logical_and.reduce(in_each)
    enough: Bools = count >= (len(conditions) if least is None else least)
    return enough


def _held_by_in(condition: Condition, worlds: ConditionArrays, span: Span, quota_span: Span) -> Bools:
    kind, name = condition.subject
    if kind == "attainment":
        return worlds.attained_by(name, span, quota_span, condition.range)
    if kind == "rating":
        return worlds.rating_by(span, condition.range)
    return worlds.result_by(name, span, condition.range)
