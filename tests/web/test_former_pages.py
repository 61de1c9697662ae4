"""Pages that were open during an upgrade can still be sent: former tokens, names of fields and terms."""

import hmac
import re

import pytest

from server.people import service as people_service
from server.settings import DEMO_SECRET
from tests.cast import SLUG
from tests.conftest import Client, Townhall

PROPOSAL = f"/proposals/{SLUG}"


def former_token(client: Client) -> str:
    session_hash = people_service.digest(client.token or "")
    seal = hmac.digest(DEMO_SECRET.encode(), f"{'ab' * 8}{session_hash}".encode(), "sha256").hex()[:40]
    return "ab" * 8 + seal


def test_a_former_form_token_is_accepted_in_its_session_only(townhall: Townhall) -> None:
    maya, dana = townhall.client("Maya Rep"), townhall.client("Dana Rep")
    form = {"version": 2, "text": "From an old tab.", "band": "", "csrf": former_token(maya)}
    assert maya.post(f"{PROPOSAL}/comments", data=form).status_code == 303
    assert dana.post(f"{PROPOSAL}/comments", data=form).status_code == 403


@pytest.mark.parametrize(
    ("name", "url", "fields"),
    [
        ("Maya Rep", "/me/notices", {"level": "all", "digest": "daily", "time_zone": "UTC"}),
        ("Mona Manager", f"{PROPOSAL}/stages", {"without_names": "true", "opened_why": "It is time."}),
        ("Maya Rep", f"{PROPOSAL}/comments", {"version": "2", "text": "50%", "band": "less", "wanted": ""}),
        (
            "Mona Manager",
            f"{PROPOSAL}/edit",
            {"title": "T", "markdown": "M", "base": "2", "revision": "0", "window": "w", "action": "save"},
        ),
    ],
)
def test_former_names_of_fields_are_accepted(townhall: Townhall, name: str, url: str, fields: dict[str, str]) -> None:
    answer = townhall.client(name).submit(url, **fields)
    assert answer.status_code != 422, answer.text
    assert "not valid" not in answer.text


def test_a_former_password_field_is_never_shown(townhall: Townhall) -> None:
    answer = townhall.client("Maya Rep").submit(
        "/me/notices", password="correct horse", again="correct horse", digest=""
    )
    assert answer.status_code == 422
    assert "correct horse" not in answer.text


def test_the_label_of_a_term_leads_to_the_term(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    query = "candidate=a&term=Paid"
    former = maya.get(f"{PROPOSAL}/v/2/on?{query}")
    assert former.headers["location"] == f"{PROPOSAL}/v/2/anchors?{query}"
    assert maya.get(former.headers["location"]).status_code == 200
    answer = maya.submit(f"{PROPOSAL}/comments", version=2, text="Why half?", candidate="a", term="Paid")
    assert answer.status_code == 303
    assert "Why half?" in maya.get(f"{PROPOSAL}/v/2/anchors?candidate=a&term=release").text


def test_a_search_of_one_proposal_keeps_its_former_address(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    former, present = (maya.get(f"/search?q=leave&{name}={SLUG}").text for name in ("of", "proposal"))
    assert re.sub(r'Token":"[^"]*"', "", former) == re.sub(r'Token":"[^"]*"', "", present)
    assert "<mark>" in present
