"""Payout curves: one rep's year at many attainments, paid in one call."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from server.comp.history import Book, chosen
from server.comp.rounding import times


def scaled(book: Book, factors: Sequence[Fraction]) -> Book:
    """Return a book in which rep i has the first rep's deals with every amount times `factors[i]`."""
    copies, size = len(factors), book.arr.size
    places = np.tile(np.arange(size, dtype=np.int64), copies)
    copied = chosen(book, places, np.repeat(np.arange(copies, dtype=np.int32), size), copies)

    def grown(
        amounts: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]",
    ) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
        return np.concatenate([times(amounts, factor) for factor in factors])

    return replace(
        copied,
        arr=grown(book.arr),
        amounts={name: (grown(amount), np.tile(stated, copies)) for name, (amount, stated) in book.amounts.items()},
        frames={},
    )
