"""The history: who changed each part last, what a version changed, and an old one put back."""

from alembic import command
from sqlmodel import Session

from server.db.migrate import configuration, is_up_to_date, upgrade
from server.documents import queries as document_queries
from server.documents.models import Version
from server.documents.service import SubmittedText, prepare
from server.text.blocks import blocks_of
from tests.cast import SLUG, page
from tests.conftest import House

HISTORY = f"/proposals/{SLUG}/history"
EDIT = f"/proposals/{SLUG}/edit"


def version(session: Session, number: int) -> Version:
    proposal = document_queries.by_slug(session, SLUG)
    assert proposal
    found = document_queries.version(session, proposal.id or 0, number)
    assert found
    return found


def test_each_version_says_how_much_it_changed(house: House) -> None:
    text = house.as_("Maya Rep").get(HISTORY).text
    assert "Changed: 1 candidate, 1 paragraph" in text
    assert "material" in text
    assert "1 person voted" in text


def test_each_part_knows_the_version_that_changed_it_last(house: House) -> None:
    with house.database.reading() as session:
        first, second = version(session, 1), version(session, 2)
        assert set(first.origins) == {1}
        named = dict(
            zip([block.text.split("\n")[0] for block in blocks_of(second.markdown)], second.origins, strict=True)
        )
    assert named == {
        "Why": 1,
        "Because they leave.": 2,
        "Goals": 1,
        "Customers who stay.": 1,
        "A way up.": 1,
        "name: Half at the aha moment": 2,
        "name: Three levels": 1,
    }
    shown = house.as_("Dana Rep").get(f"/proposals/{SLUG}/v/2/blame").text
    assert shown.index("Because they leave.") < shown.index("Customers who stay.")
    assert "7% instead of 6.25%." in shown
    assert house.as_("Dana Rep").get(f"/proposals/{SLUG}/v/9/blame").status_code == 404


def test_a_part_that_moves_keeps_its_version_and_one_that_is_rewritten_does_not() -> None:
    words = "This paragraph has some words of its own to be known by."
    before = Version(
        proposal_id=1,
        number=4,
        title="T",
        markdown=f"{words}\n\n{page('50,000', 'Why.')}",
        parts=[],
        goals=[],
        author_id=1,
        origins=[2, *[3] * 7],
    )
    after = prepare(SubmittedText("T", f"{page('50,000', 'Why so.')}\n\n{words}", "Moved.", 4, 0), before)
    assert after.origins == [3, 5, *[3] * 5, 2]
    assert (sum(after.changed.values()), after.material) == (2, False)


def test_an_old_version_comes_back_as_a_new_one(house: House) -> None:
    mona = house.as_("Mona Manager")
    assert mona.submit(f"/proposals/{SLUG}/v/1/restore").status_code == 303
    editor = mona.get(EDIT).text
    assert "Because customers leave." in editor
    assert "As in version 1 again." in editor
    assert mona.submit(f"/proposals/{SLUG}/v/1/restore").status_code == 409
    assert mona.submit(f"{EDIT}/discard").status_code == 303
    assert "Because they leave." in mona.get(EDIT).text
    assert mona.submit(f"/proposals/{SLUG}/v/7/restore").status_code == 404
    assert house.as_("Maya Rep").submit(f"/proposals/{SLUG}/v/1/restore").status_code == 404


def test_versions_that_were_there_before_are_traced_too(house: House) -> None:
    def known() -> tuple[list[tuple[object, ...]], dict[str, int]]:
        with house.database.reading() as session:
            versions = [version(session, number) for number in (1, 2)]
            rows = {
                table: session.connection().exec_driver_sql(f"select count(*) from {table}").scalar_one()
                for table in ("people", "deals", "deal_credits", "candidates", "comments", "pulses")
            }
            return [(found.origins, found.changes, found.changed, found.material) for found in versions], rows

    before = known()
    engine = house.database.engine
    assert is_up_to_date(engine)
    command.downgrade(configuration(engine), "0001")
    assert not is_up_to_date(engine)
    upgrade(engine)
    assert is_up_to_date(engine)
    assert known() == before
    assert min(before[1].values()) > 0
