"""Plans with one case each: what analysts of sales pay expect is what is paid."""

from datetime import date

import pytest

from server.comp import History, Window, explain, read_plan
from server.comp.book import book_of
from server.comp.history import Deal, LevelSince
from server.comp.vectorized.pay import pay

HEAD = "name: A\nyear: 2026-01\n"
LEVEL = "levels: [{name: One, base: $12,000, variable: $50,000, quota: $500,000}]\n"
FLAT = "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"


def assert_case_pays(text: str, case: str) -> None:
    """Assert that a plan pays what its case expects: reading it fails otherwise."""
    assert read_plan(f"{HEAD}{text}cases: [{{name: x, {case}}}]\n")


ROLES = "levels: [{name: One}]\ncomponents: [{name: O, where: {role: team}, %s tiers: [{from: $0, pays: %s}]}]\n"


@pytest.mark.parametrize(
    ("text", "case"),
    [
        (
            ROLES % ("rate by: [{when: {product: A}, pays: 3%}, {pays: 1%}],", "1x"),
            (
                "deals: [{arr: $100,000, role: team, product: A, signed: 2026-01-05}, {arr: $100,000, role: team,"
                " signed: 2026-01-05}], expect: {commission: $4,000}"
            ),
        ),
        (
            ROLES % ("counts: [{when: {kind: renewal}, share: 50%}],", "2%"),
            "deals: [{arr: $100,000, role: team, kind: renewal, signed: 2026-01-05}], expect: {commission: $1,000}",
        ),
        (
            ROLES % ("", "2%") + "multipliers: [{name: P, adds: 10%, where: {prepaid: yes}}]\n",
            "deals: [{arr: $100,000, role: team, prepaid: yes, signed: 2026-01-05}], expect: {variable: $2,200}",
        ),
        (
            ROLES % ("counts: [{share: 150%}],", "2%"),
            "deals: [{arr: $100,000, role: team, signed: 2026-01-05}], expect: {commission: $3,000}",
        ),
        (
            "levels: [{name: One, rate: 8%}]\n" + FLAT.replace("0%, ", "$0, "),
            (
                "deals: [{arr: $1,000, signed: 2026-01-05}, {arr: -$500, signed: 2026-01-06}], expect: {commission:"
                " $40, rate: 8%}"
            ),
        ),
        (LEVEL + FLAT, "left: 2026-02-28, expect: {base: $2,000}"),
        (LEVEL + FLAT, "started: 2026-12-16, expect: {base: $516.13}"),
        (
            LEVEL + FLAT + "draws: [{amount: $2,000}]\n",
            "left: 2026-02-28, expect: {month 2: $2,000, month 3: $0, balance: $4,000}",
        ),
        (
            LEVEL + FLAT + "draws: [{amount: $1,000, kind: non-recoverable}]\n",
            "started: 2026-04-01, expect: {month 3: $0, month 4: $1,000}",
        ),
        (
            LEVEL + FLAT.replace("tiers", "gate: {needs: [{of: attainment, from: 80%}]}, tiers"),
            "deals: [{arr: $100,000, signed: 2026-01-05}], expect: {Sales: $0}",
        ),
        (
            LEVEL + FLAT.replace("tiers", "cap: $5,000 a deal, tiers"),
            "deals: [{arr: $90,000, signed: 2026-01-05}], expect: {Sales: $5,000}",
        ),
        (
            LEVEL
            + FLAT.replace("0%, pays: 1x", "$0, pays: 3%")
            + "release: [{share: 1/3, on: signing}, {share: 1/3, on: month 1}, {share: 1/3, on: month 2}]\n",
            (
                "deals: [{arr: $100, shares: [1/3, 1/3, 1/3], signed: 2026-01-05}], expect: {month 1: $0.33, month 2:"
                " $0.34, month 3: $0.33}"
            ),
        ),
        (
            LEVEL
            + FLAT.replace(
                "tiers",
                "gate: {needs: [{of: nrr, from: 90%}, {of: csat, from: 4}, {of: nps, from: 50}], at least: 2}, tiers",
            ),
            (
                "results: [{of: nrr, month: 2026-12, value: 95%}, {of: nps, month: 2026-12, value: 60}], deals: [{arr:"
                " $100,000, signed: 2026-01-05}], expect: {Sales: $10,000}"
            ),
        ),
        (
            LEVEL
            + FLAT.replace("0%, pays: 1x", "$0, pays: 10%")
            + "multipliers: [{name: N, by: nrr, steps: [{from: 110%, times: 1.2x}]}, {name: C, by: csat, steps: [{from:"
            " 4.5, times: 1.1x}]}]\n",
            (
                "results: [{of: nrr, month: 2026-12, value: 110%}, {of: csat, month: 2026-12, value: 4.6}], deals:"
                " [{arr: $10,000, signed: 2026-01-05}], expect: {variable: $1,320, N: $200, C: $120}"
            ),
        ),
        (
            LEVEL
            + "components: [{name: S, accumulates: month, cap: $1,500 a quarter, curve: [{from: 0%, pays: 0%}, {from:"
            " 50%, pays: 100%}]}]\n",
            "deals: [{arr: $400,000, signed: 2026-01-05}, {arr: $400,000, signed: 2026-02-05}], expect: {S: $1,500}",
        ),
        (
            LEVEL + FLAT.replace("0%, pays: 1x", "$0, pays: 10%").replace("tiers", "where: {margin: 40%}, tiers"),
            (
                "deals: [{arr: $1,000, margin: $400, signed: 2026-01-05}, {arr: $1,000, margin: $401, signed:"
                " 2026-01-05}, {arr: $1,000, signed: 2026-01-05}], expect: {deals: [$100, $0, $0]}"
            ),
        ),
        (
            LEVEL
            + FLAT.replace("0%, pays: 1x", "$0, pays: 10%").replace("tiers", "where: {margin: {below: 20%}}, tiers"),
            (
                "deals: [{arr: $1,000, margin: $200, signed: 2026-01-05}, {arr: $1,000, margin: $199.99, signed:"
                " 2026-01-05}], expect: {deals: [$0, $100]}"
            ),
        ),
    ],
)
def test_what_analysts_expect_is_what_is_paid(text: str, case: str) -> None:
    assert_case_pays(text, case)


CASHED = (
    f"levels: [{{name: One, variable: $100,000, quota: $1,000,000}}]\n{FLAT}"
    "release: [{share: 100%, on: customer paid}]\n"
    "clawback: {within: 12 months, takes: all, of: what was earned}\n"
)


@pytest.mark.parametrize(
    "deal",
    [
        "{arr: -$10,000, signed: 2026-02-05, churned: 2026-05-01}",
        "{arr: $100,000, kind: renewal, signed: 2026-02-05, churned: 2026-05-01}",
    ],
)
def test_nothing_is_clawed_back_of_a_deal_that_paid_nothing(deal: str) -> None:
    kicker = "multipliers: [{name: Renewals, times: 0.5x, where: {kind: renewal}}]\n"
    assert_case_pays(CASHED + kicker, f"deals: [{deal}], expect: {{clawback: $0, variable: $0}}")


def test_a_kicker_is_paid_with_the_payouts_it_belongs_to() -> None:
    halves = "release: [{share: 50%, on: signing}, {share: 50%, on: month 3}]\n"
    kicker = "multipliers: [{name: Prepaid, adds: 20%, where: {prepaid: yes}}]\n"
    deal = "deals: [{arr: $80,000, prepaid: yes, signed: 2026-01-10, churned: 2026-03-01}]"
    assert_case_pays(
        LEVEL + FLAT + halves + kicker, f"{deal}, expect: {{month 1: $4,800, variable: $4,800, extras: $800}}"
    )


def test_a_deal_that_states_only_its_mrr_has_twelve_of_it() -> None:
    assert_case_pays(LEVEL + FLAT, "deals: [{mrr: $500, signed: 2026-01-05}], expect: {commission: $600}")


def test_a_cap_on_monthly_bonuses_follows_the_level() -> None:
    """$500 each month, up to half of the target: $3,000 by June, and $1,500 more at the level held from July."""
    plan = read_plan("""\
name: P
year: 2026-01
levels:
  - {name: One, variable: $6,000, quota: $1,000,000}
  - {name: Two, variable: $9,000, quota: $1,000,000}
components: [{name: Sales, accumulates: month, bonuses: [{from: $10,000, pays: $500}]}]
cap: 50% of target
""")
    deals = tuple(Deal(f"D{month}", date(2026, month, 9), 1_000_000) for month in range(1, 13))
    held = (LevelSince(plan.year, "One"), LevelSince(plan.year + 6, "Two", 1))
    history, window = History("1", deals, levels=held), Window(plan.year)
    by_month = [50_000] * 9 + [0] * 3
    assert pay(book_of([history]), plan, window).by_month[0].tolist() == by_month
    assert explain(history, plan, window).total == 450_000
