"""Steps of a multiplier: the first that fits applies, and texts from before keep their pay by being reversed."""

from datetime import date
from fractions import Fraction

import pytest

from server.comp import Deal, History, Person, Window, explain, pay, read_plan
from server.comp.book import book_of
from server.comp.history import Result
from server.comp.plan_text.step_order import with_reversed_steps

HEAD = "name: P\nyear: 2027-01\nlevels: [{name: R}]\ncomponents: [{name: S, tiers: [{from: $0, pays: 10%}]}]\n"
DEAL = Deal("D", date(2027, 1, 5), 1_000_000)
RISING = "steps: [{from: 90%, times: 1.1x}, {from: 110%, times: 1.5x}]"
FALLING = "steps: [{from: 110%, times: 1.5x}, {from: 90%, times: 1.1x}]"
MULTIPLIER = "multipliers: [{name: Plain, adds: 5%, where: {prepaid: yes}}, {name: M, by: nrr, STEPS}]\n"


def total(steps: str, nrr: Fraction) -> int:
    plan = read_plan(HEAD + MULTIPLIER.replace("STEPS", steps))
    history = History("r", (DEAL,), person=Person(results=(Result("nrr", plan.year + 11, nrr),)))
    window = Window(plan.year)
    assert pay(book_of([history]), plan, window).totals[0] == explain(history, plan, window).total
    return explain(history, plan, window).total


@pytest.mark.parametrize(("nrr", "cents"), [("0.89", 100_000), ("0.9", 110_000), ("1.1", 150_000), ("2", 150_000)])
def test_the_first_step_that_fits_applies(nrr: str, cents: int) -> None:
    assert total(FALLING, Fraction(nrr)) == cents
    assert total(RISING, Fraction(nrr)) == min(cents, 110_000)


@pytest.mark.parametrize(
    ("steps", "reversed_steps"),
    [
        (RISING, FALLING),
        ("steps: [{below: 90%, times: 0.8x}, {from: 110%, times: 1.25x}]", None),
        ("steps: [{from: 90%, times: 1.1x}, {from: 110%, times: 1.1x}]", None),
        ("steps: [{from: 1, up to: 3, times: 1.1x}, {above: 3, times: 2x}]", None),
        (
            "\n    steps:\n      - {from: 90%, times: 1.1x}  # good\n      - from: 110%\n        times: 1.5x\n",
            "\n    steps:\n      - from: 110%\n        times: 1.5x  # good\n      - {from: 90%, times: 1.1x}\n",
        ),
    ],
)
def test_steps_are_reversed_where_several_fit(steps: str, reversed_steps: str | None) -> None:
    block = "multipliers:\n  - {name: Plain, adds: 5%, where: {prepaid: yes}}\n  - name: M\n    by: nrr"
    pattern = f"{HEAD}{block}STEPS" if steps.startswith("\n") else HEAD + MULTIPLIER
    text = pattern.replace("STEPS", steps)
    assert with_reversed_steps(text) == pattern.replace("STEPS", reversed_steps or steps)
    assert with_reversed_steps("not: a plan") == "not: a plan"
