"""A redesign is told, shown and asked only of its audience, and changed only by its owners."""

from datetime import date, timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlmodel import select

from server.audit.models import AuditEntry
from server.db.columns import now
from server.discussion import service as discussion_service
from server.discussion.service import CommentTarget
from server.documents import queries as document_queries
from server.documents.access import document_access, document_reader, paid_document_reader
from server.documents.models import Proposal, Redesign
from server.notifications.models import ChatMessage, Notice
from server.notifications.service import Notification, notify
from server.people import service as people_service
from server.publishing.tasks import keep_audiences
from server.web.read_routes import ReadRoute
from tests.cast import SLUG, flat
from tests.conftest import Townhall
from tests.system.test_routes import addresses, api_routes

OTHERS = ["Dana Rep", "Newt Newcomer", "Sam Success"]
AUDIENCE = f"/proposals/{SLUG}/audience"


@pytest.fixture
def limited(townhall: Townhall) -> Townhall:
    """The cast, with a redesign that is only for Maya."""
    townhall.join("Maya Rep", "Dana Rep", "Newt Newcomer", "Mona Manager", "Otto Other")
    answer = townhall.client("Mona Manager").submit(AUDIENCE, people="Maya Rep", owners="Mona Manager")
    assert answer.headers["location"] == f"/proposals/{SLUG}"
    return townhall


def names_document(path: str) -> bool:
    return "{slug" in path or path.startswith("/comments/")


def test_every_route_of_a_document_asks_who_may_read_it(app: FastAPI) -> None:
    routes = [route for route in api_routes(app) if names_document(route.path)]
    assert len(routes) > 90
    unchecked = [
        route.path
        for route in routes
        if isinstance(route, APIRoute) and document_access not in {part.call for part in route.dependant.dependencies}
    ]
    admitting = {route.admit for route in routes if isinstance(route, ReadRoute)}
    assert unchecked == []
    assert admitting == {document_reader, paid_document_reader}


@pytest.mark.parametrize("name", OTHERS)
def test_others_find_nothing_of_it_anywhere(limited: Townhall, name: str) -> None:
    with limited.database.writing() as session:
        session.exec(select(Redesign)).one().title = "Planted title"
        session.commit()
    all_addresses = addresses(limited)
    client = limited.client(name)
    for route, path in all_addresses.items():
        answer = client.get(path)
        if names_document(route.split(" ")[1]):
            assert answer.status_code == 404, path
        elif answer.status_code == 200 and "xlsx" not in path and ".zip" not in path:
            for planted in ("Pay for customers who stay", "Because they leave", "Where we stand", "Planted title"):
                text = answer.text.partition("<main")[2] if "<main" in answer.text else answer.text
                assert planted not in text, (path, planted)
    for query in ("leave", "list", "half", "talked"):
        assert "No results" in client.get(f"/search?q={query}").text, query


def test_its_audience_and_all_managers_read_it(limited: Townhall) -> None:
    for name in ("Maya Rep", "Mona Manager", "Otto Other", "Eve Executive", "Ada Admin"):
        client = limited.client(name)
        assert client.get(f"/proposals/{SLUG}").status_code == 200, name
        assert "Pay for customers who stay" in client.get("/proposals").text
        assert "Because" in client.get("/search?q=leave").text


def test_others_can_neither_comment_nor_vote(limited: Townhall) -> None:
    dana = limited.client("Dana Rep")
    assert dana.submit(f"/proposals/{SLUG}/comments", text="I am here", version="2").status_code == 404
    vote = {"version": "2", "choice": "yes"}
    assert dana.submit(f"/proposals/{SLUG}/candidates/a/pulse", **vote).status_code == 404
    assert dana.submit(f"/proposals/{SLUG}/v/2/read").status_code == 404
    assert dana.get(f"/live/proposals/{SLUG}").status_code == 404


def test_only_the_audience_is_told_and_counted(limited: Townhall) -> None:
    page = limited.client("Maya Rep").get(f"/proposals/{SLUG}/status").text
    assert "of 1" in page
    with limited.database.writing() as session:
        for notice in session.exec(select(Notice)):
            session.delete(notice)
        for chat in session.exec(select(ChatMessage)):
            session.delete(chat)
        words = discussion_service.prepare("@Dana Rep and @Maya Rep and @Otto Other, look!")
        discussion_service.create_comment(session, CommentTarget(SLUG, 2), words, limited.person("Mona Manager").id)
        session.commit()
    assert limited.client("Mona Manager").submit(
        f"/proposals/{SLUG}/edit/publish", **limited.swapped()
    ).status_code in {
        200,
        303,
    }
    with limited.database.reading() as session:
        told = {notice.person_id for notice in session.exec(select(Notice))}
        announced = session.exec(select(ChatMessage)).all()
    assert told == {limited.person(name).id for name in ("Maya Rep", "Otto Other")}  # Otto by the mention alone
    assert announced == []


def test_other_managers_read_but_do_not_change(limited: Townhall) -> None:
    otto = limited.client("Otto Other")
    comment = addresses(limited)["GET /comments/{ulid}"].rpartition("/")[2]
    page = otto.get(f"/proposals/{SLUG}").text
    assert f"/proposals/{SLUG}/edit" not in page
    assert f"/comments/{comment}/answer" not in page
    refused = [
        otto.get(f"/proposals/{SLUG}/edit"),
        otto.get(f"/proposals/{SLUG}/stages"),
        otto.get(AUDIENCE),
        otto.submit(AUDIENCE, people="", owners="Otto Other"),
        otto.submit(f"/proposals/{SLUG}/edit/publish", **limited.swapped()),
        otto.submit(f"/comments/{comment}/answer", state="answered", text="Mine."),
        otto.submit("/inbox", ulid=[comment], state="answered", text="Mine."),
        otto.submit(f"/proposals/{SLUG}/close", result="Over."),
        otto.submit("/pages/new", title="Mine", redesign=_redesign(limited).ulid),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert all("Ask an owner (Mona Manager) to add you." in answer.text for answer in refused)
    assert "small-business" not in otto.get("/inbox").text
    assert limited.newest().number == 2
    mona = limited.client("Mona Manager")
    assert f"/comments/{comment}/answer" in mona.get(f"/proposals/{SLUG}").text
    assert "small-business" in mona.get("/inbox").text
    assert limited.client("Ada Admin").get(f"/proposals/{SLUG}/edit").status_code == 200


def share(townhall: Townhall, *names: str, revision: int, who: str = "Mona Manager") -> None:
    draft = {"title": "Later", "markdown": "Later.", "base": "2", "note": "", "editor_id": "x", "revision": revision}
    shared = {"share": [townhall.person(name).ulid for name in names]}
    assert townhall.client(who).submit(f"/proposals/{SLUG}/edit/share", **draft, **shared).status_code == 303


def test_an_owner_can_be_added_and_co_authors_edit_their_draft_only(limited: Townhall) -> None:
    otto, mona = limited.client("Otto Other"), limited.client("Mona Manager")
    share(limited, "Otto Other", revision=0)
    assert otto.get(f"/proposals/{SLUG}/edit").status_code == 200
    for path in ("stages", "audience", "settings"):
        assert otto.get(f"/proposals/{SLUG}/{path}").status_code == 403, path
    assert otto.submit(f"/proposals/{SLUG}/edit/publish", **limited.swapped()).status_code == 403
    share(limited, revision=1)
    assert otto.get(f"/proposals/{SLUG}/edit").status_code == 403
    assert mona.submit(AUDIENCE, people="Maya Rep", owners="Mona Manager\notto@example.com").status_code == 303
    assert otto.get(f"/proposals/{SLUG}/stages").status_code == 200
    form = otto.get(AUDIENCE).text
    assert "Mona Manager\nOtto Other" in form
    with limited.database.reading() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "audience changed")).all()
    assert entries[-1].values["what"] == "for Maya Rep; owners: Mona Manager, Otto Other"


def test_the_starter_of_a_proposal_owns_it(townhall: Townhall) -> None:
    townhall.client("Mona Manager").submit("/proposals/new", title="Another", audience="", year="")
    with townhall.database.reading() as session:
        proposal = session.exec(select(Proposal).where(Proposal.title == "Another")).one()
        owners = document_queries.owners_of(session, proposal.redesign_id)
    assert [person.name for person in owners] == ["Mona Manager"]


def _redesign(townhall: Townhall) -> Redesign:
    with townhall.database.reading() as session:
        return session.exec(select(Redesign)).one()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"people": "Nobody Known"}, "No one is called “Nobody Known”."),
        ({"owners": "Dana Rep"}, "Dana Rep is not an active manager."),
        ({"people": "Dana Rep", "level:Associate 1": "yes", "region:Moon": "yes"}, "No rep has the region “Moon”."),
    ],
)
def test_a_wrong_audience_is_refused_and_keeps_what_was_entered(
    townhall: Townhall, fields: dict[str, str], sentence: str
) -> None:
    answer = townhall.client("Mona Manager").submit(AUDIENCE, **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(text in answer.text for name, text in fields.items() if name in {"people", "owners"})
    assert _redesign(townhall).is_for_everyone


def test_an_audience_without_anyone_is_refused(townhall: Townhall) -> None:
    fields = {"people": "Sam Success", "level:Associate 1": "yes"}
    answer = townhall.client("Mona Manager").submit(AUDIENCE, **fields)
    assert answer.status_code == 422
    assert "No one matches all of these." in answer.text


def test_levels_decide_who_reads(townhall: Townhall) -> None:
    assert townhall.client("Mona Manager").submit(AUDIENCE, **{"level:Associate 1": "yes"}).status_code == 303
    assert townhall.client("Dana Rep").get(f"/proposals/{SLUG}").status_code == 200
    assert townhall.client("Sam Success").get(f"/proposals/{SLUG}").status_code == 404
    with townhall.database.writing() as session:
        dana = session.merge(townhall.person("Dana Rep"))
        people_service.set_level(session, dana, "Associate 2", date(2026, 1, 1))
        session.commit()
    assert townhall.client("Dana Rep").get(f"/proposals/{SLUG}").status_code == 404


def publish_another(townhall: Townhall) -> str:
    """Publish a second proposal and return its slug."""
    mona, newest = townhall.client("Mona Manager"), townhall.newest()
    editor = mona.submit("/proposals/new", title="Another plan", audience="", year="").headers["location"]
    fields = {"title": "Another plan", "markdown": newest.markdown, "base": 0, "revision": 0, "note": ""}
    assert mona.submit(f"{editor}/publish", **fields).status_code == 303
    return str(editor.split("/")[2])


def test_several_redesigns_are_followed_at_once(townhall: Townhall) -> None:
    another = publish_another(townhall)
    maya = townhall.client("Maya Rep")
    home = maya.get("/").text
    assert "“Another plan” has been published" in home
    pay = maya.get("/me/pay").text
    assert f'href="/proposals/{SLUG}?pay=1"' in pay
    maya.submit(f"/proposals/{another}/v/1/read")
    for key in "ab":
        maya.submit(f"/proposals/{another}/candidates/{key}/pulse", version="1", choice="yes")
    assert "Version 2 of “Pay for customers who stay” has been published." in maya.get("/").text
    today = now().date()
    days = {"feedback_until": str(today - timedelta(days=1)), "vote_from": str(today), "vote_until": str(today)}
    townhall.client("Mona Manager").submit(f"/proposals/{SLUG}/stages", **days)
    assert f'href="/proposals/{another}?pay=1"' in maya.get("/me/pay").text
    assert maya.get("/proposals").text.index(f"/proposals/{SLUG}") < maya.get("/proposals").text.index(another)


def test_sharing_by_someone_who_is_no_owner_gives_no_rights(townhall: Townhall) -> None:
    share(townhall, "Mona Manager", revision=0, who="Otto Other")
    assert townhall.client("Ada Admin").submit(AUDIENCE, owners="Ada Admin").status_code == 303
    for name in ("Mona Manager", "Otto Other"):
        assert townhall.client(name).get(f"/proposals/{SLUG}/edit").status_code == 403, name


def test_an_owner_who_left_locks_no_one_out(limited: Townhall) -> None:
    with limited.database.writing() as session:
        mona = session.merge(limited.person("Mona Manager"))
        mona.active = False
        session.add(mona)
        session.commit()
    assert limited.client("Otto Other").get(f"/proposals/{SLUG}/stages").status_code == 200


def test_an_owner_does_not_remove_themselves_unawares(limited: Townhall) -> None:
    answer = limited.client("Mona Manager").submit(AUDIENCE, people="Maya Rep", owners="Otto Other")
    assert answer.status_code == 422
    assert "You would no longer be an owner." in answer.text
    assert limited.client("Ada Admin").submit(AUDIENCE, people="Maya Rep", owners="Otto Other").status_code == 303


def test_who_leaves_the_audience_loses_notices_and_unsent_mail(townhall: Townhall) -> None:
    townhall.client("Mona Manager").submit(AUDIENCE, **{"level:Associate 1": "yes"})
    assert "Pay for customers who stay" in townhall.client("Dana Rep").get("/notices").text
    with townhall.database.writing() as session:
        people_service.set_level(session, session.merge(townhall.person("Dana Rep")), "Associate 2", date(2026, 1, 1))
        session.commit()
    assert keep_audiences(townhall.database) is False
    assert "Pay for customers who stay" not in townhall.client("Dana Rep").get("/notices").text
    assert "Pay for customers who stay" in townhall.client("Maya Rep").get("/notices").text


def test_notices_of_other_documents_and_of_former_addresses(townhall: Townhall) -> None:
    dana = townhall.person("Dana Rep").id
    with townhall.database.writing() as session:
        for number, url in enumerate((f"/proposals/{SLUG}-2027/v/1", f"/proposals/{SLUG}/v/2")):
            values = {"title": f"Number {number}", "number": "1", "words": ""}
            notify(session, Notification("version", f"planted {number}", url, values), [dana])
        session.commit()
    mona = townhall.client("Mona Manager")
    assert mona.submit(f"/proposals/{SLUG}/settings", slug="moved-plan").status_code == 303
    assert mona.submit("/proposals/moved-plan/audience", people="Maya Rep").status_code == 303
    page = townhall.client("Dana Rep").get("/notices").text
    assert "Number 0" in page
    assert "Number 1" not in page


def test_saving_before_the_first_version_leads_to_the_editor(townhall: Townhall) -> None:
    mona = townhall.client("Mona Manager")
    editor = mona.submit("/proposals/new", title="Unpublished", audience="", year="").headers["location"]
    saved = mona.submit(
        editor.replace("/edit", "/audience"), owners="Mona Manager", people="Maya Rep <maya@example.com>,"
    )
    assert saved.headers["location"] == editor
    assert mona.submit(editor.replace("/edit", "/stages")).headers["location"] == editor
    assert townhall.client("Otto Other").get(editor).status_code == 404


def test_the_review_counts_whom_it_notifies(limited: Townhall) -> None:
    share(limited, revision=0)
    review = flat(limited.client("Mona Manager").get(f"/proposals/{SLUG}/edit/review").text)
    assert "1 person" in review


def test_a_mention_of_someone_outside_is_not_highlighted(limited: Townhall) -> None:
    comment = limited.client("Maya Rep").submit(
        f"/proposals/{SLUG}/comments", version="2", text="@Dana Rep and @Mona Manager"
    )
    page = limited.client("Maya Rep").get(comment.headers["location"]).text
    assert '@Dana Rep and <strong class="mention">@Mona Manager</strong>' in page
