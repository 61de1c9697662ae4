"""Deals in another currency keep it: the conversion is a step of the trace, and a missing rate is a reason."""

from datetime import date

from server.comp import History, Window, explain, read_plan
from server.comp.history import Deal
from server.statements.csv import as_csv
from server.web.i18n import language

PLAN = """\
name: P
year: 2027-01
levels: [{name: AE, variable: $50,000, quota: $500,000}]
exchange: [{currency: EUR, rate: 1.1}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
"""


def steps_of(currency: str) -> tuple[int, list[tuple[str, bool, str]], str]:
    deal = Deal("D", date(2027, 3, 1), 1_000_000, currency=currency)
    plan = read_plan(PLAN)
    statement = explain(History("1", (deal,)), plan, Window(plan.year))
    steps = [(str(step.rule), step.fired, str(step.why)) for step in statement.deals[0].steps]
    return statement.total, steps, as_csv(statement, language("en"), plan.currency)


def test_the_conversion_is_a_step_of_the_trace() -> None:
    total, steps, csv = steps_of("EUR")
    assert total == 110_000
    assert ("Exchange rate", True, "€10,000 × 1.1 = $11,000") in steps
    assert '"10000.00","EUR"' in csv


def test_a_missing_rate_is_the_reason_why_nothing_is_credited() -> None:
    total, steps, _ = steps_of("GBP")
    assert total == 0
    assert ("Exchange rate", False, "the plan has no rate for GBP, so nothing is credited") in steps


def test_a_deal_in_the_plans_currency_is_not_converted() -> None:
    total, steps, csv = steps_of("")
    assert total == 100_000
    assert "Exchange rate" not in {rule for rule, _, _ in steps}
    assert '"10000.00","USD"' in csv
