"""Saving and publishing: nothing is overwritten and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.documents import queries as document_queries
from tests.cast import SLUG, page
from tests.conftest import Townhall

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


def test_a_version_is_published(townhall: Townhall) -> None:
    response = townhall.client("Mona Manager").submit(f"{EDIT}/publish", **fields())
    assert (response.status_code, response.headers["location"]) == (303, f"/proposals/{SLUG}")
    page_text = townhall.client("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "Version 3" in page_text
    assert "A third reason." in page_text
    assert "$60,000" in page_text


def test_an_older_version_does_not_change(townhall: Townhall) -> None:
    before = townhall.client("Dana Rep").get(f"/proposals/{SLUG}/v/1").text
    townhall.client("Mona Manager").submit(f"{EDIT}/publish", **fields())
    after = townhall.client("Dana Rep").get(f"/proposals/{SLUG}/v/1").text
    assert "Because customers leave." in after
    assert before.split('class="prose"')[1].split("</p>")[0] == after.split('class="prose"')[1].split("</p>")[0]


def test_changed_terms_are_marked_since_the_version_i_read(townhall: Townhall) -> None:
    page_text = townhall.client("Maya Rep").get(f"/proposals/{SLUG}").text
    assert "You last read version 1" in page_text
    assert "<del>" in page_text
    assert "$50,000</del> <ins>" in page_text.replace('<span class="visually-hidden">before: </span>', "").replace(
        "</span>", ""
    )
    assert "<del>" not in townhall.client("Dana Rep").get(f"/proposals/{SLUG}").text


def test_a_stale_publish_overwrites_nothing_and_loses_nothing(townhall: Townhall) -> None:
    first, second = townhall.client("Mona Manager"), townhall.client("Otto Other")
    assert first.submit(f"{EDIT}/publish", **fields()).status_code == 303
    mine = page("61,000", "Typed with care.")
    response = second.submit(f"{EDIT}/publish", **fields(markdown=mine))
    assert response.status_code == 409
    assert "Typed with care." in response.text
    assert "A third reason." in response.text
    assert 'name="base" value="2"' in response.text
    assert ">Merge</button>" in response.text
    assert "Typed with care." not in second.get(f"/proposals/{SLUG}").text
    assert second.submit(f"{EDIT}/publish", **fields(markdown=mine)).status_code == 409


def test_of_many_who_publish_at_once_one_succeeds(townhall: Townhall) -> None:
    clients = [townhall.client(name) for name in ("Mona Manager", "Otto Other", "Ada Admin") for _ in range(3)]
    with ThreadPoolExecutor(9) as pool:
        statuses = list(pool.map(lambda client: client.submit(f"{EDIT}/publish", **fields()).status_code, clients))
    assert sorted(statuses) == [303] + [409] * 8
    with townhall.database.reading() as session:
        assert document_queries.by_slug(session, SLUG).current == 3


def test_a_draft_is_saved_and_two_windows_do_not_overwrite_each_other(townhall: Townhall) -> None:
    client = townhall.client("Mona Manager")
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


def test_publishing_deletes_the_draft(townhall: Townhall) -> None:
    client = townhall.client("Mona Manager")
    client.submit(EDIT, **fields())
    client.submit(f"{EDIT}/publish", **fields(revision=1))
    with townhall.database.reading() as session:
        assert document_queries.drafts_of(session, townhall.person("Mona Manager").id or 0) == []


@pytest.mark.parametrize(
    ("change", "expected"),
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
def test_a_text_that_cannot_be_published_is_shown_with_the_reason(
    townhall: Townhall, change: dict[str, str], expected: str
) -> None:
    response = townhall.client("Mona Manager").submit(f"{EDIT}/publish", **fields(**change))
    assert response.status_code == 422
    assert expected in response.text
    assert change.get("markdown", GOOD)[:30].split("\n")[-1] in response.text
    assert "Version 2" in townhall.client("Mona Manager").get(f"/proposals/{SLUG}").text


def test_a_plan_with_errors_can_be_saved_and_shows_where_they_are(townhall: Townhall) -> None:
    client = townhall.client("Mona Manager")
    broken = GOOD.replace("quota: $800,000", "qouta: $800,000", 1)
    assert client.submit(EDIT, **fields(markdown=broken)).status_code == 303
    line = broken.split("\n").index(next(text for text in broken.split("\n") if "qouta" in text)) + 1
    shown = client.get(EDIT).text
    assert f"Line {line}" in shown
    assert "Did you mean “quota”?" in shown


def test_the_preview_saves_nothing(townhall: Townhall) -> None:
    client = townhall.client("Mona Manager")
    response = client.submit(f"/proposals/{SLUG}/preview", **fields(markdown="## Only *looking*"))
    assert "<em>looking</em>" in response.text
    with townhall.database.reading() as session:
        assert document_queries.drafts_of(session, townhall.person("Mona Manager").id or 0) == []


def test_a_new_proposal_gets_a_unique_slug(townhall: Townhall) -> None:
    client = townhall.client("Mona Manager")
    responses = [client.submit("/proposals/new", title="Pay for customers who stay") for _ in range(2)]
    assert [response.headers["location"] for response in responses] == [
        f"/proposals/{SLUG}-2/edit",
        f"/proposals/{SLUG}-3/edit",
    ]
    assert client.get(f"/proposals/{SLUG}-2").status_code == 404
    first = client.submit(f"/proposals/{SLUG}-2/edit/publish", **fields(base=0, note=""))
    assert first.status_code == 303
    assert client.get(f"/proposals/{SLUG}-2").status_code == 200


def test_an_empty_title_starts_nothing(townhall: Townhall) -> None:
    response = townhall.client("Mona Manager").submit("/proposals/new", title=" ", audience="Everybody")
    assert response.status_code == 422
    assert "Everybody" in response.text


def test_a_rep_is_counted_once_as_a_reader_and_others_are_not(townhall: Townhall) -> None:
    townhall.join("Maya Rep", "Dana Rep", "Newt Newcomer")
    client = townhall.client("Dana Rep")
    for reader in (client, client, townhall.client("Ada Admin")):
        assert reader.submit(f"/proposals/{SLUG}/v/2/read").status_code == 303
    assert "<b>1 of 3</b> have read version 2" in client.get(f"/proposals/{SLUG}/status").text
    assert client.submit(f"/proposals/{SLUG}/v/9/read").status_code == 404


def test_opening_a_page_writes_nothing(townhall: Townhall) -> None:
    with townhall.database.reading() as session:
        before = document_queries.version_page(session, SLUG)
    townhall.client("Newt Newcomer").get(f"/proposals/{SLUG}")
    with townhall.database.reading() as session:
        assert document_queries.version_page(session, SLUG).readers == before.readers


def test_history_lists_versions_with_their_notes(townhall: Townhall) -> None:
    text = townhall.client("Maya Rep").get(f"/proposals/{SLUG}/history").text
    assert text.index("7% instead of 6.25%.") < text.index("First version.")
    assert "First version." not in townhall.client("Maya Rep").get(f"/proposals/{SLUG}/history?below=1").text
