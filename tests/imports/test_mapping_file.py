"""Mapping files and questions at the terminal: what the command line is told before it imports."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.cli import import_
from server.errors import InvalidError
from server.imports.mapping_file import choices_for, mapping_text, read_mapping
from tests.cli.command import call_townhall
from tests.conftest import Client, Townhall

OWN_WORDS = "Nr;Wer;Wert;Am;Notiz;Status\nA1;Dana Kim;1.000;02.03.2026;x;Vertrag\nA2;Bo Li;2.500;05.03.2026;y;Kontakt\n"
MAPPING = """
kunden-*.csv:
  kind: deals
  columns: {Wer: person, Wert: amount, Am: signed, Notiz: ""}
  stages: {Vertrag: won, Kontakt: open}
  numbers: comma
  dates: day
"""


def deals(folder: Path) -> list[dict[str, Any]]:
    listed = json.loads(call_townhall(folder, "deals", "list", "--json").stdout)
    return [{key: row[key] for key in ("number", "amount", "signed", "status", "credits")} for row in listed]


EXPECTED = [
    {
        "number": "A1",
        "amount": 100_000,
        "signed": "2026-03-02",
        "status": "won",
        "credits": [{"name": "Dana Kim", "share": 1.0}],
    },
    {
        "number": "A2",
        "amount": 250_000,
        "signed": "2026-03-05",
        "status": "open",
        "credits": [{"name": "Bo Li", "share": 1.0}],
    },
]


def test_a_mapping_file_says_what_the_file_does_not(tmp_path: Path) -> None:
    (tmp_path / "kunden-2026-03.csv").write_text(OWN_WORDS, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    alone = call_townhall(tmp_path, "import", "kunden-2026-03.csv")
    assert alone.returncode == 2
    assert "Which of these stages means that a deal is won?" in alone.stdout
    shown = call_townhall(tmp_path, "import", "--preview", "kunden-2026-03.csv", "--mapping", "mapping.yaml")
    assert (shown.returncode, deals(tmp_path)) == (0, [])
    assert "won deals  1 in USD, 1,000.00 in all, from 1,000.00 to 1,000.00" in shown.stdout
    assert call_townhall(tmp_path, "import", "kunden-2026-03.csv", "--mapping", "mapping.yaml").returncode == 0
    assert deals(tmp_path) == EXPECTED
    assert "A1" in call_townhall(tmp_path, "deals", "list").stdout


def test_questions_are_asked_at_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "id,rep,amount,signed,stage\nA1,Dana Kim,1.000,02/03/2026,Paper\nA2,Bo Li,2.500,05/03/2026,Talks\n"
    (tmp_path / "deals.csv").write_text(text, encoding="utf-8")
    answers = iter([9, 2, 1, 1])
    asked: list[str] = []

    def answer(words: str, **_: object) -> int:
        asked.append(words)
        return next(answers)

    monkeypatch.setattr(import_, "is_at_terminal", lambda: True)
    monkeypatch.setattr("typer.prompt", answer)
    done = call_townhall(tmp_path, "import", "deals.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(asked) == 4
    assert "Enter a number from 1 to 2." in done.stdout
    assert deals(tmp_path) == EXPECTED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.csv: {kindd: deals}", "the key “kindd”"),
        ("a.csv: {columns: deals}", "the key “columns”"),
        ("a.csv: {numbers: points}", "“points” is not one of comma, point"),
        ("a.csv: {stages: {Signed: yes please}}", "stages: Signed"),
        ("a.csv: deals", "“a.csv” has no keys"),
        ("- a.csv", "no names of files"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_mapping_file_that_cannot_be_used_is_explained(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidError) as raised:
        read_mapping(file)
    assert words in str(raised.value.sentence)


def test_the_name_of_a_file_counts_before_a_pattern() -> None:
    mapped = {"*.csv": {"kind": "people"}, "b.csv": {"kind": "deals"}}
    assert choices_for(["a.csv", "b.csv", "c.xlsx"], mapped) == {
        "a.csv": {"kind": "people"},
        "b.csv": {"kind": "deals"},
        "c.xlsx": {},
    }


def upload(townhall: Townhall, name: str, text: str) -> tuple[Client, str]:
    admin = townhall.client("Ada Admin")
    return admin, admin.upload(name, text)


def test_choices_are_kept_for_the_file_of_the_next_month_and_can_be_forgotten(townhall: Townhall) -> None:
    admin, first = upload(townhall, "kunden-2026-03.csv", OWN_WORDS.replace("Dana Kim", "Dana Rep"))
    fields = {"kind": "deals", "column Wer": "person", "column Wert": "amount", "column Am": "signed", "dates": "day"}
    admin.submit(f"{first}/columns", file="kunden-2026-03.csv", numbers="comma", **fields)
    admin.submit(f"{first}/answers", file="kunden-2026-03.csv", **{"won stage": "Vertrag"})
    assert "Read with your choices" not in admin.get(first).text
    mapping = yaml.safe_load(admin.get(f"{first}/mapping.yaml").text)["kunden-2026-03.csv"]
    assert (mapping["columns"]["Wer"], mapping["won stage"], mapping["dates"]) == ("person", "Vertrag", "day")
    assert "Import finished" in admin.submit(first).text
    admin, second = upload(townhall, "kunden-2026-04.csv", OWN_WORDS.replace("Dana Kim", "Dana Rep"))
    page = admin.get(second).text
    assert "Read with your choices for an earlier file of this name." in page
    assert "No problems found. Nothing has been imported yet." in page
    admin.submit(f"{second}/forget", file="kunden-2026-04.csv")
    assert "Read with your choices" not in admin.get(second).text
    _, third = upload(townhall, "kunden-2026-05.csv", OWN_WORDS)
    assert "Read with your choices" not in admin.get(third).text


def test_the_downloaded_mapping_reads_the_files_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "kunden-2026-03.csv").write_text(OWN_WORDS, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    choices = choices_for(["kunden-2026-03.csv"], read_mapping(tmp_path / "mapping.yaml"))
    (tmp_path / "downloaded.yaml").write_text(mapping_text(choices), encoding="utf-8")
    assert read_mapping(tmp_path / "downloaded.yaml") == choices


def test_columns_that_may_matter_are_to_be_checked(townhall: Townhall) -> None:
    text = "id,rep,signed,amount,Netto,Renewal\nD1,Dana Rep,2026-03-02,1000,$900.50,2026-09-01\n"
    admin, url = upload(townhall, "deals.csv", text)
    page = admin.get(url).text
    assert "4 of 6 columns are used" in page
    assert "2 to check" in page
    assert "not used, and it has amounts" in page
    assert "$900.50" in page
