"""Who is told of what: the table, the events that happen, and nothing twice."""

from typing import Any

import pytest
from sqlmodel import select

from server.documents import queries as document_queries
from server.documents import service as document_service
from server.notifications import service as notification_service
from server.notifications.events import EVENTS, Subscription, applies_to
from server.notifications.models import Notice, NoticeSettings
from server.notifications.service import Notification
from server.publishing import service as publishing_service
from tests.cast import SLUG
from tests.conftest import House

PATH = f"/proposals/{SLUG}/comments"
TABLE = {
    #            all,  mine, decisions
    "comment": (True, False, False),
    "reply": (True, True, False),
    "mention": (True, True, False),
    "back": (True, True, False),
    "answered": (True, True, True),
    "accepted": (True, True, True),
    "declined": (True, True, True),
    "postponed": (True, True, True),
    "adopted": (True, True, True),
    "version": (True, True, True),
}


def test_the_table_knows_every_event() -> None:
    assert set(TABLE) == set(EVENTS)


@pytest.mark.parametrize("event", TABLE)
def test_an_event_reaches_exactly_these_levels(event: str) -> None:
    assert (
        tuple(applies_to(event, level) for level in (Subscription.all, Subscription.mine, Subscription.decisions))
        == TABLE[event]
    )


def say(house: House, text: str, who: str = "Maya Rep", **fields: Any) -> str:
    answer = house.as_(who).submit(PATH, version=2, text=text, **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"]).removeprefix("/comments/")


def told(house: House, who: str) -> list[str]:
    """Return the events of somebody's notices, the oldest first."""
    with house.database.reading() as session:
        statement = select(Notice).where(Notice.person_id == house.person(who).id).order_by(Notice.id)  # type: ignore[arg-type]
        return [notice.event for notice in session.exec(statement) if notice.url.startswith(("/comments", "/prop"))]


def listen(house: House, who: str, level: str) -> None:
    answer = house.as_(who).submit("/me/notices", subscription=level, digest="off", by_mail="yes")
    assert answer.status_code == 303


@pytest.fixture(autouse=True)
def nothing_told(house: House) -> None:
    with house.database.writing() as session:
        for notice in session.exec(select(Notice)):
            session.delete(notice)
        session.commit()


def test_whoever_wants_to_hear_everything_hears_of_a_comment_and_nobody_else(house: House) -> None:
    listen(house, "Dana Rep", "all")
    say(house, "Why?")
    assert told(house, "Dana Rep") == ["comment"]
    assert told(house, "Mona Manager") == told(house, "Maya Rep") == []


def test_whoever_takes_part_hears_of_a_reply_but_not_of_their_own(house: House) -> None:
    ulid = say(house, "Why?")
    house.as_("Dana Rep").submit(f"/comments/{ulid}/replies", text="Because.")
    house.as_("Otto Other").submit(f"/comments/{ulid}/replies", text="Indeed.")
    assert told(house, "Maya Rep") == ["reply", "reply"]
    assert told(house, "Dana Rep") == ["reply"]
    assert told(house, "Otto Other") == []


def test_whoever_wants_to_hear_everything_is_not_told_that_a_thread_is_theirs(house: House) -> None:
    listen(house, "Dana Rep", "all")
    ulid = say(house, "Why?")
    house.as_("Otto Other").submit(f"/comments/{ulid}/replies", text="Because.")
    assert told(house, "Dana Rep") == ["comment", "comment"]


def test_who_is_mentioned_hears_it_once(house: House) -> None:
    listen(house, "Dana Rep", "all")
    ulid = say(house, "Ask @Dana Rep and @dana rep, or mail x@Mona Manager.")
    assert told(house, "Dana Rep") == ["mention"]
    assert told(house, "Mona Manager") == []
    maya = house.as_("Maya Rep")
    maya.submit(f"/comments/{ulid}/edit", text="Ask @Dana Rep or @Otto Other.", revision=1)
    assert told(house, "Dana Rep") == ["mention"]
    assert told(house, "Otto Other") == ["mention"]


@pytest.mark.parametrize(
    ("state", "more"),
    [
        ("answered", {"text": "So."}),
        ("accepted", {}),
        ("declined", {"text": "No."}),
        ("postponed", {"postponed_until": "2099-01-01"}),
    ],
)
def test_an_author_always_hears_how_a_comment_ended(house: House, state: str, more: dict[str, str]) -> None:
    listen(house, "Maya Rep", "decisions")
    ulid = say(house, "Why?")
    house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", state=state, seen="open", **more)
    assert told(house, "Maya Rep") == [state]
    shown = house.as_("Maya Rep").get("/notices").text
    assert "your comment on “Pay for customers who stay”" in shown


def publish(house: House, *changes: str) -> None:
    """Bring a version out in which every other word stands in the place of the one before it."""
    with house.database.writing() as session:
        proposal = document_queries.by_slug(session, SLUG)
        assert proposal
        version = document_queries.version(session, proposal.id or 0, proposal.current)
        assert version
        markdown = version.markdown
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            markdown = markdown.replace(old, new)
        text = document_service.SubmittedText(proposal.title, markdown, "Next.", proposal.current, 0)
        publishing_service.publish(
            session, proposal, document_service.prepare(text), house.person("Mona Manager").id or 0
        )
        session.commit()


def test_a_version_is_told_to_everybody_and_to_authors_that_it_takes_up_their_comment(house: House) -> None:
    listen(house, "Dana Rep", "decisions")
    ulid = say(house, "Half of them.", block=1, quote="they leave")
    house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", state="accepted", seen="open")
    publish(house, "# Nothing of it", "")
    assert told(house, "Maya Rep") == ["accepted", "version"]
    publish(house, "Because they leave.", "Because half of them leave.")
    assert told(house, "Maya Rep") == ["accepted", "version", "adopted", "version"]
    assert told(house, "Dana Rep") == ["version", "version"]
    assert told(house, "Mona Manager") == []
    assert "Included in version 4" in house.as_("Dana Rep").get(f"/comments/{ulid}").text


def test_the_same_item_is_never_told_twice(house: House) -> None:
    person = house.person("Maya Rep").id or 0
    news = Notification("version", "version 1 9", "/proposals/x", {"title": "T", "number": "9"})
    with house.database.writing() as session:
        assert notification_service.notify(session, news, [person]) == 1
        assert notification_service.notify(session, news, [person]) == 0
        session.commit()


def test_the_bell_counts_and_opening_a_notice_goes_where_it_is(house: House) -> None:
    ulid = say(house, "Why?")
    house.as_("Dana Rep").submit(f"/comments/{ulid}/replies", text="Because.")
    house.as_("Otto Other").submit(f"/comments/{ulid}/replies", text="Indeed.")
    maya = house.as_("Maya Rep")
    for path in ("/notices", f"/proposals/{SLUG}", "/townhalls"):
        assert 'data-unread="2"' in maya.get(path).text
    notice = maya.get("/notices").text.split('action="/notices/0')[1].split('"')[0]
    opened = maya.submit(f"/notices/0{notice}")
    assert opened.status_code == 303
    assert opened.headers["location"].startswith("/comments/")
    assert 'data-unread="1"' in maya.get(f"/proposals/{SLUG}").text
    maya.submit("/notices/read")
    assert 'data-unread="0"' in maya.get("/townhalls").text
    assert house.as_("Dana Rep").submit(f"/notices/0{notice}").status_code == 404


@pytest.mark.parametrize("fields", [{"subscription": "loud"}, {"digest": "hourly"}, {"time_zone": "Mars/Olympus"}])
def test_what_cannot_be_chosen_is_refused(house: House, fields: dict[str, str]) -> None:
    wanted = {"subscription": "mine", "digest": "off", "time_zone": ""} | fields
    assert house.as_("Maya Rep").submit("/me/notices", **wanted).status_code == 422
    with house.database.reading() as session:
        assert session.get(NoticeSettings, house.person("Maya Rep").id) is None


def test_names_are_offered_after_an_at(house: House) -> None:
    maya = house.as_("Maya Rep")
    shown = maya.get("/people/names?q=da").text
    assert 'data-name="Dana Rep"' in shown
    assert "Ada Admin" not in shown  # no word of it begins like that
    assert 'data-name="Maya Rep"' in maya.get("/people/names?q=rep").text
    assert "data-name" not in maya.get("/people/names?q=").text
    assert "data-name" not in maya.get("/people/names?q=zzz").text
    assert house.as_(None).get("/people/names?q=da").status_code == 303
