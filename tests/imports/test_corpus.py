"""Files in the shapes that CRM, billing and HR systems export, each taken by the page and by the command line."""

import json
import re
import shutil
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlmodel import select

from server.deals.conversion import WHOLE_CREDIT
from server.deals.listing import list_deals
from server.people.models import Person, PersonalTerms
from tests.cli.command import call_townhall
from tests.conftest import Townhall

CORPUS = Path(__file__).parent / "corpus"
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['name']}")
    for file in sorted(CORPUS.glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
ASKS = 2


@pytest.fixture(scope="session")
def empty_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the database of a company without data."""
    folder = tmp_path_factory.mktemp("company")
    assert call_townhall(folder, "people", "list").returncode == 0
    return folder


def files_of(case: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the contents of a case's files by name."""
    return {
        file["file"]: str(file["text"]).encode(file.get("encoding", "utf-8")) for file in (case, *case.get("with", []))
    }


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return expected values as JSON has them."""
    values = {name: str(value) if name in {"signed", "started", "left"} else value for name, value in row.items()}
    if "credits" in row:
        values["credits"] = [{"name": name, "share": float(share)} for name, share in row["credits"].items()]
    return values


def in_both(expected: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in expected}


@pytest.mark.parametrize("case", CASES)
def test_the_command_line_takes_it(case: dict[str, Any], empty_company: Path, tmp_path: Path) -> None:
    folder = tmp_path / "company"
    shutil.copytree(empty_company, folder)
    for name, content in files_of(case).items():
        (folder / name).write_bytes(content)
    words = ["import", *files_of(case), "--json"]
    if answers := case.get("answers"):
        (folder / "mapping.yaml").write_text(yaml.safe_dump({case["file"]: as_mapping(answers)}), encoding="utf-8")
        words += ["--mapping", "mapping.yaml"]
    done = call_townhall(folder, *words)
    result = json.loads(done.stdout)
    assert [question["key"] for question in result["questions"]] == case.get("asks", [])
    if "asks" in case or "fails" in case:
        assert done.returncode == (ASKS if "asks" in case else 1)
        assert case.get("fails", "nothing was imported") in done.stderr
        assert json.loads(call_townhall(folder, "deals", "list", "--json").stdout) == []
        return
    assert (done.returncode, result["problems"]) == (0, [])
    for words_of_note in case.get("notes", []):
        assert any(words_of_note in note for note in result["notes"]), result["notes"]
    for kind, key in (("deals", "number"), ("people", "name")):
        listed = {row[key]: row for row in json.loads(call_townhall(folder, kind, "list", "--json").stdout)}
        rows = [plain(row) for row in case.get(kind, [])]
        assert [in_both(row, listed.get(row[key], {})) for row in rows] == rows
        if kind == "deals":
            assert len(listed) == len(rows)


def as_mapping(answers: Mapping[str, str]) -> dict[str, Any]:
    """Return answers, which are named like the questions' keys, as a mapping file has them."""
    chosen: dict[str, Any] = {}
    for key, value in answers.items():
        word, _, rest = key.partition(" ")
        if word == "type":
            chosen.setdefault("types", {})[rest] = value
        else:
            chosen[key] = value
    return chosen


@pytest.mark.parametrize("case", CASES)
def test_the_page_takes_it(case: dict[str, Any], townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    files = [("files", (name, content, "text/csv")) for name, content in files_of(case).items()]
    url = admin.post("/imports", data={"csrf": admin.csrf}, files=files).headers["location"]
    if answers := case.get("answers"):
        admin.submit(f"{url}/answers", file=case["file"], **answers)
    page = admin.get(url)
    assert page.status_code == 200
    asked = list(dict.fromkeys(unescape(key) for key in re.findall(r'type="radio"\s+name="([^"]*)"', page.text)))
    assert asked == case.get("asks", [])
    done = admin.submit(url)
    if "asks" in case or "fails" in case:
        assert done.status_code == 422
        return
    assert done.status_code == 200
    expected = {row["number"]: plain(row) for row in case.get("deals", [])}
    with townhall.database.reading() as session:
        found = {deal.number: deal for deal in list_deals(session) if deal.number in expected}
        terms = session.exec(select(Person.name, PersonalTerms).join(Person)).all()
    quotas = [
        {"person": name, "since": f"{row.since:%Y-%m}", "until": f"{row.until:%Y-%m}", "quota": row.quota}
        for name, row in terms
    ]
    assert [row for row in quotas if row in case.get("quotas", [])] == case.get("quotas", [])
    assert found.keys() == expected.keys()
    for number, row in expected.items():
        deal = found[number]
        assert (deal.amount, deal.status) == (row["amount"], row["status"])
        if "credits" in row:
            assert [{"name": name, "share": share / WHOLE_CREDIT} for name, share in deal.credits] == row["credits"]
