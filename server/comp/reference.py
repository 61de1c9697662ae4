"""A reference year: deals that bring a level to a stated attainment, spread evenly, each customer a success."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from server.comp.calendar import MONTHS_IN_YEAR, Window, first_day
from server.comp.components import Component
from server.comp.history import Deal, History, Person, Result, Spell
from server.comp.plan import Plan
from server.comp.rounding import to_cents

RENEWED_AFTER = timedelta(days=30)


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
        yearly = component.yearly(plan.levels[level]).quota or Fraction(plan.levels[level].quota)
        deals += _deals(plan, index, component, to_cents(yearly * attainment))
    names = {component.reads for component in plan.components if component.reads}
    names |= {one.result for component in plan.components for one in component.objectives}
    names |= {c.subject[1] for component in plan.components if component.gate for c in component.gate.needs
              if c.subject[0] == "result"}  # fmt: skip
    results = tuple(
        Result(name, plan.year + month, attainment) for name in sorted(names) for month in range(MONTHS_IN_YEAR)
    )
    spells = (Spell(plan.year, plan.levels[level].name, level),)
    return History("reference", tuple(deals), spells, Person(results=results))


def _same(one: Component, other: Component) -> bool:
    """Say whether two components credit the same deals, so that one set of them serves both."""
    return (one.credits, one.where) == (other.credits, other.where) and not (other.reads or other.objectives)


def _deals(plan: Plan, index: int, component: Component, total: int) -> list[Deal]:
    where, paid = component.where, 0
    found = []
    for month in range(MONTHS_IN_YEAR):
        upto = total * (month + 1) // MONTHS_IN_YEAR
        signed = first_day(plan.year + month)
        soon = signed + RENEWED_AFTER
        amount, paid = upto - paid, upto
        deal = Deal(
            id=f"{index}-{month:02d}", signed=signed, kind=(where.kind or ("new",))[0],
            product=(where.product or ("",))[0], segment=(where.segment or ("",))[0],
            region=(where.region or ("",))[0], customer=(where.customer or ("",))[0], role=where.roles[0],
            prepaid=bool(where.prepaid), aha=soon, paid=soon, live=soon,
        )  # fmt: skip
        found.append(_of_measure(deal, component, amount))
    return found


def _of_measure(deal: Deal, component: Component, amount: int) -> Deal:
    """Give a deal an amount on a component's measure; ARR stands behind the measures that are derived from it."""
    if component.credits in {"arr", "acv", "expansion", "renewal"}:
        kind = component.credits if component.credits in {"expansion", "renewal"} else deal.kind
        return replace(deal, arr=amount, kind=kind)
    return replace(deal, amounts=((component.credits, amount),))


def reference_window(plan: Plan) -> Window:
    """Return the plan year and the one after it, so that what is released late is seen."""
    return Window(plan.year, 2 * MONTHS_IN_YEAR)
