"""Threads in pages of fifty, found by key so that they cost the same however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from server.discussion.models import COMMENT_KINDS, NOT_ANCHORED, PAY_IMPACTS, Anchor, Comment, CommentState
from server.documents.models import Proposal, Version
from server.messages import Message
from server.people.models import Person, Role
from server.text.diff.words import WordRun, diff_texts

PAGE_SIZE = 50


@dataclass(slots=True)
class CommentView:
    """A comment or reply as a page shows it.

    `quote` are the words it was said on, or with `term` the value of that; `placed` says what became of them in the
    version that the page shows, `block` where they are now, `on` of which candidate. An accepted one has led to
    `in_block` of `in_version`.
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
    on: str | None = None
    similarity: int | None = None
    hidden_at: datetime | None = None
    hidden_why: str = ""
    hides_name: bool = False
    suggestion: str | None = None
    in_block: int | None = None
    replies: "list[CommentView]" = field(default_factory=list)

    @property
    def initials(self) -> str:
        """Two letters for the round mark."""
        parts = (self.author or "–").split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    @property
    def letter(self) -> str:
        """The candidate that it is about, as that goes by in the version that is shown, else as it did."""
        return self.candidate if self.on in {None, "", NOT_ANCHORED} else self.on or ""

    @property
    def is_orphaned(self) -> bool:
        """Whether the candidate that it is about is gone from the version that is shown."""
        return bool(self.candidate) and (self.on == NOT_ANCHORED or (self.anchor_state == "gone" and not self.on))

    @property
    def latest(self) -> "CommentView":
        """What was said last in the thread."""
        return self.replies[-1] if self.replies else self

    @property
    def rewording(self) -> tuple[WordRun, ...]:
        """What it suggests, word by word against what it stands on."""
        return diff_texts(self.quote, self.suggestion or "")

    @property
    def is_visible(self) -> bool:
        """Whether there is anything to read: it was neither taken back nor hidden."""
        return self.deleted_at is None and self.hidden_at is None

    @property
    def is_a(self) -> Message | None:
        """What its author said that it is."""
        return COMMENT_KINDS.get(self.kind)

    @property
    def pay_impact_label(self) -> Message | None:
        """What its author chose to say about the own pay."""
        return PAY_IMPACTS.get(self.pay_impact)

    @property
    def by_manager(self) -> bool:
        """Whether somebody said it who answers for the plan."""
        return self.role in {Role.manager, Role.admin, Role.executive}


_SAID = (
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


SHOWN = col(Comment.hidden_at).is_(None)
"""Not hidden by an admin."""


CURRENT = (
    select(Version.id)
    .join(Proposal, (col(Proposal.id) == col(Version.proposal_id)) & (col(Proposal.current) == Version.number))
    .where(Version.proposal_id == Comment.proposal_id)
    .correlate(Comment)
    .scalar_subquery()
)
"""The current version of whatever a comment is on."""


def comment_query(version_id: Any) -> "Select[tuple[object, ...]]":
    """Read comments, with where they stand in one version: its key, `CURRENT`, or None for nowhere."""
    here = (col(Anchor.comment_id) == col(Comment.id)) & (col(Anchor.version_id) == version_id)
    authors = col(Person.id) == col(Comment.author_id)
    return select(*_SAID).outerjoin(Person, authors).outerjoin(Anchor, here)  # type: ignore[call-overload, no-any-return]


def threads(
    session: Session, proposal_id: int, version_id: int, candidate: str | None = None, below: int | None = None
) -> list[CommentView]:
    """Return the newest threads with their replies, at most fifty, those below a key if one is given."""
    roots = select(col(Comment.id)).where(col(Comment.proposal_id) == proposal_id, col(Comment.parent_id).is_(None))
    if candidate is not None:
        roots = roots.where(col(Comment.candidate) == candidate)
    if below is not None:
        roots = roots.where(col(Comment.id) < below)
    page = roots.order_by(col(Comment.id).desc()).limit(PAGE_SIZE).cte("page")
    shown = select(page.c.id)
    both = union_all(
        comment_query(version_id).where(col(Comment.id).in_(shown)),
        comment_query(None).where(col(Comment.parent_id).in_(shown)),
    )
    said = sorted((CommentView(*row) for row in session.execute(both)), key=lambda one: one.id)
    found = {one.id: one for one in reversed(said) if one.parent_id is None}
    for one in said:
        if one.parent_id is not None:
            found[one.parent_id].replies.append(one)
    return list(found.values())


def add_replies(session: Session, found: dict[int, CommentView]) -> None:
    """Put the replies into their threads."""
    if found:
        replies = comment_query(None).where(col(Comment.parent_id).in_(found)).order_by(col(Comment.id))
        for row in session.execute(replies):
            said = CommentView(*row)
            found[said.parent_id or 0].replies.append(said)


def version_shown(session: Session, ulid: str) -> int | None:
    """Return the key of the newest version of the proposal that a comment is on."""
    statement = (
        select(Version.id)
        .join(Proposal, (col(Proposal.id) == col(Version.proposal_id)) & (Proposal.current == Version.number))
        .join(Comment, col(Comment.proposal_id) == col(Proposal.id))
        .where(Comment.ulid == ulid)
    )
    return session.exec(statement).first()


def thread(session: Session, ulid: str) -> CommentView | None:
    """Return the thread that a comment or reply belongs to, as it stands in the newest version."""
    reply = aliased(Comment)
    root = select(col(Comment.id)).where(Comment.ulid == ulid, col(Comment.parent_id).is_(None))
    parent = select(col(reply.parent_id)).where(reply.ulid == ulid)
    statement = comment_query(version_shown(session, ulid))
    row = session.execute(statement.where(col(Comment.id).in_(root) | col(Comment.id).in_(parent))).first()
    if row is None:
        return None
    said = CommentView(*row)
    add_replies(session, {said.id: said})
    return said


def accepted_in(session: Session, proposal_id: int, first: int, last: int, version_id: int) -> list[CommentView]:
    """Return the comments that were taken up by one of some versions, in order, as they stand in one."""
    statement = comment_query(version_id).where(
        col(Comment.proposal_id) == proposal_id,
        col(Comment.state) == CommentState.accepted,
        col(Comment.deleted_at).is_(None),
        SHOWN,
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


def comments_since(session: Session, author_id: int, since: datetime) -> int:
    """Count what somebody has said since a moment."""
    statement = select(func.count()).where(Comment.author_id == author_id, Comment.created_at > since)
    return session.exec(statement).one()


def proposal_of(session: Session, ulids: Sequence[str]) -> dict[str, int]:
    """Return by comment the key of the proposal that it is on."""
    wanted = {ulid for ulid in ulids if ulid.isalnum()}
    return dict(session.exec(select(Comment.ulid, Comment.proposal_id).where(col(Comment.ulid).in_(wanted))).all())
