"""Notifications of comments: to mentioned people, participants, authors, and those who subscribe to everything."""

from collections.abc import Iterable

from markupsafe import Markup
from sqlmodel import Session, col, select

from server.discussion.models import Comment, CommentState
from server.documents import queries as document_queries
from server.documents.models import Proposal, Version
from server.notifications import service as notification_service
from server.notifications.events import Subscription
from server.notifications.service import Notification
from server.people import queries as people_queries
from server.text.markdown import mentioned_in
from server.text.mentions import NameIndex

_EXCERPT, _SHORT_EXCERPT = 140, 60
MAX_MENTIONS = 20
"""Most people that one comment can mention."""


def mentioned_people(session: Session, text: str) -> list[int]:
    """Return the people @mentioned in a text; the longest name wins, and a shared one is of all who have it."""
    if "@" not in text:
        return []
    return mentioned_in(text, NameIndex(people_queries.mentionable_names(session)))[:MAX_MENTIONS]


def _notification(session: Session, event: str, subject: str, comment: Comment, actor_id: int | None) -> Notification:
    proposal = session.get(Proposal, comment.proposal_id)
    values = {
        "who": people_queries.name_of(session, actor_id) if actor_id else "Anonymous",
        "title": proposal.title if proposal else "",
        "words": _excerpt(comment, _EXCERPT),
    }
    return Notification(event, subject, f"/comments/{comment.ulid}", values, comment.created_at)


def _excerpt(comment: Comment, length: int) -> str:
    return Markup(comment.html).striptags()[:length]  # noqa: S704 - only its text is used


def _authors(comments: list[Comment]) -> list[int]:
    """Return the authors who can be notified; authors of anonymous comments are not known."""
    return [comment.author_id for comment in comments if comment.author_id]


def _notify(
    session: Session, notification: Notification, people: Iterable[int], actor_id: int | None, proposal_id: int
) -> None:
    """Notify people who may read the proposal."""
    readers = document_queries.readers_of(session, document_queries.redesign_of(session, proposal_id))
    recipients = people if readers is None else readers & set(people)
    notification_service.notify(session, notification, recipients, actor_id)


def notify_comment(session: Session, comment: Comment) -> None:
    """Notify of a new comment: the people it mentions, who answer for the proposal, and who subscribe to everything."""
    mentioned = mentioned_people(session, comment.markdown)
    subject = f"comment {comment.ulid}"  # the same for both events, so that no one is notified twice
    mention = _notification(session, "mention", subject, comment, comment.author_id)
    _notify(session, mention, mentioned, comment.author_id, comment.proposal_id)
    responsible = document_queries.responsible_people(session, comment.proposal_id) - set(mentioned)
    feedback = _notification(session, "feedback", subject, comment, comment.author_id)
    _notify(session, feedback, responsible, comment.author_id, comment.proposal_id)
    subscribers = set(notification_service.everyone_subscribed(session, Subscription.all)) - set(mentioned)
    new_comment = _notification(session, "comment", subject, comment, comment.author_id)
    _notify(session, new_comment, subscribers, comment.author_id, comment.proposal_id)


def notify_edit(session: Session, comment: Comment, former_html: str) -> None:
    """Notify the people whom an edited comment mentions and did not mention before.

    Notices quote its words as they are now; who was mentioned in the former words alone hears no more of it.
    """
    subject = f"comment {comment.ulid}"
    mentioned = mentioned_people(session, comment.markdown)
    notification_service.drop_mentions(session, subject, mentioned)
    mention = _notification(session, "mention", subject, comment, comment.author_id)
    _notify(session, mention, mentioned, comment.author_id, comment.proposal_id)
    former, present = _quoted(former_html), _quoted(comment.html)
    words = dict(zip(former, present, strict=True))
    notification_service.replace_words(session, _urls(session, comment), words)


def forget_words(session: Session, comment: Comment, html: str, reason: str) -> None:
    """Remove a comment's words, given as HTML, from all notices, and cancel mail that has not left."""
    notification_service.remove_words(session, _urls(session, comment), _quoted(html), reason)


def notify_shown_again(session: Session, comment: Comment) -> None:
    """Let notices of a comment that is shown again no longer say that it was hidden."""
    notification_service.mark_shown_again(session, _urls(session, comment))


def _quoted(html: str) -> tuple[str, str]:
    """Return the words of a comment as notices quote them: long and short."""
    text = Markup(html).striptags()  # noqa: S704 - only its text is used
    return text[:_EXCERPT], text[:_SHORT_EXCERPT]


def _urls(session: Session, comment: Comment) -> list[str]:
    """Return the addresses of notices that may quote a comment: its own, and its thread's, which it may answer."""
    root = session.get(Comment, comment.parent_id) if comment.parent_id is not None else None
    return [f"/comments/{each.ulid}" for each in (comment, root) if each is not None]


def notify_reply(session: Session, root: Comment, reply: Comment, *, answers: bool) -> None:
    """Notify of a reply: the people it mentions, the participants of the thread, and subscribers.

    If the reply `answers` the thread, its author gets the notification of the answer instead.
    """
    mentioned = set(mentioned_people(session, reply.markdown))
    repliers = select(Comment.author_id).where(col(Comment.parent_id) == root.id)
    root_author = {root.author_id} if root.author_id else set()
    participants = {author_id for author_id in session.exec(repliers) if author_id} | root_author
    excluded = root_author if answers else set()
    subscribers = set(notification_service.everyone_subscribed(session, Subscription.all))
    participants = participants - mentioned - excluded
    recipients = (
        ("mention", mentioned - excluded),
        ("reply", participants),
        ("comment", subscribers - participants - mentioned - excluded),
    )
    for event, people in recipients:
        notification = _notification(session, event, f"comment {reply.ulid}", reply, reply.author_id)
        _notify(session, notification, people, reply.author_id, reply.proposal_id)


_ANSWER_EVENTS = {
    CommentState.answered: "answered",
    CommentState.accepted: "accepted",
    CommentState.declined: "declined",
    CommentState.postponed: "postponed",
}


def notify_answer(session: Session, comment: Comment, answerer_id: int, answer: str) -> None:
    """Notify the author of a comment of its answer."""
    event = _ANSWER_EVENTS.get(CommentState(comment.state))
    if event is None or comment.answered_at is None:
        return
    subject = f"answer {comment.ulid} {comment.answered_at:%Y%m%d%H%M%S%f}"
    notification = _notification(session, event, subject, comment, answerer_id)
    excerpt = notification.message["words"]
    values = {**notification.message, "words": answer[:_EXCERPT] or excerpt, "about": excerpt[:_SHORT_EXCERPT]}
    told = Notification(event, subject, notification.url, values, comment.answered_at)
    _notify(session, told, _authors([comment]), answerer_id, comment.proposal_id)


def notify_reopened(session: Session, comment: Comment) -> None:
    """Notify the author of a postponed comment, and who postponed it, that it is open again."""
    subject = f"back {comment.ulid} {comment.postponed_until}"
    notification = _notification(session, "back", subject, comment, None)
    people = {person_id for person_id in (comment.author_id, comment.answered_by) if person_id}
    told = Notification("back", subject, notification.url, notification.message)
    _notify(session, told, people, None, comment.proposal_id)


def notify_version(session: Session, proposal: Proposal, version: Version, included: list[Comment]) -> None:
    """Notify everyone who may read it of a new version, and the authors of the comments that it includes."""
    values = {"title": version.title, "number": str(version.number), "words": version.note[:_EXCERPT]}
    for comment in included:
        comment_values = {**values, "about": _excerpt(comment, _SHORT_EXCERPT)}
        subject = f"included {comment.ulid} {version.number}"
        inclusion = Notification("included", subject, f"/comments/{comment.ulid}", comment_values, version.published_at)
        _notify(session, inclusion, _authors([comment]), version.author_id, proposal.id)
    redesign = document_queries.redesign_of(session, proposal.id)
    recipients = document_queries.people_to_notify(session, redesign, proposal.id)
    subject, url = f"version {proposal.id} {version.number}", f"{proposal.url}/v/{version.number}"
    new_version = Notification("version", subject, url, values, version.published_at)
    notification_service.notify(session, new_version, recipients, version.author_id)
    if redesign.is_for_everyone:  # everyone reads the team's chat
        notification_service.announce(session, new_version)
