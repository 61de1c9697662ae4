"""Pages beside proposals: background, FAQ, glossary, minutes. Read, listed, linked to each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from server.errors import NotFoundError
from server.pages.fresh import Fresh, mark
from server.pages.proposal import Look
from server.people.access import CurrentPerson
from server.people.queries import Viewer, reps_count
from server.proposals import queries as proposals
from server.proposals.models import Kind
from server.proposals.queries import Edition, Shelved
from server.text.contents import Heading, contents_of
from server.web.context import Number, Pages, Reading

router = APIRouter()
Looked = Annotated[Look, Depends()]


@dataclass(frozen=True, slots=True)
class PageView:
    """All that a page beside proposals says: its text, where it leads, and what leads to it."""

    edition: Edition
    parts: Sequence[Any]
    contents: Sequence[Heading]
    read: int | None
    since: int | None
    fresh: Sequence[Fresh]
    beside: Sequence[Shelved]
    backlinks: Sequence[Shelved]
    broken: Sequence[str]
    readers: int

    @property
    def is_current(self) -> bool:
        """Whether this is the newest version."""
        return self.edition.number == self.edition.current


def view_of(session: Session, viewer: Viewer, slug: str, number: int | None, since: int | None) -> PageView:
    """Gather a page; raises NotFoundError."""
    edition = proposals.edition(session, slug, number, Kind.page)
    if edition is None:
        raise NotFoundError
    read = proposals.last_read(session, edition.proposal_id, viewer.id)
    since = since if since is not None else read[1] if read else None
    parts, fresh = (edition.parts, []) if since is None else mark(edition.parts, edition.origins, since)
    broken = proposals.broken_links(session, edition.proposal_id)
    beside = proposals.beside(session, edition.redesign.id or 0)
    return PageView(
        edition=edition,
        parts=[_marked(part, broken) for part in parts],
        contents=contents_of(edition.parts),
        read=read[1] if read else None,
        since=since,
        fresh=fresh,
        beside=[found for found in beside if found.id != edition.proposal_id],
        backlinks=proposals.backlinks(session, edition.proposal_id),
        broken=broken,
        readers=reps_count(session),
    )


_LINK = re.compile(r'<a href="/(?:pages|proposals)/([^"/?#]+)')


def _marked(part: Any, broken: Sequence[str]) -> Any:
    """Mark the links of a page that lead nowhere."""
    if not broken or not isinstance(part, str):
        return part
    return _LINK.sub(
        lambda link: link[0].replace("<a", '<a class="missing"') if unquote(link[1]) in broken else link[0], part
    )


@router.get("/pages")
def all_pages(request: Request, viewer: CurrentPerson, session: Reading, pages: Pages) -> HTMLResponse:
    """List the pages by redesign, the archived ones apart."""
    drafts = proposals.drafts_of(session, viewer.id, Kind.page) if viewer.is_manager else []
    view = {"shelves": proposals.shelves(session), "drafts": drafts}
    return pages.page(request, "pages/shelves.html", view)


@router.get("/pages/{slug}")
def page(
    slug: str, request: Request, viewer: CurrentPerson, session: Reading, pages: Pages, look: Looked
) -> HTMLResponse:
    """Show the newest version of a page."""
    view = view_of(session, viewer, slug, None, look.since)
    return pages.page(request, "pages/page.html", {"view": view, "edition": view.edition})


@router.get("/pages/{slug}/v/{number}")
def page_version(
    slug: str, number: Number, request: Request, viewer: CurrentPerson, session: Reading, pages: Pages
) -> HTMLResponse:
    """Show one version of a page for good."""
    view = view_of(session, viewer, slug, number, number)
    return pages.page(request, "pages/page.html", {"view": view, "edition": view.edition})
