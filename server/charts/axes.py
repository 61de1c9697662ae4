"""Axes: round amounts that span a range, and the frame that every chart of money is drawn in."""

from collections.abc import Sequence
from dataclasses import dataclass

LEFT, TOP, BOTTOM, RIGHT = 54, 10, 26, 12
MAX_STEPS = 5
"""More lines than five make a chart restless."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and the value it stands for."""

    at: float
    value: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A chart's size, and the amounts at its lowest and highest line."""

    width: int
    height: int
    low: int
    high: int

    @property
    def left(self) -> int:
        """Where the vertical axis lies."""
        return LEFT

    @property
    def right(self) -> int:
        """Where the chart ends."""
        return self.width - RIGHT

    @property
    def floor(self) -> int:
        """Where the horizontal axis lies."""
        return self.height - BOTTOM

    def across(self, share: float) -> float:
        """Return where a share of the width lies."""
        return round(LEFT + share * (self.right - LEFT), 1)

    def up(self, cents: int) -> float:
        """Return where an amount lies on a vertical axis."""
        return round(self.floor - (cents - self.low) / (self.high - self.low) * (self.floor - TOP), 1)

    def along(self, cents: int) -> float:
        """Return where an amount lies on a horizontal axis."""
        return self.across((cents - self.low) / (self.high - self.low))

    @property
    def ticks(self) -> tuple[Tick, ...]:
        """The lines of a vertical axis."""
        return tuple(Tick(self.up(cents), cents) for cents in steps(self.low, self.high))

    @property
    def ticks_along(self) -> tuple[Tick, ...]:
        """The lines of a horizontal axis."""
        return tuple(Tick(self.along(cents), cents) for cents in steps(self.low, self.high))


def frame(width: int, height: int, amounts: Sequence[int], *, from_zero: bool = False) -> Frame:
    """Return a frame whose lines span all amounts."""
    least = min([0, *amounts]) if from_zero else min(amounts)
    marks = steps(least, max([100, *amounts]) if from_zero else max(amounts))
    return Frame(width, height, marks[0], marks[-1])


def steps(least: int, most: int) -> list[int]:
    """Return three to six round amounts in cents that span a range."""
    span = max(most - least, 100)
    sizes = (factor * 10**power for power in range(2, 20) for factor in (1, 2, 5))
    size = next(size for size in sizes if span <= size * MAX_STEPS)
    first = least // size * size
    count = -(-(most - first) // size)
    return [first + size * index for index in range(max(int(count), 1) + 1)]
