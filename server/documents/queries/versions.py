"""Queries of versions as pages show them, and of the history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, column, func, table
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from server.documents.models import DocumentKind, DocumentRef, Proposal, ReadMark, Redesign, Version
from server.errors import ConflictError
from server.messages import message
from server.page_cache.change_counters import WHOLE_SITE, ChangeCounter
from server.people.models import Person

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class VersionPage:
    """A version of a document, with everything its page shows."""

    proposal_id: int
    slug: str
    current: int
    comments: int
    answered: int
    accepted: int
    version_id: int
    number: int
    title: str
    parts: Sequence[Any]
    note: str
    published_at: datetime
    readers: int
    origins: Sequence[int]
    goals: Sequence[str]
    kind: str
    archived_at: datetime | None
    imported_at: datetime | None
    imported_by: int | None
    author: str
    redesign: Redesign

    @property
    def url(self) -> str:
        """The path of the document."""
        return DocumentRef(self.slug, DocumentKind(self.kind)).url


_VERSION_PAGE_COLUMNS = (
    Proposal.id,
    Proposal.slug,
    Proposal.current,
    Proposal.comments,
    Proposal.answered,
    Proposal.accepted,
    Version.id,
    Version.number,
    Version.title,
    Version.parts,
    Version.note,
    Version.published_at,
    Version.readers,
    Version.origins,
    Version.goals,
    Proposal.kind,
    Proposal.archived_at,
    Proposal.imported_at,
    Proposal.imported_by,
    Person.name,
    Redesign,
)


def version_page(
    session: Session, slug: str, number: int | None = None, kind: DocumentKind = DocumentKind.proposal
) -> VersionPage | None:
    """Return a version of a document, the current one unless a number is given, or None."""
    statement = (
        select(*_VERSION_PAGE_COLUMNS)  # type: ignore[call-overload] # more columns than the overloads name
        .join(Version, col(Version.proposal_id) == col(Proposal.id))
        .join(Person, col(Person.id) == col(Version.author_id))
        .join(Redesign, col(Redesign.id) == col(Proposal.redesign_id))
        .where(
            Proposal.slug == slug,
            Proposal.kind == kind,
            Version.number == (Proposal.current if number is None else number),
        )
    )
    row = session.execute(statement).first()
    return VersionPage(*row) if row else None


@dataclass(frozen=True, slots=True)
class VersionRef:
    """The identity of a version of a proposal, without its text."""

    proposal_id: int
    slug: str
    current: int
    version_id: int
    number: int
    title: str
    goals: Sequence[str]

    def check_is(self, version_id: int) -> None:
        """Raise ConflictError if a form was made for a version with this number that was withdrawn; 0 is unknown."""
        if version_id not in {0, self.version_id}:
            raise ConflictError(
                message(
                    "Version {number} was withdrawn and published again. Read what changed, then send it again.",
                    number=self.number,
                )
            )


_VERSION_REF = (
    select(  # type: ignore[call-overload]
        Proposal.id,
        Proposal.slug,
        Proposal.current,
        Version.id,
        Version.number,
        Version.title,
        Version.goals,
    )
    .join(
        Version,
        (col(Version.proposal_id) == col(Proposal.id))
        & (col(Version.number) == func.coalesce(bindparam("number", type_=Integer), Proposal.current)),
    )
    .where(Proposal.slug == bindparam("slug"), Proposal.kind == DocumentKind.proposal)
)
"""Built once: every page of a candidate runs it."""


def version_ref(session: Session, slug: str, number: int | None = None) -> VersionRef | None:
    """Return the identity of a version of a proposal, the current one unless a number is given, or None."""
    session.flush()  # only ORM statements flush by default
    row = session.connection().execute(_VERSION_REF, {"slug": slug, "number": number}).first()
    return VersionRef(*row) if row else None


@dataclass(frozen=True, slots=True)
class ReaderState:
    """A version's state for one reader: its change counters, and what the reader last read and saw.

    `read` is the id and number of the newest version they have read; `seen` and `seen_threads` are as
    stored at their last visit.
    """

    proposal_id: int
    number: int
    current: int
    proposal_changes: int
    site_changes: int
    read: tuple[int, int] | None
    seen: int | None
    seen_threads: str
    version_id: int

    @property
    def state(self) -> tuple[int, ...]:
        """The part of a cached page's key that changes whenever the page does."""
        return self.proposal_id, self.number, self.current, self.proposal_changes, self.site_changes


_LAST_SEEN = table("last_seen", column("person_id"), column("proposal_id"), column("seen"), column("threads"))
"""A table of the discussion package, which this one may not import; a cached page needs one query."""


def _reader_state() -> Any:
    """Build the statement that runs before every cached page; it selects nothing but numbers."""
    proposal_counter, site_counter = aliased(ChangeCounter), aliased(ChangeCounter)
    read_version = aliased(Version)
    newest_read = (
        sa_select(col(read_version.id))
        .join(ReadMark, col(ReadMark.version_id) == read_version.id)
        .where(col(read_version.proposal_id) + 0 == Proposal.id, col(ReadMark.person_id) == bindparam("person"))
        .order_by((col(read_version.number) + 0).desc())  # by the person's marks, not through every version
        .limit(1)
        .scalar_subquery()
    )
    last_read_version = aliased(Version)
    number = func.coalesce(bindparam("number", type_=Integer), Proposal.current)
    return (
        sa_select(
            col(Proposal.id),
            col(Version.number),
            col(Version.id),
            col(Proposal.current),
            func.coalesce(proposal_counter.count, 0),
            func.coalesce(site_counter.count, 0),
            col(last_read_version.id),
            col(last_read_version.number),
            _LAST_SEEN.c.seen,
            _LAST_SEEN.c.threads,
        )
        .join(Version, (col(Version.proposal_id) == col(Proposal.id)) & (col(Version.number) == number))
        .outerjoin(proposal_counter, col(proposal_counter.proposal_id) == Proposal.id)
        .outerjoin(site_counter, col(site_counter.proposal_id) == WHOLE_SITE)
        .outerjoin(last_read_version, col(last_read_version.id) == newest_read)
        .outerjoin(
            _LAST_SEEN, (_LAST_SEEN.c.proposal_id == Proposal.id) & (_LAST_SEEN.c.person_id == bindparam("person"))
        )
        .where(col(Proposal.slug) == bindparam("slug"), col(Proposal.kind) == bindparam("kind"))
    )


_READER_STATE = _reader_state()


def reader_state(session: Session, at: DocumentRef, number: int | None, person_id: int) -> ReaderState | None:
    """Return the state of a version for a reader, the current one unless a number is given, or None."""
    parameters = {"slug": at.slug, "kind": at.kind.value, "number": number, "person": person_id}
    row = session.connection().execute(_READER_STATE, parameters).first()
    if row is None:
        return None
    proposal_id, own_number, version_id, current, own_changes, site_changes, read_id, read_number, seen, threads = row
    read = None if read_id is None else (read_id, read_number)
    return ReaderState(
        proposal_id=proposal_id,
        number=own_number,
        current=current,
        proposal_changes=own_changes,
        site_changes=site_changes,
        read=read,
        seen=seen,
        seen_threads=threads or "",
        version_id=version_id,
    )


def version(session: Session, proposal_id: int, number: int) -> Version | None:
    """Return a version by number, with its text."""
    return session.exec(select(Version).where(Version.proposal_id == proposal_id, Version.number == number)).first()


def last_read(session: Session, proposal_id: int, person_id: int) -> tuple[int, int] | None:
    """Return the id and number of the newest version that a person has read."""
    statement = (
        select(Version.id, Version.number)
        .join(ReadMark, col(ReadMark.version_id) == col(Version.id))
        .where(Version.proposal_id == proposal_id, ReadMark.person_id == person_id)
        .order_by(col(Version.number).desc())
        .limit(1)
    )
    row = session.exec(statement).first()
    return (row[0] or 0, row[1]) if row else None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An entry of the history."""

    number: int
    title: str
    note: str
    author: str
    published_at: datetime
    readers: int
    changes: int
    changed: Mapping[str, int]
    material: bool
    wording_only: bool
    version_id: int


_HISTORY_COLUMNS = (
    Version.number,
    Version.title,
    Version.note,
    Person.name,
    Version.published_at,
    Version.readers,
    Version.changes,
    Version.changed,
    Version.material,
    Version.wording_only,
    Version.id,
)


def history(session: Session, proposal_id: int, below: int | None = None) -> list[HistoryEntry]:
    """Return the newest versions, at most 50, below a number if one is given."""
    statement = (
        select(*_HISTORY_COLUMNS)  # type: ignore[call-overload] # more columns than the overloads name
        .join(Person, col(Person.id) == col(Version.author_id))
        .where(Version.proposal_id == proposal_id, Version.number > 0)
        .order_by(col(Version.number).desc())
        .limit(PAGE_SIZE)
    )
    if below is not None:
        statement = statement.where(Version.number < below)
    return [HistoryEntry(*row) for row in session.execute(statement)]


def is_any_material(session: Session, proposal_id: int, after: int, until: int) -> bool:
    """Return whether any version after one number and up to another made people vote again."""
    material = select(Version.id).where(
        Version.proposal_id == proposal_id,
        Version.number > after,
        Version.number <= until,
        col(Version.material).is_(True),
    )
    return session.exec(material.limit(1)).first() is not None


def history_entries(session: Session, proposal_id: int, numbers: Iterable[int]) -> dict[int, HistoryEntry]:
    """Return entries of the history by version number."""
    statement = (
        select(*_HISTORY_COLUMNS)  # type: ignore[call-overload]
        .join(Person, col(Person.id) == col(Version.author_id))
        .where(Version.proposal_id == proposal_id, col(Version.number).in_(set(numbers)))
    )
    return {row[0]: HistoryEntry(*row) for row in session.execute(statement)}
