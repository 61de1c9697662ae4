"""Anonymous comments: stored without their author, queued for a day and published together in random order.

Until then they are in a table whose keys say nothing about time or order. Their notices name no one, they are dated by
the day only, and they cannot be edited: that would reveal who wrote them. Only their author recognises them, by
a signature that the server's secret alone can check.
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
from server.live.broker import topic_of
from server.messages import message
from server.web.signing import sign_with_nonce, verify_with_nonce

MIN_REPS = 5
"""Minimum number of reps for anonymous comments."""
PER_DAY = 10
"""Anonymous comments per person and day."""
SHOWN_FOR = timedelta(days=180)
"""How long authors see their anonymous comments among their own."""
_PURPOSE = "comment"


def is_allowed(session: Session, slug: str) -> bool:
    """Return whether comments on a proposal may be anonymous: its redesign allows it and there are enough reps."""
    version = document_queries.version_page(session, slug)
    if version is None or not version.redesign.allow_anonymous:
        return False
    return document_queries.readership_of(session, version.redesign).reps >= MIN_REPS


def queue(session: Session, target: CommentTarget, body: CommentBody, author_id: int, secret: str, today: date) -> None:
    """Store a comment until tomorrow, and of its author only a signature.

    Raises InvalidError where anonymous comments are not allowed or the comment could not be published, and
    TooManyError over the daily limit.
    """
    if not is_allowed(session, target.slug):
        raise InvalidError(message("Comments here cannot be anonymous. Clear the box to post under your name."))
    signatures = session.exec(select(PendingComment.author_signature).where(PendingComment.day == today))
    if sum(_is_author(secret, author_id, signature) for signature in signatures) >= PER_DAY:
        raise TooManyError(message("You have reached today's limit for anonymous comments. Try again tomorrow."))
    with session.begin_nested() as dry_run:  # its author hears of a problem now, not tomorrow
        proposal_id = service.create_comment(session, target, body, None).proposal_id
        dry_run.rollback()
    session.add(
        PendingComment(
            key=secrets.token_hex(16),
            proposal_id=proposal_id,
            day=today,
            author_signature=sign_with_nonce(secret, _PURPOSE, str(author_id)),
            content={**asdict(target), "markdown": body.markdown, "html": body.html, "pay_impact": ""},
        )
    )
    session.flush()


def publish_pending(database: Database, publish_event: PublishEvent) -> bool:
    """Publish all comments queued before today in random order; return whether there were any."""
    today = now().date()
    due = select(PendingComment).where(PendingComment.day < today)
    with database.reading() as session:
        if session.exec(due.limit(1)).first() is None:
            return False
    with database.writing() as session:
        # Another process may be publishing some of them.
        in_key_order = due.order_by(col(PendingComment.key)).with_for_update(skip_locked=True)
        pending = list(session.exec(in_key_order))
        for proposal_id in sorted({comment.proposal_id for comment in pending}):  # the order everyone locks them in
            document_service.lock_proposal(session, proposal_id)
        secrets.SystemRandom().shuffle(pending)
        published_at = datetime.combine(today, time(), UTC)
        slugs = {_publish(session, comment, published_at) for comment in pending}
        session.commit()
    for slug in sorted(slugs):
        publish_event(topic_of(slug), "comments")
    return bool(pending)


def _publish(session: Session, pending: PendingComment, published_at: datetime) -> str:
    """Publish one comment and return the slug of its proposal, which may have moved in the meantime."""
    content = dict(pending.content)
    slug = content["slug"] = document_queries.slug_of(session, pending.proposal_id)
    body = CommentBody(content.pop("markdown"), content.pop("html"))
    selection = content.pop("selection")
    target = CommentTarget(**content, selection=Selection(**selection) if selection else None)
    try:
        with session.begin_nested():
            comment = service.create_comment(session, target, body, None, published_at, was_queued=True)
    except AppError:  # what it was attached to is gone by now: attach it to the proposal
        target = CommentTarget(slug, target.number)
        comment = service.create_comment(session, target, body, None, published_at, was_queued=True)
    comment.author_signature = pending.author_signature
    session.add(comment)
    session.delete(pending)
    session.flush()
    return slug


def own_comments(session: Session, secret: str, person_id: int, since: datetime) -> tuple[list[Comment], int]:
    """Return a person's anonymous comments since a time, newest first, and how many of theirs are queued."""
    signed = (
        select(Comment)
        .where(Comment.author_signature != "", Comment.created_at > since)
        .order_by(col(Comment.id).desc())
    )
    published = [comment for comment in session.exec(signed) if _is_author(secret, person_id, comment.author_signature)]
    pending = session.exec(select(PendingComment.author_signature))
    return published, sum(_is_author(secret, person_id, signature) for signature in pending)


def _is_author(secret: str, person_id: int, signature: str) -> bool:
    return verify_with_nonce(secret, _PURPOSE, str(person_id), signature)
