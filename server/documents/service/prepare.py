"""Prepares a text for publishing: parses it, checks it, and compares it with its base version."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from server.comp import Diagnostic, Plan, PlanError, read_plan
from server.documents.models import DocumentKind, Version
from server.errors import InvalidError
from server.messages import Message, message
from server.text.blocks import Block, blocks_of
from server.text.diff.blame import blame
from server.text.diff.hunks import diff_blocks
from server.text.markdown import MAX_LINES, MAX_MARKUP, MAX_PAGE, is_dense
from server.text.parse import ParsedDocument, parse_document

MAX_CANDIDATES = 5
TOO_DENSE = message(
    "The text has more than {signs} markup characters or {lines} lines. Split it into several pages.",
    signs=MAX_MARKUP,
    lines=MAX_LINES,
)
MAX_TITLE, MAX_NOTE = 160, 500


@dataclass(frozen=True, slots=True)
class SubmittedText:
    """A text as an author sent it.

    `base` is the version and `revision` the save of the draft it is based on; `editor_id` is the browser
    window. `wording_only` is true if the author says that votes on the base still count.
    """

    title: str
    markdown: str
    note: str
    base: int
    revision: int
    editor_id: str = ""
    wording_only: bool = False


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A parsed document; a plan with errors is None, and `problems` have the lines of the document."""

    page: ParsedDocument
    plans: tuple[Plan | None, ...]
    problems: tuple[Diagnostic, ...]


def parse_text(markdown: str, kind: DocumentKind = DocumentKind.proposal) -> ParsedText:
    """Parse a text and its plans; the plans of a page are only shown, not read."""
    page = parse_document(markdown, with_plans=kind == DocumentKind.proposal)
    plans: list[Plan | None] = []
    problems: list[Diagnostic] = []
    for block in page.plans:
        try:
            plans.append(read_plan(block.text))
        except PlanError as error:
            plans.append(None)
            problems += [
                Diagnostic(block.first_line + problem.line - 1, problem.value, problem.rule, problem.suggestion)
                for problem in error.problems
            ]
    if is_dense(markdown):
        problems.append(Diagnostic(1, "", TOO_DENSE))
    if len(page.plans) > MAX_CANDIDATES:
        rule = message("A proposal has at most {most} candidates.", most=MAX_CANDIDATES)
        problems.append(Diagnostic(page.plans[MAX_CANDIDATES].first_line, "", rule))
    return ParsedText(page, tuple(plans), tuple(problems))


def checked_title(title: str) -> str:
    """Return a title without superfluous spaces; raises InvalidError if it is missing or too long."""
    clean_title = " ".join(title.split())
    if not clean_title:
        raise InvalidError(message("The title is missing. Enter one."))
    if len(clean_title) > MAX_TITLE:
        raise InvalidError(message("The title is longer than {most} characters. Shorten it.", most=MAX_TITLE))
    return clean_title


def checked(text: SubmittedText) -> SubmittedText:
    """Return a text with clean spaces in title and note; raises InvalidError if it is too long to store."""
    if len(text.markdown) > MAX_PAGE:
        raise InvalidError(message("The text is longer than {most} characters. Shorten it.", most=MAX_PAGE))
    if is_dense(text.markdown):
        raise InvalidError(TOO_DENSE)
    if len(text.note) > MAX_NOTE:
        raise InvalidError(message("The note is longer than {most} characters. Shorten it.", most=MAX_NOTE))
    return replace(text, title=checked_title(text.title), note=" ".join(text.note.split()))


@dataclass(frozen=True, slots=True)
class PreparedVersion:
    """A text that can be published, parsed and compared with the version it is based on."""

    text: SubmittedText
    parsed: ParsedText
    searchable_text: str
    origins: list[int]
    changed: dict[str, int] = field(default_factory=dict)
    material: bool = False
    wording_only: bool = False


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """What a version is compared with, if the version before is not stored yet."""

    markdown: str
    origins: Sequence[int]


def prepare(
    text: SubmittedText, base: Version | BaseVersion | None = None, kind: DocumentKind = DocumentKind.proposal
) -> PreparedVersion:
    """Check and parse a text; slow for a long one, so call it before opening a writing session.

    `base` is the version it is based on. Raises InvalidError for a plan with errors, a proposal without a
    plan, a missing change note, or changed terms in a version of wording only.
    """
    text = checked(text)
    parsed = parse_text(text.markdown, kind)
    if parsed.problems:
        raise InvalidError(plan_problems(parsed.problems))
    if kind == DocumentKind.proposal and not parsed.page.plans:
        raise InvalidError(message("The proposal has no candidate yet. Add a fenced “plan” block."))
    if text.base > 0 and not text.note:
        raise InvalidError(message("The change note is missing. Write in a sentence what changed and why."))
    changes = version_changes(text.markdown, base, text.base + 1)
    indexed = searchable_text(blocks_of(text.markdown))
    wording_only = text.wording_only and changes.material
    if wording_only and changes.changes_terms:
        raise InvalidError(
            message(
                "Terms of a candidate change, so people must vote again. Publish without “Only the wording changes”."
            )
        )
    return PreparedVersion(
        text, parsed, indexed, changes.origins, changes.kinds, changes.material and not wording_only, wording_only
    )


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """How a text differs from the previous version.

    `origins` has the version that last changed each block, `kinds` counts the changed blocks by kind, and
    `material` is true if people must vote again, and `changes_terms` is true if a candidate is added, removed or has
    other terms.
    """

    origins: list[int]
    kinds: dict[str, int] = field(default_factory=dict)
    material: bool = False
    changes_terms: bool = False


def version_changes(markdown: str, base: Version | BaseVersion | None, number: int) -> VersionChanges:
    """Return how the text of version `number` differs from the version it is based on."""
    blocks = blocks_of(markdown)
    if base is None:
        return VersionChanges([number] * len(blocks))
    diff = diff_blocks(blocks_of(base.markdown), blocks)
    changes_terms = have_other_terms(base.markdown, markdown)
    is_material = diff.is_material or changes_terms
    return VersionChanges(blame(diff, base.origins, number), diff.kinds, is_material, changes_terms)


def have_other_terms(old: str, new: str) -> bool:
    """Return whether the candidates of two texts pay otherwise, whatever their order, names and layout."""
    digests = [sorted(_digest(block.text) for block in parse_document(markdown).plans) for markdown in (old, new)]
    return digests[0] != digests[1]


@lru_cache(maxsize=64)
def _digest(plan: str) -> str:
    """Return the digest of a plan's text, or the text itself if it cannot be read."""
    try:
        return read_plan(plan).digest
    except PlanError:
        return plan


def searchable_text(blocks: Iterable[Block]) -> str:
    """Return the text of a document for the search index, without its plans, which have their own entries."""
    return "\n".join(block.text for block in blocks if block.kind != "plan")


def plan_problems(problems: tuple[Diagnostic, ...]) -> Message:
    """Return a message with the first problem of a plan and its line."""
    first = problems[0]
    return message(
        "A plan has errors, so this stays a draft. Line {line}: {value} {rule}",
        line=first.line,
        value=f"“{first.value}”" if first.value else "",
        rule=first.rule,
    )
