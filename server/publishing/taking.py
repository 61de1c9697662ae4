"""Taking a comment up: what it changes is written into the manager's draft, with credit, when it is accepted."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session

from server.comp.editing import without
from server.comp.problems import PlanError, Problem
from server.comp.wanted import with_wanted
from server.comp.wording import say
from server.discussion import queries as discussion
from server.discussion import service as discussing
from server.discussion.models import LEFT_OUT, Comment, State
from server.discussion.service import credit_of
from server.errors import AppError, ConflictError, InvalidError, NotFoundError
from server.people import queries as people
from server.people.queries import Viewer
from server.proposals import queries as proposals
from server.proposals import service as proposing
from server.proposals.models import Draft, Shelfmark, Version
from server.publishing.desk import Desk, sit_down
from server.text.anchors import Follower, Spot
from server.text.blocks import Block, blocks_of
from server.text.rewording import reworded, source_of, with_source

LONGEST_NOTE = 500
_LONGEST_OPENING = 70


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the draft as a list offers it: number, kind, first words, and whether the draft has changed it."""

    number: int
    kind: str
    opening: str
    is_changed: bool


@dataclass(frozen=True)
class Taking:
    """A comment on the desk of a manager: the newest version, the text that is written on, and who writes."""

    desk: Desk
    comment: Comment
    base: Version | None
    markdown: str

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """The blocks of the text that is written on."""
        return blocks_of(self.markdown)

    @cached_property
    def _before(self) -> Sequence[Block]:
        return blocks_of(self.base.markdown) if self.base else ()

    @cached_property
    def parts(self) -> list[Part]:
        """The parts that can be chosen."""
        known = {block.key for block in self._before}
        return [
            Part(number, block.kind, block.name or block.text[:_LONGEST_OPENING], block.key not in known)
            for number, block in enumerate(self.blocks)
            if block.kind != "rule" and block.is_placed
        ]

    def follow(self, spot: Spot) -> Spot | None:
        """Return where words of the newest version are in the text that is written on."""
        return Follower(self._before, self.blocks).place(spot).spot

    def plan_of(self, name: str, position: int) -> int | None:
        """Return the block of a candidate: the plan of that name, or the one in its place."""
        plans = [number for number, block in enumerate(self.blocks) if block.kind == "plan"]
        named = [number for number in plans if self.blocks[number].name == name]
        return next(iter(named or plans[position : position + 1]), None)

    def source(self, number: int) -> str:
        """Return the lines of a part."""
        return source_of(self.markdown, self.blocks[number])


def open_taking(session: Session, ulid: str, viewer: Viewer, *, writes: bool = False) -> Taking:
    """Put a comment on a manager's desk; raises NotFoundError for what cannot be taken up, as a reply."""
    comment = discussion.comment(session, ulid)
    if comment is None or comment.parent_id is not None or comment.deleted_at or comment.hidden_at:
        raise NotFoundError
    if writes:  # before anything is written: so nobody waits for each other
        proposing.hold(session, comment.proposal_id)
    desk = sit_down(session, Shelfmark(proposals.slug_of(session, comment.proposal_id)), viewer)
    base = proposals.version(session, desk.key, desk.proposal.current)
    markdown = desk.draft.markdown if desk.draft else base.markdown if base else ""
    return Taking(desk, comment, base, markdown)


def part_of(session: Session, taking: Taking) -> int | None:
    """Return the part that a comment is about: the one it stands on, or its candidate's plan."""
    comment, base = taking.comment, taking.base
    if base is None:
        return None
    seat = discussion.seat_of(session, comment.id or 0, base.id or 0)
    if seat is not None and (spot := taking.follow(seat)):
        return spot.block
    if comment.candidate:
        structures = {one.key: one for one in proposals.structures(session, base.id or 0)}
        found = structures.get(comment.candidate)
        return taking.plan_of(found.name, found.position) if found else None
    return None


@dataclass(frozen=True, slots=True)
class Written:
    """What a manager wrote: the part that was chosen, its lines as they were shown and as they are to be, an answer."""

    part: int | None
    was: str
    source: str
    words: str = ""
    seen: str = State.open


def accept(session: Session, ulid: str, viewer: Viewer, written: Written) -> Taking:
    """Accept a comment, and put what it changes into the draft.

    Raises ConflictError when the part was changed meanwhile, InvalidError for a plan that cannot be read, and
    AnsweredMeanwhileError; nothing is kept then.
    """
    taking = open_taking(session, ulid, viewer, writes=True)
    given = discussing.prepare_answer(State.accepted, written.words, seen=written.seen)
    planned = ""
    if written.part is not None:
        number = _found_again(taking, written)
        planned = taking.blocks[number].text
        if written.source != written.was:
            planned = _write(session, taking, number, written.source)
    discussing.answer(session, ulid, given.with_plan(planned), viewer.id)
    return taking


def _found_again(taking: Taking, written: Written) -> int:
    """Return the part that still has the lines that were shown: the one that was chosen, or where it is by now."""
    same = [part.number for part in taking.parts if taking.source(part.number) == written.was]
    if written.part not in same and len(same) != 1:
        raise ConflictError(
            say("This part of the draft was changed meanwhile. It stands below as it is now, and your words under it.")
        )
    return written.part if written.part in same else same[0]


def _write(session: Session, taking: Taking, number: int, source: str) -> str:
    """Put other lines in the place of a part, and return the words that they begin with."""
    markdown = with_source(taking.markdown, taking.blocks[number], source)
    new = blocks_of(markdown)
    is_left_out = not source.strip()
    gone = _plans(taking.blocks) - _plans(new) - int(is_left_out and taking.blocks[number].kind == "plan")
    if gone > 0:
        raise InvalidError(say("With these lines a candidate is no longer one. Close every ``` that you open."))
    _refuse_worse(taking, markdown)
    _save(session, taking, markdown)
    return LEFT_OUT if is_left_out or number >= len(new) else new[number].text


def _plans(blocks: Sequence[Block]) -> int:
    return sum(block.kind == "plan" for block in blocks)


def _refuse_worse(taking: Taking, markdown: str) -> None:
    """Refuse lines that make a plan unreadable which could be read before."""
    if problem := _worse(taking, markdown):
        raise InvalidError(
            say("Line {line}: {value} {rule}", line=problem.line, value=problem.value, rule=problem.rule)
        )


def _worse(taking: Taking, markdown: str) -> Problem | None:
    """Return what is wrong with the plans of a text that was not wrong before."""
    before = {str(problem.rule) for problem in proposing.read(taking.markdown, taking.desk.kind).problems}
    found = proposing.read(markdown, taking.desk.kind).problems
    return next((problem for problem in found if str(problem.rule) not in before), None)


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
        given = discussing.prepare_answer(State.accepted, "", seen=State.open)
        discussing.answer(session, ulid, given.with_plan(planned), viewer.id)
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
    for proposal_id in sorted(set(discussion.proposal_of(session, wanted).values())):  # in one order, whoever answers
        proposing.hold(session, proposal_id)
    found = {}
    for ulid in wanted:
        taking = open_taking(session, ulid, viewer, writes=True)
        if taking.comment.wanted is not None:
            found[ulid] = _put_in(session, taking)
    return found


def _put_in(session: Session, taking: Taking) -> str:
    number, changed = suggested(session, taking)
    _refuse_worse(taking, changed)
    _save(session, taking, changed)
    new = blocks_of(changed)
    return new[number].text if number < len(new) else LEFT_OUT


def suggested(session: Session, taking: Taking) -> tuple[int, str]:
    """Return the number of the part that a suggestion is about, and the text with it in place.

    Raises ConflictError where its words or term are gone, InvalidError where it must be done by hand.
    """
    return _other_term(session, taking) if taking.comment.term else _other_words(session, taking)


def _other_term(session: Session, taking: Taking) -> tuple[int, str]:
    comment, number = taking.comment, part_of(session, taking)
    if number is None:
        raise ConflictError(say("The candidate that this is about is no longer in your draft."))
    block = taking.blocks[number]
    try:
        plan = with_wanted(block.text, comment.term, comment.wanted or "")
    except PlanError:
        plan = None
    if plan is None:
        raise InvalidError(
            say("This cannot be put into the plan by itself. Press “Accept, and write the change”, and write it there.")
        )
    opening, *_, closing = taking.source(number).split("\n")
    found = ""
    for text in (plan, without(plan, "cases")):  # worked examples say what the plan paid before
        found = with_source(taking.markdown, block, "\n".join([opening, text.rstrip("\n"), closing]))
        if _worse(taking, found) is None:
            break
    return number, found


def _other_words(session: Session, taking: Taking) -> tuple[int, str]:
    comment, base = taking.comment, taking.base
    seat = discussion.seat_of(session, comment.id or 0, base.id or 0) if base else None
    if seat is None:
        raise ConflictError(say("The words that this is about are no longer in the text."))
    spot = taking.follow(seat)
    if spot is None:
        raise ConflictError(say("The words that this is about are no longer in your draft."))
    changed = reworded(taking.markdown, taking.blocks, spot, comment.wanted or "")
    if changed is None:
        raise InvalidError(
            say("These words are set in a way that only you can change. Press “Accept, and write the change”.")
        )
    return spot.block, changed


def _save(session: Session, taking: Taking, markdown: str) -> Draft:
    desk, comment = taking.desk, taking.comment
    name = people.name_of(session, comment.author_id) if comment.author_id and not comment.nameless else ""
    credit = credit_of(comment, name)
    draft = desk.draft
    note = draft.note if draft else ""
    if credit not in note and len(note) + len(credit) < LONGEST_NOTE:
        note = f"{note} {credit}".strip()
    title = draft.title if draft else taking.base.title if taking.base else desk.proposal.title
    text = proposing.Text(
        title, markdown, note, draft.base if draft else desk.proposal.current, draft.revision if draft else 0
    )
    return proposing.save_draft(session, desk.proposal, text, desk.owner_id)
