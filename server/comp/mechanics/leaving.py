"""Leaving: what a rep is still paid after the last day of work, and whether deals outside employment count."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from server.comp.book import Book
from server.comp.calendar import NEVER, Int32s, Window, day_of, later
from server.comp.history import Deal, Person
from server.comp.language import units
from server.comp.language.declarations import Scalar, choice, declare
from server.comp.rounding import Bools
from server.messages import Duration, Message, Value, message

EVERYTHING, EMPLOYED = "in full", "while employed"
COUNT, LEFT_OUT = "count", "do not count"
_LONG_AGO = -(10**6)
"""A day number before every deal."""


def _parse_pay(text: str) -> str | Duration:
    words = " ".join(text.lower().split())
    if words in {EVERYTHING, EMPLOYED}:
        return words
    return units.duration(words.removeprefix("until ").removesuffix(" after"))


def _show_pay(value: Any, _currency: str) -> Value:
    return message("until {time} after", time=value) if isinstance(value, Duration) else str(value)


PAY = Scalar("in full, while employed, or until 30 days after", _parse_pay, EVERYTHING, _show_pay, "while employed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What happens to pay that is due after the last day of work, and to deals signed outside employment."""

    paid: str | Duration = declare(PAY, EVERYTHING, doc="What falls due after the last day of work.")
    deals_outside: str = declare(
        choice(COUNT, LEFT_OUT),
        COUNT,
        key="deals outside employment",
        doc="Deals signed before the first day of work or after the last.",
    )

    def paid_until(self, person: Person) -> date | None:
        """Return the last day on which a person's variable pay may fall due, or None if there is none."""
        if person.left is None or self.paid == EVERYTHING:
            return None
        return later(person.left, self.paid) if isinstance(self.paid, Duration) else person.left

    def paid_until_by(self, book: Book) -> Int32s | None:
        """Return that day for every rep (reps,), NEVER where there is none; None if there is none for all."""
        if self.paid == EVERYTHING:
            return None
        days = [day_of(self.paid_until(person)) for person in book.persons]
        if all(day == NEVER for day in days):
            return None
        return np.array(days, dtype=np.int32)[book.person]

    def months_paid_by(self, book: Book, window: Window) -> Bools | None:
        """Return for which reps and months (reps, months) the month's end may be paid; None if for all."""
        until = self.paid_until_by(book)
        if until is None:
            return None
        ends = [day_of(window.calendar.last_day(window.first_month + month)) for month in range(window.months)]
        allowed: Bools = np.array(ends, dtype=np.int32)[None, :] <= until[:, None]
        return allowed

    def admits(self, deal: Deal, person: Person) -> bool:
        """Return whether a deal counts, as far as the day it was signed is concerned."""
        if self.deals_outside == COUNT:
            return True
        return (person.started is None or deal.signed >= person.started) and (
            person.left is None or deal.signed <= person.left
        )

    def mask(self, book: Book) -> Bools | None:
        """Return which deals (n,) count, or None if all do."""
        if self.deals_outside == COUNT or not any(person.started or person.left for person in book.persons):
            return None
        started = np.array([day_of(person.started) if person.started else _LONG_AGO for person in book.persons])
        left = np.array([day_of(person.left) for person in book.persons], dtype=np.int64)
        person = book.person[book.rep]
        inside: Bools = (book.signed >= started[person]) & (book.signed <= left[person])
        return inside

    def sentences(self) -> list[Message]:
        """Describe both choices, a sentence each."""
        if isinstance(self.paid, Duration):
            pay = message(
                "Commission that comes due within {time} of a rep's last day is still paid, and nothing after that.",
                time=self.paid,
            )
        elif self.paid == EMPLOYED:
            pay = message("Commission that comes due after a rep's last day is not paid.")
        else:
            pay = message("Commission that comes due after a rep leaves is still paid.")
        if self.deals_outside == COUNT:
            return [pay, message("Deals signed before a rep's first day or after the last day also count.")]
        return [pay, message("Deals signed before a rep's first day or after the last day do not count.")]


IN_FULL = Leaving()
