"""Fixtures of accounts: cheap password hashes, and a mail server."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import SecretStr

from server.people import passwords
from server.people import service as people_service
from tests.accounts.mailbox import Mailbox
from tests.conftest import Townhall

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the cheapest Argon2 hashes; the tests are not about their cost."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    monkeypatch.setattr(passwords, "_dummy_hash", [])


@pytest.fixture
def mailbox(townhall: Townhall, app: FastAPI) -> Iterator[Mailbox]:
    """A mail server, and settings that name it."""
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"smtp_url": SecretStr("smtp://mail.example.com:587")})
    yield Mailbox(townhall, app)
    app.state.settings = settings


def give_password(townhall: Townhall, name: str) -> str:
    """Give a person the password and return their address."""
    with townhall.database.writing() as session:
        person = townhall.person(name)
        people_service.set_password(session, person, people_service.hash_new_password(PASSWORD))
        session.commit()
        return person.email or ""
