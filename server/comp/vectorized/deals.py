"""The fast path for deals: what each component pays for every deal of a book."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from server.comp.calendar import MONTHS_IN_YEAR, Int32s
from server.comp.explain.deals import groups_of
from server.comp.mechanics import caps
from server.comp.mechanics.components import Component
from server.comp.mechanics.crediting import COMMISSION, split_credit
from server.comp.period_index import PeriodBuckets
from server.comp.periods import PERIODS
from server.comp.piecewise import PiecewiseTable
from server.comp.rounding import Bools, Int64s, quotient, times
from server.comp.vectorized.context import BookContext, PricingTable

_BY_MONTHS = {months: name for name, months in PERIODS.items()}


@dataclass(frozen=True, slots=True)
class Commission:
    """What every deal earned (n,): by group of components that are paid alike, and by component."""

    by_group: tuple[Int64s, ...]
    by_component: tuple[Int64s | None, ...]


def commission(world: BookContext, level: Int32s | int | None) -> Commission:
    """Work out every deal before the plan's caps; `level` (n,) is the one each is paid on, None the first for all."""
    components = world.plan.components
    groups = groups_of(components)
    by_group: list[Int64s | None] = [None] * len(groups)
    by_component: list[Int64s | None] = []
    for index, component in enumerate(components):
        earned = None if component.is_periodic else _component(world, index, component, level)
        by_component.append(earned)
        if earned is not None:
            place = groups.index(component.waits)
            before = by_group[place]
            by_group[place] = earned if before is None else before + earned
    empty = np.zeros_like(world.book.arr)
    return Commission(tuple(empty if part is None else part for part in by_group), tuple(by_component))


def _component(world: BookContext, index: int, component: Component, level: Int32s | int | None) -> Int64s:
    crediting = world.plan.crediting[index]
    mask = world.mask(index)
    credit, value = world.credit(index), world.value(index)
    class_ = world.classes(index)
    earned = _priced(world, world.priced_by(index, level, class_), credit, value, mask)
    opens = _opens(world, index, component)
    first_tier = component.gate is not None and component.gate.otherwise.first_tier
    if opens is not None and first_tier:
        shut = _priced(world, world.priced_by(index, level, class_, closed=True), credit, value, mask)
        earned = np.where(opens, earned, shut)
    if crediting.split == COMMISSION:
        earned = split_credit(earned, world.book)
    if opens is not None and not first_tier and component.gate:
        earned = np.where(opens, earned, times(earned, component.gate.otherwise.share))
    if mask is not None:
        earned = np.where(mask, earned, 0)
    if component.minimum:
        low = (earned >= 0) & (earned < component.minimum)
        earned = np.where(low if mask is None else low & mask, component.minimum, earned)
    if component.cap is None:
        return earned
    months = component.cap.months
    limit = world.limits(index, months or MONTHS_IN_YEAR, level)
    if months == 0:
        return np.clip(earned, -limit, limit)
    after = world.frame.buckets(_BY_MONTHS[months]).running(earned)
    return caps.allowed_by(limit, after - earned, earned)


def _opens(world: BookContext, index: int, component: Component) -> Bools | None:
    if component.gate is None:
        return None
    return world.by_period(index, component.months, component.gate.needs, component.gate.at_least)


def _priced(world: BookContext, pricing: PricingTable, credit: Int64s, value: Int64s, mask: Bools | None) -> Int64s:
    """Return what every deal is paid: the increase of what is owed on the running total of its period.

    `value` (n,) is what rates are of where that is not the credit itself; `mask` (n,) says which deals count.
    """
    component, table, row = pricing.component, pricing.table, pricing.row
    if component.accumulates == "deal" and not component.pays_whole:
        return table.owed(credit, row)
    buckets = world.frame.buckets(component.accumulates)
    after = buckets.running(credit)
    if component.pays_on and component.is_retroactive and component.accumulates != "deal":
        return _anew(pricing, after, credit, buckets, value)
    if component.pays_whole:
        is_before = (credit >= 0) == (component.pays_whole == "rate before")  # a return goes the same way back
        return _whole(table, row, np.where(is_before, after - credit, after), value)
    changes = None if isinstance(row, int) else (row[1:] != row[:-1]) & ~buckets.fresh[1:]
    if changes is not None and component.is_retroactive and changes.any():
        return _anew(pricing, after, credit, buckets)
    owed = table.owed(after, row)
    earlier = buckets.before(owed)
    if changes is not None and not isinstance(row, int) and (changed := np.flatnonzero(changes) + 1).size:
        earlier[changed] = table.owed(after[changed] - credit[changed], row[changed])
    if component.bonuses and mask is not None:  # a bonus that begins at nothing is due with the first that counts
        earlier[mask & (buckets.running(mask.astype(np.int64)) == 1)] = 0
    return owed - earlier


def _whole(table: PiecewiseTable, row: Int64s | int, totals: Int64s, value: Int64s) -> Int64s:
    """Pay every deal whole at the rate of the tier that a total lies in."""
    place = table.places(totals, row)
    bottom = table.bottom if isinstance(table.bottom, int) else table.bottom[place]
    return quotient(value, table.top[place], bottom)


def _anew(
    pricing: PricingTable, after: Int64s, credit: Int64s, buckets: PeriodBuckets, value: Int64s | None = None
) -> Int64s:
    """Pay the increase of what all credit of a period is worth now, each row's part at its own rates.

    With a `value` (n,) the rates are of that, and all of it is paid at the tier reached.
    """
    row, before = np.broadcast_to(np.asarray(pricing.row), credit.shape), after - credit
    own = {place: pricing.schedule(place) for place in np.unique(row).tolist()}
    reached = np.full(after.shape, -1, dtype=np.int64)
    for place, schedule in own.items():
        for tier, edge in enumerate(schedule.thresholds):
            if schedule.retroactive[tier]:
                reached[(row == place) & (after >= edge)] = tier
    owed = np.zeros_like(credit)
    for place, schedule in own.items():
        mine = row == place
        if value is not None:
            upto = [buckets.running(np.where(mine, value, 0))] * (len(schedule.edges) + 1)
            parts = [np.zeros_like(credit)] * (len(schedule.edges) + 1)
        else:
            parts = [
                buckets.running(np.where(mine, _between(after, low, high) - _between(before, low, high), 0))
                for low, high in pairwise(schedule.bounds())
            ]
            upto = list(np.cumsum(parts, axis=0))
        for tier, rate in enumerate(schedule.rates):
            owed += np.where(reached == tier, times(upto[tier + 1], rate), 0)
            owed += np.where(reached < tier, times(parts[tier + 1], rate), 0)
    return owed - buckets.before(owed)


def _between(totals: Int64s, low: int, high: int) -> Int64s:
    return np.clip(totals, low, high)


def under_caps(
    world: BookContext, by_group: Sequence[Int64s], lines: Int64s, level: Int32s | int | None
) -> tuple[list[Int64s], Int64s]:
    """Return what of the deals (groups of (n,)) and of the period lines (components, reps, months) fits under the caps.

    Amounts count in order: the deals of a month by day, groups within a deal, then the month's lines.
    """
    groups = list(by_group)
    for cap in world.plan.caps:
        limits = np.array(world.plan_limit(cap.share, cap.cents, cap.months or MONTHS_IN_YEAR), dtype=np.int64)
        of_deals = limits[0 if level is None else level] if len(set(limits.tolist())) > 1 else int(limits[0])
        if cap.months == 0:
            groups = [np.clip(group, -of_deals, of_deals) for group in groups]
            lines = np.clip(lines, -int(limits[0]), int(limits[0]))
            continue
        before, lined = _before(world, groups, lines, cap.months)
        for place, group in enumerate(groups):
            groups[place] = caps.allowed_by(of_deals, before, group)
            before = before + group
        lines = _lines_under(world, lines, lined, limits)
    return groups, lines


def _before(world: BookContext, groups: list[Int64s], lines: Int64s, months: int) -> tuple[Int64s, Int64s]:
    """Return what was earned before each deal (n,) and before each month's lines (reps, months) in the cap's period."""
    frame = world.frame
    whole = np.sum(groups, axis=0)
    before = frame.buckets(_BY_MONTHS[months]).running(whole) - whole
    by_month = np.diff(world.by_month(whole), axis=1)[:, frame.window.first_month - frame.first :]
    lined = np.zeros_like(by_month)
    total = lines.sum(axis=0)
    deals = lines_before = np.zeros(world.reps, dtype=np.int64)
    earlier = np.zeros_like(by_month)
    for month in range(by_month.shape[1]):
        if month % months == 0:
            deals = lines_before = np.zeros(world.reps, dtype=np.int64)
        earlier[:, month] = lines_before
        deals = deals + by_month[:, month]
        lined[:, month] = deals + lines_before
        lines_before = lines_before + total[:, month]
    if total.any():
        column = frame.month - frame.window.first_month
        inside = (column >= 0) & frame.known
        before = before.copy()
        before[inside] += earlier[world.book.rep[inside], column[inside]]
    return before, lined


def _lines_under(world: BookContext, lines: Int64s, before: Int64s, limits: Int64s) -> Int64s:
    """Let each component's lines fit in turn."""
    fits = np.zeros_like(lines)
    first = world.window.first_month
    held = np.stack([world.levels_at(first + month) for month in range(lines.shape[2])], axis=1)
    for place in range(lines.shape[0]):
        fits[place] = caps.allowed_by(limits[held], before, lines[place])
        before = before + lines[place]
    return fits
