"""Who hears of what is said: participants of a thread, people who are mentioned, authors, and who wants to hear all."""

import re

from markupsafe import Markup
from sqlmodel import Session, col, select

from server.discussion.models import Comment, CommentState
from server.documents.models import Proposal, Version
from server.notifications import service as notification_service
from server.notifications.events import Subscription
from server.notifications.service import Notification
from server.people import queries as people_queries

_EXCERPT, _ABOUT = 140, 60
_AT = re.compile(r"(?<!\w)@(?=\w)")
MAX_MENTIONS = 20
"""More people than this are not called by one comment."""


def mentioned_people(session: Session, text: str) -> list[int]:
    """Return who is called by name after an @; of two names that begin alike the longer one is meant."""
    places = [match.end() for match in _AT.finditer(text)]
    if not places:
        return []
    names = sorted(people_queries.active_names(session), key=lambda found: -len(found[1]))
    found: dict[int, None] = {}
    for place in places:
        rest = text[place : place + 130].casefold()
        key = next((key for key, name in names if rest.startswith(name.casefold())), None)
        if key is not None:
            found[key] = None
    return list(found)[:MAX_MENTIONS]


def _news(session: Session, event: str, item: str, comment: Comment, who: int | None) -> Notification:
    proposal = session.get(Proposal, comment.proposal_id)
    said = {
        "who": people_queries.name_of(session, who) if who else "Somebody",
        "title": proposal.title if proposal else "",
        "words": Markup(comment.html).striptags()[:_EXCERPT],  # noqa: S704 - read only
    }
    return Notification(event, item, f"/comments/{comment.ulid}", said, comment.created_at)


def _authors(comments: list[Comment]) -> list[int]:
    """Return who can be told: whoever said something without a name finds the answer by themselves."""
    return [comment.author_id for comment in comments if comment.author_id]


def notify_comment(session: Session, comment: Comment) -> None:
    """Tell of a new comment, first whom it mentions, then who wants to hear everything."""
    called = mentioned_people(session, comment.markdown)
    item = f"comment {comment.ulid}"  # one item: who is mentioned need not hear of the comment as well
    notification_service.notify(
        session, _news(session, "mention", item, comment, comment.author_id), called, comment.author_id
    )
    everybody = set(notification_service.everyone_subscribed(session, Subscription.all)) - set(called)
    notification_service.notify(
        session, _news(session, "comment", item, comment, comment.author_id), everybody, comment.author_id
    )


def notify_edit(session: Session, comment: Comment) -> None:
    """Tell whom a changed comment mentions and has not called before."""
    news = _news(session, "mention", f"comment {comment.ulid}", comment, comment.author_id)
    notification_service.notify(session, news, mentioned_people(session, comment.markdown), comment.author_id)


def notify_reply(session: Session, root: Comment, reply: Comment, *, answers: bool) -> None:
    """Tell of a reply: whom it mentions, who took part; the author of a comment hears of its answer otherwise."""
    called = mentioned_people(session, reply.markdown)
    replies = select(Comment.author_id).where(col(Comment.parent_id) == root.id)
    taking_part = {author for author in session.exec(replies) if author}
    began = {root.author_id} if root.author_id else set()
    taking_part |= began
    left = began if answers else set()
    item = f"comment {reply.ulid}"
    notification_service.notify(
        session, _news(session, "mention", item, reply, reply.author_id), set(called) - left, reply.author_id
    )
    others = taking_part - set(called) - left
    notification_service.notify(session, _news(session, "reply", item, reply, reply.author_id), others, reply.author_id)
    listening = set(notification_service.everyone_subscribed(session, Subscription.all)) - others - set(called) - left
    notification_service.notify(
        session, _news(session, "comment", item, reply, reply.author_id), listening, reply.author_id
    )


_EVENTS = {
    CommentState.answered: "answered",
    CommentState.accepted: "accepted",
    CommentState.declined: "declined",
    CommentState.postponed: "postponed",
}


def notify_answer(session: Session, comment: Comment, answerer: int, words: str) -> None:
    """Tell a comment's author how it ended."""
    event = _EVENTS.get(CommentState(comment.state))
    if event is None or comment.answered_at is None:
        return
    at = comment.answered_at
    news = _news(session, event, f"answer {comment.ulid} {at:%Y%m%d%H%M%S%f}", comment, answerer)
    said = {**news.message, "words": words[:_EXCERPT] or news.message["words"], "about": news.message["words"][:_ABOUT]}
    notification_service.notify(
        session, Notification(event, news.subject, news.url, said, at), _authors([comment]), answerer
    )


def notify_reopened(session: Session, comment: Comment) -> None:
    """Tell the author, and who parked it, that a comment is open again."""
    news = _news(session, "back", f"back {comment.ulid} {comment.postponed_until}", comment, None)
    to = {person for person in (comment.author_id, comment.answered_by) if person}
    notification_service.notify(session, Notification(news.event, news.subject, news.url, news.message), to)


def notify_version(session: Session, proposal: Proposal, version: Version, adopted: list[Comment]) -> None:
    """Tell everybody of a new version, and authors that it takes up what they said."""
    said = {"title": version.title, "number": str(version.number), "words": version.note[:_EXCERPT]}
    address = f"{proposal.url}/v/{version.number}"
    for comment in adopted:
        item = f"adopted {comment.ulid} {version.number}"
        about = Markup(comment.html).striptags()[:_ABOUT]  # noqa: S704 - read only
        own = {**said, "about": about}
        news = Notification("adopted", item, f"/comments/{comment.ulid}", own, version.published_at)
        notification_service.notify(session, news, _authors([comment]), version.author_id)
    everybody = [key for key, _ in people_queries.active_names(session)]
    news = Notification("version", f"version {proposal.id} {version.number}", address, said, version.published_at)
    notification_service.notify(session, news, everybody, version.author_id)
    notification_service.announce(session, news)
