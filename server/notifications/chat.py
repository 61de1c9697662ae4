"""A team's chat: what everybody may know is said there once, by any of the services that Apprise speaks to."""

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

Speak = Callable[[str, str], bool]
"""Says a title and a text in every chat; whether all of them took it."""


def speaker(urls: Sequence[str]) -> Speak:
    """Return how to speak in the chats behind some addresses; raises SettingsError for one that cannot be used."""
    try:
        apprise = import_module("apprise")  # an extra: it is only there where it is wanted
    except ImportError:
        raise SettingsError("TOWNHALL_CHAT_URLS needs Apprise: pip install 'townhall[notify]'.") from None
    chats = apprise.Apprise()
    for url in urls:
        if not chats.add(url):
            raise SettingsError("TOWNHALL_CHAT_URLS has an address that Apprise does not know.")
    return lambda title, body: bool(chats.notify(title=title, body=body))


def post_messages(database: Database, settings: Settings, spoken: Language, speak: Speak) -> bool:
    """Say one thing that has not been said yet; whether there was one. A chat that is away is asked again."""
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
        found = session.exec(statement).first()
        if found is None:
            return False
        found.claimed_at, found.tries = at, found.tries + 1
        session.add(found)
        session.commit()
    said = {name: str(value) for name, value in found.message.items()}
    title = spoken.sentence(EVENTS[found.event].sentence(said))
    taken = speak(title, f"{said.get('words', '')}\n{settings.origin}{found.url}".strip())
    _note(database, found.id or 0, at, taken=taken)
    return taken


def _note(database: Database, key: int, at: datetime, *, taken: bool) -> None:
    with database.writing() as session:
        found = session.get_one(ChatMessage, key)
        found.claimed_at = None
        if taken:
            found.sent_at = now()
        else:
            log.warning("a chat did not take an announcement")
            found.due_at = at + WAIT * found.tries
        session.add(found)
        session.commit()
