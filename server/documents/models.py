"""Tables of redesigns, proposals, versions, candidates, drafts, readings and plans in force."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class PlanInForce(SQLModel, table=True):
    """The plan that pays everybody from a day on; the newest is today's plan."""

    __tablename__ = "plans_in_force"

    id: int | None = Field(default=None, primary_key=True)
    since: date = Field(unique=True)
    text: str = Field(sa_type=Text)
    is_starter: bool = False


class Redesign(SQLModel, table=True):
    """The whole effort, with the days of its stages."""

    __tablename__ = "redesigns"

    id: int | None = Field(default=None, primary_key=True)
    ulid: str = public_id()
    title: str = Field(max_length=120)
    audience: str = Field(default="", max_length=120)
    year: str = Field(default="", max_length=20)
    drafted_on: date | None = None
    feedback_until: date | None = None
    vote_from: date | None = None
    vote_until: date | None = None
    decided_on: date | None = None
    in_force_on: date | None = None
    allow_anonymous: bool = False
    vote_override_reason: str = Field(default="", max_length=500)


class DocumentKind(StrEnum):
    """What is written: a proposal with its candidates, or a page beside it such as background, FAQ or minutes."""

    proposal = "proposal"
    page = "page"

    @property
    def list_url(self) -> str:
        """The beginning of the address of everything of this kind."""
        return f"/{self}s"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """Where a text stands: its kind, and its slug there."""

    slug: str
    kind: DocumentKind = DocumentKind.proposal

    @property
    def url(self) -> str:
        """Where it is read."""
        return f"{self.kind.list_url}/{self.slug}"


class Proposal(SQLModel, table=True):
    """A text with versions; `current` is the number of the newest, 0 before the first is published.

    The counters spare the page a count over all comments and readers; services keep them in the same transaction.
    """

    __tablename__ = "proposals"

    id: int | None = Field(default=None, primary_key=True)
    ulid: str = public_id()
    redesign_id: int = Field(foreign_key="redesigns.id", index=True)
    kind: str = Field(default=DocumentKind.proposal, max_length=12)
    slug: str = Field(max_length=80, unique=True)
    title: str = Field(max_length=160)
    current: int = 0
    comments: int = 0
    answered: int = 0
    accepted: int = 0
    created_at: datetime = moment()
    archived_at: datetime | None = moment(nullable=True)
    imported_at: datetime | None = moment(nullable=True)
    imported_by: int | None = Field(default=None, foreign_key="people.id")

    @property
    def can_be_archived(self) -> bool:
        """Whether it may leave the lists: pages may, and proposals that only came in from a file."""
        return self.kind == DocumentKind.page or self.imported_at is not None

    @property
    def ref(self) -> DocumentRef:
        """Where it stands."""
        return DocumentRef(self.slug, DocumentKind(self.kind))

    @property
    def url(self) -> str:
        """Where it is read."""
        return self.ref.url


class FormerSlug(SQLModel, table=True):
    """An address that something had once; it leads to where it is now."""

    __tablename__ = "former_slugs"

    slug: str = Field(max_length=80, primary_key=True)
    proposal_id: int = Field(foreign_key="proposals.id", index=True)


class PageLink(SQLModel, table=True):
    """That the newest version of something links to an address here, whether anything is there or not."""

    __tablename__ = "page_links"

    source_id: int = Field(foreign_key="proposals.id", primary_key=True)
    target: str = Field(max_length=80, primary_key=True, index=True)


class Version(SQLModel, table=True):
    """An immutable edition: source, rendered parts, goals, and what changed in one note.

    `origins` says of each block of the text in which version it came or was changed last; `changes` is how many blocks
    are unlike the version before, `changed` how many of each kind, `material` whether votes for that one cannot stand.
    """

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("proposal_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposals.id")
    number: int
    title: str = Field(max_length=160)
    markdown: str = Field(sa_type=Text)
    parts: list[Any] = Field(sa_type=JSON)
    goals: list[str] = Field(sa_type=JSON)
    note: str = Field(default="", max_length=500)
    author_id: int = Field(foreign_key="people.id")
    published_at: datetime = moment()
    readers: int = 0
    origins: list[int] = Field(default_factory=list, sa_type=JSON)
    changes: int = 0
    changed: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    material: bool = False


class Candidate(SQLModel, table=True):
    """A candidate structure of one version; `digest` is the hash of what decides pay."""

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="versions.id")
    key: str = Field(max_length=20)
    position: int
    name: str = Field(max_length=80)
    text: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)


class Variant(SQLModel, table=True):
    """A candidate that somebody proposes, made from one of a version's (or today's plan), with the reason.

    Of an anonymous one no author is kept: `owner_mark` lets nobody but the author's own session recognise it.
    """

    __tablename__ = "variants"

    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposals.id", index=True)
    version: int
    base_key: str = Field(max_length=20)
    author_id: int | None = Field(default=None, foreign_key="people.id")
    owner_signature: str = Field(max_length=64)
    name: str = Field(max_length=80)
    text: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)
    reason: str = Field(default="", max_length=600)
    published_on: date
    withdrawn: bool = False
    promoted_in: int | None = None


class Draft(SQLModel, table=True):
    """What somebody is writing: one for each author and proposal; `revision` rises with each save.

    `window` names the browser window that saved last, which cannot be in conflict with itself. `publish_at` is when it
    comes out by itself, and `held_up` why it could not.
    """

    __tablename__ = "drafts"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("proposal_id", "author_id"),)

    id: int | None = Field(default=None, primary_key=True)
    proposal_id: int = Field(foreign_key="proposals.id")
    author_id: int = Field(foreign_key="people.id")
    base: int = 0
    revision: int = 1
    title: str = Field(max_length=160)
    markdown: str = Field(sa_type=Text)
    note: str = Field(default="", max_length=500)
    saved_at: datetime = moment()
    editor_id: str = Field(default="", max_length=26)
    publish_at: datetime | None = moment(nullable=True)
    publish_error: str = Field(default="", max_length=500)


class DraftShare(SQLModel, table=True):
    """That somebody else may write on a draft too."""

    __tablename__ = "draft_shares"
    __invalidates__ = NO_PAGES

    draft_id: int = Field(foreign_key="drafts.id", primary_key=True, ondelete="CASCADE")
    person_id: int = Field(foreign_key="people.id", primary_key=True)


class ReadMark(SQLModel, table=True):
    """That somebody has read a version."""

    __tablename__ = "read_marks"
    __invalidates__ = NO_PAGES

    person_id: int = Field(foreign_key="people.id", primary_key=True)
    version_id: int = Field(foreign_key="versions.id", primary_key=True)
    at: datetime = moment()
