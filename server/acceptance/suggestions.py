"""Suggestions: new wording or another value of a term, put into a manager's draft when they are accepted."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session

from server.acceptance.service import (
    Acceptance,
    commented_block,
    commented_candidate,
    new_problem,
    open_acceptance,
    save,
)
from server.comp import PlanError
from server.comp.plan_text.edit import sections_of, with_values, without_section
from server.discussion import anchoring, resolution
from server.discussion import queries as discussion_queries
from server.discussion.models import LEFT_OUT, CommentState
from server.documents import service as document_service
from server.editor.workspace import Workspace
from server.errors import AppError, ConflictError, InvalidError, NotFoundError
from server.messages import leaves, match_leaves, message
from server.people.queries import Viewer
from server.text.blocks import blocks_of
from server.text.source_edit import replace_source, replace_text


@dataclass(frozen=True, slots=True)
class SuggestedChange:
    """The block that a suggestion is about, the draft with it applied, and what the change note must add."""

    number: int
    markdown: str
    also: str = ""


def apply(session: Session, ulid: str, viewer: Viewer) -> Workspace:
    """Apply what a comment suggests to a manager's draft, and accept the comment; return the draft's workspace.

    Raises NotFoundError for a comment that suggests nothing, ConflictError if the text or term is gone or changed in
    the draft, and InvalidError if the change must be made by hand.
    """
    acceptance = open_acceptance(session, ulid, viewer, writes=True)
    if acceptance.comment.suggestion is None:
        raise NotFoundError
    planned = _apply(session, acceptance)
    if acceptance.comment.state == CommentState.open:
        answer = resolution.prepare_answer(CommentState.accepted, "", seen=CommentState.open)
        resolution.resolve(session, ulid, answer.with_plan(planned), viewer.id)
    return acceptance.workspace


def preview(session: Session, ulids: Iterable[str], viewer: Viewer) -> None:
    """Read what suggestions change before the database is locked for writing: reading a draft's plans is slow."""
    for ulid in ulids:
        with suppress(AppError):
            acceptance = open_acceptance(session, ulid, viewer)
            if acceptance.comment.suggestion is not None:
                suggested_change(session, acceptance)


def apply_all(session: Session, ulids: Iterable[str], viewer: Viewer) -> dict[str, str]:
    """Apply what comments suggest to the draft; return by comment the text that it became.

    Raises ConflictError or InvalidError as `apply` does, before any comment is answered.
    """
    ordered = sorted(set(ulids))
    proposal_ids = set(discussion_queries.proposal_ids(session, ordered).values())
    for proposal_id in sorted(proposal_ids):  # the order in which everyone locks them
        document_service.lock_proposal(session, proposal_id)
    planned = {}
    for ulid in ordered:
        acceptance = open_acceptance(session, ulid, viewer, writes=True)
        if acceptance.comment.suggestion is not None:
            planned[ulid] = _apply(session, acceptance)
    return planned


def _apply(session: Session, acceptance: Acceptance) -> str:
    change = suggested_change(session, acceptance)
    save(session, acceptance, change.markdown, change.also)
    blocks = blocks_of(change.markdown)
    if len(blocks) < len(acceptance.blocks):
        return LEFT_OUT + acceptance.blocks[change.number].text
    return blocks[change.number].text


def suggested_change(session: Session, acceptance: Acceptance) -> SuggestedChange:
    """Return what a suggestion makes of the draft; the draft unchanged if it says so already.

    Raises ConflictError if the text or term is gone or changed in the draft, InvalidError if the change must be made
    by hand.
    """
    if acceptance.comment.term:
        return _change_of_term(session, acceptance)
    return _change_of_text(session, acceptance)


def _change_of_term(session: Session, acceptance: Acceptance) -> SuggestedChange:
    comment, number = acceptance.comment, commented_block(session, acceptance)
    candidate = commented_candidate(session, acceptance)
    if number is None or candidate is None:
        raise ConflictError(message("This candidate is no longer in your draft."))
    block, suggestion = acceptance.blocks[number], comment.suggestion or ""
    value = anchoring.term_value(block.text, comment.term)
    if value is not None and value.split() == suggestion.split():
        return SuggestedChange(number, acceptance.markdown)
    if value is None or value != anchoring.term_value(candidate.text, comment.term):
        raise _draft_changed_error(value or "")
    plan = with_term(block.text, comment.term, suggestion)
    if plan is None:
        raise InvalidError(
            message("This value cannot be put into the plan automatically. Choose “Accept and edit the text”.")
        )
    markdown = _with_plan(acceptance, number, plan)
    if new_problem(acceptance, markdown) is None:
        return SuggestedChange(number, markdown)
    without_examples = _with_plan(acceptance, number, without_section(plan, "cases"))  # they expect the old pay
    return SuggestedChange(number, without_examples, f"Worked examples of “{block.name}” removed.")


def with_term(text: str, path: str, suggestion: str) -> str | None:
    """Return a plan's text with the value of a term as suggested, worded as the table of terms words it.

    Each figure that differs is replaced where it is in the text. None if the suggestion changes anything but figures,
    or a figure that follows from others.
    """
    bare = without_section(text, "cases")
    term = anchoring.terms_by_path(bare).get(path)
    figures = match_leaves(term.value, suggestion) if term else None
    if term is None or figures is None:
        return None
    values = {value.path: value.text for section in sections_of(bare) for value in section.values}
    changes: dict[str, str] = {}
    for old, new, source in zip(map(str, leaves(term.value)), figures, term.sources, strict=True):
        if new == old or source is None:  # a figure that follows from others may be left as it was
            continue
        if source not in values:
            return None
        changes[source] = _with_figure(changes.get(source, values[source]), old, new)
    changed = with_values(text, changes)
    if not changes or not _says(changed, path, suggestion):
        return None
    return changed


def _with_figure(text: str, old: str, new: str) -> str:
    """Return a value of the text with a figure replaced, or the figure if the text writes it in another way."""
    for before, after in ((old, new), (old.replace(",", ""), new.replace(",", ""))):
        if before in text:
            return text.replace(before, after, 1)
    return new


def _says(text: str, path: str, suggestion: str) -> bool:
    """Return whether a plan has a term as suggested, but for figures that follow from others."""
    try:
        term = anchoring.terms_by_path(without_section(text, "cases")).get(path)
    except PlanError:
        return False
    figures = match_leaves(term.value, suggestion) if term else None
    return (
        term is not None
        and figures is not None
        and all(
            source is None or str(leaf) == figure
            for leaf, figure, source in zip(leaves(term.value), figures, term.sources, strict=True)
        )
    )


def _with_plan(acceptance: Acceptance, number: int, plan: str) -> str:
    opening, *_, closing = acceptance.source(number).split("\n")
    lines = "\n".join([opening, plan.rstrip("\n"), closing])
    return replace_source(acceptance.markdown, acceptance.blocks[number], lines)


def _change_of_text(session: Session, acceptance: Acceptance) -> SuggestedChange:
    comment, base = acceptance.comment, acceptance.base
    anchor = discussion_queries.anchor_range(session, comment.id, base.id) if base else None
    if anchor is None:
        raise ConflictError(message("The text that this is about is no longer on the page."))
    text, suggestion = acceptance.base_blocks[anchor.block].text, comment.suggestion or ""
    suggested = (text[: anchor.start] + suggestion + text[anchor.end :]).split()
    if suggested:
        for number, block in enumerate(acceptance.blocks):
            if block.text.split() == suggested:
                return SuggestedChange(number, acceptance.markdown)
    text_range = acceptance.reanchor(anchor)
    if text_range is None:
        raise ConflictError(message("The text that this is about is no longer in your draft."))
    current = acceptance.blocks[text_range.block].text[text_range.start : text_range.end]
    if current.split() != text[anchor.start : anchor.end].split():
        raise _draft_changed_error(current)
    markdown = replace_text(acceptance.markdown, acceptance.blocks, text_range, suggestion)
    if markdown is None:
        raise InvalidError(
            message("This text has formatting that you must change yourself. Choose “Accept and edit the text”.")
        )
    return SuggestedChange(text_range.block, markdown)


def _draft_changed_error(text: str) -> ConflictError:
    return ConflictError(
        message("Your draft now says “{text}” here. Choose “Accept and edit the text”.", text=text[:160])
    )
