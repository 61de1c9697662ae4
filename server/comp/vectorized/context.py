"""What the fast path knows about every rep of a book at once: levels, schedules, credit, ratings and results."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np

from server.comp.calendar import NEVER, Int32s, months_of
from server.comp.language.ranges import SCALE, Range
from server.comp.mechanics import levels
from server.comp.mechanics.components import Component
from server.comp.mechanics.conditions import Condition, Span, met_by
from server.comp.mechanics.quotas import Terms, Yearly, adjusted, has_no_overrides, terms_for
from server.comp.mechanics.tiers import TierSchedule
from server.comp.period_index import PeriodIndex
from server.comp.piecewise import PiecewiseTable, piecewise_table
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s, to_cents

UNKNOWN = -(2**61)
"""Stands for a result that nobody knows."""


@lru_cache(maxsize=2048)
def _plain_terms(plan: Plan, index: int, level: int, span: Span, start: int) -> Terms:
    return plan.components[index].terms(plan.quotas, plan.levels[level], None, span, start)


@lru_cache(maxsize=1024)
def _plain_table(plan: Plan, index: int, closed: bool) -> PiecewiseTable:  # noqa: FBT001 - part of the key
    """Return the schedules of everybody without terms of their own: a row for each level and class."""
    component = plan.components[index]
    span = (0, component.months)
    every = [_plain_terms(plan, index, level, span, 0) for level in range(len(plan.levels))]
    return piecewise_table(
        [component.row(t, class_, closed=closed) for t in every for class_ in range(component.classes)]
    )


@dataclass(frozen=True, slots=True)
class PricingTable:
    """The schedules of a component's deals as a table, the row of every deal (n,), and the terms behind the rows."""

    table: PiecewiseTable
    row: Int64s | int
    component: Component
    terms: list[Terms]
    closed: bool

    def schedule(self, row: int) -> TierSchedule:
        """Return the tiers of a row."""
        place, class_ = divmod(row, self.component.classes)
        return self.component.schedule(self.terms[place], class_, closed=self.closed)


class BookContext:
    """A book under one plan; answers are remembered."""

    def __init__(self, frame: PeriodIndex, plan: Plan) -> None:
        self.frame, self.plan, self.window = frame, plan, frame.window
        self.book = frame.book
        self.held = levels.of_book(plan.levels, frame)
        self.asking = 0
        self._credit: dict[int, Int64s] = {}
        self._monthly: dict[int, Int64s] = {}
        self._masks: dict[int, Bools | None] = {}
        self._terms: dict[tuple[int, int, int, Span, tuple[int, ...]], Terms] = {}

    @property
    def reps(self) -> int:
        """How many reps there are."""
        return self.book.reps

    @cached_property
    def special(self) -> Bools:
        """Which of the different persons (persons,) have terms of their own."""
        return np.array([not has_no_overrides(person) for person in self.book.persons], dtype=np.bool_)

    @cached_property
    def is_plain(self) -> bool:
        """Whether every rep and every period has the terms of the level, and nothing else."""
        quotas = self.plan.quotas
        return not (self.special.any() or quotas.spread or quotas.level_change == "blended")

    @cached_property
    def level_at_signing(self) -> Int32s | None:
        """The level each deal (n,) was signed under; None when all hold level 0."""
        return None if self.held is None else self.held[self.book.rep, self.frame.column]

    def levels_at(self, month: int) -> Int32s:
        """Return the level of every rep (reps,) in a month; later than the window, the last one."""
        if self.held is None:
            return np.zeros(self.reps, dtype=np.int32)
        return self.held[:, max(min(month, self.window.last_month) - self.frame.first, 0)]

    def terms(self, index: int, level: int, person: int, span: Span, held: tuple[int, ...] = ()) -> Terms:
        """Return the terms of a level and a person (-1 is one without terms of their own) for a period."""
        if person < 0 and not held:
            return _plain_terms(self.plan, index, level, span, self.window.first_month)
        key = (index, level, person, span, held)
        if key not in self._terms:
            self._terms[key] = self._worked_out(index, level, person, span, held)
        return self._terms[key]

    def _worked_out(self, index: int, level: int, person: int, span: Span, held: tuple[int, ...]) -> Terms:
        component, quotas, start = self.plan.components[index], self.plan.quotas, self.window.first_month
        somebody = self.book.persons[person] if person >= 0 else None
        if not held:
            return component.terms(quotas, self.plan.levels[level], somebody, span, start)
        change = adjusted(somebody, component.name, span[0] + span[1] - 1) if somebody else None
        years = [component.yearly(self.plan.levels[one], change) for one in held]
        whole = Yearly(
            sum((year.quota for year in years), Fraction(0)) / len(held),
            sum((Fraction(year.target) for year in years), Fraction(0)) / len(held),
            is_team=years[0].is_team,
            stated=years[-1].stated,
        )
        return terms_for(quotas, whole, somebody, span, start)

    def _whose(self, rep: Int32s) -> Int64s:
        """Return the person of each rep, -1 for those without terms of their own."""
        person = self.book.person[rep].astype(np.int64)
        return np.where(self.special[person], person, -1)

    def _held_over(self, rep: Int32s, first: Int64s, months: int) -> Int64s | None:
        """Return the levels held over each stretch (n, months) where quotas are blended."""
        if self.plan.quotas.level_change == "level at signing" or self.held is None:
            return None
        columns = first[:, None] + np.arange(months) - self.frame.first
        found: Int64s = self.held[rep[:, None], np.clip(columns, 0, self.frame.columns - 1)].astype(np.int64)
        return found

    def terms_by(
        self, index: int, rep: Int32s, first: Int64s, months: int, level: Int32s
    ) -> tuple[Int64s, list[Terms]]:
        """Return, for stretches (n,) of reps that begin in a month, which of the returned terms hold."""
        blended = self._held_over(rep, first, months)
        whose = self._whose(rep)
        if not (self.plan.quotas.spread or self.special.any()):
            first = np.full_like(first, self.window.first_month)
        if blended is None:
            # One number for each combination sorts far faster than rows of three.
            earliest = int(first.min(initial=0))
            wide, deep = len(self.plan.levels), len(self.book.persons) + 1
            key = ((first - earliest) * deep + whose + 1) * wide + level
            every, place = np.unique(key, return_inverse=True)
            rows = [(k % wide, k // wide % deep - 1, k // (wide * deep) + earliest, ()) for k in every.tolist()]
        else:
            table = np.column_stack([level.astype(np.int64), whose, first, blended])
            every, place = np.unique(table, axis=0, return_inverse=True)
            rows = [(row[0], row[1], row[2], tuple(row[3:])) for row in every.tolist()]
        found = [self.terms(index, one, person, (start, months), held) for one, person, start, held in rows]
        return place.reshape(-1), found

    def priced_by(
        self, index: int, level: Int32s | int | None, class_: Int64s | int, *, closed: bool = False
    ) -> "PricingTable":
        """Return the schedules of a component's deals, and which row each deal (n,) is priced by."""
        component = self.plan.components[index]
        if self.is_plain:
            row = (0 if level is None else level) * component.classes + class_
            span = (0, component.months)
            every = [_plain_terms(self.plan, index, one, span, 0) for one in range(len(self.plan.levels))]
            table = _plain_table(self.plan, index, closed)
            return PricingTable(table, row if isinstance(row, int) else row.astype(np.int64), component, every, closed)
        place, every = self._terms_of_deals(index, component.months, level)
        if not every:
            return PricingTable(_plain_table(self.plan, index, closed), 0, component, [], closed)
        rows = [component.row(t, c, closed=closed) for t in every for c in range(component.classes)]
        return PricingTable(piecewise_table(rows), place * component.classes + class_, component, every, closed)

    def _terms_of_deals(self, index: int, months: int, level: Int32s | int | None) -> tuple[Int64s, list[Terms]]:
        """Return the terms of the period of so many months that each deal (n,) was signed in."""
        rep = self.book.rep
        period = (self.frame.month - self.window.first_month) // months
        first = (self.window.first_month + period * months).astype(np.int64)
        levels_ = np.broadcast_to(np.asarray(0 if level is None else level, dtype=np.int32), rep.shape)
        return self.terms_by(index, rep, first, months, levels_)

    def limits(self, index: int, months: int, level: Int32s | int | None) -> Int64s | int:
        """Return the cap of a component in cents for each deal (n,), or one for all."""
        cap = self.plan.components[index].cap
        assert cap  # noqa: S101 - asked by the caller
        if cap.cents is not None:
            return cap.cents
        place, every = self._terms_of_deals(index, months, level)
        return np.array([cap.at(terms.target) for terms in every], dtype=np.int64)[place]

    def terms_of_reps(self, index: int, span: Span, month: int) -> tuple[Int64s, list[Terms]]:
        """Return the terms of every rep (reps,) for a stretch, at the level held in a month."""
        rep = np.arange(self.reps, dtype=np.int32)
        first = np.full(self.reps, span[0], dtype=np.int64)
        return self.terms_by(index, rep, first, span[1], self.levels_at(month))

    def credit(self, index: int) -> Int64s:
        """Return a component's credit of every deal (n,)."""
        if index not in self._credit:
            self._credit[index] = self.plan.crediting[index].by(self.book, self.mask(index))
        return self._credit[index]

    def value(self, index: int) -> Int64s:
        """Return what a component's rates are of, for every deal (n,): its credit, or another measure."""
        if not self.plan.components[index].pays_on:
            return self.credit(index)
        return self.plan.paying[index].by(self.book, self.mask(index))

    def mask(self, index: int) -> Bools | None:
        """Say for each deal (n,) whether a component credits it at all; None when it credits all."""
        if index not in self._masks:
            self._masks[index] = self.plan.crediting[index].mask(self.book)
        return self._masks[index]

    def credit_in(self, index: int, span: Span) -> Int64s:
        """Sum a component's credit of every rep (reps,) over some months."""
        if index not in self._monthly:
            self._monthly[index] = self.by_month(self.credit(index))
        running, first = self._monthly[index], self.frame.first
        low = min(max(span[0] - first, 0), self.frame.columns)
        high = min(max(span[0] + span[1] - first, 0), self.frame.columns)
        summed: Int64s = running[:, high] - running[:, low]
        return summed

    def by_month(self, amounts: Int64s) -> Int64s:
        """Return running sums of amounts by rep and month (reps, months + 1), beginning with 0."""
        known = self.frame.known
        sums = np.zeros((self.reps, self.frame.columns + 1), dtype=np.int64)
        np.add.at(sums, (self.book.rep[known], self.frame.column[known] + 1), amounts[known])
        running: Int64s = sums.cumsum(axis=1)
        return running

    def quotas_of(self, index: int, span: Span, month: int) -> Int64s:
        """Return a component's quota of every rep (reps,) for a stretch."""
        place, every = self.terms_of_reps(index, span, month)
        return np.array([terms.quota for terms in every], dtype=np.int64)[place]

    def attained_by(self, component: str, span: Span, quota_span: Span, range_: Range) -> Bools:
        """Say whose attainment lies in a range."""
        index = self.plan.component(component) if component else self.asking
        quota = self.quotas_of(index, quota_span, span[0] + span[1] - 1)
        return range_.reached(self.credit_in(index, span), quota)

    def rating_by(self, span: Span, range_: Range) -> Bools:
        """Say whose average of ratings lies in a range."""
        month = months_of(self.book.rated)
        hit = (self.book.rated != NEVER) & (month >= span[0]) & (month < span[0] + span[1]) & self.frame.known
        total = np.bincount(self.book.rep[hit], weights=self.book.rating[hit], minlength=self.reps).astype(np.int64)
        number = np.bincount(self.book.rep[hit], minlength=self.reps).astype(np.int64)
        return range_.reached(total, number)

    def results(self, name: str, span: Span) -> Int64s:
        """Return the last value known of every rep (reps,) times SCALE, or UNKNOWN."""
        found = []
        for person in self.book.persons:
            known = [
                (result.month, place, int(result.value * SCALE))
                for place, result in enumerate(person.results)
                if result.of.lower() == name and span[0] <= result.month < span[0] + span[1]
            ]
            found.append(max(known)[2] if known else UNKNOWN)
        return np.array(found, dtype=np.int64)[self.book.person]

    def result_by(self, name: str, span: Span, range_: Range) -> Bools:
        """Say whose last known value lies in a range."""
        values = self.results(name, span)
        known: Bools = values != UNKNOWN
        return known & range_.mask(values, SCALE)

    def opens(self, index: int, period: Span) -> Bools | None:
        """Say whose gate of a component is open at the end of a period (reps,); None without a gate."""
        gate = self.plan.components[index].gate
        if gate is None:
            return None
        self.asking = index
        return met_by(gate.needs, self, period, self.window.first_month, gate.at_least)

    def classes(self, index: int) -> Int64s | int:
        """Return which of a component's rates each deal (n,) is paid at; the one after the last is nothing."""
        component = self.plan.components[index]
        if not component.rate_by:
            return 0
        found = np.full(self.book.rep.shape, len(component.rate_by), dtype=np.int64)
        for place in range(len(component.rate_by) - 1, -1, -1):
            rule = component.rate_by[place]
            mask = rule.when.mask(self.book)
            hit = np.ones(found.shape, dtype=np.bool_) if mask is None else mask
            if rule.needs:
                hit = hit & self.by_period(index, component.months, rule.needs)
            found[hit] = place
        return found

    def by_period(self, index: int, length: int, conditions: Sequence[Condition], least: int | None = None) -> Bools:
        """Say for each deal (n,) whether conditions hold at the end of its period."""
        first, count = self.frame.periods(length)
        holds = np.zeros((count, self.reps), dtype=np.bool_)
        for place in range(count):
            span = (self.window.first_month + (first + place) * length, length)
            self.asking = index
            holds[place] = met_by(tuple(conditions), self, span, self.window.first_month, least)
        period = np.clip((self.frame.month - self.window.first_month) // length - first, 0, count - 1)
        return holds[period, self.book.rep]

    def plan_limit(self, share: Fraction | None, cents: int | None, months: int) -> list[int]:
        """Return a plan's cap in cents by level."""
        if cents is not None:
            return [cents] * len(self.plan.levels)
        part = share or Fraction(0)
        return [to_cents(part * level.variable * months / 12) for level in self.plan.levels]
