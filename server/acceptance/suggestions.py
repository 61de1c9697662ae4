"""Suggestions: other words, or another value of a term, put into a manager's draft when they are accepted."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from sqlmodel import Session

from server.acceptance.service import Taking, candidate_of, open_taking, part_of, save, worse
from server.comp.language.diagnostics import PlanError
from server.comp.plan_text.apply_suggestion import is_wanted, with_wanted
from server.comp.plan_text.edit import without
from server.discussion import anchoring, resolution
from server.discussion import queries as discussion_queries
from server.discussion.models import LEFT_OUT, State
from server.documents import service as document_service
from server.editor.workspace import Desk
from server.errors import AppError, ConflictError, InvalidError, NotFoundError
from server.messages import say
from server.people.queries import Viewer
from server.text.anchors import Spot
from server.text.blocks import blocks_of
from server.text.source_edit import reworded, with_source


@dataclass(frozen=True, slots=True)
class Suggested:
    """The number of the part that a suggestion is about, the text with it in place, and what a note must say of it."""

    number: int
    markdown: str
    also: str = ""


def take_up(session: Session, ulid: str, viewer: Viewer) -> Desk:
    """Put the words that a comment suggests into the draft that a manager writes on; returns the desk it is on.

    Raises NotFoundError for a comment that suggests nothing, and ConflictError or InvalidError when its words are no
    longer in the draft, or are set so that it must be done by hand. `look` at it first, where nobody's write waits.
    """
    taking = open_taking(session, ulid, viewer, writes=True)
    if taking.comment.wanted is None:
        raise NotFoundError
    planned = _put_in(session, taking)
    if taking.comment.state == State.open:
        given = resolution.prepare_answer(State.accepted, "", seen=State.open)
        resolution.answer(session, ulid, given.with_plan(planned), viewer.id)
    return taking.desk


def look(session: Session, ulids: Iterable[str], viewer: Viewer) -> None:
    """Find out how suggestions go into the draft; finding out for a plan takes long, and is remembered."""
    for ulid in ulids:
        with suppress(AppError):
            taking = open_taking(session, ulid, viewer)
            if taking.comment.wanted is not None:
                suggested(session, taking)


def put_in(session: Session, ulids: Iterable[str], viewer: Viewer) -> dict[str, str]:
    """Put what comments suggest into the draft, and return by comment the words that it became.

    Raises ConflictError or InvalidError, as `take_up` does, before any of them is answered.
    """
    wanted = sorted(set(ulids))
    for proposal_id in sorted(
        set(discussion_queries.proposal_of(session, wanted).values())
    ):  # in one order, whoever answers
        document_service.hold(session, proposal_id)
    found = {}
    for ulid in wanted:
        taking = open_taking(session, ulid, viewer, writes=True)
        if taking.comment.wanted is not None:
            found[ulid] = _put_in(session, taking)
    return found


def _put_in(session: Session, taking: Taking) -> str:
    found = suggested(session, taking)
    save(session, taking, found.markdown, found.also)
    new = blocks_of(found.markdown)
    if len(new) < len(taking.blocks):
        return LEFT_OUT + taking.blocks[found.number].text
    return new[found.number].text


def suggested(session: Session, taking: Taking) -> Suggested:
    """Return what a suggestion makes of the draft; the draft as it is where it says so already.

    Raises ConflictError where its words or term are gone or others by now, InvalidError where it must be done by hand.
    """
    return _other_term(session, taking) if taking.comment.term else _other_words(session, taking)


def _other_term(session: Session, taking: Taking) -> Suggested:
    comment, number = taking.comment, part_of(session, taking)
    candidate = candidate_of(session, taking)
    if number is None or candidate is None:
        raise ConflictError(say("The candidate that this is about is no longer in your draft."))
    block, wanted = taking.blocks[number], comment.wanted or ""
    value = anchoring.labels_of(block.text).get(comment.term)
    if value is not None and is_wanted(value, wanted):
        return Suggested(number, taking.markdown)
    if value != anchoring.labels_of(candidate.text).get(comment.term):
        raise _others_by_now(value or "")
    try:
        plan = with_wanted(block.text, comment.term, wanted)
    except PlanError:
        plan = None
    if plan is None:
        raise InvalidError(
            say("This cannot be put into the plan by itself. Press “Accept, and write the change”, and write it there.")
        )
    whole = _with_plan(taking, number, plan)
    if worse(taking, whole) is None:
        return Suggested(number, whole)
    bare = _with_plan(taking, number, without(plan, "cases"))  # they say what the plan paid before
    return Suggested(number, bare, f"Worked examples of “{block.name}” left out.")


def _with_plan(taking: Taking, number: int, plan: str) -> str:
    opening, *_, closing = taking.source(number).split("\n")
    lines = "\n".join([opening, plan.rstrip("\n"), closing])
    return with_source(taking.markdown, taking.blocks[number], lines)


def _other_words(session: Session, taking: Taking) -> Suggested:
    comment, base = taking.comment, taking.base
    seat = discussion_queries.seat_of(session, comment.id or 0, base.id or 0) if base else None
    if seat is None:
        raise ConflictError(say("The words that this is about are no longer in the text."))
    text, wanted = taking.before[seat.block].text, comment.wanted or ""
    as_wanted = (text[: seat.start] + wanted + text[seat.end :]).split()
    if as_wanted:
        for number, block in enumerate(taking.blocks):
            if block.text.split() == as_wanted:
                return Suggested(number, taking.markdown)
    spot = taking.follow(seat)
    if spot is None:
        raise ConflictError(say("The words that this is about are no longer in your draft."))
    by_now = taking.blocks[spot.block].text[spot.start : spot.end]
    if by_now.split() != text[seat.start : seat.end].split():
        raise _others_by_now(by_now)
    changed = reworded(taking.markdown, taking.blocks, Spot(spot.block, spot.start, spot.end), wanted)
    if changed is None:
        raise InvalidError(
            say("These words are set in a way that only you can change. Press “Accept, and write the change”.")
        )
    return Suggested(spot.block, changed)


def _others_by_now(words: str) -> ConflictError:
    return ConflictError(
        say(
            "In your draft this is something else by now: “{words}”. Press “Accept, and write the change”.",
            words=words[:160],
        )
    )
