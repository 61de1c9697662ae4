"""Acceptance of a comment: the change it leads to is written into the manager's draft, with credit."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session

from server.comp import Diagnostic
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

MAX_NOTE = 500
_MAX_OPENING = 70


@dataclass(frozen=True, slots=True)
class DocumentBlock:
    """A block of the draft as a list offers it: its number, kind, first words, and whether the draft changed it."""

    number: int
    kind: str
    opening: str
    is_changed: bool


@dataclass(frozen=True)
class Acceptance:
    """A comment that a manager accepts: their workspace, the newest version, and the text that they edit."""

    workspace: Workspace
    comment: Comment
    base: Version | None
    markdown: str

    @cached_property
    def blocks(self) -> Sequence[Block]:
        """The blocks of the text that is edited."""
        return blocks_of(self.markdown)

    @cached_property
    def base_blocks(self) -> Sequence[Block]:
        """The blocks of the newest version."""
        return blocks_of(self.base.markdown) if self.base else ()

    @cached_property
    def base_keys(self) -> set[tuple[object, ...]]:
        """The keys of the blocks of the newest version."""
        return {block.key for block in self.base_blocks}

    @cached_property
    def parts(self) -> list[DocumentBlock]:
        """The blocks that can be chosen."""
        return [
            DocumentBlock(number, block.kind, block.name or block.text[:_MAX_OPENING], block.key not in self.base_keys)
            for number, block in enumerate(self.blocks)
            if block.kind != "rule" and block.is_anchorable
        ]

    def reanchor(self, text_range: TextRange) -> TextRange | None:
        """Return where text of the newest version is in the text that is edited, or None."""
        return Reanchorer(self.base_blocks, self.blocks).place(text_range).range

    def plan_block(self, name: str, position: int) -> int | None:
        """Return the number of the block of a plan, by its name or else by its position among the plans."""
        plans = [number for number, block in enumerate(self.blocks) if block.kind == "plan"]
        with_name = [number for number in plans if self.blocks[number].name == name]
        return next(iter(with_name or plans[position : position + 1]), None)

    def source(self, number: int) -> str:
        """Return the source lines of a block."""
        return source_of(self.markdown, self.blocks[number])


def open_acceptance(session: Session, ulid: str, viewer: Viewer, *, writes: bool = False) -> Acceptance:
    """Return the acceptance of a comment by a manager; raises NotFoundError for one that cannot be accepted.

    With `writes` the proposal is locked.
    """
    comment = discussion_queries.comment(session, ulid)
    if comment is None or comment.parent_id is not None or comment.deleted_at or comment.hidden_at:
        raise NotFoundError
    if writes:  # before anything else is locked, or two managers could wait for each other
        document_service.lock_proposal(session, comment.proposal_id)
    workspace = open_workspace(session, DocumentRef(document_queries.slug_of(session, comment.proposal_id)), viewer)
    base = document_queries.version(session, workspace.key, workspace.proposal.current)
    markdown = workspace.draft.markdown if workspace.draft else base.markdown if base else ""
    return Acceptance(workspace, comment, base, markdown)


def commented_block(session: Session, acceptance: Acceptance) -> int | None:
    """Return the number of the block that a comment is about: the one it is anchored to, or its candidate's plan."""
    comment, base = acceptance.comment, acceptance.base
    if base is None:
        return None
    anchor = discussion_queries.anchor_range(session, comment.id, base.id)
    if anchor is not None and (text_range := acceptance.reanchor(anchor)):
        return text_range.block
    candidate = commented_candidate(session, acceptance)
    return acceptance.plan_block(candidate.name, candidate.position) if candidate else None


def commented_candidate(session: Session, acceptance: Acceptance) -> CandidateView | None:
    """Return the candidate of the newest version that a comment is about, whatever its letter was before."""
    if acceptance.base is None:
        return None
    key = discussion_queries.candidate_key(session, acceptance.comment, acceptance.base.id)
    return candidate_of(session, acceptance.base, key)


@dataclass(frozen=True, slots=True)
class BlockEdit:
    """A manager's edit of a block: its lines as they were shown and as they should be, with an answer.

    `part` is the number of the block, or None if no block was chosen; `seen` is the state that the page showed.
    """

    part: int | None
    was: str
    source: str
    answer: str = ""
    seen: str = CommentState.open


def accept(session: Session, ulid: str, viewer: Viewer, edit: BlockEdit) -> Acceptance:
    """Accept a comment and write its change into the draft.

    Raises ConflictError if the block was changed in the meantime, InvalidError for a plan that cannot be read, and
    AlreadyAnsweredError; nothing is saved then.
    """
    acceptance = open_acceptance(session, ulid, viewer, writes=True)
    if acceptance.comment.state != edit.seen:
        raise AlreadyAnsweredError
    answer = resolution.prepare_answer(CommentState.accepted, edit.answer, seen=edit.seen)
    planned = ""
    if edit.part is not None:
        number = _current_number(acceptance, edit.part, edit.was)
        if edit.source != edit.was:
            planned = _write(session, acceptance, number, edit.source)
        elif acceptance.blocks[number].key not in acceptance.base_keys:  # the draft says it already
            planned = acceptance.blocks[number].text
    resolution.resolve(session, ulid, answer.with_plan(planned), viewer.id)
    return acceptance


def _current_number(acceptance: Acceptance, number: int, source: str) -> int:
    """Return the number of the block that has the lines that were shown; raises ConflictError if it is not clear."""
    same = [part.number for part in acceptance.parts if acceptance.source(part.number) == source]
    if number in same:
        return number
    if len(same) != 1:
        raise ConflictError(
            message("This part of the draft has changed. It is shown as it is now, with your wording below it.")
        )
    return same[0]


def _write(session: Session, acceptance: Acceptance, number: int, source: str) -> str:
    """Replace the lines of a block in the draft, and return the text that is planned for the comment."""
    old, markdown = acceptance.blocks, replace_source(acceptance.markdown, acceptance.blocks[number], source)
    new = blocks_of(markdown)
    after = len(old) - number - 1
    first_after = len(new) - after
    if _texts(new[:number]) != _texts(old[:number]) or _texts(new[first_after:]) != _texts(old[number + 1 :]):
        raise InvalidError(message("These lines would change the text around them. Close every ``` that you open."))
    save(session, acceptance, markdown)
    if not source.strip():
        return LEFT_OUT + old[number].text
    written = new[number:first_after]
    return next((block.text for block in written if block.key != old[number].key), written[0].text if written else "")


def _texts(blocks: Sequence[Block]) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in blocks]


def save(session: Session, acceptance: Acceptance, markdown: str, also: str = "") -> Draft:
    """Save the draft; its note gets credit for the comment's author and the sentence `also`.

    Raises InvalidError for a plan that cannot be read and could be read before.
    """
    if problem := new_problem(acceptance, markdown):
        raise InvalidError(
            message("Line {line}: {value} {rule}", line=problem.line, value=problem.value, rule=problem.rule)
        )
    workspace, comment, draft = acceptance.workspace, acceptance.comment, acceptance.workspace.draft
    name = people_queries.name_of(session, comment.author_id) if comment.author_id and not comment.hides_name else ""
    note = draft.note if draft else ""
    for sentence in (credit_of(comment, name), also):
        if sentence not in note and len(note) + len(sentence) < MAX_NOTE:
            note = f"{note} {sentence}".strip()
    if draft:
        text = document_service.SubmittedText(draft.title, markdown, note, draft.base, draft.revision)
    else:
        title = acceptance.base.title if acceptance.base else workspace.proposal.title
        text = document_service.SubmittedText(title, markdown, note, workspace.proposal.current, 0)
    return document_service.save_draft(session, workspace.proposal, text, workspace.owner_id)


def new_problem(acceptance: Acceptance, markdown: str) -> Diagnostic | None:
    """Return the first problem of the plans of a text that the text before does not have, or None."""
    kind = acceptance.workspace.kind
    before = {str(problem.rule) for problem in document_service.parse_text(acceptance.markdown, kind).problems}
    problems = document_service.parse_text(markdown, kind).problems
    return next((problem for problem in problems if str(problem.rule) not in before), None)
