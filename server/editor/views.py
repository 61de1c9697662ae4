"""The data that the editor's templates show: previews, the review before publishing, and merged texts."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from markupsafe import Markup
from sqlmodel import Session

from server.comp import LintWarning, Plan, Window, describe, explain, lint, read_plan
from server.comp.analysis.reference_year import has_team_quota, reference_year
from server.comp.plan_text.edit import without_section
from server.db.columns import now
from server.discussion import adoption, anchoring
from server.discussion import queries as discussion_queries
from server.discussion.models import Comment
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import DocumentKind, Draft, Proposal, Version
from server.documents.queries import CandidateView
from server.documents.service import ParsedText
from server.errors import InvalidError
from server.messages import Message, message
from server.people import queries as people_queries
from server.plan_editor.library import library_plans
from server.plans_in_force import queries as plan_queries
from server.text.diff.hunks import DocumentDiff, diff_markdown
from server.text.diff.words import WordRun, diff_texts
from server.text.markdown import MAX_PAGE
from server.text.three_way_merge import MergePart
from server.voting import queries as voting_queries

ATTAINMENTS = (Fraction(1, 2), Fraction(1), Fraction(3, 2))
"""The attainments that a preview shows a typical rep's pay at."""
_EXCERPT = 160
"""Maximum characters shown of a comment."""


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """A plan in the preview: its sentences, its warnings, and a typical rep's pay in cents by attainment."""

    plan: Plan
    sentences: Sequence[Message]
    warnings: Sequence[LintWarning]
    examples: Sequence[tuple[Fraction, int]]


@dataclass(frozen=True, slots=True)
class DraftPreview:
    """A draft as it will look, with a preview of each plan that has no errors."""

    parsed: ParsedText
    plans: tuple[PlanPreview | None, ...]

    @property
    def has_cases(self) -> bool:
        """Return whether a plan with errors has worked examples, which may be its only errors."""
        blocks = zip(self.parsed.page.plans, self.parsed.plans, strict=False)
        return any(plan is None and "\ncases:" in block.text for block, plan in blocks)


def preview_draft(markdown: str, kind: DocumentKind = DocumentKind.proposal) -> DraftPreview | None:
    """Return the preview of a text, or None if it is empty."""
    if not markdown.strip():
        return None
    parsed = document_service.parse_text(markdown[:MAX_PAGE], kind)
    return DraftPreview(parsed, tuple(None if plan is None else preview_plan(plan) for plan in parsed.plans))


@lru_cache(maxsize=64)
def preview_plan(plan: Plan) -> PlanPreview:
    """Return the preview of a plan; cached, because it does not depend on the viewer or the text around it."""
    examples = []
    for attainment in () if has_team_quota(plan, 0) else ATTAINMENTS:
        try:
            year = reference_year(plan, 0, attainment)
            examples.append((attainment, explain(year, plan, Window(plan.year), trace=False).total))
        except (OverflowError, ValueError):
            break
    warnings = [warning for warning in lint(plan) if warning.is_warning]
    return PlanPreview(plan, describe(plan), warnings, examples)


@dataclass(frozen=True, slots=True)
class PendingAcceptance:
    """An accepted comment that no version includes yet; `is_likely` if the draft changes what it is about."""

    ulid: str
    author: str
    excerpt: str
    is_likely: bool


@dataclass(frozen=True, slots=True)
class PublishReview:
    """What publishing a draft would do to the text, votes and comments, and how many would be notified.

    `changed_candidates` has the letter of each candidate that changes and its number of open comments, and
    `anchor_states` the number of anchored comments by the state their anchor would have.
    """

    changes: DocumentDiff | None
    voters: int
    open_comments: int
    notified: int
    problems: Sequence[Message]
    broken_links: Sequence[str]
    changed_candidates: Sequence[tuple[str, int]] = ()
    is_reordered: bool = False
    anchor_states: Mapping[str, int] = field(default_factory=dict)
    pending: Sequence[PendingAcceptance] = ()
    changes_terms: bool = False

    @property
    def can_be_wording_only(self) -> bool:
        """Whether the author may say that votes still count, as the terms of no candidate change."""
        return self.cause is not None and not self.changes_terms

    @property
    def cause(self) -> Message | None:
        """Return why people who voted on the previous version must vote again, or None if they need not."""
        if self.changes_terms:
            return message("terms of a candidate change")
        if self.changes is None or not self.changes.is_material:
            return None
        if not self.changes.material:
            return message("more than 5% of the text changed")
        kinds = {hunk.block.kind for hunk in self.changes.material}
        if "plan" in kinds:
            return message("terms of a candidate change")
        if "table" in kinds:
            return message("cells of a table change")
        return message("a list changes") if "item" in kinds else message("numbers in the text change")


def review(session: Session, proposal: Proposal, draft: Draft, base: Version | None) -> PublishReview:
    """Return what publishing a draft would do; `base` is the version it is based on."""
    newest = document_queries.version(session, proposal.id, proposal.current) if proposal.current else None
    voters = voting_queries.voters(session, [newest.id]).get(newest.id, 0) if newest else 0
    parsed = document_service.parse_text(draft.markdown, DocumentKind(proposal.kind))
    candidates = document_queries.candidates(session, base.id) if base else []
    changed = _changed_candidates(candidates, parsed)
    promise = people_queries.answer_promise(session)
    open_by_candidate = discussion_queries.feedback_status(session, proposal.id, now(), promise).open
    anchor_states = anchoring.preview_reanchoring(session, newest, draft.markdown) if newest else {}
    links = [slug for slug in parsed.page.links if slug != proposal.slug]
    redesign = document_queries.redesign_of(session, draft.proposal_id)
    return PublishReview(
        changes=diff_markdown(base.markdown, draft.markdown) if base else None,
        changes_terms=base is not None and document_service.have_other_terms(base.markdown, draft.markdown),
        voters=voters,
        open_comments=sum(open_by_candidate.values()),
        notified=len(document_queries.people_to_notify(session, redesign, draft.proposal_id) - {draft.author_id}),
        problems=[
            message("Line {line}: {value} {rule}", line=problem.line, value=problem.value, rule=problem.rule)
            for problem in parsed.problems
        ],
        broken_links=document_queries.missing_slugs(session, links),
        changed_candidates=[
            (candidate.letter, open_by_candidate[candidate.key])
            for candidate in changed
            if open_by_candidate.get(candidate.key)
        ],
        is_reordered=_is_reordered(candidates, parsed),
        anchor_states=Counter(anchor_states.values()),
        pending=_pending_acceptances(session, draft, newest, anchor_states, {candidate.key for candidate in changed}),
    )


def _changed_candidates(candidates: Sequence[CandidateView], parsed: ParsedText) -> list[CandidateView]:
    """Return the candidates that a text changes, moves or removes."""
    texts = dict(enumerate(block.text.strip() for block in parsed.page.plans))
    return [candidate for candidate in candidates if candidate.text.strip() != texts.get(candidate.position)]


def _is_reordered(candidates: Sequence[CandidateView], parsed: ParsedText) -> bool:
    """Return whether a candidate has another letter in a text."""
    names = [plan.name if plan else "" for plan in parsed.plans]
    return any(
        candidate.name in names and names.index(candidate.name) != index for index, candidate in enumerate(candidates)
    )


def _pending_acceptances(
    session: Session,
    draft: Draft,
    newest: Version | None,
    anchor_states: Mapping[int, str],
    changed_candidates: Collection[str],
) -> list[PendingAcceptance]:
    """Return the accepted comments that no version includes yet, the likely ones first."""

    def is_likely(comment: Comment) -> bool:
        return (
            anchor_states.get(comment.id, "exact") != "exact"
            or discussion_queries.candidate_key(session, comment, newest.id if newest else 0) in changed_candidates
            or adoption.is_included_in(comment, draft.markdown, newest.markdown if newest else "")
        )

    acceptances = [
        PendingAcceptance(
            comment.ulid,
            people_queries.name_of(session, comment.author_id) if comment.author_id else "",
            Markup(comment.html).striptags()[:_EXCERPT],  # noqa: S704 - read only
            is_likely(comment),
        )
        for comment in adoption.accepted_not_included(session, draft.proposal_id)
    ]
    return sorted(acceptances, key=lambda acceptance: not acceptance.is_likely)


def starting_plan(session: Session, key: str) -> tuple[str, str]:
    """Return the name and text of today's plan or a plan of the library; raises InvalidError for other keys."""
    if key == "today" and (in_force := plan_queries.main_plan(session)):
        return read_plan(in_force.text).name, without_section(in_force.text, "cases")
    for plan in library_plans():
        if plan.key == key:
            return plan.name, plan.text
    raise InvalidError(message("Choose a plan to start from."))


def diff_with_base(part: MergePart, lines: Sequence[str]) -> tuple[WordRun, ...]:
    """Return the words that one side of a conflict changed of the base."""
    return diff_texts("\n".join(part.base), "\n".join(lines))
