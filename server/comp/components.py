"""A component of the variable pay: what it credits, over which period it adds up, and its tiers."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from server.comp import eligibility, quantities, tiers
from server.comp.calendar import MONTHS_IN_YEAR, Int32s, Window, months_of
from server.comp.eligibility import Eligibility
from server.comp.history import Book
from server.comp.levels import Level
from server.comp.measures import MEASURES, Measure
from server.comp.problems import Problem
from server.comp.reading import Fields, one_of, words
from server.comp.rounding import Int64s
from server.comp.tiers import Schedule, Tier
from server.comp.wording import Percent, Sentence, say

MOST_COMPONENTS = 20
PERIODS = {"deal": 0, "month": 1, "quarter": 3, "half": 6, "year": MONTHS_IN_YEAR}


@dataclass(frozen=True, slots=True)
class Component:
    """One way to earn; `weight` is its share of the level's variable when a tier pays the level's own rate."""

    name: str
    measure: Measure
    where: Eligibility
    accumulates: str
    weight: Fraction
    tiers: tuple[Tier, ...]

    def schedule(self, level: Level) -> Schedule:
        """Work the tiers out for a level and this component's period (a single deal counts against the year)."""
        months = PERIODS[self.accumulates] or MONTHS_IN_YEAR
        return tiers.schedule(self.tiers, level, level.quota_for(months), self.weight)

    def earned_by(self, book: Book, levels: tuple[Level, ...], held: Int32s, window: Window) -> Int64s:
        """Return the commission of every deal (n,); `held` (n,) is the level each was signed under."""
        credit = np.where(self.where.mask(book), self.measure.of_book(book), 0)
        after = running(credit, book, self.accumulates, window)
        before = after - credit
        earned = np.zeros_like(credit)
        for index, level in enumerate(levels):
            mine = held == index
            if mine.any():
                schedule = self.schedule(level)
                earned[mine] = schedule.owed_by(after[mine]) - schedule.owed_by(before[mine])
        return earned

    def sentences(self, currency: str) -> list[Sentence]:
        """Say how this component pays, one sentence for each choice."""
        period = {
            "deal": say("Every deal is looked at on its own."),
            "month": say("Credit adds up within a month and starts anew in the next."),
            "quarter": say("Credit adds up within a quarter and starts anew in the next."),
            "half": say("Credit adds up within half a year and starts anew in the next."),
            "year": say("Credit adds up over the plan year."),
        }[self.accumulates]
        said = [
            say("{name} credits {measure}.", name=self.name, measure=self.measure.label),
            self.where.sentence(),
            period,
            *tiers.sentences(self.tiers, currency, is_money=self.measure.is_money),
        ]
        if self.weight != 1:
            said.append(say("It carries {share} of the variable pay.", share=Percent(self.weight)))
        return said


def running(amounts: Int64s, book: Book, accumulates: str, window: Window) -> Int64s:
    """Return running totals (n,) of amounts by rep and period, each deal's own included."""
    length = PERIODS[accumulates]
    if length == 0 or not amounts.size:
        return amounts
    period = (months_of(book.signed) - window.first_month) // length
    fresh = np.ones(amounts.shape, dtype=np.bool_)
    fresh[1:] = (book.rep[1:] != book.rep[:-1]) | (period[1:] != period[:-1])
    total = amounts.cumsum()
    starts = np.flatnonzero(fresh)
    carried = (total - amounts)[starts]
    lengths = np.diff(np.append(starts, amounts.size))
    return total - np.repeat(carried, lengths)


def read(fields: Fields) -> tuple[Component, ...]:
    """Read `components`; at least one is needed."""
    found = []
    for entry in fields.each("components", MOST_COMPONENTS):
        measure = MEASURES[entry.take("credits", one_of(*MEASURES), "arr")]
        stated = tiers.read(entry, is_money=measure.is_money)
        component = Component(
            name=entry.need("name", words(60), ""),
            measure=measure,
            where=eligibility.read(entry.inner("where")),
            accumulates=entry.take("accumulates", one_of(*PERIODS), "year"),
            weight=entry.take("weight", quantities.percent, Fraction(1)),
            tiers=stated,
        )
        if not stated:
            rule = say("A component needs at least one tier.")
            fields.problems.append(Problem(entry.line, "", rule, say("Add a first tier from 0% that pays 1x.")))
        entry.finish()
        found.append(component)
    names = [component.name.casefold() for component in found]
    for name in sorted({name for name in names if names.count(name) > 1}):
        rule = say("Two components have this name.")
        fields.problems.append(Problem(fields.line_of("components"), name, rule, say("Rename one of them.")))
    if not found:
        rule = say("A plan needs at least one component.")
        fields.problems.append(Problem(fields.line, "", rule, say("Add “components:” with a name and tiers.")))
    return tuple(found)
