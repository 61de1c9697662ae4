"""Decisions about comments: saying, changing, withdrawing and answering them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from sqlmodel import Session

from server.db.columns import now
from server.discussion import anchoring, notify, queries
from server.discussion.anchoring import Selection
from server.discussion.models import COMMENT_KINDS, PAY_IMPACTS, Comment, CommentState, Endorsement
from server.documents import queries as document_queries
from server.documents import service as document_service
from server.documents.queries import VersionRef
from server.errors import ConflictError, InvalidError, NotFoundError, TooManyError
from server.messages import message
from server.people import queries as people_queries
from server.search import service as search_service
from server.search.service import IndexEntry
from server.text.markdown import MAX_COMMENT, render_comment


@dataclass(frozen=True, slots=True)
class CommentTarget:
    """What a comment is on: a version, a candidate or the whole, and if one likes a band of pay, a kind and a goal."""

    slug: str
    number: int
    candidate: str = ""
    pay_impact: str = ""
    kind: str = ""
    goal: int | None = None
    selection: Selection | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class CommentBody:
    """A text fit to be kept, with its HTML."""

    markdown: str
    html: str


def prepare(text: str) -> CommentBody:
    """Check a text and render it; slow for a hostile one, so call it before a session begins to write."""
    bare = text.strip()
    if not bare:
        raise InvalidError(message("The comment is empty. Write something, then send it."))
    if len(bare) > MAX_COMMENT:
        raise InvalidError(message("The comment is longer than {most} characters. Shorten it.", most=MAX_COMMENT))
    return CommentBody(bare, render_comment(bare))


def create_comment(
    session: Session, place: CommentTarget, words: CommentBody, author_id: int | None, at: datetime | None = None
) -> Comment:
    """Keep a new comment on a version; without an author it is one without a name."""
    edition = document_queries.version_ref(session, place.slug, place.number)
    if edition is None:
        raise NotFoundError
    if place.candidate and not document_queries.candidate_exists(session, edition, place.candidate):
        raise NotFoundError
    current = document_service.lock_proposal(session, edition.proposal_id)
    comment = Comment(
        proposal_id=edition.proposal_id,
        version=edition.number,
        candidate=place.candidate,
        author_id=author_id,
        pay_impact=place.pay_impact if place.pay_impact in PAY_IMPACTS else "",
        kind=place.kind if place.kind in COMMENT_KINDS else "",
        goal=place.goal if place.goal and place.goal <= len(edition.goals) else None,
        markdown=words.markdown,
        html=words.html,
        created_at=at or now(),
    )
    session.add(comment)
    session.flush()
    if place.suggestion is not None:
        if not (place.selection and place.selection.is_anything):
            raise InvalidError(message("Select the text you want to change first."))
        comment.kind, comment.suggestion = "suggestion", place.suggestion.strip()
        if place.selection.term:  # as a plan writes it, however the page shows it
            comment.suggestion = comment.suggestion.replace("×", "x").replace("\u00a0", " ")
    if (place.selection and place.selection.is_anything) or place.candidate:
        _attach(session, comment, edition, current, place.selection)
    if comment.suggestion is not None and comment.suggestion.split() == comment.quote.split():
        raise InvalidError(message("The text already says this. Change it before you suggest it."))
    document_service.count_comments(session, edition.proposal_id, comments=1)
    index_comment(session, comment)
    notify.notify_comment(session, comment)
    return comment


def _attach(session: Session, comment: Comment, edition: VersionRef, current: int, marked: Selection | None) -> None:
    version = document_queries.version(session, edition.proposal_id, edition.number)
    newest = document_queries.version(session, edition.proposal_id, current)
    if version is None or newest is None:
        raise NotFoundError
    if marked and marked.is_anything:
        anchoring.attach(session, comment, version, marked)
    elif not anchoring.attach_to_candidate(session, comment, version):
        return
    if newest.id != version.id:
        anchoring.reanchor(session, newest, comment)


def import_comment(session: Session, proposal_id: int, comments: Sequence[Comment]) -> None:
    """Let comments that came from elsewhere count and be found like those said here."""
    roots = [comment for comment in comments if comment.parent_id is None and comment.deleted_at is None]
    document_service.count_comments(
        session,
        proposal_id,
        comments=len(roots),
        answered=sum(one.state != CommentState.open for one in roots),
        accepted=sum(one.state == CommentState.accepted for one in roots),
    )
    for comment in comments:
        if comment.deleted_at is None:
            index_comment(session, comment)


def index_comment(session: Session, comment: Comment) -> None:
    """Let a comment be found, unless it is hidden."""
    if comment.hidden_at is not None:
        return
    author = people_queries.name_of(session, comment.author_id) if comment.author_id else ""
    address = f"/comments/{comment.ulid}"
    words = Markup(comment.html).striptags()  # noqa: S704 - read only
    found = IndexEntry("comment", comment.ulid, comment.proposal_id, address, author, words, comment.created_at)
    search_service.index(session, found)


def reply(session: Session, ulid: str, words: CommentBody, author_id: int, at: datetime | None = None) -> Comment:
    """Keep a reply; a reply to a reply joins the same thread."""
    return add_reply(session, get_comment(session, ulid), words, author_id, at)


def add_reply(
    session: Session, said: Comment, words: CommentBody, author_id: int, at: datetime | None, *, answers: bool = False
) -> Comment:
    """Put words into the thread of a comment; `answers` says that they end it."""
    root = said if said.parent_id is None else session.get_one(Comment, said.parent_id)
    comment = Comment(
        proposal_id=root.proposal_id,
        version=root.version,
        candidate=root.candidate,
        parent_id=root.id,
        author_id=author_id,
        markdown=words.markdown,
        html=words.html,
        state=CommentState.answered,
        created_at=at or now(),
    )
    session.add(comment)
    session.flush()
    index_comment(session, comment)
    notify.notify_reply(session, root, comment, answers=answers)
    return comment


def endorse(session: Session, ulid: str, person_id: int) -> Comment:
    """Say that somebody's comment is the same for oneself; a second time takes it back.

    Raises InvalidError for one's own comment, which says so already.
    """
    found = get_comment(session, ulid)
    if found.parent_id is not None:
        raise NotFoundError
    if found.author_id == person_id:
        raise InvalidError(message("It is your own comment."))
    mine = session.get(Endorsement, (found.id, person_id))
    if mine is None:
        session.add(Endorsement(comment_id=found.id or 0, person_id=person_id))
    else:
        session.delete(mine)
    found.endorsements += 1 if mine is None else -1
    session.add(found)
    session.flush()
    return found


def get_comment(session: Session, ulid: str) -> Comment:
    """Return a comment and hold it until the transaction ends, so that of two who change it one comes second."""
    about = queries.proposal_of(session, [ulid]).get(ulid)
    if about is not None:
        document_service.lock_proposal(session, about)
    found = queries.comment_for_update(session, ulid)
    if found is None or found.deleted_at is not None:
        raise NotFoundError
    return found


def get_own_comment(session: Session, ulid: str, author_id: int) -> Comment:
    """Return a comment to its author, to be changed; raises NotFoundError for anybody else."""
    found = get_comment(session, ulid)
    if found.author_id != author_id:
        raise NotFoundError
    return found


EDIT_HOURS = 1
"""For so long a comment can be changed: later, people have answered what it said."""
PER_MINUTE, PER_HOUR = 40, 300
"""Nobody writes so many comments by hand."""


def check_pace(session: Session, author_id: int) -> None:
    """Refuse what only a program writes; raises TooManyError."""
    at = now()
    for most, since in ((PER_MINUTE, timedelta(minutes=1)), (PER_HOUR, timedelta(hours=1))):
        if queries.comments_since(session, author_id, at - since) >= most:
            raise TooManyError(message("That is more than a person writes. Wait a little, then send it again."))


def is_editable(comment: Comment, present: datetime) -> bool:
    """Say whether its author may still change a comment."""
    return comment.created_at > present - timedelta(hours=EDIT_HOURS)


def hide(session: Session, ulid: str, why: str, admin_id: int) -> Comment:
    """Take a comment out of everybody's sight, with a reason; raises InvalidError without one."""
    found = get_comment(session, ulid)
    reason = " ".join(why.split())
    if not reason:
        raise InvalidError(message("The reason is missing. Say why nobody should read this."))
    if found.hidden_at is None:
        found.hidden_at, found.hidden_by, found.hidden_why = now(), admin_id, reason[:300]
        search_service.remove(session, "comment", found.ulid)
        session.add(found)
        session.flush()
    return found


def show_again(session: Session, ulid: str) -> Comment:
    """Let everybody read a comment again."""
    found = get_comment(session, ulid)
    if found.hidden_at is not None:
        found.hidden_at, found.hidden_by, found.hidden_why = None, None, ""
        session.add(found)
        session.flush()
        index_comment(session, found)
    return found


def edit(session: Session, ulid: str, words: CommentBody, author_id: int, revision: int) -> Comment:
    """Change one's own comment, with a mark; raises ConflictError when it was changed elsewhere since.

    Raises InvalidError when it is too old to be changed.
    """
    found = get_own_comment(session, ulid, author_id)
    if not is_editable(found, now()):
        raise InvalidError(
            message(
                "A comment can be changed for {hours} hour only. Reply to it with what you have to add.",
                hours=EDIT_HOURS,
            )
        )
    if found.revision != revision:
        raise ConflictError(message("This comment was changed in another window meanwhile. Your text stands below."))
    if found.markdown != words.markdown:
        found.markdown, found.html = words.markdown, words.html
        found.edited_at, found.revision = now(), revision + 1
        session.add(found)
        session.flush()
        index_comment(session, found)
        notify.notify_edit(session, found)
    return found


def credit_of(comment: Comment, name: str) -> str:
    """Return what a version's note says of whoever a change comes from, a colleague without a name."""
    who = name or "a colleague"
    return f"Wording by {who}." if comment.suggestion is not None else f"Taken up from {who}."


def toggle_credit(session: Session, ulid: str, author_id: int) -> Comment:
    """Let ledger and drafts name the author of a comment no more, or the ledger again."""
    found = get_own_comment(session, ulid, author_id)
    found.hides_name = not found.hides_name
    if found.hides_name:
        named = credit_of(found, people_queries.name_of(session, author_id))
        document_service.replace_in_notes(session, found.proposal_id, named, credit_of(found, ""))
    session.add(found)
    session.flush()
    return found


def withdraw(session: Session, ulid: str, author_id: int) -> Comment:
    """Take one's own comment back; that it was there stays visible."""
    found = get_own_comment(session, ulid, author_id)
    if found.parent_id is None:
        was_answered = found.state != CommentState.open
        document_service.count_comments(
            session,
            found.proposal_id,
            comments=-1,
            answered=-int(was_answered),
            accepted=-int(found.state == CommentState.accepted),
        )
    found.markdown, found.html, found.deleted_at = "", "", now()
    search_service.remove(session, "comment", found.ulid)
    session.add(found)
    session.flush()
    return found
