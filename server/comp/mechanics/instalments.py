"""Instalments: what is released with each of a customer's payments, in proportion to the cash."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.calendar import NEVER, Int32s
from server.comp.history import Book, Deal, Payment, running_payments
from server.comp.rounding import Int64s, product, quotient


def with_payments(deal: Deal, payments: Iterable[Payment]) -> Deal:
    """Return a deal with its customer's payments; the day on which all is paid is that of the last one needed."""
    deal = replace(deal, payments=tuple(sorted(payments)))
    running, total = running_payments(deal)
    settled = next((day for day, paid in running if paid == total), None)
    return replace(deal, paid=deal.paid or settled)


@dataclass(frozen=True, slots=True)
class Instalment:
    """The part of a payout that a payment releases, between two running shares; without a day it is not paid yet."""

    day: date | None
    before: Fraction
    after: Fraction

    def of(self, cents: int) -> int:
        """Return its part of a payout in cents; all parts add up to the payout."""
        return product(cents, self.after) - product(cents, self.before)


WHOLE = Instalment(None, Fraction(0), Fraction(1))


def instalments_of(deal: Deal) -> list[Instalment]:
    """Return a deal's instalments by day, the rest that is not paid yet last.

    Where payments are not known one by one, everything is paid on the day the customer has paid.
    """
    if not deal.payments:
        return [replace(WHOLE, day=deal.paid)]
    running, total = running_payments(deal)
    shares = [Fraction(0), *(Fraction(paid, total) for _, paid in running)]
    instalments = [
        Instalment(day, before, after)
        for (day, _), before, after in zip(running, shares, shares[1:], strict=False)
        if after > before
    ]
    return instalments if shares[-1] == 1 else [*instalments, Instalment(None, shares[-1], Fraction(1))]


@dataclass(frozen=True, slots=True)
class InstalmentRow:
    """An instalment of every deal (n,): the days, NEVER where it is not paid, and its running totals of `total`."""

    days: Int32s
    before: Int64s
    after: Int64s
    total: Int64s

    def of(self, cents: Int64s) -> Int64s:
        """Return its part of payouts (n,) in cents, as `Instalment.of` does."""
        return quotient(cents, self.after, self.total) - quotient(cents, self.before, self.total)


def instalment_rows(book: Book) -> Iterator[InstalmentRow]:
    """Yield every deal's first, second, … instalment, and last what is not paid yet."""
    payments = book.instalments
    has_none = (payments.days == NEVER).all(axis=0)
    nothing = np.zeros_like(payments.total)
    before = nothing
    for days, paid in zip(payments.days, payments.paid, strict=True):
        yield InstalmentRow(days, before, np.where(has_none, nothing, paid), payments.total)
        before = np.where(has_none, nothing, paid)
    rest = np.where(has_none, book.paid, NEVER).astype(np.int32)
    yield InstalmentRow(rest, before, payments.total, payments.total)
