"""Scheduled drafts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.db.columns import now
from server.documents import queries as document_queries
from server.documents.models import Draft
from server.publishing import service as publishing_service
from server.publishing.tasks import publish_due
from tests.cast import SLUG
from tests.conftest import Townhall
from tests.editor.editor_pages import BASE, EDIT, draft_revision, fields


def make_due(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        [(draft, _)] = document_queries.drafts_of(session, townhall.person("Mona Manager").id or 0)
        draft.publish_at = now() - timedelta(minutes=1)
        session.add(draft)
        session.commit()


def test_a_scheduled_draft_is_published_when_due(townhall: Townhall) -> None:
    mona, events = townhall.client("Mona Manager"), []
    mona.submit(EDIT, **fields(markdown=BASE.replace("$56,000", "$58,000")))
    soon = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    assert (
        mona.submit(f"{EDIT}/schedule", publish_at=soon, note="Later.", revision=draft_revision(mona)).status_code
        == 303
    )
    assert "This draft is scheduled for" in mona.get(EDIT).text
    assert not publish_due(townhall.database, lambda *event: events.append(event))
    make_due(townhall)
    assert publish_due(townhall.database, lambda *event: events.append(event))
    assert not publish_due(townhall.database, lambda *event: events.append(event))
    assert events == [(f"proposal-{SLUG}", "version")]
    page = townhall.client("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "Version 3" in page
    assert "Later." in page
    with townhall.database.reading() as session:
        assert document_queries.drafts_of(session, townhall.person("Mona Manager").id or 0) == []


def test_a_scheduled_draft_that_is_outdated_stays_with_the_reason(townhall: Townhall) -> None:
    mona, otto = townhall.client("Mona Manager"), townhall.client("Otto Other")
    mona.submit(EDIT, **fields(markdown=BASE.replace("$56,000", "$58,000")))
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert (
        mona.submit(f"{EDIT}/schedule", publish_at=later, note="Later.", revision=draft_revision(mona)).status_code
        == 303
    )
    otto.submit(f"{EDIT}/publish", **fields(markdown=BASE.replace("they leave", "they go")))
    make_due(townhall)
    assert publish_due(townhall.database, lambda *_: None)
    text = mona.get(EDIT).text
    assert "was not published as scheduled" in text
    assert "$58,000" in text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("next week", "Enter a date and time"),
        ("2020-01-01T09:00", "Choose one in the future"),
    ],
)
def test_an_invalid_or_past_time_is_refused(townhall: Townhall, value: str, expected: str) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields())
    response = mona.submit(f"{EDIT}/schedule", publish_at=value, note="Later.", revision=draft_revision(mona))
    assert response.status_code == 422
    assert expected in response.text


@pytest.mark.parametrize("value", ["9999-12-31T23:59-14:00", "0001-01-01T00:00+14:00", "soon", "2020-01-01T00:00"])
def test_a_time_out_of_range_is_refused(townhall: Townhall, value: str) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields())
    assert mona.submit(f"{EDIT}/schedule", note="Later", revision=1, publish_at=value).status_code == 422
    other = mona.submit(f"{EDIT}/schedule", note="Later", revision=7, publish_at="2030-01-01T00:00")
    assert other.status_code == 409


def test_saving_a_draft_cancels_its_schedule(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    mona.submit(EDIT, **fields())
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    mona.submit(f"{EDIT}/schedule", publish_at=later, note="Later.", revision=draft_revision(mona))
    mona.submit(EDIT, **fields(markdown=f"{BASE} More.", revision=draft_revision(mona)))
    assert "is scheduled for" not in mona.get(EDIT).text
    mona.submit(f"{EDIT}/schedule", publish_at=later, note="Later.", revision=draft_revision(mona))
    mona.submit(f"{EDIT}/schedule", publish_at="")
    assert "is scheduled for" not in mona.get(EDIT).text


def test_a_draft_that_cannot_be_published_blocks_no_other(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    mona, otto = townhall.client("Mona Manager"), townhall.client("Otto Other")
    for client, name in ((mona, "Broken"), (otto, "Fine")):
        client.submit(EDIT, **fields(markdown=f"{BASE}{name}\n"))
        client.submit(f"{EDIT}/schedule", note="Later", revision=1, publish_at=(now() + timedelta(hours=1)).isoformat())
    later = now() + timedelta(hours=2)
    monkeypatch.setattr("server.publishing.tasks.now", lambda: later)
    publish = publishing_service.publish

    def publish_or_fail(*args: Any) -> object:
        if "Broken" in args[2].text.markdown:
            raise RuntimeError("private words")
        return publish(*args)

    monkeypatch.setattr(publishing_service, "publish", publish_or_fail)
    assert [publish_due(townhall.database, lambda *_: None) for _ in range(3)] == [True, True, False]
    assert "Fine" in mona.get(f"/proposals/{SLUG}/v/3").text
    assert "could not be published" in mona.get(EDIT).text
    with townhall.database.writing() as session:
        session.add(
            Draft(
                proposal_id=1,
                author_id=townhall.person("Maya Rep").id or 0,
                title="T",
                markdown=BASE,
                note="N",
                base=3,
                publish_at=now(),
            )
        )
        session.commit()
    assert publish_due(townhall.database, lambda *_: None)
    assert "Version 4" not in mona.get(f"/proposals/{SLUG}").text
