"""Credit: how much of a deal counts for a component, after currency, split, partial credit and its window."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.calendar import day_of
from server.comp.history import OWN, Book, Deal
from server.comp.language.declarations import DAY, SHARE, Nested, Scalar, declare
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import Fields
from server.comp.language.ranges import quantity
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.comp.mechanics.measures import Measure
from server.comp.rounding import Bools, Int64s, share_of, share_out, times, to_cents
from server.messages import Message, Percent, decimal, message

CREDIT, COMMISSION = "credit", "commission"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditWindow:
    """A stretch of days, both ends included."""

    start: date | None = declare(DAY, None, key="from")
    until: date | None = declare(DAY, None)

    def check(self, fields: Fields) -> None:
        """Report a stretch that ends before it starts."""
        if self.start and self.until and self.until < self.start:
            fields.report("until", message("Nothing lies in this range."), message("Swap its edges."))

    def holds(self, day: date) -> bool:
        """Say whether a day lies inside."""
        return (self.start is None or day >= self.start) and (self.until is None or day <= self.until)

    def mask(self, book: Book) -> Bools:
        """Say for each deal (n,) whether it was signed inside."""
        inside = np.ones(book.signed.shape, dtype=np.bool_)
        if self.start:
            inside &= book.signed >= day_of(self.start)
        if self.until:
            inside &= book.signed <= day_of(self.until)
        return inside

    def sentence(self) -> Message:
        """Say it."""
        if self.start and self.until:
            return message("Only deals signed from {start} to {until} count.", start=self.start, until=self.until)
        if self.start:
            return message("Only deals signed from {start} on count.", start=self.start)
        return message("Only deals signed up to {until} count.", until=self.until or date.max)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialCredit:
    """A share of the credit for deals that match; the first rule that fits decides."""

    when: Eligibility = declare(Nested(Eligibility), EVERY)
    share: Fraction = declare(SHARE, doc="More than 100% credits more than the deal.")

    def sentence(self, currency: str) -> Message:
        """Say it."""
        return message(
            "{share} is credited, where: {where}", share=Percent(self.share), where=self.when.sentence(currency)
        )


def _rate(text: str) -> Fraction:
    value = quantity(text)
    if value <= 0:
        raise UnreadableError(message("An exchange rate is more than nothing."))
    return value


RATE = Scalar("an exchange rate", _rate, Fraction(1), lambda value, _: decimal(value), "1.08")


def _code(text: str) -> str:
    if len(text) != 3 or not text.isascii() or not text.isalpha() or not text.isupper():  # noqa: PLR2004 - ISO 4217
        raise UnreadableError(message("A currency is three capital letters."), message("Write it like USD."))
    return text


CODE = Scalar("a currency", _code, "USD", lambda value, _: str(value), "EUR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """The plan's fixed rate for deals in another currency: how much of the plan's one unit of theirs is."""

    code: str = declare(CODE, key="currency")
    rate: Fraction = declare(RATE)

    def sentence(self, currency: str) -> Message:
        """Say it."""
        return message(
            "{rate} {currency} are credited for each {code}, all year.",
            rate=decimal(self.rate),
            currency=currency,
            code=self.code,
        )


@dataclass(frozen=True, slots=True)
class CreditRule:
    """All that decides a component's credit."""

    measure: Measure
    where: Eligibility
    counts: tuple[PartialCredit, ...]
    windows: tuple[CreditWindow, ...]
    split: str
    currency: str
    exchanges: tuple[Exchange, ...]
    excludes: "tuple[CreditRule, ...]" = ()

    def admits(self, deal: Deal) -> bool:
        """Say whether a deal counts at all."""
        if deal.role not in (self.where.role or (OWN,)):
            return False
        if not self.where.admits(deal) or not all(window.holds(deal.signed) for window in self.windows):
            return False
        return not any(other.admits(deal) for other in self.excludes)

    def of(self, deal: Deal) -> int:
        """Return the credit of a deal in cents or units."""
        return self.of_admitted(deal) if self.admits(deal) else 0

    def of_admitted(self, deal: Deal) -> int:
        """Return the credit of a deal that counts."""
        amount = self.measure.of_deal(deal)
        if self.measure.is_money and deal.currency not in {"", self.currency}:
            rate = next((found.rate for found in self.exchanges if found.code == deal.currency), Fraction(0))
            amount = to_cents(amount * rate)
        if deal.split and self.split == CREDIT:
            amount = share_out(amount, deal.split.weights)[deal.split.index]
        for rule in self.counts:
            if rule.when.admits(deal):
                return to_cents(amount * rule.share)
        return amount

    def mask(self, book: Book) -> Bools | None:
        """Say for each deal (n,) whether it counts at all; None when all do."""
        found = [self.where.mask(book), *(window.mask(book) for window in self.windows)]
        if not self.where.role and book.words["role"].words != (OWN,):
            roles = book.words["role"]
            found.append(roles.code == roles.of(OWN))
        for other in self.excludes:
            shut = other.mask(book)
            found.append(np.zeros(book.rep.shape, dtype=np.bool_) if shut is None else ~shut)
        masks = [mask for mask in found if mask is not None]
        if not masks:
            return None
        return masks[0] if len(masks) == 1 else np.logical_and.reduce(masks)

    def by(self, book: Book, mask: Bools | None) -> Int64s:
        """Return the credit of every deal (n,)."""
        amounts = self.measure.of_book(book)
        if self.measure.is_money and set(book.words["currency"].words) - {"", self.currency}:
            amounts = self._converted(amounts, book)
        if self.split == CREDIT and any(len(found.weights) > 1 for found in book.splits):
            amounts = split_credit(amounts, book)
        if self.counts:
            amounts = self._partial(amounts, book)
        return amounts if mask is None else np.where(mask, amounts, 0)

    def _converted(self, amounts: Int64s, book: Book) -> Int64s:
        codes = book.words["currency"]
        converted = amounts.copy()
        for place, word in enumerate(codes.words):
            if word not in {"", self.currency}:
                rate = next((found.rate for found in self.exchanges if found.code == word), Fraction(0))
                theirs = codes.code == place
                converted[theirs] = times(amounts[theirs], rate)
        return converted

    def _partial(self, amounts: Int64s, book: Book) -> Int64s:
        credited, open_ = amounts.copy(), np.ones(amounts.shape, dtype=np.bool_)
        for rule in self.counts:
            mask = rule.when.mask(book)
            hit = open_ if mask is None else open_ & mask
            credited[hit] = times(amounts[hit], rule.share)
            open_ = open_ & ~hit
        return credited


def split_credit(amounts: Int64s, book: Book) -> Int64s:
    """Return each deal's part (n,) of amounts that are shared."""
    shared = amounts.copy()
    for place, split in enumerate(book.splits):
        if len(split.weights) > 1:
            theirs = book.split == place
            shared[theirs] = share_of(amounts[theirs], split.weights, split.index)
    return shared
