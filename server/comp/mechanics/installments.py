"""PaymentTable: what is released with each of a customer's payments, in proportion to the cash."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.book import Book
from server.comp.calendar import NEVER, Int32s
from server.comp.history import Deal, Payment, running_payments
from server.comp.rounding import Int64s, product, quotient

MAX_PAYMENTS = 60
"""The most payments of one deal."""


def with_payments(deal: Deal, payments: Iterable[Payment]) -> Deal:
    """Return a deal with its customer's payments; the day on which all is paid is that of the last one needed.

    Raises ValueError for an amount that is not positive: what a customer gets back is a credit memo.
    """
    payments = tuple(sorted(payments))
    if any(payment.cents <= 0 for payment in payments):
        reason = "Payments must be positive."
        raise ValueError(reason)
    deal = replace(deal, payments=payments)
    running, total = running_payments(deal)
    settled = next((day for day, paid in running if paid == total), None)
    return replace(deal, paid=deal.paid or settled)


@dataclass(frozen=True, slots=True)
class Installment:
    """The part of a payout that a payment releases, between two running shares; without a day it is not paid yet."""

    day: date | None
    before: Fraction
    after: Fraction

    def of(self, cents: int) -> int:
        """Return its part of a payout in cents; all parts add up to the payout."""
        return product(cents, self.after) - product(cents, self.before)


WHOLE = Installment(None, Fraction(0), Fraction(1))


def installments_of(deal: Deal) -> list[Installment]:
    """Return a deal's installments by day, the rest that is not paid yet last.

    Where payments are not known one by one, everything is paid on the day the customer has paid.
    """
    if not deal.payments:
        return [replace(WHOLE, day=deal.paid)]
    running, total = running_payments(deal)
    shares = [Fraction(0), *(Fraction(paid, total) for _, paid in running)]
    installments = [
        Installment(day, before, after)
        for (day, _), before, after in zip(running, shares, shares[1:], strict=False)
        if after > before
    ]
    return installments if shares[-1] == 1 else [*installments, Installment(None, shares[-1], Fraction(1))]


@dataclass(frozen=True, slots=True)
class InstallmentRow:
    """An installment of every deal (n,): the days, NEVER where it is not paid, and its running totals of `total`."""

    days: Int32s
    before: Int64s
    after: Int64s
    total: Int64s

    def of(self, cents: Int64s) -> Int64s:
        """Return its part of payouts (n,) in cents, as `Installment.of` does."""
        if self is WHOLE_ROW:
            return cents
        return quotient(cents, self.after, self.total) - quotient(cents, self.before, self.total)


_NOTHING = np.zeros(0, dtype=np.int64)
WHOLE_ROW = InstallmentRow(np.zeros(0, dtype=np.int32), _NOTHING, _NOTHING, _NOTHING)
"""All of every payout; it has no days of its own."""


def installment_rows(book: Book) -> Iterator[InstallmentRow]:
    """Yield every deal's first, second, … installment, and last what is not paid yet."""
    payments = book.payments
    has_none = (payments.days == NEVER).all(axis=0)
    nothing = np.zeros_like(payments.total)
    before = nothing
    for days, paid in zip(payments.days, payments.paid, strict=True):
        yield InstallmentRow(days, before, np.where(has_none, nothing, paid), payments.total)
        before = np.where(has_none, nothing, paid)
    rest = np.where(has_none, book.paid, NEVER).astype(np.int32)
    yield InstallmentRow(rest, before, payments.total, payments.total)
