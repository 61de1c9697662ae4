"""A reference year: deals that bring a level to a stated attainment, spread evenly, each customer a success."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR, first_day
from server.comp.history import OWN, Deal, History, LevelSince, Member, Person, Result
from server.comp.mechanics.components import Component
from server.comp.mechanics.thresholds import threshold_of
from server.comp.plan import Plan
from server.comp.rounding import to_cents

SOON = timedelta(days=30)
TEAM = 100_000_000
"""A team's yearly quota in cents, where a plan takes the quota from the team."""


def reference_year(plan: Plan, level: int, attainment: Fraction) -> History:
    """Return a year in which every component stands at an attainment of its yearly quota, every result likewise.

    Each component gets a deal a month that only says what it asks for; the aha moment, payment and go-live come
    within thirty days, nobody leaves, nobody rates.
    """
    deals: list[Deal] = []
    for index, component in enumerate(plan.components):
        if component.reads or component.objectives:
            continue
        if any(_same(component, earlier) for earlier in plan.components[:index]):
            continue
        yearly = component.yearly(plan.levels[level])
        quota = Fraction(TEAM) if yearly.is_team else yearly.quota or Fraction(plan.levels[level].quota)
        deals += _deals(plan, index, component, to_cents(quota * attainment))
    results = tuple(
        Result(name, plan.year + month, value * attainment)
        for name, value in sorted(_results(plan).items())
        for month in range(MONTHS_IN_YEAR)
    )
    spells = (LevelSince(plan.year, plan.levels[level].name, level),)
    return History("reference", tuple(deals), spells, Person(results=results, team=(Member(TEAM),)))


def _results(plan: Plan) -> dict[str, Fraction]:
    """Return every result a plan asks for, with what stands for 100 % of it: the highest bonus edge, else 100 %."""
    found: dict[str, Fraction] = {}
    for component in plan.components:
        found |= {objective.result: Fraction(1) for objective in component.objectives}
        needs = component.gate.needs if component.gate else ()
        found |= {c.subject[1]: c.range.at_least or Fraction(1) for c in needs if c.subject[0] == "result"}
        if component.reads:
            found[component.reads] = threshold_of(component.bonuses[-1]).size if component.bonuses else Fraction(1)
    return found


def _same(one: Component, other: Component) -> bool:
    """Say whether two components credit the same deals, so that one set of them serves both."""
    return (one.credits, one.where) == (other.credits, other.where) and not (other.reads or other.objectives)


def _deals(plan: Plan, index: int, component: Component, total: int) -> list[Deal]:
    where, paid = component.where, 0
    found = []
    for month in range(MONTHS_IN_YEAR):
        upto = total * (month + 1) // MONTHS_IN_YEAR
        signed = first_day(plan.year + month)
        soon = signed + SOON
        amount, paid = upto - paid, upto
        deal = Deal(
            id=f"{index}-{month:02d}",
            signed=signed,
            kind=(where.kind or ("new",))[0],
            product=(where.product or ("",))[0],
            segment=(where.segment or ("",))[0],
            region=(where.region or ("",))[0],
            customer=(where.customer or ("",))[0],
            role=(where.role or (OWN,))[0],
            prepaid=bool(where.prepaid),
            aha=soon,
            paid=soon,
            live=soon,
        )
        found.append(_of_measure(deal, component, amount))
    return found


def _of_measure(deal: Deal, component: Component, amount: int) -> Deal:
    """Give a deal an amount on a component's measure; ARR stands behind the measures that are derived from it."""
    if component.credits in {"arr", "acv", "expansion", "renewal"}:
        kind = component.credits if component.credits in {"expansion", "renewal"} else deal.kind
        return replace(deal, arr=amount, kind=kind)
    return replace(deal, amounts=((component.credits, amount),))
