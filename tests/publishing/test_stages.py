"""The stages of a redesign, and the reason needed to open a vote despite open concerns."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from server.audit.models import AuditEntry
from server.db.columns import now
from server.documents.models import Redesign
from server.documents.stages import closed_sentence, is_open
from server.seeding.sample import days_from
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


def shown_stages(townhall: Townhall) -> list[tuple[str, str]]:
    """Return the stages of the page, each with what it says of its days, and which one is now or next."""
    text = flat(townhall.client("Maya Rep").get(PATH).text).split('<ol class="stages"')[1].split("</ol>")[0]
    stages = []
    for item in text.split("<li ")[1:]:
        state = item.partition('"')[2].partition('"')[0]
        stages.append((item.split("<span>")[1].split("</span>")[0], state))
    return stages


def in_days(number: int) -> str:
    return str(TODAY + timedelta(days=number))


def comment_status(townhall: Townhall) -> int:
    return townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text="Typed words").status_code


def vote_status(townhall: Townhall) -> int:
    return townhall.client("Maya Rep").submit(f"{PATH}/candidates/a/pulse", version=2, choice="yes").status_code


def test_a_stage_without_a_day_is_skipped(townhall: Townhall) -> None:
    townhall.client("Mona Manager").submit(f"{PATH}/stages", feedback_until=in_days(3), decided_on=in_days(9))
    assert [name for name, _ in shown_stages(townhall)] == ["Town hall", "Open for feedback", "Decision"]
    assert ("Open for feedback", "now") in shown_stages(townhall)


def test_a_gap_says_when_the_next_stage_opens_and_takes_neither_comments_nor_votes(townhall: Townhall) -> None:
    townhall.client("Mona Manager").submit(
        f"{PATH}/stages", **days(vote_from=in_days(2), vote_until=in_days(4), decided_on=in_days(9))
    )
    assert ("Vote", "next") in shown_stages(townhall)
    assert "now" not in [state for _, state in shown_stages(townhall)]
    page = flat(townhall.client("Maya Rep").get(PATH).text)
    assert "The vote opens on" in page
    assert 'name="choice"' not in page
    assert (comment_status(townhall), vote_status(townhall)) == (409, 409)
    refused = townhall.client("Maya Rep").submit(f"{PATH}/comments", version=2, text="Typed words")
    assert "Typed words" in refused.text


@pytest.mark.parametrize(
    ("stages", "is_open"),
    [
        ({"feedback_until": 0}, True),
        ({"feedback_until": -1}, False),
        ({"feedback_until": -2, "vote_from": -1, "vote_until": 0}, True),
        ({"feedback_until": -3, "vote_from": -2, "vote_until": -1}, False),
        ({"feedback_until": -3, "vote_until": 0}, True),
        ({"decided_on": 0}, True),
        ({"decided_on": -1}, False),
        ({"in_force_on": -1}, False),
        ({}, True),
    ],
)
def test_comments_and_votes_are_open_during_feedback_and_vote(
    townhall: Townhall, stages: dict[str, int], *, is_open: bool
) -> None:
    form = {name: in_days(number) for name, number in stages.items()}
    assert townhall.client("Mona Manager").submit(f"{PATH}/stages", **form).status_code == 303
    assert (comment_status(townhall), vote_status(townhall)) == ((303, 303) if is_open else (409, 409))
    assert ('name="choice"' in townhall.client("Maya Rep").get(PATH).text) is is_open


@pytest.mark.parametrize(
    ("days_", "closed_on"),
    [
        ({"feedback_until": 5}, 5),
        ({"feedback_until": 9, "vote_from": 6, "vote_until": 4}, 4),
        ({"feedback_until": 9, "vote_from": 6, "decided_on": 3}, 3),
        ({"feedback_until": 9, "vote_from": 6, "vote_until": 4, "decided_on": 2, "in_force_on": 1}, 4),
        ({"feedback_until": -9, "decided_on": 2}, 2),
        ({"feedback_until": -9, "in_force_on": 1}, 1),
    ],
    ids=str,
)
def test_what_has_ended_says_on_which_day(days_: dict[str, int], closed_on: int) -> None:
    redesign = Redesign(title="", **{name: TODAY - timedelta(days=ago) for name, ago in days_.items()})
    assert not is_open(redesign, TODAY)
    assert is_open(redesign, TODAY - timedelta(days=closed_on))
    assert dict(closed_sentence(redesign, TODAY).values) == {"day": TODAY - timedelta(days=closed_on)}


def test_a_plan_in_force_is_the_stage_of_today(townhall: Townhall) -> None:
    townhall.client("Mona Manager").submit(f"{PATH}/stages", **days(decided_on=in_days(0), in_force_on=in_days(0)))
    with townhall.database.writing() as session:
        redesign = session.exec(select(Redesign)).one()
        redesign.in_force_on = redesign.decided_on = TODAY - timedelta(days=1)
        redesign.vote_from = redesign.vote_until = TODAY - timedelta(days=2)
        redesign.feedback_until = TODAY - timedelta(days=3)
        session.add(redesign)
        session.commit()
    assert shown_stages(townhall)[-1] == ("In force", "now")


def test_a_redesign_is_closed_with_a_result_and_opened_again(townhall: Townhall) -> None:
    mona, maya = townhall.client("Mona Manager"), townhall.client("Maya Rep")
    assert mona.submit(f"{PATH}/archive").status_code == 422
    assert mona.submit(f"{PATH}/close", result=" ").status_code == 422
    assert mona.submit(f"{PATH}/close", result="We take <B>, from July.").status_code == 303
    page = flat(maya.get(PATH).text)
    assert "We take &lt;B&gt;, from July." in page
    assert 'name="choice"' not in page
    assert (comment_status(townhall), vote_status(townhall)) == (409, 409)
    assert "now" not in [state for _, state in shown_stages(townhall)]
    assert mona.submit(f"{PATH}/archive").status_code == 303
    assert "Pay for customers" not in maya.get("/proposals").text
    assert mona.submit(f"{PATH}/unarchive").status_code == 303
    assert mona.submit(f"{PATH}/reopen").status_code == 303
    assert (comment_status(townhall), vote_status(townhall)) == (303, 303)
    with townhall.database.reading() as session:
        actions = [entry.action for entry in session.exec(select(AuditEntry))]
    assert {"redesign closed", "redesign reopened"} <= set(actions)


def test_replies_end_with_the_redesign_only(townhall: Townhall) -> None:
    mona, maya = townhall.client("Mona Manager"), townhall.client("Maya Rep")
    ulid = concern(townhall)
    mona.submit(f"/comments/{ulid}/answer", state="answered", text="No need to.", seen="open")
    mona.submit(f"{PATH}/stages", **days(feedback_until=in_days(-3), vote_from=in_days(-2), vote_until=in_days(-1)))
    assert maya.submit(f"/comments/{ulid}/replies", text="Thank you.").status_code == 303
    assert maya.submit(f"{PATH}/comments", version=2, text="One more").status_code == 409
    mona.submit(f"{PATH}/close", result="Done.")
    assert maya.submit(f"/comments/{ulid}/replies", text="And again.").status_code == 409


def test_changed_days_are_recorded(townhall: Townhall) -> None:
    townhall.client("Mona Manager").submit(f"{PATH}/stages", feedback_until=in_days(3))
    with townhall.database.reading() as session:
        [entry] = session.exec(select(AuditEntry))
    assert (entry.action, entry.actor) == ("redesign changed", "Mona Manager")
    assert f"→ {in_days(3)}" in entry.values["what"]


def test_the_samples_feedback_is_open_whenever_it_is_loaded() -> None:
    story = {"drafted_on": date(2026, 10, 16), "feedback_until": date(2026, 11, 28), "vote_from": date(2026, 12, 1)}
    for today in (date(2026, 11, 1), date(2026, 11, 28), date(2030, 2, 28)):
        moved = days_from(story, today)
        assert moved["drafted_on"] == date(2026, 10, 16)
        assert moved["feedback_until"] >= today + timedelta(days=11)
        assert moved["vote_from"] - moved["feedback_until"] == timedelta(days=3)
