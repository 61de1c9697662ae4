"""Hiding with a reason, the hour in which a comment can be changed, and a pace that only programs meet."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.db.columns import now
from server.discussion import service as discussion_service
from server.discussion.models import Comment
from tests.archives.test_archives import files_of
from tests.cast import SLUG
from tests.conftest import Townhall

PATH = f"/proposals/{SLUG}"
WORDS = "Words that nobody should read"


def post_comment(townhall: Townhall, text: str = WORDS, who: str = "Maya Rep", **fields: object) -> str:
    answer = townhall.client(who).submit(f"{PATH}/comments", version=2, text=text, **fields)
    assert answer.status_code == 303
    return str(answer.headers["location"]).removeprefix("/comments/")


def test_a_hidden_comment_is_read_by_admins_only(townhall: Townhall) -> None:
    ulid = post_comment(townhall, block=1, quote="they leave")
    ada = townhall.client("Ada Admin")
    assert ada.submit(f"/comments/{ulid}/hide", why="It names a customer.").status_code == 303
    shown = ada.get(f"/comments/{ulid}").text
    assert WORDS in shown
    assert "It names a customer." in shown
    for who in ("Maya Rep", "Dana Rep", "Mona Manager", "Eve Executive"):
        client = townhall.client(who)
        for path in (
            f"/comments/{ulid}",
            PATH,
            f"{PATH}/comments",
            "/inbox",
            "/",
            "/search?q=nobody",
            f"{PATH}/v/2/anchors?block=1",
        ):
            text = client.get(path).text
            assert WORDS not in text, (who, path)
            assert "It names a customer." not in text
        said = "Your comment was hidden." if who == "Maya Rep" else "This comment was hidden."
        assert said in client.get(f"/comments/{ulid}").text
        assert "Maya Rep</b>" not in client.get(f"/comments/{ulid}").text
        assert '<mark class="commented">' not in client.get(PATH).text
    exported = "".join(files_of(townhall.client("Dana Rep").get(f"{PATH}/export.zip").content).values())
    assert ulid in exported
    for trace in (WORDS, "It names a customer.", "they leave</q>"):
        assert trace not in exported
    said = exported.split(f'"id": "{ulid}"')[1].split("}")[0]
    assert '"author": null' in said
    assert '"quote": ""' in said


def test_what_was_hidden_can_be_shown_again(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    ada = townhall.client("Ada Admin")
    ada.submit(f"/comments/{ulid}/hide", why="By mistake.")
    ada.submit(f"/comments/{ulid}/hide", show_again="yes")
    assert WORDS in townhall.client("Dana Rep").get(PATH).text
    assert "nobody" in townhall.client("Dana Rep").get("/search?q=nobody").text


def test_hiding_needs_a_reason_and_an_admin(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    assert townhall.client("Ada Admin").submit(f"/comments/{ulid}/hide", why="  ").status_code == 422
    for who in ("Maya Rep", "Mona Manager", "Eve Executive"):
        assert townhall.client(who).submit(f"/comments/{ulid}/hide", why="x").status_code == 404
    assert WORDS in townhall.client("Dana Rep").get(PATH).text


def test_a_comment_can_be_changed_for_an_hour(townhall: Townhall) -> None:
    ulid = post_comment(townhall)
    maya = townhall.client("Maya Rep")
    assert maya.submit(f"/comments/{ulid}/edit", text="Better words", revision=1).status_code == 303
    with townhall.database.writing() as session:
        comment = session.exec(select(Comment).where(Comment.ulid == ulid)).one()
        comment.created_at = now() - timedelta(hours=1, minutes=1)
        session.add(comment)
        session.commit()
    answer = maya.submit(f"/comments/{ulid}/edit", text="Later words", revision=2)
    assert answer.status_code == 422
    assert "Later words" in answer.text
    assert "this one is older" in maya.get(f"/comments/{ulid}/edit").text
    assert maya.submit(f"/comments/{ulid}/delete").status_code == 303


def test_a_program_is_slowed_down_and_a_person_is_not(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discussion_service, "PER_MINUTE", 3)
    said = [post_comment(townhall, f"Comment {number}", "Newt Newcomer") for number in range(3)]
    answer = townhall.client("Newt Newcomer").submit(f"{PATH}/comments", version=2, text="One too many")
    assert answer.status_code == 429
    assert "One too many" in answer.text
    assert townhall.client("Newt Newcomer").submit(f"/comments/{said[0]}/replies", text="Also").status_code == 429
    assert post_comment(townhall, "Somebody else", "Dana Rep")
