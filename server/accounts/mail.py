"""Composes the mail about accounts: invitations, links to set a password, and what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.accounts.models import AccountMail, AccountMailKind
from server.messages import Message, message
from server.notifications.mail import Email, Mailer
from server.people.models import Person


@dataclass(frozen=True, slots=True)
class AccountText:
    """The subject, the sentences and the label of the button of an e-mail; without a button it has no link."""

    subject: str
    sentences: tuple[str, ...]
    button: str = ""


_IGNORE = "If you did not ask for this, do nothing: your password stays as it is."
_TELL = "If you did not expect this, tell your admin at once."
_ONCE = "The link works once, until {until}."
TEXTS: Mapping[AccountMailKind, AccountText] = {
    AccountMailKind.invitation: AccountText(
        "{actor} invites you to Townhall",
        (
            "At {company}, sales reps help redesign the plan that pays them.",
            "In Townhall you read each proposal, see privately what it would pay you, ask and argue, and vote.",
            "Choose a password to join.",
            _ONCE,
        ),
        "Choose a password",
    ),
    AccountMailKind.lost_password: AccountText(
        "Set a new password for Townhall",
        ("Someone asked for a new password for this address.", _ONCE, _IGNORE),
        "Set a new password",
    ),
    AccountMailKind.reset: AccountText(
        "Set a new password for Townhall",
        ("{actor} sent you this link, with which you set a new password.", _ONCE, _TELL),
        "Set a new password",
    ),
    AccountMailKind.password_changed: AccountText(
        "Your password was changed",
        ("The password of your Townhall account was changed. You were signed out everywhere else.", _TELL),
    ),
    AccountMailKind.email_changed: AccountText(
        "Your e-mail address was changed",
        ("{actor} changed the e-mail address of your Townhall account from this one to {detail}.", _TELL),
    ),
    AccountMailKind.factor_added: AccountText(
        "You now sign in with a code",
        ("An authenticator app was added to your Townhall account.", _TELL),
    ),
    AccountMailKind.merged: AccountText(
        "Two entries of you were merged",
        ("{actor} merged the entry {detail} with yours. Its deals and comments are yours now.", _TELL),
    ),
    AccountMailKind.factor_removed: AccountText(
        "You no longer sign in with a code",
        ("{actor} removed the authenticator app from your Townhall account.", _TELL),
    ),
}


def compose_account_mail(
    mailer: Mailer, company: str, person: Person, mail: AccountMail, token: str, until: datetime
) -> Email:
    """Return an e-mail about an account; `token` is that of its link, empty for an e-mail without one."""
    text = TEXTS[AccountMailKind(mail.kind)]
    known = {
        "company": company,
        "actor": mail.actor or company,
        "detail": mail.detail,
        "until": mailer.moment(until, ""),
    }
    said: list[Message] = [message(sentence, **known) for sentence in text.sentences]
    subject = mailer.sentence(message(text.subject, **known))
    context = {
        "company": company,
        "name": person.name,
        "subject": subject,
        "sentences": [mailer.sentence(sentence) for sentence in said],
        "button": mailer.sentence(message(text.button)) if text.button else "",
        "url": f"{mailer.origin}/invitations/{token}" if token else "",
    }
    return Email(
        mail.recipient,
        subject,
        mailer.render("emails/account.txt", context),
        mailer.render("emails/account.html", context),
        mail.ulid.lower(),
        "",
    )
