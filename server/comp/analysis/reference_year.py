"""A reference year: evenly spread deals that bring a level to a given attainment."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from server.comp.calendar import DAYS_IN_WEEK, MONTHS_IN_YEAR, Window
from server.comp.history import OWN, Deal, History, LevelSince, Member, Person, Result
from server.comp.mechanics.components import Component
from server.comp.mechanics.thresholds import threshold_of
from server.comp.periods import WEEKS
from server.comp.plan import Plan
from server.comp.rounding import to_cents

_WEEKS_IN_YEAR = 52
SOON = timedelta(days=30)
TEAM = 100_000_000
"""The yearly quota of the team in cents, for plans whose quota is the sum of the team's."""


def has_team_quota(plan: Plan, level: int) -> bool:
    """Return whether the quota of a level is its team's: then nothing says how much is sold in a year at quota."""
    return any(component.yearly(plan.levels[level]).is_team for component in plan.components)


def reference_year(plan: Plan, level: int, attainment: Fraction) -> History:
    """Return a year in which every component and every result reaches an attainment of its yearly quota.

    Each component gets one deal a month, or one in each week or two weeks if its credit adds up over these, with the
    attributes it requires, unless it credits a measure that deals must state, such as margin, and has no quota of its
    own: then nothing says how much would be usual. Aha moment, payment and go-live come 30 days after signing; no
    customer leaves and no buyer rates.
    """
    deals: list[Deal] = []
    for index, component in enumerate(plan.components):
        if component.reads or component.objectives or component.pool:
            continue
        if any(_credits_same_deals(component, earlier) for earlier in plan.components[:index]):
            continue
        yearly = component.yearly(plan.levels[level])
        own_quotas = {own.component.casefold() for own in plan.levels[level].quotas}
        has_own_quota = component.allowance is not None or component.name.casefold() in own_quotas
        if component.measure.must_be_stated and not has_own_quota:
            continue
        quota = Fraction(TEAM) if yearly.is_team else yearly.quota or Fraction(plan.levels[level].quota)
        deals += _deals(plan, index, component, to_cents(quota * attainment))
    results = tuple(
        Result(name, plan.year + month, value * attainment)
        for name, value in sorted(_results(plan).items())
        for month in range(MONTHS_IN_YEAR)
    )
    levels = (LevelSince(plan.year, plan.levels[level].name, level),)
    return History("reference", tuple(deals), levels, Person(results=results, team=(Member(TEAM),)))


def _results(plan: Plan) -> dict[str, Fraction]:
    """Return the value at 100 % of every result a plan uses: the highest bonus threshold, or else 1."""
    values: dict[str, Fraction] = {}
    for component in plan.components:
        values |= {objective.result: Fraction(1) for objective in component.objectives}
        needs = component.gate.needs if component.gate else ()
        values |= {c.subject[1]: c.range.at_least or Fraction(1) for c in needs if c.subject[0] == "result"}
        if component.pool:
            values |= dict.fromkeys(component.pool.results, Fraction(1, 10))
            values |= {component.pool.of: Fraction(1_000_000)} if component.pool.of else {}
        if component.reads:
            bonuses = component.bonuses
            values[component.reads] = threshold_of(bonuses[-1]).size if bonuses else Fraction(1)
    return values


def _credits_same_deals(component: Component, other: Component) -> bool:
    """Return whether two components credit the same deals, so that one set of deals is enough for both."""
    is_same = (component.credits, component.where) == (other.credits, other.where)
    return is_same and not (other.reads or other.objectives)


def _deals(plan: Plan, index: int, component: Component, total: int) -> list[Deal]:
    """Return a deal a month, or a deal in each week or two weeks, whose amounts add up to `total`."""
    where, total_before = component.where, 0
    deals = []
    days = _signing_days(plan, component)
    for number, signed in enumerate(days):
        total_after = total * (number + 1) // len(days)
        soon = signed + SOON
        amount, total_before = total_after - total_before, total_after
        deal = Deal(
            id=f"{index}-{number:02d}",
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
        deals.append(_with_amount(deal, component, amount))
    return deals


def _signing_days(plan: Plan, component: Component) -> list[date]:
    """Return the first day of each month of the plan's year, or of each of its periods of whole weeks."""
    calendar = plan.fiscal_calendar
    if component.accumulates not in WEEKS:
        return [calendar.first_day(plan.year + month) for month in range(MONTHS_IN_YEAR)]
    weeks = WEEKS[component.accumulates]
    first = Window(plan.year, calendar=calendar).first_week
    # A week that begins before the year ends in it, so that its last day is in the year.
    last_days = (
        first + timedelta(days=DAYS_IN_WEEK * (start + weeks) - 1) for start in range(0, _WEEKS_IN_YEAR, weeks)
    )
    return list(last_days)


def _with_amount(deal: Deal, component: Component, amount: int) -> Deal:
    """Return a deal with an amount of a component's measure; measures derived from ARR are stated as ARR."""
    if component.credits in {"arr", "acv", "expansion", "renewal"}:
        kind = component.credits if component.credits in {"expansion", "renewal"} else deal.kind
        return replace(deal, arr=amount, kind=kind)
    return replace(deal, amounts=((component.credits, amount),))
