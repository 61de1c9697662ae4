"""Credit: how much of a deal counts for a component, after currency, split, partial credit and window."""

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.book import Book, own_shares
from server.comp.calendar import day_of
from server.comp.history import OWN, Deal
from server.comp.language.declarations import DAY, SHARE, Nested, Scalar, declare
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields
from server.comp.language.ranges import quantity
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.comp.mechanics.measures import Measure
from server.comp.rounding import Bools, Int64s, share_out, times, to_cents
from server.messages import Message, Money, Percent, decimal, message

CREDIT, COMMISSION = "credit", "commission"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditWindow:
    """A range of days, both ends included."""

    start: date | None = declare(DAY, None, key="from")
    until: date | None = declare(DAY, None)

    def check(self, fields: Fields) -> None:
        """Report a window that ends before it starts."""
        if self.start and self.until and self.until < self.start:
            fields.report("until", message("This range is empty."), message("Swap its limits."))

    def holds(self, day: date) -> bool:
        """Return whether a day is in the window."""
        return (self.start is None or day >= self.start) and (self.until is None or day <= self.until)

    def mask(self, book: Book) -> Bools:
        """Return which deals (n,) were signed in the window."""
        inside = np.ones(book.signed.shape, dtype=np.bool_)
        if self.start:
            inside &= book.signed >= day_of(self.start)
        if self.until:
            inside &= book.signed <= day_of(self.until)
        return inside

    def sentence(self) -> Message:
        """Describe the window in a sentence."""
        if self.start and self.until:
            return message(
                "Only deals signed from {start} to {until} count.",
                start=self.start,
                until=self.until,
            )
        if self.start:
            return message("Only deals signed from {start} on count.", start=self.start)
        return message("Only deals signed up to {until} count.", until=self.until or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCredit:
    """A share of the credit for deals that match; the first rule that matches applies."""

    when: Eligibility = declare(Nested(Eligibility), EVERY)
    share: Fraction = declare(SHARE, doc="More than 100% credits more than the deal.")

    def sentence(self, currency: str) -> Message:
        """Describe the rule in a sentence."""
        share = Percent(self.share)
        conditions = self.when.conditions(currency)
        if conditions is None:
            return message("{share} of every deal is credited.", share=share)
        return message("{share} of deals with {conditions} is credited.", share=share, conditions=conditions)


def _parse_rate(text: str) -> Fraction:
    value = quantity(text)
    if value <= 0:
        raise UnreadableError(message("An exchange rate must be more than 0."))
    return value


RATE = Scalar("an exchange rate", _parse_rate, Fraction(1), lambda value, _: decimal(value), "1.08")


def _parse_code(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):  # ISO 4217
        raise UnreadableError(
            message("A currency must be three capital letters."),
            message("Write it like USD."),
        )
    return text


CODE = Scalar("a currency", _parse_code, "USD", lambda value, _: str(value), "EUR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The plan's fixed exchange rate: units of the plan's currency for one unit of another."""

    code: str = declare(CODE, key="currency")
    rate: Fraction = declare(RATE)

    def sentence(self, currency: str) -> Message:
        """Describe the rate in a sentence."""
        return message(
            "Each {code} is credited as {rate} {currency}, all year.",
            rate=decimal(self.rate),
            currency=currency,
            code=self.code,
        )


@dataclass(frozen=True, slots=True)
class CreditRule:
    """Everything that decides the credit of a component."""

    measure: Measure
    where: Eligibility
    counts: tuple[PartialCredit, ...]
    windows: tuple[CreditWindow, ...]
    split: str
    currency: str
    exchanges: tuple[Exchange, ...]
    excludes: "tuple[CreditRule, ...]" = ()

    def admits(self, deal: Deal) -> bool:
        """Return whether a deal counts."""
        if deal.role not in (self.where.role or (OWN,)):
            return False
        if not self.where.admits(deal) or not all(window.holds(deal.signed) for window in self.windows):
            return False
        return not any(other.admits(deal) for other in self.excludes)

    def of(self, deal: Deal) -> int:
        """Return the credit of a deal in cents or units, 0 if it does not count."""
        return self.of_admitted(deal) if self.admits(deal) else 0

    def of_admitted(self, deal: Deal) -> int:
        """Return the credit in cents or units of a deal that counts."""
        amount = self.measure.of_deal(deal)
        if self.converts(deal):
            amount = to_cents(amount * self._exchange_rate(deal.currency))
        if deal.split and self.split == CREDIT:
            amount = share_out(amount, deal.split.weights)[deal.split.index]
        for rule in self.counts:
            if rule.when.admits(deal):
                return to_cents(amount * rule.share)
        return amount

    def converts(self, deal: Deal) -> bool:
        """Return whether the credit of a deal is in another currency than the plan's."""
        return self.measure.is_money and deal.currency not in {"", self.currency}

    def conversion(self, deal: Deal) -> tuple[bool, Message]:
        """Return whether the plan has a rate for the currency of a deal, and the conversion in words."""
        rate, amount = self._exchange_rate(deal.currency), self.measure.of_deal(deal)
        if not rate:
            return False, message("the plan has no rate for {code}, so nothing is credited", code=deal.currency)
        return True, message(
            "{amount} × {rate} = {converted}",
            amount=Money(amount, deal.currency),
            rate=decimal(rate),
            converted=Money(to_cents(amount * rate), self.currency),
        )

    def mask(self, book: Book) -> Bools | None:
        """Return which deals (n,) count, or None if all do."""
        filters = [self.where.mask(book), *(window.mask(book) for window in self.windows)]
        if not self.where.role and book.words["role"].words != (OWN,):
            roles = book.words["role"]
            filters.append(roles.code == roles.of(OWN))
        for other in self.excludes:
            excluded = other.mask(book)
            filters.append(np.zeros(book.rep.shape, dtype=np.bool_) if excluded is None else ~excluded)
        masks = [mask for mask in filters if mask is not None]
        if not masks:
            return None
        return masks[0] if len(masks) == 1 else np.logical_and.reduce(masks)

    def by(self, book: Book, mask: Bools | None) -> Int64s:
        """Return the credit in cents or units of every deal (n,)."""
        amounts = self.measure.of_book(book)
        if self.measure.is_money and set(book.words["currency"].words) - {"", self.currency}:
            amounts = self._convert(amounts, book)
        if self.split == CREDIT:
            amounts = own_shares(amounts, book)
        if self.counts:
            amounts = self._apply_partial_credit(amounts, book)
        return amounts if mask is None else np.where(mask, amounts, 0)

    def _exchange_rate(self, code: str) -> Fraction:
        """Return the plan's rate for a currency; a deal in a currency without a rate has no credit."""
        return next((exchange.rate for exchange in self.exchanges if exchange.code == code), Fraction(0))

    def _convert(self, amounts: Int64s, book: Book) -> Int64s:
        codes = book.words["currency"]
        converted = amounts.copy()
        for index, code in enumerate(codes.words):
            if code not in {"", self.currency}:
                matches = codes.code == index
                converted[matches] = times(amounts[matches], self._exchange_rate(code))
        return converted

    def _apply_partial_credit(self, amounts: Int64s, book: Book) -> Int64s:
        credited, undecided = amounts.copy(), np.ones(amounts.shape, dtype=np.bool_)
        for rule in self.counts:
            mask = rule.when.mask(book)
            matches = undecided if mask is None else undecided & mask
            credited[matches] = times(amounts[matches], rule.share)
            undecided = undecided & ~matches
        return credited
