"""Payout schedules as tables of linear pieces, so that many totals are paid in a few passes over arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Protocol

import numpy as np

from server.comp.rounding import Int64s, quotient

ENDLESS = 2**62
_MAX_COMMON_DENOMINATOR = 2**31


@dataclass(frozen=True, slots=True)
class LinearPiece:
    """From a threshold on, a total pays fixed + round((total - origin) x slope + shift), all in cents."""

    threshold: int
    slope: Fraction = Fraction(0)
    origin: int = 0
    fixed: int = 0
    shift: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class PiecewiseLinear:
    """One payout schedule as pieces in rising order.

    With a `step`, the pieces take the number of full steps beyond `start` in place of the total.
    """

    pieces: tuple[LinearPiece, ...]
    start: int = 0
    step: int = 0


class HasPayout(Protocol):
    """A payout schedule for one level and period: tiers, bonuses, steps or a curve."""

    def owed(self, total: int) -> int:
        """Return the exact payout in cents on a total."""

    def row(self) -> PiecewiseLinear:
        """Return the same schedule as pieces for the vectorized engine."""


@dataclass(frozen=True)
class PiecewiseTable:
    """Rows of equally many pieces.

    Arrays of pieces are flat, row after row (rows x width,); `start` and `step` have the shape (rows,).
    """

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
        """Return the payout (n,) in cents on running totals (n,), each by its row."""
        if self.step[0]:
            totals = np.maximum((totals - self.start[row]) // self.step[row], 0)
        piece = self.places(totals, row)
        if isinstance(piece, int):
            return self._owed_on_piece(totals, piece)
        top, origin = self.top[piece], self.origin[piece]
        bottom = self.bottom if isinstance(self.bottom, int) else self.bottom[piece]
        distance = totals - origin if self.origin.any() else totals
        shift: Int64s | int = self.shift[piece] if self.shift.any() else 0
        owed = quotient(distance, top, bottom, shift)
        return owed + self.fixed[piece].astype(np.int64) if self.fixed.any() else owed

    def _owed_on_piece(self, totals: Int64s, piece: int) -> Int64s:
        bottom = self.bottom if isinstance(self.bottom, int) else int(self.bottom[piece])
        distance = totals - int(self.origin[piece])
        top, shift = int(self.top[piece]), int(self.shift[piece])
        return quotient(distance, top, bottom, shift) + int(self.fixed[piece])

    def on_whole_deals(self, totals: Int64s, row: Int64s | int, value: Int64s) -> Int64s:
        """Return the cents (n,) for whole deals, each at the slope of the piece that its total (n,) is in.

        The slope is paid on `value` (n,): `TierSchedule.on_whole_deal` in arrays.
        """
        piece = self.places(totals, row)
        bottom = self.bottom if isinstance(self.bottom, int) else self.bottom[piece]
        return quotient(value, self.top[piece], bottom)

    def places(self, totals: Int64s, row: Int64s | int) -> Int64s | int:
        """Return the index in the flat arrays of the piece that applies to each total."""
        piece = row * self.width
        first = 1
        if self.width > 1 and totals.size:
            highest = int(self.thresholds[1 :: self.width].max())
            if int(totals.min()) >= highest:
                piece, first = piece + 1, 2
        if first >= self.width:
            return piece
        pieces: Int64s | int = piece
        for index in range(first, self.width):
            threshold = self.thresholds[piece + (index - first + 1)]
            pieces = pieces + (totals >= threshold)
        return pieces


def piecewise_table(rows: Sequence[PiecewiseLinear]) -> PiecewiseTable:
    """Lay out rows as arrays; shorter rows are padded with pieces that no total reaches."""
    width = max(len(row.pieces) for row in rows)
    unreachable = LinearPiece(ENDLESS)
    pieces: list[LinearPiece] = []
    for row in rows:
        pieces += [*row.pieces, *[unreachable] * (width - len(row.pieces))]
    denominators = [lcm(piece.slope.denominator, piece.shift.denominator) for piece in pieces]
    common = 1
    for bottom in denominators:
        common = lcm(common, bottom)
        if common > _MAX_COMMON_DENOMINATOR:
            break
    bottoms = [common] * len(pieces) if common <= _MAX_COMMON_DENOMINATOR else denominators

    def as_array(values: list[int]) -> Int64s:
        # The exact slope of an odd quota can need integers beyond 64 bits: keep those as Python integers.
        fits = all(abs(value) <= ENDLESS for value in values)
        return np.array(values, dtype=np.int64 if fits else object)

    return PiecewiseTable(
        width=width,
        thresholds=as_array([piece.threshold for piece in pieces]),
        top=as_array([int(piece.slope * bottom) for piece, bottom in zip(pieces, bottoms, strict=True)]),
        bottom=common if common <= _MAX_COMMON_DENOMINATOR else as_array(bottoms),
        origin=as_array([piece.origin for piece in pieces]),
        fixed=as_array([piece.fixed for piece in pieces]),
        shift=as_array([int(piece.shift * bottom) for piece, bottom in zip(pieces, bottoms, strict=True)]),
        start=as_array([row.start for row in rows]),
        step=as_array([row.step for row in rows]),
    )
