"""Reads of threads, comments and replies; pages of threads are found by key, so any page costs the same."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, literal, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from server.discussion.models import COMMENT_KINDS, NOT_ANCHORED, PAY_IMPACTS, Anchor, Comment, CommentState
from server.documents.models import Proposal, Version
from server.messages import Message
from server.people.models import Person, Role
from server.text.diff.words import WordRun, diff_texts

PAGE_SIZE = 50


@dataclass(slots=True)
class CommentView:
    """A comment or reply as a page shows it.

    `quote` is the text it was attached to, or the value of its `term`. `anchor_state`, `block` and `anchor_candidate`
    are its anchor in the version that the page shows. An included comment changed block `in_block` of version
    `in_version`.
    """

    id: int
    ulid: str
    parent_id: int | None
    candidate: str
    version: int
    author_id: int | None
    author: str | None
    role: str | None
    title: str | None
    html: str
    state: str
    reason: str
    postponed_until: date | None
    in_version: int | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    pay_impact: str = ""
    kind: str = ""
    goal: int | None = None
    endorsements: int = 0
    quote: str = ""
    term: str = ""
    anchor_state: str | None = None
    block: int | None = None
    anchor_candidate: str | None = None
    similarity: int | None = None
    hidden_at: datetime | None = None
    hidden_why: str = ""
    hides_name: bool = False
    suggestion: str | None = None
    in_block: int | None = None
    replies: "list[CommentView]" = field(default_factory=list)

    @property
    def initials(self) -> str:
        """The first letters of the author's first and last name."""
        parts = (self.author or "–").split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    @property
    def letter(self) -> str:
        """The key of its candidate in the version that is shown; if the candidate is gone, in its own version."""
        if self.anchor_candidate in {None, "", NOT_ANCHORED}:
            return self.candidate
        return self.anchor_candidate or ""

    @property
    def is_orphaned(self) -> bool:
        """Whether the candidate that it is about is not in the version that is shown."""
        is_gone = self.anchor_state == "gone" and not self.anchor_candidate
        return bool(self.candidate) and (self.anchor_candidate == NOT_ANCHORED or is_gone)

    @property
    def latest(self) -> "CommentView":
        """The last reply in the thread, or the comment itself."""
        return self.replies[-1] if self.replies else self

    @property
    def rewording(self) -> tuple[WordRun, ...]:
        """The word diff of the quoted text and the suggestion."""
        return diff_texts(self.quote, self.suggestion or "")

    @property
    def is_visible(self) -> bool:
        """Whether it can be read: neither withdrawn nor hidden."""
        return self.deleted_at is None and self.hidden_at is None

    @property
    def kind_label(self) -> Message | None:
        """The label of its kind, if the author chose one."""
        return COMMENT_KINDS.get(self.kind)

    @property
    def pay_impact_label(self) -> Message | None:
        """The label of its effect on the author's pay, if the author chose one."""
        return PAY_IMPACTS.get(self.pay_impact)

    @property
    def by_manager(self) -> bool:
        """Whether its author is a manager, an admin or an executive."""
        return self.role in {Role.manager, Role.admin, Role.executive}


_COLUMNS = (
    Comment.id,
    Comment.ulid,
    Comment.parent_id,
    Comment.candidate,
    Comment.version,
    Comment.author_id,
    Person.name,
    Person.role,
    Person.title,
    Comment.html,
    Comment.state,
    Comment.reason,
    Comment.postponed_until,
    Comment.in_version,
    Comment.created_at,
    Comment.edited_at,
    Comment.deleted_at,
    Comment.pay_impact,
    Comment.kind,
    Comment.goal,
    Comment.endorsements,
    Comment.quote,
    Comment.term,
    Anchor.state,
    Anchor.block,
    Anchor.candidate,
    Anchor.similarity,
    Comment.hidden_at,
    Comment.hidden_why,
    Comment.hides_name,
    Comment.suggestion,
    Comment.in_block,
)


NOT_HIDDEN = col(Comment.hidden_at).is_(None)
"""The condition that no admin has hidden a comment."""
CURRENT_VERSION = (
    select(Version.id)
    .join(Proposal, (col(Proposal.id) == col(Version.proposal_id)) & (col(Proposal.current) == Version.number))
    .where(Version.proposal_id == Comment.proposal_id)
    .correlate(Comment)
    .scalar_subquery()
)
"""The id of the current version of the proposal that a comment is on."""


def comment_query(version_id: Any) -> "Select[tuple[object, ...]]":
    """Return a query of comments with their anchors in a version: its id, `CURRENT_VERSION`, or None for no anchors."""
    is_author = col(Person.id) == col(Comment.author_id)
    is_anchor = (col(Anchor.comment_id) == col(Comment.id)) & (col(Anchor.version_id) == version_id)
    statement = select(*_COLUMNS)  # type: ignore[call-overload]
    return statement.outerjoin(Person, is_author).outerjoin(Anchor, is_anchor)  # type: ignore[no-any-return]


def threads(
    session: Session, proposal_id: int, version_id: int, candidate: str | None = None, below: int | None = None
) -> list[CommentView]:
    """Return the newest threads with their replies, at most fifty; those with a smaller id than `below` if given."""
    roots = select(col(Comment.id)).where(col(Comment.proposal_id) == proposal_id, col(Comment.parent_id).is_(None))
    if candidate is not None:
        roots = roots.where(col(Comment.candidate) == candidate)
    if below is not None:
        roots = roots.where(col(Comment.id) < below)
    page = roots.order_by(col(Comment.id).desc()).limit(PAGE_SIZE).cte("page")
    root_ids = select(page.c.id)
    statement = union_all(
        comment_query(version_id).where(col(Comment.id).in_(root_ids)),
        comment_query(None).where(col(Comment.parent_id).in_(root_ids)),
    )
    comments = sorted((CommentView(*row) for row in session.execute(statement)), key=lambda comment: comment.id)
    threads_by_id = {comment.id: comment for comment in reversed(comments) if comment.parent_id is None}
    for comment in comments:
        if comment.parent_id is not None:
            threads_by_id[comment.parent_id].replies.append(comment)
    return list(threads_by_id.values())


def add_replies(session: Session, threads_by_id: dict[int, CommentView]) -> None:
    """Add the replies to their threads."""
    if threads_by_id:
        statement = comment_query(None).where(col(Comment.parent_id).in_(threads_by_id)).order_by(col(Comment.id))
        for row in session.execute(statement):
            reply = CommentView(*row)
            threads_by_id[reply.parent_id or 0].replies.append(reply)


def _current_version_id(session: Session, ulid: str) -> int | None:
    """Return the id of the current version of the proposal that a comment is on."""
    statement = (
        select(Version.id)
        .join(Proposal, (col(Proposal.id) == col(Version.proposal_id)) & (Proposal.current == Version.number))
        .join(Comment, col(Comment.proposal_id) == col(Proposal.id))
        .where(Comment.ulid == ulid)
    )
    return session.exec(statement).first()


def comment_paths(proposal_ids: Collection[int]) -> SelectOfScalar[str]:
    """Return a query of the paths of all comments on some documents."""
    return select(literal("/comments/") + col(Comment.ulid)).where(col(Comment.proposal_id).in_(proposal_ids))


def thread(session: Session, ulid: str) -> CommentView | None:
    """Return the thread of a comment or reply, with its anchor in the current version."""
    reply = aliased(Comment)
    root = select(col(Comment.id)).where(Comment.ulid == ulid, col(Comment.parent_id).is_(None))
    parent = select(col(reply.parent_id)).where(reply.ulid == ulid)
    statement = comment_query(_current_version_id(session, ulid))
    row = session.execute(statement.where(col(Comment.id).in_(root) | col(Comment.id).in_(parent))).first()
    if row is None:
        return None
    root_view = CommentView(*row)
    add_replies(session, {root_view.id: root_view})
    return root_view


def included_comments(session: Session, proposal_id: int, first: int, last: int, version_id: int) -> list[CommentView]:
    """Return the comments included in versions `first` to `last`, oldest first, with their anchors in one version."""
    statement = comment_query(version_id).where(
        col(Comment.proposal_id) == proposal_id,
        col(Comment.state) == CommentState.accepted,
        col(Comment.deleted_at).is_(None),
        NOT_HIDDEN,
        col(Comment.in_version).between(first, last),
    )
    return [CommentView(*row) for row in session.execute(statement.order_by(col(Comment.id)).limit(PAGE_SIZE))]


def comment(session: Session, ulid: str) -> Comment | None:
    """Return a comment or reply."""
    return session.exec(select(Comment).where(Comment.ulid == ulid)).first()


def comment_for_update(session: Session, ulid: str) -> Comment | None:
    """Return a comment or reply, locked against other changes where the database locks rows."""
    statement = select(Comment).where(Comment.ulid == ulid).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).first()


def comment_count_since(session: Session, author_id: int, since: datetime) -> int:
    """Return how many comments and replies a person has posted since a time."""
    statement = select(func.count()).where(Comment.author_id == author_id, Comment.created_at > since)
    return session.exec(statement).one()


def proposal_ids(session: Session, ulids: Sequence[str]) -> dict[str, int]:
    """Return the ids of the proposals that comments are on, by the ulid of the comment."""
    wanted = {ulid for ulid in ulids if ulid.isalnum()}
    return dict(session.exec(select(Comment.ulid, Comment.proposal_id).where(col(Comment.ulid).in_(wanted))).all())
