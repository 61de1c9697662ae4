"""A deal pays the same whichever way it comes in: as a case, by file, by API or on the command line."""

import csv
import io
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.api import service as api_service
from server.cli.pay import PayFormat, _credited_deal, _deals_of, _read_deals
from server.comp import Deal, History, Person, Plan, Window, explain, read_plan
from server.comp.analysis.cases import Case
from server.comp.language.declarations import read
from server.comp.mechanics.measures import MEASURES
from server.comp.plan import parse
from server.deals import queries as deal_queries
from server.imports import service as import_service
from server.imports.file_types import STATED_MEASURES
from server.imports.files.unpack import read_table
from tests.conftest import Townhall

START = date(2024, 1, 1)
COLUMNS = {
    "go-live": "go live",
    "customer paid": "paid",
    "service starts": "service starts",
    "arr": "amount",
    "rep average": "rep average",
    "role": "credit role",
    "refund of": "refund of",
}
HEAD = (
    "name: A plan\nyear: 2024-01\nexchange: [{currency: EUR, rate: 1.085}]\n"
    "levels: [{name: Rep, variable: $50,000, quota: $800,000}]\n"
)
PLANS = [
    (
        "components: [{name: Sales, accumulates: quarter, where: {size: {from: $500}, role: [own, team]},"
        " tiers: [{from: 0%, pays: 1x}]}]"
    ),
    "components: [{name: Sales, credits: deals, split: commission, tiers: [{from: 0, pays: $250}]}]",
    (
        "components: [{name: Sales, credits: revenue, split: commission, tiers: [{from: $0, pays: 10%}]}]\n"
        "release: [{share: 1/3, on: signing}, {share: 2/3, on: customer paid}]"
    ),
    (
        "components: [{name: Sales, tiers: [{from: $0, pays: 8%}]}]\n"
        "release: [{share: 40%, on: signing}, {share: 60%, on: each payment}]"
    ),
    (
        "components: [{name: Sales, credits: expansion, counts: [{when: {discount: {above: 5%}}, share: 50%}],"
        " tiers: [{from: $0, pays: 7%}]}]"
    ),
    (
        "components: [{name: Units, credits: units, every: {step: 3, pays: $100}}]\n"
        "clawback: {within: 6 months, counted from: start of service}\n"
        "multipliers: [{name: Stars, adds: 20%, when: {deal rating: 5, rep average at least: 4.8}}]"
    ),
]


@st.composite
def stated_deals(draw: st.DrawFn) -> dict[str, str]:
    """Return the terms of a deal as a case states them."""
    signed = START + timedelta(days=draw(st.integers(0, 300)))

    def later(most: int) -> str:
        return str(signed + timedelta(days=draw(st.integers(0, most))))

    cents = draw(st.integers(-500_000, 5_000_000))
    terms = {
        "signed": str(signed),
        "arr": f"{cents / 100:.2f}",
        "term": str(draw(st.sampled_from([1, 12, 30]))),
        "kind": draw(st.sampled_from(["new", "expansion", "renewal"])),
        "region": draw(st.sampled_from(["", "North"])),
        "segment": draw(st.sampled_from(["", "small"])),
        "product": draw(st.sampled_from(["", "Flow"])),
        "customer": draw(st.sampled_from(["", "Acme", "Blue Mesa"])),
        "currency": draw(st.sampled_from(["", "EUR"])),
        "discount": draw(st.sampled_from(["", "5%", "12.5%", "0.0001%"])),
        "prepaid": draw(st.sampled_from(["", "yes", "no"])),
        "role": draw(st.sampled_from(["own", "overlay", "team"])),
        "rep average": draw(st.sampled_from(["", "4.8", "4.123456"])),
        "refund of": draw(st.sampled_from(["", "", "Case0"])),
        "shares": draw(st.sampled_from(["", "60% 40%", "33.33% 66.67%", "50% 25% 25%"])),
    }
    for name in ("aha", "customer paid", "go-live", "churned", "service starts"):
        terms[name] = later(150) if draw(st.booleans()) else ""
    payments = [f"{later(200)} {draw(st.integers(1, 2_000_000)) / 100:.2f}" for _ in range(draw(st.integers(0, 3)))]
    terms["payments"] = "; ".join(payments)
    if draw(st.booleans()):
        terms |= {"rating": str(draw(st.integers(1, 5))), "rated": later(120)}
    for name in draw(st.lists(st.sampled_from(STATED_MEASURES), max_size=3, unique=True)):
        terms[name] = f"{draw(st.integers(0, 10_000_00)) / 100:.2f}" if MEASURES[name].is_money else "7"
    return {name: value for name, value in terms.items() if value}


def as_terms(name: str, value: str) -> str:
    """Return a value as a case states it."""
    if name != "payments":
        return value
    payments = [part.strip().split(" ") for part in value.split(";")]
    return f"[{', '.join(f'{{on: {day}, amount: {amount}}}' for day, amount in payments)}]"


def as_case(deals: list[dict[str, str]]) -> tuple[Deal, ...]:
    rows = []
    for number, terms in enumerate(deals):
        values = {"id": f"Case{number}"} | terms
        stated = [
            f"{name}: [{value.replace(' ', ', ')}]" if name == "shares" else f"{name}: {as_terms(name, value)}"
            for name, value in values.items()
        ]
        rows.append(f"      - {{{', '.join(stated)}}}")
    head = "name: A\nlevels: [{name: Rep}]\ncomponents: [{name: S, tiers: [{from: $0, pays: 1%}]}]\n"
    _, fields = parse(f"{head}cases:\n  - name: all\n    deals:\n" + "\n".join(rows) + "\n")
    [entry] = fields.each("cases", 1)
    case = read(Case, entry)
    assert entry.problems == []
    return tuple(deal.deal(index) for index, deal in enumerate(case.deals))


def rows_of(deals: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the deals as rows of a file; Dana Rep is the first of those who share one."""
    others = ("Dana Rep", "Maya Rep", "Newt Newcomer")
    rows = []
    for number, terms in enumerate(deals):
        shares = terms.get("shares", "").split()
        people = "; ".join(f"{name} {share}" for name, share in zip(others, shares, strict=False)) or "Dana Rep"
        values = {COLUMNS.get(name, name): value for name, value in terms.items() if name != "shares"}
        rows.append({"id": f"Case{number}", "person": people} | values)
    return rows


def as_csv(rows: list[dict[str, str]]) -> str:
    output = io.StringIO()
    writer = csv.DictWriter(output, list(dict.fromkeys(name for row in rows for name in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()


def total(plan: Plan, deals: tuple[Deal, ...]) -> int:
    return explain(History("Dana", deals, (), Person()), plan, Window(plan.year, 24)).total


def imported(townhall: Townhall, preview_of: Any) -> tuple[Deal, ...]:
    """Return Dana's deals as the pages pay them after an import, which is undone."""
    person = townhall.person("Dana Rep").id
    with townhall.database.writing() as session:
        before = {deal.id for deal in deal_queries.book(session, person)}
        preview = preview_of(session)
        assert [str(problem.fix) for problem in preview.problems] == []
        import_service.apply_import(session, preview, "upload")
        session.flush()
        deals = deal_queries.book(session, person)
        session.rollback()
    return tuple(sorted((deal for deal in deals if deal.id not in before), key=lambda deal: deal.id))


@pytest.mark.parametrize("kind", ["file", "api", "command line"])
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deals=st.lists(stated_deals(), min_size=1, max_size=4))
def test_every_way_in_is_one_conversion(
    townhall: Townhall, tmp_path: Path, kind: str, deals: list[dict[str, str]]
) -> None:
    expected, rows = as_case(deals), rows_of(deals)
    if kind == "file":
        table = read_table("deals.csv", as_csv(rows).encode())
        converted = imported(townhall, lambda session: import_service.preview_import(session, [table]))
    elif kind == "api":
        converted = imported(townhall, lambda session: api_service.parse_rows(session, "deals", rows))
    else:
        path = tmp_path / "deals.csv"
        path.write_text(as_csv(rows))
        parsed = _read_deals(path, PayFormat.json, "USD")
        converted = tuple(_credited_deal(deal, index, {}) for deal, index in _deals_of(parsed, "Dana Rep"))
    assert converted == expected
    for text in PLANS:
        plan = read_plan(f"{HEAD}{text}\n")
        assert total(plan, converted) == total(plan, expected)


def test_equal_shares_of_an_odd_cent_keep_the_order_of_the_file(townhall: Townhall) -> None:
    text = "id,person,amount,signed\nOdd1,Maya Rep 50%; Dana Rep 50%,100.01,2026-03-01\n"
    table = read_table("deals.csv", text.encode())
    [deal] = imported(townhall, lambda session: import_service.preview_import(session, [table]))
    assert (deal.arr, deal.own_arr, deal.split and deal.split.index) == (10_001, 5_000, 1)
    assert Fraction(deal.own_arr, deal.arr) < Fraction(1, 2)
