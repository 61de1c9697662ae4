"""Signing in and out, invitations, and what a role may do."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update
from sqlmodel import select

from server.accounts.routes.sign_in import safe_target
from server.people import service as people_service
from server.people.access import COOKIE
from server.people.models import LoginAttempt, UserSession
from tests.accounts.conftest import PASSWORD, give_password
from tests.conftest import Townhall


def test_the_right_password_opens_a_session(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    client = townhall.client(None)
    response = client.post("/sign-in", data={"email": email.upper(), "password": PASSWORD, "next": "/me/pay"})
    assert (response.status_code, response.headers["location"]) == (303, "/me/pay")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert "this device" in client.get("/me").text


def test_a_wrong_password_and_an_unknown_address_look_the_same(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    client = townhall.client(None)
    wrong = client.post("/sign-in", data={"email": email, "password": "wrong wrong wrong"})
    unknown = client.post("/sign-in", data={"email": "nobody@example.com", "password": "wrong wrong wrong"})
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(email, "") == unknown.text.replace("nobody@example.com", "")
    assert email in wrong.text


def test_simultaneous_guessing_is_stopped(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    clients = [townhall.client(None) for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        tries = pool.map(lambda client: client.post("/sign-in", data={"email": email, "password": "x" * 12}), clients)
        statuses = sorted(response.status_code for response in tries)
    assert statuses == [422] * 10 + [429] * 14


def test_the_right_password_resets_the_attempts(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    client = townhall.client(None)
    for _ in range(9):
        client.post("/sign-in", data={"email": email, "password": "wrong"})
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 303
    with townhall.database.reading() as session:
        assert session.exec(select(LoginAttempt.level)).all() == [9]


def test_an_active_session_does_not_become_idle(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")

    def age(hours: float) -> None:
        with townhall.database.writing() as session:
            session.execute(update(UserSession).values(seen_at=people_service.time_ago(hours=hours)))
            session.commit()

    age(11)
    assert client.get("/me").status_code == 200
    with townhall.database.reading() as session:
        assert max(session.exec(select(UserSession.seen_at)).all()) > people_service.time_ago(minutes=1)
    age(13)
    assert client.get("/me").status_code == 303


def test_guesses_are_limited(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    client = townhall.client(None)
    statuses = [client.post("/sign-in", data={"email": email, "password": f"guess {n}"}).status_code for n in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert client.post("/sign-in", data={"email": email, "password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\\\evil",
        "/a\nb",
        "evil",
        "",
        "/ x",
        "/%0d\r\nx",
    ],
)
def test_sign_in_redirects_only_within_the_site(target: str) -> None:
    assert safe_target(target) == "/"


def test_signing_out_ends_the_session_at_once(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    response = client.submit("/sign-out")
    assert response.status_code == 303
    assert "cache" in response.headers["clear-site-data"]
    assert client_with(townhall, client.token).get("/me").status_code == 303


def client_with(townhall: Townhall, token: str | None):  # noqa: ANN201 - a client
    from tests.conftest import Client  # noqa: PLC0415

    return Client(townhall.app, token)


def test_signing_out_everywhere_ends_all_sessions(townhall: Townhall) -> None:
    first, second = townhall.client("Maya Rep"), townhall.client("Maya Rep")
    first.submit("/sign-out-everywhere")
    assert client_with(townhall, second.token).get("/me").status_code == 303
    assert townhall.client("Dana Rep").get("/me").status_code == 200


def test_only_a_demo_has_sample_people(townhall: Townhall) -> None:
    client = townhall.client(None)
    assert client.get("/demo/people").status_code == 404
    assert client.post("/demo/people", data={"person": townhall.person("Maya Rep").ulid}).status_code == 404


def test_a_changed_role_applies_to_the_next_request(townhall: Townhall) -> None:
    client = townhall.client("Mona Manager")
    assert client.get("/proposals/new").status_code == 200
    with townhall.database.writing() as session:
        person = townhall.person("Mona Manager")
        person.role = "rep"
        session.add(person)
        session.commit()
    assert client.get("/proposals/new").status_code == 404
