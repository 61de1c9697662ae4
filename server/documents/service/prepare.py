"""A text that somebody hands in: taken apart, its plans read, checked, compared with the version it is based on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from server.comp.language.diagnostics import Diagnostic, PlanError
from server.comp.load import read_plan
from server.comp.plan import Plan
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
    "The text has more than {signs} signs of markup or {lines} lines. Split it into several pages.",
    signs=MAX_MARKUP,
    lines=MAX_LINES,
)
MAX_TITLE, MAX_NOTE = 160, 500


@dataclass(frozen=True, slots=True)
class SubmittedText:
    """What an author hands in, what it is based on, and the browser window it comes from."""

    title: str
    markdown: str
    note: str
    base: int
    revision: int
    editor_id: str = ""


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A page taken apart, its plans read, and all that is wrong with them, by the line of the page."""

    page: ParsedDocument
    plans: tuple[Plan | None, ...]
    problems: tuple[Diagnostic, ...]


def parse_text(markdown: str, kind: DocumentKind = DocumentKind.proposal) -> ParsedText:
    """Take a page apart and read its plans; those of a page beside proposals are only shown."""
    page = parse_document(markdown, with_plans=kind == DocumentKind.proposal)
    plans: list[Plan | None] = []
    problems: list[Diagnostic] = []
    for block in page.plans:
        try:
            plans.append(read_plan(block.text))
        except PlanError as error:
            plans.append(None)
            problems += [
                Diagnostic(block.first_line + found.line - 1, found.value, found.rule, found.suggestion)
                for found in error.problems
            ]
    if is_dense(markdown):
        problems.append(Diagnostic(1, "", TOO_DENSE))
    if len(page.plans) > MAX_CANDIDATES:
        rule = message("A proposal has at most {most} candidates.", most=MAX_CANDIDATES)
        problems.append(Diagnostic(page.plans[MAX_CANDIDATES].first_line, "", rule))
    return ParsedText(page, tuple(plans), tuple(problems))


def checked_title(title: str) -> str:
    """Return a title without needless spaces; raises InvalidError."""
    bare = " ".join(title.split())
    if not bare:
        raise InvalidError(message("The title is missing. Give it a name."))
    if len(bare) > MAX_TITLE:
        raise InvalidError(message("The title is longer than {most} characters. Shorten it.", most=MAX_TITLE))
    return bare


def checked(text: SubmittedText) -> SubmittedText:
    """Return a text that fits its columns; raises InvalidError."""
    if len(text.markdown) > MAX_PAGE:
        raise InvalidError(message("The text is longer than {most} characters. Shorten it.", most=MAX_PAGE))
    if is_dense(text.markdown):
        raise InvalidError(TOO_DENSE)
    if len(text.note) > MAX_NOTE:
        raise InvalidError(message("The note is longer than {most} characters. Shorten it.", most=MAX_NOTE))
    return replace(text, title=checked_title(text.title), note=" ".join(text.note.split()))


@dataclass(frozen=True, slots=True)
class PreparedVersion:
    """A text fit to be published, taken apart and compared with the version it is based on."""

    text: SubmittedText
    reading: ParsedText
    words: str
    origins: list[int]
    changed: dict[str, int] = field(default_factory=dict)
    material: bool = False


@dataclass(frozen=True, slots=True)
class BaseVersion:
    """A version that no database holds yet, as far as the next one is compared with it."""

    markdown: str
    origins: Sequence[int]


def prepare(
    text: SubmittedText, before: Version | BaseVersion | None = None, kind: DocumentKind = DocumentKind.proposal
) -> PreparedVersion:
    """Check a text and take it apart; slow for a long one, so call it before a session begins to write.

    `before` is the version it is based on. Raises InvalidError for a broken plan, a proposal without a plan, or a
    missing note.
    """
    text = checked(text)
    found = parse_text(text.markdown, kind)
    if found.problems:
        raise InvalidError(plan_problems(found.problems))
    if kind == DocumentKind.proposal and not found.page.plans:
        raise InvalidError(message("The proposal has no candidate yet. Add a fenced “plan” block."))
    if text.base > 0 and not text.note:
        raise InvalidError(message("The change note is missing. Say in a sentence what changed and why."))
    words = words_of(blocks_of(text.markdown))
    changed = changes_from(text.markdown, before, text.base + 1)
    return PreparedVersion(text, found, words, changed.origins, changed.kinds, changed.material)


@dataclass(frozen=True, slots=True)
class VersionChanges:
    """How a text differs from the version before: where blocks come from, what changed by kind, if votes fall."""

    origins: list[int]
    kinds: dict[str, int] = field(default_factory=dict)
    material: bool = False


def changes_from(markdown: str, before: Version | BaseVersion | None, number: int) -> VersionChanges:
    """Compare what will be the version of this number with the one before."""
    blocks = blocks_of(markdown)
    if before is None:
        return VersionChanges([number] * len(blocks))
    changes = diff_blocks(blocks_of(before.markdown), blocks)
    return VersionChanges(blame(changes, before.origins, number), changes.kinds, changes.is_material)


def words_of(blocks: Iterable[Block]) -> str:
    """Return the words of a page, its plans left out: they are found by themselves."""
    return "\n".join(block.text for block in blocks if block.kind != "plan")


def plan_problems(problems: tuple[Diagnostic, ...]) -> Message:
    """Say what is wrong with a plan, and where."""
    first = problems[0]
    return message(
        "A plan cannot be read, so this stays a draft. Line {line}: {value} {rule}",
        line=first.line,
        value=f"“{first.value}”" if first.value else "",
        rule=first.rule,
    )
