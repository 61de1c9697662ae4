"""What the editor's screens are given: the page as it will look, what publishing would do, texts put together."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from markupsafe import Markup
from sqlmodel import Session

from server.comp.analysis.describe import describe
from server.comp.analysis.lint import LintWarning, lint
from server.comp.analysis.reference_year import reference_year
from server.comp.calendar import Window
from server.comp.explain.rep import explain
from server.comp.load import read_plan
from server.comp.plan import Plan
from server.comp.plan_text.edit import without_section
from server.db.columns import now
from server.discussion import adoption, anchoring
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import DocumentKind, Draft, Proposal, Version
from server.documents.queries import CandidateView
from server.errors import InvalidError
from server.messages import Message, message
from server.people import queries as people_queries
from server.plan_editor.library import library_plans
from server.text.diff.hunks import DocumentDiff, diff_markdown
from server.text.diff.words import WordRun, diff_texts
from server.text.markdown import MAX_PAGE
from server.text.three_way_merge import MergePart
from server.voting import queries as voting_queries

ATTAINMENTS = (Fraction(1, 2), Fraction(1), Fraction(3, 2))
"""What an example of pay is given at."""


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """A candidate in the preview: what it says, what to look at twice, and what it pays a typical rep, in cents."""

    plan: Plan
    sentences: Sequence[Message]
    warnings: Sequence[LintWarning]
    examples: Sequence[tuple[Fraction, int]]


@dataclass(frozen=True, slots=True)
class DraftPreview:
    """A page as it will look, its plans read and looked at."""

    reading: document_service.ParsedText
    plans: tuple[PlanPreview | None, ...]

    @property
    def has_cases(self) -> bool:
        """Whether a plan that cannot be read has worked examples, which may be all that is wrong with it."""
        blocks = zip(self.reading.page.plans, self.reading.plans, strict=False)
        return any(plan is None and "\ncases:" in block.text for block, plan in blocks)


def preview_draft(markdown: str, kind: DocumentKind = DocumentKind.proposal) -> DraftPreview | None:
    """Return the page; None while there is nothing to show."""
    if not markdown.strip():
        return None
    reading = document_service.parse_text(markdown[:MAX_PAGE], kind)
    return DraftPreview(reading, tuple(None if plan is None else preview_plan(plan) for plan in reading.plans))


@lru_cache(maxsize=64)
def preview_plan(plan: Plan) -> PlanPreview:
    """Look at a plan: it is the same for everybody, and typing elsewhere on the page does not change it."""
    examples = []
    for share in ATTAINMENTS:
        try:
            year = reference_year(plan, 0, share)
            examples.append((share, explain(year, plan, Window(plan.year), trace=False).total))
        except (OverflowError, ValueError):
            break
    findings = [finding for finding in lint(plan) if finding.is_warning]
    return PlanPreview(plan, describe(plan), findings, examples)


@dataclass(frozen=True, slots=True)
class PendingAcceptance:
    """An accepted comment that no version has taken up yet, and whether this text changes what it is about."""

    ulid: str
    author: str
    words: str
    is_likely: bool


@dataclass(frozen=True, slots=True)
class PublishReview:
    """What publishing a draft would do."""

    changes: DocumentDiff | None
    voters: int
    waiting: int
    notified: int
    problems: Sequence[Message]
    broken: Sequence[str]
    touched: Sequence[tuple[str, int]] = ()
    swapped: bool = False
    marks: Mapping[str, int] = field(default_factory=dict)
    pending: Sequence["PendingAcceptance"] = ()

    @property
    def cause(self) -> Message | None:
        """Why votes given for the version before cannot stand; None when they can."""
        if self.changes is None or not self.changes.is_material:
            return None
        if not self.changes.material:
            return message("more than 5% of the words are others")
        kinds = {piece.block.kind for piece in self.changes.material}
        if "plan" in kinds:
            return message("terms of a candidate change")
        if "table" in kinds:
            return message("cells of a table change")
        return message("a list changes") if "item" in kinds else message("numbers in the text change")


def review(session: Session, proposal: Proposal, draft: Draft, before: Version | None) -> PublishReview:
    """Return what bringing a draft out would do: to the text, to votes and comments, and who will be told."""
    newest = document_queries.version(session, proposal.id or 0, proposal.current) if proposal.current else None
    voters = voting_queries.voters(session, [newest.id or 0]).get(newest.id or 0, 0) if newest else 0
    reading = document_service.parse_text(draft.markdown, DocumentKind(proposal.kind))
    old = document_queries.candidates(session, before.id or 0) if before else []
    waiting = discussion_queries.feedback_status(session, proposal.id or 0, now()).open
    foreseen = anchoring.preview_reanchoring(session, newest, draft.markdown) if newest else {}
    return PublishReview(
        changes=diff_markdown(before.markdown, draft.markdown) if before else None,
        voters=voters,
        waiting=sum(waiting.values()),
        touched=_touched(old, reading, waiting),
        marks=Counter(foreseen.values()),
        pending=_promised(session, (draft, newest), foreseen, {found.key for found in _changed(old, reading)}),
        swapped=_is_swapped([one.name for one in old], [plan.name if plan else "" for plan in reading.plans]),
        notified=sum(person.active and person.id != draft.author_id for person in people_queries.list_people(session)),
        problems=[
            message("Line {line}: {value} {rule}", line=found.line, value=found.value, rule=found.rule)
            for found in reading.problems
        ],
        broken=document_queries.missing(session, [slug for slug in reading.page.links if slug != proposal.slug]),
    )


def _changed(old: Sequence[CandidateView], reading: document_service.ParsedText) -> list[CandidateView]:
    """Return the candidates of the version before that change or go."""
    new = [block.text.strip() for block in reading.page.plans]
    return [found for found in old if [found.text.strip()] != new[found.position : found.position + 1]]


def _touched(
    old: Sequence[CandidateView], reading: document_service.ParsedText, waiting: Mapping[str, int]
) -> list[tuple[str, int]]:
    """Return the letters of the candidates that change, with how many open comments are about each."""
    return [(found.letter, waiting[found.key]) for found in _changed(old, reading) if waiting.get(found.key)]


def _promised(
    session: Session, texts: tuple[Draft, Version | None], foreseen: Mapping[int, str], changed: Collection[str]
) -> list[PendingAcceptance]:
    """Return the accepted comments that wait for a version, the likely ones first."""
    draft, newest = texts
    found = [
        PendingAcceptance(
            comment.ulid,
            people_queries.name_of(session, comment.author_id) if comment.author_id else "",
            Markup(comment.html).striptags()[:160],  # noqa: S704 - read only
            foreseen.get(comment.id or 0, "exact") != "exact"
            or discussion_queries.candidate_key(session, comment, newest.id or 0 if newest else 0) in changed
            or adoption.is_adopted(comment, draft.markdown, newest.markdown if newest else ""),
        )
        for comment in adoption.accepted_not_adopted(session, draft.proposal_id)
    ]
    return sorted(found, key=lambda one: not one.is_likely)


def _is_swapped(old: Sequence[str], new: Sequence[str]) -> bool:
    """Say whether a candidate of the version before goes by another letter now."""
    return any(name in new and new.index(name) != place for place, name in enumerate(old))


def plan_to_start_from(session: Session, key: str) -> tuple[str, str]:
    """Return name and text of today's plan or of a ready one; raises InvalidError for a key that is neither."""
    if key == "today" and (found := document_queries.plan_in_force(session)):
        return read_plan(found.text).name, without_section(found.text, "cases")
    for ready in library_plans():
        if ready.key == key:
            return ready.name, ready.text
    raise InvalidError(message("Choose a plan to start from."))


def compared_with_base(part: MergePart, lines: Sequence[str]) -> tuple[WordRun, ...]:
    """Return what one side says in a place that both changed, word by word against what stood there before."""
    return diff_texts("\n".join(part.base), "\n".join(lines))
