"""Lint reports, with amounts, what a plan does at its edges and on the company's data."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from server.comp import Book, Deal, History, LintWarning, Person, PlanError, Window, book_of, explain, lint, read_plan
from server.comp.analysis.lint import MAX_PARTS
from server.comp.analysis.pay_ratios import pay_ratios
from server.comp.analysis.reference_year import reference_year
from server.comp.calendar import month_of
from server.comp.history import Result

HEAD = "name: A\nyear: 2026-01\n"
LEVEL = "levels: [{name: One, base: $50,000, variable: $50,000, quota: $500,000}]\n"
WINDOW = Window(month_of(date(2026, 1, 1)))


def findings(text: str, kind: str, book: Book | None = None) -> list[LintWarning]:
    warnings = lint(read_plan(HEAD + text), book, WINDOW if book else None)
    return [finding for finding in warnings if finding.kind == kind]


def lint_texts(text: str, kind: str, book: Book | None = None) -> list[str]:
    return [str(finding.sentence) for finding in findings(text, kind, book)]


def people(*deals: Deal, copies: int = 1, person: Person | None = None) -> Book:
    return book_of([History(str(n), deals, (), person or Person()) for n in range(copies)])


FLAT = "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"


def test_pay_at_exactly_quota_is_held_against_the_target() -> None:
    [finding] = findings(LEVEL + FLAT, "target")
    assert str(finding.sentence) == "One at exactly 100% earns $50,000, the stated target."
    assert (finding.amounts, finding.is_warning) == ((5_000_000, 5_000_000), False)
    [other] = findings(LEVEL + FLAT.replace("1x", "9%"), "target")
    assert str(other.sentence) == "One at exactly 100% earns $45,000; the stated target is $50,000."
    assert other.is_warning
    assert findings("levels: [{name: One}]\n" + FLAT.replace("0%, pays: 1x", "$0, pays: 9%"), "target") == []


def test_a_cliff_is_reported_with_both_sides() -> None:
    text = (
        LEVEL
        + "components: [{name: Sales, method: retroactive, tiers: [{from: 0%, pays: 5%}, {from: 100%, pays: 7%}]}]\n"
    )
    [cliff] = findings(text, "cliff")
    assert str(cliff.sentence) == "Sales jumps from $25,000 to $35,000 at $500,000."
    assert cliff.amounts == (2_500_000, 3_500_000)
    assert findings(LEVEL + FLAT, "cliff") == []


def test_a_plateau_is_reported_with_its_amount() -> None:
    text = (
        LEVEL
        + "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 0x}, {from: 150%, pays: 1x}]}]\n"
    )
    assert lint_texts(text, "plateau") == ["Sales stays at $50,000 from $500,000 to $750,000."]
    last = text.replace(", {from: 150%, pays: 1x}", "")
    assert lint_texts(last, "plateau") == ["Sales stays at $50,000 from $500,000 on."]


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (
            "accumulates: quarter, reads: nrr, bonuses: [{from: 90%, pays: $500}]",
            "jumps from $0 to $500 at 90%.",
        ),
        (
            "accumulates: quarter, reads: csat, bonuses: [{from: 4.5, pays: $500}]",
            "jumps from $0 to $500 at 4.5.",
        ),
        ("credits: deals, bonuses: [{from: 3, pays: $500}]", "jumps from $0 to $500 at 3."),
    ],
)
def test_edges_are_shown_in_their_unit(terms: str, sentence: str) -> None:
    assert any(sentence in text for text in lint_texts(LEVEL + f"components: [{{name: Sales, {terms}}}]\n", "cliff"))


def test_what_has_no_edges_has_no_cliffs() -> None:
    text = (
        LEVEL
        + "components: [{name: Goals, objectives: [{name: a, weight: 100%}]}, {name: Each, every: {step: $5,000, pays:"
        " $5}}]\n"
    )
    assert findings(text, "cliff") == []


def test_a_higher_level_that_pays_less_is_found() -> None:
    levels = (
        "levels: [{name: One, base: $60,000, variable: $50,000, quota: $500,000}, {name: Two, base: $50,000, variable:"
        " $55,000, quota: $600,000, reached at: {sales: $1}}]\n"
    )
    [finding] = findings(levels + FLAT, "level")
    assert "Two pays less than One for the same sales" in str(finding.sentence)
    assert finding.amounts == (5_000_000 + 4_583_333, 11_000_000)
    assert findings(levels.replace("base: $50,000", "base: $90,000") + FLAT, "level") == []


def test_the_value_of_closing_now_is_reported() -> None:
    accelerated = FLAT.replace("}]}]", "}, {from: 100%, pays: 2x}]}]")
    assert lint_texts(LEVEL + accelerated, "timing") == [
        (
            "Sales: once quota is reached, a deal of $41,666 pays $4,166.60 more if it closes before the period"
            " ends than right after."
        )
    ]
    assert lint_texts(LEVEL + FLAT, "timing") == []
    assert lint_texts(LEVEL + accelerated.replace("tiers", "accumulates: deal, tiers"), "timing") == []
    empty = "levels: [{name: One, variable: $1, quota: $1}]\n" + accelerated.replace(
        "tiers", "credits: deals, quota: 1 a year, tiers"
    )
    assert lint_texts(empty, "timing") == []


def test_rules_are_counted() -> None:
    [few] = findings(LEVEL + FLAT, "rules")
    assert str(few.sentence) == "The plan has 5 rules."
    assert not few.is_warning
    many = "levels: [" + ", ".join(f"{{name: L{n}, base: $1, variable: $1, quota: $9}}" for n in range(12)) + "]\n"
    assert findings(many + FLAT + "cap: $5\nwindfall: {deal above: $5}\nin force: {from: 2026-01-01}\n", "rules")[
        0
    ].is_warning


def test_a_plan_too_large_to_follow_is_only_counted() -> None:
    levels = "levels: [" + ", ".join(f"{{name: L{n}, base: $1, variable: $1, quota: $9}}" for n in range(20)) + "]\n"
    tiers = ", ".join(f"{{from: {n}%, pays: 1x}}" for n in range(MAX_PARTS // 20))
    warnings = lint(read_plan(HEAD + levels + f"components: [{{name: Sales, tiers: [{tiers}]}}]\n"))
    assert [(finding.kind, finding.is_warning) for finding in warnings] == [("rules", True)]


DEAL = Deal("a", date(2026, 3, 1), 10_000_000)


def test_terms_that_nothing_can_trigger_are_named() -> None:
    text = (
        LEVEL
        + """\
components:
  - {name: Sales, where: {kind: [new, renewal], product: Flow}, tiers: [{from: 0%, pays: 1x}]}
  - {name: Meetings, credits: meetings, tiers: [{from: 0, pays: $5}]}
  - {name: Deep, rate by: [{when: {discount: {above: 10%}}, pays: 2%}], tiers: [{from: $0, pays: 1x}]}
  - {name: Keep, reads: nrr, bonuses: [{from: 90%, pays: $5}]}
  - {name: Goals, objectives: [{name: Forecast, weight: 5%}]}
release: [{share: 50%, on: aha}, {share: 50%, on: customer paid}]
clawback: {within: 12 months, takes: all}
multipliers: [{name: Stars, adds: 5%, when: {deal rating: 5}}]
"""
    )
    warnings = lint_texts(text, "idle", people(DEAL))
    for sentence in (
        "Sales: no deal in the data has the kind renewal.",
        "Sales: no deal in the data has the product Flow.",
        "Meetings: the data has no meetings held.",
        "Deep: the data has no discounts.",
        "The data has no dates for what is paid at the aha moment.",
        "The data has no dates for what is paid when the customer has paid.",
        "No customer in the data has left, so nothing is taken back.",
        "The data has no buyer ratings.",
        "The data has no result called nrr.",
        "The data has no result called forecast.",
    ):
        assert sentence in warnings
    known = Person(
        results=(Result("nrr", WINDOW.first_month, Fraction(1)), Result("Forecast", WINDOW.first_month, Fraction(1)))
    )
    full = (
        replace(
            DEAL,
            product="Flow",
            aha=date(2026, 4, 1),
            paid=date(2026, 4, 1),
            churned=date(2026, 9, 1),
            rating=5,
            rated=date(2026, 6, 1),
            discount=Fraction(1, 5),
            amounts=(("meetings", 3),),
        ),
        replace(DEAL, id="b", kind="renewal", product="Flow"),
    )
    assert lint_texts(text, "idle", people(*full, person=known)) == []


def test_the_number_capped_is_never_reported_for_a_few() -> None:
    capped = LEVEL + FLAT + "cap: $5,000\n"
    assert lint_texts(capped, "cap", people(DEAL, copies=10)) == [
        "The cap would have limited the pay of 100% of last year's reps."
    ]
    small = replace(DEAL, arr=1_000)
    assert lint_texts(capped, "cap", people(small, copies=10)) == [
        "The cap would have limited the pay of 0% of last year's reps."
    ]
    mixed = book_of([History(str(n), (DEAL if n < 2 else small,)) for n in range(10)])
    assert lint_texts(capped, "cap", mixed) == ["The cap would have limited the pay of a few of last year's reps."]
    assert lint_texts(capped, "cap", people(DEAL, copies=4)) == []
    assert lint_texts(LEVEL + FLAT, "cap", people(DEAL, copies=10)) == []


def test_a_reference_year_asks_for_what_each_component_asks() -> None:
    plan = read_plan(
        HEAD
        + """\
levels: [{name: M, variable: $50,000, quota: team}]
components:
  - {name: Team, weight: 50%, where: {role: team, product: Flow, prepaid: yes}, tiers: [{from: 0%, pays: 1x}]}
  - {name: Renew, weight: 20%, credits: renewal, quota: $500,000, tiers: [{from: 0%, pays: 1x}]}
  - {name: Again, weight: 10%, credits: renewal, quota: $500,000, tiers: [{from: 0%, pays: 1x}]}
  - name: Units
    weight: 10%
    credits: units
    quota: 60 a year
    tiers: [{from: 0%, pays: 1x}]
    gate: {needs: [{of: csat, from: 4}]}
  - {name: Goals, weight: 10%, objectives: [{name: g, weight: 100%}]}
"""
    )
    year = reference_year(plan, 0, Fraction(1))
    assert len(year.deals) == 36
    assert year.deals[0].product == "Flow"
    assert year.deals[0].prepaid
    assert year.deals[12].kind == "renewal"
    assert {result.of: result.value for result in year.person.results} == {"g": 1, "csat": 4}
    assert [str(f.sentence) for f in lint(plan) if f.kind == "target"] == [
        "M at exactly 100% earns $50,000, the stated target."
    ]


@pytest.mark.parametrize(("period", "quota"), [("week", "$10,000 a week"), ("two weeks", "$520,000")])
def test_a_year_of_weeks_pays_the_target_at_quota(period: str, quota: str) -> None:
    text = f"levels: [{{name: One, variable: $26,000, quota: {quota}}}]\n"
    tiers = "tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 2x}]"
    text += f"components: [{{name: Sales, accumulates: {period}, {tiers}}}]\n"
    assert lint_texts(text, "target") == ["One at exactly 100% earns $26,000, the stated target."]
    assert lint_texts(text, "ratios") == [
        "A year of One at quota costs $26,000 for $520,000 of ARR: 5%. 100% of the pay is variable."
    ]


def test_a_level_with_the_quota_of_its_team_has_no_cost_of_a_year() -> None:
    team = LEVEL.replace("quota: $500,000", "quota: team") + FLAT
    assert lint_texts(team, "ratios") == []


def test_credit_for_others_is_named_and_is_no_sale_of_ones_own() -> None:
    plan = read_plan(HEAD + LEVEL + FLAT)
    deal = Deal("D", date(2026, 2, 1), 1_000_000, role="team")
    statement = explain(History("1", (deal,)), plan, WINDOW)
    assert [str(step.why) for step in statement.deals[0].steps] == [
        "this deal does not count: it is team credit, and only own deals count"
    ]
    assert pay_ratios(statement, "USD").sales is None


def test_a_share_of_nothing_is_no_unknown_key() -> None:
    text = HEAD + LEVEL.replace("base: $50,000, ", "") + FLAT
    text += "cases: [{name: Nothing, deals: [], expect: {pay mix: 50%}}]\n"
    with pytest.raises(PlanError) as error:
        read_plan(text)
    assert [str(problem.rule) for problem in error.value.problems] == [
        "This case has no pay mix: what it is a share of is 0."
    ]
