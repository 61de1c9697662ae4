"""The history: who changed each part last, what a version changed, and an old one put back."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from sqlmodel import Session, select

from server.db.engine import open_engine
from server.db.migrating import configuration, upgrade
from server.proposals import queries
from server.proposals.models import Version
from server.proposals.service import Text, prepare
from server.text.blocks import blocks_of
from tests.cast import SLUG, page
from tests.conftest import House
from tests.databases import settings_for

HISTORY = f"/proposals/{SLUG}/history"
EDIT = f"/proposals/{SLUG}/edit"


def version(session: Session, number: int) -> Version:
    proposal = queries.by_slug(session, SLUG)
    assert proposal
    found = queries.version(session, proposal.id or 0, number)
    assert found
    return found


def test_each_version_says_how_much_it_changed(house: House) -> None:
    text = house.as_("Maya Rep").get(HISTORY).text
    assert "2 changes" in text
    assert "material" in text
    assert "1 voted" in text


def test_each_part_knows_the_version_that_changed_it_last(house: House) -> None:
    with house.database.reading() as session:
        first, second = version(session, 1), version(session, 2)
        assert set(first.origins) == {1}
        named = dict(
            zip([block.text.split("\n")[0] for block in blocks_of(second.markdown)], second.origins, strict=True)
        )
    assert named == {
        "Why": 1, "Because they leave.": 2, "Goals": 1, "Customers who stay.": 1, "A way up.": 1,
        "name: Half at the aha moment": 2, "name: Three levels": 1,
    }  # fmt: skip
    shown = house.as_("Dana Rep").get(f"/proposals/{SLUG}/v/2/origins").text
    assert shown.index("Because they leave.") < shown.index("Customers who stay.")
    assert "7% instead of 6.25%." in shown
    assert house.as_("Dana Rep").get(f"/proposals/{SLUG}/v/9/origins").status_code == 404


def test_a_part_that_moves_keeps_its_version_and_one_that_is_rewritten_does_not() -> None:
    words = "This paragraph has some words of its own to be known by."
    before = Version(
        proposal_id=1, number=4, title="T", markdown=f"{words}\n\n{page('50,000', 'Why.')}", parts=[], goals=[], author_id=1,
        origins=[2, *[3] * 7],
    )  # fmt: skip
    after = prepare(Text("T", f"{page('50,000', 'Why so.')}\n\n{words}", "Moved.", 4, 0), before)
    assert after.origins == [3, 5, *[3] * 5, 2]
    assert (after.changes, after.material) == (2, False)


def test_an_old_version_comes_back_as_a_new_one(house: House) -> None:
    mona = house.as_("Mona Manager")
    assert mona.submit(f"/proposals/{SLUG}/v/1/restore").status_code == 303
    editor = mona.get(EDIT).text
    assert "Because customers leave." in editor
    assert "As in version 1 again." in editor
    assert mona.submit(f"/proposals/{SLUG}/v/1/restore").status_code == 409
    assert mona.submit(EDIT, action="discard").status_code == 303
    assert "Because they leave." in mona.get(EDIT).text
    assert mona.submit(f"/proposals/{SLUG}/v/7/restore").status_code == 404
    assert house.as_("Maya Rep").submit(f"/proposals/{SLUG}/v/1/restore").status_code == 404


def test_versions_that_were_there_before_are_traced_too(house: House, tmp_path: Path) -> None:
    with house.database.reading() as session:
        expected = [version(session, number).model_dump() for number in (1, 2)]
    engine = open_engine(settings_for(f"sqlite:///{tmp_path}/old.db"))
    command.upgrade(configuration(engine), "0002")
    columns = [
        "id",
        "proposal_id",
        "number",
        "title",
        "markdown",
        "parts",
        "goals",
        "note",
        "author_id",
        "published_at",
        "readers",
    ]
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection, connection:
        for row in expected:
            values = {
                name: str(row[name]) if name in {"parts", "goals", "published_at"} else row[name] for name in columns
            }
            named = ", ".join(f":{name}" for name in columns)
            connection.execute(f"insert into versions ({', '.join(columns)}) values ({named})", values)
    upgrade(engine)
    with Session(engine) as session:
        found = session.exec(select(Version.origins, Version.changes, Version.material).order_by(Version.number)).all()  # type: ignore[arg-type]
    engine.dispose()
    assert [tuple(row) for row in found] == [(row["origins"], row["changes"], row["material"]) for row in expected]
