"""Clawback: what is taken back when a customer leaves early, never more than was paid on that deal."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp.calendar import NEVER, Duration, later, later_days, whole_months, whole_months_between
from server.comp.history import Book, Deal
from server.comp.reading import Fields
from server.comp.rounding import Int64s, divide, quotient, to_cents
from server.comp.terms import DURATION, choice, term
from server.comp.wording import Sentence, say

ALL, BY_MONTH, BY_DAY = "all", "pro rata by whole month", "pro rata by day"
PAID, EARNED = "what was paid", "what was earned"
AT_ONCE, NEXT = "at once", "the next payments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clawback:
    """On churn inside the window counted from signing: all of it, or the part not served."""

    on: str = term(choice("churn"), "churn")
    within: Duration = term(DURATION, doc="Counted from signing; the day it ends is outside.")
    takes: str = term(choice(ALL, BY_MONTH, BY_DAY), BY_MONTH)
    of: str = term(choice(PAID, EARNED), PAID, doc="What the part is taken of; never more than was paid is taken.")
    recovered_from: str = term(
        choice(AT_ONCE, NEXT), AT_ONCE, doc="Whether a month may end below zero, or the rest waits for later pay."
    )  # fmt: skip

    def check(self, fields: Fields) -> None:
        """Report a window that whole months do not divide."""
        if self.takes == BY_MONTH and (self.within.unit != "months" or self.within.count < 1):
            rule = say("Pro rata by whole month needs a window in months.")
            fields.complain("within", rule, say("Write it like 12 months."))
        if self.within.count < 1:
            fields.complain("within", say("A window is at least a day long."))

    def applies(self, deal: Deal) -> bool:
        """Say whether the customer left inside the window; the day the window ends is outside."""
        return deal.churned is not None and deal.signed <= deal.churned < later(deal.signed, self.within)

    def taken(self, paid: int, earned: int, signed: date, churned: date) -> int:
        """Return the cents taken back, given what was paid and what was earned on a deal."""
        base = paid if self.of == PAID else earned
        if self.takes == BY_MONTH:
            window = self.within.count
            base = to_cents(Fraction(base * (window - whole_months(signed, churned)), window))
        elif self.takes == BY_DAY:
            window = (later(signed, self.within) - signed).days
            base = to_cents(Fraction(base * (window - (churned - signed).days), window))
        return min(base, paid) if paid >= 0 else max(base, paid)

    def taken_by(self, paid: Int64s, earned: Int64s, book: Book) -> Int64s:
        """Return the cents taken back on each deal (n,) of what was paid and earned on it (n,)."""
        ends = later_days(book.signed, self.within)
        inside = (book.churned != NEVER) & (book.churned >= book.signed) & (book.churned < ends)
        hit = np.flatnonzero(inside)
        taken = np.zeros_like(paid)
        most = paid[hit]
        base = most if self.of == PAID else earned[hit]
        signed, churned = book.signed[hit], book.churned[hit]
        if self.takes == BY_MONTH:
            window = self.within.count
            left = window - whole_months_between(signed, churned).astype(np.int64)
            base = divide(base * left, window)
        elif self.takes == BY_DAY:
            length = (ends[hit] - signed).astype(np.int64)
            base = quotient(base, length - (churned - signed), length)
        taken[hit] = np.where(most >= 0, np.minimum(base, most), np.maximum(base, most))
        return taken

    def sentences(self) -> list[Sentence]:
        """Say it in words, one sentence for each choice."""
        of = say("what was paid on the deal") if self.of == PAID else say("what was earned on the deal")
        if self.takes == ALL:
            said = [
                say("When a customer leaves within {window}, all of {of} is taken back.", window=self.within, of=of)
            ]
        else:
            unit = say("whole months") if self.takes == BY_MONTH else say("days")
            said = [
                say("When a customer leaves within {window}, the share of {unit} not served is taken back, of {of}.",
                    window=self.within, unit=unit, of=of)
            ]  # fmt: skip
        said.append(say("Never more is taken than was paid on the deal."))
        if self.recovered_from == NEXT:
            said.append(say("A month's variable pay never falls below zero; the rest is taken from the next ones."))
        return said
