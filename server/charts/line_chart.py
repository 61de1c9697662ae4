"""Lines: pay over attainment, and pay added up over the months."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from server.charts.axes import Frame, Tick, frame
from server.comp.analysis.curve_features import Cliff, Curve

_FINE = 0.25
"""A point that lies less than this beside a straight line is not drawn."""
_TABLED = Fraction(1, 10)


@dataclass(frozen=True, slots=True)
class AttainmentRow:
    """A row of the table behind a chart."""

    share: Fraction
    cents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line of the chart."""

    key: str
    letter: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class CliffMark:
    """Something that happens at one place of a line: where, and what it is."""

    x: float
    y: float
    cliff: Cliff


@dataclass(frozen=True, slots=True)
class LineChart:
    """Pay over attainment for several plans."""

    frame: Frame
    lines: tuple[ChartLine, ...]
    across: tuple[Tick, ...]
    me: float | None
    my_share: Fraction | None
    my_total: int | None
    my_height: float | None
    marks: tuple[CliffMark, ...]
    rows: tuple[AttainmentRow, ...]

    @property
    def most(self) -> Fraction:
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
    """Lay payout curves out; `attained` is where the reader stands, `cliffs` are marked on the line of `key`.

    `total` are the cents which that one pays there.
    """
    at = curves[0].at
    drawn = frame(*size, [cents for curve in curves for cents in (min(curve.pays), max(curve.pays))])
    end = at[-1]
    lines = tuple(ChartLine(curve.key, curve.letter, curve.name, _path(drawn, curve)) for curve in curves)
    inside = attained is not None and attained <= end
    marked = next((curve for curve in curves if curve.key == key), None)
    marks = tuple(
        CliffMark(drawn.across(float(cliff.share / end)), drawn.up(cliff.after), cliff) for cliff in cliffs if marked
    )
    jumps = {at.index(cliff.share) - before for cliff in cliffs for before in (0, 1)}
    rows = tuple(
        AttainmentRow(share, tuple(curve.pays[place] for curve in curves))
        for place, share in enumerate(at)
        if _TABLED.denominator % share.denominator == 0 or place in jumps
    )
    return LineChart(
        frame=drawn,
        lines=lines,
        across=tuple(
            Tick(drawn.across(float(Fraction(share, 100) / end)), share) for share in range(0, int(end * 100) + 1, 50)
        ),
        me=drawn.across(float(attained / end)) if inside and attained is not None else None,
        my_share=attained,
        my_total=total,
        my_height=None if total is None or not inside else drawn.up(total),
        marks=marks,
        rows=rows,
    )


@lru_cache(maxsize=8)
def _parts(at: tuple[Fraction, ...]) -> tuple[float, ...]:
    """Return where attainments lie between the left end, 0, and the right end, 1."""
    return tuple(float(share / at[-1]) for share in at)


def _path(drawn: Frame, curve: Curve) -> str:
    """Return the path of a curve, without the points that a straight line passes through anyway."""
    points = [(drawn.across(part), drawn.up(c)) for part, c in zip(_parts(curve.at), curve.pays, strict=True)]
    return path_of(_sparse(points))


def _sparse(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Drop every point that a straight line between its kept neighbours passes closely enough.

    From a kept point, each later one leaves a cone of slopes that still pass it; the line may go on as long as
    the next point lies inside all of them. So each point is looked at once, however long the line is.
    """
    kept, least, most = [points[0]], -math.inf, math.inf
    for (x, y), (after_x, after_y) in pairwise(points[1:]):
        wide = x - kept[-1][0] or 1
        rise = y - kept[-1][1]
        least, most = max(least, (rise - _FINE) / wide), min(most, (rise + _FINE) / wide)
        slope = (after_y - kept[-1][1]) / (after_x - kept[-1][0] or 1)
        if not least < slope < most:
            kept.append((x, y))
            least, most = -math.inf, math.inf
    return [*kept, points[-1]]


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """Return the path through points."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


@dataclass(frozen=True, slots=True)
class CumulativeChart:
    """Pay added up over the months, a line for each plan."""

    frame: Frame
    lines: tuple[ChartLine, ...]
    months: tuple[Tick, ...]
    rows: tuple[tuple[int, tuple[int, ...]], ...]


def cumulative_chart(
    series: Sequence[tuple[str, str, Sequence[int]]], first_month: int, size: tuple[int, int] = (640, 220)
) -> CumulativeChart:
    """Lay what has been paid by each month's end out; `series` are key, name and the amounts of the months."""
    sums = [[sum(amounts[: place + 1]) for place in range(len(amounts))] for _, _, amounts in series]
    drawn = frame(*size, [cents for line in sums for cents in line], from_zero=True)
    count = len(sums[0])

    def middle(place: int) -> float:
        return drawn.across((place + 0.5) / count)

    lines = tuple(
        ChartLine(key, "", name, path_of([(middle(place), drawn.up(cents)) for place, cents in enumerate(line)]))
        for (key, name, _), line in zip(series, sums, strict=True)
    )
    rows = tuple((first_month + place, tuple(line[place] for line in sums)) for place in range(count))
    return CumulativeChart(
        drawn, lines, tuple(Tick(middle(place), first_month + place) for place in range(count)), rows
    )
