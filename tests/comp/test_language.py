"""The plan language: errors are reported together, by line, with a suggestion; hostile input is refused."""

import time
import tracemalloc

import pytest

from server.comp import PlanError, describe, read_plan

GOOD = """\
name: A plan
currency: USD
year: 2027-01
levels:
  - {name: One, base: $50,000, variable: $50,000, quota: $800,000}
  - {name: Two, variable: $66k, quota: 900_000, reached at: {sales: $800,000, churn below: 10%}}
components:
  - name: Sales
    credits: arr
    where: {kind: [new, expansion]}
    accumulates: year
    tiers:
      - {from: 0%, pays: 1x}
      - {from: 100%, pays: 1.5x, method: marginal}
release:
  - {share: 50%, on: signing}
  - {share: 50%, on: aha, within: 60 days, otherwise: forfeited}
clawback: {on: churn, within: 12 months, takes: pro rata by whole month, of: what was paid}
multipliers:
  - {name: Stars, adds: 20%, when: {deal rating: 5, rep average at least: 4.8, over: all time}, paid: when rated}
cap: none
cases:
  - {name: over quota, rep: one, deals: [{arr: $900,000, signed: 2027-03-01}], expect: {commission: $59,375}}
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PlanError) as failure:
        read_plan(text)
    return [(problem.line, str(problem)) for problem in failure.value.problems]


def test_a_good_plan_is_read() -> None:
    plan = read_plan(GOOD)
    assert [level.variable for level in plan.levels] == [5_000_000, 6_600_000]
    assert str(plan.levels[1].own_rate) == "11/150"
    assert len(describe(plan)) > 12


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("quota: $800,000}", "qouta: $800,000}", 5, "Did you mean “quota”?"),
        ("currency: USD", "currency: dollars", 2, "three capital letters"),
        ("year: 2027-01", "year: 2027", 3, "not a month"),
        ("year: 2027-01", "year: 2027-13", 3, "not a date"),
        ("base: $50,000", "base: -$50,000", 5, "cannot be negative"),
        ("base: $50,000", "base: $50,000.001", 5, "at most two decimals"),
        ("base: $50,000", "base: $900,000,000,000,000", 5, "too large"),
        ("base: $50,000", "base: 12345678901234567890123456", 5, "too many digits"),
        ("base: $50,000", "base: plenty", 5, "not an amount of money"),
        ("base: $50,000", "base: [1, 2]", 5, "single value"),
        ("base: $50,000", "base: ٥٠٠٠٠", 5, "not an amount of money"),
        ("churn below: 10%", "churn below: 10", 6, "unit is missing"),
        ("churn below: 10%", "churn below: 110%", 6, "between 0% and 100%"),
        ("churn below: 10%", "churn below: .nan", 6, "unit is missing"),
        ("churn below: 10%", "churn below: 1e1%", 6, "not a number"),
        ("credits: arr", "credits: arrr", 9, "Did you mean “arr”?"),
        ("kind: [new, expansion]", "kind: [new, extension]", 10, "not one of"),
        ("accumulates: year", "accumulates: decade", 11, "not one of"),
        ("from: 100%", "from: 0%", 14, "rising order"),
        ("from: 100%", "from: $1000", 12, "mix shares of quota and amounts"),
        ("pays: 1.5x", "pays: 1.5", 14, "unit is missing"),
        ("pays: 1.5x", "pays: -1x", 14, "between 0x and 100x"),
        ("method: marginal", "method: magic", 14, "not one of"),
        ("{share: 50%, on: signing}", "{share: 40%, on: signing}", 15, "add up to 90% instead of 100%"),
        ("on: signing", "on: sining", 16, "Did you mean “signing”?"),
        ("within: 60 days", "within: 60", 17, "not a duration"),
        ("within: 12 months", "within: 90 days", 18, "window in months"),
        ("deal rating: 5", "deal rating: 6", 20, "between 1 and 5"),
        ("adds: 20%", "adds: 20", 20, "unit is missing"),
        ("cap: none", "cap: nope", 21, "not an amount of money"),
        ("commission: $59,375", "commission: $59,376", 23, "This case pays $59,375 for “commission”."),
        ("commission: $59,375", "comission: $59,375", 23, "Did you mean “commission”?"),
        ("signed: 2027-03-01", "signed: 2027-03-32", 23, "not a date"),
        ("name: A plan", "nmae: A plan", 1, "Did you mean “name”?"),
        ("cap: none", "cap: none\ncap: none", 22, "appears twice"),
        ("cap: none", "goals: [{goal: 0, how: it does}]", 21, "Goals are numbered from 1"),
    ],
)
def test_each_mistake_is_named_on_its_line(old: str, new: str, line: int, says: str) -> None:
    assert old in GOOD
    reported = problems(GOOD.replace(old, new, 1))
    assert any(number == line and says in text for number, text in reported), reported


def test_all_mistakes_are_named_at_once() -> None:
    text = (
        GOOD.replace("credits: arr", "credits: all")
        .replace("base: $50,000", "base: much")
        .replace("cap: none", "cup: none")
    )
    assert len(problems(text)) == 3


def test_a_milestone_below_the_previous_is_refused() -> None:
    three = GOOD.replace(
        "components:", "  - {name: Three, variable: $1, quota: $2, reached at: {sales: $700,000}}\ncomponents:"
    )
    assert "lower than that of the level before" in problems(three)[0][1]


def test_rates_without_a_quota_are_reported_as_undefined() -> None:
    text = GOOD.replace("quota: $800,000", "quota: $0")
    assert any("undefined" in problem for _, problem in problems(text))


@pytest.mark.parametrize(
    "text", ["", "just words", "- a\n- list", "{", "a: [", "a: 'x", "name: x\n---\nname: y", "? [a]: b", "a:\tb"]
)
def test_text_that_is_no_plan_is_explained(text: str) -> None:
    assert problems(text)


HOSTILE = {
    "billion laughs": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
    "anchor": "name: &x y",
    "tag": "name: !!python/object/apply:os.system [ls]",
    "deep": "a: " + "[" * 10_000,
    "deep block": "\n".join(" " * n + "a:" for n in range(300)),
    "deep maps": "a: " + "{a: " * 10_000,
    "a million tiers": "components:\n  - name: x\n    tiers:\n" + "      - {from: 0%, pays: 1x}\n" * 2_200,
    "huge": "name: " + "x" * 70_000,
    "digits": "cap: " + "9" * 60_000,
    "keys": "\n".join(f"k{n}: 1" for n in range(6_000)),
    "look-alikes": "nаme: x",
    "control": "name: \x00",
    "surrogate": "name: \ud800",
    "merge": "<<: {name: x}",
    "exponent": "cap: 1e400",
    "infinite": "levels: [{name: x, variable: .inf, quota: .nan}]",
    "many cases": "cases:\n" + "  - {name: x}\n" * 1_500,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_plan_costs_little(name: str) -> None:
    tracemalloc.start()
    began = time.process_time()
    reported = problems(HOSTILE[name])
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reported
    assert took < 2
    assert peak < 30_000_000


def test_a_plan_that_is_too_long_is_refused_as_a_whole() -> None:
    [(line, problem)] = problems("\nname: " + "x" * 70_000)
    assert (line, problem) == (1, "line 1: A plan can be at most 64 KB.")


def test_thousands_may_omit_the_currency_sign() -> None:
    assert read_plan(GOOD.replace("quota: 900_000", "quota: 900,000")).levels[1].quota == 90_000_000


def test_an_average_is_exact() -> None:
    text = GOOD.replace("signed: 2027-03-01}", "signed: 2027-03-01, rating: 5, rated: 2027-06-01, rep average: 4.795}")
    assert read_plan(text.replace("commission: $59,375", "extras: $0"))


def test_duplicate_level_or_component_names_are_refused() -> None:
    assert any("Two levels" in said for _, said in problems(GOOD.replace("{name: Two", "{name: one")))
    second = "  - {name: sales, tiers: [{from: 0%, pays: 1x}]}\nrelease:"
    assert any("Two components" in said for _, said in problems(GOOD.replace("release:", second, 1)))


@pytest.mark.parametrize(
    ("typed", "pasted"),
    [("  - ", "\u00a0\u00a0- "), ("name: ", "\u200bname:\u00a0"), ("  - ", "\t- "), (": ", ":\u2003")],
)
def test_a_pasted_plan_is_read_like_a_typed_one(typed: str, pasted: str) -> None:
    plan = (
        "name: Pasted\nlevels:\n  - {name: One, base: $50,000, variable: $50,000, quota: $800,000}\n"
        "components:\n  - {name: New, tiers: [{from: 0%, pays: 1x}]}\n"
    )
    assert read_plan(plan.replace(typed, pasted)) == read_plan(plan)
