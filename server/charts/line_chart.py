"""A line chart of pay by attainment."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from server.charts.axes import Frame, Tick, frame
from server.charts.paths import path_of
from server.comp.analysis.curve_features import Cliff, Curve

_TOLERANCE = 0.25
"""A point that is less than this many pixels off a straight line is dropped."""
_TABLE_STEP = Fraction(1, 10)


@dataclass(frozen=True, slots=True)
class AttainmentRow:
    """A row of the table behind a chart: an attainment, and the cents of each plan at it."""

    share: Fraction
    cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line of a chart: the offer's key, letter and name, and the SVG path."""

    key: str
    letter: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class CliffMark:
    """A mark where a line jumps: its position, and the cliff."""

    x: float
    y: float
    cliff: Cliff


@dataclass(frozen=True, slots=True)
class LineChart:
    """Pay by attainment for several plans.

    `attained` is the reader's attainment and `total` the cents it pays, None if not known. `own_x` and
    `own_y` are their position, None if it is outside the chart.
    """

    frame: Frame
    lines: tuple[ChartLine, ...]
    x_ticks: tuple[Tick, ...]
    own_x: float | None
    attained: Fraction | None
    total: int | None
    own_y: float | None
    marks: tuple[CliffMark, ...]
    rows: tuple[AttainmentRow, ...]

    @property
    def end(self) -> Fraction:
        """The attainment at the right end."""
        return self.rows[-1].share


def line_chart(
    curves: Sequence[Curve],
    attained: Fraction | None,
    size: tuple[int, int] = (640, 280),
    cliffs: Sequence[Cliff] = (),
    key: str = "",
    total: int | None = None,
) -> LineChart:
    """Return the chart of payout curves.

    `attained` is the reader's attainment, and `total` the cents it pays. `cliffs` are marked on the curve of
    `key`.
    """
    attainments = curves[0].at
    end = attainments[-1]
    axes = frame(*size, [cents for curve in curves for cents in (min(curve.pays), max(curve.pays))])
    has_line = any(curve.key == key for curve in curves)
    own_x = axes.x_at(float(attained / end)) if attained is not None and attained <= end else None
    return LineChart(
        frame=axes,
        lines=tuple(_line(axes, curve) for curve in curves),
        x_ticks=tuple(
            Tick(axes.x_at(float(Fraction(percent, 100) / end)), percent)
            for percent in range(0, int(end * 100) + 1, 50)
        ),
        own_x=own_x,
        attained=attained,
        total=total,
        own_y=None if total is None or own_x is None else axes.y_of(total),
        marks=tuple(
            CliffMark(axes.x_at(float(cliff.share / end)), axes.y_of(cliff.after), cliff)
            for cliff in cliffs
            if has_line
        ),
        rows=_table_rows(curves, cliffs),
    )


def _line(axes: Frame, curve: Curve) -> ChartLine:
    return ChartLine(curve.key, curve.letter, curve.name, _curve_path(axes, curve))


def _table_rows(curves: Sequence[Curve], cliffs: Sequence[Cliff]) -> tuple[AttainmentRow, ...]:
    """Return a row for every tenth of quota, and for the points before and after each cliff."""
    attainments = curves[0].at
    at_cliffs = {attainments.index(cliff.share) - offset for cliff in cliffs for offset in (0, 1)}
    return tuple(
        AttainmentRow(share, tuple(curve.pays[index] for curve in curves))
        for index, share in enumerate(attainments)
        if _TABLE_STEP.denominator % share.denominator == 0 or index in at_cliffs
    )


@lru_cache(maxsize=8)
def _positions(attainments: tuple[Fraction, ...]) -> tuple[float, ...]:
    """Return the positions of attainments as shares of the width."""
    return tuple(float(share / attainments[-1]) for share in attainments)


def _curve_path(axes: Frame, curve: Curve) -> str:
    """Return the path of a curve, without the points on straight lines."""
    positions = _positions(curve.at)
    points = [(axes.x_at(x), axes.y_of(cents)) for x, cents in zip(positions, curve.pays, strict=True)]
    return path_of(_simplify(points))


def _simplify(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Drop every point that a straight line between its kept neighbours passes closely enough.

    From a kept point, each later point allows a cone of slopes that pass it closely enough. The line
    continues while the next point is inside all cones, so each point is visited once.
    """
    kept, least, most = [points[0]], -math.inf, math.inf
    for (x, y), (next_x, next_y) in pairwise(points[1:]):
        from_x, from_y = kept[-1]
        width, rise = x - from_x or 1, y - from_y
        least, most = max(least, (rise - _TOLERANCE) / width), min(most, (rise + _TOLERANCE) / width)
        slope = (next_y - from_y) / (next_x - from_x or 1)
        if not least < slope < most:
            kept.append((x, y))
            least, most = -math.inf, math.inf
    return [*kept, points[-1]]
