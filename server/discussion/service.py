"""Writes of comments: post, reply, edit, withdraw and endorse."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup
from sqlmodel import Session

from server.db.columns import now
from server.discussion import anchoring, notify, queries
from server.discussion.anchoring import Selection
from server.discussion.models import COMMENT_KINDS, PAY_IMPACTS, Comment, CommentState, Endorsement
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents import stages
from server.documents.queries import VersionRef
from server.errors import ConflictError, InvalidError, NotFoundError, TooManyError
from server.messages import message, plural_message
from server.notifications.service import WITHDRAWN
from server.people import queries as people_queries
from server.search import service as search_service
from server.search.service import IndexEntry
from server.text.markdown import MAX_COMMENT, render_comment
from server.text.mentions import NameIndex

EDIT_HOURS = 1
"""Hours within which a comment can be edited; later, others may have answered it."""
PER_MINUTE, PER_HOUR = 40, 300
"""Most comments and replies of one person: more than anyone types."""


@dataclass(frozen=True, slots=True)
class CommentTarget:
    """What a comment is on: a version, one of its candidates or variants, a selection in it.

    `pay_impact`, `kind` and `goal` are what its author says about it; `suggestion` replaces the selection.
    """

    slug: str
    number: int
    candidate: str = ""
    pay_impact: str = ""
    kind: str = ""
    goal: int | None = None
    selection: Selection | None = None
    suggestion: str | None = None
    version_id: int = 0
    """That of the version, where the form states it: a number may be of a version that was withdrawn."""


@dataclass(frozen=True, slots=True)
class CommentBody:
    """A checked text with its HTML."""

    markdown: str
    html: str


def prepare(text: str) -> CommentBody:
    """Check a text and render it; this can be slow, so call it before a session writes."""
    markdown = text.strip()
    if not markdown:
        raise InvalidError(message("The comment is empty. Write something, then send it."))
    if len(markdown) > MAX_COMMENT:
        raise InvalidError(message("The comment is longer than {most} characters. Shorten it.", most=MAX_COMMENT))
    return CommentBody(markdown, render_comment(markdown))


def _html(session: Session, body: CommentBody, proposal_id: int | None = None) -> str:
    """Return the HTML of a comment with the names it mentions highlighted, so that its author sees whom it reaches."""
    if "@" not in body.markdown:
        return body.html
    names = people_queries.mentionable_names(session)
    if proposal_id is not None:
        readers = document_queries.readers_of(session, document_queries.redesign_of(session, proposal_id))
        if readers is not None:
            names = [(name, [person for person in people if person in readers]) for name, people in names]
    return render_comment(body.markdown, NameIndex((name, people) for name, people in names if people))


def preview(session: Session, text: str) -> str:
    """Return the HTML that a text would have as a comment; raises what `prepare` raises."""
    return _html(session, prepare(text))


def _check_not_withdrawn(session: Session, target: CommentTarget, version_id: int) -> None:
    """Raise ConflictError if the version is not the one of the form, or NotFoundError if it was just withdrawn."""
    version = document_queries.version_ref(session, target.slug, target.number)
    if version is None:
        raise NotFoundError
    version.check_is(target.version_id or version_id)


def create_comment(
    session: Session,
    target: CommentTarget,
    body: CommentBody,
    author_id: int | None,
    at: datetime | None = None,
    *,
    was_queued: bool = False,
) -> Comment:
    """Post a comment on a version; without an author it is anonymous.

    Raises ClosedStageError if comments are closed at that time, unless it `was_queued` while they were open.
    """
    version = document_queries.version_ref(session, target.slug, target.number)
    if version is None:
        raise NotFoundError
    if target.candidate and not document_queries.candidate_exists(session, version, target.candidate):
        raise NotFoundError
    if not was_queued:
        check_open(session, version.proposal_id, at.date() if at else None)
    current = document_service.lock_proposal(session, version.proposal_id)
    _check_not_withdrawn(session, target, version.version_id)
    comment = Comment(
        proposal_id=version.proposal_id,
        version=version.number,
        candidate=target.candidate,
        author_id=author_id,
        pay_impact=target.pay_impact if target.pay_impact in PAY_IMPACTS else "",
        kind=target.kind if target.kind in COMMENT_KINDS else "",
        goal=target.goal if target.goal and target.goal <= len(version.goals) else None,
        markdown=body.markdown,
        html=_html(session, body, version.proposal_id),
        created_at=at or now(),
    )
    session.add(comment)
    session.flush()
    selection = target.selection if target.selection and target.selection.is_anything else None
    if target.suggestion is not None:
        _add_suggestion(comment, selection, target.suggestion)
    if selection or target.candidate:
        _attach(session, comment, version, current, selection)
    if comment.suggestion is not None and comment.suggestion.split() == comment.quote.split():
        raise InvalidError(message("The text already says this. Change it before you suggest it."))
    document_service.count_comments(session, version.proposal_id, comments=1)
    index_comment(session, comment)
    notify.notify_comment(session, comment)
    return comment


def _add_suggestion(comment: Comment, selection: Selection | None, suggestion: str) -> None:
    if selection is None:
        raise InvalidError(message("Select the text you want to change first."))
    comment.kind, comment.suggestion = "suggestion", suggestion.strip()
    if selection.term:  # as a plan's text writes it, not as the page shows it
        comment.suggestion = comment.suggestion.replace("×", "x").replace("\u00a0", " ")


def _attach(session: Session, comment: Comment, target: VersionRef, current: int, selection: Selection | None) -> None:
    """Attach a comment to its version, and re-anchor it if that is not the current one."""
    version = document_queries.version(session, target.proposal_id, target.number)
    newest = document_queries.version(session, target.proposal_id, current)
    if version is None or newest is None:
        raise NotFoundError
    if selection:
        anchoring.attach(session, comment, version, selection)
    elif not anchoring.attach_to_candidate(session, comment, version):
        return
    if newest.id != version.id:
        anchoring.reanchor(session, newest, comment)


def import_comments(session: Session, proposal_id: int, comments: Sequence[Comment]) -> None:
    """Count and index comments that were imported."""
    threads = [comment for comment in comments if comment.parent_id is None and comment.deleted_at is None]
    document_service.count_comments(
        session,
        proposal_id,
        comments=len(threads),
        answered=sum(thread.state != CommentState.open for thread in threads),
        accepted=sum(thread.state == CommentState.accepted for thread in threads),
    )
    for comment in comments:
        if comment.deleted_at is None:
            index_comment(session, comment)


def index_comment(session: Session, comment: Comment) -> None:
    """Add a comment to the search index, unless it is hidden."""
    if comment.hidden_at is not None:
        return
    author = people_queries.name_of(session, comment.author_id) if comment.author_id else ""
    url = f"/comments/{comment.ulid}"
    text = Markup(comment.html).striptags()  # noqa: S704 - only its text is used
    entry = IndexEntry("comment", comment.ulid, comment.proposal_id, url, author, text, comment.created_at)
    search_service.index(session, entry)


def reply(session: Session, ulid: str, body: CommentBody, author_id: int, at: datetime | None = None) -> Comment:
    """Post a reply; a reply to a reply joins the same thread."""
    return add_reply(session, get_comment(session, ulid), body, author_id, at)


def add_reply(
    session: Session, comment: Comment, body: CommentBody, author_id: int, at: datetime | None, *, answers: bool = False
) -> Comment:
    """Add a reply to the thread of a comment; `answers` marks it as the answer of a manager."""
    root = comment if comment.parent_id is None else session.get_one(Comment, comment.parent_id)
    stages.check_not_closed(document_queries.redesign_of(session, root.proposal_id))
    new_reply = Comment(
        proposal_id=root.proposal_id,
        version=root.version,
        candidate=root.candidate,
        parent_id=root.id,
        author_id=author_id,
        markdown=body.markdown,
        html=_html(session, body, root.proposal_id),
        state=CommentState.answered,
        created_at=at or now(),
    )
    session.add(new_reply)
    session.flush()
    index_comment(session, new_reply)
    notify.notify_reply(session, root, new_reply, answers=answers)
    return new_reply


def endorse(session: Session, ulid: str, person_id: int) -> Comment:
    """Endorse a comment, or withdraw the endorsement; raises InvalidError for one's own comment."""
    comment = get_comment(session, ulid)
    if comment.parent_id is not None:
        raise NotFoundError
    if comment.author_id == person_id:
        raise InvalidError(message("You cannot agree with your own comment."))
    check_open(session, comment.proposal_id)
    endorsement = session.get(Endorsement, (comment.id, person_id))
    if endorsement is None:
        session.add(Endorsement(comment_id=comment.id, person_id=person_id))
    else:
        session.delete(endorsement)
    comment.endorsements += 1 if endorsement is None else -1
    session.add(comment)
    session.flush()
    return comment


def check_open(session: Session, proposal_id: int, day: date | None = None) -> None:
    """Raise ClosedStageError unless comments on a proposal are open on a day, by default today."""
    stages.check_open(session, document_queries.redesign_of(session, proposal_id), day)


def get_comment(session: Session, ulid: str) -> Comment:
    """Return a comment, locked until the end of the transaction; raises NotFoundError."""
    proposal_id = queries.proposal_ids(session, [ulid]).get(ulid)
    if proposal_id is not None:
        document_service.lock_proposal(session, proposal_id)
    comment = queries.comment_for_update(session, ulid)
    if comment is None or comment.deleted_at is not None:
        raise NotFoundError
    return comment


def get_own_comment(session: Session, ulid: str, author_id: int) -> Comment:
    """Return a comment to its author, locked; raises NotFoundError for anyone else."""
    comment = get_comment(session, ulid)
    if comment.author_id != author_id:
        raise NotFoundError
    return comment


def check_pace(session: Session, author_id: int) -> None:
    """Raise TooManyError if a person posts faster than anyone types."""
    present = now()
    for limit, period in ((PER_MINUTE, timedelta(minutes=1)), (PER_HOUR, timedelta(hours=1))):
        if queries.comment_count_since(session, author_id, present - period) >= limit:
            raise TooManyError(message("You are commenting very fast. Wait a minute, then send it again."))


def is_editable(comment: Comment, present: datetime) -> bool:
    """Return whether its author may still edit a comment."""
    return comment.created_at > present - timedelta(hours=EDIT_HOURS)


def edit(session: Session, ulid: str, body: CommentBody, author_id: int, revision: int) -> Comment:
    """Edit one's own comment.

    Raises InvalidError if it is too old to be edited, ConflictError if `revision` is no longer its revision.
    """
    comment = get_own_comment(session, ulid, author_id)
    stages.check_not_closed(document_queries.redesign_of(session, comment.proposal_id))
    if not is_editable(comment, now()):
        raise InvalidError(
            plural_message(
                "You can edit a comment for {count} hour after posting it. Add a reply instead.",
                "You can edit a comment for {count} hours after posting it. Add a reply instead.",
                EDIT_HOURS,
            )
        )
    if comment.revision != revision:
        raise ConflictError(message("You edited this comment in another window. Your text is below."))
    if comment.markdown != body.markdown:
        former_html = comment.html
        comment.markdown, comment.html = body.markdown, _html(session, body, comment.proposal_id)
        comment.edited_at, comment.revision = now(), revision + 1
        session.add(comment)
        session.flush()
        index_comment(session, comment)
        notify.notify_edit(session, comment, former_html)
    return comment


def credit_of(comment: Comment, name: str) -> str:
    """Return the credit for a comment in the note of a version; without a name, to "a colleague"."""
    author = name or "a colleague"
    return f"Wording by {author}." if comment.suggestion is not None else f"Suggested by {author}."


def toggle_credit(session: Session, ulid: str, author_id: int) -> Comment:
    """Hide the name of a comment's author in the ledger and in notes of versions, or show it in the ledger again."""
    comment = get_own_comment(session, ulid, author_id)
    comment.hides_name = not comment.hides_name
    if comment.hides_name:
        credit = credit_of(comment, people_queries.name_of(session, author_id))
        document_service.replace_in_notes(session, comment.proposal_id, credit, credit_of(comment, ""))
    session.add(comment)
    session.flush()
    return comment


def withdraw(session: Session, ulid: str, author_id: int) -> Comment:
    """Delete the text of one's own comment; readers still see that there was one."""
    comment = get_own_comment(session, ulid, author_id)
    if comment.parent_id is None:
        document_service.count_comments(
            session,
            comment.proposal_id,
            comments=-1,
            answered=-int(comment.state != CommentState.open),
            accepted=-int(comment.state == CommentState.accepted),
        )
    notify.forget_words(session, comment, comment.html, WITHDRAWN)
    comment.markdown, comment.html, comment.deleted_at = "", "", now()
    search_service.remove(session, "comment", comment.ulid)
    session.add(comment)
    session.flush()
    return comment
