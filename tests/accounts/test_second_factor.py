"""The second factor: set up, asked for, used once, required of admins, removed."""

from datetime import timedelta

import pyotp
import pytest

from server.accounts import service as account_service
from server.db.columns import now
from server.people import queries as people_queries
from tests.accounts.conftest import PASSWORD, give_password
from tests.accounts.mailbox import Mailbox
from tests.conftest import Client, Townhall


def code_of(townhall: Townhall, name: str, steps: int = 0) -> str:
    secret = townhall.person(name).second_factor_secret
    return pyotp.TOTP(secret).at(now() + timedelta(seconds=30 * steps))


def set_up(townhall: Townhall, name: str) -> Client:
    client = townhall.client(name)
    assert client.submit("/me/second-factor/start").status_code == 303
    assert client.submit("/me/second-factor", code=code_of(townhall, name, -1)).status_code == 303
    return client


def test_it_is_set_up_with_the_first_code(townhall: Townhall, mailbox: Mailbox) -> None:
    maya = townhall.client("Maya Rep")
    assert "<svg" not in maya.get("/me/second-factor").text.partition("<main")[2]
    maya.submit("/me/second-factor/start")
    page = maya.get("/me/second-factor").text
    assert townhall.person("Maya Rep").second_factor_secret in page
    assert "<svg" in page.partition("<main")[2]
    assert maya.submit("/me/second-factor", code="000000").status_code == 422
    assert townhall.person("Maya Rep").second_factor_since is None
    assert maya.submit("/me/second-factor", code=f" {code_of(townhall, 'Maya Rep')} ").status_code == 303
    assert townhall.person("Maya Rep").second_factor_since
    assert townhall.person("Maya Rep").second_factor_secret not in maya.get("/me/second-factor").text
    assert [mail.subject for mail in mailbox.deliver()] == ["You now sign in with a code"]


def test_signing_in_asks_for_the_code(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    set_up(townhall, "Maya Rep")
    guest = townhall.client(None)
    answer = guest.post("/sign-in", data={"email": email, "password": PASSWORD, "next": "/me/pay"})
    assert answer.headers["location"] == "/sign-in/code"
    assert guest.get("/me").status_code == 303
    assert guest.get("/sign-in/code").status_code == 200
    assert guest.post("/sign-in/code", data={"code": "123"}).status_code == 422
    answer = guest.post("/sign-in/code", data={"code": code_of(townhall, "Maya Rep")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/pay")
    assert guest.get("/me").status_code == 200


def test_a_code_works_once(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    set_up(townhall, "Maya Rep")
    code = code_of(townhall, "Maya Rep")
    statuses = []
    for _ in range(2):
        guest = townhall.client(None)
        guest.post("/sign-in", data={"email": email, "password": PASSWORD})
        statuses.append(guest.post("/sign-in/code", data={"code": code}).status_code)
    assert statuses == [303, 422]


def test_codes_cannot_be_guessed(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    set_up(townhall, "Maya Rep")
    guest = townhall.client(None)
    guest.post("/sign-in", data={"email": email, "password": PASSWORD})
    statuses = [guest.post("/sign-in/code", data={"code": f"{number:06}"}).status_code for number in range(12)]
    assert statuses[-1] == 429
    assert guest.post("/sign-in/code", data={"code": code_of(townhall, "Maya Rep")}).status_code == 429


def test_the_code_page_needs_the_password_first(townhall: Townhall) -> None:
    guest = townhall.client(None)
    assert guest.get("/sign-in/code").headers["location"] == "/sign-in"
    guest.cookies.set("__Host-townhall-code", "forged", domain="testserver.local")
    assert guest.post("/sign-in/code", data={"code": "123456"}).headers["location"] == "/sign-in"


def test_the_password_step_does_not_outlive_the_password(townhall: Townhall) -> None:
    email = give_password(townhall, "Maya Rep")
    set_up(townhall, "Maya Rep")
    guest = townhall.client(None)
    guest.post("/sign-in", data={"email": email, "password": PASSWORD})
    give_password(townhall, "Maya Rep")
    assert guest.get("/sign-in/code").headers["location"] == "/sign-in"


def test_it_is_removed_with_a_code(townhall: Townhall, mailbox: Mailbox) -> None:
    maya = set_up(townhall, "Maya Rep")
    assert maya.submit("/me/second-factor/remove", code="1").status_code == 422
    assert maya.submit("/me/second-factor/remove", code=code_of(townhall, "Maya Rep")).status_code == 303
    assert townhall.person("Maya Rep").second_factor_secret == ""
    assert mailbox.deliver()[-1].subject == "You no longer sign in with a code"


def test_an_admin_removes_a_lost_app_and_the_person_is_told(townhall: Townhall, mailbox: Mailbox) -> None:
    maya = set_up(townhall, "Maya Rep")
    path = f"/people/{townhall.person('Maya Rep').ulid}/second-factor/remove"
    assert maya.submit(path).status_code == 404
    assert townhall.client("Ada Admin").submit(path).status_code == 303
    assert "Ada Admin removed your authenticator app." in maya.get("/notices").text
    assert mailbox.deliver()[-1].recipient == "maya@example.com"
    assert townhall.client("Ada Admin").submit(path).status_code == 422


def require_of_admins(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        company = people_queries.company(session)
        assert company
        company.admins_need_second_factor = True
        session.add(company)
        session.commit()


@pytest.mark.parametrize("path", ["/people", "/", "/me/notices", "/proposals/pay-for-customers-who-stay"])
def test_a_company_can_require_it_of_admins(townhall: Townhall, path: str) -> None:
    require_of_admins(townhall)
    ada = townhall.client("Ada Admin")
    answer = ada.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/second-factor")
    assert ada.submit("/people", name="New", role="rep").status_code == 403
    assert "asks every admin" in ada.get("/me/second-factor").text
    assert townhall.client("Maya Rep").get("/me/notices").status_code == 200
    set_up(townhall, "Ada Admin")
    assert ada.get("/people").status_code == 200


def test_a_secret_in_use_is_not_replaced(townhall: Townhall) -> None:
    maya = set_up(townhall, "Maya Rep")
    before = townhall.person("Maya Rep").second_factor_secret
    maya.submit("/me/second-factor/start")
    assert townhall.person("Maya Rep").second_factor_secret == before
    assert account_service.is_code(townhall.person("Maya Rep"), code_of(townhall, "Maya Rep", 5)) is False
