"""Conditions tested at the end of a period: attainment, average buyer rating, or a result such as NRR."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.language.declarations import Scalar, choice, declare, text
from server.comp.language.fields import Fields
from server.comp.language.ranges import RANGE_KEYS, Quantity, Range, limit, quantity, read_range
from server.comp.periods import PERIODS
from server.comp.rounding import Bools
from server.messages import Message, Percent, Value, decimal, message

Span = tuple[int, int]
"""The first month of a span and its number of months."""
EACH = {"every month": 1, "every quarter": 3}


def _show_quantity(value: Any, _currency: str) -> Value:
    return quantity_shown(value)


def quantity_shown(value: Fraction) -> Value:
    """Return a result as it was stated: in percent, or as a plain number."""
    if isinstance(value, Quantity):
        return Percent(value)
    return decimal(value)


QUANTITY = Scalar("a percentage or a number", quantity, Fraction(0), _show_quantity, "90%")
LIMIT = Scalar("a percentage, a fraction or a number", limit, Fraction(0), _show_quantity, "90%")
NAME = Scalar(
    "the name of a result",
    lambda name: text(60).read(name).lower(),
    blank="",
    show=lambda value, _: str(value),
    example="nrr",
)


@dataclass(frozen=True)
class InlineRange:
    """The type of a range whose limits are keys of the mapping it belongs to."""

    def take(self, fields: Fields, key: str, default: Any) -> Any:
        """Return the range of the stated limits."""
        del key, default
        return read_range(fields, LIMIT)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of each limit."""
        return LIMIT.schema()

    def properties(self) -> dict[str, Any]:
        """Return the JSON Schema of each key that the mapping may have."""
        return dict.fromkeys(RANGE_KEYS, LIMIT.schema())

    def shown(self, value: Any, currency: str) -> Value:
        """Return the range as a message shows it."""
        shown: Value = value.words(lambda limit: QUANTITY.shown(limit, currency))
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A value that must be in a range at the end of a period; an unknown value is not."""

    of: str = declare(NAME, doc="attainment, attainment of NAME, rating, tenure (months of work), or a result")
    over: str = declare(
        choice("period", "month", "quarter", "half", "year", "year to date", *EACH),
        "period",
        doc="The span to test; “year” compares the year so far with the quota of the whole year,"
        " “every quarter” tests each quarter of the period.",
    )
    range: Range = declare(InlineRange(), Range(), label="range")

    def check(self, fields: Fields) -> None:
        """Report a condition without a limit."""
        if self.range == Range():
            fields.report("", message("A condition needs “from”, “above”, “below” or “up to”."))

    @property
    def subject(self) -> tuple[str, str]:
        """Return what is tested (attainment, rating, tenure or result), and the name of the component or result."""
        if self.of == "attainment":
            return "attainment", ""
        if self.of.startswith("attainment of "):
            return "attainment", self.of.removeprefix("attainment of ")
        return (self.of, "") if self.of in {"rating", "tenure"} else ("result", self.of)

    def spans(self, period: Span, window_start: int) -> list[tuple[Span, Span]]:
        """Return the spans to test for a period that ends now, each with the span whose quota counts."""
        length = EACH.get(self.over, 0)
        each = range(period[0], period[0] + period[1] - length + 1, length) if length else ()
        return [((start, length), (start, length)) for start in each] or [self._span_of(period, window_start)]

    def _span_of(self, period: Span, window_start: int) -> tuple[Span, Span]:
        end = period[0] + period[1] - 1
        year_start = window_start + (end - window_start) // MONTHS_IN_YEAR * MONTHS_IN_YEAR
        if self.over == "period":
            return period, period
        if self.over == "year to date":
            return (year_start, end - year_start + 1), (year_start, end - year_start + 1)
        if self.over == "year":
            return (year_start, end - year_start + 1), (year_start, MONTHS_IN_YEAR)
        length = EACH.get(self.over) or PERIODS[self.over]
        first_month = window_start + (end - window_start) // length * length
        return (first_month, end - first_month + 1), (first_month, length)

    def sentence(self) -> Message:
        """Describe the condition."""
        limits = self.range.words(lambda limit: QUANTITY.shown(limit, ""))
        if self.over == "period":
            return message("{of} {range}", of=self.of, range=limits)
        if self.over in EACH:
            return message("{of} {range} in {every}", of=self.of, range=limits, every=self.over)
        return message("{of} {range} over the {over}", of=self.of, range=limits, over=self.over)


class ConditionContext(Protocol):
    """What a condition can look up about one rep."""

    def attained(self, component: str, span: Span, quota_span: Span) -> tuple[int, int]:
        """Return credit and quota of a component; an empty name is the component of the condition."""

    def rating(self, span: Span) -> Fraction | None:
        """Return the average of the ratings received, or None."""

    def tenure(self, span: Span) -> Fraction | None:
        """Return the whole months of work by the end of a span, or None."""

    def result(self, name: str, span: Span) -> Fraction | None:
        """Return the last known value, or None."""


def is_met(
    condition: Condition,
    context: ConditionContext,
    period: Span,
    window_start: int,
) -> tuple[bool, Message]:
    """Return whether one rep meets a condition, and why.

    If the condition is tested in several spans, the first one in which it is not met decides.
    """
    answers = (_is_met_in(condition, context, *spans) for spans in condition.spans(period, window_start))
    answer = next(answers)
    for next_answer in answers:
        if not answer[0]:
            break
        answer = next_answer
    return answer


def _is_met_in(
    condition: Condition,
    context: ConditionContext,
    span: Span,
    quota_span: Span,
) -> tuple[bool, Message]:
    kind, name = condition.subject
    requirement = condition.sentence()
    if kind == "attainment":
        credit, quota = context.attained(name, span, quota_span)
        if quota <= 0:
            return False, message(
                "there is no quota, so attainment is undefined; required: {requirement}",
                requirement=requirement,
            )
        value: Fraction | None = Fraction(credit, quota)
        shown: Value = Percent(Fraction(credit, quota))
    else:
        known = {"rating": context.rating, "tenure": context.tenure}
        value = known[kind](span) if kind in known else context.result(name, span)
        shown = quantity_shown(value) if value is not None else message("unknown")
    return condition.range.admits(value), message(
        "{of} is {value}; required: {requirement}",
        of=condition.of,
        value=shown,
        requirement=requirement,
    )


def all_met(
    conditions: tuple[Condition, ...],
    context: ConditionContext,
    period: Span,
    window_start: int,
    least: int | None = None,
) -> tuple[bool, Message | None]:
    """Return whether one rep meets all conditions, and the reasons that decide it.

    With `least`, that many conditions are enough.
    """
    answers = [is_met(condition, context, period, window_start) for condition in conditions]
    needed = len(answers) if least is None else least
    are_met = sum(is_one_met for is_one_met, _ in answers) >= needed
    why: Message | None = None
    for is_one_met, reason in answers:
        if is_one_met == are_met:
            why = reason if why is None else message("{first}, {second}", first=why, second=reason)
    return are_met, why


class ConditionArrays(Protocol):
    """What a condition can look up about every rep of a book; all results have the shape (reps,)."""

    @property
    def reps(self) -> int:
        """Return the number of reps."""

    def attained_by(self, component: str, span: Span, quota_span: Span, range_: Range) -> Bools:
        """Return whose attainment is in a range."""

    def rating_by(self, span: Span, range_: Range) -> Bools:
        """Return whose average rating is in a range."""

    def tenure_by(self, span: Span, range_: Range) -> Bools:
        """Return whose months of work by the end of a span are in a range."""

    def result_by(self, name: str, span: Span, range_: Range) -> Bools:
        """Return whose last known value is in a range."""


def met_by(
    conditions: tuple[Condition, ...],
    arrays: ConditionArrays,
    period: Span,
    window_start: int,
    least: int | None = None,
) -> Bools:
    """Return which reps (reps,) meet all conditions, or at least `least` of them."""
    count = np.zeros(arrays.reps, dtype=np.int64)
    for condition in conditions:
        spans = condition.spans(period, window_start)
        count += np.logical_and.reduce([_met_by_in(condition, arrays, *pair) for pair in spans])
    enough: Bools = count >= (len(conditions) if least is None else least)
    return enough


def _met_by_in(condition: Condition, arrays: ConditionArrays, span: Span, quota_span: Span) -> Bools:
    kind, name = condition.subject
    if kind == "attainment":
        return arrays.attained_by(name, span, quota_span, condition.range)
    if kind == "rating":
        return arrays.rating_by(span, condition.range)
    if kind == "tenure":
        return arrays.tenure_by(span, condition.range)
    return arrays.result_by(name, span, condition.range)
