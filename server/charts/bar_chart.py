"""Columns: pay of each month, the plans side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.charts.axes import Frame, frame

_FILLED = 0.76
"""What of a month's width its columns take."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One column of a month."""

    key: str
    x: float
    y: float
    width: float
    height: float
    cents: int


@dataclass(frozen=True, slots=True)
class BarGroup:
    """The columns of a month, and the middle under which its name stands."""

    number: int
    middle: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Pay by month for several plans."""

    frame: Frame
    months: tuple[BarGroup, ...]

    @property
    def zero(self) -> float:
        """Where nothing lies."""
        return self.frame.up(0)


def bar_chart(
    series: Sequence[tuple[str, Sequence[int]]], first_month: int, size: tuple[int, int] = (640, 220)
) -> BarChart:
    """Lay amounts by month out, the series of a month side by side."""
    drawn = frame(*size, [cents for _, amounts in series for cents in amounts], from_zero=True)
    count = len(series[0][1])
    slot = (drawn.right - drawn.left) / count
    bar = slot * _FILLED / len(series)
    months = []
    for index in range(count):
        start = drawn.left + slot * index + slot * (1 - _FILLED) / 2
        columns = []
        for place, (key, amounts) in enumerate(series):
            top, foot = drawn.up(max(amounts[index], 0)), drawn.up(min(amounts[index], 0))
            x, width = round(start + bar * place, 1), round(bar - 1, 1)
            columns.append(Bar(key, x, round(top, 1), width, round(foot - top, 1), amounts[index]))
        months.append(BarGroup(first_month + index, round(drawn.left + slot * (index + 0.5), 1), tuple(columns)))
    return BarChart(drawn, tuple(months))
