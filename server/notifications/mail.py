"""Letters: what is told by mail, in text and HTML, and the ways a letter can leave."""

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
from server.notifications.events import EVENTS
from server.notifications.models import Notice, SentMail
from server.settings import Settings
from server.web.i18n import Language
from server.web.signing import sign, verify

_PATIENCE = 20
"""Seconds a mail server may take."""
_UNSUBSCRIBE = "unsubscribe"
_FORMER_DIGITS = 40

Render = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Email:
    """A mail that is ready to leave."""

    recipient: str
    subject: str
    text: str
    html: str
    name: str
    unsubscribe: str


class Transport(Protocol):
    """A way for letters to leave."""

    def send(self, letter: Email) -> None:
        """Let a letter leave; raises OSError when it cannot."""


class Smtp:
    """A mail server, as smtp://user:password@host:587 or smtps://host."""

    def __init__(self, url: str, sender: str) -> None:
        self._url, self._sender = urlsplit(url), sender

    def send(self, letter: Email) -> None:
        """Hand a letter to the mail server; smtplib's errors are OSErrors."""
        url = self._url
        host = url.hostname or "localhost"
        secure = ssl.create_default_context()
        with (
            smtplib.SMTP_SSL(host, url.port or 465, timeout=_PATIENCE, context=secure)
            if url.scheme == "smtps"
            else smtplib.SMTP(host, url.port or 587, timeout=_PATIENCE)
        ) as server:
            if url.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=secure)
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(build_mime(letter, self._sender))


class Outbox:
    """Keeps letters where a demo shows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def send(self, letter: Email) -> None:
        """Put a letter down."""
        with self._database.writing() as session:
            session.add(
                SentMail(recipient=letter.recipient, subject=letter.subject, text=letter.text, html=letter.html)
            )
            session.commit()


def build_mime(letter: Email, sender: str) -> EmailMessage:
    """Return a letter as it goes over the wire: its name is its own, so that one sent twice is known as one."""
    message = EmailMessage()
    message["From"] = Address("Townhall", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = " ".join(letter.subject.split())
    message["Message-ID"] = f"<{letter.name}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message


def sign_unsubscribe(secret: str, person_ulid: str) -> str:
    """Return the token of a link that ends a person's mail."""
    return f"{person_ulid}-{sign(secret, _UNSUBSCRIBE, person_ulid)}"


def read_unsubscribe(secret: str, token: str) -> str | None:
    """Return the public id of the person whose mail a token ends, or None if we did not sign it."""
    ulid, _, signature = token.partition("-")
    if len(signature) == _FORMER_DIGITS:  # as releases up to 0.1 signed links in mail that is still around
        former = hmac.digest(secret.encode(), f"{_UNSUBSCRIBE} {ulid}".encode(), "sha256").hex()[:_FORMER_DIGITS]
        return ulid if hmac.compare_digest(signature.encode(), former.encode()) else None
    return ulid if verify(secret, _UNSUBSCRIBE, ulid, signature) else None


@dataclass(frozen=True, slots=True)
class EmailLine:
    """One notice in a letter."""

    words: str
    about: str
    excerpt: str
    url: str
    when: str


class Mailer:
    """Writes letters in the company's language."""

    def __init__(self, settings: Settings, spoken: Language, render: Render, transport: Transport) -> None:
        self._settings, self._spoken, self._render = settings, spoken, render
        self.transport = transport

    def compose(self, recipient: str, person_ulid: str, zone: str, notices: Sequence[Notice]) -> Email:
        """Return one letter about one notice or several."""
        lines = [self._line(notice, zone) for notice in notices]
        spoken = self._spoken
        news = spoken.translations.ngettext("%(count)s piece of news", "%(count)s pieces of news", len(lines))
        subject = lines[0].words if len(lines) == 1 else news % {"count": len(lines)}
        unsubscribe = f"{self._settings.origin}/unsubscribe/{sign_unsubscribe(self._settings.secret, person_ulid)}"
        context = {
            "lines": lines,
            "subject": subject,
            "unsubscribe": unsubscribe,
            "settings_url": f"{self._settings.origin}/me/notices",
        }
        return Email(
            recipient,
            subject,
            self._render("emails/notices.txt", context),
            self._render("emails/notices.html", context),
            notices[0].ulid.lower(),
            unsubscribe,
        )

    def _line(self, notice: Notice, zone: str) -> EmailLine:
        said = {name: str(value) for name, value in notice.message.items()}
        words = self._spoken.sentence(EVENTS[notice.event].sentence(said))
        here = notice.created_at.astimezone(ZoneInfo(zone or self._settings.time_zone))
        about, excerpt = said.get("about", ""), said.get("words", "")
        return EmailLine(
            words,
            about,
            "" if about and excerpt.startswith(about) else excerpt,
            f"{self._settings.origin}{notice.url}",
            self._when(here),
        )

    def _when(self, here: datetime) -> str:
        return f"{self._spoken.day(here.date())} {here:%H:%M} {here.tzname()}"
