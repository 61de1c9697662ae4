"""Axes with round amounts, and the frame that maps amounts to pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

LEFT, TOP, BOTTOM, RIGHT = 54, 10, 26, 12
MAX_STEPS = 5
"""Maximum number of intervals on an axis, so that a chart stays easy to read."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: its position in pixels, and its value."""

    position: float
    value: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A chart's size in pixels, and the cents at its lowest and highest grid line."""

    width: int
    height: int
    low: int
    high: int

    @property
    def left(self) -> int:
        """The position of the vertical axis."""
        return LEFT

    @property
    def right(self) -> int:
        """The position of the right edge."""
        return self.width - RIGHT

    @property
    def bottom(self) -> int:
        """The position of the horizontal axis."""
        return self.height - BOTTOM

    def x_at(self, share: float) -> float:
        """Return the horizontal position at a share of the width, from 0 to 1."""
        return round(LEFT + share * (self.right - LEFT), 1)

    def y_of(self, cents: int) -> float:
        """Return the position of an amount on a vertical axis."""
        return round(self.bottom - (cents - self.low) / (self.high - self.low) * (self.bottom - TOP), 1)

    def x_of(self, cents: int) -> float:
        """Return the position of an amount on a horizontal axis."""
        return self.x_at((cents - self.low) / (self.high - self.low))

    @property
    def y_ticks(self) -> tuple[Tick, ...]:
        """The ticks of a vertical axis."""
        return tuple(Tick(self.y_of(cents), cents) for cents in steps(self.low, self.high))

    @property
    def x_ticks(self) -> tuple[Tick, ...]:
        """The ticks of a horizontal axis."""
        return tuple(Tick(self.x_of(cents), cents) for cents in steps(self.low, self.high))


def frame(width: int, height: int, amounts: Sequence[int], *, from_zero: bool = False) -> Frame:
    """Return a frame whose grid lines span all amounts, in cents."""
    least = min([0, *amounts]) if from_zero else min(amounts)
    values = steps(least, max([100, *amounts]) if from_zero else max(amounts))
    return Frame(width, height, values[0], values[-1])


def steps(least: int, most: int) -> list[int]:
    """Return two to seven evenly spaced round amounts in cents that span a range."""
    span = max(most - least, 100)
    sizes = (factor * 10**power for power in range(2, 20) for factor in (1, 2, 5))
    size = next(size for size in sizes if span <= size * MAX_STEPS)
    first = least // size * size
    count = -(-(most - first) // size)
    return [first + size * index for index in range(max(int(count), 1) + 1)]
