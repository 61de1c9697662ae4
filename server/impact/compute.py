"""Computes the impact of plans: pays everyone under every plan and returns the cells that may be published.

No returned figure is about fewer than five people, alone or after subtraction.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from server.comp import Book, History, Plan, Window, book_of, explain, pay
from server.comp.analysis.bootstrap import pay_sampled_years, sample_year_of_everyone
from server.comp.analysis.disclosure import (
    MIN_GROUP,
    Cell,
    ImpactTable,
    impact_table,
    is_disclosive,
    round_figure,
)
from server.comp.analysis.reference_year import has_team_quota, reference_year
from server.comp.rounding import Bools, Int64s
from server.impact.book_facts import (
    deal_count,
    fingerprints_of,
    matched_amounts,
    retained_amounts,
    selecting_rules,
    sold_amounts,
)

CHUNK = 200
"""People who are paid at once, to limit memory."""
SAMPLED_AT_ONCE = 1_200
"""Person-years that are sampled and paid at once, to limit memory."""
YEARS = ((100, 60), (1_000, 12), (10**9, 4))
"""Next years to sample for each person, by the maximum number of people: large groups need fewer."""
RANGE = (-1.2816, 0.0, 1.2816)
"""The 10th, 50th and 90th percentile of a normal distribution, in standard deviations from its mean."""
ATTAINMENTS = (Fraction(1, 2), Fraction(1), Fraction(3, 2))

_DEAL_ROUNDING = 10
"""The published number of deals is rounded down to a multiple of this."""
Float64s = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
AnyRows = TypeVar("AnyRows", Int64s, Float64s)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PeopleGroup:
    """The people an impact is about: their histories, and by kind of group the group of each person.

    `plan_of` has the index, among the plans of today, of the plan that pays each person.
    """

    histories: Sequence[History]
    kinds: Mapping[str, Sequence[str]]
    plan_of: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Payouts:
    """Pay of people under each plan, in cents; the first is each person's plan of today.

    `totals`, `variable` and `next_year`, each (plans, people), are pay in the window, its part above base
    pay, and the mean of sampled next years above base pay. `level_changed` (plans, people) tells whether the
    last level held has another name than today's, `quota` (people,) is the quota of today's. `variance`
    (plans,) is that of the cost of a next year. `credited`, `sold` and `retained`, each (people,), are the
    credited amounts, those that people signed themselves, and of these the ones of customers who have not left.
    `fingerprints` identify each person's data, `deals` counts the deals of the window. `matched` is for each
    rule, by the index of its plan and its number, the amount (people,) of the deals it selects.
    """

    totals: Int64s
    variable: Int64s
    next_year: Int64s
    level_changed: Bools
    quota: Int64s
    variance: Float64s
    credited: Int64s
    sold: Int64s
    retained: Int64s
    fingerprints: list[str]
    deals: int
    matched: dict[tuple[int, int], Int64s]

    def is_targeted(self, plan: int) -> bool:
        """Return whether a plan has a rule for the deals of only a few people."""
        return any(is_disclosive(amounts) for (index, _), amounts in self.matched.items() if index == plan)


def compute_impact(
    group: PeopleGroup,
    plans: Sequence[Sequence[Plan]],
    window: Window,
    progress: Progress,
    earlier: Sequence[Sequence[Plan]] = (),
) -> dict[str, Any]:
    """Return the published cells of today and of every candidate as JSON-compatible values.

    `plans` has for today, and then for every candidate, the plan of the people of each of today's plans: under
    rules for own quotas a candidate differs with them. `earlier` are such rows of plans whose figures may be
    known; comparing costs with theirs must disclose nothing either. The result has `fingerprints` of each
    person's data and pay, so that the next run can tell how many people's figures changed.
    """
    payouts = _pay_everyone(group, [*plans, *earlier], window, progress)
    kinds = {**group.kinds, "attainment": _quartiles(payouts.credited, payouts.quota)}
    people = len(group.histories)
    if people < MIN_GROUP:
        return {"people": people}
    figures = []
    for index, row in enumerate(plans):
        others = [*range(index), *range(len(plans), len(plans) + len(earlier))]
        protected = _protected_amounts(payouts, index, others)
        table = impact_table(payouts.totals[0], payouts.totals[index], kinds, protected)
        reference = _reference_pay_today(row) if index == 0 else reference_pay(row[0])
        figures.append(_plan_figures(table, payouts, index, others) | {"reference_pay": reference})
    reps = [history.rep for history in group.histories]
    shown = payouts.totals[: len(plans)].T.tolist()
    fingerprints = {
        rep: [_digest(data, totals[:1]), _digest(data, totals)]
        for rep, data, totals in zip(reps, payouts.fingerprints, shown, strict=True)
    }
    deals = payouts.deals // _DEAL_ROUNDING * _DEAL_ROUNDING
    return {"people": people, "deals": deals, "plans": figures, "fingerprints": fingerprints}


def _digest(data: str, totals: Sequence[int]) -> str:
    return hashlib.sha256(repr((data, totals)).encode()).hexdigest()[:12]


def _protected_amounts(payouts: _Payouts, plan: int, others: Sequence[int]) -> list[Int64s]:
    """Return the amounts (people,) whose sums could be derived from a plan's cost by subtraction.

    They are pay above base pay (which is public) and its differences from today's and other published plans.
    """
    variable = payouts.variable[plan]
    change = variable - payouts.variable[0]
    protected = [variable, change, change - int(np.median(change))]
    protected += [variable - payouts.variable[other] for other in others]
    if payouts.is_targeted(plan):
        single = np.zeros_like(variable)
        single[0] = 1
        protected.append(single)  # a sum of a single amount is disclosive, so the cost is withheld
    return protected


def _pay_everyone(group: PeopleGroup, plans: Sequence[Sequence[Plan]], window: Window, progress: Progress) -> _Payouts:
    """Pay everyone in chunks, to limit memory and to report progress."""
    year_count = next(years for max_people, years in YEARS if len(group.histories) <= max_people)
    chunks = []
    for first in range(0, len(group.histories), CHUNK):
        people = group.histories[first : first + CHUNK]
        plan_of = np.array(group.plan_of[first : first + CHUNK], dtype=np.int64)
        chunks.append(_pay_chunk(people, _PlanRows.of(plans, plan_of), window, year_count))
        progress(first + len(people))
    return _join(chunks, len(plans))


@dataclass(frozen=True, slots=True)
class _PlanRows:
    """The distinct plans that people are paid under, and for each row and person (rows, people) the plan's index."""

    plans: Sequence[Plan]
    indexes: Int64s
    rows: Sequence[Sequence[Plan]]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Plan]], plan_of: Int64s) -> "_PlanRows":
        """Return the rows for people whose plan of today has the index `plan_of` (people,)."""
        distinct = list({id(plan): plan for row in rows for plan in row}.values())
        index_by_id = {id(plan): index for index, plan in enumerate(distinct)}
        by_today = np.array([[index_by_id[id(plan)] for plan in row] for row in rows], dtype=np.int64)
        return cls(distinct, by_today[:, plan_of], rows)

    def merged(self, by_plan: AnyRows) -> AnyRows:
        """Return for every row and person (rows, people) the value under the person's plan of that row."""
        return by_plan[self.indexes, np.arange(self.indexes.shape[1])]


def _pay_chunk(people: Sequence[History], rows: _PlanRows, window: Window, year_count: int) -> _Payouts:
    book = book_of(people)
    payouts = [pay(book, plan, window) for plan in rows.plans]
    totals = rows.merged(np.stack([payout.totals for payout in payouts]))
    base = rows.merged(np.stack([payout.amounts[payout.elements.base].sum(axis=1) for payout in payouts]))
    levels = np.stack([payout.levels[:, -1].astype(np.int64) for payout in payouts])
    quotas = np.stack([_quotas(plan)[levels[index]] for index, plan in enumerate(rows.plans)])
    next_years, variances = _next_years(people, rows, window, year_count)
    chunk = _Payouts(
        totals=totals,
        variable=totals - base,
        next_year=next_years - base,
        level_changed=_level_changes_of(rows, rows.merged(levels)),
        quota=rows.merged(quotas)[0],
        variance=variances.sum(axis=1),
        credited=rows.merged(np.stack([payout.credited for payout in payouts]))[0],
        sold=sold_amounts(book, window),
        retained=retained_amounts(book, window),
        fingerprints=fingerprints_of(book),
        deals=deal_count(book, window),
        matched=_matched(book, rows),
    )
    book.period_indexes.clear()  # the book and its index refer to each other: free both at once
    return chunk


def _quotas(plan: Plan) -> Int64s:
    return np.array([max(level.quota, 1) for level in plan.levels], dtype=np.int64)


def _matched(book: Book, rows: _PlanRows) -> dict[tuple[int, int], Int64s]:
    by_row = [{id(plan): selecting_rules(plan) for plan in row}.values() for row in rows.rows]
    return {
        (row, number): matched_amounts(book, rule)
        for row, rules in enumerate(by_row)
        for number, rule in enumerate(chain.from_iterable(rules))
    }


def _level_changes_of(rows: _PlanRows, levels: Int64s) -> Bools:
    """Return whether each person (rows, people) has a level of another name than today."""
    changed = np.zeros(levels.shape, dtype=np.bool_)
    for row, indexes in enumerate(rows.indexes):
        for today, other in set(zip(rows.indexes[0].tolist(), indexes.tolist(), strict=True)):
            people = (rows.indexes[0] == today) & (indexes == other)
            names = [[name.casefold() for name in level.names] for level in rows.plans[other].levels]
            table = np.array(
                [[level.name.casefold() not in own for own in names] for level in rows.plans[today].levels]
            )
            changed[row, people] = table[levels[0, people], levels[row, people]]
    return changed


def _join(chunks: Sequence[_Payouts], plan_count: int) -> _Payouts:
    """Return the payouts of all chunks; variances add up, because people sell independently."""
    by_plan = np.zeros((plan_count, 0), dtype=np.int64)
    by_person = np.zeros(0, dtype=np.int64)
    rules = chunks[0].matched if chunks else {}
    return _Payouts(
        totals=np.concatenate([by_plan, *(chunk.totals for chunk in chunks)], axis=1),
        variable=np.concatenate([by_plan, *(chunk.variable for chunk in chunks)], axis=1),
        next_year=np.concatenate([by_plan, *(chunk.next_year for chunk in chunks)], axis=1),
        level_changed=np.concatenate([by_plan.astype(np.bool_), *(chunk.level_changed for chunk in chunks)], axis=1),
        quota=np.concatenate([by_person, *(chunk.quota for chunk in chunks)]),
        variance=sum((chunk.variance for chunk in chunks), np.zeros(plan_count)),
        credited=np.concatenate([by_person, *(chunk.credited for chunk in chunks)]),
        sold=np.concatenate([by_person, *(chunk.sold for chunk in chunks)]),
        retained=np.concatenate([by_person, *(chunk.retained for chunk in chunks)]),
        fingerprints=[fingerprint for chunk in chunks for fingerprint in chunk.fingerprints],
        deals=sum(chunk.deals for chunk in chunks),
        matched={rule: np.concatenate([chunk.matched[rule] for chunk in chunks]) for rule in rules},
    )


def _next_years(people: Sequence[History], rows: _PlanRows, window: Window, year_count: int) -> tuple[Int64s, Float64s]:
    """Return the mean and the variance of everyone's sampled next years, each (plans, people)."""
    means: list[Int64s] = []
    variances: list[Float64s] = []
    at_once = max(SAMPLED_AT_ONCE // year_count, 1)
    for first in range(0, len(people), at_once):
        batch = people[first : first + at_once]
        years = sample_year_of_everyone(book_of(batch), window, year_count)
        totals = np.stack([distribution.totals for distribution in pay_sampled_years(years, rows.plans)])
        by_person = totals.reshape(len(rows.plans), len(batch), year_count)
        means.append(by_person.mean(axis=2).astype(np.int64))
        variances.append(by_person.astype(np.float64).var(axis=2, ddof=1))
    return rows.merged(np.concatenate(means, axis=1)), rows.merged(np.concatenate(variances, axis=1))


def _quartiles(credited: Int64s, quota: Int64s) -> list[str]:
    """Return the attainment quartile of each person, from "1" for the highest to "4"."""
    attained = credited / quota
    ranks = np.argsort(np.argsort(-attained, kind="stable"), kind="stable")
    return [str(int(rank * 4 // max(len(ranks), 1)) + 1) for rank in ranks]


def _plan_figures(table: ImpactTable, payouts: _Payouts, plan: int, others: Sequence[int]) -> dict[str, Any]:
    """Return the published figures of one plan; a figure that would be disclosive is None."""
    everyone = table.everyone
    assert everyone  # noqa: S101 - five people or more
    cost = everyone.proposed
    return {
        "everyone": _cell(everyone),
        "kinds": {kind: [_cell(cell) for cell in cells] for kind, cells in table.kinds.items()},
        "hidden": dict(table.suppressed),
        "cost": cost,
        "cost_of_sales": _share(cost, int(payouts.sold.sum())),
        "cost_of_retained_sales": _share(cost, int(payouts.retained.sum())),
        "next_year_range": None if cost is None else _next_year_range(payouts, plan, others),
        "level_changes": _level_changes(payouts, plan),
    }


def _next_year_range(payouts: _Payouts, plan: int, others: Sequence[int]) -> list[int] | None:
    """Return next year's rounded cost at each of RANGE, or None if it is disclosive or does not vary."""
    next_year = payouts.next_year[plan]
    changes = [next_year - payouts.next_year[other] for other in others]
    deviation = float(payouts.variance[plan]) ** 0.5
    if not deviation or any(is_disclosive(amounts) for amounts in (next_year, *changes)):
        return None
    base = payouts.totals[plan] - payouts.variable[plan]
    mean = float((next_year + base).sum())
    return [round_figure(int(mean + distance * deviation)) for distance in RANGE]


def _level_changes(payouts: _Payouts, plan: int) -> int | None:
    """Return how many people have another level than today, or None if it would be disclosive."""
    changes = int(payouts.level_changed[plan].sum())
    people = payouts.level_changed.shape[1]
    return changes if changes == 0 or MIN_GROUP <= changes <= people - MIN_GROUP else None


def _share(cost: int | None, amount: int) -> float | None:
    """Return the cost as a share of an amount, to a tenth of a percent."""
    return None if cost is None or amount <= 0 else round(cost / amount, 3)


def _cell(cell: Cell) -> dict[str, Any]:
    """Return a cell as JSON-compatible values."""
    return {
        "group": cell.group,
        "people": cell.people,
        "today": cell.today,
        "proposed": cell.proposed,
        "bins": [[list(counted.bins), counted.people] for counted in cell.bins],
    }


def _reference_pay_today(plans: Sequence[Plan]) -> list[list[Any]]:
    """Return the reference pay of every plan in force, with the plan's name before the level's if there are several."""
    distinct = list({plan.digest: plan for plan in plans}.values())
    return [
        [row[0] if len(distinct) == 1 else f"{plan.name}, {row[0]}", *row[1:]]
        for plan in distinct
        for row in reference_pay(plan)
    ]


def reference_pay(plan: Plan) -> list[list[Any]]:
    """Return for each level its name and the cents of a reference year at each of ATTAINMENTS.

    A level whose quota is its team's is left out.
    """
    window, without_promotions = Window(plan.year), plan.without_promotions()
    rows: list[list[Any]] = []
    for index, level in enumerate(plan.levels):
        if has_team_quota(plan, index):
            continue
        years = [reference_year(plan, index, share) for share in ATTAINMENTS]
        totals = [explain(year, without_promotions, window, trace=False).total for year in years]
        rows.append([level.name, *totals])
    return rows
