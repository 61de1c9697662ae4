"""The factor by which people's own quotas are scaled under a proposed plan."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from server.comp import History, Window, explain, read_plan
from server.comp.analysis.own_quotas import OwnQuotas, under_rule
from server.comp.book import book_of
from server.comp.history import Adjustment, Deal, Person
from server.comp.vectorized.pay import pay

COMPONENTS = "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"
TODAY = read_plan(
    "name: T\nlevels: [{name: Junior, variable: $1,000, quota: $400,000},"
    " {name: Senior, variable: $1,000, quota: $800,000}]\n" + COMPONENTS
)
PROPOSED = read_plan(
    "name: P\nlevels: [{name: Senior, variable: $1,000, quota: $1,000,000},"
    " {name: Starter, variable: $1,000, quota: $500,000}, {name: Lead, variable: $1,000, quota: $1,600,000}]\n"
    + COMPONENTS
)


@pytest.mark.parametrize(
    ("rule", "factors"),
    [
        (OwnQuotas.scaled, [Fraction(5, 4), Fraction(5, 8), Fraction(2)]),
        (OwnQuotas.plan, [None, None, None]),
    ],
)
def test_a_level_is_scaled_from_the_same_name_or_else_the_same_place(
    rule: OwnQuotas, factors: list[Fraction | None]
) -> None:
    assert [level.own_quota_factor for level in under_rule(PROPOSED, TODAY, rule).levels] == factors


def test_unchanged_own_quotas_leave_the_plan_as_it_is() -> None:
    assert under_rule(PROPOSED, TODAY, OwnQuotas.own) is PROPOSED


@pytest.mark.parametrize(
    ("factor", "quota"), [(Fraction(5, 4), 50_000_000), (Fraction(2, 3), None), (None, 80_000_000)]
)
def test_an_own_quota_is_multiplied_by_the_factor(factor: Fraction | None, quota: int | None) -> None:
    """An own quota of $400,000 times 5/4 is $500,000; without a factor the plan's $800,000 counts."""
    level = replace(TODAY.levels[1], name="Only", variable=12_000_000, own_quota_factor=factor)
    plan = replace(TODAY, levels=(level,), year=672)
    person = Person(adjustments=(Adjustment(672, 683, "own quota", quota=40_000_000),))
    history = History("1", (Deal("D", date(2026, 3, 1), 10_000_000),), person=person)
    expected = Fraction(12_000_000) * 10_000_000 / (quota or Fraction(40_000_000) * Fraction(2, 3))
    assert explain(history, plan, Window(672), trace=False).total == expected
    assert int(pay(book_of([history]), plan, Window(672)).totals[0]) == expected
