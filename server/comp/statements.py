"""Statements: every amount of a rep's pay with its day, its pay element and the rules behind it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from server.comp.calendar import Window
from server.comp.history import Deal
from server.comp.mechanics.release import State
from server.comp.pay_elements import PayElements
from server.messages import Message, message


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was checked: whether it applied, the cents it gave, and why."""

    rule: Message
    fired: bool
    why: Message
    cents: int = 0


UNTRACED = message("not traced")


@dataclass(frozen=True, slots=True)
class Line:
    """An amount in cents with its day and pay element; only `paid` lines in the window count towards pay."""

    element: int
    day: date
    cents: int
    state: State
    step: Step


EXCHANGE_RATE = message("Exchange rate")
"""The rule of the step that converts a deal's currency."""


@dataclass(frozen=True, slots=True)
class DealStatement:
    """Everything one deal earned: the steps of its commission, and every line that follows from it.

    `by_component` holds the cents of each component after its own gate, minimum and cap.
    """

    deal: Deal
    level: str
    commission: int
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    by_component: tuple[int, ...] = ()

    def paid_in(self, window: Window) -> int:
        """Return the cents this deal paid in the window's months."""
        return sum(line.cents for line in self.lines if is_counted(line, window))

    @property
    def conversion(self) -> Message | None:
        """How the deal's currency was converted, such as “€10,000 × 1.1 = $11,000”, if it was."""
        return next((step.why for step in self.steps if step.rule == EXCHANGE_RATE), None)

    def touches(self, window: Window) -> bool:
        """Return whether the deal was signed or paid in the window's months."""
        is_signed_inside = window.index_of(self.deal.signed) is not None
        return is_signed_inside or any(is_counted(line, window) for line in self.lines)

    @property
    def pending(self) -> int:
        """Cents that are pending."""
        return sum(line.cents for line in self.lines if line.state == "waiting")


@dataclass(frozen=True, slots=True)
class PeriodStatement:
    """What a component, a multiplier or a draw pays at the end of a month, and how."""

    line: Line
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class TierAmount:
    """What a tier of a component has paid: the credit in it (cents or units), its rates, and the cents.

    It is before splits, gates, minimums, caps and credit memos. There are several rates where levels or rules for rates
    differ.
    """

    component: int
    tier: int
    rates: tuple[Fraction, ...]
    credit: int
    cents: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A rep's pay for a window, line by line.

    `levels` holds the level index of each month, `owed` the draw balance at each month's end in cents. `tiers` are
    known with a trace only.
    """

    elements: PayElements
    window: Window
    base: tuple[Line, ...]
    deals: tuple[DealStatement, ...]
    periods: tuple[PeriodStatement, ...]
    levels: tuple[int, ...]
    owed: tuple[int, ...] = ()
    tiers: tuple[TierAmount, ...] = ()

    def lines(self) -> Iterator[Line]:
        """Yield every line that counts towards pay."""
        yield from self.base
        for statement in self.deals:
            yield from (line for line in statement.lines if is_counted(line, self.window))
        yield from (statement.line for statement in self.periods)

    @property
    def total(self) -> int:
        """The total in cents."""
        return sum(line.cents for line in self.lines())

    def amounts(self) -> dict[tuple[int, int], int]:
        """Return the cents by pay element and month of the window (from 0), where there are lines."""
        sums: dict[tuple[int, int], int] = defaultdict(int)
        for line in self.lines():
            sums[line.element, self.window.calendar.month_of(line.day) - self.window.first_month] += line.cents
        return dict(sums)

    @property
    def pending(self) -> int:
        """Cents that are pending."""
        return sum(statement.pending for statement in self.deals)


def is_counted(line: Line, window: Window) -> bool:
    """Return whether a line counts as pay of the window."""
    return line.state == "paid" and window.index_of(line.day) is not None
