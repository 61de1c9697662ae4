"""Every plan of the documents, the library and the published cases, on dense histories: both paths, the same for good.

The figures are in `corpus.json` with the engine's version. When they change on purpose, the version rises with
them (results are kept by it), and `CORPUS=write pytest tests/comp/test_corpus.py -n0` writes the new ones.
"""

import hashlib
import json
import os
import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from server.comp import ENGINE_VERSION, Deal, History, LevelSince, Person, Plan, Window, explain
from server.comp.calendar import first_day
from server.comp.history import Adjustment, Correction, Member, Payment, Result, Split
from server.comp.mechanics.installments import with_payments
from server.comp.mechanics.measures import MEASURES
from server.comp.plan import parse
from tests.comp.test_pay_equals_explain import assert_engines_agree

ROOT = Path(__file__).parent.parent.parent
KEPT = Path(__file__).parent / "corpus.json"
DOCUMENTED = re.findall(r"```plan\n(.*?)\ncases:", (ROOT / "docs" / "plan-language.md").read_text(), re.DOTALL)
LIBRARY = [path.read_text().split("\ncases:")[0] for path in sorted((ROOT / "seed" / "plans").glob("*.yaml"))]
TEXTS = {re.search(r"name: (.*)", text)[1]: text for text in [*DOCUMENTED, *LIBRARY]}  # type: ignore[index]
BESIDES = {
    "alone": "",
    "released": (
        "release: [{share: 50%, on: signing}, {share: 30%, on: aha, within: 60 days}, {share: 20%, on: month 4}]\n"
    ),
    "taken back": "clawback: {within: 9 months, takes: pro rata by day, recovered from: the next payments}\n",
    "multiplied": (
        "multipliers: [{name: K, times: 1.15x, where: {kind: [new, renewal]}}, {name: S, adds: 20%, when: {deal rating:"
        " 4, rep average at least: 3.5}}, {name: Q, adds: -7.5%, needs: [{of: rating, from: 3}], over: quarter}]\n"
    ),
    "capped": "cap: [70% of target a quarter, $9,000 a deal]\n",
    "drawn": (
        "draws: [{amount: $3,000 a month, months: 2 to 5}, {amount: $9,000 a quarter, kind: non-recoverable, months: 7"
        " to 9}]\n"
    ),
    "ramped": "quotas: {spread: [10%, 20%, 30%, 40%], ramp: [50%, 75%], prorated: by days, level change: blended}\n",
}


def random_deal(random: Random, number: int, start: date, size: int) -> Deal:
    """Return a deal signed around the plan's year, of up to `size` cents of ARR, with random facts."""
    signed = start + timedelta(days=random.randrange(-120, 364))

    def after(low: int, high: int, chance: float) -> date | None:
        return signed + timedelta(days=random.randrange(low, high)) if random.random() < chance else None

    rating = random.choice([None, 3, 4, 5, 5])
    counted = [
        (n, random.randrange(1, 9)) for n, m in MEASURES.items() if not m.is_money and n not in {"deals", "logos"}
    ]
    stated = [(n, random.randrange(size)) for n in ("margin", "services", "cash") if random.random() < 0.7]
    return Deal(
        id=f"{number:03d}",
        signed=signed,
        arr=random.randrange(-size // 20, size),
        term=random.choice([12, 12, 24, 36]),
        kind=random.choice(["new", "new", "expansion", "renewal"]),
        product=random.choice(["Flow", "Core", "A"]),
        segment=random.choice(["", "small"]),
        region=random.choice(["north", ""]),
        customer=f"c{number % 9}",
        role=random.choice(["own", "own", "own", "team", "overlay"]),
        currency=random.choice(["", "", "EUR"]),
        discount=random.choice([None, Fraction(5, 100), Fraction(1, 4)]),
        prepaid=random.random() < 0.4,
        aha=after(1, 90, 0.8),
        paid=after(1, 120, 0.8),
        live=after(1, 120, 0.8),
        churned=after(20, 400, 0.3),
        rating=rating,
        rated=signed + timedelta(days=90) if rating else None,
        split=random.choice([None, None, Split((1, 1), 0), Split((2, 3, 5), 1)]),
        amounts=(*counted, *stated),
    )


def histories(plan: Plan, name: str) -> list[History]:
    """Return three people with many deals each, scaled to the plan's quota and speaking its words."""
    random = Random(name)
    size = max(plan.levels[0].quota, 30_000_000) // 25
    names = {c.reads for c in plan.components if c.reads} | {
        "nrr",
        "csat",
        "grr",
        "team achievement",
        "retention quartile",
    }
    names |= {objective.result for c in plan.components for objective in c.objectives}
    start = first_day(plan.year)

    def deal(number: int) -> Deal:
        return random_deal(random, number, start, size)

    def results(good: int) -> tuple[Result, ...]:
        return tuple(
            Result(one, plan.year + month, Fraction(random.randrange(70, 130), 25 if one == "csat" else 100))
            for one in sorted(names)
            for month in range(0, 12, 3 - good)
        )

    joined = start + timedelta(days=100)
    adjusted = Adjustment(plan.year + 3, plan.year + 7, "leave", 4_800_000, 3_000_000, size * 11)
    team = (Member(size * 20), Member(size * 30 + 1, joined))
    spells = tuple(
        LevelSince(plan.year + place * 4 - 4, level.name, place) for place, level in enumerate(plan.levels[:3])
    )
    return [
        History("busy", tuple(deal(number) for number in range(60)), spells[:1], Person(results=results(2), team=team)),
        History("moving", tuple(deal(number) for number in range(40)), spells, Person(results=results(1), team=team)),
        History(
            "new",
            tuple(deal(number) for number in range(25)),
            spells[:1],
            Person(
                started=joined,
                left=start + timedelta(days=300),
                results=results(1),
                adjustments=(adjusted,),
                team=team,
                opening=123_457,
            ),
        ),
    ]


def combined(text: str, beside: str) -> Plan | None:
    """Return a plan with more rules added; None when it has rules of that kind already."""
    keys = re.findall(r"^(\w+):", beside, re.MULTILINE)
    if any(re.search(rf"^{key}s?:", text, re.MULTILINE) for key in keys):
        return None
    return parse(f"{text}\n{beside}")[0]


def fingerprint(plan: Plan, people: list[History], window: Window) -> str:
    """Return the hash of every figure: amounts by pay element and month, every line, and every step of the trace."""
    figures: list[object] = []
    for one in people:
        statement = explain(one, plan, window)
        figures += [sorted(statement.amounts().items()), statement.owed, statement.levels, statement.pending]
        lines = [*statement.base, *(line for deal in statement.deals for line in deal.lines)]
        steps = [*(line.step for line in lines), *(step for deal in statement.deals for step in deal.steps)]
        steps += [step for period in statement.periods for step in (period.line.step, *period.steps)]
        figures += [(line.element, str(line.day), line.cents, line.state) for line in lines]
        figures += [(step.fired, step.cents) for step in steps]
    return hashlib.sha256(repr(figures).encode()).hexdigest()[:16]


def assert_figures_are_kept(name: str, fingerprints: dict[str, str]) -> None:
    """Compare hashes of figures with the kept ones, or keep them."""
    known = json.loads(KEPT.read_text()) if KEPT.exists() else {"version": ENGINE_VERSION, "plans": {}}
    if os.environ.get("CORPUS") == "write":
        known["version"], known["plans"][name] = ENGINE_VERSION, fingerprints
        KEPT.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
        return
    assert known["version"] == ENGINE_VERSION, "The engine's version rose: run with CORPUS=write."
    assert known["plans"][name] == fingerprints, "Figures changed. If that is meant, raise ENGINE_VERSION."


def more_facts(random: Random, history: History, start: date) -> History:
    """Return a history with payments, credit memos, corrections and a team that changes, where there was none."""
    deals = []
    for deal in history.deals:
        payments = [
            Payment(deal.signed + timedelta(days=random.randrange(200)), random.randrange(1, deal.amount_due + 2))
            for _ in range(random.choice([0, 1, 3]) if deal.amount_due > 0 else 0)
        ]
        deals.append(with_payments(deal, payments) if payments else deal)
        if deal.arr > 0 and random.random() < 0.2:
            part = Fraction(random.choice([1, 1, 2]), random.choice([1, 2, 3]))
            amounts = tuple((name, -int(amount * part)) for name, amount in deal.amounts)
            signed = deal.signed + timedelta(days=random.randrange(150))
            memo = {"id": f"memo {deal.id}", "signed": signed, "arr": -int(deal.arr * part), "amounts": amounts}
            deals.append(replace(deal, **memo, refund_of=deal.id, rating=None, rated=None))
    corrections = tuple(
        Correction(start + timedelta(days=random.randrange(-30, 360)), random.randrange(-90_000, 200_000), "why")
        for _ in range(3)
    )
    moved = Member(
        30_000_000, since=start + timedelta(days=20), until=start + timedelta(days=random.randrange(100, 300))
    )
    person = replace(history.person, corrections=corrections, team=(*history.person.team, moved))
    return replace(history, deals=tuple(deals), person=person)


RANDOM_PLANS = (Path(__file__).parent / "random_plans.txt").read_text().split("\n---\n")


@pytest.mark.parametrize("number", range(len(RANDOM_PLANS)))
def test_random_plans_pay_what_they_paid_before(number: int) -> None:
    plan, random = parse(RANDOM_PLANS[number])[0], Random(number)
    start, window = first_day(plan.year), Window(plan.year)
    people = [more_facts(random, history, start) for history in histories(plan, f"random {number}")]
    assert_engines_agree(plan, people, window)
    assert_figures_are_kept(f"random {number}", {"alone": fingerprint(plan, people, window)})


@pytest.mark.parametrize("name", TEXTS)
def test_both_paths_pay_what_they_paid_before(name: str) -> None:
    fingerprints: dict[str, str] = {}
    for key, beside in BESIDES.items():
        plan = combined(TEXTS[name], beside)
        if plan is None:
            continue
        people = histories(plan, name)
        window = Window(plan.year)
        assert_engines_agree(plan, people, window)
        fingerprints[key] = fingerprint(plan, people, window)
    assert_figures_are_kept(name, fingerprints)
