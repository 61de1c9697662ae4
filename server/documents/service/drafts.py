"""Saves drafts without overwriting, shares, schedules, restores and deletes them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, false, or_, true, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from server.db.columns import now
from server.documents import queries
from server.documents.models import CoAuthor, Draft, Proposal
from server.documents.service.prepare import SubmittedText, checked
from server.errors import ConflictError, InvalidError, NotFoundError
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.messages import message
from server.notifications import service as notification_service
from server.notifications.service import Notification
from server.people import queries as people_queries


class StaleDraftError(ConflictError):
    """The draft was saved elsewhere in the meantime; nothing was overwritten."""

    def __init__(self, saved: Draft) -> None:
        self.saved = saved
        super().__init__(message("This draft was saved in another window. Nothing was overwritten."))


def save_draft(session: Session, proposal: Proposal, text: SubmittedText, author_id: int) -> Draft:
    """Save an author's draft; raises StaleDraftError if another window saved it since `revision`.

    A revision of 0 means that the author had no draft when the editor was opened. Saving cancels a
    schedule, because the text is no longer the one that was scheduled.
    """
    text = checked(text)
    saved = queries.draft(session, proposal.id, author_id)
    if saved is None:
        return _create_draft(session, proposal, text, author_id)
    statement = (
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
            wording_only=text.wording_only,
            publish_at=None,
            publish_error="",
        )
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined] # a cursor result has it
        raise StaleDraftError(saved)
    session.refresh(saved)
    return saved


def _create_draft(session: Session, proposal: Proposal, text: SubmittedText, author_id: int) -> Draft:
    draft = Draft(
        proposal_id=proposal.id,
        author_id=author_id,
        base=text.base,
        title=text.title,
        markdown=text.markdown,
        note=text.note,
        editor_id=text.editor_id,
        wording_only=text.wording_only,
    )
    session.add(draft)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        other = queries.draft(session, proposal.id, author_id)
        if other is None:
            raise
        raise StaleDraftError(other) from None
    return draft


def _same_editor(text: SubmittedText) -> ColumnElement[bool]:
    """Match a draft that the same window saved last, which cannot conflict with itself."""
    return and_(col(Draft.editor_id) == text.editor_id, true() if text.editor_id else false())


def schedule(session: Session, draft: Draft, at: datetime | None) -> None:
    """Schedule a draft, or cancel its schedule; raises InvalidError for a time in the past."""
    if at is not None and at <= now():
        raise InvalidError(message("This time has passed. Choose one in the future."))
    draft.publish_at, draft.publish_error = at, ""
    session.add(draft)
    session.flush()
    if at is not None:
        enqueue(session, TaskName.scheduled_drafts, at)


def replace_in_notes(session: Session, proposal_id: int, old: str, new: str) -> None:
    """Replace a text in the notes of a document's drafts without a new revision, so no open editor becomes stale."""
    for draft in session.exec(select(Draft).where(Draft.proposal_id == proposal_id, col(Draft.note).contains(old))):
        draft.note = draft.note.replace(old, new)
        session.add(draft)
    session.flush()


def claim_due_draft(session: Session, draft: Draft) -> bool:
    """Claim a due draft for this process; return False if it was claimed or changed elsewhere."""
    statement = (
        update(Draft)
        .where(
            col(Draft.id) == draft.id, col(Draft.publish_at) == draft.publish_at, col(Draft.revision) == draft.revision
        )
        .values(publish_at=None)
    )
    return bool(session.execute(statement).rowcount == 1)  # type: ignore[attr-defined] # a cursor result has it


def mark_failed(session: Session, draft: Draft, reason: str) -> None:
    """Cancel the schedule of a draft that could not be published, and store the reason."""
    is_unchanged = (
        col(Draft.id) == draft.id,
        col(Draft.revision) == draft.revision,
        col(Draft.publish_at) == draft.publish_at,
    )
    session.execute(update(Draft).where(*is_unchanged).values(publish_at=None, publish_error=reason[:500]))
    session.flush()


def share_drafts(session: Session, proposal: Proposal, author_id: int, people: Iterable[int]) -> None:
    """Make exactly these people the co-authors of an author's drafts of a document; new ones are notified."""
    before = {person_id for person_id, _, _ in queries.co_authors(session, proposal.id, author_id)}
    co_authors = set(people) - {author_id}
    session.execute(
        delete(CoAuthor).where(
            col(CoAuthor.proposal_id) == proposal.id,
            col(CoAuthor.author_id) == author_id,
            col(CoAuthor.person_id).not_in(co_authors),
        )
    )
    session.add_all(
        [
            CoAuthor(proposal_id=proposal.id, author_id=author_id, person_id=person_id)
            for person_id in sorted(co_authors - before)
        ]
    )
    session.flush()
    values = {"who": people_queries.name_of(session, author_id), "title": proposal.title}
    shared = Notification("shared", f"shared {proposal.id} {author_id} {now():%Y%m%d}", f"{proposal.url}/edit", values)
    notification_service.notify(session, shared, co_authors - before, author_id)


def restore(session: Session, proposal: Proposal, number: int, author_id: int) -> Draft:
    """Copy an earlier version into an author's draft, to be published as the next one.

    Raises ConflictError if the author already has a draft, which is never overwritten.
    """
    version = queries.version(session, proposal.id, number)
    if version is None:
        raise NotFoundError
    if queries.draft(session, proposal.id, author_id):
        raise ConflictError(message("You have a draft already. Publish or delete it, then restore the version."))
    note = f"Restored from version {number}."
    text = SubmittedText(version.title, version.markdown, note, proposal.current, 0)
    return save_draft(session, proposal, text, author_id)


def discard_draft(session: Session, proposal: Proposal, author_id: int) -> None:
    """Delete an author's draft, if there is one."""
    draft = queries.draft(session, proposal.id, author_id)
    if draft:
        session.delete(draft)
        session.flush()
