"""The command line, run as people run it."""

import json
from pathlib import Path

import pytest

from tests.cli.command import call_townhall, run_townhall
from tests.free_port import free_port

pytestmark = pytest.mark.process


def test_the_demo_loads_from_an_empty_folder(tmp_path: Path) -> None:
    done = run_townhall(tmp_path, "demo", "--no-serve", "--port", str(port := free_port()))
    assert done.returncode == 0, done.stderr
    assert f"http://127.0.0.1:{port}" in done.stdout
    assert "Maya Chen" in done.stdout
    listed = json.loads(call_townhall(tmp_path, "people", "list", "--json").stdout)
    assert len(listed) == 41
    maya = next(row for row in listed if row["name"] == "Maya Chen")
    assert maya["role"] == "rep"
    assert maya["level"] == "Associate 1"
    assert maya["won_deals"] > 50
    again = call_townhall(tmp_path, "demo", "--no-serve", "--port", str(free_port()))
    assert "Loading" not in again.stdout
    assert len(json.loads(call_townhall(tmp_path, "people", "list", "--json").stdout)) == 41
    indexed = call_townhall(tmp_path, "reindex").stdout
    assert int(indexed.split(": ")[1].split(" ")[0].replace(",", "")) > 20


def test_the_crm_export_is_imported_and_its_people_can_be_invited(tmp_path: Path, shared: Path) -> None:
    crm = shared / "data" / "crm"
    dry = call_townhall(tmp_path, "import", "crm", str(crm), "--dry-run")
    assert "GTXPro is GTX Pro" in dry.stdout
    assert call_townhall(tmp_path, "import", "crm", str(crm)).returncode == 0
    listed = json.loads(call_townhall(tmp_path, "people", "list", "--json").stdout)
    darcel = next(row for row in listed if row["name"] == "Darcel Schlecht")
    assert (darcel["won_deals"], darcel["credited_total"]) == (349, 1_153_214)
    invited = call_townhall(tmp_path, "people", "invite", "Darcel Schlecht", "darcel@example.com")
    assert "/invitations/" in invited.stdout
    assert call_townhall(tmp_path, "people", "invite", "Nobody Here", "x@example.com").returncode == 1


def test_a_proposal_is_exported_and_imported_elsewhere(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir(), target.mkdir()
    call_townhall(source, "demo", "--no-serve", "--port", str(free_port()))
    written = call_townhall(source, "export", "proposals/pay-for-customers-who-stay", "out.zip")
    assert "out.zip" in written.stdout, written.stderr
    assert "nothing is published" in call_townhall(source, "export", "pages/nothing", "no.zip").stderr
    made = call_townhall(target, "create-admin", "--email", "ada@example.com", "--name", "Ada")
    assert made.returncode == 0, made.stderr
    zip_file = str(source / "out.zip")
    assert "no admin named Bob" in call_townhall(target, "import", "proposal", zip_file, "--admin", "Bob").stderr
    taken = call_townhall(target, "import", "proposal", zip_file, "--admin", "Ada")
    assert "/proposals/pay-for-customers-who-stay: 3 versions" in taken.stdout, taken.stderr
    assert "Maya Chen" in taken.stdout
    back = call_townhall(target, "export", "proposals/pay-for-customers-who-stay", "back.zip")
    assert back.returncode == 0
    assert (target / "back.zip").read_bytes() == (source / "out.zip").read_bytes()
    (target / "bad.zip").write_bytes(b"PK")
    assert "not a Townhall archive" in call_townhall(target, "import", "proposal", "bad.zip", "--admin", "Ada").stderr


def test_a_wrong_folder_or_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no CSV file" in call_townhall(tmp_path, "import", "crm", str(tmp_path / "empty")).stderr
    (tmp_path / "empty" / "deals.csv").write_text("id,arr,stage,signed\nX,much,Won,2026-01-01\n")
    done = call_townhall(tmp_path, "import", "crm", str(tmp_path / "empty"))
    assert done.returncode == 1
    assert "deals.csv line 2, arr: “much”" in done.stdout


def test_a_demo_leaves_a_real_company_alone(tmp_path: Path) -> None:
    call_townhall(tmp_path, "create-admin", "--email", "ada@example.com", "--name", "Ada", "--company", "Castle")
    done = call_townhall(tmp_path, "demo", "--no-serve", "--port", str(free_port()))
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
    done = call_townhall(tmp_path, "create-admin", "--email", "ada@example.com", "--name", "Ada", "--company", "Castle")
    assert "http://127.0.0.1:8000/invitations/" in done.stdout
    twice = call_townhall(tmp_path, "create-admin", "--email", "ada@example.com", "--name", "Ada")
    assert twice.returncode == 1
    assert "already has the e-mail address" in twice.stderr


def test_production_does_not_start_unfit(tmp_path: Path) -> None:
    done = run_townhall(tmp_path, "serve")
    assert done.returncode == 2
    assert done.stderr.strip().count("\n") == 0
    assert "TOWNHALL_SECRET_KEY" in done.stderr
    assert "TOWNHALL_PORT" in run_townhall(tmp_path, "serve", TOWNHALL_PORT="many").stderr


def test_people_are_listed_with_their_deals_by_currency(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(
        "id,rep,signed,amount,currency\nD1,Dana Kim,2026-03-02,1000.50,\nD2,Dana Kim,2026-03-02,300,EUR\n"
    )
    call_townhall(tmp_path, "import", "deals.csv")
    [dana] = json.loads(call_townhall(tmp_path, "people", "list", "--json").stdout)
    assert (dana["won_deals"], dana["credited_total"]) == (2, 1000.5)
    assert dana["credited_by_currency"] == {"USD": 1000.5, "EUR": 300}
    assert "1,000.5 and EUR 300" in call_townhall(tmp_path, "people", "list").stdout
