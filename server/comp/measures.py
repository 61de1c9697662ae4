"""What a component credits: annual or monthly recurring revenue, contract value, or the number of deals."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp.history import Book, Deal
from server.comp.rounding import Int64s, divide, to_cents
from server.comp.wording import Sentence, say


@dataclass(frozen=True, slots=True)
class Measure:
    """A way to count a deal: exactly for one deal, and for a book's arrays (n,) in cents or units."""

    name: str
    label: Sentence
    is_money: bool
    of_deal: Callable[[Deal], int]
    of_book: Callable[[Book], Int64s]


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("arr", say("new ARR"), True, lambda deal: deal.arr, lambda book: book.arr),
        Measure("acv", say("annual contract value"), True, lambda deal: deal.arr, lambda book: book.arr),
        Measure(
            "mrr",
            say("new MRR"),
            True,
            lambda deal: to_cents(Fraction(deal.arr, 12)),
            lambda book: divide(book.arr, 12),
        ),
        Measure(
            "tcv",
            say("total contract value"),
            True,
            lambda deal: to_cents(Fraction(deal.arr * deal.term, 12)),
            lambda book: divide(book.arr * book.term, 12),
        ),
        Measure("deals", say("deals"), False, lambda _: 1, lambda book: np.ones_like(book.arr)),
    )
}
