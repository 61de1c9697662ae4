"""A bundle read: a zip taken apart within every limit, its JSON checked, its versions prepared; nothing is written."""

import io
import lzma
import time
import zipfile
import zlib
from dataclasses import dataclass

from pydantic import ValidationError

from server.archives.format import DESCRIPTION, MAX_VERSIONS, Archive
from server.comp.language.diagnostics import PlanError
from server.comp.load import read_plan
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
"""What reading a zip raises that is cut short, altered, encrypted, or packed in a way that nobody uses."""


@dataclass(frozen=True, slots=True)
class ParsedArchive:
    """A bundle fit to be taken in."""

    archive: Archive
    manuscripts: list[PreparedVersion]
    html: dict[str, str]


def read_archive(content: bytes) -> ParsedArchive:
    """Read a bundle; raises InvalidError that says what is wrong with which of its files."""
    if len(content) > MAX_BYTES:
        raise InvalidError(message("The file is larger than {most} MB.", most=MAX_BYTES // 1024**2))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > MAX_FILES:
                raise InvalidError(message("The file holds more than {most} files.", most=MAX_FILES))
            bundle = _description(_read(archive, DESCRIPTION, MAX_JSON))
            _check_plans(bundle)
            return ParsedArchive(bundle, _manuscripts(archive, bundle), _html(bundle))
    except DAMAGED:
        raise InvalidError(
            message("This is not a zip that Townhall wrote, or it is damaged. Export it again.")
        ) from None


def _read(archive: zipfile.ZipFile, name: str, most: int) -> str:
    """Read a file of the zip, never more of it than it may have, whatever the zip says about it."""
    try:
        with archive.open(name) as file:
            content = file.read(most + 1)
    except KeyError:
        raise InvalidError(message("{file} is missing in this zip.", file=name)) from None
    if len(content) > most:
        raise InvalidError(message("{file} is longer than it may be.", file=name))
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InvalidError(message("{file} is not text in UTF-8.", file=name)) from None


def _description(text: str) -> Archive:
    try:
        bundle = Archive.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidError(
            message("{file} cannot be read: {place}: {fault}", file=DESCRIPTION, place=place, fault=first["msg"])
        ) from None
    _check(bundle)
    return bundle


def _check(bundle: Archive) -> None:
    """Let everything that names something name something that is there."""
    known = {person.id for person in bundle.people}
    named = {version.author for version in bundle.versions} | {
        comment.author for comment in bundle.comments if comment.author
    }
    named |= {comment.answered_by for comment in bundle.comments if comment.answered_by}
    named |= {variant.author for variant in bundle.variants if variant.author}
    if missing := sorted(named - known):
        raise InvalidError(message("{file} names {id} and does not say who that is.", file=DESCRIPTION, id=missing[0]))
    if [version.number for version in bundle.versions] != list(range(1, len(bundle.versions) + 1)):
        raise InvalidError(message("The versions in {file} are not numbered from 1.", file=DESCRIPTION))
    if [variant.number for variant in bundle.variants] != list(range(1, len(bundle.variants) + 1)):
        raise InvalidError(message("The variants in {file} are not numbered from 1.", file=DESCRIPTION))
    if len(known) < len(bundle.people) or len({one.id for one in bundle.comments}) < len(bundle.comments):
        raise InvalidError(message("Something stands twice in {file}.", file=DESCRIPTION))
    _check_comments(bundle)


def _check_comments(bundle: Archive) -> None:
    roots: set[str] = set()
    numbers = {f"variant {variant.number}" for variant in bundle.variants}
    for comment in bundle.comments:
        is_fit = comment.version <= len(bundle.versions) and (comment.parent is None or comment.parent in roots)
        if not is_fit or (comment.about.startswith("variant") and comment.about not in numbers):
            raise InvalidError(message("The comment {id} in {file} hangs on nothing.", id=comment.id, file=DESCRIPTION))
        if comment.parent is None:
            roots.add(comment.id)


def _check_plans(bundle: Archive) -> None:
    for variant in bundle.variants:
        try:
            variant.withdrawn or read_plan(variant.text)
        except PlanError as error:
            raise InvalidError(
                message("The plan of variant {number} cannot be read: {fault}", number=variant.number, fault=str(error))
            ) from None


def _manuscripts(archive: zipfile.ZipFile, bundle: Archive) -> list[PreparedVersion]:
    found: list[PreparedVersion] = []
    before: BaseVersion | None = None
    until = time.monotonic() + MAX_SECONDS
    for version in bundle.versions:
        if time.monotonic() > until:
            raise InvalidError(message("Comparing its versions takes longer than {most} seconds.", most=MAX_SECONDS))
        markdown = _read(archive, version.file, 4 * MAX_PAGE)
        text = SubmittedText(version.title, markdown, version.note, version.number - 1, 0)
        try:
            manuscript = prepare(text, before, bundle.kind)
        except InvalidError as error:
            raise InvalidError(message("{file}: {fault}", file=version.file, fault=error.sentence)) from None
        found.append(manuscript)
        before = BaseVersion(markdown, manuscript.origins)
    return found


def _html(bundle: Archive) -> dict[str, str]:
    return {comment.id: render_comment(comment.text) if comment.text else "" for comment in bundle.comments}
