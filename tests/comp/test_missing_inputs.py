"""Pay that depends on data a company does not record lies between none of it happening and all of it."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from server.comp import History, Window, explain, read_plan
from server.comp.analysis.missing_inputs import (
    ALL_DEAL_DATA,
    Input,
    best_case,
    input_label,
    is_event,
    missing_inputs,
    needed_inputs,
)
from server.comp.history import Deal, Payment, Person, Result

PLAN = """\
name: P
year: 2026-01
levels: [{name: AE, variable: $50,000, quota: $500,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
release:
  - {share: 50%, on: signing}
  - {share: 25%, on: aha, within: 60 days}
  - {share: 25%, on: customer paid}
multipliers: [{name: Stars, when: {deal rating: 5, rep average at least: 4.8}, adds: 20%}]
"""


def test_the_range_of_pay_runs_from_none_to_all() -> None:
    plan = read_plan(PLAN)
    deals = tuple(Deal(f"D{n}", date(2026, n, 1), 5_000_000) for n in (1, 5, 12))
    history = History("1", deals)
    assert needed_inputs(plan) == (Input.aha, Input.payment, Input.rating)
    missing = missing_inputs(plan, history, frozenset())
    assert missing == (Input.aha, Input.payment, Input.rating)
    window = Window(plan.year)
    assert explain(history, plan, window).total == 3 * 250_000
    assert explain(best_case(history, missing), plan, window).total == 3 * 600_000
    assert explain(best_case(history, [Input.aha]), plan, window).total == 3 * 375_000


def test_nothing_is_missing_that_the_company_or_the_person_has() -> None:
    plan = read_plan(PLAN)
    history = History("1", (Deal("D", date(2026, 1, 1), 5_000_000, aha=date(2026, 2, 1)),))
    assert missing_inputs(plan, history, ALL_DEAL_DATA) == ()
    assert missing_inputs(plan, history, {Input.payment}) == (Input.rating,)
    assert needed_inputs(read_plan(PLAN.split("release", maxsplit=1)[0])) == ()


RESULTS = """\
name: P
levels: [{name: AE, variable: $50,000, quota: $500,000}]
components:
  - {name: Sales, weight: 50%, tiers: [{from: 0%, pays: 1x}], gate: {needs: [{of: NRR, from: 90%}]}}
  - {name: Margin, weight: 50%, credits: margin, quota: $100,000, tiers: [{from: 0%, pays: 1x}]}
"""


def test_results_and_stated_measures_are_missing_until_someone_records_them() -> None:
    plan = read_plan(RESULTS)
    deal = Deal("D", date(2026, 1, 1), 5_000_000)
    history = History("1", (deal,))
    assert needed_inputs(plan) == ("margin", "result nrr")
    assert missing_inputs(plan, history, frozenset()) == ("margin", "result nrr")
    assert missing_inputs(plan, history, ALL_DEAL_DATA) == ("result nrr",)
    stated = replace(history, deals=(replace(deal, amounts=(("margin", 0),)),))
    assert missing_inputs(plan, stated, frozenset()) == ("result nrr",)
    person = Person(results=(Result("NRR", 672, Fraction(95, 100)),))
    assert missing_inputs(plan, replace(stated, person=person), frozenset()) == ()
    assert [str(input_label(name)) for name in needed_inputs(plan)] == ["gross margin", "the result “nrr”"]
    assert not any(is_event(name) for name in needed_inputs(plan))


HEAD = "name: P\nlevels: [{name: AE, variable: $50,000, quota: $500,000}]\n"
TIERS = "tiers: [{from: 0%, pays: 1x}]"


@pytest.mark.parametrize(
    ("terms", "needed"),
    [
        ("components: [{name: S, %s, gate: {needs: [{of: rating, from: 4.5}]}}]", ("rating",)),
        ("components: [{name: S, %s, gate: {needs: [{of: tenure, from: 12}]}}]", ("started",)),
        (
            "components: [{name: S, credits: deals, pays on: margin, quota: 10, tiers: [{from: 0, pays: 5%%}]}]",
            ("margin",),
        ),
        ("components: [{name: S, where: {margin: {from: 30%%}}, %s}]", ("margin",)),
        (
            "components: [{name: S, %s}]\nclawback: {on: churn, within: 12 months, counted from: go-live}",
            ("live",),
        ),
        (
            "components: [{name: S, %s}]\nmultipliers: [{name: M, times: 0.5x, needs: [{of: rating, below: 4}]}]",
            ("rating",),
        ),
    ],
)
def test_conditions_and_clawback_need_their_inputs(terms: str, needed: tuple[str, ...]) -> None:
    text = terms % TIERS if "%s" in terms else terms % ()
    plan = read_plan(HEAD + text)
    assert needed_inputs(plan) == needed
    history = History("1", (Deal("D", date(2026, 1, 1), 5_000_000),))
    assert missing_inputs(plan, history, frozenset()) == needed


def test_a_result_of_an_earlier_year_is_not_one_of_this() -> None:
    plan = read_plan(RESULTS)
    old = Person(results=(Result("NRR", 588, Fraction(95, 100)),))
    history = History("1", (Deal("D", date(2026, 1, 1), 5_000_000),), person=old)
    assert missing_inputs(plan, history, ALL_DEAL_DATA, Window(672)) == ("result nrr",)
    assert missing_inputs(plan, history, ALL_DEAL_DATA, Window(588)) == ()


def test_payments_that_are_known_are_recorded_and_the_best_case_pays_in_full() -> None:
    terms = "components: [{name: S, tiers: [{from: $0, pays: 10%}]}]\nrelease: [{share: 100%, on: each payment}]\n"
    plan = read_plan("name: P\nyear: 2026-01\nlevels: [{name: AE}]\n" + terms)
    deal = Deal("D", date(2026, 1, 1), 3_000_000, payments=(Payment(date(2026, 2, 1), 1_000_000),))
    history = History("1", (deal,))
    assert missing_inputs(plan, history, frozenset()) == ()
    assert explain(best_case(history, [Input.payment]), plan, Window(plan.year)).total == 300_000
