"""Random plans and ragged histories over every mechanic, for property tests."""

from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from server.comp.calendar import Window, month_of
from server.comp.history import Deal, History, Spell
from server.comp.plan import Plan
from server.comp.reader import read_plan

START = date(2025, 1, 1)
WINDOW = Window(month_of(date(2026, 1, 1)))
LEVELS = ("Associate 1", "Associate 2", "Associate 3")


def _money(cents: int) -> str:
    return f"${cents // 100}.{cents % 100:02d}"


@st.composite
def tiers(draw: st.DrawFn) -> str:
    edges = draw(st.lists(st.integers(1, 300), max_size=3, unique=True).map(sorted))
    lines = []
    for edge in [0, *edges]:
        pays = draw(st.sampled_from(["0x", "0.5x", "1x", "1.5x", "6.25%", "7.333%", "12%"]))
        method = draw(st.sampled_from(["marginal", "marginal", "retroactive"]))
        lines.append(f"      - {{from: {edge}%, pays: {pays}, method: {method}}}")
    return "\n".join(lines)


@st.composite
def release(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["signing", "aha", "months", "thirds"]))
    within = draw(st.sampled_from(["", ", within: 60 days", ", within: 2 months"]))
    late = draw(st.sampled_from(["", ", otherwise: paid late"])) if within else ""
    return {
        "signing": "",
        "aha": f"release:\n  - {{share: 50%, on: signing}}\n  - {{share: 50%, on: aha{within}{late}}}\n",
        "months": "release:\n  - {share: 50%, on: signing}\n  - {share: 25%, on: month 6}\n"
        "  - {share: 25%, on: month 12}\n",
        "thirds": f"release:\n  - {{share: 33.3333%, on: aha{within}{late}}}\n  - {{share: 66.6667%, on: month 1}}\n",
    }[kind]


@st.composite
def plan_text(draw: st.DrawFn) -> str:
    count = draw(st.integers(1, 3))
    lines = ["name: A plan", "year: 2026-01", "levels:"]
    sales = 0
    for index in range(count):
        variable = draw(st.integers(1, 20_000_000))
        quota = draw(st.integers(max(100, variable // 10 + 1), 200_000_000))
        base = draw(st.integers(0, 10_000_000))
        lines.append(f"  - name: {LEVELS[index]}\n    base: {_money(base)}")
        lines.append(f"    variable: {_money(variable)}\n    quota: {_money(quota)}")
        if index and draw(st.booleans()):
            sales += draw(st.integers(100, 50_000_000))
            churn = draw(st.sampled_from(["", ", churn below: 10%", ", churn below: 33.3333%"]))
            productivity = draw(st.sampled_from(["", ", productivity: {arr: $900, months: 3}"]))
            lines.append(f"    reached at: {{sales: {_money(sales)}{productivity}{churn}}}")
    lines.append("components:")
    for index in range(draw(st.integers(1, 2))):
        measure = draw(st.sampled_from(["arr", "mrr", "tcv", "acv"]))
        period = draw(st.sampled_from(["deal", "month", "quarter", "half", "year"]))
        where = draw(
            st.sampled_from(["", "    where: {kind: [new]}\n", "    where: {kind: [expansion], product: B}\n"])
        )
        lines.append(f"  - name: Part {index}\n    credits: {measure}\n    accumulates: {period}\n{where}    tiers:")
        lines.append(draw(tiers()))
    lines.append(draw(release()))
    takes = draw(st.sampled_from(["", "all", "pro rata by whole month"]))
    if takes:
        lines.append(f"clawback: {{on: churn, within: {draw(st.integers(1, 18))} months, takes: {takes}}}")
    if draw(st.booleans()):
        over = draw(st.sampled_from(["12 months", "90 days", "all time"]))
        itself = draw(st.sampled_from(["yes", "no"]))
        lines.append(
            "multipliers:\n  - {name: Buyer rating, adds: 20%, when: {deal rating: 5, rep average at least: 4.5, "
            f"over: {over}, ratings at least: {draw(st.integers(0, 3))}, counts this deal: {itself}}}}}"
        )
    if draw(st.booleans()):
        lines.append(f"cap: {_money(draw(st.integers(0, 10_000_000)))}")
    return "\n".join(lines)


def plans() -> st.SearchStrategy[Plan]:
    return plan_text().map(read_plan)


@st.composite
def deals(draw: st.DrawFn, most: int) -> tuple[Deal, ...]:
    found = []
    for index in range(draw(st.integers(0, most))):
        signed = START + timedelta(days=draw(st.integers(0, 729)))
        aha = draw(st.none() | st.integers(0, 120))
        churned = draw(st.none() | st.integers(0, 500))
        rating = draw(st.none() | st.integers(1, 5))
        found.append(
            Deal(
                id=f"d{index}",
                signed=signed,
                arr=draw(st.integers(0, 30_000_000)),
                term=draw(st.sampled_from([1, 12, 24, 36])),
                kind=draw(st.sampled_from(["new", "expansion", "renewal"])),
                product=draw(st.sampled_from(["A", "B"])),
                aha=None if aha is None else signed + timedelta(days=aha),
                churned=None if churned is None else signed + timedelta(days=churned),
                rating=rating,
                rated=None if rating is None else signed + timedelta(days=draw(st.integers(80, 100))),
                rep_average=draw(st.sampled_from([None, None, None, Fraction("4.79"), Fraction("4.5")])),
            )
        )
    return tuple(found)


@st.composite
def histories(draw: st.DrawFn, most: int = 12) -> History:
    spells = [Spell(month_of(START), draw(st.sampled_from(LEVELS)), draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        spells.append(Spell(month_of(date(2026, draw(st.integers(1, 12)), 1)), "Elsewhere", draw(st.integers(0, 4))))
    return History("rep", draw(deals(most)), tuple(spells))
