"""Queries of slugs, lists of documents, and links between documents."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from sqlmodel import Session, col, select

from server.documents.models import DocumentKind, DocumentRef, FormerSlug, PageLink, Proposal, Redesign, Version
from server.documents.queries.audience import hidden_redesigns
from server.documents.queries.versions import PAGE_SIZE
from server.documents.stages import is_vote_due
from server.people.models import Person
from server.people.queries import Viewer, company_today


def by_slug(session: Session, slug: str, kind: DocumentKind = DocumentKind.proposal) -> Proposal | None:
    """Return the document of a kind with this slug, published or not."""
    return session.exec(select(Proposal).where(Proposal.slug == slug, Proposal.kind == kind)).first()


def is_published(session: Session, slug: str) -> bool:
    """Return whether a document has a published version."""
    return session.exec(select(Proposal.id).where(Proposal.slug == slug, Proposal.current > 0)).first() is not None


def is_slug_taken(session: Session, slug: str, except_for: int | None = None) -> bool:
    """Return whether another document than `except_for` has or once had this slug."""
    current = select(Proposal.id).where(Proposal.slug == slug)
    former = select(FormerSlug.proposal_id).where(FormerSlug.slug == slug)
    return any(proposal_id != except_for for proposal_id in session.execute(current.union(former)).scalars())


def by_former_slug(session: Session, slug: str) -> Proposal | None:
    """Return the document that once had this slug."""
    statement = select(Proposal).join(FormerSlug, col(FormerSlug.proposal_id) == col(Proposal.id))
    return session.exec(statement.where(FormerSlug.slug == slug)).first()


def slug_of(session: Session, proposal_id: int) -> str:
    """Return the slug of a document."""
    return session.exec(select(Proposal.slug).where(Proposal.id == proposal_id)).one()


Listed = TypeVar("Listed", "ProposalSummary", "DocumentSummary")


@dataclass(frozen=True, slots=True)
class ProposalSummary:
    """A published proposal in a list."""

    slug: str
    title: str
    current: int
    comments: int
    answered: int
    audience: str
    feedback_until: date | None
    published_at: datetime


def responsible_managers(session: Session) -> list[str]:
    """Return the names of the authors of current proposals, who are responsible for answering comments."""
    statement = (
        select(Person.name)
        .join(Version, col(Version.author_id) == col(Person.id))
        .join(Proposal, (col(Proposal.id) == col(Version.proposal_id)) & (col(Proposal.current) == Version.number))
        .where(Proposal.kind == DocumentKind.proposal, col(Proposal.archived_at).is_(None))
        .distinct()
        .order_by(Person.name)
    )
    return list(session.exec(statement))


def redesigns(session: Session) -> list[Redesign]:
    """Return the redesigns with a published proposal, newest first; the others are still confidential."""
    public = select(Proposal.redesign_id).where(Proposal.kind == DocumentKind.proposal, Proposal.current > 0)
    return list(session.exec(select(Redesign).where(col(Redesign.id).in_(public)).order_by(col(Redesign.id).desc())))


def redesign(session: Session, redesign_id: int) -> Redesign | None:
    """Return a redesign by id."""
    return session.get(Redesign, redesign_id)


def redesign_of(session: Session, proposal_id: int) -> Redesign:
    """Return the redesign of a document."""
    statement = select(Redesign).join(Proposal, col(Proposal.redesign_id) == col(Redesign.id))
    return session.exec(statement.where(Proposal.id == proposal_id)).one()


def can_be_archived(session: Session, proposal: Proposal) -> bool:
    """Return whether a document may be archived: pages, imported proposals, and those of a closed redesign."""
    if proposal.kind == DocumentKind.page or proposal.imported_at is not None:
        return True
    return redesign_of(session, proposal.id).closed_at is not None


def documents_of(session: Session, redesign_id: int) -> list[Proposal]:
    """Return the documents of a redesign, published or not."""
    return list(session.exec(select(Proposal).where(Proposal.redesign_id == redesign_id)))


def shows_company_impact(session: Session) -> bool:
    """Return whether any redesign shows its managers the impact on the whole company."""
    return session.exec(select(Redesign.id).where(col(Redesign.shows_company_impact).is_(True))).first() is not None


def former_slugs(session: Session, proposal_id: int) -> list[str]:
    """Return the former slugs of a document, which redirect to it."""
    statement = select(FormerSlug.slug).where(FormerSlug.proposal_id == proposal_id)
    return list(session.exec(statement.order_by(FormerSlug.slug)))


def published_proposals(session: Session, viewer: Viewer | None = None) -> list[ProposalSummary]:
    """Return the published proposals that are not archived and that a viewer, or anyone, may read.

    Those that are open for votes come first, then the newest.
    """
    hidden = hidden_redesigns(session, viewer) if viewer else frozenset()
    statement = (
        select(  # type: ignore[call-overload] # more columns than the overloads name
            Proposal.slug,
            Version.title,
            Proposal.current,
            Proposal.comments,
            Proposal.answered,
            Redesign.audience,
            Redesign.feedback_until,
            Version.published_at,
            Redesign,
        )
        .join(Version, (col(Version.proposal_id) == col(Proposal.id)) & (col(Version.number) == col(Proposal.current)))
        .join(Redesign, col(Redesign.id) == col(Proposal.redesign_id))
        .where(
            Proposal.kind == DocumentKind.proposal,
            col(Proposal.archived_at).is_(None),
            col(Redesign.id).not_in(hidden),
        )
        .order_by(col(Version.published_at).desc())
        .limit(PAGE_SIZE)
    )
    rows = session.execute(statement).all()
    today = company_today(session) if len(rows) > 1 else None
    voted_on = [row for row in rows if today and row[-1].closed_at is None and is_vote_due(row[-1], today)]
    ordered = [*voted_on, *(row for row in rows if row not in voted_on)]
    return _told_apart([ProposalSummary(*row[:-1]) for row in ordered])


def _told_apart(documents: list[Listed]) -> list[Listed]:
    """Return documents; those that share a title have also their address in it."""
    counts = Counter(document.title for document in documents)
    return [
        replace(document, title=f"{document.title} ({document.slug})") if counts[document.title] > 1 else document
        for document in documents
    ]


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A published document in a list; `published_at` is that of its newest version."""

    id: int
    kind: str
    slug: str
    title: str
    current: int
    redesign_id: int
    published_at: datetime
    archived_at: datetime | None

    @property
    def url(self) -> str:
        """The path of the document."""
        return DocumentRef(self.slug, DocumentKind(self.kind)).url


_SUMMARY_COLUMNS = (
    Proposal.id,
    Proposal.kind,
    Proposal.slug,
    Proposal.title,
    Proposal.current,
    Proposal.redesign_id,
    Version.published_at,
    Proposal.archived_at,
)
_IS_NEWEST = (col(Version.proposal_id) == col(Proposal.id)) & (col(Version.number) == col(Proposal.current))


def related_pages(session: Session, redesign_id: int) -> list[DocumentSummary]:
    """Return the published documents of a redesign without archived ones: proposals, then pages by title."""
    statement = (
        select(*_SUMMARY_COLUMNS)  # type: ignore[call-overload] # more columns than the overloads name
        .join(Version, _IS_NEWEST)
        .where(Proposal.redesign_id == redesign_id, col(Proposal.archived_at).is_(None))
        .order_by(col(Proposal.kind).desc(), col(Proposal.title))
    )
    return _told_apart([DocumentSummary(*row) for row in session.execute(statement)])


@dataclass(frozen=True, slots=True)
class DocumentList:
    """The pages of a redesign."""

    redesign: Redesign
    pages: Sequence[DocumentSummary]

    @property
    def archived(self) -> list[DocumentSummary]:
        """The archived pages."""
        return [page for page in self.pages if page.archived_at]

    @property
    def open(self) -> list[DocumentSummary]:
        """The pages that are not archived."""
        return [page for page in self.pages if not page.archived_at]


def document_lists(session: Session, viewer: Viewer) -> list[DocumentList]:
    """Return the published pages that a viewer may read by redesign, the newest redesign first."""
    statement = (
        select(*_SUMMARY_COLUMNS)  # type: ignore[call-overload]
        .join(Version, _IS_NEWEST)
        .where(Proposal.kind == DocumentKind.page, col(Proposal.redesign_id).not_in(hidden_redesigns(session, viewer)))
        .order_by(col(Proposal.redesign_id).desc(), col(Proposal.title))
    )
    pages: dict[int, list[DocumentSummary]] = {}
    for page in _told_apart([DocumentSummary(*row) for row in session.execute(statement)]):
        pages.setdefault(page.redesign_id, []).append(page)
    rows = session.exec(select(Redesign).where(col(Redesign.id).in_(pages)))
    redesigns = {redesign.id: redesign for redesign in rows}
    return [DocumentList(redesigns[redesign_id], listed) for redesign_id, listed in pages.items()]


def backlinks(session: Session, proposal_id: int) -> list[DocumentSummary]:
    """Return the documents that link to a document by its slug or a former one, without archived ones.

    Those of another redesign that is not for everyone are left out: the list is the same for all readers.
    """
    own_redesign = select(Proposal.redesign_id).where(Proposal.id == proposal_id).scalar_subquery()
    for_everyone = select(Redesign.id).where(col(Redesign.is_for_everyone).is_(True))
    slugs = select(Proposal.slug).where(Proposal.id == proposal_id)
    former = select(FormerSlug.slug).where(FormerSlug.proposal_id == proposal_id)
    statement = (
        select(*_SUMMARY_COLUMNS)  # type: ignore[call-overload]
        .join(Version, _IS_NEWEST)
        .join(PageLink, col(PageLink.source_id) == col(Proposal.id))
        .where(
            col(PageLink.target).in_(slugs.union(former)),
            Proposal.id != proposal_id,
            col(Proposal.archived_at).is_(None),
            (col(Proposal.redesign_id) == own_redesign) | col(Proposal.redesign_id).in_(for_everyone),
        )
        .order_by(col(Proposal.title))
        .distinct()
    )
    return [DocumentSummary(*row) for row in session.execute(statement)]


def broken_links(session: Session, source_id: int) -> list[str]:
    """Return the slugs that a document links to without a published document there."""
    targets = select(PageLink.target).where(PageLink.source_id == source_id)
    return missing_slugs(session, session.exec(targets).all())


def missing_slugs(session: Session, slugs: Sequence[str]) -> list[str]:
    """Return the slugs that lead to no published document, or only to an archived one."""
    if not slugs:
        return []
    is_readable = (Proposal.current > 0, col(Proposal.archived_at).is_(None))
    current = select(Proposal.slug).where(col(Proposal.slug).in_(slugs), *is_readable)
    former = (
        select(FormerSlug.slug)
        .join(Proposal, col(Proposal.id) == col(FormerSlug.proposal_id))
        .where(col(FormerSlug.slug).in_(slugs), *is_readable)
    )
    existing = set(session.exec(current)) | set(session.exec(former))
    return [slug for slug in slugs if slug not in existing]
