"""Commands record what they do in the audit log."""

from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from server.audit.models import AuditEntry
from server.cli import app as command
from tests.conftest import Townhall


@pytest.fixture(autouse=True)
def own_database(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    url = townhall.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", url)


def last_entry(townhall: Townhall, action: str) -> AuditEntry:
    with townhall.database.reading() as session:
        return session.exec(select(AuditEntry).where(AuditEntry.action == action)).all()[-1]


def test_an_export_of_everyones_deals_is_recorded(townhall: Townhall, tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["export", "data", str(tmp_path / "all.zip")])
    assert result.exit_code == 0, result.output
    assert last_entry(townhall, "data exported").subject == "all.zip"


def test_a_new_name_of_the_company_is_recorded(townhall: Townhall) -> None:
    arguments = ["create-admin", "--email", "new@example.com", "--name", "New Admin", "--company", "Fortress"]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    assert last_entry(townhall, "company settings").values == {"what": "name Castle → Fortress"}
