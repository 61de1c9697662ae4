"""What happened: one rep's deals as exact records, and many reps' deals as sorted arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.calendar import Int32s, day_of
from server.comp.rounding import Int64s

NO_AVERAGE = -1
STAR_SCALE = 10**6
"""A stated rep average is kept in millionths of a star."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A won deal, or the part of it that is credited to this rep.

    `arr` is the credited annual recurring revenue in cents, `term` the contract's months. `rep_average` overrides
    the average that the history's own ratings give (a file may state it). `whole` is the whole deal's ARR when it is
    shared; it pays nothing and is there to be shown.
    """

    id: str
    signed: date
    arr: int
    term: int = 12
    kind: str = "new"
    product: str = ""
    customer: str = ""
    aha: date | None = None
    churned: date | None = None
    rating: int | None = None
    rated: date | None = None
    rep_average: Fraction | None = None
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """A level held from a month on: its name, and its rank (from 0) for plans that name their levels otherwise."""

    first_month: int
    name: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """One rep's deals, and the levels held, oldest first."""

    rep: str
    deals: tuple[Deal, ...]
    levels: tuple[Spell, ...] = ()

    def in_order(self) -> list[Deal]:
        """Return the deals by day, those of one day by their id."""
        return sorted(self.deals, key=lambda deal: (deal.signed, deal.id))


@dataclass(frozen=True, slots=True)
class Book:
    """Many histories as arrays of n deals, sorted by rep, day and id. Days are day numbers, money is cents."""

    rep: Int32s
    signed: Int32s
    arr: Int64s
    term: Int32s
    kind: Int32s
    product: Int32s
    aha: Int32s
    churned: Int32s
    rating: Int32s
    rated: Int32s
    rep_average: Int64s
    kinds: tuple[str, ...]
    products: tuple[str, ...]
    reps: int
    levels: tuple[tuple[Spell, ...], ...]

    def code(self, attribute: str, word: str) -> int:
        """Return the code of a kind or product in this book, or -1 when no deal has it."""
        names: Mapping[str, tuple[str, ...]] = {"kind": self.kinds, "product": self.products}
        return names[attribute].index(word) if word in names[attribute] else -1


def book_of(histories: Sequence[History]) -> Book:
    """Lay histories out as arrays; rep i is `histories[i]`."""
    ordered = [(index, deal) for index, history in enumerate(histories) for deal in history.in_order()]
    deals = [deal for _, deal in ordered]
    kinds = tuple(sorted({deal.kind for deal in deals}))
    products = tuple(sorted({deal.product for deal in deals}))

    def days(values: list[date | None]) -> Int32s:
        return np.array([day_of(value) for value in values], dtype=np.int32)

    def small(values: list[int]) -> Int32s:
        return np.array(values, dtype=np.int32)

    def large(values: list[int]) -> Int64s:
        return np.array(values, dtype=np.int64)

    return Book(
        rep=small([index for index, _ in ordered]),
        signed=days([deal.signed for deal in deals]),
        arr=large([deal.arr for deal in deals]),
        term=small([deal.term for deal in deals]),
        kind=small([kinds.index(deal.kind) for deal in deals]),
        product=small([products.index(deal.product) for deal in deals]),
        aha=days([deal.aha for deal in deals]),
        churned=days([deal.churned for deal in deals]),
        rating=small([deal.rating or 0 for deal in deals]),
        rated=days([deal.rated if deal.rating else None for deal in deals]),
        rep_average=large(
            [NO_AVERAGE if deal.rep_average is None else int(deal.rep_average * STAR_SCALE) for deal in deals]
        ),
        kinds=kinds,
        products=products,
        reps=len(histories),
        levels=tuple(history.levels for history in histories),
    )
