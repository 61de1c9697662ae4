"""When a deal's commission is paid: shares at signing, at the customer's aha moment, or after months of staying."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

import numpy as np

from server.comp import quantities
from server.comp.calendar import NEVER, Duration, Int32s, Window, later, later_days
from server.comp.history import Book, Deal
from server.comp.problems import Problem, UnreadableError
from server.comp.reading import Fields, one_of
from server.comp.rounding import Int64s, times, to_cents
from server.comp.wording import Percent, Sentence, say

MOST_INSTALMENTS = 24
State = Literal["paid", "waiting", "missed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Event:
    """Signing, the aha moment, or the end of month N with the customer still there."""

    kind: Literal["signing", "aha", "month"]
    month: int = 0


@dataclass(frozen=True, slots=True)
class Instalment:
    """A share of a deal's commission and what releases it; a late aha moment forfeits it unless it pays late."""

    share: Fraction
    on: Event
    within: Duration | None = None
    pays_late: bool = False

    @property
    def label(self) -> Sentence:
        """What the statement calls it."""
        if self.on.kind == "signing":
            return say("At signing")
        return say("At the aha moment") if self.on.kind == "aha" else say("In month {month}", month=self.on.month)

    def due(self, deal: Deal, window: Window) -> tuple[State, date, Sentence]:
        """Say what became of it for one deal: the state, the day that decided it, and why."""
        if self.on.kind == "signing":
            return "paid", deal.signed, say("signed on {day}", day=deal.signed)
        day = deal.aha if self.on.kind == "aha" else later(deal.signed, Duration(self.on.month, "months"))
        if day is None and self._is_over(deal, window):
            return self._not_reached(deal, day, window)
        if deal.churned and deal.churned <= window.ends and (day is None or deal.churned <= day):
            return "cancelled", deal.churned, say("the customer left on {day}, before it was due", day=deal.churned)
        if day is None or day > window.ends:
            return self._not_reached(deal, day, window)
        return self._reached(deal, day)

    def _is_over(self, deal: Deal, window: Window) -> bool:
        """Say whether the last day for it passed while the customer was still there."""
        limit = later(deal.signed, self.within) if self.within and not self.pays_late else None
        return limit is not None and limit < window.ends and (deal.churned is None or limit < deal.churned)

    def _not_reached(self, deal: Deal, day: date | None, window: Window) -> tuple[State, date, Sentence]:
        limit = later(deal.signed, self.within) if self.within else None
        if limit and not self.pays_late and limit <= window.ends:
            return "missed", limit, say("no aha moment by {day}, the last day for it", day=limit)
        return "waiting", limit or day or window.ends, say("not reached by {day}", day=window.ends)

    def _reached(self, deal: Deal, day: date) -> tuple[State, date, Sentence]:
        took = Duration((day - deal.signed).days, "days")
        if self.within and day > later(deal.signed, self.within) and not self.pays_late:
            return "missed", day, say("aha after {took}, the limit is {limit}", took=took, limit=self.within)
        if self.on.kind == "aha":
            return "paid", day, say("aha after {took}, on {day}", took=took, day=day)
        return "paid", day, say("still a customer on {day}", day=day)

    def due_days(self, book: Book) -> Int32s:
        """Return the day each deal's share is paid (n,), or NEVER."""
        if self.on.kind == "signing":
            return book.signed
        if self.on.kind == "aha":
            day = book.aha
            if self.within and not self.pays_late:
                day = np.where(day <= later_days(book.signed, self.within), day, NEVER).astype(np.int32)
        else:
            day = later_days(book.signed, Duration(self.on.month, "months"))
        return np.where(book.churned <= day, NEVER, day).astype(np.int32)

    def sentence(self) -> Sentence:
        """Say it in words."""
        share = Percent(self.share)
        if self.on.kind == "signing":
            return say("{share} of a deal's commission is paid at signing.", share=share)
        if self.on.kind == "month":
            return say(
                "{share} is paid in month {month} if the customer is still there.", share=share, month=self.on.month
            )
        if self.within is None:
            return say("{share} is paid when the customer reaches the aha moment.", share=share)
        if self.pays_late:
            return say(
                "{share} is paid at the aha moment; after {limit} it is late but still paid.",
                share=share,
                limit=self.within,
            )
        return say(
            "{share} is paid if the aha moment comes within {limit}; later it is forfeited.",
            share=share,
            limit=self.within,
        )


def parts(total: int, instalments: tuple[Instalment, ...]) -> list[int]:
    """Part a commission in cents; the last instalment takes the remainder."""
    shared, upto, paid = [], Fraction(0), 0
    for instalment in instalments:
        upto += instalment.share
        reached = to_cents(total * upto)
        shared.append(reached - paid)
        paid = reached
    return shared


def parts_of(totals: Int64s, instalments: tuple[Instalment, ...]) -> list[Int64s]:
    """Part commissions (n,) as `parts` does, one array for each instalment."""
    shared, upto, paid = [], Fraction(0), np.zeros_like(totals)
    for instalment in instalments:
        upto += instalment.share
        reached = times(totals, upto)
        shared.append(reached - paid)
        paid = reached
    return shared


AT_SIGNING = (Instalment(Fraction(1), Event("signing")),)


def _event(text: str) -> Event:
    bare = " ".join(text.split())
    if bare.startswith("month "):
        month = quantities.count(bare.removeprefix("month "))
        if not 1 <= month <= 60:  # noqa: PLR2004 - five years is past every contract
            raise UnreadableError(say("A month lies between 1 and 60."))
        return Event("month", month)
    kind = one_of("signing", "aha", "month 6")(bare)
    return Event("signing") if kind == "signing" else Event("aha")


def read(fields: Fields) -> tuple[Instalment, ...]:
    """Read `release`: `{share, on, within, otherwise}`; without it everything is paid at signing."""
    found = []
    for entry in fields.each("release", MOST_INSTALMENTS):
        instalment = Instalment(
            share=entry.need("share", quantities.percent, Fraction(0)),
            on=entry.need("on", _event, Event("signing")),
            within=entry.take("within", quantities.duration, None),
            pays_late=entry.take("otherwise", one_of("forfeited", "paid late"), "forfeited") == "paid late",
        )
        entry.finish()
        if instalment.within and instalment.on.kind != "aha":
            entry.problems.append(Problem(entry.line, "", say("“within” goes with “on: aha” only.")))
        found.append(instalment)
    whole = sum((instalment.share for instalment in found), Fraction(0))
    if found and whole != 1:
        rule = say("The shares come to {share} instead of 100%.", share=Percent(whole))
        fields.problems.append(Problem(fields.line_of("release"), "", rule, say("Change one of them.")))
    return tuple(found) or AT_SIGNING
