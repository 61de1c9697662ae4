"""The workbook's formulas, calculated by LibreOffice, give Townhall's cents."""

import csv
import io
import re
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import openpyxl
import pytest

from server.comp import Deal, History, Plan, Window, explain, read_plan
from server.comp.analysis.cases import Case
from server.comp.calendar import month_of
from server.comp.language.declarations import read
from server.comp.plan import parse
from server.simulator import routes
from server.statements.csv import as_csv
from server.statements.workbook.book import as_workbook
from server.web.i18n import language
from server.web.work_budget import WorkBudget
from tests import libreoffice
from tests.bench.engine import PLANS, WINDOW, histories
from tests.cast import SLUG
from tests.conftest import Townhall

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = re.findall(r"```plan\n(.*?)```", (ROOT / "docs" / "plan-language.md").read_text(), re.DOTALL)
KICKERS = """\
name: Kickers
levels: [{name: Associate 1, base: $50,000, variable: $60,000, quota: $800,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}, {from: 100%, pays: 1.5x}]}]
release:
  - {share: 40%, on: aha, within: 2 months}
  - {share: 30%, on: month 3, leaving that month: keeps it}
  - {share: 30%, on: signing}
clawback: {within: 200 days, takes: pro rata by day, of: what was earned}
multipliers: [{name: New, adds: 7%, where: {kind: new}}, {name: Long, times: 1.1x, where: {term: 12}}]
combine: sum
multipliers at most: 1.15x
"""


MONTH_ENDS = """name: Month ends
year: 2026-01
levels: [{name: AE, variable: $120,000, quota: $1,200,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}, {from: 50%, pays: 2x}]}]
clawback: {within: 12 months, takes: pro rata by whole month}
exchange: [{currency: EUR, rate: 1.085}]
"""
ENDS = ((date(2026, 1, 31), date(2026, 2, 28)), (date(2026, 3, 31), date(2026, 4, 30)), (date(2026, 1, 30), None))


def worked_examples() -> list[tuple[str, History, Plan, Window]]:
    """Return the worked examples of the plan language, and a long history under several plans."""
    examples = []
    for text in EXAMPLES:
        plan, fields = parse(text)
        for entry in fields.each("cases", 60):
            entry.node("expect")
            case = read(Case, entry, also=("expect",))
            examples.append((f"{plan.name}: {case.name}", case.history(plan), plan, Window(plan.year)))
    [history] = histories(1, 80)
    plans = (*PLANS[:3], read_plan(KICKERS))
    examples += [(f"{plan.name}: a long history", history, plan, WINDOW) for plan in plans]
    deals = [
        Deal(f"D{number}", signed, 12_000_000, churned=left, currency=currency)
        for number, ((signed, left), currency) in enumerate(product(ENDS, ("", "EUR", "CHF")))
    ]
    month_ends = read_plan(MONTH_ENDS)
    before = History("1", (Deal("T", date(2026, 3, 9), 12_000_000, aha=date(2026, 1, 5), paid=date(2026, 2, 9)),))
    examples += [(f"{plan.name}: aha in a trial", before, plan, WINDOW) for plan in plans]
    return [*examples, ("month ends", History("1", tuple(deals)), month_ends, Window(month_ends.year))]


@pytest.mark.skipif(libreoffice.program() is None, reason="LibreOffice is not installed")
@pytest.mark.process
def test_libreoffice_calculates_the_same_cents(tmp_path: Path) -> None:
    cases = worked_examples()
    statements = [explain(history, plan, window) for _, history, plan, window in cases]
    workbooks = [
        as_workbook(statement, history, plan, language("en"))
        for statement, (_, history, plan, _) in zip(statements, cases, strict=True)
    ]
    for (name, *_), statement, book in zip(
        cases, statements, libreoffice.recalculated(tmp_path, *workbooks), strict=True
    ):
        rows = list(book["Summary"].values)
        assert (round(rows[-3][-1] * 100, 4), rows[-1][-1]) == (statement.total, 0), name
        by_element = [0] * len(statement.elements.labels)
        for (element, _), cents in statement.amounts().items():
            by_element[element] += cents
        assert [round(row[-1] * 100, 4) for row in rows[2:-3]] == by_element, name
        assert all(cell is None or not str(cell).startswith("#") for row in rows for cell in row), name


def test_most_of_a_common_plan_is_formulas() -> None:
    [history] = histories(1, 20)
    book = openpyxl.load_workbook(
        io.BytesIO(as_workbook(explain(history, PLANS[2], WINDOW), history, PLANS[2], language("en")))
    )
    headings = [cell.value for cell in book["Deals"][1]]
    first = {heading: cell.value for heading, cell in zip(headings, book["Deals"][2], strict=True)}
    assert str(first["New business: earned"]).startswith("=")
    assert first["Not in formulas"] == 0
    assert all(str(first[heading]).startswith("=") for heading in headings if ": amount" in str(heading))
    assert book.sheetnames == ["Summary", "Month ends", "Schedules", "Deals", "Plan"]


def test_text_that_people_typed_is_never_a_formula() -> None:
    plan = replace(PLANS[0], name="=1+1")
    deal = Deal("=cmd", date(2026, 2, 1), 100_000, customer="@SUM(A1)")
    history = History("rep", (deal,))
    statement = explain(history, plan, Window(month_of(date(2026, 1, 1))))
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(statement, history, plan, language("en"))))
    assert [cell.value for cell in book["Deals"][2]][:2] == ["'=cmd", "'@SUM(A1)"]
    assert [cell.data_type for cell in book["Deals"][2]][:2] == ["s", "s"]
    assert book["Plan"]["A1"].value == "'=1+1"


def test_a_rep_downloads_their_own_workbook(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    for path in ("/me/pay/statement.xlsx", f"/proposals/{SLUG}/candidates/a/statement.xlsx?attainment=100"):
        response = maya.get(path)
        assert response.status_code == 200
        assert response.headers["content-disposition"] == 'attachment; filename="statement.xlsx"'
        assert response.headers["cache-control"] == "no-store"
        assert openpyxl.load_workbook(io.BytesIO(response.content)).sheetnames[0] == "Summary"
    assert "statement.xlsx" in maya.get("/me/pay/statement").text
    assert maya.get(f"/proposals/{SLUG}/candidates/zz/statement.xlsx").status_code == 404
    assert townhall.client("Ada Admin").get("/me/pay/statement.xlsx").status_code == 404


def test_a_very_large_workbook_is_refused_with_another_way(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MAX_WORKBOOK_LINES", 1)
    refused = townhall.client("Maya Rep").get("/me/pay/statement.xlsx")
    assert refused.status_code == 422
    assert "Download the CSV" in refused.text


def test_many_workbooks_at_once_wait(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_WORKBOOKS", WorkBudget(most=1, per_second=0.1))
    maya = townhall.client("Maya Rep")
    assert maya.get("/me/pay/statement.xlsx").status_code == 200
    refused = maya.get("/me/pay/statement.xlsx")
    assert refused.status_code == 429
    assert "Try again in" in refused.text
    assert townhall.client("Dana Rep").get("/me/pay/statement.xlsx").status_code == 200


def test_the_exchange_of_a_currency_is_in_the_csv_and_the_workbook() -> None:
    plan = read_plan(MONTH_ENDS)
    deals = (Deal("E", date(2026, 3, 1), 1_000_000, currency="EUR"), Deal("D", date(2026, 3, 2), 1_000_000))
    history, window = History("r", deals), Window(plan.year)
    statement = explain(history, plan, window)
    rows = list(csv.DictReader(io.StringIO(as_csv(statement, language("en"), plan.currency))))
    exchanged = {row["deal"]: row["exchange rate"] for row in rows if row["deal"]}
    assert exchanged == {"E": "€10,000 × 1.085 = $10,850", "D": ""}
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook(statement, history, plan, language("en"))))["Deals"]
    head = [cell.value for cell in sheet[1]]
    assert [sheet.cell(row, head.index("Exchange rate") + 1).value for row in (2, 3)] == [
        "€10,000 × 1.085 = $10,850",
        None,
    ]


def test_the_csv_has_the_months_of_a_calendar_of_weeks() -> None:
    plan = read_plan(
        "name: Weeks\nyear: 2027-02\ncalendar: {weeks: 4-4-5, starts: 2027-01-31}\n"
        "levels: [{name: AE, base: $24,000, variable: $26,000, quota: $260,000}]\n"
        "components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]\n"
    )
    history = History("1", (Deal("D", date(2027, 4, 30), 1_000_000),))
    rows = list(csv.DictReader(io.StringIO(as_csv(explain(history, plan, Window(plan.year)), language("en"), "USD"))))
    months = [*(f"2027-{month:02}" for month in range(2, 13)), "2028-01"]
    assert [row["month"] for row in rows if row["element"] == "Base pay"] == months
    # February has four weeks from January 31, March four from the 28th, April five from March 28.
    assert [row["month"] for row in rows if row["deal"] == "D"] == ["2027-04"]
