"""A version can be withdrawn within an hour, while no one has answered it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from server.db.columns import now
from server.discussion.models import Anchor, Comment
from server.documents.models import Draft, Proposal, ReadMark, Version
from server.notifications.models import Notice
from server.publishing import withdrawal
from tests.cast import PAGE, SLUG
from tests.conftest import Client, Townhall

URL = f"/proposals/{SLUG}"


def publish(townhall: Townhall, **changes: object) -> Client:
    """Publish another version as the manager and return their client."""
    mona = townhall.client("Mona Manager")
    newest = townhall.newest()
    fields = {
        "title": "A third title",
        "markdown": newest.markdown.replace("## Why", "## Why now") + "\n\nOne more paragraph.\n",
        "note": "The third version.",
        "base": str(newest.number),
        "revision": "0",
    }
    answer = mona.submit(f"{URL}/edit/publish", **{**fields, **changes})
    assert answer.status_code == 303, answer.text.partition("<main")[2][:2000]
    return mona


def anchors(townhall: Townhall) -> list[tuple[object, ...]]:
    with townhall.database.reading() as session:
        rows = session.exec(select(Anchor)).all()
        comments = session.exec(select(Comment)).all()
    placed = [(row.version_id, row.comment_id, row.state, row.block, row.start, row.end, row.candidate) for row in rows]
    known = [(row.id, row.anchored_in, row.in_version, row.in_block, row.state) for row in comments]
    return sorted(placed, key=repr) + sorted(known)


def test_everything_is_as_it_was_and_the_text_is_a_draft(townhall: Townhall) -> None:
    maya, before, text = townhall.client("Maya Rep"), anchors(townhall), townhall.newest()
    first = maya.get(URL).text.partition("<main")[2]
    mona = publish(townhall)
    assert "One more paragraph." in maya.get(URL).text
    assert anchors(townhall) != before
    asked = mona.get(f"{URL}/withdraw").text
    assert "Version 2 is the newest again" in " ".join(asked.split())
    assert mona.submit(f"{URL}/withdraw").headers["location"] == f"{URL}/edit"
    assert anchors(townhall) == before
    again = maya.get(URL)
    assert "One more paragraph." not in again.text
    assert text.title in again.text
    assert ("Compare" in first) == ("Compare" in again.text)
    assert maya.get(f"{URL}/v/3").status_code == 404
    assert "Version 3" not in maya.get(f"{URL}/history").text
    assert "One more paragraph." in mona.get(f"{URL}/edit").text
    with townhall.database.reading() as session:
        [draft] = session.exec(select(Draft).where(Draft.title == "A third title")).all()
        assert (draft.base, draft.note) == (2, "The third version.")
        withdrawn = session.exec(select(Version).where(Version.number < 0)).one()
        assert session.exec(select(ReadMark).where(ReadMark.version_id == withdrawn.id)).all() == []


def test_it_can_be_published_again(townhall: Townhall) -> None:
    mona = publish(townhall)
    mona.submit(f"{URL}/withdraw")
    publish(townhall, revision="1", title="Third at last")
    page_text = townhall.client("Maya Rep").get(URL).text
    assert "Third at last" in page_text
    assert townhall.newest().number == 3
    mona.submit(f"{URL}/withdraw")
    assert townhall.newest().number == 2


def test_those_who_were_told_are_told_of_it(townhall: Townhall) -> None:
    mona = publish(townhall)
    with townhall.database.reading() as session:
        told = {notice.person_id for notice in session.exec(select(Notice)) if "version" in notice.subject.split()[0]}
    assert "Version 3" in townhall.client("Dana Rep").get("/notices").text
    mona.submit(f"{URL}/withdraw")
    text = townhall.client("Dana Rep").get("/notices").text
    assert "Mona Manager withdrew version 3 of “A third title”." in text
    assert "Version 3 of “A third title” has been published." not in text
    with townhall.database.reading() as session:
        withdrawn = {notice.person_id for notice in session.exec(select(Notice).where(Notice.event == "withdrawn"))}
    assert withdrawn == told


def test_search_finds_the_version_before(townhall: Townhall) -> None:
    mona = publish(townhall, title="Unmistakable")
    assert "Unmistakable" in mona.get("/search?q=unmistakable").text.partition("<main")[2].partition("</form>")[2]
    mona.submit(f"{URL}/withdraw")
    results = mona.get("/search?q=unmistakable").text.partition("<main")[2].partition("</form>")[2]
    assert "Unmistakable" not in results


def refusal(mona: Client) -> str:
    """Return the page that refuses to withdraw."""
    assert "This version cannot be withdrawn" in mona.get(f"{URL}/withdraw").text
    answer = mona.submit(f"{URL}/withdraw")
    assert answer.status_code == 409
    return answer.text


def test_an_hour_later_it_stays(townhall: Townhall, monkeypatch: pytest.MonkeyPatch) -> None:
    mona = publish(townhall)
    monkeypatch.setattr(withdrawal, "now", lambda: now() + timedelta(minutes=61))
    assert "more than an hour ago" in refusal(mona)


def test_a_version_that_someone_voted_on_stays(townhall: Townhall) -> None:
    mona = publish(townhall)
    vote = {"version": "3", "choice": "yes", "reason": ""}
    assert townhall.client("Dana Rep").submit(f"{URL}/candidates/a/pulse", **vote).status_code in {200, 303}
    assert "Someone has voted on it." in refusal(mona)
    assert townhall.newest().number == 3


def test_a_form_of_a_version_that_was_withdrawn_counts_for_no_other(townhall: Townhall) -> None:
    mona = publish(townhall)
    withdrawn = townhall.newest().id
    mona.submit(f"{URL}/withdraw")
    publish(townhall, revision="1", title="Another third")
    dana = townhall.client("Dana Rep")
    assert f'name="version_id" value="{townhall.newest().id}"' in " ".join(dana.get(URL).text.split())
    for path, fields in (
        ("candidates/a/pulse", {"choice": "yes"}),
        ("candidates/a/pulse/withdraw", {}),
        ("comments", {"text": "On the first third version"}),
    ):
        stale = dana.submit(f"{URL}/{path}", version=3, version_id=withdrawn, **fields)
        assert stale.status_code == 409
        assert "withdrawn and published again" in stale.text
        assert dana.submit(f"{URL}/{path}", version=3, version_id=townhall.newest().id, **fields).status_code == 303


def test_a_schedule_of_a_colleagues_draft_is_cancelled(townhall: Townhall) -> None:
    mona = publish(townhall)
    with townhall.database.writing() as session:
        newest = session.exec(select(Version).where(Version.number == 3)).one()
        draft = Draft(proposal_id=newest.proposal_id, author_id=townhall.person("Ada Admin").id, base=3, title="Late")
        draft.markdown, draft.publish_at = newest.markdown, now() + timedelta(hours=1)
        session.add(draft)
        session.commit()
    mona.submit(f"{URL}/withdraw")
    with townhall.database.reading() as session:
        [late] = session.exec(select(Draft).where(Draft.title == "Late")).all()
    assert (late.base, late.publish_at) == (2, None)


def test_an_older_draft_is_finished_first(townhall: Townhall) -> None:
    mona = publish(townhall)
    with townhall.database.writing() as session:
        newest = session.exec(select(Version).where(Version.number == 3)).one()
        mine = Draft(proposal_id=newest.proposal_id, author_id=townhall.person("Mona Manager").id, base=2, title="Old")
        mine.markdown = "Old"
        session.add(mine)
        session.commit()
    assert "You have an older draft of it." in refusal(mona)


def test_a_version_that_someone_commented_on_stays(townhall: Townhall) -> None:
    mona = publish(townhall)
    comment = {"version": "3", "text": "What about me?"}
    assert townhall.client("Dana Rep").submit(f"{URL}/comments", **comment).status_code in {200, 303}
    assert "Someone has commented on it." in refusal(mona)


def test_versions_are_withdrawn_down_to_an_unpublished_page(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    with townhall.database.writing() as session:
        document = session.exec(select(Proposal).where(Proposal.slug == PAGE)).one()
        for version in session.exec(select(Version).where(Version.proposal_id == document.id)).all():
            version.published_at = now()
            session.add(version)
        session.commit()
    for _ in range(document.current - 1):
        assert mona.submit(f"/pages/{PAGE}/withdraw").status_code == 303
    assert townhall.client("Maya Rep").get(f"/pages/{PAGE}").status_code == 200
    assert "The document is unpublished again." in mona.get(f"/pages/{PAGE}/withdraw").text
    assert mona.submit(f"/pages/{PAGE}/withdraw").status_code == 303
    assert townhall.client("Maya Rep").get(f"/pages/{PAGE}").status_code == 404
    assert mona.get(f"/pages/{PAGE}/edit").status_code == 200
    assert mona.get(f"/pages/{PAGE}/withdraw").status_code == 404


def test_only_who_owns_the_redesign_withdraws(townhall: Townhall) -> None:
    publish(townhall)
    for name in ("Maya Rep", "Eve Executive"):
        assert townhall.client(name).get(f"{URL}/withdraw").status_code == 404
        assert townhall.client(name).submit(f"{URL}/withdraw").status_code == 404
    assert townhall.newest().number == 3
