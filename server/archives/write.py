"""Writes an archive: one zip with markdown, plans, JSON and HTML; the same content gives the same bytes."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from server.archives.format import (
    DESCRIPTION,
    FORMAT,
    Archive,
    ArchivedComment,
    ArchivedPerson,
    ArchivedRedesign,
    ArchivedVariant,
    ArchivedVersion,
)
from server.archives.queries import DocumentData
from server.comp.analysis.own_quotas import OwnQuotas
from server.discussion.models import Comment
from server.documents.models import DocumentKind, Redesign, Variant, Version
from server.documents.service import ParsedText, parse_text
from server.people.models import Person
from server.text.rendered import join_blocks, load_parts

Render = Callable[[str, Mapping[str, Any]], str]
"""Renders a template."""
_FILE_TIME = (1980, 1, 1, 0, 0, 0)
"""The fixed time of all files, so that the bytes depend on the content only."""
_DATE_FIELDS = ("drafted_on", "feedback_until", "vote_from", "vote_until", "decided_on", "in_force_on")


def build_archive(document: DocumentData) -> Archive:
    """Return the content of the archive's JSON."""
    builder = _ArchiveBuilder(document)
    return Archive(
        format=FORMAT,
        kind=DocumentKind(document.proposal.kind),
        slug=document.proposal.slug,
        redesign=_redesign(document.redesign),
        people=[_person(person) for person in document.people.values()],
        versions=[builder.version(version) for version in document.versions],
        variants=[builder.variant(number, variant) for number, variant in enumerate(document.variants, 1)],
        comments=[builder.comment(comment) for comment in document.comments],
    )


def _redesign(redesign: Redesign) -> ArchivedRedesign:
    dates = {name: getattr(redesign, name) for name in _DATE_FIELDS}
    return ArchivedRedesign(
        id=redesign.ulid,
        title=redesign.title,
        audience=redesign.audience,
        year=redesign.year,
        is_limited=not redesign.is_for_everyone,
        allow_anonymous=redesign.allow_anonymous,
        vote_override_reason=redesign.vote_override_reason,
        own_quotas=OwnQuotas(redesign.own_quotas),
        **dates,
    )


def _person(person: Person) -> ArchivedPerson:
    return ArchivedPerson(id=person.ulid, name=person.name, role=person.role, title=person.title)


class _ArchiveBuilder:
    """Builds the parts of an archive, with public ids in place of the ids of this database."""

    def __init__(self, document: DocumentData) -> None:
        self._people = {person_id: person.ulid for person_id, person in document.people.items()}
        self._comments = {comment.id: comment.ulid for comment in document.comments}
        self._about = document.about

    def version(self, version: Version) -> ArchivedVersion:
        return ArchivedVersion(
            number=version.number,
            title=version.title,
            note=version.note,
            author=self._people[version.author_id],
            published_at=version.published_at,
            wording_only=version.wording_only,
            file=f"versions/v{version.number}.md",
        )

    def variant(self, number: int, variant: Variant) -> ArchivedVariant:
        withdrawn = variant.withdrawn
        author = None if withdrawn or variant.author_id is None else self._people[variant.author_id]
        return ArchivedVariant(
            number=number,
            withdrawn=withdrawn,
            version=variant.version,
            base=self._about(variant.base_key),
            author=author,
            text="" if withdrawn else variant.text,
            reason="" if withdrawn else variant.reason,
            published_on=variant.published_on,
            promoted_in=variant.promoted_in,
        )

    def _author(self, comment: Comment) -> str | None:
        return None if comment.author_id is None or comment.hidden_at else self._people[comment.author_id]

    def comment(self, comment: Comment) -> ArchivedComment:
        """Return a comment; a hidden one is exported like a deleted one, without its content."""
        answered_by = None if comment.answered_by is None else self._people[comment.answered_by]
        is_visible = comment.hidden_at is None
        return ArchivedComment(
            id=comment.ulid,
            parent=self._comments.get(comment.parent_id) if comment.parent_id else None,
            version=comment.version,
            about=self._about(comment.candidate),
            author=self._author(comment),
            pay_impact=comment.pay_impact if is_visible else "",
            kind=comment.kind,
            goal=comment.goal,
            block=comment.block,
            start=comment.start,
            quote=comment.quote if is_visible else "",
            term=comment.term,
            suggestion=comment.suggestion if is_visible else None,
            hides_name=comment.hides_name,
            text=comment.markdown if is_visible else "",
            state=comment.state,
            reason=comment.reason,
            postponed_until=comment.postponed_until,
            in_version=comment.in_version,
            in_block=comment.in_block,
            answered_by=answered_by,
            answered_at=comment.answered_at,
            created_at=comment.created_at,
            edited_at=comment.edited_at,
            deleted_at=comment.deleted_at or comment.hidden_at,
            revision=comment.revision,
        )


@dataclass(frozen=True, slots=True)
class RenderedVersion:
    """A version for its HTML file."""

    version: Version
    author: str
    parsed: ParsedText

    @property
    def parts(self) -> list[Any]:
        """HTML and, as integers, the indices of the plans, in reading order."""
        return [
            part if isinstance(part, int) else Markup(part)  # noqa: S704 - cleaned
            for part in join_blocks(load_parts(self.version.parts))
        ]


def write_archive(document: DocumentData, render: Render) -> bytes:
    """Return the bytes of an archive."""
    files = {"README.txt": render("archives/README.txt", {"document": document})}
    files[DESCRIPTION] = build_archive(document).model_dump_json(indent=1) + "\n"
    for version in document.versions:
        name = f"versions/v{version.number}"
        parsed = parse_text(version.markdown, DocumentKind(document.proposal.kind))
        rendered = RenderedVersion(version, document.people[version.author_id].name, parsed)
        files[f"{name}.md"] = version.markdown
        files[f"{name}.html"] = render("archives/version.html", {"document": document, "rendered": rendered})
        for letter, block in zip("abcdef", parsed.page.plans, strict=False):
            files[f"{name}-candidate-{letter}.yaml"] = block.text.rstrip("\n") + "\n"
    for number, variant in enumerate(document.variants, 1):
        if not variant.withdrawn:
            files[f"variants/variant-{number}.yaml"] = variant.text
    discussion = {"document": document, "threads": _threads(document)}
    files["discussion.html"] = render("archives/discussion.html", discussion)
    return _zip(files)


def _threads(document: DocumentData) -> list[tuple[Comment, list[Comment]]]:
    replies: dict[int | None, list[Comment]] = {}
    for comment in document.comments:
        replies.setdefault(comment.parent_id, []).append(comment)
    return [(root, replies.get(root.id, [])) for root in replies.get(None, [])]


def _zip(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _FILE_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            zip_file.writestr(entry, text.encode())
    return buffer.getvalue()
