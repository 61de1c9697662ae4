"""The stages of a redesign, and the reason needed to open a vote despite open concerns."""

from datetime import timedelta

import pytest

from server.db.columns import now
from tests.cast import SLUG, flat
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"
TODAY = now().date()


def concern(townhall: Townhall) -> str:
    response = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text="I worry.", kind="concern")
    return str(response.headers["location"]).removeprefix("/comments/")


def days(**more: object) -> dict[str, object]:
    return {
        "drafted_on": str(TODAY - timedelta(days=9)),
        "feedback_until": str(TODAY - timedelta(days=1)),
        "vote_from": str(TODAY),
        "vote_until": str(TODAY),
    } | more


def test_a_vote_opens_without_open_concerns(townhall: Townhall) -> None:
    assert townhall.client("Mona Manager").submit(f"{PATH}/stages", **days()).status_code == 303
    text = townhall.client("Maya Rep").get(PATH).text
    assert "The vote cannot open yet" not in text
    assert "<span>Vote</span>" in text.split('aria-current="step">')[1].split("</li>")[0]


def test_a_vote_despite_an_open_concern_needs_a_reason_that_everyone_reads(townhall: Townhall) -> None:
    concern(townhall)
    mona = townhall.client("Mona Manager")
    response = mona.submit(f"{PATH}/stages", **days(allow_anonymous="yes"))
    assert response.status_code == 422
    assert "1 concern is still open." in response.text
    assert 'name="allow_anonymous" value="yes" checked' in flat(response.text)
    assert (
        mona.submit(
            f"{PATH}/stages", **days(vote_override_reason="It was asked in the hall & answered there.")
        ).status_code
        == 303
    )
    assert "It was asked in the hall &amp; answered there." in townhall.client("Maya Rep").get(PATH).text


def test_a_concern_raised_later_keeps_the_vote_from_opening(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(f"{PATH}/stages", **days())
    ulid = concern(townhall)
    text = townhall.client("Maya Rep").get(PATH).text
    assert "The vote cannot open yet: 1 concern needs an answer." in text
    assert "Open for feedback" in text.split('aria-current="step">')[1].split("</li>")[0]
    mona.submit(f"/comments/{ulid}/answer", state="answered", text="No need to.", seen="open")
    assert "The vote cannot open yet" not in townhall.client("Maya Rep").get(PATH).text


def test_a_reason_is_shown_only_while_concerns_are_open(townhall: Townhall) -> None:
    mona, maya = townhall.client("Mona Manager"), townhall.client("Maya Rep")
    assert "No concerns are open, so you do not need a reason." in flat(mona.get(f"{PATH}/stages").text)
    mona.submit(f"{PATH}/stages", **days(vote_override_reason="Talked it over."))
    assert "Talked it over." not in maya.get(PATH).text
    ulid = concern(townhall)
    text = flat(maya.get(PATH).text)
    assert "The vote is open although 1 concern is not answered yet:" in text
    assert "Talked it over." in text
    mona.submit(f"/comments/{ulid}/answer", state="answered", text="No need to.", seen="open")
    assert "Talked it over." not in maya.get(PATH).text


@pytest.mark.parametrize(
    "fields",
    [
        {"vote_from": "2027-01-05", "vote_until": "2027-01-01"},
        {"decided_on": "2026-01-01", "feedback_until": "2026-02-01"},
    ],
)
def test_dates_out_of_order_are_refused(townhall: Townhall, fields: dict[str, str]) -> None:
    response = townhall.client("Mona Manager").submit(f"{PATH}/stages", **fields)
    assert response.status_code == 422
    for value in fields.values():
        assert value in response.text


@pytest.mark.parametrize("name", ["Maya Rep", "Eve Executive"])
def test_only_managers_set_stages(townhall: Townhall, name: str) -> None:
    assert townhall.client(name).get(f"{PATH}/stages").status_code == 404
    assert townhall.client(name).submit(f"{PATH}/stages", **days()).status_code == 404
