"""`townhall plan`, run as people and their pipelines run it."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.cli.test_commands import ROOT, run_townhall

SEED = ROOT / "seed" / "plans"
GOOD = str(SEED / "account-executive.yaml")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    text = Path(GOOD).read_text().replace("pays: 1.5x", "pays: 1.5").replace("summary:", "sumary:")
    (tmp_path / "broken.yaml").write_text(text)
    return str(tmp_path / "broken.yaml")


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    (tmp_path / "wrong.yaml").write_text(Path(GOOD).read_text().replace("commission: $97,500", "commission: $97,501"))
    return str(tmp_path / "wrong.yaml")


def test_check_prints_the_sentences_and_the_lint_of_a_plan(tmp_path: Path) -> None:
    done = run_townhall(tmp_path, "plan", "check", GOOD)
    assert done.returncode == 0
    assert "AE: base $75,000, variable $75,000 at a quota of $750,000 a year." in done.stdout
    assert "! New business: at full quota, a deal of $62,500 pays $9,375" in done.stdout
    found = json.loads(run_townhall(tmp_path, "plan", "check", GOOD, "--format", "json").stdout)
    assert found["problems"] == []
    assert {finding["kind"] for finding in found["findings"]} == {"target", "timing", "rules"}


def test_check_prints_every_problem_by_line_and_fails(tmp_path: Path, broken: str) -> None:
    done = run_townhall(tmp_path, "plan", "check", broken)
    assert done.returncode == 1
    assert "broken.yaml line 2: “sumary” This key is unknown. Did you mean “summary”?" in done.stderr
    assert "line 12: “1.5” The unit is missing." in done.stderr
    found = json.loads(run_townhall(tmp_path, "plan", "check", broken, "--format", "json").stdout)
    assert [problem["line"] for problem in found["problems"]] == [2, 12]
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9")
    assert "not UTF-8 text" in run_townhall(tmp_path, "plan", "check", str(tmp_path / "latin.yaml")).stderr
    assert run_townhall(tmp_path, "plan", "check", "nowhere.yaml").returncode == 2


def test_each_case_is_checked(tmp_path: Path, wrong: str, broken: str) -> None:
    done = run_townhall(tmp_path, "plan", "cases", GOOD)
    assert done.returncode == 0
    assert "2 of 2 cases correct." in done.stdout
    failed = run_townhall(tmp_path, "plan", "cases", wrong)
    assert failed.returncode == 1
    assert "FAIL line 16: a fifth above" in failed.stdout
    assert "This case pays $97,500." in failed.stdout
    found = json.loads(run_townhall(tmp_path, "plan", "cases", wrong, "--format", "json").stdout)
    assert [case["ok"] for case in found] == [True, False]
    assert run_townhall(tmp_path, "plan", "cases", broken).returncode == 1


def test_diff_prints_changes_and_fails_when_there_are_some(tmp_path: Path) -> None:
    assert run_townhall(tmp_path, "plan", "diff", GOOD, GOOD).returncode == 0
    (tmp_path / "new.yaml").write_text(Path(GOOD).read_text().replace("1.5x", "1.4x").replace("$97,500", "$96,000"))
    done = run_townhall(tmp_path, "plan", "diff", GOOD, str(tmp_path / "new.yaml"))
    assert done.returncode == 1
    assert done.stdout == "New business: from 100%: commission: 1.5x to 1.4x\n"
    [change] = json.loads(
        run_townhall(tmp_path, "plan", "diff", GOOD, str(tmp_path / "new.yaml"), "--format", "json").stdout
    )
    assert (change["old"], change["new"], change["unit"], change["material"]) == ("1.5x", "1.4x", "multiple", True)


def test_the_schema_is_printed(tmp_path: Path) -> None:
    assert json.loads(run_townhall(tmp_path, "plan", "schema").stdout)["title"] == "Plan"


def test_pay_writes_a_workbook_and_prints_pay_by_period(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id,arr,stage,signed\nX,100000,Won,2026-01-10\n")
    (tmp_path / "plan.yaml").write_text(
        "name: Curve\nyear: 2026-01\nlevels: [{name: One, variable: $40,000, quota: $400,000}]\n"
        "components: [{name: Sales, accumulates: quarter, curve: [{from: 50%, pays: 100%}]}]\n"
    )
    asked = ("pay", "--plan", "plan.yaml", "--deals", "deals.csv")
    done = run_townhall(tmp_path, *asked)
    assert "$100,000 credited, 100% of quota; the target is $10,000" in done.stdout
    found = json.loads(run_townhall(tmp_path, *asked, "--format", "json").stdout)
    assert [period["cents"] for period in found["periods"] if period["cents"]] == [1_000_000]
    assert run_townhall(tmp_path, *asked, "--format", "xlsx").returncode == 2
    assert run_townhall(tmp_path, *asked, "--format", "xlsx", "--out", "statement.xlsx").returncode == 0
    assert openpyxl.load_workbook(tmp_path / "statement.xlsx").sheetnames[0] == "Summary"


DEALS = "id,stage,arr,signed,rating,rep average\n1,won,1000,2026-03-01,5,%s\n"


@pytest.mark.parametrize("cell", ["abc", "nan", "1/0", "9", "1e30"])
def test_an_average_that_cannot_be_is_refused_with_its_line(tmp_path: Path, cell: str) -> None:
    (tmp_path / "deals.csv").write_text(DEALS % cell)
    done = run_townhall(tmp_path, "pay", "--plan", GOOD, "--deals", "deals.csv")
    assert done.returncode == 1
    assert "deals.csv line 2, rep average" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_another_kind_is_not_paid(tmp_path: Path) -> None:
    done = run_townhall(tmp_path, "pay", "--plan", GOOD, "--deals", str(ROOT / "seed" / "data" / "people.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "people.csv lists people, not deals" in done.stderr


def test_a_workbook_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(DEALS % "4.8")
    done = run_townhall(
        tmp_path, "pay", "--plan", GOOD, "--deals", "deals.csv", "--format", "xlsx", "--out", str(tmp_path)
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_what_is_asked_for_as_json_is_json_also_when_it_fails(tmp_path: Path, broken: str) -> None:
    (tmp_path / "deals.csv").write_text("id,stage,arr,signed\n1,won,x,2026-03-01\n")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    asked = [("--plan", broken, "--deals", "deals.csv"), ("--plan", GOOD, "--deals", "deals.csv")]
    for plan in asked:
        done = run_townhall(tmp_path, "pay", *plan, "--format", "json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["problems"]
    done = run_townhall(tmp_path, "plan", "check", "latin.yaml", "--format", "json")
    assert json.loads(done.stdout)["problems"][0]["rule"] == "This file is not UTF-8 text. Save it as UTF-8."


COLUMNS = """\
name: Columns
year: 2027-01
levels: [{name: Rep}]
exchange: [{currency: EUR, rate: 1.08}]
components:
  - name: Deals
    rate by: [{when: {discount: {above: 20%}}, pays: 4%}, {when: {segment: Large}, pays: 8%}, {pays: 10%}]
    tiers: [{from: $0, pays: 1x}]
  - {name: Meetings, credits: opportunities, weight: 0%, tiers: [{from: 0, pays: $75}]}
release: [{share: 50%, on: signing}, {share: 50%, on: customer paid}]
multipliers: [{name: Prepaid, adds: 5%, where: {prepaid: yes}}]
"""


@pytest.mark.parametrize(
    ("row", "cents"),
    [
        ("Dana Kim,10000,25%,yes,2027-02-01,,,", 42_000),
        ("Dana Kim,10000,,,,,,", 50_000),
        ("Dana Kim,10000,,,2027-03-01,Large,,", 80_000),
        ("Dana Kim,10000,,,2027-03-01,,EUR,", 108_000),
        ("Dana Kim,0,,,2027-03-01,,,2", 15_000),
        ("Dana Kim 60%; Bo Li 40%,10000,,,2027-03-01,,,", 60_000),
    ],
)
def test_every_column_of_a_deal_reaches_the_plan(tmp_path: Path, row: str, cents: int) -> None:
    (tmp_path / "plan.yaml").write_text(COLUMNS)
    head = "id,signed,owner,arr,discount,prepaid,customer paid,segment,currency,opportunities"
    (tmp_path / "deals.csv").write_text(f"{head}\nA,2027-01-05,{row}\n")
    asked = ("pay", "--plan", "plan.yaml", "--deals", "deals.csv", "--format", "json")
    done = run_townhall(tmp_path, *asked, *(("--rep", "dana kim") if "%;" in row else ()))
    assert json.loads(done.stdout)["total_cents"] == cents, done.stderr
    assert done.stderr == ""


def test_pay_asks_for_the_person_and_reports_an_unknown_one(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(COLUMNS)
    (tmp_path / "deals.csv").write_text("id,signed,owner,arr\nA,2027-01-05,Dana Kim 60%; Bo Li 40%,10000\n")
    asked = ("pay", "--plan", "plan.yaml", "--deals", "deals.csv")
    assert (
        "deal A on line 2 is shared. Choose with --rep whose pay to calculate." in run_townhall(tmp_path, *asked).stderr
    )
    assert "no won deal of “Nobody”" in run_townhall(tmp_path, *asked, "--rep", "Nobody").stderr
