"""Impact worked out: everybody's pay under every plan goes in, published cells come out; pure.

Nothing that is returned speaks of fewer than five people, alone or after subtraction.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from server.comp.analysis.bootstrap import pay_sampled_years, sample_year_of_everyone
from server.comp.analysis.disclosure import MIN_GROUP, Cell, ImpactTable, impact_table, is_disclosive, round_figure
from server.comp.analysis.reference_year import reference_year
from server.comp.calendar import NEVER, Window, months_of
from server.comp.explain.rep import explain
from server.comp.history import Book, History, book_of
from server.comp.mechanics.eligibility import EVERY, Eligibility
from server.comp.period_index import period_index
from server.comp.plan import Plan
from server.comp.rounding import Int64s
from server.comp.vectorized.pay import pay

CHUNK = 200
SAMPLED_AT_ONCE = 1_200
"""Years of people that are drawn and paid at once: more would only take memory."""
YEARS = ((100, 60), (1_000, 12), (10**9, 4))
"""Up to so many people, so many next years are drawn for each: the more people, the less it takes to know their sum."""
RANGE = (-1.2816, 0.0, 1.2816)
"""Where one of ten and nine of ten lie about the middle, in standard deviations of a sum of many."""
ATTAINMENTS = (Fraction(1, 2), Fraction(1), Fraction(3, 2))

_ABOUT = 10
"""The number of deals that figures rest on is told in tens."""
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PeopleGroup:
    """The people an impact is about: their histories, and by kind the group each of them lies in."""

    histories: Sequence[History]
    kinds: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Totals:
    """Everybody under each plan (plans, people): totals, what moves of them, the mean of next years, levels held last.

    `moving` is pay above base, which everybody knows. `spread` (plans,) is the variance of the cost of a next year, as
    people sell independently; `touched` says which plans have a term for the deals of a few people alone.
    """

    totals: Int64s
    moving: Int64s
    drawn: Int64s
    levels: Int64s
    spread: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
    credited: Int64s
    stayed: Int64s
    touched: tuple[bool, ...]
    marks: tuple[str, ...]
    deals: int


def compute_impact(
    group: PeopleGroup, plans: Sequence[Plan], window: Window, progress: Progress, earlier: Sequence[Plan] = ()
) -> dict[str, Any]:
    """Return the published cells of every plan, today's first, as what can be kept in JSON.

    `earlier` are plans whose figures were published before: what a cost tells beside theirs is watched as well. `marks`
    name the state of each person's data, so that the next run knows how many people's has changed.
    """
    paid = _pay_everyone(group, [*plans, *earlier], window, progress)
    kinds = {**group.kinds, "attainment": _quartiles(paid.credited, plans[0], paid.levels[0])}
    people = len(group.histories)
    if people < MIN_GROUP:
        return {"people": people}
    cells = []
    for place, plan in enumerate(plans):
        others = [*range(place), *range(len(plans), len(plans) + len(earlier))]
        found = impact_table(paid.totals[0], paid.totals[place], kinds, _watched(paid, place, others))
        cells.append(_plan(found, paid, place, others) | {"at": reference_pay(plan)})
    marks = {history.rep: mark for history, mark in zip(group.histories, paid.marks, strict=True)}
    return {"people": people, "deals": paid.deals // _ABOUT * _ABOUT, "plans": cells, "marks": marks}


def _watched(paid: _Totals, place: int, others: Sequence[int]) -> list[Int64s]:
    """Return the amounts (people,) whose sums the cost of a plan gives away to somebody who can subtract."""
    moving = paid.moving[place]
    change = moving - paid.moving[0]
    watched = [moving, change, change - int(np.median(change))]
    watched += [moving - paid.moving[other] for other in others]
    if paid.touched[place]:
        single = np.zeros_like(moving)
        single[0] = 1
        watched.append(single)  # a sum of one amount: it is never given
    return watched


def _pay_everyone(group: PeopleGroup, plans: Sequence[Plan], window: Window, progress: Progress) -> _Totals:
    """Pay everybody in chunks, so that memory stays bounded and the progress can be told."""
    count = next(years for most, years in YEARS if len(group.histories) <= most)
    rows: dict[str, list[Int64s]] = {name: [] for name in ("totals", "moving", "drawn", "levels")}
    spread, credited, stayed, marks, sold = np.zeros(len(plans)), [], [], [], 0
    by_rule: dict[tuple[int, int], list[Int64s]] = {}
    for first in range(0, len(group.histories), CHUNK):
        part = group.histories[first : first + CHUNK]
        book = book_of(part)
        payouts = [pay(book, plan, window) for plan in plans]
        rows["totals"].append(np.stack([payout.totals for payout in payouts]))
        base = np.stack([payout.amounts[payout.elements.base].sum(axis=1) for payout in payouts])
        rows["moving"].append(rows["totals"][-1] - base)
        rows["levels"].append(np.stack([payout.levels[:, -1].astype(np.int64) for payout in payouts]))
        credited.append(payouts[0].credited)
        stayed.append(_stayed(book, window))
        marks += _marks(book)
        sold += int(period_index(book, window).inside.sum())
        drawn, varied = _next_years(part, plans, window, count)
        rows["drawn"].append(drawn - base)
        spread += varied
        for place, plan in enumerate(plans):
            for number, rule in enumerate(_rules(plan)):
                by_rule.setdefault((place, number), []).append(_matched(book, rule))
        book.frames.clear()
        progress(first + len(part))
    touched = {place for (place, _), amounts in by_rule.items() if is_disclosive(np.concatenate(amounts))}
    empty = np.zeros((len(plans), 0), dtype=np.int64)
    whole = {name: np.concatenate(found or [empty], axis=1) for name, found in rows.items()}
    return _Totals(
        **whole,
        spread=spread,
        credited=np.concatenate(credited or [empty[0]]),
        stayed=np.concatenate(stayed or [empty[0]]),
        touched=tuple(place in touched for place in range(len(plans))),
        marks=tuple(marks),
        deals=sold,
    )


def _next_years(
    people: Sequence[History], plans: Sequence[Plan], window: Window, count: int
) -> "tuple[Int64s, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]":
    """Return the mean next year of everybody (plans, people) and the variance of their sum (plans,), few at a time."""
    means: list[Int64s] = []
    spread = np.zeros(len(plans))
    at_once = max(SAMPLED_AT_ONCE // count, 1)
    for first in range(0, len(people), at_once):
        some = people[first : first + at_once]
        years = sample_year_of_everyone(book_of(some), window, count)
        drawn = np.stack([prospect.totals for prospect in pay_sampled_years(years, plans)])
        parted = drawn.reshape(len(plans), len(some), count)
        means.append(parted.mean(axis=2).astype(np.int64))
        spread += parted.astype(np.float64).var(axis=2, ddof=1).sum(axis=1)
    return np.concatenate(means, axis=1), spread


def _rules(plan: Plan) -> list[Eligibility]:
    """Return every rule of a plan that picks deals."""
    found = [multiplier.where for multiplier in plan.multipliers if multiplier.where]
    for component in plan.components:
        found += [
            component.where,
            *(rule.when for rule in component.rate_by),
            *(rule.when for rule in component.counts),
        ]
    return [rule for rule in found if rule != EVERY]


def _matched(book: Book, rule: Eligibility) -> Int64s:
    """Return for each rep (reps,) the amount of the deals that a rule picks."""
    mask = rule.mask(book)
    found = np.zeros(book.reps, dtype=np.int64)
    picked = np.ones(book.rep.shape, dtype=np.bool_) if mask is None else mask
    np.add.at(found, book.rep[picked], np.abs(book.arr[picked]) + 1)
    return found


def _marks(book: Book) -> list[str]:
    """Return for each rep of a book what names the state of their deals and of what is known of them."""
    places = np.searchsorted(book.rep, np.arange(book.reps + 1))
    arrays = (book.signed, book.arr, book.aha, book.churned, book.paid, book.live, book.rating, book.rated)
    found = []
    for rep in range(book.reps):
        span = slice(int(places[rep]), int(places[rep + 1]))
        state = hashlib.sha256(repr((book.careers[book.career[rep]], book.persons[book.person[rep]])).encode())
        for array in arrays:
            state.update(np.ascontiguousarray(array[span]).tobytes())
        found.append(state.hexdigest()[:12])
    return found


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


def _plan(found: ImpactTable, paid: _Totals, place: int, others: Sequence[int]) -> dict[str, Any]:
    whole = found.everyone
    assert whole  # noqa: S101 - five people or more
    cost = whole.then
    changes = int((paid.levels[place] != paid.levels[0]).sum())
    drawn = paid.drawn[place]
    base = paid.totals[place] - paid.moving[place]
    middle, deviation = float((drawn + base).sum()), float(paid.spread[place]) ** 0.5
    is_told = any(is_disclosive(amounts) for amounts in (drawn, *(drawn - paid.drawn[other] for other in others)))
    likely = [round_figure(int(middle + far * deviation)) for far in RANGE]
    return {
        "everybody": _cell(whole),
        "kinds": {kind: [_cell(cell) for cell in cells] for kind, cells in found.kinds.items()},
        "hidden": dict(found.suppressed),
        "cost": cost,
        "sales": _share(cost, int(paid.credited.sum())),
        "stayed": _share(cost, int(paid.stayed.sum())),
        "range": likely if cost is not None and deviation and not is_told else None,
        "level_changes": changes if changes == 0 or MIN_GROUP <= changes <= paid.levels.shape[1] - MIN_GROUP else None,
    }


def _share(cost: int | None, amount: int) -> float | None:
    """Return cost as a share of an amount, to a tenth of a percent."""
    return None if cost is None or amount <= 0 else round(cost / amount, 3)


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "group": cell.group,
        "people": cell.people,
        "today": cell.today,
        "then": cell.then,
        "bins": [[list(found.bins), found.people] for found in cell.bins],
    }


def reference_pay(plan: Plan) -> list[list[Any]]:
    """Return for each level its name and the cents of a reference year at half, all and one and a half of its quota."""
    window, still = Window(plan.year), plan.without_promotions()
    rows: list[list[Any]] = []
    for level, stated in enumerate(plan.levels):
        years = [reference_year(plan, level, share) for share in ATTAINMENTS]
        rows.append([stated.name, *[explain(year, still, window, trace=False).total for year in years]])
    return rows
