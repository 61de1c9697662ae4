"""A database of the release before the tables were renamed is migrated with everything in it."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from fastapi import FastAPI
from sqlalchemy import Engine

from server.db.columns import now
from server.db.engine import open_engine
from server.db.migrate import configuration, pending_changes, upgrade
from server.db.session import Database
from server.plans_in_force.models import PlanInForce
from server.plans_in_force.service import Audience, NewPlan
from tests.conftest import Townhall
from tests.databases import Postgres, settings_for

ROWS = json.loads((Path(__file__).parent / "database_0015.json").read_text(encoding="utf-8"))
"""Rows of the sample company by table, at revision 0015: all proposals, versions and comments."""
PENDING = {
    "key": "k" * 26,
    "proposal_id": 1,
    "day": date(2026, 10, 1),
    "seal": "",
    "said": {"number": 1, "candidate": "a", "band": "less", "wanted": "50%", "marked": {"term": "Paid", "block": None}},
}
SLUG = "/proposals/pay-for-customers-who-stay"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database at revision 0015, filled with the rows of then."""
    if request.param == "sqlite":
        yield from filled(f"sqlite:///{tmp_path / 'former.db'}")
        return
    databases: Postgres = request.getfixturevalue("postgres")
    with databases.empty() as url:
        yield from filled(url)


def filled(url: str) -> Iterator[Engine]:
    engine = open_engine(settings_for(url))
    command.upgrade(configuration(engine), "0015")
    tables = sa.MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            rows = [typed(table, row) for row in ROWS.get(table.name, ())]
            if rows:
                connection.execute(table.insert(), rows)
        held = tables.tables["held_comments"]
        connection.execute(held.insert(), [PENDING])
    yield engine
    engine.dispose()


def is_time(column: sa.Column[object]) -> bool:
    return isinstance(column.type, sa.DateTime)


def typed(table: sa.Table, row: dict[str, object]) -> dict[str, object]:
    """Return a row of the file with times and days as the database's columns take them."""

    def value(name: str, given: object) -> object:
        column = table.c[name]
        if isinstance(given, str) and is_time(column):
            return datetime.fromisoformat(given).replace(tzinfo=UTC)
        return date.fromisoformat(given) if isinstance(given, str) and isinstance(column.type, sa.Date) else given

    return {name: value(name, given) for name, given in row.items()}


def rows(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def test_everything_is_kept_under_its_new_name(engine: Engine) -> None:
    upgrade(engine)
    assert pending_changes(engine) == []
    for table in ("people", "proposals", "versions", "candidates", "comments", "pulses", "read_marks"):
        assert rows(engine, f"SELECT count(*) FROM {table}") == [(len(ROWS[table]),)]
    former = {"not_taken": "declined", "parked": "postponed"}
    expected = {row["id"]: former.get(row["state"], row["state"]) for row in ROWS["comments"]}
    assert dict(rows(engine, "SELECT id, state FROM comments")) == expected
    events = sorted(former.get(row["event"], row["event"]) for row in ROWS["notices"])
    assert sorted(event for (event,) in rows(engine, "SELECT event FROM notices")) == events
    assert len(rows(engine, "SELECT * FROM anchors")) == len(ROWS["placements"])
    assert dict(rows(engine, "SELECT id, endorsements FROM comments")) == {
        row["id"]: row["echoes"] for row in ROWS["comments"]
    }


def test_comments_on_terms_are_on_the_same_term(engine: Engine) -> None:
    upgrade(engine)
    labels = {row["id"]: row["term"] for row in ROWS["comments"] if row["term"]}
    assert labels == {1: "Paid", 27: "Associate 2 from"}
    paths = rows(engine, "SELECT id, term FROM comments WHERE term <> '' ORDER BY id")
    assert paths == [(1, "release"), (27, "levels/Associate 2/reached at")]
    [(content,)] = rows(engine, "SELECT content FROM pending_comments")
    kept = json.loads(content) if isinstance(content, str) else content
    assert (kept["pay_impact"], kept["suggestion"], kept["selection"]["term"]) == ("less", "50%", "release")


def test_migrated_pages_open_and_show_their_threads(app: FastAPI, engine: Engine) -> None:
    upgrade(engine)
    app.state.database = Database(engine)
    manager = next(row["name"] for row in ROWS["people"] if row["role"] == "manager")
    client = Townhall(app, app.state.database, engine.dialect.name).client(manager)
    newest = max(row["number"] for row in ROWS["versions"] if row["proposal_id"] == 1)
    for number in range(1, newest + 1):
        answer = client.get(f"{SLUG}/v/{number}")
        assert answer.status_code == 200
        assert 'id="thread-' in answer.text
    assert client.get(f"{SLUG}/history").status_code == 200


def test_a_downgrade_leaves_only_the_plans_that_pay_everyone(engine: Engine) -> None:
    upgrade(engine)
    plan = "name: P\nlevels: [{name: AE}]\n"
    entries = [
        NewPlan(plan, date(2025, 1, 1)),
        NewPlan(plan, date(2025, 2, 1), audience=Audience(regions=("North",))),
        NewPlan(plan, date(2025, 3, 1), date(2025, 4, 1)),
        NewPlan(plan, now().date() + timedelta(days=30)),
    ]
    with Database(engine).writing() as session:
        for number, entry in enumerate(entries, start=100):  # the rows of then were inserted with their ids
            session.add(
                PlanInForce(
                    id=number, since=entry.since, until=entry.until, text=plan, regions=list(entry.audience.regions)
                )
            )
        session.commit()
    command.downgrade(configuration(engine), "0021")
    assert [str(since)[:10] for (since,) in rows(engine, "SELECT since FROM plans_in_force ORDER BY since")] == [
        "2024-01-01",
        "2025-01-01",
    ]
    upgrade(engine)
    assert pending_changes(engine) == []


def test_steps_of_which_several_fit_are_reversed_everywhere(engine: Engine) -> None:
    command.upgrade(configuration(engine), "0027")
    plan = (
        "name: P\nlevels: [{name: AE}]\ncomponents: [{name: S, tiers: [{from: $0, pays: 1%%}]}]\n"
        "multipliers: [{name: M, by: nrr, steps: [%s]}]\n"
    )
    rising, falling = (
        plan % ", ".join(steps)
        for steps in (
            ("{from: 90%, times: 1.1x}", "{from: 110%, times: 1.5x}"),
            ("{from: 110%, times: 1.5x}", "{from: 90%, times: 1.1x}"),
        )
    )
    page, turned = (
        f"Why.\n\n```plan\n{one}```\n\n```plan\n{other}```\n" for one, other in ((rising, falling), (falling, rising))
    )
    with engine.begin() as connection:
        for number, text in enumerate((rising, falling), start=1):
            connection.execute(sa.text(f"UPDATE candidates SET text = :old WHERE id = {number}"), {"old": text})
        connection.execute(sa.text("UPDATE versions SET markdown = :text WHERE id = 1"), {"text": page})
    upgrade(engine)
    candidates = "SELECT text FROM candidates WHERE id IN (1, 2) ORDER BY id"
    assert rows(engine, candidates) == [(falling,), (rising,)]
    assert rows(engine, "SELECT markdown FROM versions WHERE id = 1") == [(turned,)]
    command.downgrade(configuration(engine), "0027")
    assert rows(engine, candidates) == [(rising,), (falling,)]
    assert rows(engine, "SELECT markdown FROM versions WHERE id = 1") == [(page,)]
