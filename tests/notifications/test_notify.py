"""Who is notified of which event, and never twice."""

from typing import Any

import pytest
from sqlmodel import select

from server.discussion.notify import mentioned_people
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.notifications import service as notification_service
from server.notifications.events import EVENTS, Subscription, applies_to
from server.notifications.models import Notice, NoticeSettings
from server.notifications.service import Notification
from server.people import queries as people_queries
from server.publishing import service as publishing_service
from server.settings import DEMO_SECRET
from server.variants import service as variant_service
from server.variants.service import VariantDraft
from tests.cast import SLUG, VARIANT
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/comments"
TABLE = {
    #            all,  mine, decisions
    "comment": (True, False, False),
    "reply": (True, True, False),
    "mention": (True, True, False),
    "shared": (True, True, True),
    "account": (True, True, True),
    "feedback": (True, True, False),
    "variant": (True, True, False),
    "back": (True, True, False),
    "answered": (True, True, True),
    "accepted": (True, True, True),
    "declined": (True, True, True),
    "postponed": (True, True, True),
    "included": (True, True, True),
    "version": (True, True, True),
    "withdrawn": (True, True, True),
}


def test_the_table_has_every_event() -> None:
    assert set(TABLE) == set(EVENTS)


@pytest.mark.parametrize("event", TABLE)
def test_an_event_reaches_exactly_these_subscriptions(event: str) -> None:
    assert (
        tuple(applies_to(event, level) for level in (Subscription.all, Subscription.mine, Subscription.decisions))
        == TABLE[event]
    )


def comment(townhall: Townhall, text: str, who: str = "Maya Rep", **fields: Any) -> str:
    response = townhall.client(who).submit(PATH, version=2, text=text, **fields)
    assert response.status_code == 303
    return str(response.headers["location"]).removeprefix("/comments/")


def events_of(townhall: Townhall, who: str) -> list[str]:
    """Return the events of a person's notices, oldest first."""
    with townhall.database.reading() as session:
        statement = select(Notice).where(Notice.person_id == townhall.person(who).id)
        statement = statement.order_by(Notice.id)  # type: ignore[arg-type]
        return [notice.event for notice in session.exec(statement) if notice.url.startswith(("/comments", "/prop"))]


def subscribe(townhall: Townhall, who: str, level: str) -> None:
    response = townhall.client(who).submit("/me/notices", subscription=level, digest="off", by_mail="yes")
    assert response.status_code == 303


@pytest.fixture(autouse=True)
def no_notices(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        for notice in session.exec(select(Notice)):
            session.delete(notice)
        session.commit()


def test_only_subscribers_to_all_activity_are_notified_of_a_comment(townhall: Townhall) -> None:
    subscribe(townhall, "Dana Rep", "all")
    comment(townhall, "Why?")
    assert events_of(townhall, "Dana Rep") == ["comment"]
    assert events_of(townhall, "Otto Other") == events_of(townhall, "Maya Rep") == []


def test_participants_are_notified_of_replies_but_not_of_their_own(townhall: Townhall) -> None:
    ulid = comment(townhall, "Why?")
    townhall.client("Dana Rep").submit(f"/comments/{ulid}/replies", text="Because.")
    townhall.client("Otto Other").submit(f"/comments/{ulid}/replies", text="Indeed.")
    assert events_of(townhall, "Maya Rep") == ["reply", "reply"]
    assert events_of(townhall, "Dana Rep") == ["reply"]
    assert events_of(townhall, "Otto Other") == []


def test_subscribers_to_all_activity_get_a_reply_as_a_comment(townhall: Townhall) -> None:
    subscribe(townhall, "Dana Rep", "all")
    ulid = comment(townhall, "Why?")
    townhall.client("Otto Other").submit(f"/comments/{ulid}/replies", text="Because.")
    assert events_of(townhall, "Dana Rep") == ["comment", "comment"]


def test_a_mentioned_person_is_notified_once(townhall: Townhall) -> None:
    subscribe(townhall, "Dana Rep", "all")
    ulid = comment(townhall, "Ask @Dana Rep and @dana rep, or mail x@Mona Manager.")
    assert events_of(townhall, "Dana Rep") == ["mention"]
    assert events_of(townhall, "Mona Manager") == ["feedback"]
    maya = townhall.client("Maya Rep")
    maya.submit(f"/comments/{ulid}/edit", text="Ask @Dana Rep or @Otto Other.", revision=1)
    assert events_of(townhall, "Dana Rep") == ["mention"]
    assert events_of(townhall, "Otto Other") == ["mention"]


@pytest.mark.parametrize(
    ("state", "more"),
    [
        ("answered", {"text": "So."}),
        ("accepted", {}),
        ("declined", {"text": "No."}),
        ("postponed", {"postponed_until": "2099-01-01"}),
    ],
)
def test_authors_are_always_notified_of_an_answer(townhall: Townhall, state: str, more: dict[str, str]) -> None:
    subscribe(townhall, "Maya Rep", "decisions")
    ulid = comment(townhall, "Why?")
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", state=state, seen="open", **more)
    assert events_of(townhall, "Maya Rep") == [state]
    shown = townhall.client("Maya Rep").get("/notices").text
    assert "your comment on “Pay for customers who stay”" in shown


def publish(townhall: Townhall, *changes: str) -> None:
    """Publish a version in which each first text of a pair is replaced by the second."""
    with townhall.database.writing() as session:
        proposal = document_queries.by_slug(session, SLUG)
        assert proposal
        version = document_queries.version(session, proposal.id, proposal.current)
        assert version
        markdown = version.markdown
        for old, new in zip(changes[::2], changes[1::2], strict=True):
            markdown = markdown.replace(old, new)
        text = document_service.SubmittedText(proposal.title, markdown, "Next.", proposal.current, 0)
        publishing_service.publish(
            session, proposal, document_service.prepare(text), townhall.person("Mona Manager").id or 0
        )
        session.commit()


def test_everyone_is_notified_of_a_version_and_authors_of_an_included_comment(townhall: Townhall) -> None:
    subscribe(townhall, "Dana Rep", "decisions")
    ulid = comment(townhall, "Half of them.", block=1, quote="they leave")
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", state="accepted", seen="open")
    publish(townhall, "# Nothing of it", "")
    assert events_of(townhall, "Maya Rep") == ["accepted", "version"]
    publish(townhall, "Because they leave.", "Because half of them leave.")
    assert events_of(townhall, "Maya Rep") == ["accepted", "version", "included", "version"]
    assert events_of(townhall, "Dana Rep") == ["version", "version"]
    assert events_of(townhall, "Mona Manager") == ["feedback"]
    assert "Included in version 4" in townhall.client("Dana Rep").get(f"/comments/{ulid}").text


def test_the_same_subject_is_never_notified_twice(townhall: Townhall) -> None:
    person = townhall.person("Maya Rep").id or 0
    notification = Notification("version", "version 1 9", "/proposals/x", {"title": "T", "number": "9"})
    with townhall.database.writing() as session:
        assert notification_service.notify(session, notification, [person]) == 1
        assert notification_service.notify(session, notification, [person]) == 0
        session.commit()


def test_the_bell_counts_unread_notices_and_a_notice_opens_its_subject(townhall: Townhall) -> None:
    ulid = comment(townhall, "Why?")
    townhall.client("Dana Rep").submit(f"/comments/{ulid}/replies", text="Because.")
    townhall.client("Otto Other").submit(f"/comments/{ulid}/replies", text="Indeed.")
    maya = townhall.client("Maya Rep")
    for path in ("/notices", f"/proposals/{SLUG}", "/townhalls"):
        assert 'data-unread="2"' in maya.get(path).text
    notice = maya.get("/notices").text.split('action="/notices/0')[1].split('"')[0]
    opened = maya.submit(f"/notices/0{notice}")
    assert opened.status_code == 303
    assert opened.headers["location"].startswith("/comments/")
    assert 'data-unread="1"' in maya.get(f"/proposals/{SLUG}").text
    maya.submit("/notices/read")
    assert 'data-unread="0"' in maya.get("/townhalls").text
    assert townhall.client("Dana Rep").submit(f"/notices/0{notice}").status_code == 404


@pytest.mark.parametrize("fields", [{"subscription": "loud"}, {"digest": "hourly"}, {"time_zone": "Mars/Olympus"}])
def test_invalid_settings_are_refused(townhall: Townhall, fields: dict[str, str]) -> None:
    settings = {"subscription": "mine", "digest": "off", "time_zone": ""} | fields
    assert townhall.client("Maya Rep").submit("/me/notices", **settings).status_code == 422
    with townhall.database.reading() as session:
        assert session.get(NoticeSettings, townhall.person("Maya Rep").id) is None


def test_names_are_suggested_after_an_at_sign(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    shown = maya.get("/people/names?q=da").text
    assert 'data-name="Dana Rep"' in shown
    assert "Ada Admin" not in shown  # no word of it begins like that
    assert 'data-name="Maya Rep"' in maya.get("/people/names?q=rep").text
    assert "data-name" not in maya.get("/people/names?q=").text
    assert "data-name" not in maya.get("/people/names?q=zzz").text
    assert townhall.client(None).get("/people/names?q=da").status_code == 303


def test_who_is_responsible_hears_of_comments_and_variants(townhall: Townhall) -> None:
    comment(townhall, "Why?")
    comment(townhall, "And @Mona Manager, how?")
    assert events_of(townhall, "Mona Manager") == ["feedback", "mention"]
    assert "which you are responsible for" in townhall.client("Mona Manager").get("/notices").text
    assert events_of(townhall, "Otto Other") == []
    with townhall.database.writing() as session:
        version = document_queries.version_page(session, SLUG)
        assert version
        text = VARIANT.replace("$56,000", "$57,000")
        draft = VariantDraft(base_key="a", text=text, reason="It is steeper.", anonymous=True)
        variant_service.publish(session, version, draft, townhall.person("Maya Rep").id, DEMO_SECRET)
        session.commit()
    assert events_of(townhall, "Mona Manager")[-1] == "variant"
    assert "Anonymous proposed a variant" in townhall.client("Mona Manager").get("/notices").text


def test_a_shared_name_mentions_all_who_have_it_and_an_address_one(townhall: Townhall) -> None:
    townhall.client("Ada Admin").submit(
        "/people", name="Dana Rep", email="dana2@example.com", role="rep", is_namesake="true"
    )
    with townhall.database.reading() as session:
        both = mentioned_people(session, "@Dana Rep what do you think?")
        one = mentioned_people(session, "@Dana Rep (dana2@example.com) what do you think?")
        [second] = people_queries.matching(session, "dana2@example.com")
    assert len(both) == 2
    assert one == [second.id]
    names = townhall.client("Maya Rep").get("/people/names?q=dana").text
    assert "Dana Rep (dana@example.com)" in names
    assert "Dana Rep (dana2@example.com)" in names
