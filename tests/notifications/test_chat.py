"""The team's chat: notified of new versions only, once, and again later after a failure."""

import sys
from datetime import timedelta
from functools import partial

import pytest
from fastapi import FastAPI

from server.db.columns import now
from server.notifications import chat
from server.settings import SettingsError
from tests.cast import SLUG
from tests.conftest import Townhall
from tests.notifications.test_notify import publish


class Chat:
    """A chat that can fail."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.is_down = False

    def send(self, title: str, body: str) -> bool:
        if not self.is_down:
            self.received.append((title, body))
        return not self.is_down


@pytest.fixture
def chat_room() -> Chat:
    return Chat()


@pytest.fixture
def post_next(townhall: Townhall, app: FastAPI, chat_room: Chat) -> "partial[bool]":
    return partial(
        chat.post_messages, townhall.database, app.state.settings, app.state.templates.language, chat_room.send
    )


def test_only_new_versions_are_posted_once(townhall: Townhall, chat_room: Chat, post_next: "partial[bool]") -> None:
    while post_next():
        pass
    chat_room.received.clear()
    townhall.client("Maya Rep").submit(f"/proposals/{SLUG}/comments", version=2, text="Not for the chat, @Dana Rep.")
    assert not post_next()
    publish(townhall, "Because they leave.", "Because half of them leave.")
    assert post_next()
    assert not post_next()
    [(title, body)] = chat_room.received
    assert title == "Version 3 of “Pay for customers who stay” has been published."
    assert body == f"Next.\nhttps://testserver/proposals/{SLUG}/v/3"


def test_a_failed_message_is_retried(
    townhall: Townhall, chat_room: Chat, post_next: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    while post_next():
        pass
    chat_room.received.clear()
    publish(townhall, "Because they leave.", "Because half of them leave.")
    chat_room.is_down = True
    assert not post_next()
    chat_room.is_down = False
    assert not post_next()
    monkeypatch.setattr(chat, "now", lambda: now() + timedelta(minutes=6))
    assert post_next()
    assert len(chat_room.received) == 1


def test_without_apprise_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(SettingsError, match="townhall\\[notify\\]"):
        chat.chat_sender(["json://localhost"])
