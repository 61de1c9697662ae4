"""Drafts: saved without overwriting, shared, let out at a moment, thrown away."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, false, or_, true, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from server.db.columns import now
from server.documents import queries
from server.documents.models import Draft, DraftShare, Proposal
from server.documents.service.prepare import SubmittedText, checked
from server.errors import ConflictError, InvalidError, NotFoundError
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.messages import message


class StaleDraftError(ConflictError):
    """The draft was saved elsewhere meanwhile; nothing has been overwritten."""

    def __init__(self, saved: Draft) -> None:
        self.saved = saved
        super().__init__(message("This draft was saved in another window meanwhile; nothing has been overwritten."))


def save_draft(session: Session, proposal: Proposal, text: SubmittedText, author_id: int) -> Draft:
    """Save what an author is writing; raises StaleDraftError when another window saved since `revision`.

    A revision of 0 means that the author had no draft when the editor was opened. A draft that was to come out by
    itself no longer does: its text is another one now.
    """
    text = checked(text)
    saved = queries.draft(session, proposal.id or 0, author_id)
    if saved is None:
        draft = Draft(
            proposal_id=proposal.id or 0,
            author_id=author_id,
            base=text.base,
            title=text.title,
            markdown=text.markdown,
            note=text.note,
            editor_id=text.editor_id,
        )
        session.add(draft)
        try:
            session.flush()
        except IntegrityError:
            session.rollback()
            other = queries.draft(session, proposal.id or 0, author_id)
            if other is None:
                raise
            raise StaleDraftError(other) from None
        return draft
    changed = (
        update(Draft)
        .where(col(Draft.id) == saved.id, or_(col(Draft.revision) == text.revision, _same_editor(text)))
        .values(
            title=text.title,
            markdown=text.markdown,
            note=text.note,
            base=text.base,
            revision=Draft.revision + 1,
            saved_at=now(),
            editor_id=text.editor_id,
            publish_at=None,
            publish_error="",
        )
    )
    if session.execute(changed).rowcount != 1:  # type: ignore[attr-defined] # a cursor result has it
        raise StaleDraftError(saved)
    session.refresh(saved)
    return saved


def _same_editor(text: SubmittedText) -> ColumnElement[bool]:
    """Match a draft that the same window saved last: it cannot be in conflict with itself."""
    return and_(col(Draft.editor_id) == text.editor_id, true() if text.editor_id else false())


def schedule(session: Session, draft: Draft, at: datetime | None) -> None:
    """Let a draft come out by itself at a moment that is to come, or not at all; raises InvalidError for a past one."""
    if at is not None and at <= now():
        raise InvalidError(message("Choose a moment that is still to come."))
    draft.publish_at, draft.publish_error = at, ""
    session.add(draft)
    session.flush()
    if at is not None:
        enqueue(session, TaskName.scheduled_drafts, at)


def replace_in_notes(session: Session, proposal_id: int, old: str, new: str) -> None:
    """Put other words into the notes of a proposal's drafts; whoever writes on one goes on from the same revision."""
    for draft in session.exec(select(Draft).where(Draft.proposal_id == proposal_id, col(Draft.note).contains(old))):
        draft.note = draft.note.replace(old, new)
        session.add(draft)
    session.flush()


def publish_started(session: Session, draft: Draft) -> bool:
    """Take a draft whose moment has come, for whoever asks first; says whether it was still there to take."""
    taken = (
        update(Draft)
        .where(
            col(Draft.id) == draft.id, col(Draft.publish_at) == draft.publish_at, col(Draft.revision) == draft.revision
        )
        .values(publish_at=None)
    )
    return bool(session.execute(taken).rowcount == 1)  # type: ignore[attr-defined] # a cursor result has it


def mark_failed(session: Session, draft: Draft, why: str) -> None:
    """Keep a draft that could not come out by itself, with the reason."""
    same = (col(Draft.id) == draft.id, col(Draft.revision) == draft.revision, col(Draft.publish_at) == draft.publish_at)
    session.execute(update(Draft).where(*same).values(publish_at=None, publish_error=why[:500]))
    session.flush()


def share_draft(session: Session, draft: Draft, people: Iterable[int]) -> None:
    """Let just these people write on a draft beside its author."""
    session.execute(delete(DraftShare).where(col(DraftShare.draft_id) == draft.id))
    session.add_all(
        [DraftShare(draft_id=draft.id or 0, person_id=one) for one in sorted(set(people) - {draft.author_id})]
    )
    session.flush()


def restore(session: Session, proposal: Proposal, number: int, author_id: int) -> Draft:
    """Put an earlier version into an author's draft, to be published as the next one.

    Raises ConflictError when the author has a draft already: nothing that was typed is overwritten.
    """
    version = queries.version(session, proposal.id or 0, number)
    if version is None:
        raise NotFoundError
    if queries.draft(session, proposal.id or 0, author_id):
        raise ConflictError(message("You have a draft already. Publish it or throw it away, then restore the version."))
    note = f"As in version {number} again."
    text = SubmittedText(version.title, version.markdown, note, proposal.current, 0)
    return save_draft(session, proposal, text, author_id)


def discard_draft(session: Session, proposal: Proposal, author_id: int) -> None:
    """Throw an author's draft away."""
    draft = queries.draft(session, proposal.id or 0, author_id)
    if draft:
        session.delete(draft)
        session.flush()
