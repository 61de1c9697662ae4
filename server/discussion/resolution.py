"""How comments end: answered, accepted, not taken with a reason, parked until a day on which they come back."""

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

MAX_ANSWER = 500


class AlreadyAnsweredError(ConflictError):
    """Somebody else has answered since the page was opened; both answers are kept apart."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "Somebody else has answered this comment meanwhile. Read it, then answer again if you still want to."
            )
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a manager decides on a comment; `seen` is the state the page showed."""

    state: CommentState
    words: CommentBody | None = None
    seen: str = CommentState.open
    postponed_until: date | None = None
    in_version: int | None = None
    planned: str = ""

    def with_plan(self, planned: str) -> "Answer":
        """Return the same answer with the words of a draft that the comment has led to."""
        return replace(self, planned=planned)


def prepare_answer(state: str, text: str, seen: str = CommentState.open, postponed_until: date | None = None) -> Answer:
    """Check an answer and render its words; raises InvalidError for a missing reason or date."""
    if state not in set(CommentState):
        raise InvalidError(message("“{state}” is not an answer. Choose one of the list.", state=state[:40]))
    if state in {CommentState.answered, CommentState.declined} and not text.strip():
        raise InvalidError(message("The words are missing. Say why, so that the answer can be understood."))
    if state == CommentState.postponed and postponed_until is None:
        raise InvalidError(message("The date is missing. Choose the day this comes back."))
    return Answer(CommentState(state), prepare(text) if text.strip() else None, seen, postponed_until)


def resolve(session: Session, ulid: str, given: Answer, answerer_id: int, at: datetime | None = None) -> Comment:
    """Answer a comment: words become a reply, the state says how it ended.

    Raises AnsweredMeanwhileError when the state is no longer the one that was seen.
    """
    found = get_comment(session, ulid)
    if found.parent_id is not None:
        raise NotFoundError
    if found.state != given.seen:
        raise AlreadyAnsweredError
    if given.words:
        add_reply(session, found, given.words, answerer_id, at, answers=True)
    _count(session, found, given.state)
    reason = given.words.markdown if given.words else ""
    found.state = given.state
    found.reason = reason[:MAX_ANSWER] if given.state == CommentState.declined else ""
    found.postponed_until = given.postponed_until if given.state == CommentState.postponed else None
    found.in_version = given.in_version if given.state == CommentState.accepted else None
    found.in_block, found.planned = None, given.planned if given.state == CommentState.accepted else ""
    found.answered_by, found.answered_at = answerer_id, at or now()
    session.add(found)
    session.flush()
    notify.notify_answer(session, found, answerer_id, given.words.markdown if given.words else "")
    return found


def resolve_many(
    session: Session, ulids: Sequence[str], given: Answer, answerer_id: int, plans: Mapping[str, str] | None = None
) -> list[Comment]:
    """Answer several comments that ask the same; each of them gets the words and the state.

    `plans` are by comment the words of a draft that it has led to already.

    Raises AnsweredMeanwhileError when one of them is no longer open, and answers none then.
    """
    if not ulids:
        raise InvalidError(message("No comment is chosen. Choose the ones that this answers."))
    about = queries.proposal_of(session, ulids)
    for proposal_id in sorted(set(about.values())):  # in one order, whoever answers
        document_service.lock_proposal(session, proposal_id)
    try:
        planned = plans or {}
        return [
            resolve(session, ulid, given.with_plan(planned.get(ulid, "")), answerer_id) for ulid in sorted(set(ulids))
        ]
    except NotFoundError:
        raise ConflictError(
            message("One of these comments was taken back meanwhile. Leave it out, then answer the others.")
        ) from None


def reopen(session: Session, ulid: str, today: date) -> Comment | None:
    """Open a parked comment again when its day has come; None when somebody has answered it meanwhile.

    The day stays with it, so that everybody sees why it waits again.
    """
    about = queries.proposal_of(session, [ulid]).get(ulid)
    if about is not None:
        document_service.lock_proposal(session, about)
    found = queries.comment_for_update(session, ulid)
    is_due = (
        found and found.state == CommentState.postponed and found.postponed_until and found.postponed_until <= today
    )
    if found is None or not is_due or found.deleted_at is not None:
        return None
    _count(session, found, CommentState.open)
    found.state = CommentState.open
    session.add(found)
    session.flush()
    notify.notify_reopened(session, found)
    return found


def check_day(day: date | None, today: date) -> None:
    """Refuse to park until a day that has come already; raises InvalidError."""
    if day is not None and day <= today:
        raise InvalidError(message("Choose a day that is still to come."))


def _count(session: Session, found: Comment, state: CommentState) -> None:
    document_service.count_comments(
        session,
        found.proposal_id,
        answered=int(state != CommentState.open) - int(found.state != CommentState.open),
        accepted=int(state == CommentState.accepted) - int(found.state == CommentState.accepted),
    )
