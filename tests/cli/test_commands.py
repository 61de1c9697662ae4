"""The command line, run as people run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.free_port import free_port

ROOT = Path(__file__).parent.parent.parent


def run_townhall(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
    command = [sys.executable, "-m", "server", *words]
    return subprocess.run(
        command,
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_demo_loads_from_an_empty_folder(tmp_path: Path) -> None:
    done = run_townhall(tmp_path, "demo", "--no-serve", "--port", str(port := free_port()))
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{port}" in done.stdout
    assert "Maya Chen" in done.stdout
    listed = json.loads(run_townhall(tmp_path, "people", "list", "--json").stdout)
    assert len(listed) == 41
    maya = next(row for row in listed if row["name"] == "Maya Chen")
    assert maya["role"] == "rep"
    assert maya["level"] == "Associate 1"
    assert maya["won_deals"] > 50
    again = run_townhall(tmp_path, "demo", "--no-serve", "--port", str(free_port()))
    assert "Loading" not in again.stdout
    assert len(json.loads(run_townhall(tmp_path, "people", "list", "--json").stdout)) == 41
    indexed = run_townhall(tmp_path, "reindex").stdout
    assert int(indexed.split(": ")[1].split(" ")[0].replace(",", "")) > 20


def test_the_crm_export_is_imported_and_its_people_can_be_invited(tmp_path: Path, shared: Path) -> None:
    crm = shared / "data" / "crm"
    dry = run_townhall(tmp_path, "import", "crm", str(crm), "--dry-run")
    assert "GTXPro is GTX Pro" in dry.stdout
    assert run_townhall(tmp_path, "import", "crm", str(crm)).returncode == 0
    listed = json.loads(run_townhall(tmp_path, "people", "list", "--json").stdout)
    darcel = next(row for row in listed if row["name"] == "Darcel Schlecht")
    assert (darcel["won_deals"], darcel["credited_total"]) == (349, 1_153_214)
    invited = run_townhall(tmp_path, "people", "invite", "Darcel Schlecht", "darcel@example.com")
    assert "/invitations/" in invited.stdout
    assert run_townhall(tmp_path, "people", "invite", "Nobody Here", "x@example.com").returncode == 1


def test_a_proposal_is_exported_and_imported_elsewhere(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir(), there.mkdir()
    run_townhall(here, "demo", "--no-serve", "--port", str(free_port()))
    written = run_townhall(here, "export", "proposals/pay-for-customers-who-stay", "out.zip")
    assert "out.zip" in written.stdout, written.stderr
    assert "nothing is published" in run_townhall(here, "export", "pages/nothing", "no.zip").stderr
    made = run_townhall(there, "create-admin", "--email", "ada@example.com", "--name", "Ada")
    assert made.returncode == 0, made.stderr
    zip_file = str(here / "out.zip")
    assert "no admin named Bob" in run_townhall(there, "import", "proposal", zip_file, "--admin", "Bob").stderr
    taken = run_townhall(there, "import", "proposal", zip_file, "--admin", "Ada")
    assert "/proposals/pay-for-customers-who-stay: 3 versions" in taken.stdout, taken.stderr
    assert "Maya Chen" in taken.stdout
    back = run_townhall(there, "export", "proposals/pay-for-customers-who-stay", "back.zip")
    assert back.returncode == 0
    assert (there / "back.zip").read_bytes() == (here / "out.zip").read_bytes()
    (there / "bad.zip").write_bytes(b"PK")
    assert "not a Townhall archive" in run_townhall(there, "import", "proposal", "bad.zip", "--admin", "Ada").stderr


def test_a_wrong_folder_or_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no CSV file" in run_townhall(tmp_path, "import", "crm", str(tmp_path / "empty")).stderr
    (tmp_path / "empty" / "deals.csv").write_text("id,arr,stage,signed\nX,much,Won,2026-01-01\n")
    done = run_townhall(tmp_path, "import", "crm", str(tmp_path / "empty"))
    assert done.returncode == 1
    assert "deals.csv line 2, arr: “much”" in done.stdout


def test_a_demo_leaves_a_real_company_alone(tmp_path: Path) -> None:
    run_townhall(tmp_path, "create-admin", "--email", "ada@example.com", "--name", "Ada", "--company", "Castle")
    done = run_townhall(tmp_path, "demo", "--no-serve", "--port", str(free_port()))
    assert done.returncode == 1
    assert "belongs to Castle" in done.stderr
    assert "Sign in there" not in done.stdout


def test_a_missing_database_or_language_is_reported_in_one_sentence(tmp_path: Path) -> None:
    fit = {"TOWNHALL_SECRET_KEY": "x" * 40}
    nowhere = run_townhall(tmp_path, "serve", TOWNHALL_DATABASE_URL="sqlite:////nowhere/at/all.db", **fit)
    klingon = run_townhall(tmp_path, "serve", TOWNHALL_LOCALE="klingon", **fit)
    for done in (nowhere, klingon):
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert done.stderr.strip().count("\n") == 0


def test_an_admin_is_created_with_a_link(tmp_path: Path) -> None:
    done = run_townhall(tmp_path, "create-admin", "--email", "ada@example.com", "--name", "Ada", "--company", "Castle")
    assert "http://127.0.0.1:8000/invitations/" in done.stdout
    twice = run_townhall(tmp_path, "create-admin", "--email", "ada@example.com", "--name", "Ada")
    assert twice.returncode == 1
    assert "already has the e-mail address" in twice.stderr


def test_production_does_not_start_unfit(tmp_path: Path) -> None:
    done = run_townhall(tmp_path, "serve")
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "TOWNHALL_SECRET_KEY" in done.stderr
    assert "TOWNHALL_PORT" in run_townhall(tmp_path, "serve", TOWNHALL_PORT="many").stderr


PLAN = (ROOT / "seed" / "plans" / "today.yaml").read_text()
DEALS = "id,arr,signed\nA,800000,2026-03-01\nB,100000,2026-04-01\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "deals.csv").write_text(DEALS)
    return tmp_path


def pay(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return run_townhall(folder, "pay", "--plan", "plan.yaml", "--deals", "deals.csv", *more)


def test_pay_prints_the_statement_in_three_forms(files: Path) -> None:
    text = pay(files).stdout
    assert "109375.00" in text
    found = json.loads(pay(files, "--format", "json").stdout)
    assert found["total_cents"] == 10_937_500
    assert [deal["commission_cents"] for deal in found["deals"]] == [5_000_000, 937_500]
    rows = pay(files, "--format", "csv").stdout.splitlines()
    assert rows[0].startswith('"month","deal"')
    assert len(rows) == 1 + 12 + 2


def test_pay_takes_a_level_and_a_start(files: Path) -> None:
    found = json.loads(pay(files, "--format", "json", "--level", "associate 3").stdout)
    assert found["deals"][0]["level"] == "Associate 3"
    assert pay(files, "--level", "boss").returncode == 2
    early = json.loads(pay(files, "--format", "json", "--from", "2026-01", "--months", "3").stdout)
    assert early["total_cents"] == 1_250_000 + 5_000_000
    for month in ("soon", "2027-99", "2027-00", "27-1"):
        assert pay(files, "--from", month).returncode == 2


def test_pay_names_what_is_wrong_with_a_plan_or_a_file(files: Path) -> None:
    (files / "plan.yaml").write_text(PLAN.replace("variable: $50,000", "varable: $50,000"))
    done = pay(files)
    assert done.returncode == 1
    assert "plan.yaml line" in done.stderr
    assert "Did you mean “variable”?" in done.stderr
    (files / "plan.yaml").write_text(PLAN)
    (files / "deals.csv").write_text(DEALS.replace("2026-03-01", "2026-33-01"))
    assert "deals.csv line 2" in pay(files).stderr
