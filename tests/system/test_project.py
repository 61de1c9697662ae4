"""The project itself: templates compile and are used, settings are documented, tables and migrations agree."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from server.db.engine import open_engine
from server.db.migrate import pending_changes, upgrade
from server.errors import ConflictError
from server.settings import Settings
from tests.databases import Postgres, settings_for

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = sorted(path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_compiles_and_is_used(app: FastAPI, name: str) -> None:
    app.state.templates.environment.get_template(name)
    sources = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "server").rglob("*.py")]
    assert any(f'"{name}"' in path.read_text() for path in sources)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_inline_script_style_or_handler(name: str) -> None:
    text = (ROOT / "templates" / name).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|hx-on|js:", text)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_documented(name: str) -> None:
    assert f"`TOWNHALL_{name.upper()}`" in (ROOT / "docs" / "operators.md").read_text()


def test_tables_and_migrations_agree_on_sqlite(tmp_path: Path) -> None:
    engine = open_engine(settings_for(f"sqlite:///{tmp_path}/new.db"))
    upgrade(engine)
    assert pending_changes(engine) == []
    engine.dispose()


def test_a_database_of_a_newer_release_is_left_alone_with_a_sentence(tmp_path: Path) -> None:
    engine = open_engine(settings_for(f"sqlite:///{tmp_path}/newer.db"))
    upgrade(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConflictError, match="newer version of Townhall"):
        upgrade(engine)
    engine.dispose()


@pytest.mark.postgres
def test_tables_and_migrations_agree_on_postgres(postgres: Postgres) -> None:
    with postgres.fresh() as url:
        engine = open_engine(settings_for(url))
        upgrade(engine)
        assert pending_changes(engine) == []
        engine.dispose()


def test_nothing_third_party_is_kept_here() -> None:
    kept = [path for path in (ROOT / "static").rglob("*") if path.is_file() and "vendor" not in path.parts]
    assert all(path.stat().st_size < 20_000 for path in kept)
    assert "static/vendor/" in (ROOT / ".gitignore").read_text()
