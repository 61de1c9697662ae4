"""`townhall plan`, run as people and their pipelines run it."""

import json
from pathlib import Path

import pytest

from tests.cli.command import ROOT, call_townhall

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
    done = call_townhall(tmp_path, "plan", "check", GOOD)
    assert done.returncode == 0
    assert "AE: base $75,000, variable $75,000 at a quota of $750,000 a year." in done.stdout
    assert "! New business: once quota is reached, a deal of $62,500 pays $3,125 more" in done.stdout
    output = json.loads(call_townhall(tmp_path, "plan", "check", GOOD, "--format", "json").stdout)
    assert output["problems"] == []
    assert {finding["kind"] for finding in output["findings"]} == {"target", "timing", "ratios", "rules"}


def test_check_prints_every_problem_by_line_and_fails(tmp_path: Path, broken: str) -> None:
    done = call_townhall(tmp_path, "plan", "check", broken)
    assert done.returncode == 1
    assert "broken.yaml line 2: “sumary” This key is unknown. Did you mean “summary”?" in done.stderr
    assert "line 12: “1.5” The unit is missing." in done.stderr
    output = json.loads(call_townhall(tmp_path, "plan", "check", broken, "--format", "json").stdout)
    assert [problem["line"] for problem in output["problems"]] == [2, 12]
    (tmp_path / "latin.yaml").write_bytes(b"name: \xe9")
    assert "not UTF-8 text" in call_townhall(tmp_path, "plan", "check", str(tmp_path / "latin.yaml")).stderr
    assert call_townhall(tmp_path, "plan", "check", "nowhere.yaml").returncode == 2


def test_each_case_is_checked(tmp_path: Path, wrong: str, broken: str) -> None:
    done = call_townhall(tmp_path, "plan", "cases", GOOD)
    assert done.returncode == 0
    assert "2 of 2 cases correct." in done.stdout
    failed = call_townhall(tmp_path, "plan", "cases", wrong)
    assert failed.returncode == 1
    assert "FAIL line 16: a fifth above" in failed.stdout
    assert "This case pays $97,500 for “commission”." in failed.stdout
    output = json.loads(call_townhall(tmp_path, "plan", "cases", wrong, "--format", "json").stdout)
    assert [case["ok"] for case in output] == [True, False]
    assert call_townhall(tmp_path, "plan", "cases", broken).returncode == 1


def test_diff_prints_changes_and_fails_when_there_are_some(tmp_path: Path) -> None:
    assert call_townhall(tmp_path, "plan", "diff", GOOD, GOOD).returncode == 0
    (tmp_path / "new.yaml").write_text(Path(GOOD).read_text().replace("1.5x", "1.4x").replace("$97,500", "$96,000"))
    done = call_townhall(tmp_path, "plan", "diff", GOOD, str(tmp_path / "new.yaml"))
    assert done.returncode == 1
    assert done.stdout == "New business: from 100%: commission: 1.5x to 1.4x\n"
    [change] = json.loads(
        call_townhall(tmp_path, "plan", "diff", GOOD, str(tmp_path / "new.yaml"), "--format", "json").stdout
    )
    assert (change["old"], change["new"], change["unit"], change["material"]) == ("1.5x", "1.4x", "multiple", True)


def test_the_schema_is_printed(tmp_path: Path) -> None:
    assert json.loads(call_townhall(tmp_path, "plan", "schema").stdout)["title"] == "Plan"


def test_cases_of_several_files_show_each_figure(tmp_path: Path, wrong: str, broken: str) -> None:
    done = call_townhall(tmp_path, "plan", "cases", GOOD, wrong, broken, "--json")
    assert done.returncode == 1
    output = json.loads(done.stdout)
    assert [case["file"] for case in output] == [GOOD] * 2 + [wrong] * 2 + [broken]
    figures = {figure["name"]: figure for figure in output[3]["figures"]}
    assert figures["commission"] == {
        "name": "commission",
        "expected": "$97,501",
        "computed": "$97,500",
        "equal": False,
    }
    assert output[4]["problems"]
    text = call_townhall(tmp_path, "plan", "cases", GOOD, wrong, broken)
    assert f"FAIL {wrong} line 16" in text.stdout
    assert f"{broken} line 2" in text.stderr
    assert "3 of 4 cases correct." in text.stdout
