"""What periods pay less without a deal, in the vectorized engine: for clawback at the rates of the whole period."""

import numpy as np

from server.comp.calendar import NEVER, Int32s
from server.comp.mechanics.components import Component
from server.comp.period_index import PeriodBuckets
from server.comp.rounding import Int64s, quotient
from server.comp.vectorized.context import BookContext
from server.comp.vectorized.pricing import Commission


def added_pay(context: BookContext, commission: Commission, level: Int32s | int | None) -> Int64s:
    """Return how much less the periods of each deal (n,) pay without it, after deals that were lost before.

    `commission` is what deals earned on a level (n,), or all on one; see `explain.deals.Commissions.added_pay`.
    """
    total = np.zeros_like(context.book.arr)
    for index, component in enumerate(context.plan.components):
        earned, price = commission.by_component[index], commission.prices[index]
        if earned is None or price is None:
            continue
        if component.accumulates == "deal" or component.pays_whole:
            total += earned
            continue
        worth = _worth(context, index, component, level)
        is_paid = price > 0
        total += np.where(is_paid, quotient(worth, earned, np.where(is_paid, price, 1)), earned)
    return total


def _worth(context: BookContext, index: int, component: Component, level: Int32s | int | None) -> Int64s:
    """Return how much less a component owes for the period of each deal (n,) without its credit."""
    credit, buckets = context.credit_beyond_baseline(index), context.period_index.buckets(component.accumulates)
    if not context.period_index.all_known:
        credit = np.where(context.period_index.known, credit, 0)
    gross, credit = credit, _net_of_memos(context, credit, buckets)
    last = (buckets.starts + buckets.sizes - 1).repeat(buckets.sizes)
    total = buckets.running(gross)[last] - _lost_before(context, credit, buckets)
    worth = _difference(context, index, level, (total, credit))
    gate = component.gate
    if gate is None or not gate.otherwise.first_tier:
        return worth
    is_open = context.by_period(index, component.months, gate.needs, gate.at_least)
    return np.where(is_open, worth, _difference(context, index, level, (total, credit), closed=True))


def _net_of_memos(context: BookContext, credit: Int64s, buckets: PeriodBuckets) -> Int64s:
    """Return the credit of each deal (n,) less what memos in its own period take back."""
    memos = context.memos
    if memos is None:
        return credit
    inside = buckets.period[memos.position] == buckets.period[memos.deal]
    net = credit.copy()
    np.add.at(net, memos.deal[inside], credit[memos.position[inside]])
    return net


def _difference(
    context: BookContext,
    index: int,
    level: Int32s | int | None,
    totals: tuple[Int64s, Int64s],
    *,
    closed: bool = False,
) -> Int64s:
    """Return what is owed on totals (n,) of credit less what is owed without the credit (n,) of each deal."""
    pricing = context.priced_by(index, level, context.classes(index), closed=closed)
    total, credit = totals
    return pricing.table.owed(total, pricing.row) - pricing.table.owed(total - credit, pricing.row)


def _lost_before(context: BookContext, credit: Int64s, buckets: PeriodBuckets) -> Int64s:
    """Return for each deal (n,) the credit of its period whose customers left before its own."""
    churned = context.book.churned
    is_lost = churned != NEVER
    if context.memos:
        is_lost[context.memos.position] = False
    group = buckets.fresh.cumsum()
    order = np.lexsort((-np.arange(churned.size), churned, group))
    lost = np.where(is_lost, credit, 0)[order]
    before = lost.cumsum() - lost
    starts = np.flatnonzero(np.diff(group[order], prepend=0))
    before -= before[starts].repeat(buckets.sizes) if before.size else 0
    result = np.empty_like(before)
    result[order] = before
    return result
