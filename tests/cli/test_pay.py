"""`townhall pay`, run as people and their spreadsheets run it."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.cli.command import ROOT, Completed, call_townhall

GOOD = str(ROOT / "seed" / "plans" / "account-executive.yaml")
TODAY = (ROOT / "seed" / "plans" / "today.yaml").read_text()
TWO_DEALS = "id,arr,signed\nA,800000,2026-03-01\nB,100000,2026-04-01\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(TODAY)
    (tmp_path / "deals.csv").write_text(TWO_DEALS)
    return tmp_path


def pay(folder: Path, *more: str) -> Completed:
    return call_townhall(folder, "pay", "--plan", "plan.yaml", "--deals", "deals.csv", *more)


def test_pay_prints_the_statement_in_three_forms(files: Path) -> None:
    text = pay(files).stdout
    assert "109375.00" in text
    output = json.loads(pay(files, "--format", "json").stdout)
    assert output["total_cents"] == 10_937_500
    assert [deal["commission_cents"] for deal in output["deals"]] == [5_000_000, 937_500]
    rows = pay(files, "--format", "csv").stdout.splitlines()
    assert rows[0].startswith('"month","deal"')
    assert len(rows) == 1 + 12 + 2


def test_pay_takes_a_level_and_a_start(files: Path) -> None:
    output = json.loads(pay(files, "--format", "json", "--level", "associate 3").stdout)
    assert output["deals"][0]["level"] == "Associate 3"
    assert pay(files, "--level", "boss").returncode == 2
    early = json.loads(pay(files, "--format", "json", "--from", "2026-01", "--months", "3").stdout)
    assert early["total_cents"] == 1_250_000 + 5_000_000
    for month in ("soon", "2027-99", "2027-00", "27-1"):
        assert pay(files, "--from", month).returncode == 2


def test_pay_takes_events_and_payments_of_deals(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        "name: P\nyear: 2026-01\nlevels: [{name: One}]\ncomponents: [{name: Sales, tiers: [{from: $0, pays: 10%}]}]\n"
        "release: [{share: 50%, on: aha, within: 60 days}, {share: 50%, on: each payment}]\n"
    )
    (tmp_path / "deals.csv").write_text(TWO_DEALS)
    (tmp_path / "events.csv").write_text("deal,aha\nA,2026-03-20\n")
    (tmp_path / "payments.csv").write_text("deal,payment date,amount paid\nA,2026-05-01,200000\nA,2026-05-01,200000\n")
    facts = ("--facts", "events.csv", "--facts", "payments.csv", "--format", "json", "--from", "2026-01")
    output = json.loads(pay(tmp_path, *facts).stdout)
    assert output["total_cents"] == 4_000_000 + 2_000_000  # half of the payments of A have come
    (tmp_path / "payments.csv").write_text("deal,payment date,amount paid\nA,2026-05-01,400000\n")
    (tmp_path / "deals.csv").write_text(
        "id,rep,arr,signed,payments\nA,Dana,800000,2026-03-01,2026-04-01 400000\nB,Lee,100000,2026-04-01,\n"
    )
    (tmp_path / "events.csv").write_text("deal,aha\nA,2026-03-20\nB,2026-04-20\n")
    output = json.loads(pay(tmp_path, *facts, "--rep", "Dana").stdout)
    assert output["total_cents"] == 4_000_000 + 4_000_000  # payments of both files count
    (tmp_path / "events.csv").write_text("deal,aha\nC,2026-03-20\n")
    wrong = pay(tmp_path, *facts[:2])
    assert wrong.returncode == 1
    assert "events.csv line 2" in wrong.stderr


def test_pay_names_what_is_wrong_with_a_plan_or_a_file(files: Path) -> None:
    (files / "plan.yaml").write_text(TODAY.replace("variable: $50,000", "varable: $50,000"))
    done = pay(files)
    assert done.returncode == 1
    assert "plan.yaml line" in done.stderr
    assert "Did you mean “variable”?" in done.stderr
    (files / "plan.yaml").write_text(TODAY)
    (files / "deals.csv").write_text(TWO_DEALS.replace("2026-03-01", "2026-33-01"))
    assert "deals.csv line 2" in pay(files).stderr


def test_pay_writes_a_workbook_and_prints_pay_by_period(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id,arr,stage,signed\nX,100000,Won,2026-01-10\n")
    (tmp_path / "plan.yaml").write_text(
        "name: Curve\nyear: 2026-01\nlevels: [{name: One, variable: $40,000, quota: $400,000}]\n"
        "components: [{name: Sales, accumulates: quarter, curve: [{from: 50%, pays: 100%}]}]\n"
    )
    asked = ("pay", "--plan", "plan.yaml", "--deals", "deals.csv")
    done = call_townhall(tmp_path, *asked)
    assert "$100,000 credited, 100% of quota; the target is $10,000" in done.stdout
    output = json.loads(call_townhall(tmp_path, *asked, "--format", "json").stdout)
    assert [period["cents"] for period in output["periods"] if period["cents"]] == [1_000_000]
    assert call_townhall(tmp_path, *asked, "--format", "xlsx").returncode == 2
    assert call_townhall(tmp_path, *asked, "--format", "xlsx", "--out", "statement.xlsx").returncode == 0
    assert openpyxl.load_workbook(tmp_path / "statement.xlsx").sheetnames[0] == "Summary"


DEALS = "id,stage,arr,signed,rating,rep average\n1,won,1000,2026-03-01,5,%s\n"


@pytest.mark.parametrize("cell", ["abc", "1/0", "9", "1e30"])
def test_an_average_that_cannot_be_is_refused_with_its_line(tmp_path: Path, cell: str) -> None:
    (tmp_path / "deals.csv").write_text(DEALS % cell)
    done = call_townhall(tmp_path, "pay", "--plan", GOOD, "--deals", "deals.csv")
    assert done.returncode == 1
    assert "deals.csv line 2, rep average" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_of_another_kind_is_not_paid(tmp_path: Path) -> None:
    done = call_townhall(tmp_path, "pay", "--plan", GOOD, "--deals", str(ROOT / "seed" / "data" / "people.csv"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "people.csv lists people, not deals" in done.stderr


def test_a_workbook_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(DEALS % "4.8")
    done = call_townhall(
        tmp_path, "pay", "--plan", GOOD, "--deals", "deals.csv", "--format", "xlsx", "--out", str(tmp_path)
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_errors_are_json_when_json_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(Path(GOOD).read_text().replace("summary:", "sumary:"))
    (tmp_path / "deals.csv").write_text("id,stage,arr,signed\n1,won,x,2026-03-01\n")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9")
    asked = [("--plan", "broken.yaml", "--deals", "deals.csv"), ("--plan", GOOD, "--deals", "deals.csv")]
    for plan in asked:
        done = call_townhall(tmp_path, "pay", *plan, "--format", "json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["problems"]
    done = call_townhall(tmp_path, "plan", "check", "latin.yaml", "--format", "json")
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
    done = call_townhall(tmp_path, *asked, *(("--rep", "dana kim") if "%;" in row else ()))
    assert json.loads(done.stdout)["total_cents"] == cents, done.stderr
    assert done.stderr == ""


def test_pay_asks_for_the_person_and_reports_an_unknown_one(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(COLUMNS)
    (tmp_path / "deals.csv").write_text("id,signed,owner,arr\nA,2027-01-05,Dana Kim 60%; Bo Li 40%,10000\n")
    asked = ("pay", "--plan", "plan.yaml", "--deals", "deals.csv")
    assert "deal A is shared. Choose with --rep whose pay to calculate." in call_townhall(tmp_path, *asked).stderr
    assert "no won deal of “Nobody”" in call_townhall(tmp_path, *asked, "--rep", "Nobody").stderr


LEVELS = """\
name: P
year: 2026-01
levels: [{name: AE, variable: $50,000, quota: $500,000}, {name: Senior AE, variable: $75,000, quota: $500,000}]
components: [{name: Sales, tiers: [{from: 0%, pays: 1x}]}]
"""


def test_pay_takes_levels_without_a_day_and_refuses_unknown_ones(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(LEVELS)
    (tmp_path / "deals.csv").write_text("id,rep,arr,signed\nA,Dana,100000,2026-03-01\n")
    (tmp_path / "people.csv").write_text("name,level\nDana,Senior AE\n")
    options = ("--facts", "people.csv", "--rep", "Dana", "--format", "json")
    assert json.loads(pay(tmp_path, *options).stdout)["total_cents"] == 1_500_000
    (tmp_path / "people.csv").write_text("name,level\nDana,Bogus\n")
    refused = pay(tmp_path, *options)
    assert refused.returncode == 2
    assert "the plan has no level “Bogus”; it has AE, Senior AE." in refused.stderr


def test_pay_pays_on_results_without_deals_and_says_what_is_not_stated(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        "name: P\nyear: 2026-01\nlevels: [{name: CSM, variable: $12,000}]\n"
        "components: [{name: NRR, reads: nrr, accumulates: quarter, bonuses: [{from: 90%, pays: $1,000}]}]\n"
    )
    (tmp_path / "deals.csv").write_text("id,rep,arr,signed\nA,Lee,100000,2026-03-01\n")
    (tmp_path / "results.csv").write_text("person,result,month,value\nDana,NRR,2026-03,95%\n")
    options = ("--rep", "Dana", "--from", "2026-01")
    paid = pay(tmp_path, *options, "--facts", "results.csv", "--format", "json")
    assert json.loads(paid.stdout)["total_cents"] == 100_000
    assert pay(tmp_path, *options).returncode == 2
    lee = pay(tmp_path, "--rep", "Lee").stdout
    assert "Not stated, so pay that depends on it is not included: the result “nrr”." in lee


def test_pay_names_the_range_of_events_that_no_file_states(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        LEVELS + "release: [{share: 50%, on: signing}, {share: 50%, on: aha, within: 60 days}]\n"
    )
    (tmp_path / "deals.csv").write_text("id,rep,arr,signed\nA,Dana,100000,2026-03-01\n")
    said = "Not stated: aha moments. If all of it had happened at signing, the total would be 10000.00."
    assert said in pay(tmp_path).stdout


def test_pay_pays_managers_on_the_deals_and_quotas_of_their_team(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        "name: P\nyear: 2026-01\nlevels: [{name: Lead, variable: $50,000, quota: team}]\n"
        "components: [{name: Team, where: {role: team}, tiers: [{from: 0%, pays: 1x}]}]\n"
    )
    (tmp_path / "deals.csv").write_text(
        "id,rep,arr,signed\nA,Dana,400000,2026-03-01\nB,Lee 50%; Bo Li 50%,100000,2026-04-01\nC,Lee,1,2025-06-01\n"
    )
    (tmp_path / "people.csv").write_text("name,manager,since\nDana,Boss,\nLee,Dana,2026-01-01\n")
    (tmp_path / "quotas.csv").write_text(
        "person,from,until,quota\nDana,2026-01,2026-12,600000\nLee,2026-01,2026-12,300000\n"
    )
    facts = ("--facts", "people.csv", "--facts", "quotas.csv", "--format", "json", "--from", "2026-01")
    output = json.loads(pay(tmp_path, *facts, "--rep", "Boss").stdout)
    assert [deal["id"] for deal in output["deals"]] == ["team/A", "team/B"]
    assert output["total_cents"] == 2_500_000  # $50,000 x $450,000 / $900,000


def test_members_of_a_team_without_a_quota_are_named(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(
        "name: P\nyear: 2026-01\nlevels: [{name: Lead, variable: $50,000, quota: team}]\n"
        "components: [{name: Team, where: {role: team}, tiers: [{from: 0%, pays: 1x}]}]\n"
    )
    (tmp_path / "deals.csv").write_text("id,signed,owner,arr\nA,2026-03-05,Dana Kim,10000\n")
    (tmp_path / "people.csv").write_text("name,manager\nDana Kim,Bo Li\nAna Paz,Bo Li\n")
    (tmp_path / "quotas.csv").write_text("name,from,until,quota\nDana Kim,2026-01,2026-12,500000\n")
    files = ("--facts", "people.csv", "--facts", "quotas.csv", "--rep", "Bo Li")
    done = call_townhall(tmp_path, "pay", "--plan", "plan.yaml", "--deals", "deals.csv", *files)
    assert "No file states the quota of Ana Paz, so the team quota leaves it out." in done.stderr
