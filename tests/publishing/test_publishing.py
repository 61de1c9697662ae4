"""Writing, saving and publishing: nothing is overwritten and no word is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.documents import queries as document_queries
from tests.cast import SLUG, page
from tests.conftest import House

EDIT = f"/proposals/{SLUG}/edit"
GOOD = page("60,000", "A third reason.")


def fields(**more: object) -> dict[str, object]:
    return {
        "title": "Pay for customers who stay",
        "markdown": GOOD,
        "note": "A third reason.",
        "base": 2,
        "revision": 0,
    } | more


def test_a_version_comes_out(house: House) -> None:
    answer = house.as_("Mona Manager").submit(f"{EDIT}/publish", **fields())
    assert (answer.status_code, answer.headers["location"]) == (303, f"/proposals/{SLUG}")
    seen = house.as_("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "Version 3" in seen
    assert "A third reason." in seen
    assert "$60,000" in seen


def test_an_older_version_stays_as_it_was(house: House) -> None:
    before = house.as_("Dana Rep").get(f"/proposals/{SLUG}/v/1").text
    house.as_("Mona Manager").submit(f"{EDIT}/publish", **fields())
    after = house.as_("Dana Rep").get(f"/proposals/{SLUG}/v/1").text
    assert "Because customers leave." in after
    assert before.split('class="prose"')[1].split("</p>")[0] == after.split('class="prose"')[1].split("</p>")[0]


def test_changed_terms_are_marked_against_the_version_i_read(house: House) -> None:
    seen = house.as_("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "You last read version 1" in seen
    assert "<del>" in seen
    assert "$50,000</del> <ins>" in seen.replace('<span class="visually-hidden">before: </span>', "").replace(
        "</span>", ""
    )
    assert "<del>" not in house.as_("Dana Rep").get(f"/proposals/{SLUG}").text


def test_a_stale_publish_overwrites_nothing_and_loses_nothing(house: House) -> None:
    first, second = house.as_("Mona Manager"), house.as_("Otto Other")
    assert first.submit(f"{EDIT}/publish", **fields()).status_code == 303
    mine = page("61,000", "Typed with care.")
    answer = second.submit(f"{EDIT}/publish", **fields(markdown=mine))
    assert answer.status_code == 409
    assert "Typed with care." in answer.text
    assert "A third reason." in answer.text
    assert 'name="base" value="2"' in answer.text
    assert ">Merge</button>" in answer.text
    assert "Typed with care." not in second.get(f"/proposals/{SLUG}").text
    assert second.submit(f"{EDIT}/publish", **fields(markdown=mine)).status_code == 409


def test_of_many_who_publish_at_once_one_wins(house: House) -> None:
    clients = [house.as_(name) for name in ("Mona Manager", "Otto Other", "Ada Admin") for _ in range(3)]
    with ThreadPoolExecutor(9) as pool:
        statuses = list(pool.map(lambda client: client.submit(f"{EDIT}/publish", **fields()).status_code, clients))
    assert sorted(statuses) == [303] + [409] * 8
    with house.database.reading() as session:
        assert document_queries.by_slug(session, SLUG).current == 3


def test_a_draft_is_kept_and_two_windows_do_not_overwrite_each_other(house: House) -> None:
    client = house.as_("Mona Manager")
    assert client.submit(EDIT, **fields(markdown="First window")).status_code == 303
    assert "First window" in client.get(EDIT).text
    assert client.submit(EDIT, **fields(markdown="Same window", revision=1)).status_code == 303
    stale = client.submit(EDIT, **fields(markdown="Second window", revision=1))
    assert stale.status_code == 409
    assert "Second window" in stale.text
    assert "Same window" in stale.text
    assert "Same window" in client.get(EDIT).text
    blind = client.submit(EDIT, **fields(markdown="Third window", revision=0))
    assert blind.status_code == 409


def test_publishing_takes_the_draft_away(house: House) -> None:
    client = house.as_("Mona Manager")
    client.submit(EDIT, **fields())
    client.submit(f"{EDIT}/publish", **fields(revision=1))
    with house.database.reading() as session:
        assert document_queries.drafts_of(session, house.person("Mona Manager").id or 0) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"note": ""}, "change note is missing"),
        ({"title": "  "}, "title is missing"),
        ({"title": "x" * 161}, "longer than 160"),
        ({"markdown": "No plan here."}, "no candidate yet"),
        ({"markdown": GOOD.replace("marginal", "").replace("pays: 1x", "pays: 1z")}, "stays a draft"),
        ({"markdown": GOOD + "x" * 100_001}, "longer than 100,000"),
        ({"markdown": GOOD + GOOD + GOOD}, "at most 5 candidates"),
    ],
)
def test_what_cannot_be_published_comes_back_with_the_reason(house: House, change: dict[str, str], says: str) -> None:
    answer = house.as_("Mona Manager").submit(f"{EDIT}/publish", **fields(**change))
    assert answer.status_code == 422
    assert says in answer.text
    assert change.get("markdown", GOOD)[:30].split("\n")[-1] in answer.text
    assert "Version 2" in house.as_("Mona Manager").get(f"/proposals/{SLUG}").text


def test_a_broken_plan_can_be_saved_and_says_where_it_is_broken(house: House) -> None:
    client = house.as_("Mona Manager")
    broken = GOOD.replace("quota: $800,000", "qouta: $800,000", 1)
    assert client.submit(EDIT, **fields(markdown=broken)).status_code == 303
    line = broken.split("\n").index(next(text for text in broken.split("\n") if "qouta" in text)) + 1
    shown = client.get(EDIT).text
    assert f"Line {line}" in shown
    assert "Did you mean “quota”?" in shown


def test_the_preview_saves_nothing(house: House) -> None:
    client = house.as_("Mona Manager")
    answer = client.submit(f"/proposals/{SLUG}/preview", **fields(markdown="## Only *looking*"))
    assert "<em>looking</em>" in answer.text
    with house.database.reading() as session:
        assert document_queries.drafts_of(session, house.person("Mona Manager").id or 0) == []


def test_a_new_proposal_gets_an_address_of_its_own(house: House) -> None:
    client = house.as_("Mona Manager")
    answers = [client.submit("/proposals/new", title="Pay for customers who stay") for _ in range(2)]
    assert [answer.headers["location"] for answer in answers] == [
        f"/proposals/{SLUG}-2/edit",
        f"/proposals/{SLUG}-3/edit",
    ]
    assert client.get(f"/proposals/{SLUG}-2").status_code == 404
    first = client.submit(f"/proposals/{SLUG}-2/edit/publish", **fields(base=0, note=""))
    assert first.status_code == 303
    assert client.get(f"/proposals/{SLUG}-2").status_code == 200


def test_an_empty_title_starts_nothing(house: House) -> None:
    answer = house.as_("Mona Manager").submit("/proposals/new", title=" ", audience="Everybody")
    assert answer.status_code == 422
    assert "Everybody" in answer.text


def test_reading_is_noted_once(house: House) -> None:
    client = house.as_("Dana Rep")
    for _ in range(2):
        assert client.submit(f"/proposals/{SLUG}/v/2/read").status_code == 303
    assert "<b>2 of 3</b> have read version 2" in client.get(f"/proposals/{SLUG}/status").text
    assert client.submit(f"/proposals/{SLUG}/v/9/read").status_code == 404


def test_looking_at_a_page_writes_nothing(house: House) -> None:
    with house.database.reading() as session:
        before = document_queries.version_page(session, SLUG)
    house.as_("Newt Newcomer").get(f"/proposals/{SLUG}")
    with house.database.reading() as session:
        assert document_queries.version_page(session, SLUG).readers == before.readers


def test_the_history_lists_versions_with_their_notes(house: House) -> None:
    text = house.as_("Maya Rep").get(f"/proposals/{SLUG}/history").text
    assert text.index("7% instead of 6.25%.") < text.index("First version.")
    assert "First version." not in house.as_("Maya Rep").get(f"/proposals/{SLUG}/history?below=1").text
