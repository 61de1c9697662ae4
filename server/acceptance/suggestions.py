"""Suggestions: other words, or another value of a term, put into a manager's draft when they are accepted."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session

from server.acceptance.service import Acceptance, block_of, new_problems, open_acceptance, own_candidate, save
from server.comp.language.diagnostics import PlanError
from server.comp.plan_text.apply_suggestion import is_wanted, with_wanted
from server.comp.plan_text.edit import without_section
from server.discussion import anchoring, resolution
from server.discussion import queries as discussion_queries
from server.discussion.models import LEFT_OUT, CommentState
from server.documents import service as document_service
from server.editor.workspace import Workspace
from server.errors import AppError, ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.people.queries import Viewer
from server.text.anchors import TextRange
from server.text.blocks import blocks_of
from server.text.source_edit import replace_source, replace_text


@dataclass(frozen=True, slots=True)
class SuggestedChange:
    """The number of the part that a suggestion is about, the text with it in place, and what a note must say of it."""

    number: int
    markdown: str
    also: str = ""


def apply(session: Session, ulid: str, viewer: Viewer) -> Workspace:
    """Put the words that a comment suggests into the draft that a manager writes on; returns the desk it is on.

    Raises NotFoundError for a comment that suggests nothing, and ConflictError or InvalidError when its words are no
    longer in the draft, or are set so that it must be done by hand. `look` at it first, where nobody's write waits.
    """
    taking = open_acceptance(session, ulid, viewer, writes=True)
    if taking.comment.suggestion is None:
        raise NotFoundError
    planned = _put_in(session, taking)
    if taking.comment.state == CommentState.open:
        given = resolution.prepare_answer(CommentState.accepted, "", seen=CommentState.open)
        resolution.resolve(session, ulid, given.with_plan(planned), viewer.id)
    return taking.desk


def preview(session: Session, ulids: Iterable[str], viewer: Viewer) -> None:
    """Find out how suggestions go into the draft; finding out for a plan takes long, and is remembered."""
    for ulid in ulids:
        with suppress(AppError):
            taking = open_acceptance(session, ulid, viewer)
            if taking.comment.suggestion is not None:
                suggested_change(session, taking)


def apply_all(session: Session, ulids: Iterable[str], viewer: Viewer) -> dict[str, str]:
    """Put what comments suggest into the draft, and return by comment the words that it became.

    Raises ConflictError or InvalidError, as `take_up` does, before any of them is answered.
    """
    wanted = sorted(set(ulids))
    for proposal_id in sorted(
        set(discussion_queries.proposal_of(session, wanted).values())
    ):  # in one order, whoever answers
        document_service.lock_proposal(session, proposal_id)
    found = {}
    for ulid in wanted:
        taking = open_acceptance(session, ulid, viewer, writes=True)
        if taking.comment.suggestion is not None:
            found[ulid] = _put_in(session, taking)
    return found


def _put_in(session: Session, taking: Acceptance) -> str:
    found = suggested_change(session, taking)
    save(session, taking, found.markdown, found.also)
    new = blocks_of(found.markdown)
    if len(new) < len(taking.blocks):
        return LEFT_OUT + taking.blocks[found.number].text
    return new[found.number].text


def suggested_change(session: Session, taking: Acceptance) -> SuggestedChange:
    """Return what a suggestion makes of the draft; the draft as it is where it says so already.

    Raises ConflictError where its words or term are gone or others by now, InvalidError where it must be done by hand.
    """
    return _other_term(session, taking) if taking.comment.term else _other_words(session, taking)


def _other_term(session: Session, taking: Acceptance) -> SuggestedChange:
    comment, number = taking.comment, block_of(session, taking)
    candidate = own_candidate(session, taking)
    if number is None or candidate is None:
        raise ConflictError(message("The candidate that this is about is no longer in your draft."))
    block, wanted = taking.blocks[number], comment.suggestion or ""
    value = anchoring.term_labels(block.text).get(comment.term)
    if value is not None and is_wanted(value, wanted):
        return SuggestedChange(number, taking.markdown)
    if value != anchoring.term_labels(candidate.text).get(comment.term):
        raise _others_by_now(value or "")
    try:
        plan = with_wanted(block.text, comment.term, wanted)
    except PlanError:
        plan = None
    if plan is None:
        raise InvalidError(
            message(
                "This cannot be put into the plan by itself. Press “Accept, and write the change”, and write it there."
            )
        )
    whole = _with_plan(taking, number, plan)
    if new_problems(taking, whole) is None:
        return SuggestedChange(number, whole)
    bare = _with_plan(taking, number, without_section(plan, "cases"))  # they say what the plan paid before
    return SuggestedChange(number, bare, f"Worked examples of “{block.name}” left out.")


def _with_plan(taking: Acceptance, number: int, plan: str) -> str:
    opening, *_, closing = taking.source(number).split("\n")
    lines = "\n".join([opening, plan.rstrip("\n"), closing])
    return replace_source(taking.markdown, taking.blocks[number], lines)


def _other_words(session: Session, taking: Acceptance) -> SuggestedChange:
    comment, base = taking.comment, taking.base
    seat = discussion_queries.anchor_of(session, comment.id or 0, base.id or 0) if base else None
    if seat is None:
        raise ConflictError(message("The words that this is about are no longer in the text."))
    text, wanted = taking.before[seat.block].text, comment.suggestion or ""
    as_wanted = (text[: seat.start] + wanted + text[seat.end :]).split()
    if as_wanted:
        for number, block in enumerate(taking.blocks):
            if block.text.split() == as_wanted:
                return SuggestedChange(number, taking.markdown)
    spot = taking.follow(seat)
    if spot is None:
        raise ConflictError(message("The words that this is about are no longer in your draft."))
    by_now = taking.blocks[spot.block].text[spot.start : spot.end]
    if by_now.split() != text[seat.start : seat.end].split():
        raise _others_by_now(by_now)
    changed = replace_text(taking.markdown, taking.blocks, TextRange(spot.block, spot.start, spot.end), wanted)
    if changed is None:
        raise InvalidError(
            message("These words are set in a way that only you can change. Press “Accept, and write the change”.")
        )
    return SuggestedChange(spot.block, changed)


def _others_by_now(words: str) -> ConflictError:
    return ConflictError(
        message(
            "In your draft this is something else by now: “{words}”. Press “Accept, and write the change”.",
            words=words[:160],
        )
    )
