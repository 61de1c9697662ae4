"""Clawback: what is taken back when a customer churns early, never more than was paid on that deal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

import numpy as np

from server.comp.book import Book
from server.comp.calendar import NEVER, Int32s, later, later_days, whole_months, whole_months_between
from server.comp.history import Deal
from server.comp.language import units
from server.comp.language.declarations import DURATION, PERCENT, ListOf, Nested, Scalar, choice, declare
from server.comp.language.fields import Fields, one_of
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.comp.rounding import Int64s, divide, quotient, times, to_cents
from server.messages import Duration, Message, Percent, message

ALL, BY_MONTH, BY_DAY = "all", "pro rata by whole month", "pro rata by day"
PAID, EARNED, ADDED = "what was paid", "what was earned", "what it added to the period"
AT_ONCE, NEXT = "at once", "the next payments"
MAX_STEPS, MAX_RULES = 12, 8
_STARTS = {"signing": "signed", "start of service": "starts", "go-live": "live", "payment": "paid"}
"""The attribute of a deal or book that holds the day a window is counted from."""
_DAYS_IN_MONTH = 31
"""Days that a month counts as when windows are put in order."""

_RECOVERED_LATER = message(
    "Variable pay never falls below zero in a month; the remainder is taken from later months.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClawbackStep:
    """A fixed share taken back if the customer churns within a time."""

    within: Duration = declare(DURATION)
    takes: Fraction = declare(PERCENT)


def _parse_takes(text: str) -> str | Fraction:
    words = " ".join(text.split())
    return units.percent(words) if units.is_share(words) else one_of(ALL, BY_MONTH, BY_DAY)(words)


TAKES = Scalar(
    "all, pro rata by whole month, pro rata by day, or a percentage",
    _parse_takes,
    BY_MONTH,
    lambda value, _: Percent(value) if isinstance(value, Fraction) else str(value),
    BY_MONTH,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clawback:
    """On churn within a window, all of the commission or a part of it is taken back."""

    on: str = declare(choice("churn"), "churn")
    where: Eligibility = declare(Nested(Eligibility), EVERY, doc="The deals it applies to; every deal unless stated.")
    within: Duration | None = declare(
        DURATION,
        None,
        doc="Counted from signing unless stated; the day on which it ends is outside.",
    )
    counted_from: str = declare(
        choice(*_STARTS),
        "signing",
        doc="The day from which the window is counted. Until it comes, no time has been served.",
    )
    takes: str | Fraction = declare(TAKES, BY_MONTH)
    of: str = declare(
        choice(PAID, EARNED, ADDED),
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
        """Return the time from `start` after which nothing is taken back; a day where the plan has a problem."""
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

    def start(self, deal: Deal) -> date:
        """Return the day the window of a deal whose customer churned is counted from.

        Where that day had not come, it is the day of churn: no time has been served.
        """
        assert deal.churned  # noqa: S101 - asked for such deals only
        start: date | None = getattr(deal, _STARTS[self.counted_from]) or (
            deal.signed if self.counted_from == "start of service" else None
        )
        return min(start or deal.churned, deal.churned)

    def applies(self, deal: Deal) -> bool:
        """Return whether the customer churned within the window; the day on which it ends is outside."""
        return deal.churned is not None and deal.signed <= deal.churned < later(self.start(deal), self.window)

    def step_at(self, start: date, churned: date) -> Fraction:
        """Return the share of the first step that still holds on the day of churn."""
        return next((step.takes for step in self.steps if churned < later(start, step.within)), Fraction(0))

    def taken_back(self, paid: int, earned: int, start: date, churned: date) -> int:
        """Return the cents taken back on a deal, from the cents paid and earned on it."""
        base = paid if self.of == PAID else earned  # or what the period pays less without the deal
        if self.steps:
            base = to_cents(base * self.step_at(start, churned))
        elif isinstance(self.takes, Fraction):
            base = to_cents(base * self.takes)
        elif self.takes == BY_MONTH:
            window = self.window.count
            base = to_cents(Fraction(base * (window - whole_months(start, churned)), window))
        elif self.takes == BY_DAY:
            window = (later(start, self.window) - start).days
            base = to_cents(Fraction(base * (window - (churned - start).days), window))
        return max(min(base, max(paid, 0)), min(paid, 0))

    def served(self, start: date, churned: date) -> Message | None:
        """Return how much of the window was served, or None if that does not matter."""
        if self.steps or self.takes not in {BY_MONTH, BY_DAY}:
            return None
        if self.takes == BY_MONTH:
            served, window = Duration(whole_months(start, churned), "months"), self.window
        else:
            served = Duration((churned - start).days, "days")
            window = Duration((later(start, self.window) - start).days, "days")
        return message("{served} of {window} served", served=served, window=window)

    def taken_back_by(self, paid: Int64s, earned: Int64s, book: Book) -> Int64s:
        """Return the cents taken back on each deal (n,) by this rule, from the cents paid and earned on it (n,)."""
        left = np.flatnonzero((book.churned != NEVER) & (book.churned >= book.signed))
        churned = book.churned[left]
        start = np.minimum(getattr(book, _STARTS[self.counted_from])[left], churned)
        ends = later_days(start, self.window)
        inside = churned < ends
        affected, start, ends, churned = left[inside], start[inside], ends[inside], churned[inside]
        taken = np.zeros_like(paid)
        affected_paid = paid[affected]
        base = affected_paid if self.of == PAID else earned[affected]
        if self.steps:
            base = self._by_steps(base, start, churned)
        elif isinstance(self.takes, Fraction):
            base = times(base, self.takes)
        elif self.takes == BY_MONTH:
            window = self.window.count
            unserved = window - whole_months_between(start, churned).astype(np.int64)
            base = divide(base * unserved, window)
        elif self.takes == BY_DAY:
            length = (ends - start).astype(np.int64)
            base = quotient(base, length - (churned - start), length)
        taken[affected] = np.clip(base, np.minimum(affected_paid, 0), np.maximum(affected_paid, 0))
        return taken

    def _by_steps(self, base: Int64s, start: Int32s, churned: Int32s) -> Int64s:
        taken, undecided = np.zeros_like(base), np.ones(base.shape, dtype=np.bool_)
        for step in self.steps:
            applies = undecided & (churned < later_days(start, step.within))
            taken[applies] = times(base[applies], step.takes)
            undecided &= ~applies
        return taken

    def sentences(self) -> list[Message]:
        """Describe the clawback, one sentence for each choice."""
        base = {
            PAID: message("what was paid on the deal"),
            EARNED: message("what was earned on the deal"),
            ADDED: message("what the deal added to the period's pay"),
        }[self.of]
        if self.steps:
            sentences = [
                message(
                    "When a customer leaves within {window}, {share} of {base} is taken back.",
                    window=self.window_in_words(step.within),
                    share=Percent(step.takes),
                    base=base,
                )
                for step in self.steps
            ]
        else:
            sentences = [
                message(
                    "When a customer leaves within {window}, {part} is taken back.",
                    window=self.window_in_words(self.window),
                    part=self._part_in_words(base),
                )
            ]
        if (conditions := self.where.conditions("")) is not None:
            sentences.insert(0, message("For deals with {conditions}:", conditions=conditions))
        sentences.append(message("Never more than was paid on the deal."))
        if self.recovered_from == NEXT:
            sentences.append(_RECOVERED_LATER)
        return sentences

    def share_in_words(self, share: Fraction) -> Message:
        """Return a share of what the rule takes back from."""
        sentences = {
            PAID: message("{share} of what was paid on the deal", share=Percent(share)),
            EARNED: message("{share} of what was earned on the deal", share=Percent(share)),
            ADDED: message("{share} of what the deal added to the period's pay", share=Percent(share)),
        }
        return sentences[self.of]

    def window_in_words(self, window: Duration) -> Duration | Message:
        """Return a window with the day it is counted from, unless that is signing."""
        starts = {
            "start of service": message("{window} of the start of service", window=window),
            "go-live": message("{window} of go-live", window=window),
            "payment": message("{window} of the customer's payment", window=window),
        }
        return starts.get(self.counted_from, window)

    def _part_in_words(self, base: Message) -> Message:
        if isinstance(self.takes, Fraction):
            return self.share_in_words(self.takes)
        if self.takes == ALL:
            return message("all of {base}", base=base)
        unit = message("whole months") if self.takes == BY_MONTH else message("days")
        return message("the unearned part of {base}, counted in {unit},", base=base, unit=unit)


def rule_for(rules: Sequence[Clawback], deal: Deal) -> Clawback | None:
    """Return the first rule whose deals include this one, or None."""
    return next((rule for rule in rules if rule.where.admits(deal)), None)


def taken_back_by(rules: Sequence[Clawback], paid: Int64s, earned: Int64s, added_pay: Int64s, book: Book) -> Int64s:
    """Return the cents taken back on each deal (n,), each by the first rule whose deals include it.

    It is from the cents paid and earned on each deal, or what its period pays less without it.
    """
    bases = [added_pay if rule.of == ADDED else earned for rule in rules]
    if len(rules) == 1 and rules[0].where == EVERY:
        return rules[0].taken_back_by(paid, bases[0], book)
    taken, undecided = np.zeros_like(paid), np.ones(paid.shape, dtype=np.bool_)
    for rule, base in zip(rules, bases, strict=True):
        mask = rule.where.mask(book)
        is_of_rule = undecided if mask is None else undecided & mask
        taken = np.where(is_of_rule, rule.taken_back_by(paid, base, book), taken)
        undecided = undecided & ~is_of_rule
    return taken
