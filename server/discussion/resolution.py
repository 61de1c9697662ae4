"""Answers to comments: answer, accept, decline with a reason, postpone until a day, and reopen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from server.db.columns import now
from server.discussion import notify, queries
from server.discussion.models import Comment, CommentState
from server.discussion.service import CommentBody, add_reply, get_comment, prepare
from server.documents import service as document_service
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import message
from server.people.queries import company_today

MAX_ANSWER = 500


class AlreadyAnsweredError(ConflictError):
    """The comment was answered since the page was opened."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "Someone else answered this comment while you were writing. "
                "Read their answer, then answer again if you still want to."
            )
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A manager's decision on a comment; `seen` is the state that the page showed."""

    state: CommentState
    body: CommentBody | None = None
    seen: str = CommentState.open
    postponed_until: date | None = None
    in_version: int | None = None
    planned: str = ""

    def with_plan(self, planned: str) -> "Answer":
        """Return the answer with the text that was written for the comment in a draft."""
        return replace(self, planned=planned)


def prepare_answer(state: str, text: str, seen: str = CommentState.open, postponed_until: date | None = None) -> Answer:
    """Check an answer and render its text; raises InvalidError for a missing text or date."""
    if state not in set(CommentState):
        raise InvalidError(message("“{state}” is not an answer. Choose one from the list.", state=state[:40]))
    if state == CommentState.declined and not text.strip():
        raise InvalidError(message("The reason is missing. Write one before you decline."))
    if state == CommentState.answered and not text.strip():
        raise InvalidError(message("The answer is empty. Write one before you send it."))
    if state == CommentState.postponed and postponed_until is None:
        raise InvalidError(message("The date is missing. Choose the day to be asked again."))
    return Answer(CommentState(state), prepare(text) if text.strip() else None, seen, postponed_until)


def resolve(session: Session, ulid: str, answer: Answer, answerer_id: int, at: datetime | None = None) -> Comment:
    """Answer a comment: the text becomes a reply, and the comment gets the state.

    Raises AlreadyAnsweredError if the state is no longer the one that was seen, or InvalidError if it is postponed to
    a day that is not in the future.
    """
    comment = get_comment(session, ulid)
    if comment.parent_id is not None:
        raise NotFoundError
    if comment.state != answer.seen:
        raise AlreadyAnsweredError
    day = answer.postponed_until
    if answer.state == CommentState.postponed and day and at is None and day <= company_today(session):
        raise InvalidError(message("This day is not in the future. Choose a later one."))
    if answer.body:
        add_reply(session, comment, answer.body, answerer_id, at, answers=True)
    _count(session, comment, answer.state)
    text = answer.body.markdown if answer.body else ""
    comment.state = answer.state
    comment.reason = text[:MAX_ANSWER] if answer.state == CommentState.declined else ""
    comment.postponed_until = answer.postponed_until if answer.state == CommentState.postponed else None
    comment.in_version = answer.in_version if answer.state == CommentState.accepted else None
    comment.in_block = None
    comment.planned = answer.planned if answer.state == CommentState.accepted else ""
    comment.answered_by, comment.answered_at = answerer_id, at or now()
    session.add(comment)
    session.flush()
    notify.notify_answer(session, comment, answerer_id, text)
    return comment


def resolve_many(
    session: Session, ulids: Sequence[str], answer: Answer, answerer_id: int, plans: Mapping[str, str] | None = None
) -> list[Comment]:
    """Give several comments the same answer.

    `plans` are the texts that were written for comments in a draft, by ulid. Raises AlreadyAnsweredError if one of
    the comments is no longer open; then none is answered.
    """
    if not ulids:
        raise InvalidError(message("No comment is selected. Select the comments that you want to answer."))
    proposal_ids = set(queries.proposal_ids(session, ulids).values())
    for proposal_id in sorted(proposal_ids):  # the order in which everyone locks them
        document_service.lock_proposal(session, proposal_id)
    planned = plans or {}
    try:
        return [
            resolve(session, ulid, answer.with_plan(planned.get(ulid, "")), answerer_id) for ulid in sorted(set(ulids))
        ]
    except NotFoundError:
        raise ConflictError(
            message("One of these comments has been deleted. Reload the page, then answer the others.")
        ) from None


def reopen(session: Session, ulid: str, today: date) -> Comment | None:
    """Open a postponed comment again, or return None if it was answered or deleted in the meantime.

    It keeps its day, so that everyone sees why it is open again.
    """
    proposal_id = queries.proposal_ids(session, [ulid]).get(ulid)
    if proposal_id is not None:
        document_service.lock_proposal(session, proposal_id)
    comment = queries.comment_for_update(session, ulid)
    if comment is None or comment.deleted_at is not None or not _is_due(comment, today):
        return None
    _count(session, comment, CommentState.open)
    comment.state = CommentState.open
    session.add(comment)
    session.flush()
    notify.notify_reopened(session, comment)
    return comment


def _is_due(comment: Comment, today: date) -> bool:
    day = comment.postponed_until
    return comment.state == CommentState.postponed and day is not None and day <= today


def _count(session: Session, comment: Comment, state: CommentState) -> None:
    """Update the counts of the proposal for a comment that gets another state."""
    document_service.count_comments(
        session,
        comment.proposal_id,
        answered=int(state != CommentState.open) - int(comment.state != CommentState.open),
        accepted=int(state == CommentState.accepted) - int(comment.state == CommentState.accepted),
    )
