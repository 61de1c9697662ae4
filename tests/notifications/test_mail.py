"""E-mail: sent once, as a digest in the morning, stopped by one click, and retried after failures."""

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
from server.people import service as people_service
from tests.cast import SLUG
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/comments"


class MailServer:
    """A mail server that can fail."""

    def __init__(self) -> None:
        self.emails: list[Email] = []
        self.is_down = False

    def send(self, email: Email) -> None:
        if self.is_down:
            raise ConnectionRefusedError
        self.emails.append(email)


@pytest.fixture
def mail_server() -> MailServer:
    return MailServer()


@pytest.fixture
def send_next(townhall: Townhall, app: FastAPI, mail_server: MailServer) -> "partial[bool]":
    with townhall.database.writing() as session:
        for notice in session.exec(select(Notice)):
            session.delete(notice)
        for name in ("Maya Rep", "Dana Rep"):
            people_service.set_password(session, townhall.person(name), "a hash")
        session.commit()
    templates = app.state.templates
    return partial(
        deliver, townhall.database, Mailer(app.state.settings, templates.language, templates.text, mail_server)
    )


def notify_maya(townhall: Townhall, replies: int = 1) -> None:
    response = townhall.client("Maya Rep").submit(PATH, version=2, text="Why & <b>how</b>?")
    ulid = str(response.headers["location"]).removeprefix("/comments/")
    for number in range(replies):
        townhall.client("Dana Rep").submit(f"/comments/{ulid}/replies", text=f"Because {number}.")


def test_a_notice_is_mailed_once(townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]") -> None:
    notify_maya(townhall)
    assert send_next()
    assert not send_next()
    [email] = mail_server.emails
    assert email.recipient == "maya@example.com"
    assert email.subject == "Dana Rep replied in a thread you are part of on “Pay for customers who stay”."
    assert "https://testserver/comments/" in email.text
    assert "Because 0." in email.html


def test_people_who_have_not_joined_get_no_mail(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]"
) -> None:
    townhall.client("Dana Rep").submit(PATH, version=2, text="@Newt Newcomer and @Maya Rep, what do you think?")
    while send_next():
        pass
    assert [email.recipient for email in mail_server.emails] == ["maya@example.com"]
    assert "mentioned you" in townhall.client("Newt Newcomer").get("/notices").text


def test_notices_due_together_are_sent_in_one_email(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]"
) -> None:
    notify_maya(townhall, replies=3)
    send_next()
    [email] = mail_server.emails
    assert email.subject == "3 updates from Townhall"
    assert email.text.count("/comments/") == 3


def test_notices_already_read_are_not_mailed(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]"
) -> None:
    notify_maya(townhall)
    townhall.client("Maya Rep").submit("/notices/read")
    assert not send_next()
    assert mail_server.emails == []


def test_no_email_is_lost_while_the_server_is_down(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    notify_maya(townhall)
    mail_server.is_down = True
    assert not send_next()
    mail_server.is_down = False
    assert not send_next()  # not before its time
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(minutes=2))
    assert send_next()
    assert len(mail_server.emails) == 1


def test_an_interrupted_email_is_sent_again_under_the_same_name(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoppedError(BaseException):
        """The process ends."""

    def stop(email: Email) -> None:
        mail_server.emails.append(email)
        raise StoppedError

    notify_maya(townhall)
    with monkeypatch.context() as patch:
        patch.setattr(mail_server, "send", stop)
        with pytest.raises(StoppedError):
            send_next()
    assert not send_next()  # another worker leaves it alone for a while
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(minutes=11))
    assert send_next()
    assert mail_server.emails[0].name == mail_server.emails[1].name


def test_people_who_left_get_no_email(townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]") -> None:
    notify_maya(townhall)
    with townhall.database.writing() as session:
        person = townhall.person("Maya Rep")
        person.active = False
        session.add(person)
        session.commit()
    assert not send_next()
    assert mail_server.emails == []


def test_one_click_unsubscribes_and_opening_the_link_does_not(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]"
) -> None:
    notify_maya(townhall)
    send_next()
    url = mail_server.emails[0].unsubscribe.removeprefix("https://testserver")
    stranger = townhall.client(None)
    assert "Unsubscribe from e-mail?" in stranger.get(url).text
    notify_maya(townhall)
    assert send_next()
    assert stranger.post(url, data={"List-Unsubscribe": "One-Click"}, headers={"origin": ""}).status_code == 200
    notify_maya(townhall)
    assert not send_next()
    assert 'data-unread="3"' in townhall.client("Maya Rep").get("/townhalls").text


def test_only_a_signed_link_unsubscribes(townhall: Townhall) -> None:
    maya = townhall.person("Maya Rep")
    assert townhall.client(None).post(f"/unsubscribe/{maya.ulid}-{'0' * 40}").status_code == 404
    token = sign_unsubscribe("secret", maya.ulid)
    assert read_unsubscribe("secret", token) == maya.ulid
    assert read_unsubscribe("other", token) is None
    assert read_unsubscribe("secret", "nonsense") is None


def test_the_mime_message() -> None:
    email = Email("maya@example.com", "Line\r\nBcc: x@example.com", "text", "<p>html</p>", "01abc", "https://t/u/x")
    message: EmailMessage = build_mime(email, "townhall@example.com")
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
def test_digests_are_due_in_the_readers_morning(digest: Digest, zone: str, at: str, due: str) -> None:
    recipient = Recipient(1, Subscription.mine, digest, has_mail=True, time_zone=zone)
    assert recipient.mail_due(datetime.fromisoformat(f"{at}+00:00")) == datetime.fromisoformat(f"{due}+00:00")
    assert Recipient(1, Subscription.mine, digest, has_mail=False, time_zone=zone).mail_due(datetime.now(UTC)) is None


def test_a_demo_shows_what_it_would_have_sent(townhall: Townhall) -> None:
    assert townhall.client("Maya Rep").get("/demo/outbox").status_code == 404  # this is no demo
    assert not re.search("outbox", townhall.client("Maya Rep").get("/").text)


@pytest.fixture
def refusing_server(mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> MailServer:
    """A mail server that does not know Maya."""

    def send(email: Email) -> None:
        if email.recipient == "maya@example.com":
            raise smtplib.SMTPRecipientsRefused({email.recipient: (550, b"no such user")})
        mail_server.emails.append(email)

    monkeypatch.setattr(mail_server, "send", send)
    return mail_server


def test_a_refused_address_does_not_delay_others(
    townhall: Townhall, refusing_server: MailServer, send_next: "partial[bool]"
) -> None:
    notify_maya(townhall)
    response = townhall.client("Dana Rep").submit(PATH, version=2, text="And who?")
    ulid = str(response.headers["location"]).removeprefix("/comments/")
    townhall.client("Maya Rep").submit(f"/comments/{ulid}/replies", text="Us.")
    assert send_next()
    assert send_next()
    assert not send_next()
    assert [email.recipient for email in refusing_server.emails] == ["dana@example.com"]


def test_a_permanently_refused_address_is_given_up(
    townhall: Townhall, refusing_server: MailServer, send_next: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    notify_maya(townhall)
    for turn in range(MAX_REFUSALS):
        monkeypatch.setattr(notification_tasks, "now", lambda days=turn: now() + timedelta(days=days))
        assert send_next()
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(days=90))
    assert not send_next()


def test_a_temporary_refusal_is_retried_without_limit(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(email: Email) -> None:
        raise smtplib.SMTPRecipientsRefused({email.recipient: (451, b"greylisted")})

    notify_maya(townhall)
    with monkeypatch.context() as patch:
        patch.setattr(mail_server, "send", send)
        for turn in range(MAX_REFUSALS + 2):
            patch.setattr(notification_tasks, "now", lambda days=turn: now() + timedelta(days=days))
            assert send_next()
    monkeypatch.setattr(notification_tasks, "now", lambda: now() + timedelta(days=90))
    assert send_next()
    assert [email.recipient for email in mail_server.emails] == ["maya@example.com"]


def test_the_wait_between_retries_has_a_maximum(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]"
) -> None:
    notify_maya(townhall)
    with townhall.database.writing() as session:
        for notice in session.exec(select(Notice)):
            notice.mail_tries = 500
            session.add(notice)
        session.commit()
    mail_server.is_down = True
    assert not send_next()
    with townhall.database.reading() as session:
        waits = {notice.mail_due_at for notice in session.exec(select(Notice)) if notice.mail_tries == 501}
    assert len(waits) == 1
    assert now() < waits.pop() <= now() + timedelta(hours=6)


def test_a_notice_says_which_comment_it_is_about(
    townhall: Townhall, mail_server: MailServer, send_next: "partial[bool]"
) -> None:
    first = townhall.client("Maya Rep").submit(PATH, version=2, text="About **the first** matter.")
    ulid = str(first.headers["location"]).removeprefix("/comments/")
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", state="answered", seen="open", text="Because.")
    assert "<q" in townhall.client("Maya Rep").get("/notices").text
    assert send_next()
    assert "About the first matter." in mail_server.emails[0].text
    assert "Because." in mail_server.emails[0].text
    assert "About the first matter." in mail_server.emails[0].html
