"""E-mails about notices, in text and HTML, and the transports that send them."""

import hmac
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from server.db.session import Database
from server.messages import Message, plural_message
from server.notifications.events import EVENTS, SUBSCRIPTIONS, Subscription
from server.notifications.models import Notice, SentMail
from server.settings import Settings
from server.web.i18n import Language
from server.web.signing import sign, verify

_TIMEOUT = 20
"""Seconds to wait for a mail server."""
_PURPOSE = "unsubscribe"
"""Part of what is signed, so that no signature made for another purpose fits."""
_FORMER_DIGITS = 40

Render = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail that is ready to send; `name` identifies it, `unsubscribe` is a URL, or empty."""

    recipient: str
    subject: str
    text: str
    html: str
    name: str
    unsubscribe: str


class Transport(Protocol):
    """A way to send e-mails."""

    def send(self, email: Email) -> None:
        """Send an e-mail; raises OSError when it cannot be sent."""


class Smtp:
    """A mail server, configured as smtp://user:password@host:587 or smtps://host."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    def send(self, email: Email) -> None:
        """Send an e-mail through the mail server; smtplib's errors are OSErrors."""
        url = self._url
        host = url.hostname or "localhost"
        secure = ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(host, url.port or 465, timeout=_TIMEOUT, context=secure)
            if url.scheme == "smtps"
            else smtplib.SMTP(host, url.port or 587, timeout=_TIMEOUT)
        ) as server:
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=secure)
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(build_mime(email, self._sender))


class Outbox:
    """Stores e-mails in the database, where a demo shows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send(self, email: Email) -> None:
        """Store an e-mail."""
        with self._database.writing() as session:
            session.add(SentMail(recipient=email.recipient, subject=email.subject, text=email.text, html=email.html))
            session.commit()


def build_mime(email: Email, sender: str) -> EmailMessage:
    """Return an e-mail as a MIME message; a second copy has the same Message-ID."""
    message = EmailMessage()
    message["From"] = Address("Townhall", addr_spec=sender)
    message["To"] = Address(addr_spec=email.recipient)
    message["Subject"] = " ".join(email.subject.split())
    message["Message-ID"] = f"<{email.name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if email.unsubscribe:
        message["List-Unsubscribe"] = f"<{email.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(email.text)
    message.add_alternative(email.html, subtype="html")
    return message


def sign_unsubscribe(secret: str, person_ulid: str) -> str:
    """Return the signed token of a person's unsubscribe link."""
    return f"{person_ulid}-{sign(secret, _PURPOSE, person_ulid)}"


def read_unsubscribe(secret: str, token: str) -> str | None:
    """Return the public ID of the person an unsubscribe token is for, or None if we did not sign it."""
    ulid, _, signature = token.partition("-")
    if len(signature) == _FORMER_DIGITS:  # as releases up to 0.1 signed the links in mail that is still around
        former = hmac.digest(secret.encode(), f"{_PURPOSE} {ulid}".encode(), "sha256").hex()[:_FORMER_DIGITS]
        return ulid if hmac.compare_digest(signature.encode(), former.encode()) else None
    return ulid if verify(secret, _PURPOSE, ulid, signature) else None


@dataclass(frozen=True, slots=True)
class EmailLine:
    """One notice in an e-mail."""

    sentence: str
    about: str
    excerpt: str
    url: str
    when: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom an e-mail is for: address, public id, name, company, time zone, and what they chose to hear of."""

    email: str
    ulid: str
    name: str
    company: str
    zone: str
    subscription: Subscription


class Mailer:
    """Composes e-mails in the company's language and sends them by a transport."""

    def __init__(self, settings: Settings, language: Language, render: Render, transport: Transport) -> None:
        self._settings, self._language = settings, language
        self.render, self.transport = render, transport

    @property
    def origin(self) -> str:
        """The address at which people reach Townhall."""
        return self._settings.origin

    def sentence(self, sentence: Message) -> str:
        """Return a message in the company's language."""
        return self._language.sentence(sentence)

    def compose(self, reader: Reader, notices: Sequence[Notice]) -> Email:
        """Return one e-mail about the notices; times are in the reader's time zone."""
        lines = [self._line(notice, reader.zone) for notice in notices]
        count = len(lines)
        updates = plural_message("{count} update from Townhall", "{count} updates from Townhall", count)
        subject = lines[0].sentence if count == 1 else self._language.sentence(updates)
        unsubscribe = f"{self._settings.origin}/unsubscribe/{sign_unsubscribe(self._settings.secret, reader.ulid)}"
        context = {
            "company": reader.company,
            "name": reader.name,
            "subscription": self.sentence(SUBSCRIPTIONS[reader.subscription]),
            "lines": lines,
            "subject": subject,
            "unsubscribe": unsubscribe,
            "settings_url": f"{self._settings.origin}/me/notices",
        }
        return Email(
            reader.email,
            subject,
            self.render("emails/notices.txt", context),
            self.render("emails/notices.html", context),
            notices[0].ulid.lower(),
            unsubscribe,
        )

    def _line(self, notice: Notice, zone: str) -> EmailLine:
        values = {name: str(value) for name, value in notice.message.items()}
        sentence = self._language.sentence(EVENTS[notice.event].sentence(values))
        about, excerpt = values.get("about", ""), values.get("words", "")
        return EmailLine(
            sentence,
            about,
            "" if about and excerpt.startswith(about) else excerpt,
            f"{self._settings.origin}{notice.url}",
            self.moment(notice.created_at, zone),
        )

    def moment(self, at: datetime, zone: str) -> str:
        """Return a moment with its day, hour and time zone; without one it is the server's."""
        local_time = at.astimezone(ZoneInfo(zone or self._settings.time_zone))
        return f"{self._language.day(local_time.date())} {local_time:%H:%M} {local_time.tzname()}"
