"""Tiers: how much of the credited total is paid at which rate.

A tier owns its lower edge. What a deal is paid is the increase of the rounded running total, so splitting a deal or
reordering a day never changes a sum.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from server.comp import quantities
from server.comp.levels import Level
from server.comp.problems import Problem, UnreadableError
from server.comp.reading import Fields, one_of
from server.comp.rounding import Int64s, times, to_cents
from server.comp.wording import Money, Multiple, Percent, Sentence, Value, say

MOST_TIERS = 50
ENDLESS = 2**62


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a tier starts: a share of quota, an amount in cents, or a number of deals."""

    share: Fraction | None = None
    amount: int | None = None

    def at(self, quota: int) -> int:
        """Return the edge in cents or units; a share of quota is rounded to the cent."""
        return to_cents(self.share * quota) if self.share is not None else (self.amount or 0)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a tier pays: a multiple of the level's own rate, a share of the measure, or cents per deal."""

    multiple: Fraction | None = None
    share: Fraction | None = None
    per_unit: int | None = None

    def at(self, level: Level, weight: Fraction) -> Fraction:
        """Return the exact rate in cents per unit of the measure."""
        if self.multiple is not None:
            return self.multiple * level.own_rate * weight
        return self.share if self.share is not None else Fraction(self.per_unit or 0)

    def shown(self, currency: str) -> Value:
        """Return the rate as it is stated."""
        if self.multiple is not None:
            return Multiple(self.multiple)
        return Percent(self.share) if self.share is not None else Money(self.per_unit or 0, currency)


@dataclass(frozen=True, slots=True)
class Tier:
    """From an edge on, a rate: for what lies above the edge (marginal), or from the first dollar (retroactive)."""

    start: Edge
    rate: Rate
    retroactive: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tiers worked out for one level: edges in units of the measure, exact rates, and which are retroactive."""

    edges: tuple[int, ...]
    rates: tuple[Fraction, ...]
    retroactive: tuple[bool, ...]

    def _upper(self, index: int) -> int:
        return self.edges[index + 1] if index + 1 < len(self.edges) else ENDLESS

    def owed(self, total: int) -> int:
        """Return the commission in cents on a running total; each tier's part is rounded once."""
        reached = self.reached(total)
        owed = 0
        if reached >= 0:
            owed += to_cents(max(min(total, self._upper(reached)), 0) * self.rates[reached])
        for index in range(reached + 1, len(self.edges)):
            lower = self.edges[index]
            part = max(min(total, self._upper(index)), lower) - lower
            owed += to_cents(part * self.rates[index])
        return owed

    def owed_by(self, totals: Int64s) -> Int64s:
        """Return the commission (n,) on running totals (n,), as `owed` does."""
        reached = np.full(totals.shape, -1, dtype=np.int64)
        for index, edge in enumerate(self.edges):
            if self.retroactive[index]:
                reached[totals >= edge] = index
        owed = np.zeros_like(totals)
        for index, lower in enumerate(self.edges):
            upper, rate = self._upper(index), self.rates[index]
            marginal = times(np.clip(totals, lower, upper) - lower, rate)
            owed += np.where(reached < index, marginal, 0)
            if self.retroactive[index]:
                owed += np.where(reached == index, times(np.clip(totals, 0, upper), rate), 0)
        return owed

    def reached(self, total: int) -> int:
        """Return the index of the highest retroactive tier that a total has reached, or -1."""
        return max((i for i, edge in enumerate(self.edges) if self.retroactive[i] and total >= edge), default=-1)

    def parts(self, before: int, after: int) -> list[tuple[int, Fraction]]:
        """Say which amounts of a step from one total to the next are paid at which rate (for the trace)."""
        reached = self.reached(after)
        found = []
        for index in range(max(reached, 0), len(self.edges)):
            lower, upper = (0 if index == reached else self.edges[index]), self._upper(index)
            amount = max(min(after, upper), lower) - max(min(before, upper), lower)
            if amount:
                found.append((amount, self.rates[index]))
        return found


def schedule(tiers: tuple[Tier, ...], level: Level, quota: int, weight: Fraction) -> Schedule:
    """Work tiers out for one level and the quota of one period."""
    return Schedule(
        tuple(tier.start.at(quota) for tier in tiers),
        tuple(tier.rate.at(level, weight) for tier in tiers),
        tuple(tier.retroactive for tier in tiers),
    )


def read(fields: Fields, *, is_money: bool) -> tuple[Tier, ...]:
    """Read `tiers`: each `{from, pays, method}`, rising."""

    def edge(text: str) -> Edge:
        if text.strip().endswith("%"):
            if not is_money:
                raise UnreadableError(say("A number of deals is expected here."))
            return Edge(share=quantities.percent(text, most=10_000))
        return Edge(amount=quantities.money(text) if is_money else quantities.count(text))

    def rate(text: str) -> Rate:
        bare = text.strip()
        if is_money and bare.endswith("%"):
            return Rate(share=quantities.percent(bare, most=1_000))
        if bare.endswith(("x", "×")):
            return Rate(multiple=quantities.multiple(bare))
        if not is_money:
            return Rate(per_unit=quantities.money(bare))
        raise UnreadableError(say("The unit is missing."), say("Write 1x for the level's own rate, or a percentage."))

    tiers, lines = [], []
    for entry in fields.each("tiers", MOST_TIERS):
        method = entry.take("method", one_of("marginal", "retroactive"), "marginal")
        tiers.append(
            Tier(entry.need("from", edge, Edge(amount=0)), entry.need("pays", rate, Rate()), method == "retroactive")
        )
        lines.append(entry.line)
        entry.finish()
    _check_rising(fields, tiers, lines)
    return tuple(tiers)


def _check_rising(fields: Fields, tiers: list[Tier], lines: list[int]) -> None:
    mixed = {tier.start.share is not None for tier in tiers if tier.start.amount != 0}
    if len(mixed) > 1:
        fields.problems.append(Problem(fields.line, "", say("The tiers mix shares of quota and amounts."), None))
        return
    values = [tier.start.share if tier.start.share is not None else Fraction(tier.start.amount or 0) for tier in tiers]
    for line, (lower, upper) in zip(lines[1:], pairwise(values), strict=True):
        if upper <= lower:
            fields.problems.append(
                Problem(line, "", say("The tiers do not rise."), say("Each tier starts above the one before."))
            )


def sentences(tiers: tuple[Tier, ...], currency: str, *, is_money: bool) -> list[Sentence]:
    """Say each tier in words."""
    said = []
    for tier in tiers:
        edge: Value = (
            Percent(tier.start.share)
            if tier.start.share is not None
            else (Money(tier.start.amount or 0, currency) if is_money else tier.start.amount or 0)
        )
        rate = tier.rate.shown(currency)
        if tier.retroactive:
            said.append(say("From {edge} on, everything since the first is paid at {rate}.", edge=edge, rate=rate))
        elif tier.start.at(100):
            said.append(say("What lies at or above {edge} is paid at {rate}.", edge=edge, rate=rate))
        else:
            said.append(say("Credit is paid at {rate} from the start.", rate=rate))
    return said
