"""Tables of redesigns, documents, versions, candidates, variants, drafts and read marks."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.comp.analysis.own_quotas import OwnQuotas
from server.db.columns import moment, public_id
from server.page_cache import NO_PAGES


class Redesign(SQLModel, table=True):
    """A redesign of the plan, with the dates of its stages."""

    __tablename__ = "redesigns"

    id: int = Field(default=None, primary_key=True)
    ulid: str = public_id()
    title: str = Field(max_length=120)
    audience: str = Field(default="", max_length=120)
    """Whom it is for, in words."""
    is_for_everyone: bool = True
    titles: list[str] = Field(default_factory=list, sa_type=JSON)
    levels: list[str] = Field(default_factory=list, sa_type=JSON)
    regions: list[str] = Field(default_factory=list, sa_type=JSON)
    people: list[int] = Field(default_factory=list, sa_type=JSON)
    """With `titles`, `levels` and `regions` the conditions of a redesign that is not for everyone; see `is_for`."""
    year: str = Field(default="", max_length=20)
    drafted_on: date | None = None
    feedback_until: date | None = None
    vote_from: date | None = None
    vote_until: date | None = None
    decided_on: date | None = None
    in_force_on: date | None = None
    allow_anonymous: bool = False
    vote_override_reason: str = Field(default="", max_length=500)
    shows_company_impact: bool = False
    """Whether managers see the impact on the whole company instead of that on their team."""
    own_quotas: str = Field(default=OwnQuotas.scaled, max_length=8)
    """How people's own quotas count under the candidates: one of `OwnQuotas`."""
    closed_at: datetime | None = moment(nullable=True)
    result: str = Field(default="", max_length=2000)
    """What came of it, in the words of the manager who closed it."""


class RedesignOwner(SQLModel, table=True):
    """A person who may edit, publish, answer and move the stages; without any, every manager may."""

    __tablename__ = "redesign_owners"

    redesign_id: int = Field(foreign_key="redesigns.id", primary_key=True)
    person_id: int = Field(foreign_key="people.id", primary_key=True)


class DocumentKind(StrEnum):
    """A proposal with its candidates, or a page of background such as an FAQ or minutes."""

    proposal = "proposal"
    page = "page"

    @property
    def list_url(self) -> str:
        """The path of the list of all documents of this kind."""
        return f"/{self}s"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """The address of a document: its kind and slug."""

    slug: str
    kind: DocumentKind = DocumentKind.proposal

    @property
    def url(self) -> str:
        """The path of the document."""
        return f"{self.kind.list_url}/{self.slug}"


class Proposal(SQLModel, table=True):
    """A document with versions; `current` is the number of the newest, 0 before the first is published.

    `comments`, `answered` and `accepted` are counters, so that a page need not count all comments. Services
    update them in the transaction of the change.
    """

    __tablename__ = "proposals"

    id: int = Field(default=None, primary_key=True)
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
    def ref(self) -> DocumentRef:
        """The kind and slug."""
        return DocumentRef(self.slug, DocumentKind(self.kind))

    @property
    def url(self) -> str:
        """The path of the document."""
        return self.ref.url


class FormerSlug(SQLModel, table=True):
    """A slug that a document had before; it redirects to the current one."""

    __tablename__ = "former_slugs"

    slug: str = Field(max_length=80, primary_key=True)
    proposal_id: int = Field(foreign_key="proposals.id", index=True)


class PageLink(SQLModel, table=True):
    """A link in the newest version of a document to a slug, which may not exist."""

    __tablename__ = "page_links"

    source_id: int = Field(foreign_key="proposals.id", primary_key=True)
    target: str = Field(max_length=80, primary_key=True, index=True)


class Version(SQLModel, table=True):
    """An immutable version: its source, rendered parts, goals and change note.

    `origins` has the number of the version that added or last changed each block of the text. `changes`
    counts the blocks that differ from the previous version, `changed` counts them by kind, and `material`
    is true if people who voted on the previous version must vote again. `wording_only` is true if that would
    be so, but for the author only the wording changes. A version that was withdrawn has a negative number.
    """

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("proposal_id", "number"),)

    id: int = Field(default=None, primary_key=True)
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
    wording_only: bool = False


class Candidate(SQLModel, table=True):
    """A candidate of one version; `digest` is the hash of what decides pay."""

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: int = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="versions.id")
    key: str = Field(max_length=20)
    position: int
    name: str = Field(max_length=80)
    text: str = Field(sa_type=Text)
    digest: str = Field(max_length=64)


class Variant(SQLModel, table=True):
    """A candidate proposed by a person, based on a candidate of a version or on today's plan, with a reason.

    An anonymous variant has no author; `owner_signature` lets only its author recognise it.
    """

    __tablename__ = "variants"

    id: int = Field(default=None, primary_key=True)
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
    """A text being written, one for each author and document; `revision` increases with each save.

    `base` is the number of the version it is based on. `editor_id` is the browser window that saved last,
    which cannot conflict with itself. `publish_at` is when the draft is to be published, `publish_error`
    why it was not.
    """

    __tablename__ = "drafts"
    __invalidates__ = NO_PAGES
    __table_args__ = (UniqueConstraint("proposal_id", "author_id"),)

    id: int = Field(default=None, primary_key=True)
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
    wording_only: bool = False


class CoAuthor(SQLModel, table=True):
    """A person who can edit every draft that an author writes of a document."""

    __tablename__ = "co_authors"
    __invalidates__ = NO_PAGES

    proposal_id: int = Field(foreign_key="proposals.id", primary_key=True)
    author_id: int = Field(foreign_key="people.id", primary_key=True)
    person_id: int = Field(foreign_key="people.id", primary_key=True)


class ReadMark(SQLModel, table=True):
    """A person who has read a version."""

    __tablename__ = "read_marks"
    __invalidates__ = NO_PAGES

    person_id: int = Field(foreign_key="people.id", primary_key=True)
    version_id: int = Field(foreign_key="versions.id", primary_key=True)
    at: datetime = moment()
