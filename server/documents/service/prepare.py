"""A text that somebody hands in: taken apart, its plans read, checked, compared with the version it is based on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from server.comp.language.diagnostics import PlanError, Problem
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.documents.models import Kind, Version
from server.errors import InvalidError
from server.messages import Sentence, say
from server.text.blocks import Block, blocks_of
from server.text.diff.blame import lineage
from server.text.diff.hunks import compared
from server.text.markdown import LONGEST_PAGE, MOST_LINES, MOST_SIGNS, is_dense
from server.text.parse import Page, take_apart

MOST_CANDIDATES = 5
TOO_DENSE = say(
    "The text has more than {signs} signs of markup or {lines} lines. Split it into several pages.",
    signs=MOST_SIGNS,
    lines=MOST_LINES,
)
LONGEST_TITLE, LONGEST_NOTE = 160, 500


@dataclass(frozen=True, slots=True)
class Text:
    """What an author hands in, what it is based on, and the browser window it comes from."""

    title: str
    markdown: str
    note: str
    base: int
    revision: int
    window: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A page taken apart, its plans read, and all that is wrong with them, by the line of the page."""

    page: Page
    plans: tuple[Plan | None, ...]
    problems: tuple[Problem, ...]


def read(markdown: str, kind: Kind = Kind.proposal) -> Reading:
    """Take a page apart and read its plans; those of a page beside proposals are only shown."""
    page = take_apart(markdown, with_plans=kind == Kind.proposal)
    plans: list[Plan | None] = []
    problems: list[Problem] = []
    for block in page.plans:
        try:
            plans.append(read_plan(block.text))
        except PlanError as error:
            plans.append(None)
            problems += [
                Problem(block.first_line + found.line - 1, found.value, found.rule, found.suggestion)
                for found in error.problems
            ]
    if is_dense(markdown):
        problems.append(Problem(1, "", TOO_DENSE))
    if len(page.plans) > MOST_CANDIDATES:
        rule = say("A proposal has at most {most} candidates.", most=MOST_CANDIDATES)
        problems.append(Problem(page.plans[MOST_CANDIDATES].first_line, "", rule))
    return Reading(page, tuple(plans), tuple(problems))


def checked_title(title: str) -> str:
    """Return a title without needless spaces; raises InvalidError."""
    bare = " ".join(title.split())
    if not bare:
        raise InvalidError(say("The title is missing. Give it a name."))
    if len(bare) > LONGEST_TITLE:
        raise InvalidError(say("The title is longer than {most} characters. Shorten it.", most=LONGEST_TITLE))
    return bare


def checked(text: Text) -> Text:
    """Return a text that fits its columns; raises InvalidError."""
    if len(text.markdown) > LONGEST_PAGE:
        raise InvalidError(say("The text is longer than {most} characters. Shorten it.", most=LONGEST_PAGE))
    if is_dense(text.markdown):
        raise InvalidError(TOO_DENSE)
    if len(text.note) > LONGEST_NOTE:
        raise InvalidError(say("The note is longer than {most} characters. Shorten it.", most=LONGEST_NOTE))
    return replace(text, title=checked_title(text.title), note=" ".join(text.note.split()))


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A text fit to be published, taken apart and compared with the version it is based on."""

    text: Text
    reading: Reading
    words: str
    origins: list[int]
    changed: dict[str, int] = field(default_factory=dict)
    material: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version that no database holds yet, as far as the next one is compared with it."""

    markdown: str
    origins: Sequence[int]


def prepare(text: Text, before: Version | Earlier | None = None, kind: Kind = Kind.proposal) -> Manuscript:
    """Check a text and take it apart; slow for a long one, so call it before a session begins to write.

    `before` is the version it is based on. Raises InvalidError for a broken plan, a proposal without a plan, or a
    missing note.
    """
    text = checked(text)
    found = read(text.markdown, kind)
    if found.problems:
        raise InvalidError(broken(found.problems))
    if kind == Kind.proposal and not found.page.plans:
        raise InvalidError(say("The proposal has no candidate yet. Add a fenced “plan” block."))
    if text.base > 0 and not text.note:
        raise InvalidError(say("The change note is missing. Say in a sentence what changed and why."))
    words = words_of(blocks_of(text.markdown))
    changed = compared_with(text.markdown, before, text.base + 1)
    return Manuscript(text, found, words, changed.origins, changed.kinds, changed.material)


@dataclass(frozen=True, slots=True)
class Changed:
    """How a text differs from the version before: where blocks come from, what changed by kind, if votes fall."""

    origins: list[int]
    kinds: dict[str, int] = field(default_factory=dict)
    material: bool = False


def compared_with(markdown: str, before: Version | Earlier | None, number: int) -> Changed:
    """Compare what will be the version of this number with the one before."""
    blocks = blocks_of(markdown)
    if before is None:
        return Changed([number] * len(blocks))
    changes = compared(blocks_of(before.markdown), blocks)
    return Changed(lineage(changes, before.origins, number), changes.kinds, changes.is_material)


def words_of(blocks: Iterable[Block]) -> str:
    """Return the words of a page, its plans left out: they are found by themselves."""
    return "\n".join(block.text for block in blocks if block.kind != "plan")


def broken(problems: tuple[Problem, ...]) -> Sentence:
    """Say what is wrong with a plan, and where."""
    first = problems[0]
    return say(
        "A plan cannot be read, so this stays a draft. Line {line}: {value} {rule}",
        line=first.line,
        value=f"“{first.value}”" if first.value else "",
        rule=first.rule,
    )
