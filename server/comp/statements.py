"""A statement: every amount of a rep's pay with its day, its head, and the rules that fired or did not."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from server.comp.calendar import Window, month_of
from server.comp.history import Deal
from server.comp.mechanics.release import State
from server.comp.pay_elements import PayElements
from server.messages import Message, message


@dataclass(frozen=True, slots=True)
class Step:
    """A rule that was looked at: whether it fired, the cents it gave, and why."""

    rule: Message
    fired: bool
    why: Message
    cents: int = 0


UNTRACED = message("not traced")


@dataclass(frozen=True, slots=True)
class Line:
    """An amount in cents with its day and head; only `paid` lines of the window's months count towards pay."""

    element: int
    day: date
    cents: int
    state: State
    step: Step


@dataclass(frozen=True, slots=True)
class DealStatement:
    """All that one deal earned: how its commission came about, and every line that follows from it.

    `by_component` are the cents of each component after its own gate, minimum and cap.
    """

    deal: Deal
    level: str
    commission: int
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    by_component: tuple[int, ...] = ()

    def paid_in(self, window: Window) -> int:
        """Cents this deal paid in the window's months."""
        return sum(line.cents for line in self.lines if is_counted(line, window))

    def touches(self, window: Window) -> bool:
        """Say whether the deal was signed or paid in the window's months."""
        signed_inside = window.index(month_of(self.deal.signed)) is not None
        return signed_inside or any(is_counted(line, window) for line in self.lines)

    @property
    def waiting(self) -> int:
        """Cents that may still come."""
        return sum(line.cents for line in self.lines if line.state == "waiting")


@dataclass(frozen=True, slots=True)
class PeriodStatement:
    """What a component, a multiplier or a draw came to at the end of a month, and how."""

    line: Line
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A rep's pay for a window, from the single lines up.

    `owed` is what of draws is owed at the end of each month; `quotas` and `credited` are those of the components in
    the window's last period, in cents or units.
    """

    elements: PayElements
    window: Window
    base: tuple[Line, ...]
    deals: tuple[DealStatement, ...]
    periods: tuple[PeriodStatement, ...]
    levels: tuple[int, ...]
    owed: tuple[int, ...] = ()

    def lines(self) -> Iterator[Line]:
        """Return every line that counts."""
        yield from self.base
        for statement in self.deals:
            yield from (line for line in statement.lines if is_counted(line, self.window))
        yield from (found.line for found in self.periods)

    @property
    def total(self) -> int:
        """Cents in all."""
        return sum(line.cents for line in self.lines())

    def amounts(self) -> dict[tuple[int, int], int]:
        """Return cents by head and month of the window (from 0), where there are any lines."""
        sums: dict[tuple[int, int], int] = defaultdict(int)
        for line in self.lines():
            sums[line.element, month_of(line.day) - self.window.first_month] += line.cents
        return dict(sums)

    @property
    def waiting(self) -> int:
        """Cents that may still come."""
        return sum(statement.waiting for statement in self.deals)


def is_counted(line: Line, window: Window) -> bool:
    """Say whether a line is pay of the window."""
    return line.state == "paid" and window.index(month_of(line.day)) is not None
