"""Backups: proved when they are made, restored with the same figures, never at the cost of what is there."""

from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from server.cli import app as command
from server.deals import queries as deal_queries
from server.operations.backup import BackupError, back_up, restore, verify
from server.people import service as people_service
from server.people.service import NewPerson
from tests.conftest import Townhall
from tests.free_port import free_port


def figures(townhall: Townhall) -> str:
    """Return what decides one rep's pay, and everyone's name."""
    with townhall.database.reading() as session:
        names = session.connection().execute(text("SELECT name FROM people ORDER BY id")).scalars().all()
        books = [deal_queries.book(session, townhall.person(name).id) for name in ("Maya Rep", "Dana Rep")]
    pay = townhall.browser("Maya Rep").get("/me/pay/statement.csv").text
    assert "paid" in pay
    return f"{books} {names} {pay}"


def add_someone(townhall: Townhall, name: str) -> None:
    with townhall.database.writing() as session:
        people_service.add_person(session, NewPerson(name))
        session.commit()


def test_a_backup_is_restored_with_the_same_figures(townhall: Townhall, tmp_path: Path) -> None:
    before, engine = figures(townhall), townhall.database.engine
    contents = back_up(engine, tmp_path / "a.backup")
    assert contents.rows["people"] == 8
    assert (tmp_path / "a.backup").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.backup"]
    add_someone(townhall, "After the backup")
    assert figures(townhall) != before
    with pytest.raises(BackupError, match="--replace"):
        restore(engine, tmp_path / "a.backup", replaces=False)
    assert "After the backup" in figures(townhall)
    restored, former = restore(engine, tmp_path / "a.backup", replaces=True)
    assert len(list(tmp_path.iterdir())) == 2
    assert restored == contents
    assert figures(townhall) == before
    assert former
    assert verify(engine, former).rows["people"] == 9
    assert townhall.browser("Maya Rep").get("/me/pay").status_code == 200


def test_a_backup_never_overwrites_a_file(townhall: Townhall, tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        back_up(townhall.database.engine, target)
    assert target.read_text() == "mine"


def test_a_damaged_backup_is_refused_and_nothing_is_lost(townhall: Townhall, tmp_path: Path) -> None:
    engine, backup = townhall.database.engine, tmp_path / "a.backup"
    back_up(engine, backup)
    content = bytearray(backup.read_bytes())
    content[len(content) // 3 : len(content) // 3 + 4_000] = b"\xff" * 4_000
    damaged = tmp_path / "damaged"
    damaged.write_bytes(bytes(content))
    before = figures(townhall)
    with pytest.raises(BackupError):
        restore(engine, damaged, replaces=True)
    assert figures(townhall) == before


def test_a_backup_of_a_newer_townhall_is_refused_before_anything_is_replaced(
    townhall: Townhall, tmp_path: Path
) -> None:
    engine = townhall.database.engine
    with engine.begin() as connection:
        [present] = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    back_up(engine, tmp_path / "newer")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :present"), {"present": present})
    before = figures(townhall)
    with pytest.raises(BackupError, match="made by a newer version of Townhall"):
        restore(engine, tmp_path / "newer", replaces=True)
    assert figures(townhall) == before
    assert [path.name for path in tmp_path.iterdir()] == ["newer"]


@pytest.mark.parametrize("content", [b"", b"something else entirely", b"PK\x03\x04"])
def test_another_file_is_no_backup(townhall: Townhall, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BackupError, match="is not a backup"):
        verify(townhall.database.engine, tmp_path / "x")
    with pytest.raises(BackupError, match="cannot be read"):
        verify(townhall.database.engine, tmp_path / "nothing")


def test_commands_back_up_check_and_restore(
    townhall: Townhall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = townhall.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", url)
    monkeypatch.setenv("TOWNHALL_ENVIRONMENT", "development")
    port = str(free_port())
    monkeypatch.setenv("TOWNHALL_PORT", port)
    monkeypatch.setenv("TOWNHALL_PUBLIC_URL", f"http://127.0.0.1:{port}")
    run, file = CliRunner().invoke, str(tmp_path / "a.backup")
    first = run(command, ["doctor"])
    assert "There is none yet" in first.output
    assert "No admin can sign in" in first.output
    done = run(command, ["backup", file])
    assert "8 people" in done.output, done.output
    assert run(command, ["backup", file]).exit_code == 1
    assert "8 people" in run(command, ["restore", file, "--check"]).output
    refused = run(command, ["restore", file])
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    add_someone(townhall, "After the backup")
    townhall.database.engine.dispose()  # as a server that was stopped
    restored = run(command, ["restore", file, "--replace"])
    assert "Restored 8 people" in restored.output, restored.output
    assert "What the database held before is in" in restored.output
    townhall.database.engine.dispose()  # its connections are to the file that was replaced
    assert "After the backup" not in figures(townhall)
    assert run(command, ["doctor"]).exit_code == 0


def test_the_doctor_names_what_is_wrong_and_what_to_do(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    url = townhall.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", url)
    monkeypatch.setenv("TOWNHALL_ENVIRONMENT", "development")
    monkeypatch.setenv("TOWNHALL_PORT", "8123")
    with townhall.database.writing() as session:
        session.connection().execute(text("DELETE FROM search_entries"))
        session.commit()
    done = CliRunner().invoke(command, ["doctor"])
    assert done.exit_code == 1
    assert "TOWNHALL_PUBLIC_URL has port 8000, but the server listens on 8123" in done.output
    assert "townhall reindex" in done.output
    assert "TOWNHALL_SMTP_URL is empty" in done.output


def test_a_database_without_a_schema_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    monkeypatch.setenv("TOWNHALL_ENVIRONMENT", "development")
    done = CliRunner().invoke(command, ["doctor"])
    assert done.exit_code == 1
    assert "townhall migrate" in done.output
