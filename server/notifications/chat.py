"""Posts public events to a team's chat, once, through any service that Apprise supports."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib import import_module

from sqlmodel import col, select

from server.db.columns import now
from server.db.session import Database
from server.notifications.events import EVENTS
from server.notifications.models import ChatMessage
from server.settings import Settings, SettingsError
from server.web.i18n import Language

log = logging.getLogger("townhall")
CLAIM, WAIT, MAX_TRIES = timedelta(minutes=10), timedelta(minutes=5), 12

SendToChat = Callable[[str, str], bool]
"""Sends a title and a text to every chat; returns whether all accepted it."""


def chat_sender(urls: Sequence[str]) -> SendToChat:
    """Return a function that sends to the chats of Apprise URLs; raises SettingsError for an invalid URL."""
    try:
        apprise = import_module("apprise")  # an optional dependency
    except ImportError:
        raise SettingsError("TOWNHALL_CHAT_URLS needs Apprise: pip install 'townhall[notify]'.") from None
    chats = apprise.Apprise()
    for url in urls:
        if not chats.add(url):
            raise SettingsError("TOWNHALL_CHAT_URLS contains a URL that Apprise does not support.")
    return lambda title, body: bool(chats.notify(title=title, body=body))


def post_messages(database: Database, settings: Settings, language: Language, send: SendToChat) -> bool:
    """Post the next due message and return whether it was sent; if not, it is retried later."""
    at = now()
    with database.writing() as session:
        statement = (
            select(ChatMessage)
            .where(
                col(ChatMessage.sent_at).is_(None),
                ChatMessage.tries < MAX_TRIES,
                col(ChatMessage.claimed_at).is_(None) | (col(ChatMessage.claimed_at) < at - CLAIM),
                ChatMessage.due_at <= at,
            )
            .order_by(col(ChatMessage.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        chat_message = session.exec(statement).first()
        if chat_message is None:
            return False
        chat_message.claimed_at, chat_message.tries = at, chat_message.tries + 1
        session.add(chat_message)
        session.commit()
    values = {name: str(value) for name, value in chat_message.message.items()}
    title = language.sentence(EVENTS[chat_message.event].sentence(values))
    is_sent = send(title, f"{values.get('words', '')}\n{settings.origin}{chat_message.url}".strip())
    _save_outcome(database, chat_message.id, at, is_sent=is_sent)
    return is_sent


def _save_outcome(database: Database, key: int, at: datetime, *, is_sent: bool) -> None:
    """Mark a message as sent, or release it to be tried again later, after a longer wait each time."""
    with database.writing() as session:
        chat_message = session.get_one(ChatMessage, key)
        chat_message.claimed_at = None
        if is_sent:
            chat_message.sent_at = now()
        else:
            log.warning("a chat did not accept a message")
            chat_message.due_at = at + WAIT * chat_message.tries
        session.add(chat_message)
        session.commit()
