"""Released shares of deals, for plans that credit a deal towards quota as its payouts are released."""

from dataclasses import replace

from server.comp.calendar import Window
from server.comp.history import Deal, History
from server.comp.mechanics import release
from server.comp.plan import Plan


def released_shares(history: History, plan: Plan, window: Window) -> list[tuple[Deal, int, Deal]]:
    """Return every share released by the window's end: the deal, the index of the payout rule, the share.

    A share is a deal of its own, signed on the day of its release.
    """
    shares = []
    cumulative_shares = release.cumulative_shares(plan.release)
    for position, deal in enumerate(history.in_order()):
        arr_parts = release.split_payout(deal.arr, cumulative_shares)
        stated = [(name, release.split_payout(amount, cumulative_shares)) for name, amount in deal.amounts]
        for index, payout_rule in enumerate(plan.release):
            state, day, _ = payout_rule.due(deal, window)
            if state == "paid" and day <= window.ends:
                share = replace(
                    deal,
                    id=f"{position:09d} {index} {deal.id}",
                    signed=day,
                    arr=arr_parts[index],
                    amounts=tuple((name, parts[index]) for name, parts in stated),
                )
                shares.append((deal, index, share))
    return shares
