"""Pulse votes: one per person and version, which can be changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import func, select

from server.voting.models import Pulse
from tests.cast import SLUG, page
from tests.conftest import House

PATH = f"/proposals/{SLUG}/candidates/a/pulse"


def votes(house: House) -> int:
    with house.database.reading() as session:
        return session.exec(select(func.count()).select_from(Pulse)).one()


def tally(house: House, number: int = 2) -> str:
    return house.as_("Mona Manager").get(f"/proposals/{SLUG}/v/{number}/candidates/a/tally").text


def test_a_vote_counts_and_can_be_changed(house: House) -> None:
    client = house.as_("Maya Rep")
    assert client.submit(PATH, version=2, choice="yes", reason="It pays for the risk.").status_code == 303
    assert "0 gladly, 1 yes, 0 with changes, 0 no" in tally(house)
    assert "It pays for the risk." in client.get(f"/proposals/{SLUG}").text
    client.submit(PATH, version=2, choice="no")
    assert "0 gladly, 0 yes, 0 with changes, 1 no" in tally(house)


def test_a_reason_is_private(house: House) -> None:
    house.as_("Maya Rep").submit(PATH, version=2, choice="no", reason="Something private")
    for name in ("Dana Rep", "Mona Manager"):
        assert "Something private" not in house.as_(name).get(f"/proposals/{SLUG}").text


def test_a_vote_on_an_older_version_is_shown_and_not_counted(house: House) -> None:
    page_text = house.as_("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "You voted on version 1. That vote does not count for this version;" in page_text
    assert "No votes yet." in tally(house)
    assert "1 with changes" in tally(house, 1)


def test_votes_on_an_old_version_are_not_counted_for_the_new_one(house: House) -> None:
    house.as_("Maya Rep").submit(PATH, version=2, choice="gladly")
    fields = {"title": "T", "markdown": page("70,000", "More."), "note": "More.", "base": 2}
    assert house.as_("Mona Manager").submit(f"/proposals/{SLUG}/edit/publish", **fields).status_code == 303
    assert "No votes yet." in tally(house, 3)
    stale = house.as_("Maya Rep").submit(PATH, version=2, choice="no", reason="From an open page")
    assert stale.status_code == 409
    assert "From an open page" in stale.text
    assert "1 gladly" in tally(house, 2)


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        (PATH, {"choice": "maybe"}, 422),
        (PATH, {"choice": "yes", "reason": "x" * 301}, 422),
        (PATH.replace("/a/", "/z/"), {"choice": "yes"}, 404),
        (PATH, {"choice": "yes", "version": 9}, 404),
        (PATH, {"choice": "yes", "person_id": 1}, 422),
    ],
)
def test_an_invalid_vote_is_refused(house: House, path: str, fields: dict[str, object], status: int) -> None:
    before = votes(house)
    assert house.as_("Maya Rep").submit(path, **{"version": 2, **fields}).status_code == status
    assert votes(house) == before


@pytest.mark.parametrize("name", ["Mona Manager", "Eve Executive", "Sam Success", "Ada Admin"])
def test_only_people_paid_by_the_plan_vote(house: House, name: str) -> None:
    before = votes(house)
    assert house.as_(name).submit(PATH, version=2, choice="yes").status_code == 404
    assert votes(house) == before


def test_simultaneous_clicks_are_one_vote(house: House) -> None:
    before = votes(house)
    client = house.as_("Maya Rep")
    choices = ["gladly", "yes", "with_changes", "no"] * 6
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda choice: client.submit(PATH, version=2, choice=choice).status_code, choices))
    assert set(statuses) == {303}
    assert votes(house) == before + 1
