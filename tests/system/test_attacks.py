"""Attacks that were tried once and must never work again."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.comp import PlanError, read_plan
from server.discussion import service as discussion_service
from server.documents import queries as document_queries
from server.settings import SettingsError, load
from server.text.parse import parse_document
from tests.cast import SLUG, page
from tests.conftest import Townhall

EDIT = f"/proposals/{SLUG}/edit"
HUGE = 10**30


def test_characters_that_look_like_our_marks_mean_nothing(townhall: Townhall) -> None:
    text = page("60,000", "&#xe000;7&#xe001; and &#xe000;0&#xe001;")
    manager = townhall.client("Mona Manager")
    sent = manager.submit(f"{EDIT}/publish", title="T", markdown=text, note="N", base=2, revision=0)
    assert sent.status_code == 303
    shown = townhall.client("Maya Rep").get(f"/proposals/{SLUG}")
    assert shown.status_code == 200
    assert shown.text.count('id="candidate-a"') == 1
    assert manager.get(EDIT).status_code == 200


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("variable: $50,000, quota: $800,000", "variable: $1,000,000,000,000, quota: $1"),
        ("within: 60 days", "within: 9999 years"),
        ("within: 12 months", "within: 9999 years"),
    ],
)
def test_a_plan_without_end_is_refused(old: str, new: str) -> None:
    text = parse_document(page("50,000", "x")).plans[0].text
    assert old in text
    with pytest.raises(PlanError):
        read_plan(text.replace(old, new))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/proposals/{SLUG}/v/{HUGE}", 404),
        (f"/proposals/{SLUG}/v/{2**63}", 404),
        (f"/proposals/{SLUG}/v/-1", 404),
        (f"/proposals/{SLUG}/comments?below={HUGE}", 422),
        (f"/proposals/{SLUG}/history?below={2**31}", 422),
        (f"/proposals/{SLUG}/pay?v={HUGE}", 422),
        (f"/proposals/{SLUG}/v/{2**40}/candidates/a/tally", 404),
        ("/proposals/%00", 404),
        ("/comments/%00", 404),
        ("/townhalls/%00", 404),
        ("/proposals/x%00y", 404),
        ("/me/pay?attainment=%00", 404),
        (f"/proposals/{SLUG}/v/2/candidates/zz/tally", 404),
    ],
)
def test_odd_addresses_are_absent_or_wrong_and_never_our_fault(townhall: Townhall, path: str, status: int) -> None:
    assert townhall.client("Maya Rep").get(path).status_code == status


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (f"/proposals/{SLUG}/comments", {"version": HUGE, "text": "x"}),
        (f"/proposals/{SLUG}/candidates/a/pulse", {"version": 2**40, "choice": "yes"}),
        (EDIT, {"base": HUGE, "revision": 0, "title": "x", "markdown": "x"}),
        (EDIT, {"base": 0, "revision": 2**63, "title": "x", "markdown": "x"}),
    ],
)
def test_huge_numbers_in_forms_are_refused(townhall: Townhall, path: str, fields: dict[str, object]) -> None:
    name = "Mona Manager" if path == EDIT else "Maya Rep"
    assert townhall.client(name).submit(path, **fields).status_code == 422


def test_null_characters_are_dropped(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    assert client.submit(f"/proposals/{SLUG}/comments", version=2, text="be\x00fore").status_code == 303
    assert "before" in client.get(f"/proposals/{SLUG}").text
    assert townhall.client(None).post("/sign-in", data={"email": "a\x00", "password": "x"}).status_code == 422


def test_odd_character_sets_are_refused(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
    headers = {"content-type": "multipart/form-data; boundary=X; charset=unicode_escape"}
    assert client.post(f"/proposals/{SLUG}/comments", content=b"--X--", headers=headers).status_code == 415


def at_once(shots: int, shoot: Callable[[], int]) -> list[int]:
    with ThreadPoolExecutor(shots) as pool:
        return sorted(pool.map(lambda _: shoot(), range(shots)))


def test_shots_at_once_count_once(townhall: Townhall) -> None:
    maya, mona = townhall.client("Maya Rep"), townhall.client("Mona Manager")
    ulid = maya.submit(f"/proposals/{SLUG}/comments", version=2, text="One").headers["location"].rsplit("/", 1)[1]

    def counters() -> tuple[int, int, int]:
        with townhall.database.reading() as session:
            proposal = document_queries.by_slug(session, SLUG)
        assert proposal
        return proposal.comments, proposal.answered, proposal.accepted

    before = counters()
    fields = {"state": "accepted", "text": "Yes.", "seen": "open"}
    assert at_once(8, lambda: mona.submit(f"/comments/{ulid}/answer", **fields).status_code) == [303] + [409] * 7
    assert counters() == (before[0], before[1] + 1, before[2] + 1)
    edits = at_once(8, lambda: maya.submit(f"/comments/{ulid}/edit", text="Two", revision=1).status_code)
    assert edits == [303] + [409] * 7
    assert at_once(8, lambda: maya.submit(f"/comments/{ulid}/delete").status_code) == [303] + [404] * 7
    assert counters() == (before[0] - 1, before[1], before[2])


def test_marks_titles_and_addresses_at_once_are_no_fault_of_ours(townhall: Townhall) -> None:
    dana, mona, ada = townhall.client("Dana Rep"), townhall.client("Mona Manager"), townhall.client("Ada Admin")
    townhall.join("Maya Rep", "Dana Rep", "Newt Newcomer")
    assert at_once(8, lambda: dana.submit(f"/proposals/{SLUG}/v/2/read").status_code) == [303] * 8
    assert "<b>1 of 3</b> have read version 2" in dana.get(f"/proposals/{SLUG}/status").text
    started = at_once(8, lambda: mona.submit("/proposals/new", title="The same title").status_code)
    assert set(started) <= {303, 409}
    twin = {"name": "Twin", "email": "twin@example.com", "role": "rep"}
    added = at_once(8, lambda: ada.submit("/people", **twin).status_code)
    assert added[0] == 303
    assert set(added[1:]) <= {409, 422}


FAMILIES = {
    "addresses": "http://a.",
    "angles": "<http://",
    "brackets": "http://(((((",
    "headings": "# a\n",
    "tasks": "- [ ] a\n",
    "goals": "1.\n",
    "plans": "```plan\na\n```\n",
    "stars": "*a",
    "open brackets": "[",
    "nested": "> ",
    "quotes": "\"'",
    "mails": "a@b.",
    "www": "www.a",
    "tables": "|a|b|\n|-|-|\n",
    "footnotes": "[^1]",
    "entities": "&#x41;",
}


@pytest.mark.parametrize("name", FAMILIES)
def test_hostile_markdown_costs_little(name: str) -> None:
    def cost(text: str) -> float:
        began = time.process_time()
        parse_document(text)
        discussion_service.prepare(text[:20_000])
        return time.process_time() - began

    ordinary = cost("Half of that churn came from the small-business list. " * 900)
    hostile = cost(("## Goals\n\n" if name == "goals" else "") + (FAMILIES[name] * 50_000)[:50_000])
    assert hostile < max(60 * ordinary, 4)


def test_an_internal_error_carries_every_header_and_no_details(
    townhall: Townhall, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"private words {104_781 + 1}")

    monkeypatch.setattr("server.town_halls.queries.town_halls_for", broken)
    answer = townhall.client("Maya Rep").get("/townhalls")
    assert answer.status_code == 500
    for header in ("content-security-policy", "x-content-type-options", "cache-control", "referrer-policy"):
        assert header in answer.headers
    assert "104782" not in answer.text
    assert "Something went wrong on our side" in answer.text
    assert "104782" not in caplog.text
    assert "RuntimeError in /townhalls" in caplog.text


def test_a_failure_of_ours_shows_again_what_was_typed(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("server.discussion.service.create_comment", broken)
    answer = townhall.client("Maya Rep").submit(f"/proposals/{SLUG}/comments", text="Typed with care.", version=2)
    assert answer.status_code == 500
    assert "Typed with care." in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"environment": "demo", "public_url": "https://townhall.example.com"},
        {"environment": "demo", "host": "0.0.0.0"},
    ],
)
def test_a_demo_is_for_this_machine_alone(changes: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="demo on this machine only"):
        load(**changes).refuse_unfit()


@pytest.mark.parametrize(
    "address", ["https://user:secret@host", "https://host?x", "https://host:99999999", "https://host/path"]
)
def test_odd_public_addresses_are_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="TOWNHALL_PUBLIC_URL"):
        load(public_url=address)


def test_nothing_people_type_is_in_an_error_of_the_database(townhall: Townhall) -> None:
    assert townhall.database.engine.hide_parameters
