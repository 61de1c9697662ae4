"""Payout schedules as tables of pieces, so that any number of totals is paid in a few passes over arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Protocol

import numpy as np

from server.comp.rounding import Int64s, quotient

ENDLESS = 2**62
_COMMON = 2**31


@dataclass(frozen=True, slots=True)
class LinearPiece:
    """From a threshold on: fixed + round((total - origin) x slope + shift), all in cents."""

    threshold: int
    slope: Fraction = Fraction(0)
    origin: int = 0
    fixed: int = 0
    shift: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """One schedule worked out: rising pieces, and the step that is counted instead of the total itself, if any."""

    pieces: tuple[LinearPiece, ...]
    start: int = 0
    step: int = 0


class HasPayout(Protocol):
    """What says how a total is paid: tiers, bonuses, steps or a curve, worked out for one level and period."""

    def owed(self, total: int) -> int:
        """Return cents for a total, exactly."""

    def row(self) -> PiecewiseLinear:
        """Return the same as pieces for the fast path."""


@dataclass(frozen=True)
class PiecewiseTable:
    """Rows of equally many pieces; every array is flat, row after row."""

    width: int
    thresholds: Int64s
    top: Int64s
    bottom: Int64s | int
    origin: Int64s
    fixed: Int64s
    shift: Int64s
    start: Int64s
    step: Int64s

    def owed(self, totals: Int64s, row: Int64s | int) -> Int64s:
        """Return what is owed (n,) on running totals (n,), each by its row."""
        if self.step[0]:
            totals = np.maximum((totals - self.start[row]) // self.step[row], 0)
        place = self.places(totals, row)
        if isinstance(place, int):
            return self._single(totals, place)
        top, origin = self.top[place], self.origin[place]
        bottom = self.bottom if isinstance(self.bottom, int) else self.bottom[place]
        moved = totals - origin if self.origin.any() else totals
        shift: Int64s | int = self.shift[place] if self.shift.any() else 0
        owed = quotient(moved, top, bottom, shift)
        return owed + self.fixed[place].astype(np.int64) if self.fixed.any() else owed

    def _single(self, totals: Int64s, place: int) -> Int64s:
        bottom = self.bottom if isinstance(self.bottom, int) else int(self.bottom[place])
        moved = totals - int(self.origin[place])
        return quotient(moved, int(self.top[place]), bottom, int(self.shift[place])) + int(self.fixed[place])

    def places(self, totals: Int64s, row: Int64s | int) -> Int64s | int:
        """Return where in the flat arrays the piece of every total stands."""
        place = row * self.width
        first = 1
        if self.width > 1 and totals.size and int(totals.min()) >= int(self.thresholds[1 :: self.width].max()):
            place, first = place + 1, 2
        if first >= self.width:
            return place
        found: Int64s | int = place
        for index in range(first, self.width):
            edge = self.thresholds[place + (index - first + 1)]
            found = found + (totals >= edge)
        return found


def piecewise_table(rows: Sequence[PiecewiseLinear]) -> PiecewiseTable:
    """Lay rows out as arrays; shorter ones are filled up with pieces that nothing reaches."""
    width = max(len(row.pieces) for row in rows)
    pieces = [piece for row in rows for piece in (*row.pieces, *[LinearPiece(ENDLESS)] * (width - len(row.pieces)))]
    below = [lcm(piece.slope.denominator, piece.shift.denominator) for piece in pieces]
    common = 1
    for bottom in below:
        common = lcm(common, bottom)
        if common > _COMMON:
            break
    bottoms = [common] * len(pieces) if common <= _COMMON else below

    def whole(values: list[int]) -> Int64s:
        # Exact slopes of odd quotas can be quotients of numbers past 64 bits; those are kept as Python's own.
        fits = all(abs(value) <= ENDLESS for value in values)
        return np.array(values, dtype=np.int64 if fits else object)

    return PiecewiseTable(
        width=width,
        thresholds=whole([piece.threshold for piece in pieces]),
        top=whole([int(piece.slope * bottom) for piece, bottom in zip(pieces, bottoms, strict=True)]),
        bottom=common if common <= _COMMON else whole(bottoms),
        origin=whole([piece.origin for piece in pieces]),
        fixed=whole([piece.fixed for piece in pieces]),
        shift=whole([int(piece.shift * bottom) for piece, bottom in zip(pieces, bottoms, strict=True)]),
        start=whole([row.start for row in rows]),
        step=whole([row.step for row in rows]),
    )
