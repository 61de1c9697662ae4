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

    return replace(
        book,
        signed=np.tile(book.signed, copies),
        term=np.tile(book.term, copies),
        kind=np.tile(book.kind, copies),
        product=np.tile(book.product, copies),
        aha=np.tile(book.aha, copies),
        churned=np.tile(book.churned, copies),
        rating=np.tile(book.rating, copies),
        rated=np.tile(book.rated, copies),
        rep_average=np.tile(book.rep_average, copies),
        arr=np.concatenate([times(book.arr, factor) for factor in factors]),
        rep=np.repeat(np.arange(copies, dtype=np.int32), book.arr.size),
        reps=copies,
        levels=book.levels * copies,
    )
