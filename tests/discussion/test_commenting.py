"""Comments: said, changed, taken back and answered."""

import re
from datetime import UTC, datetime

import pytest

from server.discussion.tasks import reopen_due
from server.documents import queries as document_queries
from tests.cast import SLUG
from tests.conftest import House

PATH = f"/proposals/{SLUG}/comments"


def say(house: House, name: str = "Maya Rep", text: str = "What about *churn*?", **more: object) -> str:
    answer = house.as_(name).submit(PATH, version=2, text=text, **more)
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix("/comments/")


def counters(house: House) -> tuple[int, int, int]:
    with house.database.reading() as session:
        found = document_queries.by_slug(session, SLUG)
    return found.comments, found.answered, found.accepted


def test_a_comment_stands_on_the_page(house: House) -> None:
    say(house, candidate="a")
    seen = house.as_("Dana Rep").get(f"/proposals/{SLUG}").text
    assert "What about <em>churn</em>?" in seen
    assert "on A" in seen
    assert counters(house) == (3, 1, 0)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": "  "}, 422),
        ({"text": "x" * 20_001}, 422),
        ({"candidate": "z"}, 404),
        ({"version": 9}, 404),
        ({"author_id": 1}, 422),
    ],
)
def test_what_cannot_be_said_comes_back(house: House, fields: dict[str, object], status: int) -> None:
    answer = house.as_("Maya Rep").submit(PATH, **{"version": 2, "text": "Typed with care", **fields})
    assert answer.status_code == status
    if status == 422:
        assert str(fields.get("text", "Typed with care")).strip()[:40] in answer.text
    assert counters(house) == (2, 1, 0)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://x.example/p.png)",
        '<a hx-get="/me">x</a>',
        "<form action=/sign-out></form>",
        '<p id="notice" class="btn" style="x">x</p>',
        "{{ 7*7 }}",
    ],
)
def test_nothing_in_a_comment_comes_alive(house: House, text: str) -> None:
    ulid = say(house, text=text)
    words = house.as_("Dana Rep").get(f"/comments/{ulid}").text.split('class="words"')[1].split("</div>")[0]
    assert not re.search(r"<(script|img|form|a|p[^>])[^>]*(src|hx-|on\w+=|javascript|action|id=|style)", words)
    assert "49" not in words


def test_a_reply_joins_the_thread_even_when_it_answers_a_reply(house: House) -> None:
    ulid = say(house)
    first = house.as_("Dana Rep").submit(f"/comments/{ulid}/replies", text="Mine too.")
    assert first.status_code == 303
    text = house.as_("Dana Rep").get(f"/comments/{ulid}").text
    reply = re.findall(r'href="/comments/(\w+)"><time', text)[1]
    house.as_("Newt Newcomer").submit(f"/comments/{reply}/replies", text="And mine.")
    seen = house.as_("Maya Rep").get(f"/comments/{reply}").text
    assert seen.index("Mine too.") < seen.index("And mine.")
    assert seen.count('class="comment reply"') == 2
    assert counters(house)[0] == 3


def test_a_rep_may_say_how_much_it_moves_the_own_pay_and_nothing_finer(house: House) -> None:
    maya, mona = house.as_("Maya Rep"), house.as_("Mona Manager")
    path = f"/proposals/{SLUG}/comments"
    maya.submit(path, text="It hurts.", version=2, pay_impact="down4")
    assert "lowers my pay by 4 to 8%" in mona.get(f"/proposals/{SLUG}").text.split('id="threads"')[1]
    maya.submit(path, text="It hurts by this much.", version=2, pay_impact="12345")
    mona.submit(path, text="I am paid too.", version=2, pay_impact="up8")
    shown = maya.get(path, headers={"hx-request": "true"}).text
    assert shown.count('<span class="tag">') == 1
    assert "12345" not in shown


def test_editing_leaves_a_mark_and_is_for_the_author_alone(house: House) -> None:
    ulid = say(house)
    assert house.as_("Dana Rep").get(f"/comments/{ulid}/edit").status_code == 404
    assert house.as_("Mona Manager").submit(f"/comments/{ulid}/edit", text="Mine now", revision=1).status_code == 404
    assert house.as_("Maya Rep").submit(f"/comments/{ulid}/edit", text="Put better.", revision=1).status_code == 303
    seen = house.as_("Dana Rep").get(f"/comments/{ulid}").text
    assert "Put better." in seen
    assert "edited" in seen
    stale = house.as_("Maya Rep").submit(f"/comments/{ulid}/edit", text="From an old window", revision=1)
    assert stale.status_code == 409
    assert "From an old window" in stale.text


def test_taking_back_leaves_a_trace(house: House) -> None:
    ulid = say(house)
    assert house.as_("Dana Rep").submit(f"/comments/{ulid}/delete").status_code == 404
    assert house.as_("Maya Rep").submit(f"/comments/{ulid}/delete").status_code == 303
    seen = house.as_("Dana Rep").get(f"/comments/{ulid}").text
    assert "The author deleted this comment." in seen
    assert "churn" not in seen.split("<main")[1]
    assert counters(house) == (2, 1, 0)
    assert house.as_("Maya Rep").submit(f"/comments/{ulid}/replies", text="Hello?").status_code == 404


@pytest.mark.parametrize(
    ("fields", "chip", "counted"),
    [
        ({"state": "answered", "text": "Because."}, "Answered", (3, 2, 0)),
        ({"state": "accepted", "text": ""}, "Accepted", (3, 2, 1)),
        ({"state": "declined", "text": "Too dear."}, "Declined", (3, 2, 0)),
        ({"state": "postponed", "postponed_until": "2099-12-01"}, "Postponed until Dec 1, 2099", (3, 2, 0)),
    ],
)
def test_every_comment_ends_somewhere(
    house: House, fields: dict[str, str], chip: str, counted: tuple[int, int, int]
) -> None:
    ulid = say(house)
    assert house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", seen="open", **fields).status_code == 303
    seen = house.as_("Maya Rep").get(f"/comments/{ulid}").text
    assert chip in seen
    assert fields.get("text", "") in seen
    assert counters(house) == counted
    again = house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", seen=fields["state"], state="open")
    assert again.status_code == 303
    assert counters(house) == (3, 1, 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "answered", "text": " "},
        {"state": "declined"},
        {"state": "postponed"},
        {"state": "won"},
        {"state": "postponed", "postponed_until": "soon"},
        {"state": "postponed", "postponed_until": "2020-01-01"},
    ],
)
def test_an_answer_needs_what_makes_it_one(house: House, fields: dict[str, str]) -> None:
    ulid = say(house)
    assert house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", seen="open", **fields).status_code == 422
    assert counters(house) == (3, 1, 0)


def test_only_managers_answer(house: House) -> None:
    ulid = say(house)
    for name in ("Maya Rep", "Eve Executive", "Sam Success"):
        answer = house.as_(name).submit(f"/comments/{ulid}/answer", seen="open", state="accepted")
        assert answer.status_code == 404
    assert counters(house) == (3, 1, 0)


def test_two_managers_at_once_lose_no_answer(house: House) -> None:
    ulid = say(house)
    first = house.as_("Mona Manager").submit(f"/comments/{ulid}/answer", seen="open", state="answered", text="Mine.")
    second = house.as_("Otto Other").submit(f"/comments/{ulid}/answer", seen="open", state="declined", text="No, mine.")
    assert (first.status_code, second.status_code) == (303, 409)
    assert "No, mine." in second.text
    assert "No, mine." not in house.as_("Maya Rep").get(f"/comments/{ulid}").text


def test_htmx_gets_the_thread_alone(house: House) -> None:
    client = house.as_("Maya Rep")
    data = {"version": 2, "text": "Live"}
    answer = client.post(PATH, data=data, headers={"hx-request": "true", "x-csrf-token": client.csrf})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'class="thread open"' in answer.text
    refused = client.post(
        PATH, data={"version": 2, "text": ""}, headers={"hx-request": "true", "x-csrf-token": client.csrf}
    )
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert "<html" not in refused.text


def test_a_parked_comment_comes_back_on_its_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    mona, dana = house.as_("Mona Manager"), house.as_("Dana Rep")
    dana.submit(f"/proposals/{SLUG}/comments", version=2, text="When?")
    ulid = dana.get(f"/proposals/{SLUG}").text.split('id="thread-')[1].split('"')[0]
    mona.submit(f"/comments/{ulid}/answer", state="postponed", postponed_until="2099-12-01", seen="open")
    told: list[tuple[str, str]] = []
    tell = lambda channel, name: told.append((channel, name))  # noqa: E731 - what the broker would do
    before = dana.get(f"/proposals/{SLUG}/status").text
    assert not reopen_due(house.database, tell)
    monkeypatch.setattr("server.discussion.tasks.now", lambda: datetime(2099, 12, 1, 1, tzinfo=UTC))
    assert reopen_due(house.database, tell)
    assert not reopen_due(house.database, tell)
    assert told == [(f"proposal-{SLUG}", "comments")]
    shown = dana.get(f"/comments/{ulid}").text
    assert "Open again since Dec 1, 2099" in shown
    assert dana.get(f"/proposals/{SLUG}/status").text != before
    assert mona.submit(f"/comments/{ulid}/answer", state="answered", text="Now.", seen="open").status_code == 303
    assert "Open again" not in dana.get(f"/comments/{ulid}").text


def test_a_comment_is_of_a_kind_and_about_a_goal(house: House) -> None:
    ulid = say(house, kind="concern", goal="2")
    shown = house.as_("Dana Rep").get(f"/comments/{ulid}").text
    assert '<span class="tag">concern</span>' in shown
    assert '<span class="tag">goal 2</span>' in shown
    odd = say(house, kind="shout", goal="9")
    assert 'class="tag">goal' not in house.as_("Dana Rep").get(f"/comments/{odd}").text.split("<form")[0]
    assert house.as_("Maya Rep").submit(PATH, version=2, text="x", goal="much").status_code == 422


def test_others_say_once_that_it_is_the_same_for_them(house: House) -> None:
    ulid = say(house)
    path = f"/comments/{ulid}"
    dana, mona = house.as_("Dana Rep"), house.as_("Mona Manager")
    assert dana.submit(f"{path}/endorse").status_code == mona.submit(f"{path}/endorse").status_code == 303
    assert "Agree · 2" in mona.get(path).text
    assert "2 people agree" in house.as_("Maya Rep").get(path).text
    dana.submit(f"{path}/endorse")
    assert "Agree · 1" in dana.get(path).text
    assert house.as_("Maya Rep").submit(f"{path}/endorse").status_code == 422
    dana.submit(f"{path}/replies", text="A reply")
    assert counters(house)[0] == 3
    assert dana.submit("/comments/nothing/endorse").status_code == 404
