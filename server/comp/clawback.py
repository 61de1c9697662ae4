"""Clawback: what is taken back when a customer leaves early, never more than was paid on that deal."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.comp import quantities
from server.comp.calendar import NEVER, Duration, later, later_days, whole_months, whole_months_between
from server.comp.history import Book, Deal
from server.comp.problems import Problem
from server.comp.reading import Fields, one_of
from server.comp.rounding import Int64s, divide, to_cents
from server.comp.wording import Sentence, say


@dataclass(frozen=True, slots=True)
class Clawback:
    """On churn inside the window counted from signing: all of what was paid, or the months not served."""

    within: Duration
    pro_rata: bool

    def applies(self, deal: Deal) -> bool:
        """Say whether the customer left inside the window; the day the window ends is outside."""
        return deal.churned is not None and deal.signed <= deal.churned < later(deal.signed, self.within)

    def taken(self, paid: int, signed: date, churned: date) -> int:
        """Return the cents taken back of `paid` cents."""
        if not self.pro_rata:
            return paid
        window = self.within.count
        return to_cents(Fraction(paid * (window - whole_months(signed, churned)), window))

    def taken_by(self, paid: Int64s, book: Book) -> Int64s:
        """Return the cents taken back on each deal (n,) of what was paid on it (n,)."""
        inside = (book.churned != NEVER) & (book.churned >= book.signed)
        inside &= book.churned < later_days(book.signed, self.within)
        if not self.pro_rata:
            return np.where(inside, paid, 0)
        window = self.within.count
        left = np.where(inside, window - whole_months_between(book.signed, book.churned), 0).astype(np.int64)
        return divide(np.where(inside, paid, 0) * left, window)

    def sentence(self) -> Sentence:
        """Say it in words."""
        if self.pro_rata:
            return say(
                "When a customer leaves within {window}, the share of the whole months not served is taken back"
                " from what was paid on the deal.",
                window=self.within,
            )
        return say(
            "When a customer leaves within {window}, all that was paid on the deal is taken back.", window=self.within
        )


def read(fields: Fields | None) -> Clawback | None:
    """Read `clawback: {on: churn, within, takes, of}`."""
    if fields is None:
        return None
    fields.take("on", one_of("churn"), "churn")
    fields.take("of", one_of("what was paid"), "what was paid")
    within = fields.need("within", quantities.duration, Duration(12, "months"))
    takes = fields.take("takes", one_of("all", "pro rata by whole month"), "pro rata by whole month")
    fields.finish()
    if takes != "all" and (within.unit != "months" or within.count < 1):
        rule = say("Pro rata by whole month needs a window in months.")
        fields.problems.append(Problem(fields.line, str(within), rule, say("Write it like 12 months.")))
        return Clawback(Duration(12, "months"), pro_rata=True)
    return Clawback(within, takes != "all")
