"""Comments: added, edited, withdrawn and answered."""

import re
from datetime import UTC, datetime

import pytest

from server.discussion.tasks import reopen_due
from server.documents import queries as document_queries
from tests.cast import SLUG
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/comments"


def post_comment(townhall: Townhall, name: str = "Maya Rep", text: str = "What about *churn*?", **more: object) -> str:
    answer = townhall.client(name).submit(PATH, version=2, text=text, **more)
    assert answer.status_code == 303
    return answer.headers["location"].removeprefix("/comments/")


def counters(townhall: Townhall) -> tuple[int, int, int]:
    with townhall.database.reading() as session:
        proposal = document_queries.by_slug(session, SLUG)
    return proposal.comments, proposal.answered, proposal.accepted


def test_a_comment_is_shown_on_the_page(townhall: Townhall) -> None:
    post_comment(townhall, candidate="a")
    seen = townhall.client("Dana Rep").get(f"/proposals/{SLUG}").text
    assert "What about <em>churn</em>?" in seen
    assert "on A" in seen
    assert counters(townhall) == (3, 1, 0)


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
def test_a_refused_comment_is_given_back(townhall: Townhall, fields: dict[str, object], status: int) -> None:
    answer = townhall.client("Maya Rep").submit(PATH, **{"version": 2, "text": "Typed with care", **fields})
    assert answer.status_code == status
    if status == 422:
        assert str(fields.get("text", "Typed with care")).strip()[:40] in answer.text
    assert counters(townhall) == (2, 1, 0)


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
def test_nothing_in_a_comment_comes_alive(townhall: Townhall, text: str) -> None:
    ulid = post_comment(townhall, text=text)
    words = townhall.client("Dana Rep").get(f"/comments/{ulid}").text.split('class="words"')[1].split("</div>")[0]
    assert not re.search(r"<(script|img|form|a|p[^>])[^>]*(src|hx-|on\w+=|javascript|action|id=|style)", words)
    assert "49" not in words


def test_a_reply_joins_the_thread_even_when_it_answers_a_reply(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    first = townhall.client("Dana Rep").submit(f"/comments/{ulid}/replies", text="Mine too.")
    assert first.status_code == 303
    text = townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    reply = re.findall(r'href="/comments/(\w+)"><time', text)[1]
    townhall.client("Newt Newcomer").submit(f"/comments/{reply}/replies", text="And mine.")
    seen = townhall.client("Maya Rep").get(f"/comments/{reply}").text
    assert seen.index("Mine too.") < seen.index("And mine.")
    assert seen.count('class="comment reply"') == 2
    assert counters(townhall)[0] == 3


def test_a_rep_may_share_a_rounded_effect_on_pay_only(townhall: Townhall) -> None:
    maya, mona = townhall.client("Maya Rep"), townhall.client("Mona Manager")
    path = f"/proposals/{SLUG}/comments"
    maya.submit(path, text="It hurts.", version=2, pay_impact="down4")
    assert "lowers my pay by 4 to 8%" in mona.get(f"/proposals/{SLUG}").text.split('id="threads"')[1]
    maya.submit(path, text="It hurts by this much.", version=2, pay_impact="12345")
    mona.submit(path, text="I am paid too.", version=2, pay_impact="up8")
    shown = maya.get(path, headers={"hx-request": "true"}).text
    assert shown.count('<span class="tag">') == 1
    assert "12345" not in shown


def test_editing_leaves_a_mark_and_is_for_the_author_alone(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    assert townhall.client("Dana Rep").get(f"/comments/{ulid}/edit").status_code == 404
    assert (
        townhall.client("Mona Manager").submit(f"/comments/{ulid}/edit", text="Mine now", revision=1).status_code == 404
    )
    assert (
        townhall.client("Maya Rep").submit(f"/comments/{ulid}/edit", text="Put better.", revision=1).status_code == 303
    )
    seen = townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    assert "Put better." in seen
    assert "edited" in seen
    stale = townhall.client("Maya Rep").submit(f"/comments/{ulid}/edit", text="From an old window", revision=1)
    assert stale.status_code == 409
    assert "From an old window" in stale.text


def test_taking_back_leaves_a_trace(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    assert townhall.client("Dana Rep").submit(f"/comments/{ulid}/delete").status_code == 404
    assert townhall.client("Maya Rep").submit(f"/comments/{ulid}/delete").status_code == 303
    seen = townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    assert "The author deleted this comment." in seen
    assert "churn" not in seen.split("<main")[1]
    assert counters(townhall) == (2, 1, 0)
    assert townhall.client("Maya Rep").submit(f"/comments/{ulid}/replies", text="Hello?").status_code == 404


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
    townhall: Townhall, fields: dict[str, str], chip: str, counted: tuple[int, int, int]
) -> None:
    ulid = post_comment(townhall)
    assert townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", seen="open", **fields).status_code == 303
    seen = townhall.client("Maya Rep").get(f"/comments/{ulid}").text
    assert chip in seen
    assert fields.get("text", "") in seen
    assert counters(townhall) == counted
    again = townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", seen=fields["state"], state="open")
    assert again.status_code == 303
    assert counters(townhall) == (3, 1, 0)


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
def test_an_answer_needs_its_required_fields(townhall: Townhall, fields: dict[str, str]) -> None:
    ulid = post_comment(townhall)
    assert townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", seen="open", **fields).status_code == 422
    assert counters(townhall) == (3, 1, 0)


def test_only_managers_answer(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    for name in ("Maya Rep", "Eve Executive", "Sam Success"):
        answer = townhall.client(name).submit(f"/comments/{ulid}/answer", seen="open", state="accepted")
        assert answer.status_code == 404
    assert counters(townhall) == (3, 1, 0)


def test_two_managers_at_once_lose_no_answer(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    first = townhall.client("Mona Manager").submit(
        f"/comments/{ulid}/answer", seen="open", state="answered", text="Mine."
    )
    second = townhall.client("Otto Other").submit(
        f"/comments/{ulid}/answer", seen="open", state="declined", text="No, mine."
    )
    assert (first.status_code, second.status_code) == (303, 409)
    assert "No, mine." in second.text
    assert "No, mine." not in townhall.client("Maya Rep").get(f"/comments/{ulid}").text


def test_htmx_gets_the_thread_alone(townhall: Townhall) -> None:
    client = townhall.client("Maya Rep")
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


def test_a_parked_comment_comes_back_on_its_day(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    mona, dana = townhall.client("Mona Manager"), townhall.client("Dana Rep")
    dana.submit(f"/proposals/{SLUG}/comments", version=2, text="When?")
    ulid = dana.get(f"/proposals/{SLUG}").text.split('id="thread-')[1].split('"')[0]
    mona.submit(f"/comments/{ulid}/answer", state="postponed", postponed_until="2099-12-01", seen="open")
    told: list[tuple[str, str]] = []
    tell = lambda channel, name: told.append((channel, name))  # noqa: E731 - what the broker would do
    before = dana.get(f"/proposals/{SLUG}/status").text
    assert not reopen_due(townhall.database, tell)
    monkeypatch.setattr("server.people.queries.people.now", lambda: datetime(2099, 12, 1, 1, tzinfo=UTC))
    assert reopen_due(townhall.database, tell)
    assert not reopen_due(townhall.database, tell)
    assert told == [(f"proposal-{SLUG}", "comments")]
    shown = dana.get(f"/comments/{ulid}").text
    assert "Open again since Dec 1, 2099" in shown
    assert dana.get(f"/proposals/{SLUG}/status").text != before
    assert mona.submit(f"/comments/{ulid}/answer", state="answered", text="Now.", seen="open").status_code == 303
    assert "Open again" not in dana.get(f"/comments/{ulid}").text


def test_a_comment_is_of_a_kind_and_about_a_goal(townhall: Townhall) -> None:
    ulid = post_comment(townhall, kind="concern", goal="2")
    shown = townhall.client("Dana Rep").get(f"/comments/{ulid}").text
    assert '<span class="tag">concern</span>' in shown
    assert '<span class="tag">goal 2</span>' in shown
    odd = post_comment(townhall, kind="shout", goal="9")
    assert 'class="tag">goal' not in townhall.client("Dana Rep").get(f"/comments/{odd}").text.split("<form")[0]
    assert townhall.client("Maya Rep").submit(PATH, version=2, text="x", goal="much").status_code == 422


def test_same_for_me_counts_each_person_once(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    path = f"/comments/{ulid}"
    dana, mona = townhall.client("Dana Rep"), townhall.client("Mona Manager")
    assert dana.submit(f"{path}/endorse").status_code == mona.submit(f"{path}/endorse").status_code == 303
    assert "Agree · 2" in mona.get(path).text
    assert "2 people agree" in townhall.client("Maya Rep").get(path).text
    dana.submit(f"{path}/endorse")
    assert "Agree · 1" in dana.get(path).text
    assert townhall.client("Maya Rep").submit(f"{path}/endorse").status_code == 422
    dana.submit(f"{path}/replies", text="A reply")
    assert counters(townhall)[0] == 3
    assert dana.submit("/comments/nothing/endorse").status_code == 404


def test_a_comment_can_be_looked_at_before_it_is_sent(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    fields = {"version": "2", "text": "**Half** is 2*3*4, @Dana Rep", "kind": "question"}
    page = maya.submit("/comments/preview", **fields)
    assert page.status_code == 200
    shown = '<strong>Half</strong> is 2*3*4, <strong class="mention">@Dana Rep</strong>'
    assert shown in page.text
    assert "This comment is not posted yet." in page.text
    fragment = maya.post(
        "/comments/preview", data={"csrf": maya.csrf, "text": fields["text"]}, headers={"hx-request": "true"}
    )
    assert shown in fragment.text
    assert "<html" not in fragment.text
    assert "2*3*4" not in maya.get(f"/proposals/{SLUG}").text
    assert maya.submit("/comments/preview", text=" ").status_code == 422
