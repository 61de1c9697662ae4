"""The facts the vectorized engine uses about a book: levels, terms, credit, ratings and results."""

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np

from server.comp.book import NO_DEAL
from server.comp.calendar import MONTHS_IN_YEAR, NEVER, Int32s
from server.comp.language.ranges import SCALE, Range
from server.comp.mechanics import levels
from server.comp.mechanics.baselines import Baseline
from server.comp.mechanics.components import Component
from server.comp.mechanics.conditions import Condition, Span, met_by
from server.comp.mechanics.piecewise import piecewise_table
from server.comp.mechanics.quotas import Terms, has_no_overrides, months_of_work
from server.comp.mechanics.refunds import Memos, memos_of
from server.comp.period_index import PeriodIndex
from server.comp.plan import Plan
from server.comp.rounding import Bools, Int64s, times, to_cents
from server.comp.vectorized.key_layout import NO_PERSON, KeyLayout
from server.comp.vectorized.pricing import PricingTable, level_table, level_terms

UNKNOWN = -(2**61)
"""Marks a result that is not known."""


class BookContext:
    """A book under one plan; terms and credit are cached.

    `held` (reps, columns) is the level of every rep and month of the period index, None when all hold level
    0. `asking` is the index of the component whose conditions are tested: "attainment" without a name is its
    own.
    """

    def __init__(self, period_index: PeriodIndex, plan: Plan) -> None:
        self.period_index, self.plan, self.window = period_index, plan, period_index.window
        self.book = period_index.book
        self.held = levels.of_book(plan.levels, period_index)
        self.asking = 0
        has_memos = bool((self.book.refund_of != NO_DEAL).any()) and plan.links_refunds
        self.memos: Memos | None = memos_of(self.book, period_index.known) if has_memos else None
        """The credit memos that take back what their own deals were paid, or None."""
        self._credit: dict[int, Int64s] = {}
        self._cumulative_credit: dict[int, Int64s] = {}
        self._masks: dict[int, Bools | None] = {}
        self._terms: dict[tuple[int, int, int, Span, int, tuple[int, ...]], Terms] = {}

    @property
    def reps(self) -> int:
        """The number of reps."""
        return self.book.reps

    @cached_property
    def special(self) -> Bools:
        """Which of the book's persons (persons,) have terms of their own."""
        return np.array([not has_no_overrides(person) for person in self.book.persons], dtype=np.bool_)

    @cached_property
    def is_plain(self) -> bool:
        """Return whether terms depend on the level alone, for every rep and every period."""
        return not (self.special.any() or self._depends_on_period or self.plan.quotas.level_change == "blended")

    @property
    def _depends_on_period(self) -> bool:
        """Return whether equally long periods have different terms at one level."""
        quotas = self.plan.period_quotas
        return bool(quotas.spread) or not quotas.is_all_year

    @cached_property
    def level_at_signing(self) -> Int32s | None:
        """The level each deal (n,) was signed under; None when all hold level 0."""
        return None if self.held is None else self.held[self.book.rep, self.period_index.column]

    def levels_at(self, month: int) -> Int32s:
        """Return the level of every rep (reps,) in a month; after the window, that of its last month."""
        if self.held is None:
            return np.zeros(self.reps, dtype=np.int32)
        return self.held[:, max(min(month, self.window.last_month) - self.period_index.first, 0)]

    @cached_property
    def _own_terms_begin(self) -> Int64s | None:
        """The months in which each person's own terms begin (persons, most terms), padded with NEVER; None if none."""
        months = [sorted({own.first_month for own in person.adjustments}) for person in self.book.persons]
        most = max(map(len, months), default=0)
        if not most:
            return None
        return np.array([begins + [NEVER] * (most - len(begins)) for begins in months], dtype=np.int64)

    def _known_since(self, rep: Int32s, first: Int64s, months: int, month: Int64s | int) -> Int64s:
        """Return for n periods since which month terms were known as they are in `month`: `quotas.known_since`."""
        if self._own_terms_begin is None:
            return first
        begins = self._own_terms_begin[self.book.person[rep]]
        last = np.minimum(first + months - 1, month)
        is_known = (begins > first[:, None]) & (begins <= last[:, None])
        known: Int64s = np.where(is_known, begins, first[:, None]).max(axis=1)
        return known

    def terms(self, index: int, level: int, person: int, span: Span, known: int, held: tuple[int, ...] = ()) -> Terms:
        """Return a component's terms for a period, by level and person (an index, or NO_PERSON).

        They are those known in the month `known`. `held` are the levels of the months of the period, for quotas
        that are blended over them.
        """
        if person == NO_PERSON and not held:
            return level_terms(self.plan, index, level, span, self.window.first_month)
        key = (index, level, person, span, known, held)
        if key not in self._terms:
            levels_held = [self.plan.levels[number] for number in held or (level,)]
            own = None if person == NO_PERSON else self.book.persons[person]
            component, year_start = self.plan.components[index], self.window.first_month
            self._terms[key] = component.terms(self.plan.period_quotas, levels_held, own, span, year_start, known)
        return self._terms[key]

    def _person_of(self, rep: Int32s) -> Int64s:
        """Return the person index of each rep (n,), NO_PERSON for those without terms of their own."""
        person = self.book.person[rep].astype(np.int64)
        return np.where(self.special[person], person, NO_PERSON)

    def _blended_levels(self, rep: Int32s, first: Int64s, months: int) -> Int64s | None:
        """Return the levels held in each period (n, months) where quotas are blended, else None."""
        if self.plan.quotas.level_change == "level at signing" or self.held is None:
            return None
        columns = first[:, None] + np.arange(months) - self.period_index.first
        last_column = self.period_index.columns - 1
        held: Int64s = self.held[rep[:, None], np.clip(columns, 0, last_column)].astype(np.int64)
        return held

    def terms_by(
        self,
        index: int,
        rep: Int32s,
        first: Int64s,
        months: int,
        level: Int32s,
        month: Int64s | int,
    ) -> tuple[Int64s, list[Terms]]:
        """Return the distinct terms of a component, and for n periods which of them apply (n,).

        Period i is that of rep `rep[i]`, begins in month `first[i]`, has `months` months and is paid on
        `level[i]`, on the terms known in `month[i]`.
        """
        blended = self._blended_levels(rep, first, months)
        person = self._person_of(rep)
        if not (self._depends_on_period or self.special.any()):
            first = np.full_like(first, self.window.first_month)
        known = self._known_since(rep, first, months, month)
        if blended is None:
            layout = KeyLayout(len(self.plan.levels), len(self.book.persons), months, int(first.min(initial=0)))
            keys, inverse = np.unique(layout.pack(level, person, first, known), return_inverse=True)
            terms = [
                self.terms(index, row_level, row_person, (start, months), since)
                for row_level, row_person, start, since in map(layout.unpack, keys.tolist())
            ]
        else:
            table = np.column_stack([level.astype(np.int64), person, first, known, blended])
            rows, inverse = np.unique(table, axis=0, return_inverse=True)
            terms = [
                self.terms(index, row_level, row_person, (start, months), since, tuple(held))
                for row_level, row_person, start, since, *held in rows.tolist()
            ]
        return inverse.reshape(-1), terms

    def priced_by(
        self,
        index: int,
        level: Int32s | int | None,
        class_: Int64s | int,
        *,
        closed: bool = False,
    ) -> PricingTable:
        """Return the schedules of a component's deals, and the row each deal (n,) is priced by."""
        component = self.plan.components[index]
        if self.is_plain:
            row = (0 if level is None else level) * component.classes + class_
            span = (0, component.months)
            terms = [level_terms(self.plan, index, i, span, 0) for i in range(len(self.plan.levels))]
            table = level_table(self.plan, index, closed)
            return PricingTable(
                table,
                row if isinstance(row, int) else row.astype(np.int64),
                component,
                terms,
                closed,
            )
        terms_index, terms = self._terms_of_deals(index, component.months, level)
        if not terms:
            return PricingTable(level_table(self.plan, index, closed), 0, component, [], closed)
        rows = [component.row(t, c, closed=closed) for t in terms for c in range(component.classes)]
        return PricingTable(
            piecewise_table(rows),
            terms_index * component.classes + class_,
            component,
            terms,
            closed,
        )

    def _terms_of_deals(
        self,
        index: int,
        months: int,
        level: Int32s | int | None,
    ) -> tuple[Int64s, list[Terms]]:
        """Return the terms of the period of `months` months of each deal (n,), as `terms_by` does."""
        rep = self.book.rep
        period = (self.period_index.month - self.window.first_month) // months
        first = (self.window.first_month + period * months).astype(np.int64)
        deal_levels = np.broadcast_to(np.asarray(0 if level is None else level, dtype=np.int32), rep.shape)
        return self.terms_by(index, rep, first, months, deal_levels, self.period_index.month.astype(np.int64))

    def limits(self, index: int, months: int, level: Int32s | int | None) -> Int64s | int:
        """Return the cap of a component in cents, for each deal (n,) or for all."""
        cap = self.plan.components[index].cap
        assert cap  # noqa: S101 - checked by the caller
        if cap.cents is not None:
            return cap.cents
        terms_index, distinct_terms = self._terms_of_deals(index, months, level)
        return np.array([cap.at(terms.target) for terms in distinct_terms], dtype=np.int64)[terms_index]

    def terms_of_reps(self, index: int, span: Span, month: int) -> tuple[Int64s, list[Terms]]:
        """Return the terms of each rep (reps,) for a period, at the level and as known in a month; see `terms_by`."""
        rep = np.arange(self.reps, dtype=np.int32)
        first = np.full(self.reps, span[0], dtype=np.int64)
        return self.terms_by(index, rep, first, span[1], self.levels_at(month), month)

    def credit(self, index: int) -> Int64s:
        """Return a component's credit of every deal (n,)."""
        if index not in self._credit:
            self._credit[index] = self.plan.crediting[index].by(self.book, self.mask(index))
        return self._credit[index]

    def value(self, index: int) -> Int64s:
        """Return what a component's rates apply to, for every deal (n,): its credit, or another measure."""
        if not self.plan.components[index].pays_on:
            return self.credit(index)
        return self.plan.paying[index].by(self.book, self.mask(index))

    def mask(self, index: int) -> Bools | None:
        """Return which deals (n,) a component credits; None when it credits all."""
        if index not in self._masks:
            mask, employed = self.plan.crediting[index].mask(self.book), self.plan.leaving.mask(self.book)
            self._masks[index] = mask if employed is None else employed if mask is None else mask & employed
        return self._masks[index]

    def credit_in(self, index: int, span: Span) -> Int64s:
        """Return a component's total credit of every rep (reps,) in a span of months."""
        if index not in self._cumulative_credit:
            self._cumulative_credit[index] = self.by_month(self.credit(index))
        return self._sum_in(self._cumulative_credit[index], span)

    def _sum_in(self, cumulative: Int64s, span: Span) -> Int64s:
        """Return what cumulative sums by month (reps, columns + 1) add up to in a span, by rep (reps,)."""
        first = self.period_index.first
        low = min(max(span[0] - first, 0), self.period_index.columns)
        high = min(max(span[0] + span[1] - first, 0), self.period_index.columns)
        total: Int64s = cumulative[:, high] - cumulative[:, low]
        return total

    def credit_beyond_baseline(self, index: int) -> Int64s:
        """Return a component's credit of each deal (n,), as far as the credit of its period is beyond the baseline."""
        component, credit = self.plan.components[index], self.credit(index)
        if component.baseline is None:
            return credit
        buckets = self.period_index.buckets(component.accumulates)
        after = np.maximum(buckets.running(credit) - self._baselines(index, component, component.baseline), 0)
        beyond: Int64s = after - buckets.before(after)
        return beyond

    def _baselines(self, index: int, component: Component, baseline: Baseline) -> Int64s:
        """Return for each deal (n,) the baseline of its period."""
        months = component.months
        first, count = self.period_index.periods(months)
        by_period = np.zeros((count, self.reps), dtype=np.int64)
        before = self._cumulative_credit_before(index) if baseline.amount is None else None
        for position in range(count):
            start = self.window.first_month + (first + position) * months
            if before is None:
                part = self.plan.part_of_year(component, (start, months))
                by_period[position] = baseline.at(0, part, is_money=component.measure.is_money)
            else:
                credit = self._sum_in(before, (start - MONTHS_IN_YEAR, months))
                by_period[position] = np.maximum(times(credit, baseline.share), 0)
        period = (self.period_index.month - self.window.first_month) // months
        return by_period[np.clip(period - first, 0, count - 1), self.book.rep]

    def _cumulative_credit_before(self, index: int) -> Int64s:
        """Return a component's cumulative credit by rep and month, as if the plan had been in force before."""
        rule = self.plan.crediting_before[index]
        mask, employed = rule.mask(self.book), self.plan.leaving.mask(self.book)
        mask = mask if employed is None else employed if mask is None else mask & employed
        return self.by_month(rule.by(self.book, mask))

    def by_month(self, amounts: Int64s) -> Int64s:
        """Return cumulative sums of amounts (n,) by rep and month (reps, columns + 1), starting with 0."""
        known = self.period_index.known
        sums = np.zeros((self.reps, self.period_index.columns + 1), dtype=np.int64)
        np.add.at(sums, (self.book.rep[known], self.period_index.column[known] + 1), amounts[known])
        cumulative: Int64s = sums.cumsum(axis=1)
        return cumulative

    def quotas_of(self, index: int, span: Span, month: int) -> Int64s:
        """Return a component's quota of every rep (reps,) for a period, as known in a month."""
        terms_index, distinct_terms = self.terms_of_reps(index, span, month)
        return np.array([terms.quota for terms in distinct_terms], dtype=np.int64)[terms_index]

    def attained_by(self, component: str, span: Span, quota_span: Span, range_: Range) -> Bools:
        """Return which reps (reps,) have an attainment in a range.

        Without a name, it is that of the component in `asking`.
        """
        index = self.plan.component(component) if component else self.asking
        quota = self.quotas_of(index, quota_span, span[0] + span[1] - 1)
        return range_.reached(self.credit_in(index, span), quota)

    def rating_by(self, span: Span, range_: Range) -> Bools:
        """Return which reps (reps,) have an average rating in a range."""
        book, month = self.book, self.window.calendar.months_of(self.book.rated)
        is_rated = (book.rated != NEVER) & (month >= span[0]) & (month < span[0] + span[1])
        is_rated &= self.period_index.known
        rep = book.rep[is_rated]
        total = np.bincount(rep, weights=book.rating[is_rated], minlength=self.reps).astype(np.int64)
        count = np.bincount(rep, minlength=self.reps).astype(np.int64)
        return range_.reached(total, count)

    def results(self, name: str, span: Span) -> Int64s:
        """Return the latest known value of a result for every rep (reps,), times SCALE, or UNKNOWN."""
        values = []
        for person in self.book.persons:
            known = [
                (result.month, position, int(result.value * SCALE))
                for position, result in enumerate(person.results)
                if result.of.lower() == name and span[0] <= result.month < span[0] + span[1]
            ]
            values.append(max(known)[2] if known else UNKNOWN)
        return np.array(values, dtype=np.int64)[self.book.person]

    def tenure_by(self, span: Span, range_: Range) -> Bools:
        """Return which reps (reps,) have worked a number of months in a range by the end of a span."""
        months = [months_of_work(person, span, self.window.calendar) for person in self.book.persons]
        inside = np.array([range_.admits(None if count is None else count) for count in months], dtype=np.bool_)
        admitted: Bools = inside[self.book.person]
        return admitted

    def result_by(self, name: str, span: Span, range_: Range) -> Bools:
        """Return which reps (reps,) have a latest known value in a range."""
        values = self.results(name, span)
        known: Bools = values != UNKNOWN
        return known & range_.mask(values, SCALE)

    def opens(self, index: int, period: Span) -> Bools | None:
        """Return for which reps (reps,) a component's gate is open at a period's end; None without a gate."""
        gate = self.plan.components[index].gate
        if gate is None:
            return None
        self.asking = index
        return met_by(gate.needs, self, period, self.window.first_month, gate.at_least)

    def classes(self, index: int) -> Int64s | int:
        """Return the rate rule of each deal (n,), or 0 for all; one past the last rule pays nothing."""
        component = self.plan.components[index]
        if not component.rate_by:
            return 0
        classes = np.full(self.book.rep.shape, len(component.rate_by), dtype=np.int64)
        for class_ in reversed(range(len(component.rate_by))):
            rule = component.rate_by[class_]
            mask = rule.when.mask(self.book)
            applies = np.ones(classes.shape, dtype=np.bool_) if mask is None else mask
            if rule.needs:
                applies = applies & self.by_period(index, component.months, rule.needs)
            classes[applies] = class_
        return classes

    def by_period(
        self,
        index: int,
        length: int,
        conditions: Sequence[Condition],
        least: int | None = None,
    ) -> Bools:
        """Return for which deals (n,) conditions are met at the end of their period of `length` months."""
        first, count = self.period_index.periods(length)
        is_met = np.zeros((count, self.reps), dtype=np.bool_)
        for position in range(count):
            span = (self.window.first_month + (first + position) * length, length)
            self.asking = index
            is_met[position] = met_by(tuple(conditions), self, span, self.window.first_month, least)
        period = (self.period_index.month - self.window.first_month) // length
        return is_met[np.clip(period - first, 0, count - 1), self.book.rep]

    def plan_limit(self, share: Fraction | None, cents: int | None, months: int) -> list[int]:
        """Return a plan's cap in cents by level; a share applies to the period's variable pay."""
        if cents is not None:
            return [cents] * len(self.plan.levels)
        limit_share = share or Fraction(0)
        return [to_cents(limit_share * level.variable * months / 12) for level in self.plan.levels]
