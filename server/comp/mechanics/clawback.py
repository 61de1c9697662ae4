"""Clawback: what is taken back when a customer churns early, never more than was paid on that deal."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

import numpy as np

from server.comp.calendar import NEVER, Int32s, later, later_days, whole_months, whole_months_between
from server.comp.history import Book, Deal
from server.comp.language.declarations import DURATION, PERCENT, ListOf, choice, declare
from server.comp.language.fields import Fields
from server.comp.rounding import Int64s, divide, quotient, times, to_cents
from server.messages import Duration, Message, Percent, message

ALL, BY_MONTH, BY_DAY = "all", "pro rata by whole month", "pro rata by day"
PAID, EARNED = "what was paid", "what was earned"
AT_ONCE, NEXT = "at once", "the next payments"
MAX_STEPS = 12
_DAYS_IN_MONTH = 31
"""Days that a month counts as when windows are put in order."""

_RECOVERED_LATER = message(
    "Variable pay never falls below zero in a month; the remainder is taken from later months.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClawbackStep:
    """A fixed share taken back from a customer who churns within a time from signing."""

    within: Duration = declare(DURATION)
    takes: Fraction = declare(PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clawback:
    """On churn within a window from signing, all of the commission or a part of it is taken back."""

    on: str = declare(choice("churn"), "churn")
    within: Duration | None = declare(
        DURATION,
        None,
        doc="Counted from signing; the day on which it ends is outside.",
    )
    takes: str = declare(choice(ALL, BY_MONTH, BY_DAY), BY_MONTH)
    of: str = declare(
        choice(PAID, EARNED),
        PAID,
        doc="The base of the clawback; never more than was paid is taken back.",
    )
    recovered_from: str = declare(
        choice(AT_ONCE, NEXT),
        AT_ONCE,
        doc="Whether a month may end below zero, or the remainder is taken from later pay.",
    )

    steps: tuple[ClawbackStep, ...] = declare(
        ListOf(ClawbackStep, MAX_STEPS),
        (),
        doc="Fixed shares instead of one window; the first step that holds applies.",
    )

    @property
    def window(self) -> Duration:
        """Return the longest time from signing after which nothing is taken back."""
        if self.steps:
            return self.steps[-1].within
        return self.within or Duration(1, "days")

    def check(self, fields: Fields) -> None:
        """Report a missing or unusable window, and steps that do not rise."""
        if (self.within is None) == (not self.steps):
            rule = message("Use either “within”, or “steps” that each have a “within”.")
            fields.report("within", rule, message("Write it like 12 months."))
        if self.steps and self.takes != BY_MONTH:
            fields.report("takes", message("With “steps”, state “takes” on each step."))
        if self.within and self.takes == BY_MONTH and (self.within.unit != "months" or self.within.count < 1):
            rule = message("Pro rata by whole month needs a window in months.")
            fields.report("within", rule, message("Write it like 12 months."))
        windows = [*([self.within] if self.within else []), *(step.within for step in self.steps)]
        if any(window.count < 1 for window in windows):
            fields.report("within", message("A window must be at least one day."))
        days = [window.count * (_DAYS_IN_MONTH if window.unit == "months" else 1) for window in windows]
        if any(upper <= lower for lower, upper in pairwise(days)):
            rule = message("The steps must be in rising order.")
            fields.report("steps", rule, message("Each must end later than the one before."))

    def applies(self, deal: Deal) -> bool:
        """Return whether the customer churned within the window; the day on which it ends is outside."""
        return deal.churned is not None and deal.signed <= deal.churned < later(deal.signed, self.window)

    def step_at(self, signed: date, churned: date) -> Fraction:
        """Return the share of the first step that still holds on the day of churn."""
        return next((step.takes for step in self.steps if churned < later(signed, step.within)), Fraction(0))

    def taken_back(self, paid: int, earned: int, signed: date, churned: date) -> int:
        """Return the cents taken back on a deal, from the cents paid and earned on it."""
        base = paid if self.of == PAID else earned
        if self.steps:
            base = to_cents(base * self.step_at(signed, churned))
        elif self.takes == BY_MONTH:
            window = self.window.count
            base = to_cents(Fraction(base * (window - whole_months(signed, churned)), window))
        elif self.takes == BY_DAY:
            window = (later(signed, self.window) - signed).days
            base = to_cents(Fraction(base * (window - (churned - signed).days), window))
        return max(min(base, max(paid, 0)), min(paid, 0))

    def taken_back_by(self, paid: Int64s, earned: Int64s, book: Book) -> Int64s:
        """Return the cents taken back on each deal (n,), from the cents paid and earned on it (n,)."""
        ends = later_days(book.signed, self.window)
        inside = (book.churned != NEVER) & (book.churned >= book.signed) & (book.churned < ends)
        affected = np.flatnonzero(inside)
        taken = np.zeros_like(paid)
        affected_paid = paid[affected]
        base = affected_paid if self.of == PAID else earned[affected]
        signed, churned = book.signed[affected], book.churned[affected]
        if self.steps:
            base = self._by_steps(base, signed, churned)
        elif self.takes == BY_MONTH:
            window = self.window.count
            unserved = window - whole_months_between(signed, churned).astype(np.int64)
            base = divide(base * unserved, window)
        elif self.takes == BY_DAY:
            length = (ends[affected] - signed).astype(np.int64)
            base = quotient(base, length - (churned - signed), length)
        taken[affected] = np.clip(base, np.minimum(affected_paid, 0), np.maximum(affected_paid, 0))
        return taken

    def _by_steps(self, base: Int64s, signed: Int32s, churned: Int32s) -> Int64s:
        taken, undecided = np.zeros_like(base), np.ones(base.shape, dtype=np.bool_)
        for step in self.steps:
            applies = undecided & (churned < later_days(signed, step.within))
            taken[applies] = times(base[applies], step.takes)
            undecided &= ~applies
        return taken

    def sentences(self) -> list[Message]:
        """Describe the clawback, one sentence for each choice."""
        paid, earned = message("what was paid on the deal"), message("what was earned on the deal")
        base = paid if self.of == PAID else earned
        if self.steps:
            sentences = [
                message(
                    "When a customer leaves within {window}, {share} of {base} is taken back.",
                    window=step.within,
                    share=Percent(step.takes),
                    base=base,
                )
                for step in self.steps
            ]
        elif self.takes == ALL:
            sentences = [
                message(
                    "When a customer leaves within {window}, all of {base} is taken back.",
                    window=self.window,
                    base=base,
                )
            ]
        else:
            unit = message("whole months") if self.takes == BY_MONTH else message("days")
            sentences = [
                message(
                    "When a customer leaves within {window},"
                    " the part of {base} for the {unit} not served is taken back.",
                    window=self.window,
                    unit=unit,
                    base=base,
                )
            ]
        sentences.append(message("No more is taken back than the deal paid."))
        if self.recovered_from == NEXT:
            sentences.append(_RECOVERED_LATER)
        return sentences
