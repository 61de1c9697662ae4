"""The company's settings, the set-up steps, and the audit log, to which rows are only added."""

import csv
import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from server.audit import service as audit_service
from server.audit.models import AuditEntry
from server.people import queries as people_queries
from server.people.queries import AnswerPromise
from tests.cast import SLUG
from tests.conftest import Townhall

FORM = {
    "name": "Castle Inc",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "fiscal_year_start": "4",
    "working_day": ["7", "1", "2"],
    "answer_days": "3",
    "language": "en",
}


def test_settings_are_saved_shown_and_recorded(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    assert admin.submit("/settings", **FORM).headers["location"] == "/settings?saved=true"
    with townhall.database.reading() as session:
        company = people_queries.company(session)
        [entry] = session.exec(select(AuditEntry))
    assert company
    assert (company.name, company.currency, company.time_zone) == ("Castle Inc", "EUR", "Europe/Berlin")
    assert (company.fiscal_year_start, company.working_days, company.answer_days) == (4, "127", 3)
    assert entry.action == "company settings"
    assert "currency USD → EUR" in entry.values["what"]
    page = admin.get("/settings?saved=true").text
    assert "Saved." in page
    assert 'value="Castle Inc"' in page
    assert "within 3 working days" in townhall.client("Maya Rep").get(f"/proposals/{SLUG}/status").text


@pytest.mark.parametrize(
    "changed",
    [
        {"name": " "},
        {"currency": "XXQ"},
        {"time_zone": "Mars/Base"},
        {"fiscal_year_start": "13"},
        {"working_day": []},
        {"answer_days": "0"},
        {"answer_days": "31"},
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_and_nothing_typed_is_lost(
    townhall: Townhall, changed: dict[str, object]
) -> None:
    answer = townhall.client("Ada Admin").submit("/settings", **{**FORM, **changed})
    assert answer.status_code == 422
    assert 'value="Castle Inc"' in answer.text or "name" in changed
    with townhall.database.reading() as session:
        company = people_queries.company(session)
        assert company
        assert company.name == "Castle"


@pytest.mark.parametrize(
    ("days", "working", "present", "due"),
    [
        (2, "12345", "2027-01-08T12:00", "2027-01-06T12:00"),  # Friday
        (2, "12345", "2027-01-11T12:00", "2027-01-07T12:00"),  # Monday: the weekend does not count
        (2, "12345", "2027-01-10T12:00", "2027-01-06T12:00"),  # Sunday
        (1, "1234567", "2027-01-11T12:00", "2027-01-10T12:00"),
        (2, "61234", "2027-01-10T12:00", "2027-01-06T12:00"),
    ],
)
def test_only_working_days_count_for_an_answer(days: int, working: str, present: str, due: str) -> None:
    at = datetime.fromisoformat(present).replace(tzinfo=UTC)
    promise = AnswerPromise(days, working)
    assert promise.due_before(at) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_the_database_refuses_to_change_the_audit_log(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        audit_service.record(session, "person added", None, "Someone")
        session.commit()
    for statement in ("UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"):
        with townhall.database.writing() as session:
            with pytest.raises(DBAPIError, match="only added"):
                session.execute(text(statement))
            session.rollback()
    with townhall.database.reading() as session:
        assert len(session.exec(select(AuditEntry)).all()) == 1


def test_an_unknown_action_is_a_mistake(townhall: Townhall) -> None:
    with townhall.database.writing() as session, pytest.raises(KeyError):
        audit_service.record(session, "something else", None)


def test_the_log_is_filtered_and_downloaded(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    admin.submit("/people", name="Fresh Face", role="rep")
    admin.submit("/settings", **FORM)
    with townhall.database.writing() as session:
        audit_service.record(session, "person added", None, "=cmd|' /C calc'!A0")
        session.commit()
    assert "Fresh Face" in admin.get("/audit").text
    assert "Fresh Face" not in admin.get("/audit?action=company+settings").text
    assert "Fresh Face" in admin.get("/audit?words=fresh").text
    assert "Fresh Face" not in admin.get("/audit?until=2020-01-01").text
    assert "Fresh Face" in admin.get("/audit?since=2020-01-01").text
    answer = admin.get("/audit.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["time", "who", "action", "what"]
    assert [row[1] for row in rows[1:]] == ["command line", "Ada Admin", "Ada Admin"]
    assert all(not cell.startswith("=") for row in rows for cell in row)
    assert [row[2] for row in csv.reader(io.StringIO(admin.get("/audit.csv?words=fresh").text))][1:] == ["person added"]


def test_the_set_up_is_the_admins_home_until_it_is_done(townhall: Townhall) -> None:
    admin, maya = townhall.client("Ada Admin"), townhall.client("Maya Rep")
    page = " ".join(admin.get("/").text.split())
    assert "Set up Townhall" in page
    assert "0 of 3 reps have joined, 3 need an invitation." in page
    assert "Set up Townhall" not in maya.get("/").text
    assert "Set up Townhall" not in townhall.client("Mona Manager").get("/").text
    townhall.join("Maya Rep", "Dana Rep", "Newt Newcomer")
    with townhall.database.reading() as session:
        without = people_queries.without_level(session)
    assert ("Set up Townhall" in admin.get("/").text) is (without > 0)
    for name in ("Maya Rep", "Dana Rep", "Newt Newcomer"):
        admin.submit(f"/people/{townhall.person(name).ulid}/level", level="Associate 1", since="2026-01-01")
    assert "Set up Townhall" not in admin.get("/").text


def test_the_overview_names_what_needs_attention(townhall: Townhall) -> None:
    page = " ".join(townhall.client("Ada Admin").get("/overview").text.split())
    for words in ("There is none yet", "TOWNHALL_SMTP_URL is empty", "No admin can sign in", "Version of Townhall"):
        assert words in page
    assert townhall.client("Eve Executive").get("/overview").status_code == 404
