"""A cap on what a year's commission can come to."""

from dataclasses import dataclass

import numpy as np

from server.comp import quantities
from server.comp.calendar import Window
from server.comp.components import running
from server.comp.history import Book
from server.comp.reading import Fields
from server.comp.rounding import Int64s
from server.comp.wording import Money, Sentence, say


@dataclass(frozen=True, slots=True)
class Cap:
    """The most commission in a plan year, in cents, before rating extras and clawback."""

    amount: int

    def allowed(self, before: int, earned: int) -> int:
        """Return how much of a deal's commission fits under the cap after `before` cents in the year."""
        return min(before + earned, self.amount) - min(before, self.amount)

    def allowed_by(self, earned: Int64s, book: Book, window: Window) -> Int64s:
        """Return how much of each deal's commission (n,) fits under the cap."""
        after = running(earned, book, "year", window)
        allowed: Int64s = np.minimum(after, self.amount) - np.minimum(after - earned, self.amount)
        return allowed


def read(fields: Fields) -> Cap | None:
    """Read `cap: none` or `cap: $200,000`."""
    return fields.take("cap", lambda text: None if text.strip() == "none" else Cap(quantities.money(text)), None)


def sentence(cap: Cap | None, currency: str) -> Sentence:
    """Say whether there is a cap."""
    if cap is None:
        return say("There is no cap.")
    return say("Commission stops at {amount} in a plan year.", amount=Money(cap.amount, currency))
