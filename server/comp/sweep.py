"""Payout curves: one rep's year at many attainments, paid in one call."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from server.comp.history import Book
from server.comp.rounding import times


def scaled(book: Book, factors: Sequence[Fraction]) -> Book:
    """Return a book in which rep i has the first rep's deals with every amount times `factors[i]`."""
    copies = len(factors)

    def repeated(values: np.ndarray) -> np.ndarray:  # type: ignore[type-arg] # of whatever type the column has
        return np.tile(values, copies)

    columns = ("signed", "term", "kind", "product", "aha", "churned", "rating", "rated", "rep_average")
    return replace(
        book,
        **{name: repeated(getattr(book, name)) for name in columns},
        arr=np.concatenate([times(book.arr, factor) for factor in factors]),
        rep=np.repeat(np.arange(copies, dtype=np.int32), book.arr.size),
        reps=copies,
        levels=book.levels * copies,
    )
