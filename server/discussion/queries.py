"""Reads of comments: threads in pages of fifty, found by key so that they cost the same however many there are."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from server.comp.wording import Sentence
from server.discussion.models import BANDS, KINDS, Comment, Placement, State
from server.people.models import Person, Role
from server.proposals.models import Proposal, Version

PAGE_SIZE = 50
_MOST_BESIDE = 500
"""So many comments stand beside the changes of a text."""


@dataclass(slots=True)
class Said:
    """A comment or reply as a page shows it.

    `quote` are the words it was said on, or with `term` the value of that; `placed` says what became of them in the
    version that the page shows, `block` where they are now, `on` of which candidate.
    """

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
    quote: str = ""
    term: str = ""
    placed: str | None = None
    block: int | None = None
    on: str | None = None
    alike: int | None = None
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
    Comment.kind, Comment.goal, Comment.echoes, Comment.quote, Comment.term,
    Placement.state, Placement.block, Placement.candidate, Placement.alike,
)  # fmt: skip


def _said(version_id: int | None) -> "Select[tuple[object, ...]]":
    """Read comments, with where they stand in one version."""
    here = (col(Placement.comment_id) == col(Comment.id)) & (col(Placement.version_id) == version_id)
    authors = col(Person.id) == col(Comment.author_id)
    return select(*_SAID).join(Person, authors).outerjoin(Placement, here)  # type: ignore[call-overload, no-any-return]


def threads(
    session: Session, proposal_id: int, version_id: int, candidate: str | None = None, below: int | None = None
) -> list[Said]:
    """Return the newest threads with their replies, at most fifty, those below a key if one is given."""
    statement = _said(version_id).where(col(Comment.proposal_id) == proposal_id, col(Comment.parent_id).is_(None))
    if candidate is not None:
        statement = statement.where(col(Comment.candidate) == candidate)
    if below is not None:
        statement = statement.where(col(Comment.id) < below)
    rows = session.execute(statement.order_by(col(Comment.id).desc()).limit(PAGE_SIZE)).all()
    found = {said.id: said for said in (Said(*row) for row in rows)}
    _add_replies(session, found)
    return list(found.values())


def _add_replies(session: Session, found: dict[int, Said]) -> None:
    if found:
        replies = _said(None).where(col(Comment.parent_id).in_(found)).order_by(col(Comment.id))
        for row in session.execute(replies):
            said = Said(*row)
            found[said.parent_id or 0].replies.append(said)


def threads_on(session: Session, version_id: int, block: int | None, candidate: str, term: str) -> list[Said]:
    """Return the threads that stand on a block of a version, or on a term of a candidate in it, the oldest first."""
    statement = _said(version_id).where(col(Comment.parent_id).is_(None), col(Placement.state) != "gone")
    if block is not None:
        statement = statement.where(col(Placement.block) == block)
    else:
        statement = statement.where(col(Placement.candidate) == candidate, col(Comment.term) == term)
    rows = session.execute(statement.order_by(col(Comment.id)).limit(PAGE_SIZE))
    found = {said.id: said for said in (Said(*row) for row in rows)}
    _add_replies(session, found)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a thread stands in a version: on characters of a block, on a term of a candidate, or nowhere any more."""

    ulid: str
    block: int | None
    start: int | None
    end: int | None
    candidate: str
    term: str
    state: str
    quote: str
    version: int
    is_open: bool


def seats(session: Session, version_id: int) -> list[Seat]:
    """Return where every thread of a version stands that was said on something."""
    statement = (
        select(
            Comment.ulid, Placement.block, Placement.start, Placement.end, Placement.candidate, Comment.term,
            Placement.state, Comment.quote, Comment.version, Comment.state == State.open,
        )  # type: ignore[call-overload]
        .join(Placement, col(Placement.comment_id) == col(Comment.id))
        .where(Placement.version_id == version_id, col(Comment.deleted_at).is_(None))
        .order_by(col(Placement.block), col(Placement.start), col(Comment.id))
    )  # fmt: skip
    return [Seat(*row) for row in session.execute(statement)]


def on_blocks(session: Session, version_id: int) -> dict[int, list[Said]]:
    """Return by block the threads that stand on the text of a version."""
    statement = _said(version_id).where(
        col(Comment.parent_id).is_(None), col(Comment.deleted_at).is_(None), col(Placement.block).is_not(None)
    )
    found: dict[int, list[Said]] = {}
    for row in session.execute(statement.order_by(col(Comment.id)).limit(_MOST_BESIDE)):
        said = Said(*row)
        found.setdefault(said.block or 0, []).append(said)
    return found


def version_shown(session: Session, ulid: str) -> int | None:
    """Return the key of the newest version of the proposal that a comment is on."""
    statement = (
        select(Version.id)
        .join(Proposal, (col(Proposal.id) == col(Version.proposal_id)) & (Proposal.current == Version.number))
        .join(Comment, col(Comment.proposal_id) == col(Proposal.id))
        .where(Comment.ulid == ulid)
    )
    return session.exec(statement).first()


def thread(session: Session, ulid: str) -> Said | None:
    """Return the thread that a comment or reply belongs to, as it stands in the newest version."""
    reply = aliased(Comment)
    root = select(col(Comment.id)).where(Comment.ulid == ulid, col(Comment.parent_id).is_(None))
    parent = select(col(reply.parent_id)).where(reply.ulid == ulid)
    statement = _said(version_shown(session, ulid))
    row = session.execute(statement.where(col(Comment.id).in_(root) | col(Comment.id).in_(parent))).first()
    if row is None:
        return None
    said = Said(*row)
    _add_replies(session, {said.id: said})
    return said


def accepted_in(session: Session, proposal_id: int, first: int, last: int) -> list[Said]:
    """Return the comments that were taken up by one of some versions, in order."""
    statement = _said(None).where(
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
