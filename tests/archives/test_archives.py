"""Archives: exported and imported without loss, into this database or another; invalid archives are explained."""

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
from tests.conftest import Townhall
from tests.databases import settings_for


@pytest.fixture
def other_house(tmp_path: Path) -> Iterator[Townhall]:
    """Another Townhall whose only person is its admin."""
    settings = settings_for(f"sqlite:///{tmp_path / 'other.db'}")
    app = create_app(settings)
    upgrade(app.state.engine)
    with app.state.database.writing() as session:
        session.add(Person(name="Ada Admin", role=Role.admin))
        session.commit()
    yield Townhall(app, app.state.database, "sqlite")
    app.state.engine.dispose()


def export(townhall: Townhall, name: str = "Maya Rep", address: str = f"/proposals/{SLUG}") -> bytes:
    response = townhall.client(name).get(f"{address}/export.zip")
    assert response.status_code == 200
    return bytes(response.content)


def files_of(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def zip_of(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def import_zip(townhall: Townhall, content: bytes) -> ImportResult:
    with townhall.database.writing() as session:
        admin = session.exec(select(Person).where(Person.name == "Ada Admin")).one()
        result = import_archive(session, read_archive(content), admin.id)
        session.commit()
    return result


def describe(townhall: Townhall, slug: str, kind: DocumentKind = DocumentKind.proposal) -> dict[str, Any]:
    with townhall.database.reading() as session:
        proposal = document_queries.by_slug(session, slug, kind)
        assert proposal
        return build_archive(load_document(session, proposal)).model_dump(mode="json")


def versions_of(session: Session, slug: str) -> list[tuple[object, ...]]:
    statement = select(Version).join(Proposal).where(Proposal.slug == slug).order_by(Version.number)
    return [
        (v.markdown, v.parts, v.goals, v.origins, v.changes, v.material, v.published_at)
        for v in session.exec(statement)
    ]


def fill_discussion(townhall: Townhall) -> None:
    """Add comments in every state to the discussion."""
    maya, mona, dana = (townhall.client(name) for name in ("Maya Rep", "Mona Manager", "Dana Rep"))
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


def test_an_imported_copy_equals_the_original(townhall: Townhall) -> None:
    fill_discussion(townhall)
    before, content = describe(townhall, SLUG), export(townhall)
    result = import_zip(townhall, content)
    assert result.proposal.slug == f"{SLUG}-2"
    assert result.unknown_people == []
    after = describe(townhall, f"{SLUG}-2")
    forget_ids(before), forget_ids(after)
    assert after == {**before, "slug": f"{SLUG}-2"}
    with townhall.database.reading() as session:
        assert versions_of(session, f"{SLUG}-2") == versions_of(session, SLUG)
        old, new = (document_queries.by_slug(session, slug) for slug in (SLUG, f"{SLUG}-2"))
        assert old
        assert new
        assert (new.comments, new.answered, new.accepted) == (old.comments, old.answered, old.accepted)


def forget_ids(archive: dict[str, Any]) -> None:
    """Number the comments by order: those of an imported copy have new ids."""
    ids = {comment["id"]: number for number, comment in enumerate(archive["comments"])}
    for comment in archive["comments"]:
        comment["id"], comment["parent"] = ids[comment["id"]], ids.get(comment["parent"])


def test_an_export_from_another_database_has_the_same_bytes(townhall: Townhall, other_house: Townhall) -> None:
    fill_discussion(townhall)
    content = export(townhall)
    result = import_zip(other_house, content)
    assert result.proposal.slug == SLUG
    assert sorted(result.unknown_people) == ["Dana Rep", "Maya Rep", "Mona Manager"]
    assert files_of(export(other_house, "Ada Admin")) == files_of(content)
    assert export(other_house, "Ada Admin") == content
    shown = other_house.client("Ada Admin").get(f"/proposals/{SLUG}").text
    assert "And the small-business list?" in shown
    assert "Imported from a file" in other_house.client("Ada Admin").get(f"/proposals/{SLUG}/history").text
    assert "comments" in other_house.client("Ada Admin").get("/search?q=small-business").text


def test_a_page_is_exported_and_imported(townhall: Townhall) -> None:
    content = export(townhall, address=f"/pages/{PAGE}")
    assert import_zip(townhall, content).proposal.url == f"/pages/{PAGE}-2"
    before, after = describe(townhall, PAGE, DocumentKind.page), describe(townhall, f"{PAGE}-2", DocumentKind.page)
    assert {**after, "slug": PAGE} == before


def test_the_zip_can_be_read_without_townhall(townhall: Townhall) -> None:
    fill_discussion(townhall)
    files = files_of(export(townhall))
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


def test_an_archive_contains_nothing_personal(townhall: Townhall) -> None:
    fill_discussion(townhall)
    dana = townhall.client("Dana Rep")
    everything = "".join(files_of(export(townhall, "Eve Executive")).values())
    for word in ("@example.com", "with_changes", "owner", "123,456", "12345678", "Thought 0"):
        assert word not in everything, word
    anonymous = VARIANT.replace("Steeper", "Nameless").replace("$56,000", "$57,000")
    fields = {"text": anonymous, "seen": "", "base": "a", "reason": "Because.", "anonymous": "yes"}
    response = dana.submit(f"/proposals/{SLUG}/variants", **fields)
    assert response.status_code == 303, response.text
    variant = json.loads(files_of(export(townhall))[DESCRIPTION])["variants"][-1]
    assert variant["author"] is None
    assert "Nameless" in variant["text"]


def test_anchors_and_suggestions_of_comments_are_imported(townhall: Townhall) -> None:
    maya = townhall.client("Maya Rep")
    path = f"/proposals/{SLUG}/comments"
    for fields in (
        {"text": "On words", "block": 1, "quote": "they leave"},
        {"text": "On a term", "candidate": "a", "term": "release"},
        {"text": "Otherwise", "block": 1, "is_suggestion": "yes", "suggestion": "Because some leave."},
    ):
        assert maya.submit(path, version=2, **fields).status_code == 303
    before = describe(townhall, SLUG)
    result = import_zip(townhall, export(townhall))
    after = describe(townhall, result.proposal.slug)
    forget_ids(before), forget_ids(after)
    assert after["comments"] == before["comments"]
    shown = townhall.client("Dana Rep").get(f"/proposals/{result.proposal.slug}").text
    assert '<mark class="commented">they leave</mark>' in shown
    assert "<ins>some</ins>" in shown


def test_a_withdrawn_variant_keeps_only_its_number(townhall: Townhall) -> None:
    fill_discussion(townhall)
    townhall.client("Dana Rep").submit(f"/proposals/{SLUG}/variants/v1/withdraw")
    content = export(townhall)
    assert "Steeper" not in "".join(files_of(content).values())
    before = describe(townhall, SLUG)
    result = import_zip(townhall, content)
    after = describe(townhall, result.proposal.slug)
    forget_ids(before), forget_ids(after)
    assert after["variants"] == before["variants"]
    assert after["comments"] == before["comments"]


def test_only_an_admin_can_import_an_archive(townhall: Townhall) -> None:
    content = export(townhall)
    assert townhall.client("Mona Manager").get("/archives").status_code == 404
    admin = townhall.client("Ada Admin")
    request = {"data": {"csrf": admin.csrf}, "files": {"file": ("x.zip", content, "application/zip")}}
    shown = admin.post("/archives", **request)
    assert shown.status_code == 200
    assert f'href="/proposals/{SLUG}-2"' in shown.text
    assert "2 versions" in shown.text
    refused = admin.post("/archives", data={"csrf": admin.csrf}, files={"file": ("x.zip", b"PK", "application/zip")})
    assert refused.status_code == 422
    assert "not a Townhall archive" in refused.text
    assert townhall.client("Maya Rep").get(f"/proposals/{SLUG}-2/export.zip").status_code == 200
    draft = (
        townhall.client("Mona Manager")
        .submit("/proposals/new", title="Secret")
        .headers["location"]
        .removesuffix("/edit")
    )
    assert townhall.client("Mona Manager").get(f"{draft}/export.zip").status_code == 404


def change_json(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, str]], None]:
    def changed(files: dict[str, str]) -> None:
        archive = json.loads(files[DESCRIPTION])
        change(archive)
        files[DESCRIPTION] = json.dumps(archive)

    return changed


@pytest.mark.parametrize(
    ("change", "expected_text"),
    [
        (lambda files: files.pop(DESCRIPTION), "proposal.json is missing"),
        (lambda files: files.pop("versions/v1.md"), "versions/v1.md is missing"),
        (lambda files: files.update({"versions/v1.md": "x" * 500_000}), "versions/v1.md is too large"),
        (lambda files: files.update({"versions/v1.md": "x" * 200_000}), "longer than 100"),
        (lambda files: files.update({DESCRIPTION: "{"}), "proposal.json cannot be read"),
        (change_json(lambda archive: archive.update(format="other")), "format"),
        (change_json(lambda archive: archive.update(more=1)), "more"),
        (change_json(lambda archive: archive.update(versions=[])), "versions"),
        (change_json(lambda archive: archive["versions"].reverse()), "not numbered from 1"),
        (change_json(lambda archive: archive["versions"][0].update(file="../../etc/passwd")), "versions.0.file"),
        (change_json(lambda archive: archive["versions"][0].update(author="0" * 26)), "unknown person"),
        (change_json(lambda archive: archive["people"].pop(0)), "unknown person"),
        (
            change_json(lambda archive: archive["people"].append(archive["people"][0])),
            "contains a person or comment twice",
        ),
        (
            change_json(lambda archive: archive["comments"][0].update(parent=archive["comments"][0]["id"])),
            "missing comment, version or variant",
        ),
        (
            change_json(lambda archive: archive["comments"][0].update(about="variant 9")),
            "missing comment, version or variant",
        ),
        (change_json(lambda archive: archive["comments"][0].update(version=9)), "missing comment, version or variant"),
        (change_json(lambda archive: archive["comments"][0].update(state="shouted")), "comments.0.state"),
        (change_json(lambda archive: archive["comments"][0].update(pay_impact="up99")), "comments.0.pay_impact"),
        (
            change_json(lambda archive: archive["comments"][0].update(created_at="2026-10-10T10:00:00")),
            "comments.0.created_at",
        ),
        (
            change_json(lambda archive: archive["comments"][0].update(created_at="0001-01-01T00:00:00+14:00")),
            "comments.0.created_at",
        ),
        (
            change_json(lambda archive: archive["versions"][0].update(published_at="9999-12-31T23:59:59-14:00")),
            "versions.0.published_at",
        ),
        (change_json(lambda archive: archive["variants"][0].update(text="levels: [")), "plan of variant 1"),
        (lambda files: files.update({"versions/v2.md": "No plan."}), "versions/v2.md: The proposal has no candidate"),
    ],
)
def test_an_invalid_archive_is_explained_and_changes_nothing(
    townhall: Townhall, change: Callable[[dict[str, str]], None], expected_text: str
) -> None:
    files = files_of(export(townhall))
    change(files)
    with pytest.raises(Exception, match=re.escape(expected_text)):
        import_zip(townhall, zip_of(files))
    with townhall.database.reading() as session:
        assert document_queries.by_slug(session, f"{SLUG}-2") is None


def test_a_zip_bomb_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(DESCRIPTION, b" " * (MAX_JSON + 1))
    with pytest.raises(Exception, match="is too large"):
        read_archive(buffer.getvalue())


def test_a_copy_has_comments_of_its_own(townhall: Townhall) -> None:
    import_zip(townhall, export(townhall))
    with townhall.database.reading() as session:
        ulids = session.exec(select(Comment.ulid)).all()
    assert len(ulids) == len(set(ulids)) == 6


def test_a_damaged_zip_is_explained(townhall: Townhall) -> None:
    content = bytearray(export(townhall))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        start = archive.getinfo(DESCRIPTION).header_offset + 30 + len(DESCRIPTION)
    content[start + 20 : start + 60] = b"\xff" * 40
    with pytest.raises(Exception, match="not a Townhall archive, or it is damaged"):
        read_archive(bytes(content))


def test_an_import_never_creates_an_admin(townhall: Townhall) -> None:
    files = files_of(export(townhall))
    archive = json.loads(files[DESCRIPTION])
    for number, person in enumerate(archive["people"]):
        stranger = {"id": f"01STRANGER{number:016}".replace("I", "1"), "name": f"Stranger {number}", "role": "admin"}
        files[DESCRIPTION] = files[DESCRIPTION].replace(person["id"], stranger["id"])
        person.update(stranger)
    renamed = json.loads(files[DESCRIPTION]) | {"people": archive["people"]}
    result = import_zip(townhall, zip_of(files | {DESCRIPTION: json.dumps(renamed)}))
    assert len(result.unknown_people) == len(archive["people"])
    with townhall.database.reading() as session:
        roles = session.exec(select(Person.role, Person.active).where(Person.name == "Stranger 0")).one()
    assert tuple(roles) == ("manager", False)


def test_an_imported_copy_is_marked_and_can_be_archived(townhall: Townhall) -> None:
    copy = import_zip(townhall, export(townhall)).proposal.url
    mona, dana = townhall.client("Mona Manager"), townhall.client("Dana Rep")
    assert "imported from a file" in dana.get(copy).text
    assert f'href="{copy}"' in dana.get("/proposals").text
    assert mona.submit(f"{copy}/archive").status_code == 303
    assert f'href="{copy}"' not in dana.get("/proposals").text
    assert "was archived on" in dana.get(copy).text
    assert mona.submit(f"/proposals/{SLUG}/archive").status_code == 422
    assert "-2-v2.zip" in dana.get(f"{copy}/export.zip").headers["content-disposition"]
