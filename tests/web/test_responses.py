"""Security headers, settings, languages and errors."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from babel import Locale
from babel.numbers import format_currency
from fastapi import FastAPI

from server.db.columns import UTCDateTime
from server.messages import Duration, ListMessage, Money, Multiple, Percent, message
from server.settings import DEMO_SECRET, SettingsError, load
from server.web import money
from server.web.csrf import form_token, is_valid
from server.web.i18n import language
from server.web.security_headers import CONTENT_POLICY
from tests.conftest import Client, Townhall


@pytest.mark.parametrize("path", ["/sign-in", "/", "/nowhere", "/static/site.css", "/proposals"])
def test_every_response_has_the_security_headers(townhall: Townhall, path: str) -> None:
    headers = townhall.client("Maya Rep").get(path).headers
    assert headers["content-security-policy"] == CONTENT_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert "max-age" in headers["strict-transport-security"]
    assert "server" not in headers


def test_static_files_are_cached_only_with_their_hash(townhall: Townhall) -> None:
    client = townhall.client(None)
    assert "immutable" in client.get("/static/site.css?v=abc").headers["cache-control"]
    assert client.get("/static/site.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/../server/app.py").status_code == 404


def test_another_host_is_not_served(app: FastAPI) -> None:
    response = Client(app).get("/sign-in", headers={"host": "evil.example"})
    assert response.status_code == 421
    assert response.headers["content-security-policy"] == CONTENT_POLICY


def test_a_huge_form_is_refused(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    response = client.submit("/proposals/x/comments", version=1, text="x" * 1_200_000)
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"database_url": "mysql://x"}, "TOWNHALL_DATABASE_URL"),
        ({"public_url": "ftp://x"}, "TOWNHALL_PUBLIC_URL"),
        ({"workers": 2, "database_url": "sqlite:///x.db"}, "TOWNHALL_WORKERS"),
        ({"port": 99_999}, "TOWNHALL_PORT"),
        ({"environment": "staging"}, "TOWNHALL_ENVIRONMENT"),
        ({"session_days": 0}, "TOWNHALL_SESSION_DAYS"),
    ],
)
def test_an_invalid_setting_is_named_in_one_sentence(changes: dict[str, object], expected: str) -> None:
    with pytest.raises(SettingsError, match=expected) as failure:
        load(**changes)
    assert "\n" not in str(failure.value)


def test_the_origin_of_a_public_url_is_what_browsers_send() -> None:
    assert load(public_url="HTTPS://Bücher.example:443/").origin == "https://xn--bcher-kva.example"
    assert load(public_url="http://[::1]:8000").host_name == "::1"


def test_an_invalid_mail_server_is_refused_without_showing_its_password() -> None:
    with pytest.raises(SettingsError, match="TOWNHALL_SMTP_URL") as failure:
        load(smtp_url="smtp://me:private@mail.example.com:99999")
    assert "private" not in str(failure.value)


PRODUCTION = {"environment": "production", "secret_key": "x" * 40, "public_url": "https://townhall.example.com"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secret_key": DEMO_SECRET}, "SECRET_KEY"),
        ({"secret_key": ""}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"debug": True}, "DEBUG"),
        ({"public_url": "http://townhall.example.com"}, "https"),
    ],
)
def test_production_refuses_unsafe_settings(changes: dict[str, object], expected: str) -> None:
    load(**PRODUCTION).refuse_unfit()
    with pytest.raises(SettingsError, match=expected):
        load(**{**PRODUCTION, **changes}).refuse_unfit()


def test_a_form_token_is_valid_in_one_session() -> None:
    token = form_token("secret", "mine")
    assert is_valid(token, "secret", "mine")
    assert not is_valid(token, "secret", "yours")
    assert not is_valid(token, "other", "mine")
    assert not is_valid("", "secret", "mine")
    assert form_token("secret", "mine") != token


def test_values_are_formatted_in_english() -> None:
    english = language("en")
    formatted = {
        Money(10_478_200, "USD"): "$104,782",
        Money(-5_650, "USD"): "-$56.50",
        Percent(Fraction(1, 16)): "6.25%",
        Percent(Fraction(11, 150)): "≈\u00a07.3333%",
        Multiple(Fraction(3, 2)): "1.5×",
        Duration(60, "days"): "60 days",
        Duration(1, "months"): "1 month",
        date(2026, 3, 1): "Mar 1, 2026",
        ListMessage(("new", "renewal")): "new and renewal",
        1234: "1,234",
        message("at {edge}", edge=Percent(Fraction(1))): "at 100%",
    }
    for value, expected in formatted.items():
        assert english.value(value) == expected


def test_changed_values_are_marked_one_by_one_and_escaped() -> None:
    english = language("en")
    marked = english.compared(message("{a} of {b}", a="<1>", b="same"), message("{a} of {b}", a="<2>", b="same"))
    assert "&lt;1&gt;</del>" in marked
    assert "&lt;2&gt;</ins> of same" in marked
    assert english.compared(message("x"), message("y")).count("<del>") == 1


def test_an_unknown_language_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="TOWNHALL_LOCALE"):
        language("xx")


def test_times_are_utc_and_aware() -> None:
    column = UTCDateTime()
    berlin = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    stored = column.process_bind_param(berlin, None)
    assert column.process_result_value(stored.replace(tzinfo=None), None) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(datetime(2026, 7, 1), None)  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize("code", ["en_US", "de_DE", "fr_FR", "ja_JP", "ar_EG", "hi_IN", "de_CH", "sv_SE", "fa_IR"])
@pytest.mark.parametrize("cents", [0, 5, 100, 123_456, -98_765_432_100, 10**14 + 1, -1])
@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
def test_amounts_are_formatted_as_babel_does(code: str, cents: int, currency: str) -> None:
    locale = Locale.parse(code)
    pattern = str(locale.currency_formats["standard"].pattern)
    if cents % 100 == 0:
        pattern = pattern.replace(".00", "")
    expected = format_currency(Decimal(cents).scaleb(-2), currency, pattern, locale=locale, currency_digits=False)
    assert money.format_amount(cents, currency, locale) == expected
