"""`townhall pay` pays every worked case of the documentation and of the ready-made plans as the case does."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from server.comp import Deal, History, Window, explain
from server.comp.analysis.cases import Case
from server.comp.calendar import first_day
from server.comp.language.declarations import read
from server.comp.mechanics.measures import MEASURES
from server.comp.plan import Plan, parse
from tests.cli.command import ROOT, call_townhall

DOCUMENTED = re.findall(r"```plan\n(.*?)```", (ROOT / "docs" / "plan-language.md").read_text(), re.DOTALL)
READY = [path.read_text() for path in sorted((ROOT / "seed" / "plans").glob("*.yaml"))]


def cases_of(text: str) -> list[tuple[str, Plan, History]]:
    plan, fields = parse(text)
    cases = []
    for entry in fields.each("cases", 60):
        entry.node("expect")
        case = read(Case, entry, also=("expect",))
        cases.append((case.name, plan, case.history(plan)))
    return cases


PUBLISHED = [
    text
    for path in sorted((ROOT / "tests" / "comp" / "cases").glob("*.yaml"))
    for text in path.read_text().split("\n---\n")
]
CASES = [(text, *case) for text in [*DOCUMENTED, *READY, *PUBLISHED] for case in cases_of(text)]


def as_csv(rows: list[dict[str, object]]) -> str:
    output = io.StringIO()
    writer = csv.DictWriter(output, list(dict.fromkeys(name for row in rows for name in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return output.getvalue()


def money(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def deal_row(deal: Deal) -> dict[str, object]:
    row: dict[str, object] = {
        "id": deal.id,
        "amount": money(deal.arr),
        "signed": deal.signed,
        "term": deal.term,
        "kind": deal.kind,
        "product": deal.product,
        "customer": deal.customer,
        "segment": deal.segment,
        "region": deal.region,
        "credit role": deal.role,
        "currency": deal.currency,
        "discount": "" if deal.discount is None else f"{float(deal.discount * 100)}%",
        "prepaid": "yes" if deal.prepaid else "no",
        "aha": deal.aha or "",
        "paid": deal.paid or "",
        "go live": deal.live or "",
        "service starts": deal.starts or "",
        "churned": deal.churned or "",
        "rating": deal.rating or "",
        "rated": deal.rated or "",
        "rep average": "" if deal.rep_average is None else f"{float(deal.rep_average):.6f}",
        "refund of": deal.refund_of,
    }
    if deal.split:
        whole = sum(deal.split.weights)
        shares = [f"{weight * 10_000 // whole / 100}%" for weight in deal.split.weights]
        row["person"] = "; ".join(f"Person {number} {share}" for number, share in enumerate(shares))
    stated = {name: money(value) if MEASURES[name].is_money else value for name, value in deal.amounts}
    return row | stated


def fact_files(history: History) -> dict[str, list[dict[str, object]]]:
    person, name = history.person, "Person 0"
    people: list[dict[str, object]] = [
        {
            "name": name,
            "level": held.name,
            "since": first_day(held.first_month),
            "started": person.started or "",
            "left": person.left or "",
        }
        for held in history.levels
    ]
    quotas: list[dict[str, object]] = [
        {
            "person": name,
            "from": str(first_day(own.first_month))[:7],
            "until": str(first_day(own.last_month))[:7],
            "quota": "" if own.quota is None else money(own.quota),
            "variable": "" if own.variable is None else money(own.variable),
            "base": "" if own.base is None else money(own.base),
            "component": own.component,
            "reason": own.reason,
        }
        for own in person.adjustments
    ]
    results: list[dict[str, object]] = [
        {
            "person": name,
            "result": result.of,
            "month": str(first_day(result.month))[:7],
            "value": f"{float(result.value):.6f}",
        }
        for result in person.results
    ]
    balances: list[dict[str, object]] = [{"person": name, "opening balance": money(person.opening)}]
    corrections: list[dict[str, object]] = [
        {"person": name, "date": correction.day, "correction": money(correction.cents), "reason": correction.reason}
        for correction in person.corrections
    ]
    payments: list[dict[str, object]] = [
        {"deal": deal.id, "payment date": payment.day, "amount paid": money(payment.cents)}
        for deal in history.deals
        for payment in deal.payments
    ]
    return {
        "people": people,
        "quotas": quotas,
        "results": results,
        "balances": balances if person.opening else [],
        "corrections": corrections,
        "payments": payments,
    }


def fits_into_files(history: History) -> bool:
    """Return whether files can say what a case says: shares in whole hundredths of a percent, no team of quotas."""
    splits = [deal.split for deal in history.deals if deal.split]
    is_exact = all(weight * 10_000 % sum(split.weights) == 0 for split in splits for weight in split.weights)
    return bool(history.deals) and is_exact and not history.person.team


IN_FILES = [case for case in CASES if fits_into_files(case[3])]


def test_most_cases_fits_into_files_as_files() -> None:
    assert len(IN_FILES) > 0.85 * len(CASES), len(CASES)


@pytest.mark.parametrize(
    ("text", "plan", "history"),
    [(text, plan, history) for text, _, plan, history in IN_FILES],
    ids=[f"{plan.name}: {name}" for _, name, plan, _ in IN_FILES],
)
def test_pay_pays_what_the_case_pays(tmp_path: Path, text: str, plan: Plan, history: History) -> None:
    (tmp_path / "plan.yaml").write_text(text)
    (tmp_path / "deals.csv").write_text(as_csv([deal_row(deal) for deal in history.deals]))
    options = ["--from", str(first_day(plan.year))[:7], "--format", "json"]
    options += ["--rep", "Person 0"] if any(deal.split for deal in history.deals) else []
    for file, rows in fact_files(history).items():
        if rows:
            (tmp_path / f"{file}.csv").write_text(as_csv(rows))
            options += ["--facts", f"{file}.csv"]
    done = call_townhall(tmp_path, "pay", "--plan", "plan.yaml", "--deals", "deals.csv", *options)
    assert done.returncode == 0, done.stderr or done.stdout
    statement = explain(history, plan, Window(plan.year))
    output = json.loads(done.stdout)
    assert output["total_cents"] == statement.total
    assert [deal["commission_cents"] for deal in output["deals"]] == [deal.commission for deal in statement.deals]
