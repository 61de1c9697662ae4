"""Pages beside proposals: background, FAQ, glossary, minutes. Read, listed, linked to each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.models import Kind, Shelfmark
from server.documents.queries import Edition, Shelved, Standing
from server.errors import NotFoundError
from server.pages.changes_since import Fresh, mark
from server.pages.proposal import Look
from server.people.access import CurrentPerson
from server.people.direct import Asked, Direct
from server.people.queries import reps_count
from server.text.toc import Heading, contents_of
from server.web.dependencies import Pages, Reading

router = APIRouter()


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


def view_of(session: Session, slug: str, found: Standing, since: int | None) -> PageView:
    """Gather a page; raises NotFoundError."""
    edition = document_queries.edition(session, slug, found.number, Kind.page)
    if edition is None:
        raise NotFoundError
    read = found.read
    since = since if since is not None else read[1] if read else None
    parts, fresh = (edition.parts, []) if since is None else mark(edition.parts, edition.origins, since)
    broken = document_queries.broken_links(session, edition.proposal_id)
    beside = document_queries.beside(session, edition.redesign.id or 0)
    return PageView(
        edition=edition,
        parts=[_marked(part, broken) for part in parts],
        contents=contents_of(edition.parts),
        read=read[1] if read else None,
        since=since,
        fresh=fresh,
        beside=[found for found in beside if found.id != edition.proposal_id],
        backlinks=document_queries.backlinks(session, edition.proposal_id),
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
    drafts = document_queries.drafts_of(session, viewer.id, Kind.page) if viewer.is_manager else []
    view = {"shelves": document_queries.shelves(session), "drafts": drafts}
    return pages.page(request, "pages/shelves.html", view)


def page(asked: Asked) -> Response:
    """Show a version of a page: the newest, or for good the one whose number is in the address."""
    look = asked.query(Look)
    found = document_queries.standing(asked.session, Shelfmark(asked.slug, Kind.page), asked.number, asked.viewer.id)
    if found is None:
        raise NotFoundError
    since = found.number if asked.number is not None else look.since

    def context() -> dict[str, Any]:
        view = view_of(asked.session, asked.slug, found, since)
        return {"view": view, "edition": view.edition}

    sheet = asked.pages.sheet(asked.request, "pages/page.html", (found.state, found.read, since), context)
    return asked.pages.filled(asked.request, sheet)


direct = [Direct("/pages/{slug:text}", page), Direct("/pages/{slug:text}/v/{number}", page)]
