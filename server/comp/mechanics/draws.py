"""Draws and guarantees: a floor under the variable pay of a period, recovered from later pay or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, FiscalCalendar
from server.comp.history import Person
from server.comp.language import units
from server.comp.language.declarations import COUNT, PERCENT, Scalar, choice, declare
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields, words
from server.comp.mechanics.quotas import Quotas, employed_share
from server.comp.periods import period_amount
from server.comp.rounding import Int64s, times, to_cents
from server.messages import Message, Money, Percent, message

MAX_DRAWS = 12
RECOVERABLE, NON_RECOVERABLE = "recoverable", "non-recoverable"


def _parse_months(text: str) -> tuple[int, int]:
    stripped = words(20)(text)
    first, separator, last = stripped.partition(" to ")
    span = (units.count(first), units.count(last)) if separator else (1, units.count(stripped))
    if not 1 <= span[0] <= span[1] <= 120:  # noqa: PLR2004 - ten years
        raise UnreadableError(message("Write months like 6, or 4 to 6."))
    return span


MONTHS = Scalar(
    "months, counted from 1",
    _parse_months,
    (1, 12),
    lambda span, _: message("months {first} to {last}", first=span[0], last=span[1]),
    "1 to 6",
)


def _parse_amount(text: str) -> tuple[int, int]:
    amount = period_amount(text if " a " in text or " per " in text else f"{text} a month")
    if amount.is_team or amount.months not in {1, 3} or isinstance(amount.months, Fraction):
        raise UnreadableError(
            message("A draw must be for a month or a quarter."),
            message("Write it like $2,000 a month."),
        )
    return amount.cents, amount.months


_PERIODS = {1: message("month"), 3: message("quarter")}
AMOUNT = Scalar(
    "an amount a month or a quarter",
    _parse_amount,
    (0, 1),
    lambda value, currency: message(
        "{amount} a {period}",
        amount=Money(value[0], currency),
        period=_PERIODS[value[1]],
    ),
    "$2,000 a month",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A floor under variable pay for some months.

    The shortfall is paid as an advance; with a recoverable draw it is owed and repaid from later pay.
    """

    amount: tuple[int, int] = declare(AMOUNT)
    kind: str = declare(choice(RECOVERABLE, NON_RECOVERABLE), RECOVERABLE)
    months: tuple[int, int] = declare(MONTHS, (1, 12))
    counted_from: str = declare(choice("the plan year", "the person's start"), "the plan year")
    recovered_from: str = declare(
        choice("what exceeds the draw", "everything earned"),
        "what exceeds the draw",
        doc="Which later pay is used to repay it.",
    )
    recovers_at_most: Fraction = declare(PERCENT, Fraction(1), doc="The share of that pay that is used.")
    recovery_after: int = declare(
        COUNT,
        0,
        doc="Months before recovery begins, counted like “months”.",
    )
    forgiven_after: int | None = declare(
        COUNT,
        None,
        doc="The month at the end of which any balance is forgiven.",
    )

    @property
    def cents(self) -> int:
        """Return the floor of a period in cents."""
        return self.amount[0]

    @property
    def length(self) -> int:
        """Return the number of months in its period."""
        return self.amount[1]

    def check(self, fields: Fields) -> None:
        """Report months that do not fill whole periods."""
        if (self.months[1] - self.months[0] + 1) % self.length or (self.months[0] - 1) % self.length:
            fields.report("months", message("A quarterly draw must cover whole quarters."))
        if self.counted_from == "the person's start" and self.length != 1:
            rule = message("Only a monthly draw can be counted from a person's start.")
            fields.report("counted from", rule)

    def number(self, person: Person | None, month: int, year_start: int, calendar: FiscalCalendar) -> int:
        """Return the month of the draw, counted from 1; below 1 the draw has not begun."""
        if self.counted_from == "the plan year":
            return (month - year_start) % MONTHS_IN_YEAR + 1
        if person is None or person.started is None:
            return 10**6  # without a start date, the months of the draw are over
        return month - calendar.month_of(person.started) + 1

    def sentences(self, currency: str) -> list[Message]:
        """Describe the draw, one sentence for each choice."""
        sentences = [self._floor_sentence(currency)]
        if self.kind == NON_RECOVERABLE:
            return [*sentences, message("It is a guarantee: it is not recovered.")]
        sentences.append(
            message(
                "The advance is owed, and recovered from {source}, at most {share} of it.",
                source=self.recovered_from,
                share=Percent(self.recovers_at_most),
            )
        )
        if self.recovery_after:
            sentences.append(message("Recovery begins after month {month}.", month=self.recovery_after))
        if self.forgiven_after is not None:
            sentences.append(
                message(
                    "Any balance still owed at the end of month {month} is forgiven.",
                    month=self.forgiven_after,
                )
            )
        return sentences

    def _floor_sentence(self, currency: str) -> Message:
        first, last = self.months
        if first == last:
            return message(
                "Variable pay is at least {amount} a {period} in month {month}, counted from {start}.",
                amount=Money(self.cents, currency),
                period=_PERIODS[self.length],
                month=first,
                start=self.counted_from,
            )
        return message(
            "Variable pay is at least {amount} a {period} in months {first} to {last}, counted from {start}.",
            amount=Money(self.cents, currency),
            period=_PERIODS[self.length],
            first=first,
            last=last,
            start=self.counted_from,
        )


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The rules at the end of one month: the floor, whether an advance is owed, and what may be recovered.

    `ends` is true if a period ends and is settled here, `tops_up` if pay is raised to `least`. Amounts are in
    cents.
    """

    ends: bool
    tops_up: bool
    least: int = 0
    is_owed: bool = True
    recovers: bool = True
    exempt: int = 0
    share: Fraction = Fraction(1)
    forgives: bool = False


@dataclass(frozen=True, slots=True)
class Settlement:
    """A month after its draws, in cents: paid as an advance, recovered, still owed, and forgiven."""

    advanced: int = 0
    recovered: int = 0
    owed: int = 0
    forgiven: int = 0


NOTHING_BELOW_ZERO = Draw(amount=(0, 1), months=(1, 1))
"""The rule of a plan without draws in which no month ends below zero: a negative amount is owed."""


def guarantees(
    draws: Sequence[Draw], quotas: Quotas, person: Person | None, first: int, months: int, *, carries: bool
) -> tuple[Guarantee, ...]:
    """Return the rules at the end of each month.

    A recoverable draw is still recovered after its own months. With `carries`, variable pay that ends below
    zero is carried forward as a balance owed.
    """
    result = []
    for month in range(first, first + months):
        index = month - first
        numbered = [(draw, draw.number(person, month, first, quotas.calendar)) for draw in draws]
        is_employed = person is None or employed_share(person, month, quotas.calendar) > 0
        covering = _covering(numbered) if is_employed and quotas.in_force_share(month) else None
        rule, number = next(
            ((draw, number) for draw, number in numbered if draw.kind == RECOVERABLE),
            (NOTHING_BELOW_ZERO, 1),
        )
        if covering and covering.kind == RECOVERABLE:
            rule, number = covering, covering.number(person, month, first, quotas.calendar)
        length = covering.length if covering else rule.length
        period = range(month - index % length, month - index % length + length)
        in_force = sum((quotas.in_force_share(other) for other in period), Fraction(0)) / length
        least = to_cents(covering.cents * in_force) if covering else 0
        result.append(
            Guarantee(
                ends=index % length == length - 1,
                tops_up=covering is not None or carries,
                least=least,
                is_owed=covering is None or covering.kind == RECOVERABLE,
                recovers=number > rule.recovery_after,
                exempt=least if rule.recovered_from == "what exceeds the draw" else 0,
                share=rule.recovers_at_most,
                forgives=rule.forgiven_after is not None and number == rule.forgiven_after,
            )
        )
    return tuple(result)


def _covering(numbered: Sequence[tuple[Draw, int]]) -> Draw | None:
    """Return the first draw whose months include its own month number, or None."""
    return next((draw for draw, number in numbered if draw.months[0] <= number <= draw.months[1]), None)


def settle(gross: Sequence[int], rules: Sequence[Guarantee], opening: int) -> list[Settlement]:
    """Settle the months of one person.

    `gross` is the variable pay of each month in cents, `rules` the rules of each month, `opening` the balance
    owed before the first.
    """
    owed, earned, settlements = opening, 0, []
    for cents, rule in zip(gross, rules, strict=True):
        earned += cents
        advanced = recovered = forgiven = 0
        if rule.ends:
            if rule.tops_up and earned < rule.least:
                advanced = rule.least - earned
                owed += advanced if rule.is_owed else 0
            elif rule.recovers:
                recoverable = to_cents(max(earned - rule.exempt, 0) * rule.share)
                recovered = min(owed, recoverable, max(earned - rule.least, 0))
                owed -= recovered
            earned = 0
        if rule.forgives:
            forgiven, owed = owed, 0
        settlements.append(Settlement(advanced, recovered, owed, forgiven))
    return settlements


def settle_all(gross: Int64s, rules: Sequence[Guarantee], opening: Int64s) -> tuple[Int64s, Int64s]:
    """Settle the months of people with the same rules, as `settle` does.

    `gross` is (reps, months), `opening` (reps,), both in cents; returns what is advanced and what is
    recovered, each (reps, months).
    """
    advanced, recovered = np.zeros_like(gross), np.zeros_like(gross)
    owed, earned = opening.copy(), np.zeros_like(opening)
    for month, rule in enumerate(rules):
        earned = earned + gross[:, month]
        if rule.ends:
            shortfall = np.maximum(rule.least - earned, 0) if rule.tops_up else np.zeros_like(earned)
            advanced[:, month] = shortfall
            if rule.recovers:
                recoverable = times(np.maximum(earned - rule.exempt, 0), rule.share)
                recoverable = np.minimum(recoverable, np.maximum(earned - rule.least, 0))
                recovered[:, month] = np.where(shortfall > 0, 0, np.minimum(owed, recoverable))
            owed = owed - recovered[:, month] + (shortfall if rule.is_owed else 0)
            earned = np.zeros_like(earned)
        if rule.forgives:
            owed = np.zeros_like(owed)
    return advanced, recovered
