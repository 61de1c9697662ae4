"""Search finds the same on both databases: everything published and commented, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from server.publishing.reindex import index_missing, rebuild
from server.search import queries as search_queries
from server.search import service as search_service
from server.search.queries import SearchQuery
from server.search.service import COMMENTS, DOCUMENTS, IndexEntry
from server.text.tokenizer import Highlight, query_tokens, snippet, tokenize
from tests.cast import SLUG, VARIANT
from tests.comp.profiles import examples
from tests.conftest import Townhall


def search_results(townhall: Townhall, words: str, *facets: str) -> list[str]:
    with townhall.database.reading() as session:
        hits = [
            hit
            for shelf in (DOCUMENTS, COMMENTS)
            for hit in search_queries.search(session, SearchQuery(words, shelf, facets))
        ]
    return [f"{hit.kind} {hit.title}" for hit in hits]


PAGE, HALF, LEVELS = "proposal Pay for customers who stay", "candidate Half at the aha moment", "candidate Three levels"
STEEPER, MAYA = "variant Steeper", "comment Maya Rep"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("small-business", [MAYA]),
        ("SMALL business LIST", [MAYA]),
        ("small busines", [MAYA]),
        ("usiness", []),
        ("because leave", [PAGE]),
        ("customer because", [PAGE]),
        ("56000 quota", [STEEPER, HALF]),
        ("$56,000 quota", [STEEPER, HALF]),
        ("whoever sells", [STEEPER]),
        ("dana", ["comment Dana Rep"]),
        ("nothing of the kind", []),
        ("", []),
        ("!?", []),
        ("le", []),
        ("three levels", [LEVELS]),
    ],
)
def test_all_words_must_be_there_and_a_beginning_is_enough(townhall: Townhall, words: str, expected: list[str]) -> None:
    assert sorted(search_results(townhall, words)) == sorted(expected)


def test_added_edited_and_withdrawn_comments_are_indexed(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    maya.submit(f"/proposals/{SLUG}/comments", version=2, text="The territory of zebras")
    assert search_results(townhall, "zebra") == ["comment Maya Rep"]
    ulid = maya.get("/search?q=zebra").text.split('href="/comments/')[1].split('"')[0]
    townhall.client("Dana Rep").submit(f"/comments/{ulid}/replies", text="Or of giraffes?")
    assert search_results(townhall, "giraffes") == ["comment Dana Rep"]
    maya.submit(f"/comments/{ulid}/edit", text="The territory of lions", revision=1)
    assert (search_results(townhall, "zebra"), search_results(townhall, "lion")) == ([], ["comment Maya Rep"])
    maya.submit(f"/comments/{ulid}/delete")
    assert search_results(townhall, "lion") == []


def test_only_the_newest_version_and_no_draft_is_found(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    assert search_results(townhall, "because leave") == ["proposal Pay for customers who stay"]
    fields = {"title": "Pay for customers who stay", "base": 2, "revision": 0, "note": "So."}
    mona.submit(f"/proposals/{SLUG}/edit", markdown="Secret platypus.", **fields)
    assert search_results(townhall, "platypus") == []
    plan = VARIANT.replace("Steeper", "Aardvark")
    mona.submit(
        f"/proposals/{SLUG}/edit/publish",
        markdown=f"Ocelots.\n\n```plan\n{plan}```",
        **fields | {"revision": 1},
    )
    assert search_results(townhall, "ocelot") == ["proposal Pay for customers who stay"]
    assert search_results(townhall, "aardvark") == ["candidate Aardvark"]
    assert search_results(townhall, "three levels", "0kcandidate") == []


def test_a_variant_that_is_withdrawn_is_not_found(townhall: Townhall) -> None:
    assert search_results(townhall, "steeper", "0kvariant") == ["variant Steeper"]
    townhall.client("Dana Rep").submit(f"/proposals/{SLUG}/variants/v1/withdraw")
    assert search_results(townhall, "steeper", "0kvariant") == []


def test_the_page_shows_hits_and_offers_what_is_older(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    text = maya.get("/search?q=small").text
    assert "<mark>small-business</mark>" in text
    assert '<h2 class="heading">Comments</h2>' in text
    assert "No results." in maya.get("/search?q=zebra").text
    assert "Results contain all of your words" in maya.get("/search").text
    assert maya.get("/search?q=x&kind=pay").status_code == 422
    for number in range(25):
        maya.submit(f"/proposals/{SLUG}/comments", version=2, text=f"Zebra number{number:02} <b>")
    first = maya.get("/search?q=zebra").text
    assert first.count("<mark>Zebra</mark>") == 20
    assert "number24 &lt;b&gt;" in first
    older = first.split('href="/search?q=zebra&amp;')[1].split('"')[0].replace("&amp;", "&")
    assert maya.get(f"/search?q=zebra&{older}").text.count("<mark>Zebra</mark>") == 5
    assert townhall.client(None).get("/search?q=small").status_code == 303


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "a OR b",
        "NEAR(x y)",
        "terms:small",
        "small*",
        "small AND",
        "'); drop table people; --",
        "& | !",
        "<->",
        "^small",
        "(" * 100,
        "small " * 50,
        "*",
        "-small",
        "{terms}: x",
        "\ud7ff",
        "م" * 200,
    ],
)
def test_nothing_typed_means_anything_to_the_database(townhall: Townhall, words: str) -> None:
    answer = townhall.client("Maya Rep").get("/search", params={"q": words[:200]})
    assert answer.status_code == 200
    assert "syntax" not in answer.text


def test_the_index_can_be_rebuilt(townhall: Townhall) -> None:
    words = ("small", "leave", "56000", "steeper", "half")
    before = [sorted(search_results(townhall, word)) for word in words]
    with townhall.database.writing() as session:
        search_service.clear(session)
        session.commit()
    assert search_results(townhall, "small") == []
    assert index_missing(townhall.database)
    assert not index_missing(townhall.database)
    assert [sorted(search_results(townhall, word)) for word in words] == before
    rebuild(townhall.database)
    assert [sorted(search_results(townhall, word)) for word in words] == before


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=40)


def put(session: Session, ref: str, words: str) -> None:
    search_service.index(session, IndexEntry("page", ref, 7, "/", "", words))


def test_what_is_found_is_what_has_the_terms(townhall: Townhall) -> None:
    @examples(40)
    @given(st.lists(TEXTS, min_size=1, max_size=4), TEXTS)
    def same(texts: list[str], wanted: str) -> None:
        terms = query_tokens(wanted)[: search_queries.MAX_TERMS]
        with townhall.database.writing() as session:
            search_service.clear(session)
            for number, words in enumerate(texts):
                put(session, str(number), words)
            hits = search_queries.search(session, SearchQuery(wanted, DOCUMENTS, ("0p7",)))
            session.rollback()
        assert len(hits) == sum(bool(terms) and has_all(tokenize(words), terms) for words in texts)

    same()


def has_all(terms: list[str], wanted: list[str]) -> bool:
    return all(
        any(term.startswith(want) if len(want) >= 3 and not want.isdigit() else term == want for term in terms)
        for want in wanted
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café CAFÉS", ["cafe"]),
        ("$50,000 6.25% 1.5x", ["50000", "6p25", "1p5x"]),
        ("۱۲٬۰۰۰ تومان", ["12000", "تومان"]),
        ("glass status basis his", ["glass", "status", "basis", "his"]),
        ("می‌شود", ["میشود", "می", "شود"]),
        ("新的提成", ["新", "的", "提", "成", "新的", "的提", "提成"]),
        ("snake_case don't", ["snake", "case", "don", "t"]),
    ],
)
def test_terms_are_plain(text: str, expected: list[str]) -> None:
    assert tokenize(text) == expected


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("新的提成方案", "方案"),
        ("報酬の話", "報酬"),
        ("จ่ายค่าคอมมิชชัน", "คอมมิชชัน"),
        ("العمولة", "عمولة"),
        ("کمیسیون‌های", "كميسيونهاي"),
        ("می‌شود", "می شود"),
        ("Ørsted Łódź Đorđe", "orsted lodz dorde"),
        ("10\u00a0000 and 10 000", "10000"),
        ("10,000", "10 000"),
        ("e-mail", "email"),
        ("email", "e-mail"),
        ("territories", "territory"),
        ("territory", "territories"),
        ("long term", "long-term"),
        ("Æther Straße", "aether strasse"),
    ],
)
def test_words_are_found_however_they_are_written(townhall: Townhall, written: str, wanted: str) -> None:
    with townhall.database.writing() as session:
        search_service.clear(session)
        put(session, "1", f"Before {written} after")
        put(session, "2", "Something else")
        [hit] = search_queries.search(session, SearchQuery(wanted, DOCUMENTS, ("0p7",)))
    assert any(part.is_hit for part in hit.snippet)


@pytest.mark.parametrize(("written", "wanted"), [("方成案", "方案"), ("2026 and 500", "2026500"), ("salt", "allt")])
def test_other_words_are_not_found(townhall: Townhall, written: str, wanted: str) -> None:
    with townhall.database.writing() as session:
        search_service.clear(session)
        put(session, "1", written)
        assert search_queries.search(session, SearchQuery(wanted, DOCUMENTS, ("0p7",))) == []


def test_in_scripts_without_spaces_the_characters_are_highlighted() -> None:
    parts = snippet("我们的新的提成方案在此", query_tokens("提成方案"))
    assert [part.text for part in parts if part.is_hit] == ["提成方案"]


def test_a_snippet_surrounds_the_first_hit() -> None:
    text = "word " * 100 + "the customers, who stay " + "word " * 100
    parts = snippet(text, ["customer"])
    assert [part.text for part in parts if part.is_hit] == ["customers,"]
    assert parts[0] == Highlight("… ", is_hit=False)
    assert len("".join(part.text for part in parts)) < 250
    assert snippet("nothing here", ["customer"]) == [Highlight("nothing here", is_hit=False)]


def test_older_ones_than_the_newest_thousands_are_found_as_well(
    townhall: Townhall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_queries, "RECENT", 30)
    with townhall.database.writing() as session:
        for number in range(120):
            words = "rhino" if number in {1, 2} else "common"
            search_service.index(session, IndexEntry("comment", f"many {number}", 1, "/", "", words))
        session.commit()
        rare = search_queries.search(session, SearchQuery("rhino", COMMENTS))
        common = search_queries.search(session, SearchQuery("common", COMMENTS))
        older = search_queries.search(session, SearchQuery("common", COMMENTS, (), common[-1].id))
    assert len(rare) == 2
    assert [hit.id for hit in common] == sorted((hit.id for hit in common), reverse=True)
    assert len(common) == len(older) == search_queries.PAGE_SIZE + 1
    assert older[0].id < common[-1].id


def test_a_search_can_be_limited_to_a_proposal_and_shows_plain_words(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    maya.submit(f"/proposals/{SLUG}/comments", version=2, text="A **very bold** gnu")
    assert "A very <mark>bold</mark> gnu" in maya.get(f"/search?q=bold&proposal={SLUG}").text
    assert "No results." in maya.get("/search?q=bold&kind=page").text
    assert maya.get("/search?q=bold&proposal=nothing").status_code == 200
