"""Every time is in the reader's zone and says so; drafts are scheduled in it, too."""

from datetime import UTC, datetime

from sqlmodel import select

from server.discussion.models import Comment
from server.documents.models import Draft
from server.people import queries as people_queries
from server.web.i18n import language, times_in
from tests.cast import SLUG
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"


def choose_zone(townhall: Townhall, name: str, zone: str) -> None:
    answer = townhall.client(name).submit("/me/notices", subscription="mine", digest="off", time_zone=zone)
    assert answer.status_code == 303


def set_company_zone(townhall: Townhall, zone: str) -> None:
    with townhall.database.writing() as session:
        company = people_queries.company(session)
        assert company
        company.time_zone = zone
        session.add(company)
        session.commit()


def test_a_time_names_its_zone() -> None:
    moment = datetime(2026, 11, 18, 2, 30, tzinfo=UTC)
    with times_in("America/Chicago"):
        assert language("en").moment(moment) == "Nov 17, 2026, 8:30\u202fPM CST"
    with times_in("Asia/Tokyo"):
        assert language("en").moment(moment) == "Nov 18, 2026, 11:30\u202fAM UTC+9"


def test_pages_show_days_and_hours_in_the_readers_zone(townhall: Townhall) -> None:
    set_company_zone(townhall, "America/Chicago")
    choose_zone(townhall, "Dana Rep", "Asia/Tokyo")
    maya, dana = townhall.client("Maya Rep"), townhall.client("Dana Rep")
    for page in (maya.get(PATH).text, maya.get(PATH).text):  # rendered and from the cache
        assert "Nov 17, 2026" in page.split('class="byline"')[1].split("</div>")[0]
    assert "Nov 18, 2026" in dana.get(PATH).text.split('class="byline"')[1].split("</div>")[0]
    assert "CST" in maya.get("/me").text
    assert "UTC+9" in dana.get("/me").text


def test_an_older_comment_shows_its_day_and_hour(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        for comment in session.exec(select(Comment)):
            comment.created_at = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
            session.add(comment)
        session.commit()
    set_company_zone(townhall, "America/Chicago")
    assert "Jan 5, 2026, 9:00\u202fAM CST" in townhall.client("Maya Rep").get(PATH).text


def test_a_draft_is_scheduled_in_the_authors_zone(townhall: Townhall) -> None:
    choose_zone(townhall, "Mona Manager", "America/Chicago")
    mona, newest = townhall.client("Mona Manager"), townhall.newest()
    fields = {"title": newest.title, "markdown": newest.markdown + "\n\nMore.", "base": 2, "note": "More."}
    mona.submit(f"{PATH}/edit", **fields, revision=0)
    assert "Date and time in your time zone, America/Chicago" in mona.get(f"{PATH}/edit/review").text
    answer = mona.submit(f"{PATH}/edit/schedule", **fields, revision=1, publish_at="2098-07-01T09:00")
    assert answer.status_code == 303, answer.text
    with townhall.database.reading() as session:
        [draft] = session.exec(select(Draft).where(Draft.publish_at.is_not(None))).all()
    assert draft.publish_at == datetime(2098, 7, 1, 14, 0, tzinfo=UTC)
    assert 'value="2098-07-01T09:00"' in mona.get(f"{PATH}/edit/review").text
