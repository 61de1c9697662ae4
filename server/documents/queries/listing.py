"""What stands where: addresses, lists, and the links between texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from server.documents.models import DocumentKind, DocumentRef, FormerSlug, PageLink, Proposal, Redesign, Version
from server.documents.queries.versions import PAGE_SIZE
from server.people.models import Person


def by_slug(session: Session, slug: str, kind: DocumentKind = DocumentKind.proposal) -> Proposal | None:
    """Return what has this slug on its shelf, published or not."""
    return session.exec(select(Proposal).where(Proposal.slug == slug, Proposal.kind == kind)).first()


def is_taken(session: Session, slug: str, apart_from: int | None = None) -> bool:
    """Say whether an address is somebody's, or once was; one's own former address is free."""
    now = select(Proposal.id).where(Proposal.slug == slug)
    once = select(FormerSlug.proposal_id).where(FormerSlug.slug == slug)
    return any(key != apart_from for key in session.execute(now.union(once)).scalars())


def moved_to(session: Session, slug: str) -> Proposal | None:
    """Return what was at this address before it moved."""
    statement = select(Proposal).join(FormerSlug, col(FormerSlug.proposal_id) == col(Proposal.id))
    return session.exec(statement.where(FormerSlug.slug == slug)).first()


def slug_of(session: Session, proposal_id: int) -> str:
    """Return the slug of a proposal."""
    return session.exec(select(Proposal.slug).where(Proposal.id == proposal_id)).one()


@dataclass(frozen=True, slots=True)
class Listed:
    """A proposal in a list."""

    slug: str
    title: str
    current: int
    comments: int
    answered: int
    audience: str
    feedback_until: date | None
    published_at: datetime


def responsible_manager(session: Session) -> list[str]:
    """Return who wrote the current versions of proposals and so stands for answers to what is said on them."""
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
    """Return the redesigns of which a proposal is out, the newest first: of the others nobody knows the name yet."""
    out = select(Proposal.redesign_id).where(Proposal.kind == DocumentKind.proposal, Proposal.current > 0)
    return list(session.exec(select(Redesign).where(col(Redesign.id).in_(out)).order_by(col(Redesign.id).desc())))


def redesign(session: Session, redesign_id: int) -> Redesign | None:
    """Return a redesign."""
    return session.get(Redesign, redesign_id)


def former_slugs(session: Session, proposal_id: int) -> list[str]:
    """Return the addresses that lead to a text since it moved."""
    statement = select(FormerSlug.slug).where(FormerSlug.proposal_id == proposal_id)
    return list(session.exec(statement.order_by(FormerSlug.slug)))


def published(session: Session) -> list[Listed]:
    """Return the proposals that have a version, newest first."""
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
        )
        .join(Version, (col(Version.proposal_id) == col(Proposal.id)) & (col(Version.number) == col(Proposal.current)))
        .join(Redesign, col(Redesign.id) == col(Proposal.redesign_id))
        .where(Proposal.kind == DocumentKind.proposal, col(Proposal.archived_at).is_(None))
        .order_by(col(Version.published_at).desc())
        .limit(PAGE_SIZE)
    )
    return [Listed(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A text in a list: what it is, where, of which redesign, and when its newest version came out."""

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
        """Where it is read."""
        return DocumentRef(self.slug, DocumentKind(self.kind)).url


_SHELVED = (
    Proposal.id,
    Proposal.kind,
    Proposal.slug,
    Proposal.title,
    Proposal.current,
    Proposal.redesign_id,
    Version.published_at,
    Proposal.archived_at,
)
_NEWEST = (col(Version.proposal_id) == col(Proposal.id)) & (col(Version.number) == col(Proposal.current))


def related_pages(session: Session, redesign_id: int) -> list[DocumentSummary]:
    """Return the texts of a redesign that are out and not archived: its proposals, then its pages by title."""
    statement = (
        select(*_SHELVED)  # type: ignore[call-overload] # more columns than the overloads name
        .join(Version, _NEWEST)
        .where(Proposal.redesign_id == redesign_id, col(Proposal.archived_at).is_(None))
        .order_by(col(Proposal.kind).desc(), col(Proposal.title))
    )
    return [DocumentSummary(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class DocumentList:
    """The pages of a redesign."""

    redesign: Redesign
    pages: Sequence[DocumentSummary]

    @property
    def archived(self) -> list[DocumentSummary]:
        """Those that are kept out of the way."""
        return [page for page in self.pages if page.archived_at]

    @property
    def open(self) -> list[DocumentSummary]:
        """Those that are read."""
        return [page for page in self.pages if not page.archived_at]


def document_lists(session: Session) -> list[DocumentList]:
    """Return all pages that are out, by redesign, the newest redesign first."""
    statement = (
        select(*_SHELVED)  # type: ignore[call-overload]
        .join(Version, _NEWEST)
        .where(Proposal.kind == DocumentKind.page)
        .order_by(col(Proposal.redesign_id).desc(), col(Proposal.title))
    )
    found: dict[int, list[DocumentSummary]] = {}
    for row in session.execute(statement):
        page = DocumentSummary(*row)
        found.setdefault(page.redesign_id, []).append(page)
    redesigns = {one.id or 0: one for one in session.exec(select(Redesign).where(col(Redesign.id).in_(found)))}
    return [DocumentList(redesigns[key], pages) for key, pages in found.items()]


def backlinks(session: Session, proposal_id: int) -> list[DocumentSummary]:
    """Return what links to a text, under its address or a former one; archived pages do not count."""
    slugs = select(Proposal.slug).where(Proposal.id == proposal_id)
    former = select(FormerSlug.slug).where(FormerSlug.proposal_id == proposal_id)
    statement = (
        select(*_SHELVED)  # type: ignore[call-overload]
        .join(Version, _NEWEST)
        .join(PageLink, col(PageLink.source_id) == col(Proposal.id))
        .where(
            col(PageLink.target).in_(slugs.union(former)),
            Proposal.id != proposal_id,
            col(Proposal.archived_at).is_(None),
        )
        .order_by(col(Proposal.title))
        .distinct()
    )
    return [DocumentSummary(*row) for row in session.execute(statement)]


def broken_links(session: Session, source_id: int) -> list[str]:
    """Return where a text links to though nothing is out there, or only something archived."""
    linked = select(PageLink.target).where(PageLink.source_id == source_id)
    return missing(session, session.exec(linked).all())


def missing(session: Session, slugs: Sequence[str]) -> list[str]:
    """Return which of these addresses lead to nothing that is out and not archived."""
    if not slugs:
        return []
    out = (Proposal.current > 0, col(Proposal.archived_at).is_(None))
    now = select(Proposal.slug).where(col(Proposal.slug).in_(slugs), *out)
    once = (
        select(FormerSlug.slug)
        .join(Proposal, col(Proposal.id) == col(FormerSlug.proposal_id))
        .where(col(FormerSlug.slug).in_(slugs), *out)
    )
    known = set(session.exec(now)) | set(session.exec(once))
    return [slug for slug in slugs if slug not in known]
