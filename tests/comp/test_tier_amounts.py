"""What each tier has paid: named, and adding up to the commission of its component."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from server.comp import Deal, History, Window, explain, read_plan
from server.comp.analysis.tier_rows import tier_differences, tier_rows
from server.comp.calendar import month_of
from server.comp.history import Split
from tests.comp.history_strategies import histories
from tests.comp.profiles import examples

PLAN = """\
name: P
year: 2026-01
levels:
  - {name: Associate 1, variable: $50,000, quota: $800,000}
  - {name: Associate 2, variable: $66,000, quota: $900,000}
  - {name: Associate 3, variable: $80,000, quota: $900,000}
components:
  - name: Sales
    accumulates: %(period)s
    method: %(method)s
    tiers: [{from: 0%%, pays: 1x}, {from: 40%%, pays: 1.5x}, {above: 90%%, pays: 2x}]
"""


@pytest.mark.parametrize("period", ["year", "quarter", "month", "two weeks"])
@pytest.mark.parametrize("method", ["marginal", "retroactive"])
@examples(20)
@given(history=histories())
def test_tiers_add_up_to_the_commission(period: str, method: str, history: History) -> None:
    plan = read_plan(PLAN % {"period": period, "method": method})
    sales = tuple(replace(deal, currency="", split=None) for deal in history.deals if not deal.refund_of)
    window = Window(plan.year)
    statement = explain(replace(history, deals=sales), plan, window)
    inside = [deal for deal in statement.deals if window.index_of(deal.deal.signed) is not None]
    assert sum(tier.cents for tier in statement.tiers) == sum(deal.by_component[0] for deal in inside)
    assert explain(replace(history, deals=sales), plan, window, trace=False).tiers == ()


def test_a_row_names_the_tier_its_credit_and_its_rate() -> None:
    plan = read_plan(PLAN % {"period": "year", "method": "marginal"})
    deals = (Deal("A", date(2026, 2, 1), 30_000_000), Deal("B", date(2026, 3, 1), 12_000_000))
    statement = explain(History("r", deals), plan, Window(plan.year))
    assert [str(row.sentence("USD")) for row in tier_rows(statement, plan)] == [
        "Sales, from 0%: $320,000 at 6.25% is $20,000",
        "Sales, from 40%: $100,000 at 9.375% is $9,375",
    ]


def test_what_tiers_do_not_say_is_a_sentence() -> None:
    text = "name: P\nyear: 2026-01\nlevels: [{name: AE, variable: $10,000, quota: $100,000}]\n"
    text += "components: [{name: Sales, split: commission, tiers: [{from: $0, pays: 10%}, {from: $60,000, pays: 20%}]}]"
    plan, window = read_plan(text), Window(month_of(date(2026, 1, 1)))
    deal = Deal("D", date(2026, 2, 1), 10_000_000, split=Split((50, 50), 0))
    memo = replace(deal, id="M", signed=date(2026, 5, 1), arr=-10_000_000, refund_of="D")
    shared, refunded = (
        tier_differences(explain(History("1", deals), plan, window), plan) for deals in ((deal,), (deal, memo))
    )
    after_split = "Sales pays $7,000, after splits, gates, minimums and caps."
    assert list(map(str, shared)) == [after_split]
    assert list(map(str, refunded)) == [after_split, "The commission is $0, after caps and credit memos."]


def test_whole_deals_and_rates_beyond_an_amount_have_their_tier() -> None:
    text = PLAN % {"period": "year", "method": "marginal"}
    whole = read_plan(text.replace("    tiers:", "    straddling: rate after\n    tiers:"))
    deals = (Deal("A", date(2026, 2, 1), 30_000_000), Deal("B", date(2026, 3, 1), 12_000_000))
    statement = explain(History("r", deals), whole, Window(whole.year))
    assert [(tier.tier, tier.credit, tier.cents) for tier in statement.tiers] == [
        (0, 30_000_000, 1_875_000),
        (1, 12_000_000, 1_125_000),
    ]
    beyond = read_plan(text.replace("    tiers:", "    beyond pay: {from: $10,000, pays: 1%}\n    tiers:"))
    statement = explain(History("r", deals), beyond, Window(beyond.year))
    rows = [str(row.sentence("USD")) for row in tier_rows(statement, beyond)]
    assert rows == [
        "Sales, from 0%: $160,000 at 6.25% is $10,000",
        "Sales, beyond the stated pay: $260,000 at 1% is $2,600",
    ]
