"""`townhall plan put-in-force`: a plan goes in force from the command line."""

from pathlib import Path

import pytest

from tests.cli.command import ROOT, call_townhall

pytestmark = pytest.mark.process
PLAN = str(ROOT / "seed" / "plans" / "account-executive.yaml")


@pytest.fixture
def company(tmp_path: Path) -> Path:
    """A folder with the database of a company with two reps."""
    call_townhall(tmp_path, "create-admin", "--email", "ada@example.com", "--name", "Ada", "--company", "Castle")
    (tmp_path / "people.csv").write_text(
        "name,email,level,role\nRia Rep,ria@example.com,Junior,rep\nSue Rep,sue@example.com,AE,rep\n"
    )
    assert call_townhall(tmp_path, "import", "crm", str(tmp_path)).returncode == 0
    return tmp_path


def test_a_plan_goes_in_force_and_its_coverage_is_printed(company: Path) -> None:
    done = call_townhall(company, "plan", "put-in-force", PLAN, "--from", "2026-01-01")
    assert done.returncode == 0, done.stderr
    assert "It pays 2 reps." in done.stdout
    assert "1 rep at level “Junior”" in done.stdout
    again = call_townhall(
        company, "plan", "put-in-force", PLAN, "--from", "2026-02-01", "--map-level", "Junior=AE", "--level", "Junior"
    )
    assert "It pays 1 rep." in again.stdout
    assert "Junior”" not in again.stdout


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--from", "soon"), "“soon” is not a day"),
        (("--from", "2026-01-01", "--person", "Nobody"), "No one is called “Nobody”"),
        (("--from", "2026-01-01", "--map-level", "Junior=Boss"), "no level “Boss”"),
    ],
)
def test_wrong_options_are_explained(company: Path, options: tuple[str, ...], expected: str) -> None:
    done = call_townhall(company, "plan", "put-in-force", PLAN, *options)
    assert done.returncode == 1
    assert expected in done.stderr


def test_a_plan_with_errors_is_refused_by_line(company: Path) -> None:
    (company / "broken.yaml").write_text("name: Broken\n")
    done = call_townhall(company, "plan", "put-in-force", "broken.yaml", "--from", "2026-01-01")
    assert done.returncode == 1
    assert "broken.yaml line" in done.stderr
