"""Comments without a name: their author is kept nowhere, they wait a day for others and come out together, shuffled.

Until then they stand in a table whose keys say nothing of time or order. What is told of them names nobody, they are
found by the day only, and they cannot be changed: who may change something has written it. Their author alone
recognises them, by a seal that only the server's secret can check.
"""

import secrets
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session, col, select

from server.db.columns import now
from server.db.session import Database
from server.discussion import service
from server.discussion.anchoring import Selection
from server.discussion.models import Comment, PendingComment
from server.discussion.service import CommentBody, CommentTarget
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.errors import AppError, InvalidError, TooManyError
from server.jobs.tasks import PublishEvent
from server.messages import message
from server.people import queries as people_queries
from server.web.signing import sign_with_nonce, verify_with_nonce

MIN_REPS = 5
"""Among fewer reps than this nobody is without a name."""
PER_DAY = 10
ABOUT = "comment"


def is_allowed(session: Session, slug: str) -> bool:
    """Say whether comments on a proposal may be without a name: its redesign allows it, and there are reps enough."""
    edition = document_queries.version_page(session, slug)
    return bool(edition and edition.redesign.allow_anonymous and people_queries.reps_count(session) >= MIN_REPS)


def queue(session: Session, place: CommentTarget, words: CommentBody, author_id: int, secret: str, today: date) -> None:
    """Keep a comment until tomorrow, and of its author only the seal; raises InvalidError and TooManyError."""
    if not is_allowed(session, place.slug):
        raise InvalidError(
            message("Here every comment carries its author's name. Leave the box empty to say it with yours.")
        )
    mine = select(PendingComment.author_signature).where(PendingComment.day == today)
    if sum(verify_with_nonce(secret, ABOUT, str(author_id), made) for made in session.exec(mine)) >= PER_DAY:
        raise TooManyError(message("That is all that can be said without a name in a day. Go on tomorrow."))
    # What is wrong with it is said now, while its author is there; it is undone again.
    with session.begin_nested() as trial:
        tried = service.create_comment(session, place, words, None)
        proposal_id = tried.proposal_id
        trial.rollback()
    said = {**asdict(place), "markdown": words.markdown, "html": words.html, "pay_impact": ""}
    made = sign_with_nonce(secret, ABOUT, str(author_id))
    session.add(
        PendingComment(
            key=secrets.token_hex(16), proposal_id=proposal_id, day=today, author_signature=made, content=said
        )
    )
    session.flush()


def publish_pending(database: Database, tell: PublishEvent) -> bool:
    """Let everything out that has waited since an earlier day, in an order that says nothing; whether there was any."""
    today = now().date()
    with database.reading() as session:
        if session.exec(select(PendingComment.key).where(PendingComment.day < today).limit(1)).first() is None:
            return False
    with database.writing() as session:
        waiting = select(PendingComment).where(PendingComment.day < today).order_by(col(PendingComment.key))
        held = list(session.exec(waiting.with_for_update(skip_locked=True)))  # another process may be letting them out
        for proposal_id in sorted({one.proposal_id for one in held}):  # in one order, as whoever answers does
            document_service.lock_proposal(session, proposal_id)
        secrets.SystemRandom().shuffle(held)
        at = datetime.combine(today, time(), UTC)
        slugs = {_brought_out(session, one, at) for one in held}
        session.commit()
    for slug in slugs - {None}:
        tell(f"proposal-{slug}", "comments")
    return bool(held)


def _brought_out(session: Session, held: PendingComment, at: datetime) -> str | None:
    said = dict(held.content) | {
        "slug": document_queries.slug_of(session, held.proposal_id)
    }  # it may have moved meanwhile
    words = CommentBody(said.pop("markdown"), said.pop("html"))
    marked = said.pop("selection")
    place = CommentTarget(**said, selection=Selection(**marked) if marked else None)
    try:
        with session.begin_nested():
            comment = service.create_comment(session, place, words, None, at)
            comment.author_signature = held.author_signature
            session.add(comment)
    except AppError:  # what it was on has gone meanwhile: it stands on the whole
        comment = service.create_comment(session, CommentTarget(place.slug, place.number), words, None, at)
        comment.author_signature = held.author_signature
        session.add(comment)
    session.delete(held)
    session.flush()
    return place.slug


def own(session: Session, secret: str, person_id: int, since: datetime) -> tuple[list[Comment], int]:
    """Return what somebody has said without a name since a moment, and how much of theirs still waits."""
    out = (
        select(Comment)
        .where(Comment.author_signature != "", Comment.created_at > since)
        .order_by(col(Comment.id).desc())
    )
    held = session.exec(select(PendingComment.author_signature))
    mine = [one for one in session.exec(out) if verify_with_nonce(secret, ABOUT, str(person_id), one.author_signature)]
    return mine, sum(verify_with_nonce(secret, ABOUT, str(person_id), made) for made in held)


SHOWN_FOR = timedelta(days=180)
"""One's own nameless comments are looked for among those of so many days."""
