"""What begins at nothing, comes back, or falls short: bonuses from 0, returns, floors, seasons."""

from datetime import date
from fractions import Fraction

import pytest

from server.comp import Deal, Person, PlanError
from server.comp.calendar import month_of
from server.comp.history import Member, Result
from tests.comp.test_edge_cases import FLAT, LEVEL, both, plan

PLAIN = "levels: [{name: One}]\n"


def sales(*more: str) -> str:
    return f"components: [{{name: Sales, {', '.join(more)}, tiers: [{{from: $0, pays: 10%}}]}}]\n"


def deals(*amounts: tuple[int, int]) -> list[Deal]:
    """Return deals of amounts in dollars, each in a month of the year."""
    return [Deal(f"d{place}", date(2026, month, 5), dollars * 100) for place, (month, dollars) in enumerate(amounts)]


def commissions(*parts: str, sold: list[Deal]) -> list[int]:
    return [deal.commission for deal in both(plan(*parts), *sold).deals]


@pytest.mark.parametrize(
    ("bonuses", "paid"),
    [
        ("accumulates: deal, bonuses: [{from: $0, pays: $100}, {from: $10,000, pays: $250}]", [10_000, 25_000, 10_000]),
        (
            "accumulates: month, bonuses: [{from: $0, pays: $100}, {from: $10,000, pays: $250}]",
            [10_000, 15_000, 10_000],
        ),
        (
            "accumulates: year, bonuses pay: each, bonuses: [{from: $0, pays: $100}, {from: $9,000, pays: $70}]",
            [10_000, 7_000, 0],
        ),
    ],
)
def test_a_bonus_that_begins_at_nothing_is_due_with_the_first_deal(bonuses: str, paid: list[int]) -> None:
    text = f"components: [{{name: Flat, {bonuses}}}]\n"
    assert commissions(PLAIN, text, sold=deals((1, 5_000), (1, 10_000), (2, 500))) == paid


def test_deals_that_do_not_count_do_not_use_up_the_first_bonus() -> None:
    text = "components: [{name: Flat, accumulates: year, where: {product: P}, bonuses: [{from: $0, pays: $100}]}]\n"
    other, counted = deals((1, 5_000), (2, 5_000))
    assert commissions(PLAIN, text, sold=[other, Deal("p", counted.signed, counted.arr, product="P")]) == [0, 10_000]


@pytest.mark.parametrize(
    ("accumulates", "sold", "paid"),
    [
        ("month", ((1, 10_000), (3, -10_000)), [100_000, -100_000]),
        ("month", ((1, 10_000), (3, -10_000), (3, 4_000)), [100_000, -100_000, 40_000]),
        ("deal", ((1, 10_000), (1, -10_000)), [100_000, -100_000]),
        ("year", ((1, 10_000), (2, -15_000), (3, 5_000)), [100_000, -150_000, 50_000]),
    ],
)
def test_a_return_takes_back_what_it_was_paid_whenever_it_comes(
    accumulates: str, sold: tuple[tuple[int, int], ...], paid: list[int]
) -> None:
    assert commissions(PLAIN, sales(f"accumulates: {accumulates}"), sold=deals(*sold)) == paid


def test_a_net_return_is_paid_back_at_the_first_tiers_rate() -> None:
    tiers = "tiers: [{from: $0, pays: 10%}, {from: $20,000, pays: 15%, method: retroactive}]"
    text = f"components: [{{name: Sales, accumulates: quarter, {tiers}}}]\n"
    assert commissions(PLAIN, text, sold=deals((1, 20_000), (4, -4_000), (5, 1_000))) == [300_000, -40_000, 10_000]


def test_nothing_is_taken_back_below_a_tier_that_begins_later() -> None:
    text = "components: [{name: Sales, accumulates: month, tiers: [{from: $1,000, pays: 10%}]}]\n"
    assert commissions(PLAIN, text, sold=deals((1, 3_000), (2, -3_000))) == [20_000, 0]


@pytest.mark.parametrize("cap", ["component", "plan"])
def test_the_return_of_a_capped_deal_takes_back_what_was_paid(cap: str) -> None:
    stated = sales("cap: $500 a deal", "accumulates: deal") if cap == "component" else sales("accumulates: deal")
    more = "" if cap == "component" else "cap: $500 a deal\n"
    assert commissions(PLAIN, stated, more, sold=deals((1, 10_000), (2, -10_000))) == [50_000, -50_000]


def test_a_draw_stays_a_floor_while_it_is_recovered_from_everything() -> None:
    draw = "draws: [{amount: $3,000 a month, months: 1 to 3, recovered from: everything earned}]\n"
    text = "components: [{name: Gross, accumulates: month, tiers: [{from: $0, pays: 100%}]}]\n"
    statement = both(plan(PLAIN, text, draw), *deals((1, 1_000), (2, 4_000), (3, 3_500), (4, 1_000)))
    sums = [0] * 12
    for line in statement.lines():
        sums[line.day.month - 1] += line.cents
    assert sums[:4] == [300_000, 300_000, 300_000, 50_000]
    assert statement.owed[:4] == (200_000, 100_000, 50_000, 0)


@pytest.mark.parametrize(("prorated", "quota"), [("by months", 8_666_667), ("by days", 8_688_889), ("no", 10_000_000)])
def test_seasonal_quotas_of_a_rep_who_starts_within_the_year(prorated: str, quota: int) -> None:
    spread = f"quotas: {{spread: [20%, 20%, 20%, 40%], prorated: {prorated}}}\n"
    level = "levels: [{name: Rep, variable: $10,000, quota: $100,000}]\n"
    text = "components: [{name: Sales, accumulates: year, tiers: [{from: 0%, pays: 0%}, {from: 100%, pays: 10%}]}]\n"
    person = Person(started=date(2026, 3, 1))
    statement = both(plan(level, spread, text), Deal("d", date(2026, 5, 1), quota + 1_000), person=person)
    assert statement.deals[0].commission == 100


def test_team_quotas_follow_the_seasons_too() -> None:
    spread = "quotas: {spread: [20%, 20%, 20%, 40%], prorated: by months}\n"
    level = "levels: [{name: Lead, variable: $10,000, quota: team}]\n"
    text = "components: [{name: Team, accumulates: year, tiers: [{from: 0%, pays: 0%}, {from: 100%, pays: 10%}]}]\n"
    person = Person(team=(Member(10_000_000, date(2026, 3, 1)), Member(10_000_000)))
    statement = both(plan(level, spread, text), Deal("d", date(2026, 5, 1), 18_666_667 + 1_000), person=person)
    assert statement.deals[0].commission == 100


def test_a_curve_by_amounts_needs_no_quota() -> None:
    level = "levels: [{name: One, variable: $12,000}]\n"
    text = (
        "components: [{name: S, accumulates: year, curve: [{from: $50,000, pays: 50%}, {from: $100,000, pays:"
        " 100%}]}]\n"
    )
    statement = both(plan(level, text), *deals((2, 60_000)))
    assert [period.line.cents for period in statement.periods if period.line.cents] == [600_000]


def test_weights_may_be_parts_of_a_whole() -> None:
    goals = ", ".join(f"{{name: {name}, weight: 1/3}}" for name in "ABC")
    text = f"components: [{{name: Goals, accumulates: year, target: $30,000, objectives: [{goals}]}}]\n"
    person = Person(results=(Result("a", month_of(date(2026, 12, 1)), Fraction(1)),))
    statement = both(plan(LEVEL, text), person=person)
    assert [period.line.cents for period in statement.periods] == [1_000_000]


@pytest.mark.parametrize("shares", ["50%", "[50%, 30%]", "[100%, 20%]"])
def test_shares_of_a_case_that_are_not_the_whole_are_refused(shares: str) -> None:
    deal = f"{{signed: 2026-02-01, arr: $10,000, shares: {shares}}}"
    with pytest.raises(PlanError) as caught:
        plan(LEVEL, FLAT, f"cases: [{{name: A, deals: [{deal}], expect: {{commission: $1}}}}]\n")
    assert "instead of 100%." in str(caught.value.problems[0].rule)


@pytest.mark.parametrize(
    ("pays", "reached"),
    [
        ("bonuses: [{from: 70%, pays: $1,000}]", 34_750_000),
        ("bonuses: [{above: 70%, pays: $1,000}]", 35_250_000),
        ("method: retroactive, tiers: [{from: 0%, pays: 0%}, {from: 70%, pays: 1%}]", 34_750_000),
    ],
)
def test_attainment_may_be_rounded_before_an_edge_is_looked_at(pays: str, reached: int) -> None:
    text = f"components: [{{name: Sales, accumulates: year, attainment: rounded to the percent, {pays}}}]\n"
    assert commissions(LEVEL, text, sold=[Deal("a", date(2026, 2, 1), reached - 1)]) == [0]
    assert commissions(LEVEL, text, sold=[Deal("a", date(2026, 2, 1), reached)])[0] > 0
    exact = text.replace("attainment: rounded to the percent, ", "")
    assert commissions(LEVEL, exact, sold=[Deal("a", date(2026, 2, 1), 34_999_999)]) == [0]


def test_rounded_attainment_is_for_what_pays_from_the_first() -> None:
    for pays in (
        "tiers: [{from: 0%, pays: 1x}]",
        "curve: [{from: 0%, pays: 1%}]",
        "reads: nrr, bonuses: [{from: 90%, pays: $1}]",
    ):
        with pytest.raises(PlanError, match="Rounded attainment"):
            plan(LEVEL, f"components: [{{name: S, attainment: rounded to the percent, {pays}}}]\n")


@pytest.mark.parametrize(
    ("live", "aha", "paid"),
    [
        (date(2026, 3, 1), date(2026, 4, 30), True),
        (date(2026, 3, 1), date(2026, 5, 1), False),
        (date(2026, 3, 1), date(2026, 2, 10), True),
        (None, date(2026, 9, 1), True),
        (date(2026, 11, 30), None, False),
    ],
)
def test_a_limit_may_be_counted_from_go_live(live: date | None, aha: date | None, *, paid: bool) -> None:
    release = "release: [{share: 50%, on: signing}, {share: 50%, on: aha, within: 60 days, counted from: go-live}]\n"
    deal = Deal("d", date(2026, 2, 1), 10_000_000, live=live, aha=aha)
    statement = both(plan(LEVEL, FLAT, release), deal)
    states = {None: "waiting"} if aha is None else {}
    assert statement.deals[0].lines[1].state == ("paid" if paid else states.get(aha, "missed"))
    with pytest.raises(PlanError, match="counted from"):
        plan(LEVEL, FLAT, release.replace("within: 60 days, ", ""))


def test_words_of_a_plan_and_of_a_deal_are_the_same_whatever_their_capitals() -> None:
    text = "components: [{name: S, where: {product: [flow, Max]}, tiers: [{from: $0, pays: 10%}]}]\n"
    sold = [Deal(name, date(2026, 2, 1), 10_000, product=name) for name in ("Flow", "FLOW", "max", "other")]
    assert [deal.commission for deal in both(plan(PLAIN, text), *sold).deals] == [1_000, 1_000, 1_000, 0]


def test_the_step_of_a_clawback_is_explained() -> None:
    steps = "clawback: {steps: [{within: 3 months, takes: 100%}, {within: 6 months, takes: 50%}]}\n"
    statement = both(plan(LEVEL, FLAT, steps), Deal("d", date(2026, 2, 1), 10_000_000, churned=date(2026, 6, 1)))
    assert "50% of what was paid on the deal is taken back" in str(statement.deals[0].lines[-1].step.why)
    kept = both(plan(LEVEL, FLAT, steps), Deal("d", date(2026, 2, 1), 10_000_000))
    assert "the customer has not left" in str(kept.deals[0].steps[-1].why)


@pytest.mark.parametrize(
    ("straddling", "paid"), [("rate before", [100_000, -100_000]), ("rate after", [200_000, -200_000])]
)
def test_a_return_of_a_deal_rated_as_a_whole_is_paid_back_alike(straddling: str, paid: list[int]) -> None:
    tiers = "tiers: [{from: $0, pays: 10%}, {from: $8,000, pays: 20%}]"
    text = f"components: [{{name: Sales, straddling: {straddling}, {tiers}}}]\n"
    assert commissions(PLAIN, text, sold=deals((1, 10_000), (3, -10_000))) == paid


def test_a_return_is_no_deal_and_no_customer() -> None:
    for counted in ("deals", "logos"):
        text = (
            f"components: [{{name: Count, credits: {counted}, accumulates: month, tiers: [{{from: 0, pays: $100}}]}}]\n"
        )
        assert commissions(PLAIN, text, sold=deals((1, 10_000), (3, -10_000))) == [10_000, 0]


def test_what_lies_above_nothing_comes_back_like_what_begins_there() -> None:
    text = sales("accumulates: month").replace("from: $0", "above: $0")
    assert commissions(PLAIN, text, sold=deals((1, 10_000), (3, -10_000))) == [100_000, -100_000]
