"""Impact worked out: everybody's pay under every plan goes in, published cells come out; pure.

Nothing that is returned speaks of fewer than five people, alone or after subtraction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from server.comp.calendar import NEVER, Window, months_of
from server.comp.draws import draw_everybody, prospects
from server.comp.explain import explain
from server.comp.history import Book, History, book_of
from server.comp.impact import FEWEST, Cell, Impact, impact, rounded
from server.comp.pay import pay
from server.comp.plan import Plan
from server.comp.reference import reference_year
from server.comp.rounding import Int64s

CHUNK = 200
YEARS = ((100, 60), (1_000, 12), (10**9, 4))
"""Up to so many people, so many next years are drawn for each: the more people, the less it takes to know their sum."""
RANGE = (-1.2816, 0.0, 1.2816)
"""Where one of ten and nine of ten lie about the middle, in standard deviations of a sum of many."""
AT = (Fraction(1, 2), Fraction(1), Fraction(3, 2))

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Group:
    """The people an impact is about: their histories, and by kind the group each of them lies in."""

    histories: Sequence[History]
    kinds: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Paid:
    """Everybody's totals under each plan (plans, people), levels held last, and the cost of drawn next years.

    `drawn` (plans, years) sums everybody; `spread` (plans,) is the variance of that sum, as people sell independently.
    """

    totals: Int64s
    levels: Int64s
    drawn: Int64s
    spread: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
    credited: Int64s
    stayed: Int64s


def worked_out(group: Group, plans: Sequence[Plan], window: Window, progress: Progress) -> dict[str, Any]:
    """Return the published cells of every plan, today's first, as what can be kept in JSON."""
    paid = _paid(group, plans, window, progress)
    kinds = {**group.kinds, "attainment": _quartiles(paid.credited, plans[0], paid.levels[0])}
    people = len(group.histories)
    if people < FEWEST:
        return {"people": people}
    found: list[Impact] = []
    for place in range(len(plans)):
        earlier = [paid.totals[other] for other in range(1, place)]
        found.append(impact(paid.totals[0], paid.totals[place], kinds, earlier))
    return {
        "people": people,
        "plans": [_plan(found[place], paid, place) | {"at": reference_pay(plan)} for place, plan in enumerate(plans)],
    }


def _paid(group: Group, plans: Sequence[Plan], window: Window, progress: Progress) -> _Paid:
    """Pay everybody in chunks, so that memory stays bounded and the progress can be told."""
    count = next(years for most, years in YEARS if len(group.histories) <= most)
    totals, levels, drawn = [], [], np.zeros((len(plans), count), dtype=np.int64)
    spread = np.zeros(len(plans))
    credited, stayed = [], []
    for first in range(0, len(group.histories), CHUNK):
        part = group.histories[first : first + CHUNK]
        book = book_of(part)
        payouts = [pay(book, plan, window) for plan in plans]
        totals.append(np.stack([payout.totals for payout in payouts]))
        levels.append(np.stack([payout.levels[:, -1].astype(np.int64) for payout in payouts]))
        credited.append(payouts[0].credited)
        stayed.append(_stayed(book, window))
        if (years := draw_everybody(book, window, count)).pool:
            found = np.stack([prospect.totals for prospect in prospects(years, plans)])
            parted = found.reshape(len(plans), len(part), count)
            drawn += parted.sum(axis=1)
            spread += parted.astype(np.float64).var(axis=2, ddof=1).sum(axis=1)
        progress(first + len(part))
    empty = np.zeros((len(plans), 0), dtype=np.int64)
    return _Paid(
        np.concatenate(totals or [empty], axis=1), np.concatenate(levels or [empty], axis=1), drawn, spread,
        np.concatenate(credited or [empty[0]]), np.concatenate(stayed or [empty[0]]),
    )  # fmt: skip


def _stayed(book: Book, window: Window) -> Int64s:
    """Return for each rep (reps,) the credited amount of the window whose customers have not left by its end."""
    month = months_of(book.signed)
    kept = (month >= window.first_month) & (month <= window.last_month) & (book.churned == NEVER)
    found = np.zeros(book.reps, dtype=np.int64)
    np.add.at(found, book.rep[kept], book.arr[kept])
    return found


def _quartiles(credited: Int64s, plan: Plan, levels: Int64s) -> list[str]:
    """Name the quartile of attainment that each person lies in; the top one first."""
    quotas = np.array([max(level.quota, 1) for level in plan.levels], dtype=np.float64)
    attained = credited / quotas[levels]
    rank = np.argsort(np.argsort(-attained, kind="stable"), kind="stable")
    return [str(int(place * 4 // max(len(rank), 1)) + 1) for place in rank]


def _plan(found: Impact, paid: _Paid, place: int) -> dict[str, Any]:
    whole = found.everybody
    assert whole  # noqa: S101 - five people or more
    cost = whole.then
    changes = int((paid.levels[place] != paid.levels[0]).sum())
    middle, deviation = float(paid.drawn[place].mean()), float(paid.spread[place]) ** 0.5
    likely = [rounded(int(middle + far * deviation)) for far in RANGE]
    return {
        "everybody": _cell(whole),
        "kinds": {kind: [_cell(cell) for cell in cells] for kind, cells in found.kinds.items()},
        "hidden": dict(found.hidden),
        "cost": cost,
        "sales": _share(cost, int(paid.credited.sum())),
        "stayed": _share(cost, int(paid.stayed.sum())),
        "range": likely if cost is not None and deviation else None,
        "level_changes": changes if changes == 0 or FEWEST <= changes <= paid.levels.shape[1] - FEWEST else None,
    }


def _share(cost: int | None, amount: int) -> float | None:
    """Return cost as a share of an amount, to a tenth of a percent."""
    return None if cost is None or amount <= 0 else round(cost / amount, 3)


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "group": cell.group, "people": cell.people, "today": cell.today, "then": cell.then,
        "bins": [[list(found.bins), found.people] for found in cell.bins],
    }  # fmt: skip


def reference_pay(plan: Plan) -> list[list[Any]]:
    """Return for each level its name and the cents of a reference year at half, all and one and a half of its quota."""
    window, still = Window(plan.year), plan.without_promotions()
    rows: list[list[Any]] = []
    for level, stated in enumerate(plan.levels):
        years = [reference_year(plan, level, share) for share in AT]
        rows.append([stated.name, *[explain(year, still, window, trace=False).total for year in years]])
    return rows
