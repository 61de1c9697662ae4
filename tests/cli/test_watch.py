"""`townhall import watch`: files of a folder are imported together and moved with a report."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from server.cli import watch
from tests.cli.command import call_townhall, start_townhall

DEALS = "id,rep,signed,amount\nD1,Dana Kim,2026-03-02,1000\n"
PEOPLE = "name,manager,email\nDana Kim,Bo Li,dana@example.com\n"


def listed(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(call_townhall(folder, "deals", "list", "--json").stdout)
    return rows


def report_of(folder: Path, kind: str) -> str:
    [moved] = (folder / kind).iterdir()
    return (moved / "report.txt").read_text(encoding="utf-8")


def test_what_is_in_the_folder_is_imported_once_and_moved(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "deals.csv").write_text(DEALS)
    (inbox / "people.csv").write_text(PEOPLE)
    done = call_townhall(tmp_path, "import", "watch", "inbox", "--once")
    assert (done.returncode, "deals.csv, people.csv: imported, see inbox" in done.stdout) == (0, True)
    assert [row["number"] for row in listed(tmp_path)] == ["D1"]
    assert "deals            1 new" in report_of(inbox, "imported")
    assert [path.name for path in inbox.iterdir()] == ["imported"]
    assert call_townhall(tmp_path, "import", "watch", "inbox", "--once").stdout == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,rep,signed,amount\nD1,Dana Kim,02/03/2026,1000\n", "dates: month"),
        ("id,rep,signed,amount\nD1,Dana Kim,soon,1000\n", "This is not a date"),
        ("", "The file is empty."),
    ],
)
def test_what_has_to_be_asked_or_corrected_is_moved_with_the_reason(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "deals.csv").write_text(text)
    call_townhall(tmp_path, "import", "watch", "inbox", "--once")
    assert expected in report_of(tmp_path / "inbox", "not imported")
    assert listed(tmp_path) == []
    if "dates" in expected:
        (tmp_path / "mapping.yaml").write_text("deals.csv: {dates: month}\n")
        (tmp_path / "inbox" / "deals.csv").write_text(text)
        call_townhall(tmp_path, "import", "watch", "inbox", "--once", "--mapping", "mapping.yaml")
        assert listed(tmp_path)[0]["signed"] == "2026-02-03"


@pytest.mark.process
def test_a_file_that_arrives_later_is_imported(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    process = start_townhall(tmp_path, "import", "watch", "inbox", "--every", "1")
    try:
        (inbox / "deals.csv").write_text(DEALS)
        deadline = time.monotonic() + 60
        while not (inbox / "imported").exists() and time.monotonic() < deadline:
            time.sleep(0.2)
    finally:
        process.terminate()
        process.wait(10)
    assert [row["number"] for row in listed(tmp_path)] == ["D1"]


def test_an_export_of_the_same_name_that_arrives_meanwhile_is_imported_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "deals.csv").write_text(DEALS)
    original = watch.import_service.apply_import

    def overwrite_meanwhile(*given: Any, **named: Any) -> Any:
        (inbox / "deals.csv").write_text(DEALS.replace("D1", "D2"))
        monkeypatch.setattr(watch.import_service, "apply_import", original)
        return original(*given, **named)

    monkeypatch.setattr(watch.import_service, "apply_import", overwrite_meanwhile)
    call_townhall(tmp_path, "import", "watch", "inbox", "--once")
    call_townhall(tmp_path, "import", "watch", "inbox", "--once")
    assert [row["number"] for row in listed(tmp_path)] == ["D1", "D2"]


def test_odd_names_and_a_report_of_ones_own_are_kept(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / os.fsdecode(b"deals\xff.csv")).write_text(DEALS)
    (inbox / "report.txt").write_text(PEOPLE)
    assert call_townhall(tmp_path, "import", "watch", "inbox", "--once").returncode == 0
    [moved] = (inbox / "imported").iterdir()
    assert (moved / "report.txt").read_text() == PEOPLE
    assert "deals            1 new" in (moved / "townhall report.txt").read_text()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "imported").write_text("")
    assert "is a file" in call_townhall(tmp_path, "import", "watch", "other", "--once").stderr
