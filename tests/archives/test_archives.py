"""A proposal leaves as a zip and comes back without loss, in this database or another one; bad zips say what is wrong."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from server.app import create_app
from server.archives.format import DESCRIPTION
from server.archives.queries import load_document
from server.archives.read import MAX_JSON, read_archive
from server.archives.service import ImportResult, import_archive
from server.archives.write import build_archive
from server.db.migrate import upgrade
from server.discussion.models import Comment
from server.documents import queries as document_queries
from server.documents.models import DocumentKind, Proposal, Version
from server.people.models import Person, Role
from tests.cast import PAGE, SLUG, VARIANT
from tests.conftest import House
from tests.databases import settings_for


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[House]:
    """Another Townhall, with nobody in it but its admin."""
    settings = settings_for(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    app = create_app(settings)
    upgrade(app.state.engine)
    with app.state.database.writing() as session:
        session.add(Person(name="Ada Admin", role=Role.admin))
        session.commit()
    yield House(app, app.state.database, "sqlite")
    app.state.engine.dispose()


def exported(house: House, name: str = "Maya Rep", address: str = f"/proposals/{SLUG}") -> bytes:
    answer = house.as_(name).get(f"{address}/export.zip")
    assert answer.status_code == 200
    return bytes(answer.content)


def files_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def zipped(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def taken(house: House, content: bytes) -> ImportResult:
    with house.database.writing() as session:
        admin = session.exec(select(Person).where(Person.name == "Ada Admin")).one()
        found = import_archive(session, read_archive(content), admin.id or 0)
        session.commit()
    return found


def described_at(house: House, slug: str, kind: DocumentKind = DocumentKind.proposal) -> dict[str, Any]:
    with house.database.reading() as session:
        found = document_queries.by_slug(session, slug, kind)
        assert found
        return build_archive(load_document(session, found)).model_dump(mode="json")


def versions_at(session: Session, slug: str) -> list[tuple[object, ...]]:
    statement = select(Version).join(Proposal).where(Proposal.slug == slug).order_by(Version.number)
    return [
        (v.markdown, v.parts, v.goals, v.origins, v.changes, v.material, v.published_at)
        for v in session.exec(statement)
    ]


def busy(house: House) -> None:
    """Let everything that a discussion can hold be there."""
    maya, mona, dana = (house.as_(name) for name in ("Maya Rep", "Mona Manager", "Dana Rep"))
    for number in range(3):
        maya.submit(
            f"/proposals/{SLUG}/comments", version=2, text=f"Thought {number} <b>&", candidate="v1" if number else ""
        )
    shown = maya.get(f"/proposals/{SLUG}").text
    ulids = list(dict.fromkeys(re.findall(r'id="thread-([^"]+)"', shown)))
    dana.submit(f"/comments/{ulids[0]}/replies", text="Of course")
    mona.submit(
        f"/comments/{ulids[0]}/answer", state="postponed", text="Later", postponed_until="2027-01-05", seen="open"
    )
    maya.submit(f"/comments/{ulids[1]}/edit", text="Thought better", revision=1)
    maya.submit(f"/comments/{ulids[2]}/delete")


def test_what_comes_back_is_what_left(house: House) -> None:
    busy(house)
    before, content = described_at(house, SLUG), exported(house)
    found = taken(house, content)
    assert found.proposal.slug == f"{SLUG}-2"
    assert found.unknown_people == []
    after = described_at(house, f"{SLUG}-2")
    forget_ids(before), forget_ids(after)
    assert after == {**before, "slug": f"{SLUG}-2"}
    with house.database.reading() as session:
        assert versions_at(session, f"{SLUG}-2") == versions_at(session, SLUG)
        old, new = (document_queries.by_slug(session, slug) for slug in (SLUG, f"{SLUG}-2"))
        assert old
        assert new
        assert (new.comments, new.answered, new.accepted) == (old.comments, old.answered, old.accepted)


def forget_ids(bundle: dict[str, Any]) -> None:
    """Name comments by their order: those of a copy beside the original have ids of their own."""
    ids = {comment["id"]: number for number, comment in enumerate(bundle["comments"])}
    for comment in bundle["comments"]:
        comment["id"], comment["parent"] = ids[comment["id"]], ids.get(comment["parent"])


def test_another_database_gives_the_same_bytes_back(house: House, elsewhere: House) -> None:
    busy(house)
    content = exported(house)
    other = elsewhere
    found = taken(other, content)
    assert found.proposal.slug == SLUG
    assert sorted(found.unknown_people) == ["Dana Rep", "Maya Rep", "Mona Manager"]
    assert files_of(exported(other, "Ada Admin")) == files_of(content)
    assert exported(other, "Ada Admin") == content
    shown = other.as_("Ada Admin").get(f"/proposals/{SLUG}").text
    assert "And the small-business list?" in shown
    assert "Imported from a file" in other.as_("Ada Admin").get(f"/proposals/{SLUG}/history").text
    assert "comments" in other.as_("Ada Admin").get("/search?q=small-business").text


def test_a_page_leaves_and_comes_back(house: House) -> None:
    content = exported(house, address=f"/pages/{PAGE}")
    assert taken(house, content).proposal.url == f"/pages/{PAGE}-2"
    before, after = described_at(house, PAGE, DocumentKind.page), described_at(house, f"{PAGE}-2", DocumentKind.page)
    assert {**after, "slug": PAGE} == before


def test_the_zip_can_be_read_without_townhall(house: House) -> None:
    busy(house)
    files = files_of(exported(house))
    assert sorted(files) == sorted(
        [
            "README.txt",
            "discussion.html",
            "proposal.json",
            "variants/variant-1.yaml",
            "versions/v1.md",
            "versions/v1.html",
            "versions/v1-candidate-a.yaml",
            "versions/v1-candidate-b.yaml",
            "versions/v2.md",
            "versions/v2.html",
            "versions/v2-candidate-a.yaml",
            "versions/v2-candidate-b.yaml",
        ]
    )
    assert "Half at the aha moment" in files["versions/v2.html"]
    assert "Thought 2 &lt;b&gt;&amp;" in files["discussion.html"]
    assert "on variant 1" in files["discussion.html"]
    assert "name: Steeper" in files["variants/variant-1.yaml"]
    assert "<script" not in "".join(files.values())


def test_nothing_personal_leaves(house: House) -> None:
    busy(house)
    dana = house.as_("Dana Rep")
    everything = "".join(files_of(exported(house, "Eve Executive")).values())
    for word in ("@example.com", "with_changes", "owner", "123,456", "12345678", "Thought 0"):
        assert word not in everything, word
    anonymous = VARIANT.replace("Steeper", "Nameless").replace("$56,000", "$57,000")
    fields = {"text": anonymous, "seen": "", "base": "a", "reason": "Because.", "anonymous": "yes"}
    answer = dana.submit(f"/proposals/{SLUG}/variants", **fields)
    assert answer.status_code == 303, answer.text
    found = json.loads(files_of(exported(house))[DESCRIPTION])["variants"][-1]
    assert found["author"] is None
    assert "Nameless" in found["text"]


def test_what_comments_stand_on_and_suggest_comes_back_and_is_placed(house: House) -> None:
    maya = house.as_("Maya Rep")
    path = f"/proposals/{SLUG}/comments"
    for fields in (
        {"text": "On words", "block": 1, "quote": "they leave"},
        {"text": "On a term", "candidate": "a", "term": "release"},
        {"text": "Otherwise", "block": 1, "is_suggestion": "yes", "suggestion": "Because some leave."},
    ):
        assert maya.submit(path, version=2, **fields).status_code == 303
    before = described_at(house, SLUG)
    found = taken(house, exported(house))
    after = described_at(house, found.proposal.slug)
    forget_ids(before), forget_ids(after)
    assert after["comments"] == before["comments"]
    shown = house.as_("Dana Rep").get(f"/proposals/{found.proposal.slug}").text
    assert '<mark class="commented">they leave</mark>' in shown
    assert "<ins>some</ins>" in shown


def test_a_withdrawn_variant_leaves_nothing_but_its_number(house: House) -> None:
    busy(house)
    house.as_("Dana Rep").submit(f"/proposals/{SLUG}/variants/v1/withdraw")
    content = exported(house)
    assert "Steeper" not in "".join(files_of(content).values())
    before = described_at(house, SLUG)
    found = taken(house, content)
    after = described_at(house, found.proposal.slug)
    forget_ids(before), forget_ids(after)
    assert after["variants"] == before["variants"]
    assert after["comments"] == before["comments"]


def test_only_an_admin_takes_in_and_sees_what_came(house: House) -> None:
    content = exported(house)
    assert house.as_("Mona Manager").get("/archives").status_code == 404
    admin = house.as_("Ada Admin")
    sent = {"data": {"csrf": admin.csrf}, "files": {"file": ("x.zip", content, "application/zip")}}
    shown = admin.post("/archives", **sent)
    assert shown.status_code == 200
    assert f'href="/proposals/{SLUG}-2"' in shown.text
    assert "2 versions" in shown.text
    refused = admin.post("/archives", data={"csrf": admin.csrf}, files={"file": ("x.zip", b"PK", "application/zip")})
    assert refused.status_code == 422
    assert "not a Townhall archive" in refused.text
    assert house.as_("Maya Rep").get(f"/proposals/{SLUG}-2/export.zip").status_code == 200
    draft = house.as_("Mona Manager").submit("/proposals/new", title="Secret").headers["location"].removesuffix("/edit")
    assert house.as_("Mona Manager").get(f"{draft}/export.zip").status_code == 404


def spoil(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, str]], None]:
    def spoiled(files: dict[str, str]) -> None:
        bundle = json.loads(files[DESCRIPTION])
        change(bundle)
        files[DESCRIPTION] = json.dumps(bundle)

    return spoiled


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda files: files.pop(DESCRIPTION), "proposal.json is missing"),
        (lambda files: files.pop("versions/v1.md"), "versions/v1.md is missing"),
        (lambda files: files.update({"versions/v1.md": "x" * 500_000}), "versions/v1.md is too large"),
        (lambda files: files.update({"versions/v1.md": "x" * 200_000}), "longer than 100"),
        (lambda files: files.update({DESCRIPTION: "{"}), "proposal.json cannot be read"),
        (spoil(lambda bundle: bundle.update(format="other")), "format"),
        (spoil(lambda bundle: bundle.update(more=1)), "more"),
        (spoil(lambda bundle: bundle.update(versions=[])), "versions"),
        (spoil(lambda bundle: bundle["versions"].reverse()), "not numbered from 1"),
        (spoil(lambda bundle: bundle["versions"][0].update(file="../../etc/passwd")), "versions.0.file"),
        (spoil(lambda bundle: bundle["versions"][0].update(author="0" * 26)), "unknown person"),
        (spoil(lambda bundle: bundle["people"].pop(0)), "unknown person"),
        (spoil(lambda bundle: bundle["people"].append(bundle["people"][0])), "contains a person or comment twice"),
        (
            spoil(lambda bundle: bundle["comments"][0].update(parent=bundle["comments"][0]["id"])),
            "missing comment, version or variant",
        ),
        (spoil(lambda bundle: bundle["comments"][0].update(about="variant 9")), "missing comment, version or variant"),
        (spoil(lambda bundle: bundle["comments"][0].update(version=9)), "missing comment, version or variant"),
        (spoil(lambda bundle: bundle["comments"][0].update(state="shouted")), "comments.0.state"),
        (spoil(lambda bundle: bundle["comments"][0].update(pay_impact="up99")), "comments.0.pay_impact"),
        (spoil(lambda bundle: bundle["comments"][0].update(created_at="2026-10-10T10:00:00")), "comments.0.created_at"),
        (
            spoil(lambda bundle: bundle["comments"][0].update(created_at="0001-01-01T00:00:00+14:00")),
            "comments.0.created_at",
        ),
        (
            spoil(lambda bundle: bundle["versions"][0].update(published_at="9999-12-31T23:59:59-14:00")),
            "versions.0.published_at",
        ),
        (spoil(lambda bundle: bundle["variants"][0].update(text="levels: [")), "plan of variant 1"),
        (lambda files: files.update({"versions/v2.md": "No plan."}), "versions/v2.md: The proposal has no candidate"),
    ],
)
def test_a_spoilt_zip_says_what_is_wrong_and_changes_nothing(
    house: House, change: Callable[[dict[str, str]], None], says: str
) -> None:
    files = files_of(exported(house))
    change(files)
    with pytest.raises(Exception, match=re.escape(says)):
        taken(house, zipped(files))
    with house.database.reading() as session:
        assert document_queries.by_slug(session, f"{SLUG}-2") is None


def test_a_bomb_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DESCRIPTION, b" " * (MAX_JSON + 1))
    with pytest.raises(Exception, match="is too large"):
        read_archive(buffer.getvalue())


def test_a_copy_has_comments_of_its_own(house: House) -> None:
    taken(house, exported(house))
    with house.database.reading() as session:
        ulids = session.exec(select(Comment.ulid)).all()
    assert len(ulids) == len(set(ulids)) == 6


def test_damaged_content_of_a_zip_is_said(house: House) -> None:
    content = bytearray(exported(house))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        start = archive.getinfo(DESCRIPTION).header_offset + 30 + len(DESCRIPTION)
    content[start + 20 : start + 60] = b"\xff" * 40
    with pytest.raises(Exception, match="not a Townhall archive, or it is damaged"):
        read_archive(bytes(content))


def test_no_file_makes_an_admin(house: House) -> None:
    files = files_of(exported(house))
    bundle = json.loads(files[DESCRIPTION])
    for number, person in enumerate(bundle["people"]):
        stranger = {"id": f"01STRANGER{number:016}".replace("I", "1"), "name": f"Stranger {number}", "role": "admin"}
        files[DESCRIPTION] = files[DESCRIPTION].replace(person["id"], stranger["id"])
        person.update(stranger)
    renamed = json.loads(files[DESCRIPTION]) | {"people": bundle["people"]}
    found = taken(house, zipped(files | {DESCRIPTION: json.dumps(renamed)}))
    assert len(found.unknown_people) == len(bundle["people"])
    with house.database.reading() as session:
        roles = session.exec(select(Person.role, Person.active).where(Person.name == "Stranger 0")).one()
    assert tuple(roles) == ("manager", False)


def test_a_copy_says_where_it_came_from_and_can_be_archived(house: House) -> None:
    copy = taken(house, exported(house)).proposal.url
    mona, dana = house.as_("Mona Manager"), house.as_("Dana Rep")
    assert "imported from a file" in dana.get(copy).text
    assert f'href="{copy}"' in dana.get("/proposals").text
    assert mona.submit(f"{copy}/archive").status_code == 303
    assert f'href="{copy}"' not in dana.get("/proposals").text
    assert "was archived on" in dana.get(copy).text
    assert mona.submit(f"/proposals/{SLUG}/archive").status_code == 422
    assert "-2-v2.zip" in dana.get(f"{copy}/export.zip").headers["content-disposition"]
