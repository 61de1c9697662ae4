"""A bar chart of pay by month, with a bar for each plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.charts.axes import Frame, frame

_FILL = 0.76
"""Share of a month's width that its bars fill."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: the offer's key, position and size in pixels, and its cents."""

    key: str
    x: float
    y: float
    width: float
    height: float
    cents: int


@dataclass(frozen=True, slots=True)
class BarGroup:
    """The bars of a month, its number, and the position of its label."""

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
        """The vertical position of zero."""
        return self.frame.y_of(0)


def bar_chart(
    series: Sequence[tuple[str, Sequence[int]]], first_month: int, size: tuple[int, int] = (640, 220)
) -> BarChart:
    """Return the chart of several series, each the offer's key and its cents by month."""
    axes = frame(*size, [cents for _, amounts in series for cents in amounts], from_zero=True)
    month_count = len(series[0][1])
    month_width = (axes.right - axes.left) / month_count
    bar_width = month_width * _FILL / len(series)
    months = []
    for month in range(month_count):
        first_bar = axes.left + month_width * month + month_width * (1 - _FILL) / 2
        bars = []
        for index, (key, amounts) in enumerate(series):
            cents = amounts[month]
            top, bottom = axes.y_of(max(cents, 0)), axes.y_of(min(cents, 0))
            x, width = round(first_bar + bar_width * index, 1), round(bar_width - 1, 1)
            bars.append(Bar(key, x, round(top, 1), width, round(bottom - top, 1), cents))
        middle = round(axes.left + month_width * (month + 0.5), 1)
        months.append(BarGroup(first_month + month, middle, tuple(bars)))
    return BarChart(axes, tuple(months))
