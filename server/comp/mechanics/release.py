"""When a deal's commission is paid: shares at signing, at the customer's aha moment, or after months of staying."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import Literal

import numpy as np

from server.comp.calendar import NEVER, Int32s, Window, later, later_days, month_of, months_of
from server.comp.history import Book, Deal
from server.comp.language import units
from server.comp.language.declarations import DURATION, SHARE, Scalar, choice, declare
from server.comp.language.diagnostics import Diagnostic, UnreadableError
from server.comp.language.fields import Fields, one_of
from server.comp.rounding import Int64s, product, times
from server.messages import Duration, Message, Percent, message

MAX_PAYOUTS = 24
State = Literal["paid", "waiting", "missed", "cancelled"]
Happening = Literal["signing", "aha", "month", "paid", "live"]
_LABELS = {
    "signing": message("At signing"),
    "aha": message("At the aha moment"),
    "paid": message("When the customer has paid"),
    "live": message("At go-live"),
}

_NAMES = {"aha": message("aha"), "paid": message("payment"), "live": message("go-live")}
_ATTRIBUTES = {"signing": "signed", "aha": "aha", "paid": "paid", "live": "live"}
"""The day of a deal, or the days of a book, that tell when it happened."""


@dataclass(frozen=True, slots=True)
class Event:
    """Signing, the aha moment, the customer's payment, go-live, or month N with the customer still there."""

    kind: Happening
    month: int = 0

    @property
    def label(self) -> Message:
        """What the statement calls it."""
        return _LABELS.get(self.kind) or message("In month {month}", month=self.month)

    @property
    def phrase(self) -> Message:
        """What a sentence calls it."""
        return {
            "signing": message("at signing"),
            "aha": message("at the aha moment"),
            "paid": message("when the customer has paid"),
            "live": message("at go-live"),
            "month": message("in month {month}", month=self.month),
        }[self.kind]

    def day(self, deal: Deal) -> date | None:
        """Return the day it happened to a deal, or None."""
        if self.kind == "month":
            return later(deal.signed, Duration(self.month, "months"))
        happened: date | None = getattr(deal, _ATTRIBUTES[self.kind])
        return happened

    def days(self, book: Book) -> Int32s:
        """Return the day it happened to each deal (n,), or NEVER."""
        if self.kind == "month":
            return later_days(book.signed, Duration(self.month, "months"))
        days: Int32s = getattr(book, _ATTRIBUTES[self.kind])
        return days


SIGNING = Event("signing")


def _event(text: str) -> Event:
    bare = " ".join(text.split())
    if bare.startswith("month "):
        month = units.count(bare.removeprefix("month "))
        if not 1 <= month <= 60:  # noqa: PLR2004 - five years is past every contract
            raise UnreadableError(message("A month lies between 1 and 60."))
        return Event("month", month)
    kind = one_of("signing", "aha", "customer paid", "go-live", "month 6")(bare)
    return {"signing": SIGNING, "aha": Event("aha"), "customer paid": Event("paid"), "go-live": Event("live")}.get(
        kind, Event("month", 6)
    )


EVENT = Scalar("signing, aha, customer paid, go-live or month N", _event, SIGNING, lambda v, _: v.phrase, "signing")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRule:
    """A share of a deal's commission and what releases it; a late event forfeits it unless it pays late."""

    share: Fraction = declare(SHARE)
    on: Event = declare(EVENT)
    within: Duration | None = declare(DURATION, None)
    counted_from: str = declare(choice("signing", "go-live"), "signing", doc="Where “within” is counted from.")
    otherwise: str = declare(choice("forfeited", "paid late"), "forfeited")
    leaving_that_month: str = declare(
        choice("loses it", "keeps it"),
        "loses it",
        doc="Whether a customer who leaves in the very month it is due, but earlier, loses it.",
    )

    @property
    def pays_late(self) -> bool:
        """Whether it is paid after its limit too."""
        return self.otherwise == "paid late"

    def check(self, fields: Fields) -> None:
        """Report a limit on what happens on a fixed day."""
        if self.within and self.on.kind in {"signing", "month"}:
            fields.report("", message("“within” goes with an event that may come late: aha, customer paid, go-live."))
        if self.counted_from != "signing" and (not self.within or self.on.kind not in {"aha", "paid"}):
            fields.report("counted from", message("“counted from” goes with “within” of aha or customer paid."))

    @property
    def label(self) -> Message:
        """What the statement calls it."""
        return self.on.label

    def _left_before(self, deal: Deal, day: date) -> bool:
        """Say whether the customer had left when it was due."""
        if deal.churned is None or deal.churned > day:
            return False
        return self.leaving_that_month == "loses it" or month_of(deal.churned) < month_of(day)

    def due(self, deal: Deal, window: Window, not_before: date | None = None) -> tuple[State, date, Message]:
        """Say what became of it for one deal: the state, the day that decided it, and why."""
        day = self.on.day(deal)
        if day is not None and not_before is not None:
            day = max(day, not_before) if self._in_time(deal, day) else day
        if self.on.kind == "signing" and not_before is None:
            return "paid", deal.signed, message("signed on {day}", day=deal.signed)
        if day is None and self._is_over(deal, window):
            return self._not_reached(deal, day, window)
        if deal.churned and deal.churned <= window.ends and (day is None or self._left_before(deal, day)):
            return "cancelled", deal.churned, message("the customer left on {day}, before it was due", day=deal.churned)
        if day is None or day > window.ends:
            return self._not_reached(deal, day, window)
        return self._reached(deal, day)

    def _begin(self, deal: Deal) -> date | None:
        """Return the day that the limit is counted from; None while it has not come."""
        return deal.live if self.counted_from == "go-live" else deal.signed

    def _limit(self, deal: Deal) -> date | None:
        """Return the last day for it; None where there is none, or none yet."""
        begin = self._begin(deal)
        return later(begin, self.within) if self.within and begin else None

    def _in_time(self, deal: Deal, day: date) -> bool:
        limit = self._limit(deal)
        return limit is None or self.pays_late or day <= limit

    def _is_over(self, deal: Deal, window: Window) -> bool:
        """Say whether the last day for it passed while the customer was still there."""
        limit = None if self.pays_late else self._limit(deal)
        return limit is not None and limit < window.ends and (deal.churned is None or limit < deal.churned)

    def _not_reached(self, deal: Deal, day: date | None, window: Window) -> tuple[State, date, Message]:
        limit = self._limit(deal)
        if limit and not self.pays_late and limit <= window.ends:
            return "missed", limit, message("it did not happen by {day}, the last day for it", day=limit)
        return "waiting", limit or day or window.ends, message("not reached by {day}", day=window.ends)

    def _reached(self, deal: Deal, day: date) -> tuple[State, date, Message]:
        happened = self.on.day(deal) or day
        took = Duration(max((happened - (self._begin(deal) or deal.signed)).days, 0), "days")
        if not self._in_time(deal, happened):
            return (
                "missed",
                day,
                message(
                    "{event} after {took}, the limit is {limit}", event=self._name, took=took, limit=self.within or took
                ),
            )
        if self.on.kind == "month":
            return "paid", day, message("still a customer on {day}", day=day)
        if self.on.kind == "signing":
            return "paid", day, message("signed on {day}, paid at the period's end", day=deal.signed)
        return "paid", day, message("{event} after {took}, on {day}", event=self._name, took=took, day=happened)

    @property
    def _name(self) -> Message:
        return _NAMES.get(self.on.kind) or self.on.label

    def due_days(self, book: Book, not_before: Int32s | None = None) -> Int32s:
        """Return the day each deal's share is paid (n,), or NEVER."""
        day = self.on.days(book)
        if self.within and not self.pays_late:
            day = np.where(day <= self._limits(book, self.within), day, NEVER).astype(np.int32)
        if not_before is not None:
            day = np.where(day == NEVER, NEVER, np.maximum(day, not_before)).astype(np.int32)
        elif self.on.kind == "signing":
            return day
        lost = book.churned <= day
        if self.leaving_that_month == "keeps it":
            lost &= months_of(book.churned) < months_of(day)
        return np.where(lost, NEVER, day).astype(np.int32)

    def _limits(self, book: Book, within: Duration) -> Int32s:
        """Return the last day for it of each deal (n,); NEVER where what it is counted from has not come."""
        if self.counted_from == "signing":
            return later_days(book.signed, within)
        limits = later_days(np.where(book.live == NEVER, book.signed, book.live).astype(np.int32), within)
        return np.where(book.live == NEVER, NEVER, limits).astype(np.int32)

    def sentence(self) -> Message:
        """Say it in words."""
        share, event = Percent(self.share), self.on.phrase
        if self.on.kind == "signing":
            return message("{share} of a deal's commission is paid at signing.", share=share)
        if self.on.kind == "month":
            if self.leaving_that_month == "keeps it":
                return message(
                    "{share} is paid {event} if the customer is there when that month begins.", share=share, event=event
                )
            return message("{share} is paid {event} if the customer is still there.", share=share, event=event)
        if self.within is None:
            return message("{share} is paid {event}.", share=share, event=event)
        limit: Message | Duration = self.within
        if self.counted_from == "go-live":
            limit = message("{time} of go-live", time=self.within)
        if self.pays_late:
            return message(
                "{share} is paid {event}; after {limit} it is late but still paid.",
                share=share,
                event=event,
                limit=limit,
            )
        return message(
            "{share} is paid {event} if it comes within {limit}; later it is forfeited.",
            share=share,
            event=event,
            limit=limit,
        )


def cumulative_shares(instalments: tuple[PayoutRule, ...]) -> tuple[Fraction, ...]:
    """Return the share that is released with each instalment and those before it."""
    return tuple(accumulate(instalment.share for instalment in instalments))


def split_payout(total: int, upto: tuple[Fraction, ...]) -> list[int]:
    """Part a commission in cents by running shares; the last instalment takes the remainder."""
    shared, paid = [], 0
    for share in upto:
        reached = product(total, share)
        shared.append(reached - paid)
        paid = reached
    return shared


def split_payouts(totals: Int64s, instalments: tuple[PayoutRule, ...]) -> list[Int64s]:
    """Part commissions (n,) as `parts` does, one array for each instalment."""
    shared, paid = [], np.zeros_like(totals)
    for share in cumulative_shares(instalments):
        reached = times(totals, share)
        shared.append(reached - paid)
        paid = reached
    return shared


AT_SIGNING = (PayoutRule(share=Fraction(1), on=SIGNING),)


def check_shares(instalments: tuple[PayoutRule, ...], fields: Fields) -> None:
    """Report shares that do not come to the whole."""
    whole = sum((instalment.share for instalment in instalments), Fraction(0))
    if instalments and whole != 1:
        rule = message("The shares come to {share} instead of 100%.", share=Percent(whole))
        fields.problems.append(Diagnostic(fields.line_of("release"), "", rule, message("Change one of them.")))
