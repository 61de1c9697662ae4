"""The team's chat: hears of versions only, once, and again later when it was away."""

import sys
from datetime import timedelta
from functools import partial

import pytest
from fastapi import FastAPI

from server.db.columns import now
from server.notifications import chat
from server.settings import SettingsError
from tests.cast import SLUG
from tests.conftest import House
from tests.notifications.test_notify import publish


class Team:
    """A chat that can be away."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.is_away = False

    def speak(self, title: str, body: str) -> bool:
        if not self.is_away:
            self.heard.append((title, body))
        return not self.is_away


@pytest.fixture
def team() -> Team:
    return Team()


@pytest.fixture
def announce(house: House, app: FastAPI, team: Team) -> "partial[bool]":
    return partial(chat.post_messages, house.database, app.state.settings, app.state.templates.language, team.speak)


def test_a_version_is_said_once_and_nothing_else(house: House, team: Team, announce: "partial[bool]") -> None:
    while announce():
        pass
    team.heard.clear()
    house.as_("Maya Rep").submit(f"/proposals/{SLUG}/comments", version=2, text="Not for the chat, @Dana Rep.")
    assert not announce()
    publish(house, "Because they leave.", "Because half of them leave.")
    assert announce()
    assert not announce()
    [(title, body)] = team.heard
    assert title == "Version 3 of “Pay for customers who stay” has been published."
    assert body == f"Next.\nhttps://testserver/proposals/{SLUG}/v/3"


def test_a_chat_that_is_away_is_asked_again(
    house: House, team: Team, announce: "partial[bool]", monkeypatch: pytest.MonkeyPatch
) -> None:
    while announce():
        pass
    team.heard.clear()
    publish(house, "Because they leave.", "Because half of them leave.")
    team.is_away = True
    assert not announce()
    team.is_away = False
    assert not announce()
    monkeypatch.setattr(chat, "now", lambda: now() + timedelta(minutes=6))
    assert announce()
    assert len(team.heard) == 1


def test_without_apprise_the_setting_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(SettingsError, match="townhall\\[notify\\]"):
        chat.chat_sender(["json://localhost"])
