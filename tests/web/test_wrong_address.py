"""A wrong address names both addresses and the setting; requests are logged without addresses or figures."""

import logging

import pytest

from tests.conftest import Townhall


def test_another_host_is_told_the_right_address(townhall: Townhall) -> None:
    answer = townhall.client(None).get("/", headers={"host": "intranet.example:8443"})
    assert answer.status_code == 421
    for words in ("https://testserver", "intranet.example:8443", "TOWNHALL_PUBLIC_URL", "/static/site.css"):
        assert words in answer.text
    assert "content-security-policy" in answer.headers


def test_a_form_by_another_address_is_told_the_right_one(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    answer = maya.post("/notices/read", data={"csrf": maya.csrf}, headers={"origin": "http://10.0.0.5:8000"})
    assert answer.status_code == 403
    assert "http://10.0.0.5:8000" in answer.text
    assert "TOWNHALL_PUBLIC_URL" in answer.text


def test_a_host_is_shown_as_text(townhall: Townhall) -> None:
    answer = townhall.client(None).get("/", headers={"host": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text


def test_the_style_is_served_to_any_host(townhall: Townhall) -> None:
    assert townhall.client(None).get("/static/site.css", headers={"host": "elsewhere.example"}).status_code == 200


def test_requests_are_logged_by_route_only(townhall: Townhall, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="townhall"):
        townhall.client("Maya Rep").get("/me/pay?attainment=137")
        townhall.client(None).get("/invitations/a-secret-token")
        townhall.client(None).get("/no/such/page")
    lines = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("GET /me/pay 200 ") for line in lines)
    assert any(line.startswith("GET /invitations/{token} 404 ") for line in lines)
    assert any(line.startswith("GET - 404 ") for line in lines)
    for secret in ("137", "a-secret-token", "such"):
        assert secret not in " ".join(lines)
