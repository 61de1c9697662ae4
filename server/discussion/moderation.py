"""Hiding of comments by admins."""

from sqlmodel import Session

from server.db.columns import now
from server.discussion import notify
from server.discussion.models import Comment
from server.discussion.service import get_comment, index_comment
from server.errors import InvalidError
from server.messages import message
from server.notifications.service import HIDDEN
from server.search import service as search_service

_MAX_REASON = 300


def hide(session: Session, ulid: str, why: str, admin_id: int) -> Comment:
    """Hide a comment from everyone except admins; raises InvalidError without a reason."""
    comment = get_comment(session, ulid)
    reason = " ".join(why.split())
    if not reason:
        raise InvalidError(message("The reason is missing. Say why this comment must be hidden."))
    if comment.hidden_at is None:
        comment.hidden_at, comment.hidden_by, comment.hidden_why = now(), admin_id, reason[:_MAX_REASON]
        search_service.remove(session, "comment", comment.ulid)
        notify.forget_words(session, comment, comment.html, HIDDEN)
        session.add(comment)
        session.flush()
    return comment


def show_again(session: Session, ulid: str) -> Comment:
    """Show a hidden comment to everyone again."""
    comment = get_comment(session, ulid)
    if comment.hidden_at is not None:
        comment.hidden_at, comment.hidden_by, comment.hidden_why = None, None, ""
        session.add(comment)
        session.flush()
        index_comment(session, comment)
        notify.notify_shown_again(session, comment)
    return comment
