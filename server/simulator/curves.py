"""Payout curves: what each plan pays at every attainment."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from server.comp import Book, Window
from server.comp.analysis.curve_features import Curve
from server.comp.analysis.payout_curve import refine_grid
from server.simulator.projection import Projection

COMPARED_ATTAINMENTS = tuple(Fraction(step, 100) for step in (50, 75, 100, 125, 150))
"""The attainments at which the simulator compares plans."""


def full_curves(book: Book, projections: Sequence[Projection], window: Window) -> list[Curve]:
    """Return the curves from 0% to 200% of offers that were paid at `SPARSE`; the first is today's plan.

    Where pay is not linear the curves have a point every half percent. Empty if nothing was attained.
    """
    attained = projections[0].attained
    if not attained:
        return []
    offers = [projection.offer for projection in projections]
    sparse = [np.array(projection.by_attainment, dtype=np.int64) for projection in projections]
    attainments, pays_by_offer = refine_grid(book, [offer.plan for offer in offers], window, attained, sparse)
    return [
        Curve(offer.key, offer.letter, offer.name, tuple(pays.tolist()), attainments)
        for offer, pays in zip(offers, pays_by_offer, strict=True)
    ]
