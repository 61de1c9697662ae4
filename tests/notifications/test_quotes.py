"""Notices and mail quote no words that were hidden, withdrawn or edited away."""

import pytest
from sqlmodel import select

from server.notifications.models import Notice
from tests.cast import SLUG, VARIANT
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}/comments"
WORDS = "Acme pays us ninety thousand"


@pytest.fixture(autouse=True)
def no_notices(townhall: Townhall) -> None:
    with townhall.database.writing() as session:
        for notice in session.exec(select(Notice)):
            session.delete(notice)
        session.commit()


def comment(townhall: Townhall, text: str) -> str:
    response = townhall.client("Maya Rep").submit(PATH, version=2, text=text)
    assert response.status_code == 303
    return str(response.headers["location"]).removeprefix("/comments/")


def notices(townhall: Townhall, who: str) -> list[Notice]:
    with townhall.database.reading() as session:
        return list(session.exec(select(Notice).where(Notice.person_id == townhall.person(who).id)))


def make_mail_due(townhall: Townhall) -> None:
    """Let every notice wait for mail, as those of people who have joined do."""
    with townhall.database.writing() as session:
        for notice in session.exec(select(Notice)):
            notice.mail_due_at = notice.created_at
            session.add(notice)
        session.commit()


def page(townhall: Townhall, who: str) -> str:
    return townhall.client(who).get("/notices").text


def test_a_withdrawn_comment_is_quoted_nowhere(townhall: Townhall) -> None:
    ulid = comment(townhall, f"@Dana Rep {WORDS}")
    assert WORDS in page(townhall, "Dana Rep")
    assert WORDS in page(townhall, "Mona Manager")
    make_mail_due(townhall)
    townhall.client("Maya Rep").submit(f"/comments/{ulid}/delete")
    for who in ("Dana Rep", "Mona Manager"):
        assert WORDS not in page(townhall, who)
        assert "This comment was withdrawn." in page(townhall, who)
        assert [notice.mail_due_at for notice in notices(townhall, who)] == [None]


def test_a_hidden_comment_is_quoted_nowhere_until_it_is_shown_again(townhall: Townhall) -> None:
    ulid = comment(townhall, f"@Dana Rep {WORDS}")
    make_mail_due(townhall)
    ada = townhall.client("Ada Admin")
    ada.submit(f"/comments/{ulid}/hide", why="It names a customer.")
    assert WORDS not in page(townhall, "Dana Rep")
    assert "This comment was hidden." in page(townhall, "Dana Rep")
    assert notices(townhall, "Dana Rep")[0].mail_due_at is None
    ada.submit(f"/comments/{ulid}/hide", show_again="yes")
    assert "This comment was hidden." not in page(townhall, "Dana Rep")


def test_an_answer_keeps_its_own_words_when_the_comment_it_answers_is_hidden(townhall: Townhall) -> None:
    ulid = comment(townhall, WORDS)
    townhall.client("Mona Manager").submit(f"/comments/{ulid}/answer", state="answered", text="They do not.")
    assert WORDS in page(townhall, "Maya Rep")
    townhall.client("Ada Admin").submit(f"/comments/{ulid}/hide", why="It names a customer.")
    assert WORDS not in page(townhall, "Maya Rep")
    assert "They do not." in page(townhall, "Maya Rep")


def test_an_edited_comment_is_quoted_as_it_is_now(townhall: Townhall) -> None:
    ulid = comment(townhall, f"@Mona Manager {WORDS}")
    townhall.client("Maya Rep").submit(f"/comments/{ulid}/edit", text="@Mona Manager A customer pays us", revision=1)
    assert WORDS not in page(townhall, "Mona Manager")
    assert "A customer pays us" in page(townhall, "Mona Manager")


def test_a_person_mentioned_no_more_hears_no_more_of_it(townhall: Townhall) -> None:
    ulid = comment(townhall, f"@Dana Rep {WORDS}")
    townhall.client("Maya Rep").submit(f"/comments/{ulid}/edit", text="Why?", revision=1)
    assert notices(townhall, "Dana Rep") == []


def test_words_of_other_comments_stay(townhall: Townhall) -> None:
    withdrawn = comment(townhall, f"@Dana Rep {WORDS}")
    townhall.client("Otto Other").submit(f"/comments/{withdrawn}/replies", text=f"@Dana Rep {WORDS}, too")
    townhall.client("Maya Rep").submit(f"/comments/{withdrawn}/delete")
    assert f"{WORDS}, too" in page(townhall, "Dana Rep")


def test_a_withdrawn_variant_is_quoted_nowhere(townhall: Townhall) -> None:
    variants = f"/proposals/{SLUG}/variants"
    text = VARIANT.replace("Steeper", "Steepest").replace("pays: 2x", "pays: 3x")
    answer = townhall.client("Maya Rep").submit(variants, base="a", base_text=text, text=text, reason=WORDS)
    assert answer.status_code == 303, answer.text
    make_mail_due(townhall)
    assert WORDS in page(townhall, "Mona Manager")
    assert townhall.client("Maya Rep").submit(f"{answer.headers['location']}/withdraw").status_code == 303
    assert WORDS not in page(townhall, "Mona Manager")
    assert "This variant was withdrawn." in page(townhall, "Mona Manager")
    assert [notice.mail_due_at for notice in notices(townhall, "Mona Manager")] == [None]
