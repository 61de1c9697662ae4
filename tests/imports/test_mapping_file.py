"""Mapping files and questions at the terminal: what the command line is told before it imports."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.cli import import_
from server.errors import InvalidError
from server.imports.mapping_file import choices_for, read_mapping
from tests.cli.command import call_townhall

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
