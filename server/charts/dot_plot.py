"""A dot plot of equally likely years, with a row for each plan."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.charts.axes import Frame, frame

DOT = 5.0
"""Radius of a dot in pixels."""
_HEADING, _GAP = 22, 12
"""Pixels above each row for its name, and between two rows."""


@dataclass(frozen=True, slots=True)
class YearDot:
    """One of the equally likely years: its position, and its cents."""

    x: float
    y: float
    cents: int


@dataclass(frozen=True, slots=True)
class DotRow:
    """The years of one plan; `baseline` is the vertical position of its axis."""

    key: str
    letter: str
    name: str
    baseline: float
    dots: tuple[YearDot, ...]


@dataclass(frozen=True, slots=True)
class DotPlot:
    """The years of several plans on one scale, one row below the other."""

    frame: Frame
    rows: tuple[DotRow, ...]


def dot_plot(series: Sequence[tuple[str, str, str, Sequence[int]]], width: int = 640) -> DotPlot:
    """Return the plot of several series, each an offer's key, letter, name and its cents in rising order."""
    axes = frame(width, 100, [cents for *_, amounts in series for cents in amounts])
    rows, top = [], 0.0
    for key, letter, name, amounts in series:
        stacked = _stack(axes, amounts)
        height = max(level for _, level, _ in stacked) + 1
        baseline = top + _HEADING + height * 2 * DOT
        dots = tuple(
            YearDot(round(axes.left + column * 2 * DOT, 1), round(baseline - DOT - level * 2 * DOT, 1), cents)
            for column, level, cents in stacked
        )
        rows.append(DotRow(key, letter, name, baseline, dots))
        top = baseline + _GAP
    return DotPlot(Frame(width, round(top) + 26, axes.low, axes.high), tuple(rows))


def _stack(axes: Frame, amounts: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the column, the level in it from 0, and the cents of each amount; columns are a dot wide."""
    heights: dict[int, int] = {}
    stacked = []
    for cents in amounts:
        column = round((axes.x_of(cents) - axes.left) / (2 * DOT))
        level = heights.get(column, 0)
        heights[column] = level + 1
        stacked.append((column, level, cents))
    return stacked
