"""Payout curves: pay at every attainment, where plans cross, where pay jumps, and where it stops to grow; pure."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from server.comp.analysis.curve_features import Curve
from server.comp.analysis.payout_curve import refine_grid
from server.comp.calendar import Window
from server.comp.history import Book
from server.simulator.projection import Projection

COMPARED_ATTAINMENTS = tuple(Fraction(step, 100) for step in (50, 75, 100, 125, 150))
"""The attainments that plans are compared at."""


def full_curves(book: Book, projections: Sequence[Projection], window: Window) -> list[Curve]:
    """Return the curves from 0 % to 200 % of offers that were paid at `SPARSE`; the first is today's plan.

    They have every half percent wherever pay does not rise straight. Empty without any attainment.
    """
    attained = projections[0].attained
    if not attained:
        return []
    offers = [found.offer for found in projections]
    sparse = [np.array(found.by_attainment, dtype=np.int64) for found in projections]
    at, every = refine_grid(book, [offer.plan for offer in offers], window, attained, sparse)
    return [
        Curve(offer.key, offer.letter, offer.name, tuple(pays.tolist()), at)
        for offer, pays in zip(offers, every, strict=True)
    ]
