"""Released shares of deals, for plans that credit a deal towards quota as its payouts are released."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from server.comp.book_selection import select
from server.comp.calendar import day_of
from server.comp.mechanics import release
from server.comp.mechanics.release import PayoutRule
from server.comp.period_index import PeriodIndex, period_index
from server.comp.rounding import Int64s


@dataclass(frozen=True, slots=True)
class ReleasedShares:
    """A book of m shares: share i belongs to deal `deal[i]` (m,) and payout rule `payout[i]` (m,)."""

    index: PeriodIndex
    deal: Int64s
    payout: Int64s


def released_shares(deals: PeriodIndex, rules: Sequence[PayoutRule]) -> ReleasedShares:
    """Return a book in which each released share is a deal of its own, signed when it was released."""
    book, window = deals.book, deals.window
    due_days = [rule.due_days(book, window) for rule in rules]
    window_end = day_of(window.ends)
    deal = np.concatenate([np.flatnonzero(days <= window_end) for days in due_days])
    payout = np.concatenate([np.full(int((days <= window_end).sum()), i) for i, days in enumerate(due_days)])
    released = np.stack(due_days)[payout, deal] if deal.size else np.zeros(0, dtype=np.int32)
    order = np.lexsort((payout, deal, released, book.rep[deal]))
    deal, payout = deal[order], payout[order]
    shares = select(book, deal, book.rep[deal], book.reps, np.arange(book.reps, dtype=np.int32))
    arr = np.stack(release.split_payouts(book.arr, tuple(rules)))[payout, deal]
    amounts = {
        name: (np.stack(release.split_payouts(amount, tuple(rules)))[payout, deal], stated[deal])
        for name, (amount, stated) in book.amounts.items()
    }
    signed = released[order].astype(np.int32)
    as_deals = replace(shares, signed=signed, arr=arr, amounts=amounts, period_indexes={})
    return ReleasedShares(period_index(as_deals, window), deal, payout)
