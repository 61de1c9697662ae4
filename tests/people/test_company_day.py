"""Today is the day it is in the company's time zone, whichever zone the server has."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import col, select

from server.books.offers import today_offer
from server.deals.models import Deal
from server.people import queries
from server.people.models import LevelAssignment, ReportingLine
from server.plans_in_force.models import PlanInForce
from tests.cast import SLUG
from tests.conftest import Townhall

EVENING = datetime(2027, 2, 1, 3, 30, tzinfo=UTC)
"""January 31 in Chicago."""


@pytest.fixture(autouse=True)
def evening_in_chicago(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.people.queries.people.now", lambda: EVENING)
    with townhall.database.writing() as session:
        company = queries.company(session)
        assert company
        company.time_zone = "America/Chicago"
        session.add(company)
        session.commit()


def test_levels_and_managers_entered_without_a_day_hold_from_the_companys_day(townhall: Townhall) -> None:
    dana, admin = townhall.person("Dana Rep"), townhall.client("Ada Admin")
    admin.submit(f"/people/{dana.ulid}/level", level="Associate 2")
    admin.submit("/people/bulk/manager", person=[dana.ulid], manager="Eve Executive")
    with townhall.database.reading() as session:
        level = session.exec(select(LevelAssignment).where(LevelAssignment.level == "Associate 2")).one()
        line = session.exec(select(ReportingLine).where(col(ReportingLine.since) > date(2026, 1, 1))).one()
    assert level.since == line.since == date(2027, 1, 31)


def test_an_import_without_a_day_holds_from_the_companys_day(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    preview = admin.upload("people.csv", "person,level\nDana Rep,Associate 3\n")
    assert admin.submit(preview).status_code == 200
    with townhall.database.reading() as session:
        level = session.exec(select(LevelAssignment).where(LevelAssignment.level == "Associate 3")).one()
    assert level.since == date(2027, 1, 31)


def test_times_in_uploaded_deals_become_days_of_the_company(townhall: Townhall) -> None:
    admin = townhall.client("Ada Admin")
    preview = admin.upload("deals.csv", "id,person,amount,signed\nLate,Dana Rep,500,2027-01-01T02:00:00Z\n")
    assert "Times that state a time zone are converted to dates in America/Chicago." in admin.get(preview).text
    assert admin.submit(preview).status_code == 200
    with townhall.database.reading() as session:
        assert session.exec(select(Deal.signed_on).where(Deal.external_id == "Late")).one() == date(2026, 12, 31)


@pytest.mark.parametrize(("since", "is_in_force"), [(date(2027, 1, 31), True), (date(2027, 2, 1), False)])
def test_todays_plan_is_that_of_the_companys_day(townhall: Townhall, since: date, *, is_in_force: bool) -> None:
    with townhall.database.writing() as session:
        for plan in session.exec(select(PlanInForce)):
            plan.since = since
            session.add(plan)
        session.flush()
        assert (today_offer(session, townhall.person("Dana Rep").id) is not None) is is_in_force


def test_a_comment_is_postponed_to_a_day_after_the_companys_day(townhall: Townhall) -> None:
    path = f"/proposals/{SLUG}/comments"
    location = townhall.client("Dana Rep").submit(path, version=2, text="Why?").headers["location"]
    manager = townhall.client("Mona Manager")
    answer = {"state": "postponed", "text": "Later.", "seen": "open"}
    assert manager.submit(f"{location}/answer", **answer, postponed_until="2027-01-31").status_code == 422
    assert manager.submit(f"{location}/answer", **answer, postponed_until="2027-02-01").status_code == 303
