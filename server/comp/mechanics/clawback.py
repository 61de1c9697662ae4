"""Clawback: what is taken back when a customer leaves early, never more than was paid on that deal."""

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
_MONTH = 31
"""Days that a month counts for when stretches are put in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClawbackStep:
    """A stretch of time from signing in which a customer who leaves costs a fixed share."""

    within: Duration = declare(DURATION)
    takes: Fraction = declare(PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clawback:
    """On churn inside the window counted from signing: all of it, or the part not served."""

    on: str = declare(choice("churn"), "churn")
    within: Duration | None = declare(DURATION, None, doc="Counted from signing; the day it ends is outside.")
    takes: str = declare(choice(ALL, BY_MONTH, BY_DAY), BY_MONTH)
    of: str = declare(choice(PAID, EARNED), PAID, doc="What the part is taken of; never more than was paid is taken.")
    recovered_from: str = declare(
        choice(AT_ONCE, NEXT), AT_ONCE, doc="Whether a month may end below zero, or the rest waits for later pay."
    )

    steps: tuple[ClawbackStep, ...] = declare(
        ListOf(ClawbackStep, MAX_STEPS),
        (),
        doc="Instead of one window: fixed shares, the first stretch that holds decides.",
    )

    @property
    def window(self) -> Duration:
        """How long it holds in all."""
        if self.steps:
            return self.steps[-1].within
        return self.within or Duration(1, "days")

    def check(self, fields: Fields) -> None:
        """Report a window that whole months do not divide, and steps that do not follow each other."""
        if (self.within is None) == (not self.steps):
            hint = message("Write it like 12 months.")
            fields.report("within", message("State “within”, or “steps” that each have their own."), hint)
        if self.steps and self.takes != BY_MONTH:
            fields.report("takes", message("Each of the steps says what it takes."))
        if self.within and self.takes == BY_MONTH and (self.within.unit != "months" or self.within.count < 1):
            rule = message("Pro rata by whole month needs a window in months.")
            fields.report("within", rule, message("Write it like 12 months."))
        stretches = [*([self.within] if self.within else []), *(step.within for step in self.steps)]
        if any(stretch.count < 1 for stretch in stretches):
            fields.report("within", message("A window is at least a day long."))
        lengths = [stretch.count * (_MONTH if stretch.unit == "months" else 1) for stretch in stretches]
        if any(upper <= lower for lower, upper in pairwise(lengths)):
            fields.report("steps", message("The steps do not rise."), message("Each ends later than the one before."))

    def applies(self, deal: Deal) -> bool:
        """Say whether the customer left inside the window; the day the window ends is outside."""
        return deal.churned is not None and deal.signed <= deal.churned < later(deal.signed, self.window)

    def step_at(self, signed: date, churned: date) -> Fraction:
        """Return what the first of the steps that holds takes."""
        return next((s.takes for s in self.steps if churned < later(signed, s.within)), Fraction(0))

    def taken_back(self, paid: int, earned: int, signed: date, churned: date) -> int:
        """Return the cents taken back, given what was paid and what was earned on a deal."""
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
        """Return the cents taken back on each deal (n,) of what was paid and earned on it (n,)."""
        ends = later_days(book.signed, self.window)
        inside = (book.churned != NEVER) & (book.churned >= book.signed) & (book.churned < ends)
        hit = np.flatnonzero(inside)
        taken = np.zeros_like(paid)
        most = paid[hit]
        base = most if self.of == PAID else earned[hit]
        signed, churned = book.signed[hit], book.churned[hit]
        if self.steps:
            base = self._stepped(base, signed, churned)
        elif self.takes == BY_MONTH:
            window = self.window.count
            left = window - whole_months_between(signed, churned).astype(np.int64)
            base = divide(base * left, window)
        elif self.takes == BY_DAY:
            length = (ends[hit] - signed).astype(np.int64)
            base = quotient(base, length - (churned - signed), length)
        taken[hit] = np.clip(base, np.minimum(most, 0), np.maximum(most, 0))
        return taken

    def _stepped(self, base: Int64s, signed: Int32s, churned: Int32s) -> Int64s:
        taken, open_ = np.zeros_like(base), np.ones(base.shape, dtype=np.bool_)
        for step in self.steps:
            here = open_ & (churned < later_days(signed, step.within))
            taken[here] = times(base[here], step.takes)
            open_ &= ~here
        return taken

    def sentences(self) -> list[Message]:
        """Say it in words, one sentence for each choice."""
        of = message("what was paid on the deal") if self.of == PAID else message("what was earned on the deal")
        if self.steps:
            said = [
                message(
                    "When a customer leaves within {window}, {share} of {of} is taken back.",
                    window=step.within,
                    share=Percent(step.takes),
                    of=of,
                )
                for step in self.steps
            ]
        elif self.takes == ALL:
            said = [
                message("When a customer leaves within {window}, all of {of} is taken back.", window=self.window, of=of)
            ]
        else:
            unit = message("whole months") if self.takes == BY_MONTH else message("days")
            said = [
                message(
                    "When a customer leaves within {window}, the share of {unit} not served is taken back, of {of}.",
                    window=self.window,
                    unit=unit,
                    of=of,
                )
            ]
        said.append(message("Never more is taken than was paid on the deal."))
        if self.recovered_from == NEXT:
            said.append(message("A month's variable pay never falls below zero; the rest is taken from the next ones."))
        return said
