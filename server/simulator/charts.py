"""Where lines, columns and ticks of a chart lie; templates only draw them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from server.simulator.projection import CURVE, Curve

LEFT, TOP, BOTTOM = 54, 10, 26
MOST_STEPS = 5
"""More lines than five make a chart restless."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and the value it stands for."""

    at: float
    value: int


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line, with what it stands for."""

    x: float
    y: float
    share: Fraction
    cents: int


@dataclass(frozen=True, slots=True)
class LineOf:
    """A line of the chart."""

    key: str
    letter: str
    name: str
    path: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LineChart:
    """Pay over attainment for several plans."""

    width: int
    height: int
    lines: tuple[LineOf, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    me: float | None
    my_share: Fraction | None

    @property
    def floor(self) -> int:
        """Where the horizontal axis lies."""
        return self.height - BOTTOM

    @property
    def left(self) -> int:
        """Where the vertical axis lies."""
        return LEFT


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a month."""

    key: str
    x: float
    y: float
    width: float
    height: float
    cents: int


@dataclass(frozen=True, slots=True)
class Month:
    """The columns of a month, and the middle under which its name stands."""

    number: int
    middle: float
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Pay by month for several plans."""

    width: int
    height: int
    months: tuple[Month, ...]
    up: tuple[Tick, ...]
    zero: float

    @property
    def left(self) -> int:
        """Where the vertical axis lies."""
        return LEFT


def steps(least: int, most: int) -> list[int]:
    """Return three to six round amounts in cents that span a range."""
    span = max(most - least, 100)
    sizes = (factor * 10**power for power in range(2, 20) for factor in (1, 2, 5))
    size = next(size for size in sizes if span <= size * MOST_STEPS)
    first = least // size * size
    count = -(-(most - first) // size)
    return [first + size * index for index in range(max(int(count), 1) + 1)]


def line_chart(curves: Sequence[Curve], attained: Fraction | None, width: int = 640, height: int = 260) -> LineChart:
    """Lay payout curves out; `attained` is where the reader stands."""
    marks = steps(min(min(curve.pays) for curve in curves), max(max(curve.pays) for curve in curves))
    low, high = marks[0], marks[-1]
    floor, right = height - BOTTOM, width - 12

    def across(share: Fraction) -> float:
        return round(LEFT + float(share / CURVE[-1]) * (right - LEFT), 1)

    def up(cents: int) -> float:
        return round(floor - (cents - low) / (high - low) * (floor - TOP), 1)

    lines = []
    for curve in curves:
        points = tuple(
            Point(across(share), up(cents), share, cents) for share, cents in zip(CURVE, curve.pays, strict=True)
        )
        path = "M" + "L".join(f"{point.x} {point.y}" for point in points)
        lines.append(LineOf(curve.key, curve.letter, curve.name, path, points))
    inside = attained is not None and attained <= CURVE[-1]
    return LineChart(
        width,
        height,
        tuple(lines),
        tuple(Tick(across(Fraction(share, 100)), share) for share in (0, 50, 100, 150)),
        tuple(Tick(up(cents), cents) for cents in marks),
        across(attained) if inside and attained is not None else None,
        attained,
    )


def column_chart(
    series: Sequence[tuple[str, Sequence[int]]], first_month: int, width: int = 640, height: int = 220
) -> ColumnChart:
    """Lay amounts by month out, the series of a month side by side."""
    every = [cents for _, amounts in series for cents in amounts]
    marks = steps(min([0, *every]), max([100, *every]))
    low, high = marks[0], marks[-1]
    floor = height - BOTTOM
    slot = (width - LEFT - 8) / len(series[0][1])
    bar = slot * 0.76 / len(series)

    def up(cents: int) -> float:
        return floor - (cents - low) / (high - low) * (floor - TOP)

    months = []
    for index in range(len(series[0][1])):
        start = LEFT + slot * index + slot * 0.12
        columns = []
        for place, (key, amounts) in enumerate(series):
            top, foot = up(max(amounts[index], 0)), up(min(amounts[index], 0))
            columns.append(
                Column(
                    key,
                    round(start + bar * place, 1),
                    round(top, 1),
                    round(bar - 1, 1),
                    round(foot - top, 1),
                    amounts[index],
                )
            )
        months.append(Month(first_month + index, round(LEFT + slot * (index + 0.5), 1), tuple(columns)))
    return ColumnChart(width, height, tuple(months), tuple(Tick(round(up(c), 1), c) for c in marks), round(up(0), 1))
