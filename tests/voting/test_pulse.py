"""Pulse votes: one per person and version, which can be changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import func, select

from server.voting.models import Pulse
from tests.cast import SLUG, page
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/candidates/a/pulse"


def votes(townhall: Townhall) -> int:
    with townhall.database.reading() as session:
        return session.exec(select(func.count()).select_from(Pulse)).one()


def tally(townhall: Townhall, number: int = 2) -> str:
    return townhall.client("Mona Manager").get(f"/proposals/{SLUG}/v/{number}/candidates/a/tally").text


def test_a_vote_counts_and_can_be_changed(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    assert client.submit(PATH, version=2, choice="yes", reason="It pays for the risk.").status_code == 303
    assert "0 gladly, 1 yes, 0 with changes, 0 no" in tally(townhall)
    assert "It pays for the risk." in client.get(f"/proposals/{SLUG}").text
    client.submit(PATH, version=2, choice="no")
    assert "0 gladly, 0 yes, 0 with changes, 1 no" in tally(townhall)


def test_a_reason_is_private(townhall: Townhall) -> None:
    townhall.client("Maya Rep").submit(PATH, version=2, choice="no", reason="Something private")
    for name in ("Dana Rep", "Mona Manager"):
        assert "Something private" not in townhall.client(name).get(f"/proposals/{SLUG}").text


def test_a_vote_on_an_older_version_is_shown_and_not_counted(townhall: Townhall) -> None:
    page_text = townhall.client("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "You voted on version 1. That vote does not count for this version;" in page_text
    assert "No votes yet." in tally(townhall)
    assert "1 with changes" in tally(townhall, 1)


def test_votes_on_an_old_version_are_not_counted_for_the_new_one(townhall: Townhall) -> None:
    townhall.client("Maya Rep").submit(PATH, version=2, choice="gladly")
    fields = {"title": "T", "markdown": page("70,000", "More."), "note": "More.", "base": 2}
    assert townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/edit/publish", **fields).status_code == 303
    assert "No votes yet." in tally(townhall, 3)
    stale = townhall.client("Maya Rep").submit(PATH, version=2, choice="no", reason="From an open page")
    assert stale.status_code == 409
    assert "From an open page" in stale.text
    assert "1 gladly" in tally(townhall, 2)


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
def test_an_invalid_vote_is_refused(townhall: Townhall, path: str, fields: dict[str, object], status: int) -> None:
    before = votes(townhall)
    assert townhall.client("Maya Rep").submit(path, **{"version": 2, **fields}).status_code == status
    assert votes(townhall) == before


@pytest.mark.parametrize("name", ["Mona Manager", "Eve Executive", "Sam Success", "Ada Admin"])
def test_only_people_paid_by_the_plan_vote(townhall: Townhall, name: str) -> None:
    before = votes(townhall)
    assert townhall.client(name).submit(PATH, version=2, choice="yes").status_code == 404
    assert votes(townhall) == before


def test_simultaneous_clicks_are_one_vote(townhall: Townhall) -> None:
    before = votes(townhall)
    client = townhall.client("Maya Rep")
    choices = ["gladly", "yes", "with_changes", "no"] * 6
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda choice: client.submit(PATH, version=2, choice=choice).status_code, choices))
    assert set(statuses) == {303}
    assert votes(townhall) == before + 1
