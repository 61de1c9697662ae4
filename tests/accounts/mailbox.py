"""A mail server of tests, and the mail about accounts that is due."""

import re
from dataclasses import dataclass, field
from smtplib import SMTPRecipientsRefused

from fastapi import FastAPI

from server.accounts.tasks import deliver_account_mail
from server.notifications.mail import Email, Mailer
from tests.conftest import Townhall


@dataclass
class Mailbox:
    """Everything that was sent about accounts; it can be down."""

    townhall: Townhall
    app: FastAPI
    emails: list[Email] = field(default_factory=list)
    is_down: bool = False
    refused: str = ""
    """An address that the server refuses."""

    def send(self, email: Email) -> None:
        if self.is_down:
            raise ConnectionRefusedError
        if self.refused and email.recipient == self.refused:
            raise SMTPRecipientsRefused({email.recipient: (550, b"no such user")})
        self.emails.append(email)

    def deliver(self) -> list[Email]:
        """Send what is due and return it."""
        before, templates = len(self.emails), self.app.state.templates
        mailer = Mailer(self.app.state.settings, templates.language, templates.text, self)
        while deliver_account_mail(self.townhall.database, mailer, 7):
            pass
        return self.emails[before:]


def link_of(text: str) -> str:
    """Return the path of the one-use link in a text."""
    match = re.search(r"/invitations/[\w-]+", text)
    assert match, text
    return match[0]
