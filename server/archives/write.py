"""A bundle written: one zip with markdown, plans, JSON and HTML; the same content gives the same bytes."""

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
from server.discussion.models import Comment
from server.documents.models import DocumentKind, Redesign, Variant, Version
from server.documents.service import ParsedText, parse_text
from server.people.models import Person
from server.text.rendered import join_blocks, load_parts

Render = Callable[[str, Mapping[str, Any]], str]
"""Renders a template."""
_MOMENT = (1980, 1, 1, 0, 0, 0)
_DAYS = ("drafted_on", "feedback_until", "vote_from", "vote_until", "decided_on", "in_force_on")


def describe(whole: DocumentData) -> Archive:
    """Return what stands in the bundle's JSON."""
    names = _Names(whole)
    return Archive(
        format=FORMAT,
        kind=DocumentKind(whole.proposal.kind),
        slug=whole.proposal.slug,
        redesign=_redesign(whole.redesign),
        people=[_person(person) for person in whole.people.values()],
        versions=[names.version(version) for version in whole.versions],
        variants=[names.variant(number, variant) for number, variant in enumerate(whole.variants, 1)],
        comments=[names.comment(comment) for comment in whole.comments],
    )


def _redesign(found: Redesign) -> ArchivedRedesign:
    days = {name: getattr(found, name) for name in _DAYS}
    return ArchivedRedesign(
        id=found.ulid,
        title=found.title,
        audience=found.audience,
        year=found.year,
        allow_anonymous=found.allow_anonymous,
        vote_override_reason=found.vote_override_reason,
        **days,
    )


def _person(person: Person) -> ArchivedPerson:
    return ArchivedPerson(id=person.ulid, name=person.name, role=person.role, title=person.title)


class _Names:
    """Says everything by names that mean the same in another database."""

    def __init__(self, whole: DocumentData) -> None:
        self._people = {key: person.ulid for key, person in whole.people.items()}
        self._comments = {comment.id: comment.ulid for comment in whole.comments}
        self._about = whole.about

    def version(self, version: Version) -> ArchivedVersion:
        return ArchivedVersion(
            number=version.number,
            title=version.title,
            note=version.note,
            author=self._people[version.author_id],
            published_at=version.published_at,
            file=f"versions/v{version.number}.md",
        )

    def variant(self, number: int, variant: Variant) -> ArchivedVariant:
        gone = variant.withdrawn
        author = None if gone or variant.author_id is None else self._people[variant.author_id]
        return ArchivedVariant(
            number=number,
            withdrawn=gone,
            version=variant.version,
            base=self._about(variant.base_key),
            author=author,
            text="" if gone else variant.text,
            reason="" if gone else variant.reason,
            published_on=variant.published_on,
            promoted_in=variant.promoted_in,
        )

    def _author(self, comment: Comment) -> str | None:
        return None if comment.author_id is None or comment.hidden_at else self._people[comment.author_id]

    def comment(self, comment: Comment) -> ArchivedComment:
        """Return a comment; of a hidden one only its place is left, as of one that was taken back."""
        answered_by = None if comment.answered_by is None else self._people[comment.answered_by]
        is_there = comment.hidden_at is None
        return ArchivedComment(
            id=comment.ulid,
            parent=self._comments.get(comment.parent_id),
            version=comment.version,
            about=self._about(comment.candidate),
            author=self._author(comment),
            pay_impact=comment.pay_impact if is_there else "",
            kind=comment.kind,
            goal=comment.goal,
            block=comment.block,
            start=comment.start,
            quote=comment.quote if is_there else "",
            term=comment.term,
            suggestion=comment.suggestion if is_there else None,
            hides_name=comment.hides_name,
            text=comment.markdown if is_there else "",
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
    """A version as its HTML file shows it."""

    version: Version
    author: str
    reading: ParsedText

    @property
    def parts(self) -> list[Any]:
        """HTML, and the places of the plans."""
        return [part if isinstance(part, int) else Markup(part) for part in join_blocks(load_parts(self.version.parts))]  # noqa: S704 - cleaned


def write_archive(whole: DocumentData, render: Render) -> bytes:
    """Return the bundle."""
    files = {"README.txt": render("archives/README.txt", {"whole": whole})}
    files[DESCRIPTION] = describe(whole).model_dump_json(indent=1) + "\n"
    for version in whole.versions:
        name, reading = f"versions/v{version.number}", parse_text(version.markdown, DocumentKind(whole.proposal.kind))
        shown = RenderedVersion(version, whole.people[version.author_id].name, reading)
        files[f"{name}.md"] = version.markdown
        files[f"{name}.html"] = render("archives/version.html", {"whole": whole, "shown": shown})
        for letter, block in zip("abcdef", reading.page.plans, strict=False):
            files[f"{name}-candidate-{letter}.yaml"] = block.text.rstrip("\n") + "\n"
    for number, variant in enumerate(whole.variants, 1):
        if not variant.withdrawn:
            files[f"variants/variant-{number}.yaml"] = variant.text
    files["discussion.html"] = render("archives/discussion.html", {"whole": whole, "threads": _threads(whole)})
    return _zipped(files)


def _threads(whole: DocumentData) -> list[tuple[Comment, list[Comment]]]:
    replies: dict[int | None, list[Comment]] = {}
    for comment in whole.comments:
        replies.setdefault(comment.parent_id, []).append(comment)
    return [(root, replies.get(root.id, [])) for root in replies.get(None, [])]


def _zipped(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text.encode())
    return buffer.getvalue()
