"""Refunds: a credit memo takes back what was paid on its deal, at once and at the rate it was paid.

What the deal has been paid by then is taken back, and what it still waits for is cancelled, in proportion to the
credit that is refunded; never more than the deal earned. The memo's credit counts in its own period.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from server.comp.history import NO_DEAL, Book, Deal
from server.comp.rounding import Bools, Int64s, divided, quotient


@dataclass(slots=True)
class Refundable:
    """What one deal earned in cents and how much of it has been taken back, in parts of its credit or earnings."""

    whole: int
    cents: int
    taken: int = 0

    def take(self, part: int) -> int:
        """Take back a further part of the whole, at most what is left; return the cents."""
        before, self.taken = self.taken, min(self.taken + part, self.whole)
        return self.cents_at(self.taken) - self.cents_at(before)

    def cents_at(self, taken: int) -> int:
        """Return the cents for a part of the whole, rounded once."""
        return divided(self.cents * taken, self.whole) if self.whole > 0 else 0


@dataclass(frozen=True, slots=True)
class Memos:
    """The credit memos of a book (k,): their positions, those of their deals, and whether each is a deal's first.

    They are in order of the deal, and for one deal in order of the book.
    """

    position: Int64s
    deal: Int64s
    first: Bools = field(repr=False)

    def cumulative(self, parts: Int64s, wholes: Int64s) -> tuple[Int64s, Int64s]:
        """Return what is taken back of each memo's deal before and after it (k,), at most the whole (k,)."""
        running = parts.cumsum()
        starts = np.flatnonzero(self.first)
        sizes = np.diff(np.append(starts, parts.size))
        running = running - (running - parts)[starts].repeat(sizes)
        after = np.minimum(running, wholes)
        before = np.minimum(running - parts, wholes)
        return before, after


def refunded_deals(deals: Sequence[Deal]) -> dict[str, Deal]:
    """Return by the id of each credit memo the deal it takes back, an earlier one among deals in order."""
    positions = {deal.id: position for position, deal in enumerate(deals)}
    return {
        memo.id: deals[positions[memo.refund_of]]
        for position, memo in enumerate(deals)
        if memo.refund_of and positions.get(memo.refund_of, position) < position
    }


def memos_of(book: Book, known: Bools) -> Memos | None:
    """Return the credit memos among the known deals (n,) of a book, or None if there are none."""
    position = np.flatnonzero((book.refund_of != NO_DEAL) & known)
    if not position.size:
        return None
    deal = book.refund_of[position].astype(np.int64)
    order = np.lexsort((position, deal))
    position, deal = position[order].astype(np.int64), deal[order]
    first = np.ones(deal.size, dtype=np.bool_)
    first[1:] = deal[1:] != deal[:-1]
    return Memos(position, deal, first)


def shares_of(cents: Int64s, parts: Int64s, wholes: Int64s) -> Int64s:
    """Return cents x part / whole (k,), rounded once; 0 where there is no whole."""
    return np.where(wholes > 0, quotient(cents, parts, np.maximum(wholes, 1)), 0)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What each memo (k,) takes back of its deal: parts of what the deal earned before and after it, in cents."""

    memos: Memos
    before: Int64s
    after: Int64s
    earned: Int64s

    def of(self, cents: Int64s) -> Int64s:
        """Return what each memo (k,) takes back of an amount of its deal, from amounts (n,) of all deals."""
        own = cents[self.memos.deal]
        return shares_of(own, self.after, self.earned) - shares_of(own, self.before, self.earned)


def combined_refunds(refunds: Sequence[TakenBack]) -> TakenBack | None:
    """Return what memos take back of the whole commission of their deals, from each payout group's; None for none."""
    if not refunds:
        return None
    before, after, earned = (
        np.sum([getattr(refund, name) for refund in refunds], axis=0) for name in ("before", "after", "earned")
    )
    return TakenBack(refunds[0].memos, before, after, earned)
