"""Leavers: one way to end access, by screen, command, import and the last day; and giving it back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from server.accounts.tasks import end_access_of_leavers
from server.api import service as api_service
from server.audit.models import AuditEntry
from server.cli import app as command
from server.discussion.notify import mentioned_people
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Person
from tests.administration.test_people import page_of, values
from tests.conftest import Townhall


def has_access(townhall: Townhall, name: str) -> bool:
    return townhall.person(name).active


def test_ending_access_ends_everything(townhall: Townhall) -> None:
    townhall.join("Dana Rep", "Maya Rep")
    dana, admin = townhall.client("Dana Rep"), townhall.client("Ada Admin")
    with townhall.database.writing() as session:
        _, secret = api_service.make_token(session, "Export", townhall.person("Dana Rep").id)
        readers = people_queries.readership(session).reps
        session.commit()
    assert dana.get("/me").status_code == 200
    assert admin.submit(f"{page_of(townhall, 'Dana Rep')}/access/end").status_code == 303
    assert dana.get("/me").status_code == 303
    with townhall.database.reading() as session:
        assert api_service.find_token(session, secret) is None
        assert people_queries.readership(session).reps == readers - 1
        assert "Dana Rep" not in [name for _, name in people_queries.active_names(session)]
        assert mentioned_people(session, "@Dana Rep hello") == []
    assert townhall.person("Dana Rep").left_on is not None
    assert "No access" in admin.get(page_of(townhall, "Dana Rep")).text


def test_an_invitation_of_a_leaver_does_not_work(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        token = people_service.invite(session, townhall.person("Dana Rep"), "dana@example.com", 7)
        session.commit()
    townhall.client("Ada Admin").submit(f"{page_of(townhall, 'Dana Rep')}/access/end")
    assert townhall.client(None).get(f"/invitations/{token}").status_code == 404


def test_access_is_given_back(townhall: Townhall) -> None:
    admin, path = townhall.client("Ada Admin"), page_of(townhall, "Dana Rep")
    admin.submit(f"{path}/access/end")
    with townhall.database.writing() as session:
        dana = session.get_one(Person, townhall.person("Dana Rep").id)
        dana.left_on = date(2020, 1, 1)
        session.add(dana)
        session.commit()
    assert admin.submit(f"{path}/access/restore").status_code == 303
    assert townhall.person("Dana Rep").left_on is None
    assert townhall.browser("Dana Rep").get("/me").status_code == 200


@pytest.mark.parametrize(
    ("zone", "at", "is_over"),
    [
        ("UTC", datetime(2027, 4, 1, 0, 1, tzinfo=UTC), True),
        ("UTC", datetime(2027, 3, 31, 23, 59, tzinfo=UTC), False),
        ("America/Chicago", datetime(2027, 4, 1, 4, 59, tzinfo=UTC), False),
        ("America/Chicago", datetime(2027, 4, 1, 5, 1, tzinfo=UTC), True),
        ("Asia/Tehran", datetime(2027, 3, 31, 20, 31, tzinfo=UTC), True),
    ],
)
def test_access_ends_when_the_last_day_is_over_in_the_companys_zone(
    townhall: Townhall, monkeypatch: pytest.MonkeyPatch, zone: str, at: datetime, *, is_over: bool
) -> None:
    with townhall.database.writing() as session:
        company = people_queries.company(session)
        assert company
        company.time_zone = zone
        dana = session.get_one(Person, townhall.person("Dana Rep").id)
        dana.left_on = date(2027, 3, 31)
        session.add_all([company, dana])
        session.commit()
    monkeypatch.setattr("server.people.queries.people.now", lambda: at)
    assert end_access_of_leavers(townhall.database) is False
    assert has_access(townhall, "Dana Rep") is not is_over
    with townhall.database.reading() as session:
        entries = session.exec(select(AuditEntry)).all()
    assert [(entry.actor, entry.subject) for entry in entries] == ([("", "Dana Rep")] if is_over else [])


def test_a_last_day_in_the_past_ends_access_at_once(townhall: Townhall) -> None:
    dana = townhall.client("Dana Rep")
    form = values(townhall, "Dana Rep", left="2020-05-31")
    townhall.client("Ada Admin").submit(page_of(townhall, "Dana Rep"), **form)
    assert dana.get("/me").status_code == 303
    assert townhall.person("Dana Rep").left_on == date(2020, 5, 31)


def test_an_imported_leaver_loses_access_at_once(townhall: Townhall) -> None:
    dana, admin = townhall.client("Dana Rep"), townhall.client("Ada Admin")
    path = admin.upload("people.csv", "name,email,left\nDana Rep,dana@example.com,2020-05-31\n")
    admin.submit(path)
    assert not has_access(townhall, "Dana Rep")
    assert dana.get("/me").status_code == 303


def test_a_leaver_is_paid_until_the_last_day(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        people_service.deactivate(session, session.get_one(Person, townhall.person("Dana Rep").id), date(2027, 1, 1))
        session.commit()
        assert "Dana Rep" in [person.name for person in people_queries.paid_people(session)]


def test_commands_end_and_restore_access(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    url = townhall.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("TOWNHALL_DATABASE_URL", url)
    monkeypatch.setenv("TOWNHALL_ENVIRONMENT", "development")
    run = CliRunner().invoke
    ended = run(command, ["people", "end-access", "dana@example.com", "--last-day", "2027-01-31"])
    assert "Dana Rep has no access any more. Last day of work: 2027-01-31." in ended.output
    assert not has_access(townhall, "Dana Rep")
    assert run(command, ["people", "restore-access", "Dana Rep"]).exit_code == 0
    assert has_access(townhall, "Dana Rep")
    assert run(command, ["people", "end-access", "Dana Nobody"]).exit_code == 1
    assert run(command, ["people", "end-access", "Ada Admin"]).exit_code == 1
    with townhall.database.writing() as session:
        people_service.add_person(session, people_service.NewPerson("Dana Rep", "dana2@example.com"))
        session.commit()
    several = run(command, ["people", "end-access", "Dana Rep"])
    assert several.exit_code == 1
    assert "dana2@example.com" in several.output


def test_access_ends_in_the_stream(townhall: Townhall) -> None:
    """The stream asks the same question as every request: whose session this is now."""
    token = townhall.client("Dana Rep").token or ""
    with townhall.database.writing() as session:
        people_service.deactivate(session, session.get_one(Person, townhall.person("Dana Rep").id), date(2027, 1, 1))
        session.commit()
        oldest = datetime.now(UTC) - timedelta(days=1)
        assert people_queries.viewer_by_token(session, people_service.digest(token), oldest, oldest) is None
