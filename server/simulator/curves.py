"""Payout curves: pay at every attainment, where plans cross, where pay jumps, and where it stops to grow; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_high

import numpy as np

from server.comp.calendar import Window
from server.comp.history import Book
from server.comp.sweep import refined
from server.comp.wording import Money, Percent, Sentence, say
from server.simulator.projection import Projection

CURVE = tuple(Fraction(step, 20) for step in range(31))
"""Attainments of the small curve: 0 % to 150 % in steps of five."""
AT = tuple(Fraction(step, 100) for step in (50, 75, 100, 125, 150))
"""The attainments that plans are compared at."""
_STEP = Fraction(1, 200)
"""The finest step of a curve."""
_STEEP = 4
"""A step this many times as high as is usual for its width is a cliff."""
_LEAST = 10_000
"""Cents; smaller jumps are not worth a mark."""
_LEVEL = Fraction(1, 10)
"""A curve that stays level for at least so much attainment has stopped to grow."""
MOST_CLIFFS = 4


@dataclass(frozen=True, slots=True)
class Curve:
    """Pay in cents at each of some attainments, for one offer."""

    key: str
    letter: str
    name: str
    pays: tuple[int, ...]
    at: tuple[Fraction, ...] = CURVE

    def pays_at(self, share: Fraction) -> int:
        """Return the cents at one of the attainments."""
        return self.pays[self.at.index(share)]


@dataclass(frozen=True, slots=True)
class Cliff:
    """A place where pay jumps: the attainment that has it, and the cents before and there."""

    share: Fraction
    before: int
    after: int
    currency: str

    def sentence(self) -> Sentence:
        """Say it."""
        amounts = {"before": Money(self.before, self.currency), "after": Money(self.after, self.currency)}
        if self.after > self.before:
            return say("At {share} of quota your year jumps from {before} to {after}.", share=Percent(self.share),
                       **amounts)  # fmt: skip
        return say("At {share} of quota your year falls from {before} to {after}.", share=Percent(self.share),
                   **amounts)  # fmt: skip


def small_curves(projections: Sequence[Projection]) -> list[Curve]:
    """Return the curves of offers that were paid at `CURVE`. Empty without any attainment."""
    if not projections[0].attained:
        return []
    return [Curve(found.offer.key, found.offer.letter, found.offer.name, found.swept) for found in projections]


def full_curves(book: Book, projections: Sequence[Projection], window: Window) -> list[Curve]:
    """Return the curves from 0 % to 200 % of offers that were paid at `SPARSE`; the first is today's plan.

    They have every half percent wherever pay does not rise straight. Empty without any attainment.
    """
    attained = projections[0].attained
    if not attained:
        return []
    offers = [found.offer for found in projections]
    sparse = [np.array(found.swept, dtype=np.int64) for found in projections]
    at, every = refined(book, [offer.plan for offer in offers], window, attained, sparse)
    return [
        Curve(offer.key, offer.letter, offer.name, tuple(pays.tolist()), at)
        for offer, pays in zip(offers, every, strict=True)
    ]


def cliffs(curve: Curve, currency: str) -> list[Cliff]:
    """Return the places where a curve jumps, the highest jumps first if there are many, in order."""
    rises = [after - before for before, after in pairwise(curve.pays)]
    widths = [round((after - before) / _STEP) for before, after in pairwise(curve.at)]
    even = [rise // width for rise, width in zip(rises, widths, strict=True) for _ in range(width)]
    usual = max(abs(median_high(even)), 1)
    found = [
        Cliff(curve.at[place + 1], curve.pays[place], curve.pays[place + 1], currency)
        for place, (rise, width) in enumerate(zip(rises, widths, strict=True))
        if abs(rise) > _STEEP * usual * width and abs(rise) > _LEAST
    ]
    highest = sorted(found, key=lambda cliff: -abs(cliff.after - cliff.before))[:MOST_CLIFFS]
    return sorted(highest, key=lambda cliff: cliff.share)


def stops(curve: Curve, currency: str) -> Sentence | None:
    """Say from where on a curve does not grow any more, if there is such a place before its end."""
    last = curve.pays[-1]
    first = next(place for place, cents in enumerate(curve.pays) if all(c == last for c in curve.pays[place:]))
    if curve.at[-1] - curve.at[first] < _LEVEL:
        return None
    return say("From {share} of quota on, your year stays at {amount}: a cap.", share=Percent(curve.at[first]),
               amount=Money(last, currency))  # fmt: skip


def break_even(today: Curve, other: Curve) -> Sentence:
    """Say from which attainment on an offer pays more than today's plan."""
    gains = [theirs - ours for ours, theirs in zip(today.pays, other.pays, strict=True)]
    most = Percent(today.at[-1])
    if all(gain >= 0 for gain in gains) and any(gain > 0 for gain in gains):
        return say("{letter} never pays you less than today, from 0% to {most} of quota.", letter=other.letter,
                   most=most)  # fmt: skip
    if all(gain <= 0 for gain in gains):
        if any(gain < 0 for gain in gains):
            return say("{letter} never pays you more than today, from 0% to {most} of quota.", letter=other.letter,
                       most=most)  # fmt: skip
        return say("{letter} pays you the same as today.", letter=other.letter)
    crossings = [index for index in range(1, len(gains)) if (gains[index - 1] > 0) != (gains[index] > 0)]
    where = Percent(_crossing(today.at, gains, crossings[-1]))
    if gains[-1] > 0:
        return say("{letter} beats today once you pass {share} of quota.", letter=other.letter, share=where)
    return say("{letter} beats today as long as you stay below {share} of quota.", letter=other.letter, share=where)


def _crossing(at: Sequence[Fraction], gains: Sequence[int], index: int) -> Fraction:
    """Return where between two points of the curve the gain changes sign, to the whole percent."""
    before, after = gains[index - 1], gains[index]
    part = Fraction(before, before - after) if before != after else Fraction(0)
    exact = at[index - 1] + part * (at[index] - at[index - 1])
    return Fraction(round(exact * 100), 100)
