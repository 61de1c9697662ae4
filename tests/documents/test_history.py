"""The history: what each version changed, blame by block, and restoring an old version."""

from alembic import command
from sqlmodel import Session

from server.db.migrate import configuration, is_up_to_date, upgrade
from server.documents import queries as document_queries
from server.documents.models import Version
from server.documents.service import SubmittedText, prepare
from server.text.blocks import blocks_of
from tests.cast import SLUG, page
from tests.conftest import Townhall

HISTORY = f"/proposals/{SLUG}/history"
EDIT = f"/proposals/{SLUG}/edit"


def version(session: Session, number: int) -> Version:
    proposal = document_queries.by_slug(session, SLUG)
    assert proposal
    row = document_queries.version(session, proposal.id, number)
    assert row
    return row


def test_history_shows_what_each_version_changed(townhall: Townhall) -> None:
    text = townhall.client("Maya Rep").get(HISTORY).text
    assert "Changed: 1 candidate, 1 paragraph" in text
    assert "affects votes" in text
    assert "1 person voted" in text


def test_blame_shows_the_version_that_last_changed_each_block(townhall: Townhall) -> None:
    with townhall.database.reading() as session:
        first, second = version(session, 1), version(session, 2)
        assert set(first.origins) == {1}
        origins = dict(
            zip([block.text.split("\n")[0] for block in blocks_of(second.markdown)], second.origins, strict=True)
        )
    assert origins == {
        "Why": 1,
        "Because they leave.": 2,
        "Goals": 1,
        "Customers who stay.": 1,
        "A way up.": 1,
        "name: Half at the aha moment": 2,
        "name: Three levels": 1,
    }
    blame = townhall.client("Dana Rep").get(f"/proposals/{SLUG}/v/2/blame").text
    assert blame.index("Because they leave.") < blame.index("Customers who stay.")
    assert "7% instead of 6.25%." in blame
    assert townhall.client("Dana Rep").get(f"/proposals/{SLUG}/v/9/blame").status_code == 404


def test_a_moved_block_keeps_its_version_and_a_rewritten_one_does_not() -> None:
    text = "This paragraph has some text of its own to be known by."
    before = Version(
        proposal_id=1,
        number=4,
        title="T",
        markdown=f"{text}\n\n{page('50,000', 'Why.')}",
        parts=[],
        goals=[],
        author_id=1,
        origins=[2, *[3] * 7],
    )
    after = prepare(SubmittedText("T", f"{page('50,000', 'Why so.')}\n\n{text}", "Moved.", 4, 0), before)
    assert after.origins == [3, 5, *[3] * 5, 2]
    assert (sum(after.changed.values()), after.material) == (2, False)


def test_an_old_version_is_restored_as_a_new_one(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"/proposals/{SLUG}/v/1/restore").status_code == 303
    editor = mona.get(EDIT).text
    assert "Because customers leave." in editor
    assert "Restored from version 1." in editor
    assert mona.submit(f"/proposals/{SLUG}/v/1/restore").status_code == 409
    assert mona.submit(f"{EDIT}/discard").status_code == 303
    assert "Because they leave." in mona.get(EDIT).text
    assert mona.submit(f"/proposals/{SLUG}/v/7/restore").status_code == 404
    assert townhall.client("Maya Rep").submit(f"/proposals/{SLUG}/v/1/restore").status_code == 404


def test_the_migration_computes_origins_of_existing_versions(townhall: Townhall) -> None:
    def stored() -> tuple[list[tuple[object, ...]], dict[str, int]]:
        with townhall.database.reading() as session:
            versions = [version(session, number) for number in (1, 2)]
            rows = {
                table: session.connection().exec_driver_sql(f"select count(*) from {table}").scalar_one()
                for table in ("people", "deals", "deal_credits", "candidates", "comments", "pulses")
            }
            return [(row.origins, row.changes, row.changed, row.material) for row in versions], rows

    before = stored()
    engine = townhall.database.engine
    assert is_up_to_date(engine)
    command.downgrade(configuration(engine), "0001")
    assert not is_up_to_date(engine)
    upgrade(engine)
    assert is_up_to_date(engine)
    assert stored() == before
    assert min(before[1].values()) > 0
