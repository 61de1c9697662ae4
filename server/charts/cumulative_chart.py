"""A line chart of cumulative pay by month."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from server.charts.axes import Frame, Tick, frame
from server.charts.line_chart import ChartLine
from server.charts.paths import path_of


@dataclass(frozen=True, slots=True)
class CumulativeChart:
    """Cumulative pay by month, with a line for each plan; `rows` are each month with its cents by plan."""

    frame: Frame
    lines: tuple[ChartLine, ...]
    months: tuple[Tick, ...]
    rows: tuple[tuple[int, tuple[int, ...]], ...]


def cumulative_chart(
    series: Sequence[tuple[str, str, Sequence[int]]], first_month: int, size: tuple[int, int] = (640, 220)
) -> CumulativeChart:
    """Return the chart of several series, each an offer's key, its name and its cents of each month."""
    totals = [list(accumulate(amounts)) for _, _, amounts in series]
    axes = frame(*size, [cents for line in totals for cents in line], from_zero=True)
    month_count = len(totals[0])
    middles = [axes.x_at((month + 0.5) / month_count) for month in range(month_count)]
    points = [[(x, axes.y_of(cents)) for x, cents in zip(middles, line, strict=True)] for line in totals]
    lines = tuple(
        ChartLine(key, "", name, path_of(line_points))
        for (key, name, _), line_points in zip(series, points, strict=True)
    )
    months = tuple(Tick(x, first_month + month) for month, x in enumerate(middles))
    rows = tuple((first_month + month, tuple(line[month] for line in totals)) for month in range(month_count))
    return CumulativeChart(axes, lines, months, rows)
