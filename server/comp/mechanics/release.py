"""Release: when shares of a commission are paid, such as at signing, at the aha moment, or months later."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate
from typing import Literal

import numpy as np

from server.comp.book import Book
from server.comp.calendar import NEVER, FiscalCalendar, Int32s, Window, later, later_days
from server.comp.history import Deal
from server.comp.language import units
from server.comp.language.declarations import DURATION, SHARE, Scalar, choice, declare
from server.comp.language.diagnostics import Diagnostic, UnreadableError
from server.comp.language.fields import Fields, one_of
from server.comp.mechanics.installments import (
    WHOLE,
    WHOLE_ROW,
    Installment,
    InstallmentRow,
    installment_rows,
    installments_of,
)
from server.comp.mechanics.paydays import AS_RELEASED, Paydays
from server.comp.rounding import Int64s, product, times
from server.messages import Duration, Message, Percent, message

MAX_PAYOUTS = 24
State = Literal["paid", "waiting", "missed", "cancelled"]
Happening = Literal["signing", "aha", "month", "paid", "live", "payments"]
_LABELS = {
    "signing": message("At signing"),
    "aha": message("At the aha moment"),
    "paid": message("When the customer has paid"),
    "live": message("At go-live"),
    "payments": message("With each payment"),
}

_SHORT_NAMES = {
    "aha": message("aha"),
    "paid": message("payment"),
    "live": message("go-live"),
    "payments": message("payment"),
}
_DAY_ATTRIBUTES = {"signing": "signed", "aha": "aha", "paid": "paid", "live": "live", "payments": "paid"}
"""The attribute of a deal or book that holds the day of an event."""


@dataclass(frozen=True, slots=True)
class Event:
    """Signing, the aha moment, payment by the customer, go-live, or month N as a customer."""

    kind: Happening
    month: int = 0

    @property
    def label(self) -> Message:
        """Return its name on a statement."""
        return _LABELS.get(self.kind) or message("In month {month}", month=self.month)

    @property
    def phrase(self) -> Message:
        """Return its name in a sentence."""
        return {
            "signing": message("at signing"),
            "aha": message("at the aha moment"),
            "paid": message("when the customer has paid"),
            "live": message("at go-live"),
            "payments": message("with each of the customer's payments, in proportion to the cash"),
            "month": message("in month {month}", month=self.month),
        }[self.kind]

    def day(self, deal: Deal) -> date | None:
        """Return the day on which it happened to a deal, or None; what came before signing counts at signing."""
        if self.kind == "month":
            return later(deal.signed, Duration(self.month, "months"))
        happened: date | None = getattr(deal, _DAY_ATTRIBUTES[self.kind])
        return happened and max(happened, deal.signed)

    def days(self, book: Book) -> Int32s:
        """Return the day on which it happened to each deal (n,), or NEVER."""
        if self.kind == "month":
            return later_days(book.signed, Duration(self.month, "months"))
        days: Int32s = getattr(book, _DAY_ATTRIBUTES[self.kind])
        return np.maximum(days, book.signed)


SIGNING = Event("signing")


def _parse_event(text: str) -> Event:
    words = " ".join(text.split())
    if words.startswith("month "):
        month = units.count(words.removeprefix("month "))
        if not 1 <= month <= 60:  # noqa: PLR2004 - five years outlasts any contract
            raise UnreadableError(message("The month must be between 1 and 60."))
        return Event("month", month)
    kind = one_of("signing", "aha", "customer paid", "each payment", "go-live", "month 6")(words)
    events = {
        "signing": SIGNING,
        "aha": Event("aha"),
        "customer paid": Event("paid"),
        "each payment": Event("payments"),
        "go-live": Event("live"),
        "month 6": Event("month", 6),
    }
    return events[kind]


EVENT = Scalar(
    "signing, aha, customer paid, each payment, go-live or month N",
    _parse_event,
    blank=SIGNING,
    show=lambda event, _: event.phrase,
    example="signing",
)


@dataclass(frozen=True, slots=True)
class ReleasedPart:
    """What became of a part of a deal's share: the state, the day that decided it, why, and which part it is."""

    state: State
    day: date
    why: Message
    part: Installment


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRule:
    """A share of the commission and the event that releases it; a late event forfeits or delays it."""

    share: Fraction = declare(SHARE)
    on: Event = declare(EVENT)
    within: Duration | None = declare(DURATION, None)
    counted_from: str = declare(
        choice("signing", "go-live"),
        "signing",
        doc="The event from which “within” is counted.",
    )
    otherwise: str = declare(choice("forfeited", "paid late"), "forfeited")
    leaving_that_month: str = declare(
        choice("loses it", "keeps it"),
        "loses it",
        doc="What happens if the customer leaves in the month in which it is due, before that day.",
    )

    @property
    def pays_late(self) -> bool:
        """Return whether the share is still paid after the limit."""
        return self.otherwise == "paid late"

    def check(self, fields: Fields) -> None:
        """Report a limit on an event with a fixed day."""
        if self.within and self.on.kind in {"signing", "month"}:
            rule = message("“within” needs an event that can be late: aha, customer paid, each payment or go-live.")
            fields.report("", rule)
        if self.counted_from != "signing" and (not self.within or self.on.kind not in {"aha", "paid", "payments"}):
            rule = message("“counted from” needs “within” and the event aha, customer paid or each payment.")
            fields.report("counted from", rule)

    @property
    def label(self) -> Message:
        """Return its name on a statement."""
        return self.on.label

    def _had_churned(self, deal: Deal, day: date, calendar: FiscalCalendar) -> bool:
        """Return whether the customer had churned when the share was due."""
        if deal.churned is None or deal.churned > day:
            return False
        return self.leaving_that_month == "loses it" or calendar.month_of(deal.churned) < calendar.month_of(day)

    def released_parts(self, deal: Deal, window: Window, paydays: Paydays = AS_RELEASED) -> list[ReleasedPart]:
        """Return what became of the share of one deal: whole, or in installments of it."""
        if self.on.kind != "payments":
            return [ReleasedPart(*self.due(deal, window, paydays), WHOLE)]
        parts = installments_of(deal)
        return [ReleasedPart(*self._due(deal, part.day, window, paydays), part) for part in parts]

    def due(self, deal: Deal, window: Window, paydays: Paydays = AS_RELEASED) -> tuple[State, date, Message]:
        """Return what became of the share of one deal: the state, the day that decided it, and why."""
        if self.on.kind == "signing" and paydays.is_as_released:
            return "paid", deal.signed, message("signed on {day}", day=deal.signed)
        return self._due(deal, self.on.day(deal), window, paydays)

    def _due(self, deal: Deal, happened: date | None, window: Window, paydays: Paydays) -> tuple[State, date, Message]:
        """Return what became of something that is due when an event happened, or has not happened yet (None)."""
        day = happened
        if day is not None and self._in_time(deal, day):
            day = paydays.payday(deal.signed, day, window)
        if day is None and self._is_overdue(deal, window):
            return self._not_reached(deal, day, window)
        if (
            deal.churned
            and deal.churned <= window.ends
            and (day is None or self._had_churned(deal, day, window.calendar))
        ):
            reason = message("the customer left on {day}, before it was due", day=deal.churned)
            return "cancelled", deal.churned, reason
        if day is None or day > window.ends:
            return self._not_reached(deal, day, window)
        return self._reached(deal, day, happened or day)

    def _counting_start(self, deal: Deal) -> date | None:
        """Return the day from which the limit is counted, or None if it has not come yet."""
        return deal.live if self.counted_from == "go-live" else deal.signed

    def _deadline(self, deal: Deal) -> date | None:
        """Return the deadline, or None if there is none, or none yet."""
        start = self._counting_start(deal)
        return later(start, self.within) if self.within and start else None

    def _in_time(self, deal: Deal, day: date) -> bool:
        deadline = self._deadline(deal)
        return deadline is None or self.pays_late or day <= deadline

    def _is_overdue(self, deal: Deal, window: Window) -> bool:
        """Return whether the deadline passed while the customer was still there."""
        deadline = None if self.pays_late else self._deadline(deal)
        if deadline is None or deadline >= window.ends:
            return False
        return deal.churned is None or deadline < deal.churned

    def _not_reached(self, deal: Deal, day: date | None, window: Window) -> tuple[State, date, Message]:
        deadline = self._deadline(deal)
        if deadline and not self.pays_late and deadline <= window.ends:
            return "missed", deadline, message("it did not happen by the deadline, {day}", day=deadline)
        return "waiting", deadline or day or window.ends, message("not reached by {day}", day=window.ends)

    def _reached(self, deal: Deal, day: date, happened: date) -> tuple[State, date, Message]:
        took = Duration(max((happened - (self._counting_start(deal) or deal.signed)).days, 0), "days")
        if not self._in_time(deal, happened):
            reason = message(
                "{event} after {took}, the limit is {limit}",
                event=self._short_name,
                took=took,
                limit=self.within or took,
            )
            return "missed", day, reason
        if self.on.kind == "month":
            return "paid", day, message("still a customer on {day}", day=day)
        if self.on.kind == "signing":
            return "paid", day, message("signed on {day}, paid at the period's end", day=deal.signed)
        reason = message("{event} after {took}, on {day}", event=self._short_name, took=took, day=happened)
        return "paid", day, reason

    @property
    def _short_name(self) -> Message:
        return _SHORT_NAMES.get(self.on.kind) or self.on.label

    def released_rows(
        self, book: Book, window: Window, paydays: Paydays = AS_RELEASED
    ) -> Iterator[tuple[InstallmentRow, Int32s]]:
        """Yield the installments of each deal's share, or the whole share, and the days (n,) they are paid on."""
        if self.on.kind != "payments":
            yield WHOLE_ROW, self.due_days(book, window, paydays)
            return
        for row in installment_rows(book):
            yield row, self._paid_days(row.days, book, window, paydays)

    def due_days(self, book: Book, window: Window, paydays: Paydays = AS_RELEASED) -> Int32s:
        """Return the day on which the share of each deal (n,) is paid, or NEVER."""
        return self._paid_days(self.on.days(book), book, window, paydays)

    def _paid_days(self, day: Int32s, book: Book, window: Window, paydays: Paydays) -> Int32s:
        """Return the day on which what happened on a day (n,) is paid, or NEVER."""
        if self.within and not self.pays_late:
            day = np.where(day <= self._deadlines(book, self.within), day, NEVER).astype(np.int32)
        if not paydays.is_as_released:
            day = paydays.payday_by(book.signed, day, window)
        elif self.on.kind == "signing":
            return day
        is_lost = book.churned <= day
        if self.leaving_that_month == "keeps it":
            is_lost &= window.calendar.months_of(book.churned) < window.calendar.months_of(day)
        return np.where(is_lost, NEVER, day).astype(np.int32)

    def _deadlines(self, book: Book, within: Duration) -> Int32s:
        """Return the deadline of each deal (n,), or NEVER if its start has not come yet."""
        if self.counted_from == "signing":
            return later_days(book.signed, within)
        deadlines = later_days(np.where(book.live == NEVER, book.signed, book.live).astype(np.int32), within)
        return np.where(book.live == NEVER, NEVER, deadlines).astype(np.int32)

    def sentence(self) -> Message:
        """Describe the rule in a sentence."""
        share, event = Percent(self.share), self.on.phrase
        if self.on.kind == "signing":
            return message("{share} of a deal's commission is paid at signing.", share=share)
        if self.on.kind == "month":
            if self.leaving_that_month == "keeps it":
                return message(
                    "{share} is paid {event} if the customer is still there at the start of that month.",
                    share=share,
                    event=event,
                )
            return message(
                "{share} is paid {event} if the customer is still there.",
                share=share,
                event=event,
            )
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
            "{share} is paid {event} if that is within {limit}; otherwise it is forfeited.",
            share=share,
            event=event,
            limit=limit,
        )


def cumulative_shares(payout_rules: tuple[PayoutRule, ...]) -> tuple[Fraction, ...]:
    """Return the share released with each payout and all before it."""
    return tuple(accumulate(payout_rule.share for payout_rule in payout_rules))


def split_payout(total: int, cumulative: tuple[Fraction, ...]) -> list[int]:
    """Split a commission in cents by cumulative shares; the last payout takes the remainder."""
    parts, paid = [], 0
    for share in cumulative:
        total_paid = product(total, share)
        parts.append(total_paid - paid)
        paid = total_paid
    return parts


def split_payouts(totals: Int64s, payout_rules: tuple[PayoutRule, ...]) -> list[Int64s]:
    """Split commissions (n,) as `split_payout` does, into one array for each payout."""
    parts, paid = [], np.zeros_like(totals)
    for share in cumulative_shares(payout_rules):
        total_paid = times(totals, share)
        parts.append(total_paid - paid)
        paid = total_paid
    return parts


AT_SIGNING = (PayoutRule(share=Fraction(1), on=SIGNING),)


def check_shares(payout_rules: tuple[PayoutRule, ...], fields: Fields) -> None:
    """Report shares that do not add up to 100%."""
    total = sum((payout_rule.share for payout_rule in payout_rules), Fraction(0))
    if payout_rules and total != 1:
        rule = message("The shares add up to {share} instead of 100%.", share=Percent(total))
        hint = message("Change one of them.")
        fields.problems.append(Diagnostic(fields.line_of("release"), "", rule, hint))
