"""Corners of the engine that no plan of the other tests turns around."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest

from server.comp import (
    Deal,
    History,
    Person,
    Plan,
    PlanError,
    Statement,
    Window,
    book_of,
    describe,
    diff,
    explain,
    pay,
    read_plan,
)
from server.comp.analysis.cases import Case, CaseDeal
from server.comp.calendar import NEVER, date_of, day_of, month_of
from server.comp.history import Result, Split
from server.comp.language.declarations import declarations_of, summarize
from server.comp.language.diagnostics import UnreadableError
from server.comp.language.fields import words
from server.comp.language.units import multiple, percent
from server.comp.mechanics.conditions import LIMIT, Condition
from server.comp.rounding import quotient, to_cents
from server.messages import ListMessage, Percent

HEAD = "name: A\nyear: 2026-01\n"
LEVEL = "levels: [{name: One, base: $12,000, variable: $50,000, quota: $500,000}]\n"
FLAT = "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"
WINDOW = Window(month_of(date(2026, 1, 1)))


def plan(*parts: str) -> Plan:
    return read_plan(HEAD + "".join(parts))


def both(tested_plan: Plan, *deals: Deal, person: Person | None = None) -> Statement:
    """Explain, and let the fast path agree in every head and month."""
    history = History("rep", deals, (), person or Person())
    statement = explain(history, tested_plan, WINDOW)
    fast = pay(book_of([history]), tested_plan, WINDOW).amounts[:, 0]
    exact = {place: cents for place, cents in statement.amounts().items() if cents}
    assert {(int(h), int(m)): int(fast[h, m]) for h, m in np.argwhere(fast)} == exact
    return statement


DEAL = Deal("a", date(2026, 2, 10), 10_000_000)


def test_a_window_is_named_by_its_last_day() -> None:
    assert Window.ending(date(2026, 12, 5)) == WINDOW
    assert WINDOW.ends == date(2026, 12, 31)


def test_a_deal_knows_what_it_paid_and_when_it_matters() -> None:
    release = "release: [{share: 50%, on: signing}, {share: 50%, on: month 6}]\n"
    old = replace(DEAL, id="old", signed=date(2025, 9, 1))
    ancient = replace(DEAL, id="ancient", signed=date(2024, 9, 1))
    statement = both(plan(LEVEL, FLAT, release), ancient, old, DEAL)
    assert [deal.paid_in(WINDOW) for deal in statement.deals] == [0, 500_000, 1_000_000]
    assert [deal.touches(WINDOW) for deal in statement.deals] == [False, True, True]


@pytest.mark.parametrize(("cap", "line"), [("$2,000 a month", 200_000), ("$150,000", 500_000)])
def test_period_pay_stops_at_the_plans_cap_too(cap: str, line: int) -> None:
    text = (
        "components: [{name: Keep, accumulates: month, target: $60,000, reads: nrr, curve: [{from: 90%, pays:"
        " 100%}]}]\n"
    )
    person = Person(results=(Result("nrr", WINDOW.first_month, Fraction(1)),))
    statement = both(plan(LEVEL, text, f"cap: {cap}\n"), person=person)
    assert statement.periods[0].line.cents == line
    assert any("capped at" in str(step.why) for step in statement.periods[0].steps) == (line == 200_000)


def test_a_components_cap_for_each_deal() -> None:
    statement = both(
        plan(LEVEL, FLAT.replace("tiers", "cap: $4,000 a deal, tiers")), DEAL, replace(DEAL, id="b", arr=1_000)
    )
    assert [deal.commission for deal in statement.deals] == [400_000, 100]
    assert "capped at $4,000 a deal" in str(statement.deals[0].steps[-1].why)


def test_a_quarterly_draw_and_a_forgiven_draw() -> None:
    draws = "draws: [{amount: $3,000 a quarter, months: 1 to 3, recovery after: 3, forgiven after: 12}]\n"
    small, later = replace(DEAL, arr=1_000_000), replace(DEAL, id="b", signed=date(2026, 5, 1), arr=500_000)
    text = FLAT.replace("1x", "10%")
    statement = both(plan(LEVEL, text, draws), small, later)
    assert statement.owed == (0, 0, 200_000, 200_000, 200_000, 150_000, *[150_000] * 5, 0)
    assert "Recovery begins after month 3." in [str(s) for s in describe(plan(LEVEL, text, draws))]


def test_a_person_without_a_start_has_no_draw_of_their_own() -> None:
    statement = both(plan(LEVEL, FLAT, "draws: [{amount: $9,000, months: 1 to 3, counted from: the person's start}]\n"))
    assert statement.total == 1_200_000


def test_a_window_open_at_one_end() -> None:
    text = FLAT.replace("tiers", "window: {until: 2026-02-28}, tiers")
    assert both(plan(LEVEL, text), DEAL, replace(DEAL, id="b", signed=date(2026, 3, 1))).total == 1_200_000 + 1_000_000


def test_milestones_without_other_terms() -> None:
    for terms, says in (
        ("churn below: 10%", "less than 10%"),
        ("productivity: {arr: $900}", "$900 a month"),
        ("lifetime value: $5", "lifetime value of $5"),
    ):
        levels = (
            "levels: [{name: One, variable: $1, quota: $9}, {name: Two, variable: $2, quota: $9, reached at:"
            f" {{{terms}}}}}]\n"
        )
        tested_plan = plan(levels, FLAT)
        assert any(says in str(sentence) for sentence in describe(tested_plan))
        assert both(tested_plan, DEAL).levels[-1] == 1
        assert both(tested_plan, replace(DEAL, churned=date(2026, 2, 11), arr=1), DEAL).levels[1] in {0, 1}


def test_a_least_number_of_ratings_is_described() -> None:
    tested_plan = plan(LEVEL, FLAT, "multipliers: [{name: Stars, adds: 5%, when: {ratings at least: 3}}]\n")
    assert "At least 3 ratings are needed." in [str(sentence) for sentence in describe(tested_plan)]


def test_a_component_describes_its_own_target_and_quota() -> None:
    tested_plan = plan(
        LEVEL, FLAT.replace("tiers", "quota: $9,000 a month, target: $8,000 a quarter, split: commission, tiers")
    )
    said = [str(sentence) for sentence in describe(tested_plan)]
    assert "Its quota is $9,000 a month." in said
    assert "Its target is $8,000 a quarter." in said


def test_commission_shared_by_largest_remainder_adds_up_over_all_who_share() -> None:
    tested_plan = plan(LEVEL, FLAT.replace("1x", "1%").replace("tiers", "split: commission, tiers"))
    whole = replace(DEAL, arr=10_001)
    parts = [both(tested_plan, replace(whole, split=Split((1, 1, 1), index))).deals[0].commission for index in range(3)]
    assert sum(parts) == to_cents(Fraction(10_001, 100))
    assert sorted(parts) == [33, 33, 34]


def test_conditions_and_matrices_are_compared_too() -> None:
    gate = FLAT.replace("tiers", "gate: {needs: [{of: nrr, from: 90%}]}, tiers")
    changed = diff(plan(LEVEL, gate), plan(LEVEL, gate.replace("90%", "95%")))
    assert [str(change.sentence) for change in changed] == ["Sales: Gate: nrr: range: from 90% to from 95%"]
    matrix = (
        "components: [{name: M, matrix: {rows: {of: nrr, from: [0]}, columns: {of: csat, from: [0]}, pays: [[5%]]}}]\n"
    )
    changed = diff(plan(LEVEL, matrix), plan(LEVEL, matrix.replace("[[5%]]", "[[6%]]")))
    assert [str(change.sentence) for change in changed] == ["M: Matrix: Pays: 5% to 6%"]


def test_the_same_edge_at_several_levels_is_reported_once() -> None:
    from server.comp.analysis.lint import lint  # noqa: PLC0415 - only here

    levels = "levels: [{name: One, variable: $1, quota: $900}, {name: Two, variable: $2, quota: $900}]\n"
    steps = "components: [{name: S, method: retroactive, tiers: [{from: $0, pays: 1%}, {from: $50,000, pays: 5%}]}]\n"
    assert len([finding for finding in lint(plan(levels, steps)) if finding.kind == "cliff"]) == 1


def test_deals_looked_at_on_their_own_can_straddle() -> None:
    text = (
        "components: [{name: S, accumulates: deal, straddling: rate after, tiers: [{from: $0, pays: 1%}, {from:"
        " $50,000, pays: 5%}]}]\n"
    )
    statement = both(plan(LEVEL, text), DEAL, replace(DEAL, id="b", arr=1_000_000))
    assert [deal.commission for deal in statement.deals] == [500_000, 10_000]


def test_a_draw_that_is_not_forgiven_does_not_mention_forgiveness() -> None:
    said = [str(sentence) for sentence in describe(plan(LEVEL, FLAT, "draws: [{amount: $5}]\n"))]
    assert any("The advance is owed" in sentence for sentence in said)
    assert not any("forgiven" in sentence for sentence in said)


def test_optional_keys_are_described() -> None:
    beside = [
        term.type
        for noun in (CaseDeal, Condition)
        for term in declarations_of(noun)
        if hasattr(term.type, "properties")
    ]
    assert [bool(kind.properties()) for kind in beside] == [True, True]  # type: ignore[attr-defined]
    assert [kind.schema() for kind in beside] == [{}, LIMIT.schema()]


def test_days_have_numbers() -> None:
    assert date_of(day_of(date(2026, 2, 10))) == date(2026, 2, 10)
    assert day_of(None) == NEVER


def test_a_case_can_be_written_in_full() -> None:
    deal = CaseDeal(signed=date(2026, 1, 1), amounts=(("cash", 500),))
    assert str(summarize(Case(name="x", deals=(deal,)), "USD")) == "Name x, Deals Signed 2026-01-01, Amounts cash $5"
    assert str(summarize(CaseDeal(signed=date(2026, 1, 1)), "USD")) == "Signed 2026-01-01"
    assert str(ListMessage((Percent(Fraction(1, 2)), 3))) == "50%, 3"


def test_values_that_are_no_values() -> None:
    for parse, text, says in (
        (percent, "1.1234567%", "six decimals"),
        (multiple, "7", "unit is missing"),
        (multiple, "900x", "between 0x and 100x"),
        (words(3), " ", "Some text"),
        (words(3), "long", "longer than 3"),
    ):
        with pytest.raises(UnreadableError, match=says):
            parse(text)
    with pytest.raises(PlanError, match="At most 20 entries"):
        plan("levels: [" + "{name: a, variable: $1, quota: $9}, " * 21 + "]\n", FLAT)
    with pytest.raises(PlanError, match="Aliases are not allowed"):
        plan("levels: *a\n")


def test_products_past_64_bits_are_divided_first() -> None:
    amounts = np.array([10**14, -(10**14), 3], dtype=np.int64)
    tops, bottoms = np.array([10**8, 10**8, 1], dtype=np.int64), np.array([10**9 + 7, 10**9 + 7, 2], dtype=np.int64)
    exact = [to_cents(Fraction(int(a) * int(t), int(b))) for a, t, b in zip(amounts, tops, bottoms, strict=True)]
    assert quotient(amounts, tops, bottoms).tolist() == exact
    halves = np.array([-(10**15), 10**15, 10**15 + 1, -(10**15) - 1], dtype=np.int64)
    assert quotient(halves, 10**7 + 1, 2 * 10**7).tolist() == [
        to_cents(Fraction(int(a) * (10**7 + 1), 2 * 10**7)) for a in halves
    ]
    assert quotient(np.zeros(0, dtype=np.int64), 1, 1).size == 0


@pytest.mark.parametrize("size", ["{from: $99.99}", "$99.99", "{below: $0.50}"])
def test_sizes_with_cents_are_described(size: str) -> None:
    tested_plan = plan(LEVEL, FLAT.replace("tiers", f"where: {{size: {size}}}, tiers"))
    assert any("size" in str(sentence) and "$" in str(sentence) for sentence in describe(tested_plan))


def test_slopes_past_64_bits_are_paid_exactly() -> None:
    odd = plan(
        "levels: [{name: L, variable: $65,432.10, quota: $1,234,567.89}]\n",
        "components: [{name: S, accumulates: quarter, between: linear, beyond: goes on, curve: [{from: 33.3333%, pays:"
        " 0%}, {from: 66.6667%, pays: 33.3333%}, {from: 100%, pays: 100%}]}]\n",
    )
    history = History("r", (Deal(id="a", signed=date(2026, 2, 1), arr=25_000_001),))
    window = Window(odd.year)
    assert int(pay(book_of([history]), odd, window).totals[0]) == explain(history, odd, window).total > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("year: 9999-12\n", "The year must be between 1901 and 2140."),
        ("in force: {from: 2027-W01-1}\n", "This is not a date."),
        ("clawback: {within: \uff11\uff12 months, takes: all}\n", "This is not a duration."),
        ("summary: turned \u202e round\n", "an invisible character"),
    ],
)
def test_what_only_looks_right_is_refused(text: str, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        read_plan(f"name: A\n{LEVEL}{FLAT}{text}")


def test_what_lies_just_outside_is_outside() -> None:
    assert [WINDOW.index(WINDOW.first_month + place) for place in (-1, 0, 11, 12, 13)] == [None, 0, 11, None, None]
    assert LIMIT.read("1000000000") == 10**9
    with pytest.raises(UnreadableError):
        LIMIT.read("1000000001")
    with pytest.raises(PlanError, match="The steps must be in rising order"):
        plan(LEVEL, FLAT, "clawback: {steps: [{within: 30 days, takes: 5%}, {within: 20 days, takes: 1%}]}\n")


def test_cases_that_would_take_long_are_refused_and_old_deals_too() -> None:
    deals = ", ".join(
        f"{{arr: $1, signed: 2026-{month:02d}-{day:02d}}}" for month in range(1, 13) for day in range(1, 6)
    )
    gate = "gate: {needs: [{of: attainment, from: 10%}]}"
    parts = "".join(
        f"  - {{name: C{n}, accumulates: month, {gate}, tiers: [{{from: 0%, pays: 1x}}]}}\n" for n in range(20)
    )
    heavy = f"  - {{name: heavy, deals: [{deals}], expect: {{base: $0}}}}\n"
    with pytest.raises(PlanError, match="These cases take too long to calculate"):
        read_plan(f"name: A\nyear: 2026-01\n{LEVEL}components:\n{parts}cases:\n{heavy}")
    old = "deals: [{arr: $1, signed: 2017-01-05}], expect: {base: $12,000}"
    assert read_plan(f"name: A\nyear: 2026-01\n{LEVEL}{FLAT}cases: [{{name: c, {old}}}]\n")
    with pytest.raises(PlanError, match="in the plan year or in the ten years before it"):
        read_plan(f"{HEAD}{LEVEL}{FLAT}cases: [{{name: x, deals: [{{arr: $1, signed: 1950-01-05}}]}}]\n")
