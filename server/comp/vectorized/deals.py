"""Deals in the vectorized engine: what each component pays for every deal of a book."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from server.comp.book import own_shares
from server.comp.calendar import MONTHS_IN_YEAR, Int32s
from server.comp.mechanics import bonuses, caps
from server.comp.mechanics.components import Component, payout_groups
from server.comp.mechanics.crediting import COMMISSION
from server.comp.mechanics.quotas import Terms
from server.comp.mechanics.refunds import Memos
from server.comp.mechanics.tiers import TierSchedule, uses_rate_before
from server.comp.period_index import PeriodBuckets
from server.comp.periods import PERIODS
from server.comp.rounding import Bools, Int64s, quotient, times
from server.comp.vectorized.context import BookContext
from server.comp.vectorized.pricing import Commission, PricingTable

_PERIOD_BY_MONTHS = {months: name for name, months in PERIODS.items()}


def commission(context: BookContext, level: Int32s | int | None) -> Commission:
    """Return the commission of every deal before the plan's caps.

    `level` is the one each deal (n,) or all deals are paid on; None is the first level.
    """
    components = context.plan.components
    groups = payout_groups(components)
    by_group: list[Int64s | None] = [None] * len(groups)
    by_component: list[Int64s | None] = []
    repeated: list[Int64s | None] = [None] * len(groups)
    prices: list[Int64s | None] = []
    for index, component in enumerate(components):
        if component.is_periodic:
            by_component.append(None)
            prices.append(None)
            continue
        earned, again, price = _component_commission(context, index, component, level)
        by_component.append(earned)
        prices.append(price)
        if earned is not None:
            group = groups.index(component.paydays)
            if again is not None:
                so_far = repeated[group]
                repeated[group] = again if so_far is None else so_far + again
            total = by_group[group]
            by_group[group] = earned if total is None else total + earned
    empty = np.zeros_like(context.book.arr)
    filled = tuple(empty if part is None else part for part in by_group)
    return Commission(filled, tuple(by_component), tuple(repeated), tuple(prices))


def _component_commission(
    context: BookContext,
    index: int,
    component: Component,
    level: Int32s | int | None,
) -> tuple[Int64s, Int64s | None, Int64s]:
    """Return what a component pays for each deal (n,): by tiers, then split, gate, minimum and cap.

    Return also what credit memos (k,) earn that is in their shares of their deals, if there are any, and the prices
    by tiers alone (n,).
    """
    crediting = context.plan.crediting[index]
    mask = context.mask(index)
    credit = context.credit_beyond_baseline(index)
    value = context.value(index) if component.pays_on else credit
    rate_class = context.classes(index)
    pricing = _at_rows_of_deals(context, index, context.priced_by(index, level, rate_class))
    price = earned = _price(context, pricing, credit, value, mask)
    gate_open = _gate_open(context, index, component)
    first_tier_only = component.gate is not None and component.gate.otherwise.first_tier
    if gate_open is not None and first_tier_only:
        pricing = _at_rows_of_deals(context, index, context.priced_by(index, level, rate_class, closed=True))
        price = earned = np.where(gate_open, earned, _price(context, pricing, credit, value, mask))
    if crediting.split == COMMISSION:
        earned = own_shares(earned, context.book)
    if gate_open is not None and not first_tier_only and component.gate:
        earned = np.where(gate_open, earned, times(earned, component.gate.otherwise.share))
    if mask is not None:
        earned = np.where(mask, earned, 0)
    limited = earned
    if component.minimum:
        is_low = (earned >= 0) & (earned < component.minimum)
        earned = np.where(is_low if mask is None else is_low & mask, component.minimum, earned)
    memos = context.memos
    if memos is None:
        capped = earned if component.cap is None else _apply_component_cap(context, index, earned, level)
        return capped, None, price
    return *_with_memos(context, memos, index, (price, limited, earned), level), price


def _with_memos(
    context: BookContext, memos: Memos, index: int, earned: tuple[Int64s, Int64s, Int64s], level: Int32s | int | None
) -> tuple[Int64s, Int64s]:
    """Return what deals earn under the component's cap (n,), and what memos repeat of their shares (k,).

    `earned` are the prices of deals (n,), these after split and gate, and the earnings before the cap.
    """
    component, cents = context.plan.components[index], earned[2].copy()
    cents[memos.position] = _of_memos(context, memos, index, earned, level)
    final = cents if component.cap is None else _apply_component_cap(context, index, cents, level)
    if component.accumulates == "deal" or (component.tiers and not component.is_retroactive):
        return final, np.zeros_like(memos.whole)
    return final, np.where(_in_period_of_deals(context, memos, index), memos.shares(final), 0)


def _of_memos(
    context: BookContext, memos: Memos, index: int, earned: tuple[Int64s, Int64s, Int64s], level: Int32s | int | None
) -> Int64s:
    """Return what memos (k,) earn besides their shares of their deals; see `explain.deals.Commissions._of_memo`.

    `earned` are the prices of deals (n,), these after split and gate, and the earnings before the cap.
    """
    component, (price, limited, cents) = context.plan.components[index], earned
    natural = limited[memos.position]
    if component.accumulates == "deal" or (component.tiers and not component.is_retroactive):
        return np.zeros_like(natural)
    if not component.tiers:
        return natural
    own_price, own = price[memos.deal], cents[memos.deal]
    is_paid = own_price > 0
    worth = _worth(context, index, level)[memos.deal]
    extra = np.zeros_like(cents)
    extra[memos.deal] = np.where(is_paid, quotient(worth, own, np.where(is_paid, own_price, 1)), own) - own
    memo_price = price[memos.position]
    of_others = memo_price + memos.shares(price)
    scaled = quotient(of_others, natural * np.sign(memo_price), np.maximum(np.abs(memo_price), 1))
    inside = np.where(memo_price != 0, scaled, of_others) - memos.shares(cents)
    result = np.where(_in_period_of_deals(context, memos, index), inside, -memos.shares(extra))
    return np.where(_are_credited(context, memos, index), result, natural)


def _in_period_of_deals(context: BookContext, memos: Memos, index: int) -> Bools:
    """Return which memos (k,) are in the period of their deals."""
    period = context.period_index.buckets(context.plan.components[index].accumulates).period
    inside: Bools = period[memos.position] == period[memos.deal]
    return inside


def _are_credited(context: BookContext, memos: Memos, index: int) -> Bools:
    """Return which memos (k,) a component credits as well as their deals, which come before them."""
    mask = context.mask(index)
    credited = memos.deal < memos.position
    return credited if mask is None else credited & mask[memos.deal] & mask[memos.position]


def _at_rows_of_deals(context: BookContext, index: int, pricing: PricingTable) -> PricingTable:
    """Return schedules by which memos inside the period of their deals are recalculated at the terms of these."""
    memos, component, row = context.memos, context.plan.components[index], pricing.row
    if memos is None or isinstance(row, int) or not component.is_retroactive or component.accumulates == "deal":
        return pricing
    inside = _in_period_of_deals(context, memos, index) & _are_credited(context, memos, index)
    own = row.copy()
    own[memos.position[inside]] = row[memos.deal[inside]]
    return replace(pricing, row=own)


def _worth(context: BookContext, index: int, level: Int32s | int | None) -> Int64s:
    """Return what each deal's credit (n,) is worth at the tier its period reached in the end."""
    component = context.plan.components[index]
    pricing = context.priced_by(index, level, context.classes(index), closed=False)
    credit = context.credit_beyond_baseline(index)
    value = context.value(index) if component.pays_on else credit
    buckets = context.period_index.buckets(component.accumulates)
    after = buckets.running(credit)
    rows = np.broadcast_to(np.asarray(pricing.row), credit.shape)
    schedules = {row: pricing.schedule(row) for row in np.unique(rows).tolist()}
    reached = np.full(after.shape, -1, dtype=np.int64)
    for row, schedule in schedules.items():
        reached = np.where(rows == row, schedule.reached_by(after), reached)
    last = (buckets.starts + buckets.sizes - 1).repeat(buckets.sizes)
    worth = np.zeros_like(credit)
    for row, schedule in schedules.items():
        if component.pays_on:
            in_tiers = [value, *[np.zeros_like(value)] * len(schedule.rates)]
        else:
            in_tiers = [
                np.clip(after, low, high) - np.clip(after - credit, low, high)
                for low, high in pairwise(schedule.bounds())
            ]
        worth = np.where(rows == row, schedule.on_running_segments(in_tiers, reached[last]), worth)
    return worth


def _gate_open(context: BookContext, index: int, component: Component) -> Bools | None:
    if component.gate is None:
        return None
    return context.by_period(index, component.months, component.gate.needs, component.gate.at_least)


def _apply_component_cap(
    context: BookContext,
    index: int,
    earned: Int64s,
    level: Int32s | int | None,
) -> Int64s:
    cap = context.plan.components[index].cap
    assert cap  # noqa: S101 - checked by the caller
    limit = context.limits(index, cap.months or MONTHS_IN_YEAR, level)
    if cap.months == 0:
        return np.clip(earned, -limit, limit)
    after = context.period_index.buckets(_PERIOD_BY_MONTHS[cap.months]).running(earned)
    return caps.allowed_by(limit, after - earned, earned)


def _price(
    context: BookContext,
    pricing: PricingTable,
    credit: Int64s,
    value: Int64s,
    mask: Bools | None,
) -> Int64s:
    """Return what every deal is paid (n,): the increase of what is owed on the running total of its period.

    Rates apply to `value` (n,), mostly the credit itself; `mask` (n,) marks the deals that count, None is
    all.
    """
    component, table, row = pricing.component, pricing.table, pricing.row
    if component.accumulates == "deal" and not component.pays_whole:
        return table.owed(credit, row)
    buckets = context.period_index.buckets(component.accumulates)
    after = buckets.running(credit)
    if component.pays_on and component.is_retroactive and component.accumulates != "deal":
        return _recalculate_periods(pricing, after, credit, buckets, value)
    if component.pays_whole:
        totals = np.where(uses_rate_before(component.pays_whole, credit), after - credit, after)
        return table.on_whole_deals(totals, row, value)
    row_changes = None if isinstance(row, int) else (row[1:] != row[:-1]) & ~buckets.fresh[1:]
    if row_changes is not None and component.is_retroactive and row_changes.any():
        return _recalculate_periods(pricing, after, credit, buckets)
    if row_changes is not None and not component.tiers and row_changes.any():
        return _price_bonuses(pricing, after, buckets, mask)
    owed = table.owed(after, row)
    owed_before = buckets.before(owed)
    if row_changes is not None and not isinstance(row, int) and row_changes.any():
        changed = np.flatnonzero(row_changes) + 1
        owed_before[changed] = table.owed(after[changed] - credit[changed], row[changed])
    if component.bonuses and mask is not None:
        # A bonus that starts at 0 is due with the first deal that counts.
        owed_before[mask & (buckets.running(mask.astype(np.int64)) == 1)] = 0
    return owed - owed_before


def _price_bonuses(pricing: PricingTable, after: Int64s, buckets: PeriodBuckets, mask: Bools | None) -> Int64s:
    """Return what bonuses and steps pay for every deal (n,) where terms change inside a period.

    `after` (n,) are running totals of the credit; deals outside the `mask` (n,) neither earn nor change terms.
    """
    counted = np.arange(after.size) if mask is None else np.flatnonzero(mask)
    number_by_terms: dict[Terms, int] = {}
    numbers = [number_by_terms.setdefault(terms, len(number_by_terms)) for terms in pricing.terms]
    own = np.array(numbers)[np.asarray(pricing.row)[counted] // pricing.component.classes]
    period = buckets.fresh.cumsum()[counted]
    fresh, changes = np.ones(counted.size, dtype=np.bool_), np.zeros(counted.size, dtype=np.bool_)
    fresh[1:], changes[1:] = period[1:] != period[:-1], own[1:] != own[:-1]
    paid = bonuses.kept_bonuses(pricing.table.owed(after, pricing.row)[counted], changes, fresh)
    before = np.zeros_like(paid)
    before[1:] = paid[:-1]
    earned = np.zeros_like(after)
    earned[counted] = paid - np.where(fresh, 0, before)
    return earned


def _recalculate_periods(
    pricing: PricingTable,
    after: Int64s,
    credit: Int64s,
    buckets: PeriodBuckets,
    value: Int64s | None = None,
) -> Int64s:
    """Return what every deal is paid (n,) with tiers that apply from the first dollar of the period.

    That is the increase of what all credit of the period is worth, each row's at its own rates
    (`TierSchedule.on_running_segments`). `after` (n,) are running totals of `credit` (n,). With a `value` (n,)
    the rates apply to that, and all of it is paid at the tier reached.
    """
    rows = np.broadcast_to(np.asarray(pricing.row), credit.shape)
    schedules = {row: pricing.schedule(row) for row in np.unique(rows).tolist()}
    reached = np.full(after.shape, -1, dtype=np.int64)
    for row, schedule in schedules.items():
        reached = np.where(rows == row, schedule.reached_by(after), reached)
    owed = np.zeros_like(credit)
    for row, schedule in schedules.items():
        in_row = rows == row
        if value is None:
            in_tiers = _running_by_tier(schedule, in_row, after, credit, buckets)
        else:
            nothing = np.zeros_like(credit)
            in_tiers = [buckets.running(np.where(in_row, value, 0)), *[nothing] * len(schedule.rates)]
        owed += schedule.on_running_segments(in_tiers, reached)
    return owed - buckets.before(owed)


def _running_by_tier(
    schedule: TierSchedule,
    in_row: Bools,
    after: Int64s,
    credit: Int64s,
    buckets: PeriodBuckets,
) -> list[Int64s]:
    """Return running totals (n,) of a row's credit in each tier; the first is below all tiers."""
    before = after - credit
    return [
        buckets.running(np.where(in_row, np.clip(after, low, high) - np.clip(before, low, high), 0))
        for low, high in pairwise(schedule.bounds())
    ]


def under_caps(
    context: BookContext,
    by_group: Sequence[Int64s],
    lines: Int64s,
    level: Int32s | int | None,
) -> tuple[list[Int64s], Int64s]:
    """Return how much of deals and period lines fits under the plan's caps.

    `by_group` are amounts of deals (n,), `lines` has the shape (components, reps, months). Amounts count in
    order: a month's deals by day, the groups within a deal, then the month's lines.
    """
    groups = list(by_group)
    for cap in context.plan.caps:
        limits = np.array(
            context.plan_limit(cap.share, cap.cents, cap.months or MONTHS_IN_YEAR),
            dtype=np.int64,
        )
        is_same_limit = len(set(limits.tolist())) == 1
        deal_limit = int(limits[0]) if is_same_limit else limits[0 if level is None else level]
        if cap.months == 0:
            groups = [np.clip(group, -deal_limit, deal_limit) for group in groups]
            lines = np.clip(lines, -int(limits[0]), int(limits[0]))
            continue
        before, before_lines = _earned_before(context, groups, lines, cap.months)
        for index, group in enumerate(groups):
            groups[index] = caps.allowed_by(deal_limit, before, group)
            before = before + group
        lines = _cap_lines(context, lines, before_lines, limits)
    return groups, lines


def _earned_before(
    context: BookContext,
    groups: list[Int64s],
    lines: Int64s,
    months: int,
) -> tuple[Int64s, Int64s]:
    """Return what was earned before each deal (n,) and before each month's lines (reps, months).

    `groups` are amounts of the deals (n,), `lines` (components, reps, months); the cap's period has `months`
    months.
    """
    period_index, window = context.period_index, context.window
    earned = np.sum(groups, axis=0)
    before_deals = period_index.buckets(_PERIOD_BY_MONTHS[months]).running(earned) - earned
    deals_by_month = np.diff(context.by_month(earned), axis=1)[:, window.first_month - period_index.first :]
    lines_by_month = lines.sum(axis=0)
    before_lines, earlier_lines = np.zeros_like(deals_by_month), np.zeros_like(deals_by_month)
    deal_total = line_total = np.zeros(context.reps, dtype=np.int64)
    for month in range(deals_by_month.shape[1]):
        if month % months == 0:
            deal_total = line_total = np.zeros(context.reps, dtype=np.int64)
        deal_total = deal_total + deals_by_month[:, month]
        earlier_lines[:, month] = line_total
        before_lines[:, month] = deal_total + line_total
        line_total = line_total + lines_by_month[:, month]
    if lines_by_month.any():
        month_of_deal = period_index.month - window.first_month
        inside = (month_of_deal >= 0) & period_index.known
        before_deals = before_deals.copy()
        before_deals[inside] += earlier_lines[context.book.rep[inside], month_of_deal[inside]]
    return before_deals, before_lines


def _cap_lines(context: BookContext, lines: Int64s, before: Int64s, limits: Int64s) -> Int64s:
    """Return how much of each component's lines fits, the components in order (components, reps, months).

    `before` (reps, months) was earned before; `limits` (levels,) is the cap by level.
    """
    capped = np.zeros_like(lines)
    first = context.window.first_month
    held = np.stack([context.levels_at(first + month) for month in range(lines.shape[2])], axis=1)
    for index in range(lines.shape[0]):
        capped[index] = caps.allowed_by(limits[held], before, lines[index])
        before = before + lines[index]
    return capped
