"""Draws and guarantees: a floor under a period's variable pay, recovered from later pay or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, month_of
from server.comp.history import Person
from server.comp.language import units
from server.comp.language.declarations import COUNT, PERCENT, Scalar, choice, declare
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields, words
from server.comp.mechanics.quotas import employed_share
from server.comp.rounding import Int64s, times, to_cents
from server.messages import Message, Money, Percent, message

MAX_DRAWS = 12
RECOVERABLE, NON_RECOVERABLE = "recoverable", "non-recoverable"


def _months(text: str) -> tuple[int, int]:
    bare = words(20)(text)
    first, to, last = bare.partition(" to ")
    span = (units.count(first), units.count(last)) if to else (1, units.count(bare))
    if not 1 <= span[0] <= span[1] <= 120:  # noqa: PLR2004 - ten years
        raise UnreadableError(message("Months are written like 6, or 4 to 6."))
    return span


MONTHS = Scalar(
    "months, counted from 1",
    _months,
    (1, 12),
    lambda v, _: message("months {first} to {last}", first=v[0], last=v[1]),
    "1 to 6",
)


def _amount(text: str) -> tuple[int, int]:
    from server.comp.periods import period_amount  # noqa: PLC0415 - only this one word of it

    found = period_amount(text if " a " in text or " per " in text else f"{text} a month")
    if found.is_team or found.months not in {1, 3}:
        raise UnreadableError(message("A draw is for a month or a quarter."), message("Write it like $2,000 a month."))
    return found.cents, found.months


_PERIODS = {1: message("month"), 3: message("quarter")}
AMOUNT = Scalar(
    "an amount a month or a quarter",
    _amount,
    (0, 1),
    lambda v, currency: message("{amount} a {period}", amount=Money(v[0], currency), period=_PERIODS[v[1]]),
    "$2,000 a month",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A floor for some months: what falls short of it is paid, and owed again when it is recoverable."""

    amount: tuple[int, int] = declare(AMOUNT)
    kind: str = declare(choice(RECOVERABLE, NON_RECOVERABLE), RECOVERABLE)
    months: tuple[int, int] = declare(MONTHS, (1, 12))
    counted_from: str = declare(choice("the plan year", "the person's start"), "the plan year")
    recovered_from: str = declare(
        choice("what exceeds the draw", "everything earned"),
        "what exceeds the draw",
        doc="What later pay is used to repay it.",
    )
    recovers_at_most: Fraction = declare(PERCENT, Fraction(1), doc="Share of that pay which is used.")
    recovery_after: int = declare(COUNT, 0, doc="Months that pass before recovery begins, counted like “months”.")
    forgiven_after: int | None = declare(COUNT, None, doc="The month at whose end what is still owed is forgiven.")

    @property
    def cents(self) -> int:
        """The floor of a period in cents."""
        return self.amount[0]

    @property
    def length(self) -> int:
        """The months of its period."""
        return self.amount[1]

    def check(self, fields: Fields) -> None:
        """Report periods that its months do not fill."""
        if (self.months[1] - self.months[0] + 1) % self.length or (self.months[0] - 1) % self.length:
            fields.report("months", message("A draw by the quarter covers whole quarters."))
        if self.counted_from == "the person's start" and self.length != 1:
            fields.report("counted from", message("Only a draw by the month can be counted from a person's start."))

    def number(self, person: Person | None, month: int, year_start: int) -> int:
        """Return which month of the draw this is, counted from 1; below 1 it has not begun."""
        if self.counted_from == "the plan year":
            return (month - year_start) % MONTHS_IN_YEAR + 1
        if person is None or person.started is None:
            return 10**6
        return month - month_of(person.started) + 1

    def sentences(self, currency: str) -> list[Message]:
        """Say it, one sentence for each choice."""
        period = message("month") if self.length == 1 else message("quarter")
        first, last = self.months
        said = [
            message(
                "In months {first} to {last} of {start}, the variable pay of a {period} is at least {amount}.",
                first=first,
                last=last,
                start=self.counted_from,
                period=period,
                amount=Money(self.cents, currency),
            )
        ]
        if self.kind == NON_RECOVERABLE:
            return [*said, message("It is a guarantee: nothing of it is taken back.")]
        said.append(
            message(
                "What was paid ahead is owed, and recovered from {source}, {share} of it at most.",
                source=self.recovered_from,
                share=Percent(self.recovers_at_most),
            )
        )
        if self.recovery_after:
            said.append(message("Recovery begins after month {month}.", month=self.recovery_after))
        if self.forgiven_after is not None:
            said.append(
                message("What is still owed at the end of month {month} is forgiven.", month=self.forgiven_after)
            )
        return said


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What holds at one month's end: the least that is paid, whether that is owed again, and what may be recovered.

    `ends` says that a period ends here and is settled; `tops_up` that pay is raised to `least`.
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
    """A month after its draws, in cents: paid ahead, recovered, still owed, and forgiven."""

    advanced: int = 0
    recovered: int = 0
    owed: int = 0
    forgiven: int = 0


NOTHING_BELOW_ZERO = Draw(amount=(0, 1), months=(1, 1))
"""The rule of a plan without draws in which no month ends below zero: what falls short of nothing is owed."""


def guarantees(
    draws: Sequence[Draw], person: Person | None, first: int, months: int, *, carries: bool
) -> tuple[Guarantee, ...]:
    """Return what holds at the end of every month; after its months a recoverable draw is still recovered."""
    found = []
    for month in range(first, first + months):
        place = month - first
        numbers = [(draw, draw.number(person, month, first)) for draw in draws]
        here = person is None or employed_share(person, month) > 0
        covering = next((d for d, number in numbers if here and d.months[0] <= number <= d.months[1]), None)
        rule, number = next(((d, n) for d, n in numbers if d.kind == RECOVERABLE), (NOTHING_BELOW_ZERO, 1))
        if covering and covering.kind == RECOVERABLE:
            rule, number = covering, covering.number(person, month, first)
        length = covering.length if covering else rule.length
        least = covering.cents if covering else 0
        found.append(
            Guarantee(
                ends=place % length == length - 1,
                tops_up=covering is not None or carries,
                least=least,
                is_owed=covering is None or covering.kind == RECOVERABLE,
                recovers=number > rule.recovery_after,
                exempt=least if rule.recovered_from == "what exceeds the draw" else 0,
                share=rule.recovers_at_most,
                forgives=rule.forgiven_after is not None and number == rule.forgiven_after,
            )
        )
    return tuple(found)


def settle(gross: Sequence[int], held: Sequence[Guarantee], opening: int) -> list[Settlement]:
    """Settle one person's months: gross variable pay in cents, the floors, and what was owed before."""
    owed, since, found = opening, 0, []
    for cents, floor in zip(gross, held, strict=True):
        since += cents
        ahead = recovered = forgiven = 0
        if floor.ends:
            if floor.tops_up and since < floor.least:
                ahead = floor.least - since
                owed += ahead if floor.is_owed else 0
            elif floor.recovers:
                recovered = min(owed, to_cents(max(since - floor.exempt, 0) * floor.share), max(since - floor.least, 0))
                owed -= recovered
            since = 0
        if floor.forgives:
            forgiven, owed = owed, 0
        found.append(Settlement(ahead, recovered, owed, forgiven))
    return found


def settle_all(gross: Int64s, held: Sequence[Guarantee], opening: Int64s) -> tuple[Int64s, Int64s]:
    """Settle many people who share their floors: gross (reps, months); returns paid ahead and recovered alike."""
    ahead, recovered = np.zeros_like(gross), np.zeros_like(gross)
    owed, since = opening.copy(), np.zeros_like(opening)
    for month, floor in enumerate(held):
        since = since + gross[:, month]
        if floor.ends:
            short = np.maximum(floor.least - since, 0) if floor.tops_up else np.zeros_like(since)
            ahead[:, month] = short
            if floor.recovers:
                most = times(np.maximum(since - floor.exempt, 0), floor.share)
                most = np.minimum(most, np.maximum(since - floor.least, 0))
                recovered[:, month] = np.where(short > 0, 0, np.minimum(owed, most))
            owed = owed - recovered[:, month] + (short if floor.is_owed else 0)
            since = np.zeros_like(since)
        if floor.forgives:
            owed = np.zeros_like(owed)
    return ahead, recovered
