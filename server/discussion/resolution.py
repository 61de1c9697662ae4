"""How comments end: answered, accepted, not taken with a reason, parked until a day on which they come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from server.db.columns import now
from server.discussion import notify, queries
from server.discussion.models import Comment, State
from server.discussion.service import Words, existing, join, prepare
from server.documents import service as document_service
from server.errors import ConflictError, InvalidError, NotFoundError
from server.messages import say

LONGEST_ANSWER = 500


class AnsweredMeanwhileError(ConflictError):
    """Somebody else has answered since the page was opened; both answers are kept apart."""

    def __init__(self) -> None:
        super().__init__(
            say("Somebody else has answered this comment meanwhile. Read it, then answer again if you still want to.")
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a manager decides on a comment; `seen` is the state the page showed."""

    state: State
    words: Words | None = None
    seen: str = State.open
    parked_until: date | None = None
    in_version: int | None = None
    planned: str = ""

    def with_plan(self, planned: str) -> "Answer":
        """Return the same answer with the words of a draft that the comment has led to."""
        return replace(self, planned=planned)


def prepare_answer(state: str, text: str, seen: str = State.open, parked_until: date | None = None) -> Answer:
    """Check an answer and render its words; raises InvalidError for a missing reason or date."""
    if state not in set(State):
        raise InvalidError(say("“{state}” is not an answer. Choose one of the list.", state=state[:40]))
    if state in {State.answered, State.not_taken} and not text.strip():
        raise InvalidError(say("The words are missing. Say why, so that the answer can be understood."))
    if state == State.parked and parked_until is None:
        raise InvalidError(say("The date is missing. Say until when this is parked."))
    return Answer(State(state), prepare(text) if text.strip() else None, seen, parked_until)


def answer(session: Session, ulid: str, given: Answer, answerer_id: int, at: datetime | None = None) -> Comment:
    """Answer a comment: words become a reply, the state says how it ended.

    Raises AnsweredMeanwhileError when the state is no longer the one that was seen.
    """
    found = existing(session, ulid)
    if found.parent_id is not None:
        raise NotFoundError
    if found.state != given.seen:
        raise AnsweredMeanwhileError
    if given.words:
        join(session, found, given.words, answerer_id, at, answers=True)
    _count(session, found, given.state)
    reason = given.words.markdown if given.words else ""
    found.state = given.state
    found.reason = reason[:LONGEST_ANSWER] if given.state == State.not_taken else ""
    found.parked_until = given.parked_until if given.state == State.parked else None
    found.in_version = given.in_version if given.state == State.accepted else None
    found.in_block, found.planned = None, given.planned if given.state == State.accepted else ""
    found.answered_by, found.answered_at = answerer_id, at or now()
    session.add(found)
    session.flush()
    notify.of_answer(session, found, answerer_id, given.words.markdown if given.words else "")
    return found


def answer_together(
    session: Session, ulids: Sequence[str], given: Answer, answerer_id: int, plans: Mapping[str, str] | None = None
) -> list[Comment]:
    """Answer several comments that ask the same; each of them gets the words and the state.

    `plans` are by comment the words of a draft that it has led to already.

    Raises AnsweredMeanwhileError when one of them is no longer open, and answers none then.
    """
    if not ulids:
        raise InvalidError(say("No comment is chosen. Choose the ones that this answers."))
    about = queries.proposal_of(session, ulids)
    for proposal_id in sorted(set(about.values())):  # in one order, whoever answers
        document_service.hold(session, proposal_id)
    try:
        planned = plans or {}
        return [
            answer(session, ulid, given.with_plan(planned.get(ulid, "")), answerer_id) for ulid in sorted(set(ulids))
        ]
    except NotFoundError:
        raise ConflictError(
            say("One of these comments was taken back meanwhile. Leave it out, then answer the others.")
        ) from None


def bring_back(session: Session, ulid: str, today: date) -> Comment | None:
    """Open a parked comment again when its day has come; None when somebody has answered it meanwhile.

    The day stays with it, so that everybody sees why it waits again.
    """
    about = queries.proposal_of(session, [ulid]).get(ulid)
    if about is not None:
        document_service.hold(session, about)
    found = queries.comment_held(session, ulid)
    is_due = found and found.state == State.parked and found.parked_until and found.parked_until <= today
    if found is None or not is_due or found.deleted_at is not None:
        return None
    _count(session, found, State.open)
    found.state = State.open
    session.add(found)
    session.flush()
    notify.of_return(session, found)
    return found


def check_day(day: date | None, today: date) -> None:
    """Refuse to park until a day that has come already; raises InvalidError."""
    if day is not None and day <= today:
        raise InvalidError(say("Choose a day that is still to come."))


def _count(session: Session, found: Comment, state: State) -> None:
    document_service.count_comments(
        session,
        found.proposal_id,
        answered=int(state != State.open) - int(found.state != State.open),
        accepted=int(state == State.accepted) - int(found.state == State.accepted),
    )
