"""Next years: twenty dots for each plan on one scale, and the fan of a year as it fills up."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.charts.axes import Frame, Tick, frame
from server.charts.line_chart import path_of
from server.comp.analysis.bootstrap import QUANTILES

DOT = 5.0
_HEAD, _BETWEEN = 22, 12
"""Room above each row for its name, and between two rows."""


@dataclass(frozen=True, slots=True)
class YearDot:
    """One of twenty equally likely years."""

    x: float
    y: float
    cents: int


@dataclass(frozen=True, slots=True)
class DotRow:
    """The years of one plan: where its name and its foot are, and where today's pay lies."""

    key: str
    letter: str
    name: str
    head: float
    foot: float
    dots: tuple[YearDot, ...]


@dataclass(frozen=True, slots=True)
class DotPlot:
    """The years of several plans under each other."""

    frame: Frame
    rows: tuple[DotRow, ...]


def dot_plot(series: Sequence[tuple[str, str, str, Sequence[int]]], width: int = 640) -> DotPlot:
    """Lay equally likely years out; `series` are key, letter, name and twenty amounts in rising order."""
    scale = frame(width, 100, [cents for *_, dots in series for cents in dots])
    rows, top = [], 0.0
    for key, letter, name, dots in series:
        piled: dict[int, int] = {}
        placed = []
        for cents in dots:
            place = round((scale.along(cents) - scale.left) / (2 * DOT))
            placed.append((place, piled.setdefault(place, 0), cents))
            piled[place] += 1
        high = max(piled.values()) * 2 * DOT
        foot = top + _HEAD + high
        made = tuple(
            YearDot(round(scale.left + place * 2 * DOT, 1), round(foot - DOT - level * 2 * DOT, 1), cents)
            for place, level, cents in placed
        )
        rows.append(DotRow(key, letter, name, top + _HEAD - 8, foot, made))
        top = foot + _BETWEEN
    return DotPlot(Frame(width, round(top) + 26, scale.low, scale.high), tuple(rows))


@dataclass(frozen=True, slots=True)
class FanChart:
    """What a year has paid by each month's end: the middle, and the bands around it."""

    frame: Frame
    outer: str
    inner: str
    middle: str
    months: tuple[Tick, ...]
    rows: tuple[tuple[int, tuple[int, ...]], ...]


def fan_chart(fan: Sequence[Sequence[int]], first_month: int, size: tuple[int, int] = (640, 220)) -> FanChart:
    """Lay a fan out: for each month's end the cents at each of QUANTILES."""
    drawn = frame(*size, [cents for month in fan for cents in month], from_zero=True)
    count, last = len(fan), len(QUANTILES) - 1

    def middle(place: int) -> float:
        return drawn.across((place + 0.5) / count)

    def along(which: int) -> list[tuple[float, float]]:
        return [(middle(place), drawn.up(month[which])) for place, month in enumerate(fan)]

    def band(low: int, high: int) -> str:
        return path_of([*along(high), *reversed(along(low))]) + "Z"

    rows = tuple((first_month + place, tuple(month)) for place, month in enumerate(fan))
    ticks = tuple(Tick(middle(place), first_month + place) for place in range(count))
    return FanChart(drawn, band(0, last), band(1, last - 1), path_of(along(last // 2)), ticks, rows)
