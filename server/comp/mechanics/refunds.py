"""Refunds: a credit memo takes back what was paid on its deal, at once and in proportion to the amount refunded.

What the deal has been paid by then is taken back, and what it still waits for is cancelled; never more than the deal
earned. The proportion is that of the ARR, or of the first other amount of a deal without ARR. The memo's own credit
counts in its own period. Where a later deal changes what earlier ones are worth (retroactive tiers, bonuses that add
up), a memo inside the period changes that too.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.comp.book import NO_DEAL, Book
from server.comp.history import Deal
from server.comp.rounding import Bools, Int64s, divided, quotient


@dataclass(frozen=True, slots=True)
class Refund:
    """What one memo refunds of its deal: of the `whole`, so much was refunded before and after it."""

    memo: Deal
    deal: Deal
    before: int
    after: int
    whole: int

    def share(self, cents: int, since: int = 0) -> int:
        """Return the memo's share of an amount of its deal; the shares of all memos add up to what is refunded.

        `since` is what had been refunded before the amount was paid: it is shared by the memos after that.
        """
        whole = self.whole - since
        if whole <= 0:
            return 0
        return divided(cents * (self.after - since), whole) - divided(cents * (self.before - since), whole)


def refunds_of(deals: Sequence[Deal]) -> dict[str, Refund]:
    """Return the refunds among deals in order, by the id of the memo; a memo refunds a deal signed by its own day."""
    by_id = {deal.id: deal for deal in deals if not deal.refund_of}
    refunded: dict[str, int] = defaultdict(int)
    refunds = {}
    for memo in deals:
        deal = by_id.get(memo.refund_of) if memo.refund_of else None
        if deal is None or deal.signed > memo.signed:
            continue
        part, whole = _part(memo, deal)
        if part <= 0 or whole <= 0:
            continue
        before = min(refunded[deal.id], whole)
        refunded[deal.id] += part
        refunds[memo.id] = Refund(memo, deal, before, min(refunded[deal.id], whole), whole)
    return refunds


def _part(memo: Deal, deal: Deal) -> tuple[int, int]:
    """Return the amount that a memo refunds, and the whole amount of its deal."""
    if deal.arr > 0:
        return -memo.arr, deal.arr
    name = next((name for name, amount in sorted(deal.amounts) if amount > 0), "")
    return -(memo.amount(name) or 0), deal.amount(name) or 0


@dataclass(frozen=True, slots=True)
class Memos:
    """The refunds of a book (k,): positions of the memos and of their deals, and `Refund`'s amounts."""

    position: Int64s
    deal: Int64s
    before: Int64s
    after: Int64s
    whole: Int64s

    def shares(self, amounts: Int64s, since: Int64s | int = 0) -> Int64s:
        """Return each memo's share (k,) of its deal's amount, from amounts (n,) of all deals; see `Refund.share`."""
        own, whole = amounts[self.deal], self.whole - since
        divisor = np.maximum(whole, 1)
        shares = quotient(own, self.after - since, divisor) - quotient(own, self.before - since, divisor)
        return np.where(whole > 0, shares, 0)

    def refunded_since(self, is_later: Bools) -> Int64s:
        """Return for each memo (k,) what had been refunded of its deal before the first of the later memos (k,)."""
        first = np.full(int(self.deal.max()) + 1, np.iinfo(np.int64).max)
        np.minimum.at(first, self.deal[is_later], self.before[is_later])
        return np.where(is_later, first[self.deal], 0)


def memos_of(book: Book, known: Bools) -> Memos | None:
    """Return the refunds among the known deals (n,) of a book, or None if there are none: `refunds_of` in arrays."""
    position = np.flatnonzero((book.refund_of != NO_DEAL) & known).astype(np.int64)
    if not position.size:
        return None
    deal = book.refund_of[position].astype(np.int64)
    part, whole = _parts(book, position, deal)
    is_refund = (part > 0) & (whole > 0) & (book.signed[deal] <= book.signed[position])
    position, deal, part, whole = position[is_refund], deal[is_refund], part[is_refund], whole[is_refund]
    if not position.size:
        return None
    order = np.lexsort((position, deal))
    position, deal, part, whole = position[order], deal[order], part[order], whole[order]
    starts = np.flatnonzero(np.append(True, deal[1:] != deal[:-1]))
    running = part.cumsum()
    running -= (running - part)[starts].repeat(np.diff(np.append(starts, part.size)))
    return Memos(position, deal, np.minimum(running - part, whole), np.minimum(running, whole), whole)


def _parts(book: Book, position: Int64s, deal: Int64s) -> tuple[Int64s, Int64s]:
    part, whole = -book.arr[position], book.arr[deal].copy()
    is_open = whole <= 0
    for name in sorted(book.amounts):
        amounts, _ = book.amounts[name]
        applies = is_open & (amounts[deal] > 0)
        part, whole = np.where(applies, -amounts[position], part), np.where(applies, amounts[deal], whole)
        is_open &= ~applies
    return part, whole
