"""Taking a comment up: what it changes is written into the manager's draft, with credit, when it is accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session

from server.comp.language.diagnostics import Diagnostic
from server.discussion import queries as discussion_queries
from server.discussion import resolution
from server.discussion.anchoring import candidate_of
from server.discussion.models import LEFT_OUT, Comment, CommentState
from server.discussion.resolution import AlreadyAnsweredError
from server.discussion.service import credit_of
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.models import DocumentRef, Draft, Version
from server.documents.queries import CandidateView
from server.editor.workspace import Workspace, open_workspace
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.people import queries as people_queries
from server.people.queries import Viewer
from server.text.anchors import Reanchorer, TextRange
from server.text.blocks import Block, blocks_of
from server.text.source_edit import replace_source, source_of

LONGEST_NOTE = 500
_LONGEST_OPENING = 70


@dataclass(frozen=True, slots=True)
class DocumentBlock:
    """A block of the draft as a list offers it: number, kind, first words, and whether the draft has changed it."""

    number: int
    kind: str
    opening: str
    is_changed: bool


@dataclass(frozen=True)
class Acceptance:
    """A comment on the desk of a manager: the newest version, the text that is written on, and who writes."""

    desk: Workspace
    comment: Comment
    base: Version | None
    markdown: str

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """The blocks of the text that is written on."""
        return blocks_of(self.markdown)

    @cached_property
    def before(self) -> Sequence[Block]:
        """The blocks of the newest version."""
        return blocks_of(self.base.markdown) if self.base else ()

    @cached_property
    def known(self) -> set[tuple[object, ...]]:
        """What the newest version says."""
        return {block.key for block in self.before}

    @cached_property
    def parts(self) -> list[DocumentBlock]:
        """The parts that can be chosen."""
        return [
            DocumentBlock(number, block.kind, block.name or block.text[:_LONGEST_OPENING], block.key not in self.known)
            for number, block in enumerate(self.blocks)
            if block.kind != "rule" and block.is_anchorable
        ]

    def follow(self, spot: TextRange) -> TextRange | None:
        """Return where words of the newest version are in the text that is written on."""
        return Reanchorer(self.before, self.blocks).place(spot).range

    def plan_of(self, name: str, position: int) -> int | None:
        """Return the block of a candidate: the plan of that name, or the one in its place."""
        plans = [number for number, block in enumerate(self.blocks) if block.kind == "plan"]
        named = [number for number in plans if self.blocks[number].name == name]
        return next(iter(named or plans[position : position + 1]), None)

    def source(self, number: int) -> str:
        """Return the lines of a part."""
        return source_of(self.markdown, self.blocks[number])


def open_acceptance(session: Session, ulid: str, viewer: Viewer, *, writes: bool = False) -> Acceptance:
    """Put a comment on a manager's desk; raises NotFoundError for what cannot be taken up, as a reply."""
    comment = discussion_queries.comment(session, ulid)
    if comment is None or comment.parent_id is not None or comment.deleted_at or comment.hidden_at:
        raise NotFoundError
    if writes:  # before anything is written: so nobody waits for each other
        document_service.lock_proposal(session, comment.proposal_id)
    desk = open_workspace(session, DocumentRef(document_queries.slug_of(session, comment.proposal_id)), viewer)
    base = document_queries.version(session, desk.key, desk.proposal.current)
    markdown = desk.draft.markdown if desk.draft else base.markdown if base else ""
    return Acceptance(desk, comment, base, markdown)


def block_of(session: Session, taking: Acceptance) -> int | None:
    """Return the part that a comment is about: the one it stands on, or its candidate's plan."""
    comment, base = taking.comment, taking.base
    if base is None:
        return None
    seat = discussion_queries.anchor_of(session, comment.id or 0, base.id or 0)
    if seat is not None and (spot := taking.follow(seat)):
        return spot.block
    found = own_candidate(session, taking)
    return taking.plan_of(found.name, found.position) if found else None


def own_candidate(session: Session, taking: Acceptance) -> CandidateView | None:
    """Return the candidate of the newest version that a comment is about, whatever letter it went by before."""
    if taking.base is None:
        return None
    key = discussion_queries.candidate_letter(session, taking.comment, taking.base.id or 0)
    return candidate_of(session, taking.base, key)


@dataclass(frozen=True, slots=True)
class AcceptanceForm:
    """What a manager wrote: the part that was chosen, its lines as they were shown and as they are to be, an answer."""

    part: int | None
    was: str
    source: str
    words: str = ""
    seen: str = CommentState.open


def accept(session: Session, ulid: str, viewer: Viewer, written: AcceptanceForm) -> Acceptance:
    """Accept a comment, and put what it changes into the draft.

    Raises ConflictError when the part was changed meanwhile, InvalidError for a plan that cannot be read, and
    AnsweredMeanwhileError; nothing is kept then.
    """
    taking = open_acceptance(session, ulid, viewer, writes=True)
    if taking.comment.state != written.seen:
        raise AlreadyAnsweredError
    given = resolution.prepare_answer(CommentState.accepted, written.words, seen=written.seen)
    planned = ""
    if written.part is not None:
        number = _found_again(taking, written)
        if written.source != written.was:
            planned = _write(session, taking, number, written.source)
        elif taking.blocks[number].key not in taking.known:  # the draft says it already
            planned = taking.blocks[number].text
    resolution.resolve(session, ulid, given.with_plan(planned), viewer.id)
    return taking


def _found_again(taking: Acceptance, written: AcceptanceForm) -> int:
    """Return the part that still has the lines that were shown: the one that was chosen, or where it is by now."""
    same = [part.number for part in taking.parts if taking.source(part.number) == written.was]
    if written.part not in same and len(same) != 1:
        raise ConflictError(
            message(
                "This part of the draft was changed meanwhile. It stands below as it is now, and your words under it."
            )
        )
    return written.part if written.part in same else same[0]


def _write(session: Session, taking: Acceptance, number: int, source: str) -> str:
    """Put other lines in the place of a part, and return what is planned by them."""
    old, markdown = taking.blocks, replace_source(taking.markdown, taking.blocks[number], source)
    new = blocks_of(markdown)
    after = len(old) - number - 1
    if _said(new[:number]) != _said(old[:number]) or _said(new[len(new) - after :]) != _said(old[number + 1 :]):
        raise InvalidError(
            message("With these lines what stands around them would be something else. Close every ``` that you open.")
        )
    save(session, taking, markdown)
    if not source.strip():
        return LEFT_OUT + old[number].text
    written = new[number : len(new) - after]
    return next((block.text for block in written if block.key != old[number].key), written[0].text if written else "")


def _said(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks]


def save(session: Session, taking: Acceptance, markdown: str, also: str = "") -> Draft:
    """Save the draft with credit for whoever a change comes from, and with what else its note must say.

    Raises InvalidError for a plan that cannot be read and could be before.
    """
    if problem := new_problems(taking, markdown):
        raise InvalidError(
            message("Line {line}: {value} {rule}", line=problem.line, value=problem.value, rule=problem.rule)
        )
    desk, comment = taking.desk, taking.comment
    name = people_queries.name_of(session, comment.author_id) if comment.author_id and not comment.hides_name else ""
    credit = credit_of(comment, name)
    draft = desk.draft
    note = draft.note if draft else ""
    for sentence in (credit, also):
        if sentence not in note and len(note) + len(sentence) < LONGEST_NOTE:
            note = f"{note} {sentence}".strip()
    title = draft.title if draft else taking.base.title if taking.base else desk.proposal.title
    text = document_service.SubmittedText(
        title, markdown, note, draft.base if draft else desk.proposal.current, draft.revision if draft else 0
    )
    return document_service.save_draft(session, desk.proposal, text, desk.owner_id)


def new_problems(taking: Acceptance, markdown: str) -> Diagnostic | None:
    """Return what is wrong with the plans of a text that was not wrong before."""
    before = {str(problem.rule) for problem in document_service.parse_text(taking.markdown, taking.desk.kind).problems}
    found = document_service.parse_text(markdown, taking.desk.kind).problems
    return next((problem for problem in found if str(problem.rule) not in before), None)
