"""A fan chart of how a year's cumulative pay may develop."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.charts.axes import Frame, Tick, frame
from server.charts.paths import path_of
from server.comp.analysis.bootstrap import QUANTILES


@dataclass(frozen=True, slots=True)
class FanChart:
    """Cumulative pay by month: the paths of both bands and of the median, and the cents as a table."""

    frame: Frame
    outer: str
    inner: str
    middle: str
    months: tuple[Tick, ...]
    rows: tuple[tuple[int, tuple[int, ...]], ...]


def fan_chart(fan: Sequence[Sequence[int]], first_month: int, size: tuple[int, int] = (640, 220)) -> FanChart:
    """Return the chart of a fan: for each month the cumulative cents at each of QUANTILES."""
    axes = frame(*size, [cents for amounts in fan for cents in amounts], from_zero=True)
    month_count, last = len(fan), len(QUANTILES) - 1
    middles = [axes.x_at((month + 0.5) / month_count) for month in range(month_count)]

    def points(quantile: int) -> list[tuple[float, float]]:
        return [(x, axes.y_of(amounts[quantile])) for x, amounts in zip(middles, fan, strict=True)]

    def band(low: int, high: int) -> str:
        return path_of([*points(high), *reversed(points(low))]) + "Z"

    return FanChart(
        frame=axes,
        outer=band(0, last),
        inner=band(1, last - 1),
        middle=path_of(points(last // 2)),
        months=tuple(Tick(x, first_month + month) for month, x in enumerate(middles)),
        rows=tuple((first_month + month, tuple(amounts)) for month, amounts in enumerate(fan)),
    )
