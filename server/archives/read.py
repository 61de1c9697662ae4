"""Reads an archive: unpacks the zip within limits, checks its JSON and prepares its versions."""

import io
import lzma
import time
import zipfile
import zlib
from dataclasses import dataclass

from pydantic import ValidationError

from server.archives.format import DESCRIPTION, MAX_VERSIONS, Archive
from server.comp import PlanError, read_plan
from server.documents.service import BaseVersion, PreparedVersion, SubmittedText, prepare
from server.errors import InvalidError
from server.messages import message
from server.text.markdown import MAX_PAGE, render_comment

MAX_BYTES = 50 * 1024**2
MAX_JSON = 100 * 1024**2
MAX_FILES = 20 * MAX_VERSIONS
MAX_SECONDS = 60
DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    zlib.error,
    lzma.LZMAError,
)
"""The errors of a zip that is truncated, altered, encrypted, or compressed with an unsupported method."""


@dataclass(frozen=True, slots=True)
class ParsedArchive:
    """A valid archive, with its prepared versions, and the HTML of its comments by public id."""

    archive: Archive
    versions: list[PreparedVersion]
    html: dict[str, str]


def read_archive(content: bytes) -> ParsedArchive:
    """Read an archive; raises InvalidError that names the file and what is wrong with it."""
    if len(content) > MAX_BYTES:
        raise InvalidError(message("The file is larger than {most} MB.", most=MAX_BYTES // 1024**2))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as zip_file:
            if len(zip_file.infolist()) > MAX_FILES:
                raise InvalidError(message("The archive contains more than {most} files.", most=MAX_FILES))
            archive = _parse_json(_read_text(zip_file, DESCRIPTION, MAX_JSON))
            _check_plans(archive)
            return ParsedArchive(archive, _prepare_versions(zip_file, archive), _comment_html(archive))
    except DAMAGED:
        fault = message("This file is not a Townhall archive, or it is damaged. Export it again.")
        raise InvalidError(fault) from None


def _read_text(zip_file: zipfile.ZipFile, name: str, max_bytes: int) -> str:
    """Return the text of a file; reads no more than `max_bytes`, whatever size the zip states."""
    try:
        with zip_file.open(name) as file:
            content = file.read(max_bytes + 1)
    except KeyError:
        raise InvalidError(message("{file} is missing from this archive.", file=name)) from None
    if len(content) > max_bytes:
        raise InvalidError(message("{file} is too large.", file=name))
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidError(message("{file} is not UTF-8 text.", file=name)) from None


def _parse_json(text: str) -> Archive:
    try:
        archive = Archive.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        location = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidError(
            message(
                "{file} cannot be read: {location}: {fault}",
                file=DESCRIPTION,
                location=location,
                fault=first["msg"],
            )
        ) from None
    _check_references(archive)
    return archive


def _check_references(archive: Archive) -> None:
    """Check that all references in an archive exist and that nothing is in it twice."""
    known = {person.id for person in archive.people}
    referenced = {version.author for version in archive.versions}
    referenced |= {comment.author for comment in archive.comments if comment.author}
    referenced |= {comment.answered_by for comment in archive.comments if comment.answered_by}
    referenced |= {variant.author for variant in archive.variants if variant.author}
    if missing := sorted(referenced - known):
        fault = message("{file} refers to an unknown person {id}.", file=DESCRIPTION, id=missing[0])
        raise InvalidError(fault)
    if [version.number for version in archive.versions] != list(range(1, len(archive.versions) + 1)):
        raise InvalidError(message("The versions in {file} are not numbered from 1.", file=DESCRIPTION))
    if [variant.number for variant in archive.variants] != list(range(1, len(archive.variants) + 1)):
        raise InvalidError(message("The variants in {file} are not numbered from 1.", file=DESCRIPTION))
    comment_ids = {comment.id for comment in archive.comments}
    if len(known) < len(archive.people) or len(comment_ids) < len(archive.comments):
        raise InvalidError(message("{file} contains a person or comment twice.", file=DESCRIPTION))
    _check_comments(archive)


def _check_comments(archive: Archive) -> None:
    root_ids: set[str] = set()
    variant_names = {f"variant {variant.number}" for variant in archive.variants}
    for comment in archive.comments:
        has_version = comment.version <= len(archive.versions)
        has_parent = comment.parent is None or comment.parent in root_ids
        has_variant = not comment.about.startswith("variant") or comment.about in variant_names
        if not (has_version and has_parent and has_variant):
            raise InvalidError(
                message(
                    "Comment {id} in {file} refers to a missing comment, version or variant.",
                    id=comment.id,
                    file=DESCRIPTION,
                )
            )
        if comment.parent is None:
            root_ids.add(comment.id)


def _check_plans(archive: Archive) -> None:
    for variant in archive.variants:
        try:
            variant.withdrawn or read_plan(variant.text)
        except PlanError as error:
            raise InvalidError(
                message(
                    "The plan of variant {number} cannot be read: {fault}",
                    number=variant.number,
                    fault=str(error),
                )
            ) from None


def _prepare_versions(zip_file: zipfile.ZipFile, archive: Archive) -> list[PreparedVersion]:
    prepared: list[PreparedVersion] = []
    base: BaseVersion | None = None
    deadline = time.monotonic() + MAX_SECONDS
    for version in archive.versions:
        if time.monotonic() > deadline:
            fault = message("Comparing the versions takes longer than {most} seconds.", most=MAX_SECONDS)
            raise InvalidError(fault)
        markdown = _read_text(zip_file, version.file, 4 * MAX_PAGE)
        text = SubmittedText(
            version.title, markdown, version.note, version.number - 1, 0, wording_only=version.wording_only
        )
        try:
            prepared_version = prepare(text, base, archive.kind)
        except InvalidError as error:
            raise InvalidError(message("{file}: {fault}", file=version.file, fault=error.sentence)) from None
        prepared.append(prepared_version)
        base = BaseVersion(markdown, prepared_version.origins)
    return prepared


def _comment_html(archive: Archive) -> dict[str, str]:
    return {comment.id: render_comment(comment.text) if comment.text else "" for comment in archive.comments}
