"""Mail: sent once, gathered in the right morning, ended by one click, and not lost when the server is away."""

import re
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial

import pytest
from fastapi import FastAPI
from sqlmodel import select

from server.db.columns import now
from server.notifications import tasks as notification_tasks
from server.notifications.events import Digest, Subscription
from server.notifications.mail import Email, Mailer, build_mime, read_unsubscribe, sign_unsubscribe
from server.notifications.models import Notice
from server.notifications.service import Recipient
from server.notifications.tasks import MAX_REFUSALS, deliver
from tests.cast import SLUG
from tests.conftest import House

PATH = f"/proposals/{SLUG}/comments"


class Box:
    """A mail server that can be away."""

    def __init__(self) -> None:
        self.letters: list[Email] = []
        self.is_away = False

    def send(self, email: Email) -> None:
        if self.is_away:
            raise ConnectionRefusedError
        self.letters.append(email)


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def post(house: House, app: FastAPI, box: Box) -> "partial[bool]":
    with house.database.writing() as session:
        for notice in session.exec(select(Notice)):
            session.delete(notice)
        session.commit()
    templates = app.state.templates
    return partial(deliver, house.database, Mailer(app.state.settings, templates.language, templates.text, box))


def news_for_maya(house: House, replies: int = 1) -> None:
    answer = house.as_("Maya Rep").submit(PATH, version=2, text="Why & <b>how</b>?")
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    for number in range(replies):
        house.as_("Dana Rep").submit(f"/comments/{ulid}/replies", text=f"Because {number}.")


def test_a_notice_is_mailed_once(house: House, box: Box, post: "partial[bool]") -> None:
    news_for_maya(house)
    assert post()
    assert not post()
    [letter] = box.letters
    assert letter.recipient == "maya@example.com"
    assert letter.subject == "Dana Rep replied in a thread you are part of on “Pay for customers who stay”."
    assert "https://testserver/comments/" in letter.text
    assert "Because 0." in letter.html


def test_what_is_due_together_comes_together(house: House, box: Box, post: "partial[bool]") -> None:
    news_for_maya(house, replies=3)
    post()
    [letter] = box.letters
    assert letter.subject == "3 updates from Townhall"
    assert letter.text.count("/comments/") == 3


def test_what_was_read_meanwhile_needs_no_mail(house: House, box: Box, post: "partial[bool]") -> None:
    news_for_maya(house)
    house.as_("Maya Rep").submit("/notices/read")
    assert not post()
    assert box.letters == []


def test_a_server_that_is_away_loses_nothing(
    house: House, box: Box, post: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    news_for_maya(house)
    box.is_away = True
    assert not post()
    box.is_away = False
    assert not post()  # not before its time
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(minutes=2))
    assert post()
    assert len(box.letters) == 1


def test_whoever_was_stopped_while_sending_is_made_good_under_the_same_name(
    house: House, box: Box, post: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoppedError(BaseException):
        """The process ends."""

    def stop(email: Email) -> None:
        box.letters.append(email)
        raise StoppedError

    news_for_maya(house)
    with monkeypatch.context() as patch:
        patch.setattr(box, "send", stop)
        with pytest.raises(StoppedError):
            post()
    assert not post()  # another worker leaves it alone for a while
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(minutes=11))
    assert post()
    assert box.letters[0].name == box.letters[1].name


def test_no_mail_goes_to_whoever_has_left(house: House, box: Box, post: "partial[bool]") -> None:
    news_for_maya(house)
    with house.database.writing() as session:
        person = house.person("Maya Rep")
        person.active = False
        session.add(person)
        session.commit()
    assert not post()
    assert box.letters == []


def test_one_click_ends_the_mail_and_looking_does_not(house: House, box: Box, post: "partial[bool]") -> None:
    news_for_maya(house)
    post()
    url = box.letters[0].unsubscribe.removeprefix("https://testserver")
    stranger = house.as_(None)
    assert "Unsubscribe from e-mail?" in stranger.get(url).text
    news_for_maya(house)
    assert post()
    assert stranger.post(url, data={"List-Unsubscribe": "One-Click"}, headers={"origin": ""}).status_code == 200
    news_for_maya(house)
    assert not post()
    assert 'data-unread="3"' in house.as_("Maya Rep").get("/townhalls").text


def test_nobody_ends_the_mail_of_others(house: House) -> None:
    maya = house.person("Maya Rep")
    assert house.as_(None).post(f"/unsubscribe/{maya.ulid}-{'0' * 40}").status_code == 404
    token = sign_unsubscribe("secret", maya.ulid)
    assert read_unsubscribe("secret", token) == maya.ulid
    assert read_unsubscribe("other", token) is None
    assert read_unsubscribe("secret", "nonsense") is None


def test_a_letter_over_the_wire() -> None:
    letter = Email("maya@example.com", "Line\r\nBcc: x@example.com", "text", "<p>html</p>", "01abc", "https://t/u/x")
    message: EmailMessage = build_mime(letter, "townhall@example.com")
    assert message["Bcc"] is None
    assert message["Message-ID"] == "<01abc@example.com>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("digest", "zone", "at", "due"),
    [
        (Digest.off, "", "2026-11-25T10:00", "2026-11-25T10:00"),
        (Digest.daily, "", "2026-11-25T07:59", "2026-11-25T08:00"),
        (Digest.daily, "", "2026-11-25T10:00", "2026-11-26T08:00"),
        (Digest.daily, "Asia/Tehran", "2026-11-25T10:00", "2026-11-26T04:30"),
        (Digest.daily, "America/New_York", "2026-03-07T20:00", "2026-03-08T12:00"),
        (Digest.weekly, "", "2026-11-25T10:00", "2026-11-30T08:00"),
        (Digest.weekly, "", "2026-11-30T07:00", "2026-11-30T08:00"),
        (Digest.weekly, "", "2026-11-30T09:00", "2026-12-07T08:00"),
    ],
)
def test_gathered_mail_comes_in_the_morning_of_its_reader(digest: Digest, zone: str, at: str, due: str) -> None:
    listener = Recipient(1, Subscription.mine, digest, has_mail=True, time_zone=zone)
    assert listener.mail_due(datetime.fromisoformat(f"{at}+00:00")) == datetime.fromisoformat(f"{due}+00:00")
    assert Recipient(1, Subscription.mine, digest, has_mail=False, time_zone=zone).mail_due(datetime.now(UTC)) is None


def test_a_demo_shows_what_it_would_have_sent(house: House) -> None:
    assert house.as_("Maya Rep").get("/demo/outbox").status_code == 404  # this is no demo
    assert not re.search("outbox", house.as_("Maya Rep").get("/").text)


@pytest.fixture
def refusing(box: Box, monkeypatch: pytest.MonkeyPatch) -> Box:
    """A mail server that does not know Maya."""

    def send(email: Email) -> None:
        if email.recipient == "maya@example.com":
            raise smtplib.SMTPRecipientsRefused({email.recipient: (550, b"no such user")})
        box.letters.append(email)

    monkeypatch.setattr(box, "send", send)
    return box


def test_an_address_that_is_refused_keeps_no_other_waiting(house: House, refusing: Box, post: "partial[bool]") -> None:
    news_for_maya(house)
    answer = house.as_("Dana Rep").submit(PATH, version=2, text="And who?")
    ulid = str(answer.headers["location"]).removeprefix("/comments/")
    house.as_("Maya Rep").submit(f"/comments/{ulid}/replies", text="Us.")
    assert post()
    assert post()
    assert not post()
    assert [letter.recipient for letter in refusing.letters] == ["dana@example.com"]


def test_an_address_that_is_refused_again_and_again_is_given_up(
    house: House, refusing: Box, post: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    news_for_maya(house)
    for turn in range(MAX_REFUSALS):
        monkeypatch.setattr(notification_tasks, "now", lambda days=turn: now() + timedelta(days=days))
        assert post()
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(days=90))
    assert not post()


def test_a_server_that_says_not_now_is_asked_for_as_long_as_it_takes(
    house: House, box: Box, post: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(letter: Email) -> None:
        raise smtplib.SMTPRecipientsRefused({letter.recipient: (451, b"greylisted")})

    news_for_maya(house)
    with monkeypatch.context() as patch:
        patch.setattr(box, "send", send)
        for turn in range(MAX_REFUSALS + 2):
            patch.setattr(notification_tasks, "now", lambda days=turn: now() + timedelta(days=days))
            assert post()
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(days=90))
    assert post()
    assert [letter.recipient for letter in box.letters] == ["maya@example.com"]


def test_after_many_tries_the_wait_is_the_longest_and_no_failure(house: House, box: Box, post: "partial[bool]") -> None:
    news_for_maya(house)
    with house.database.writing() as session:
        for notice in session.exec(select(Notice)):
            notice.mail_tries = 500
            session.add(notice)
        session.commit()
    box.is_away = True
    assert not post()
    with house.database.reading() as session:
        waits = {notice.mail_due_at for notice in session.exec(select(Notice)) if notice.mail_tries == 501}
    assert len(waits) == 1
    assert now() < waits.pop() <= now() + timedelta(hours=6)


def test_a_notice_says_which_comment_it_is_about(house: House, box: Box, post: "partial[bool]") -> None:
    first = house.as_("Maya Rep").submit(PATH, version=2, text="About **the first** matter.")
    ulid = str(first.headers["location"]).removeprefix("/comments/")
    house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", state="answered", seen="open", text="Because.")
    assert "<q" in house.as_("Maya Rep").get("/notices").text
    assert post()
    assert "About the first matter." in box.letters[0].text
    assert "Because." in box.letters[0].text
    assert "About the first matter." in box.letters[0].html
