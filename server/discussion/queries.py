"""Reads of comments: threads in pages of fifty, found by key so that they cost the same however many there are."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from server.comp.wording import Sentence
from server.discussion.models import BANDS, KINDS, Comment, State
from server.people.models import Person, Role
from server.proposals.models import Proposal

PAGE_SIZE = 50


@dataclass(slots=True)
class Said:
    """A comment or reply as a page shows it."""

    id: int
    ulid: str
    parent_id: int | None
    candidate: str
    version: int
    author_id: int
    author: str
    role: str
    title: str
    html: str
    state: str
    reason: str
    parked_until: date | None
    in_version: int | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    band: str = ""
    kind: str = ""
    goal: int | None = None
    echoes: int = 0
    replies: "list[Said]" = field(default_factory=list)

    @property
    def initials(self) -> str:
        """Two letters for the round mark."""
        parts = self.author.split()
        return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()

    @property
    def is_a(self) -> Sentence | None:
        """What its author said that it is."""
        return KINDS.get(self.kind)

    @property
    def moves(self) -> Sentence | None:
        """What its author chose to say about the own pay."""
        return BANDS.get(self.band)

    @property
    def by_manager(self) -> bool:
        """Whether somebody said it who answers for the plan."""
        return self.role in {Role.manager, Role.admin, Role.executive}


_SAID = (
    Comment.id, Comment.ulid, Comment.parent_id, Comment.candidate, Comment.version, Comment.author_id, Person.name,
    Person.role, Person.title, Comment.html, Comment.state, Comment.reason, Comment.parked_until, Comment.in_version,
    Comment.created_at, Comment.edited_at, Comment.deleted_at, Comment.band,
    Comment.kind, Comment.goal, Comment.echoes,
)  # fmt: skip


def _said() -> "Select[tuple[object, ...]]":
    return select(*_SAID).join(Person, col(Person.id) == col(Comment.author_id))  # type: ignore[call-overload, no-any-return]


def threads(session: Session, proposal_id: int, candidate: str | None = None, below: int | None = None) -> list[Said]:
    """Return the newest threads with their replies, at most fifty, those below a key if one is given."""
    statement = _said().where(col(Comment.proposal_id) == proposal_id, col(Comment.parent_id).is_(None))
    if candidate is not None:
        statement = statement.where(col(Comment.candidate) == candidate)
    if below is not None:
        statement = statement.where(col(Comment.id) < below)
    rows = session.execute(statement.order_by(col(Comment.id).desc()).limit(PAGE_SIZE)).all()
    found = {said.id: said for said in (Said(*row) for row in rows)}
    if found:
        replies = _said().where(col(Comment.parent_id).in_(found)).order_by(col(Comment.id))
        for row in session.execute(replies):
            said = Said(*row)
            found[said.parent_id or 0].replies.append(said)
    return list(found.values())


def thread(session: Session, ulid: str) -> Said | None:
    """Return the thread that a comment or reply belongs to."""
    reply = aliased(Comment)
    root = select(col(Comment.id)).where(Comment.ulid == ulid, col(Comment.parent_id).is_(None))
    parent = select(col(reply.parent_id)).where(reply.ulid == ulid)
    row = session.execute(_said().where(col(Comment.id).in_(root) | col(Comment.id).in_(parent))).first()
    if row is None:
        return None
    said = Said(*row)
    replies = _said().where(col(Comment.parent_id) == said.id).order_by(col(Comment.id))
    said.replies = [Said(*row) for row in session.execute(replies)]
    return said


def accepted_in(session: Session, proposal_id: int, first: int, last: int) -> list[Said]:
    """Return the comments that were taken up by one of some versions, in order."""
    statement = _said().where(
        col(Comment.proposal_id) == proposal_id, col(Comment.state) == State.accepted,
        col(Comment.deleted_at).is_(None), col(Comment.in_version).between(first, last),
    )  # fmt: skip
    return [Said(*row) for row in session.execute(statement.order_by(col(Comment.id)).limit(PAGE_SIZE))]


def comment(session: Session, ulid: str) -> Comment | None:
    """Return a comment or reply."""
    return session.exec(select(Comment).where(Comment.ulid == ulid)).first()


def comment_held(session: Session, ulid: str) -> Comment | None:
    """Return a comment or reply, locked against other changes where the database locks rows."""
    statement = select(Comment).where(Comment.ulid == ulid).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).first()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An open comment in the list of what waits for an answer."""

    ulid: str
    slug: str
    title: str
    author: str
    html: str
    created_at: datetime


def oldest_open(session: Session, limit: int = 5) -> list[Unanswered]:
    """Return the comments that have waited longest."""
    statement = (
        select(Comment.ulid, Proposal.slug, Proposal.title, Person.name, Comment.html, Comment.created_at)  # type: ignore[call-overload]
        .join(Proposal, col(Proposal.id) == col(Comment.proposal_id))
        .join(Person, col(Person.id) == col(Comment.author_id))
        .where(Comment.state == State.open, col(Comment.parent_id).is_(None), col(Comment.deleted_at).is_(None))
        .order_by(col(Comment.id))
        .limit(limit)
    )
    return [Unanswered(*row) for row in session.execute(statement)]


def parked_too_long(session: Session, today: date) -> str | None:
    """Return a comment that was parked until a day that has come."""
    statement = select(Comment.ulid).where(
        Comment.state == State.parked, col(Comment.parked_until) <= today, col(Comment.deleted_at).is_(None)
    )
    return session.exec(statement.order_by(col(Comment.parked_until)).limit(1)).first()


def open_by_candidate(session: Session, proposal_id: int) -> dict[str, int]:
    """Count the open comments of each candidate; the number of open comments is small, and indexed."""
    statement = select(Comment.candidate).where(
        Comment.state == State.open, Comment.proposal_id == proposal_id, col(Comment.parent_id).is_(None),
        col(Comment.deleted_at).is_(None),
    )  # fmt: skip
    counts: dict[str, int] = {}
    for candidate in session.exec(statement):
        counts[candidate] = counts.get(candidate, 0) + 1
    return counts
