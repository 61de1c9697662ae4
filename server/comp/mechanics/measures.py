"""Measures that a component can credit: recurring revenue, contract value, cash, margin, or a count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.book import Book
from server.comp.calendar import MONTHS_IN_YEAR
from server.comp.history import Deal
from server.comp.rounding import Int64s, divide, to_cents
from server.messages import Message, message


@dataclass(frozen=True, slots=True)
class Measure:
    """A way to measure a deal, in cents or units.

    An amount that the deal states comes first; otherwise it is derived, for one deal or for arrays (n,).
    """

    name: str
    label: Message
    is_money: bool
    derive: Callable[[Deal], int]
    derive_all: Callable[[Book], Int64s]

    @property
    def must_be_stated(self) -> bool:
        """Whether a deal that does not state it has none."""
        return self.derive is _zero

    def of_deal(self, deal: Deal) -> int:
        """Return the cents or units of one deal."""
        stated = deal.amount(self.name)
        return self.derive(deal) if stated is None else stated

    def of_book(self, book: Book) -> Int64s:
        """Return the cents or units of every deal (n,)."""
        if self.name not in book.amounts:
            return self.derive_all(book)
        amounts, stated = book.amounts[self.name]
        return np.where(stated, amounts, self.derive_all(book))


def stated_arr(arr: int, amounts: Mapping[str, int]) -> int:
    """Return the ARR of a deal in cents: as stated, or twelve times its MRR."""
    return arr or amounts.get("mrr", 0) * MONTHS_IN_YEAR


def _arr(deal: Deal) -> int:
    return deal.arr


def _all_arr(book: Book) -> Int64s:
    return book.arr


def _mrr(deal: Deal) -> int:
    return to_cents(Fraction(deal.arr, 12))


def _all_mrr(book: Book) -> Int64s:
    return divide(book.arr, 12)


def _tcv(deal: Deal) -> int:
    return to_cents(Fraction(deal.arr * deal.term, 12))


def _all_tcv(book: Book) -> Int64s:
    return divide(book.arr * book.term, 12)


def _of_kind(kind: str) -> tuple[Callable[[Deal], int], Callable[[Book], Int64s]]:
    def derive(deal: Deal) -> int:
        return deal.arr if deal.kind == kind else 0

    def derive_all(book: Book) -> Int64s:
        codes = book.words["kind"]
        return np.where(codes.code == codes.of(kind), book.arr, 0)

    return derive, derive_all


def _zero(_: Deal) -> int:
    return 0


def _all_zero(book: Book) -> Int64s:
    return np.zeros_like(book.arr)


def _is_sale(deal: Deal) -> int:
    return int(deal.arr >= 0)


def _all_sales(book: Book) -> Int64s:
    return (book.arr >= 0).astype(np.int64)


def _is_new(deal: Deal) -> int:
    return int(deal.kind == "new" and deal.arr >= 0)


def _all_new(book: Book) -> Int64s:
    codes = book.words["kind"]
    new: Int64s = ((codes.code == codes.of("new")) & (book.arr >= 0)).astype(np.int64)
    return new


def _money(
    name: str,
    label: Message,
    derive: Callable[[Deal], int] = _zero,
    derive_all: Callable[[Book], Int64s] = _all_zero,
) -> Measure:
    return Measure(name, label, True, derive, derive_all)


def _count(
    name: str,
    label: Message,
    derive: Callable[[Deal], int] = _zero,
    derive_all: Callable[[Book], Int64s] = _all_zero,
) -> Measure:
    return Measure(name, label, False, derive, derive_all)


MEASURES = {
    measure.name: measure
    for measure in (
        _money("arr", message("new ARR"), _arr, _all_arr),
        _money("acv", message("annual contract value"), _arr, _all_arr),
        _money("mrr", message("new MRR"), _mrr, _all_mrr),
        _money("tcv", message("total contract value"), _tcv, _all_tcv),
        _money("bookings", message("bookings"), _arr, _all_arr),
        _money("revenue", message("revenue"), _arr, _all_arr),
        _money("cash", message("cash received"), _tcv, _all_tcv),
        _money("margin", message("gross margin")),
        _money("expansion", message("expansion ARR"), *_of_kind("expansion")),
        _money("renewal", message("renewed ARR"), *_of_kind("renewal")),
        _money("services", message("services")),
        _count("deals", message("deals"), _is_sale, _all_sales),
        _count("logos", message("new customers"), _is_new, _all_new),
        _count("meetings", message("meetings held")),
        _count("opportunities", message("qualified opportunities")),
        _count("demos", message("demos")),
        _count("units", message("units")),
        _count("seats", message("seats")),
        _count("points", message("points")),
    )
}
"""Every measure by name; what a deal does not state is derived from its ARR and term, or is 0."""
