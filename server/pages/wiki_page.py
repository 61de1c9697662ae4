"""Pages beside proposals: background, FAQ, glossary, minutes. Read, listed, linked to each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.models import DocumentKind, DocumentRef
from server.documents.queries import DocumentSummary, ReaderState, VersionPage
from server.errors import NotFoundError
from server.pages.changes_since import ChangesSince, mark_changes
from server.pages.proposal import PageQuery
from server.people.access import SIGNED_IN_READER, CurrentPerson
from server.people.queries import Viewer, reps_count
from server.text.rendered import InlineToken, Part, RenderedBlock, inline_tokens, join_blocks, load_parts
from server.text.toc import Heading, table_of_contents
from server.web.dependencies import ReadSession, TemplatesDep
from server.web.read_routes import PageRequest, ReadRoute

router = APIRouter()


@dataclass(frozen=True, slots=True)
class PageView:
    """All that a page beside proposals says: its text, where it leads, and what leads to it."""

    edition: VersionPage
    parts: Sequence[Any]
    contents: Sequence[Heading]
    read: int | None
    since: int | None
    changes_since: Sequence[ChangesSince]
    related_pages: Sequence[DocumentSummary]
    backlinks: Sequence[DocumentSummary]
    broken: Sequence[str]
    readers: int

    @property
    def is_current(self) -> bool:
        """Whether this is the newest version."""
        return self.edition.number == self.edition.current


def page_view(session: Session, slug: str, found: ReaderState, since: int | None) -> PageView:
    """Gather a page; raises NotFoundError."""
    edition = document_queries.version_page(session, slug, found.number, DocumentKind.page)
    if edition is None:
        raise NotFoundError
    read = found.read
    since = since if since is not None else read[1] if read else None
    blocks = load_parts(edition.parts)
    parts, fresh = (blocks, []) if since is None else mark_changes(blocks, edition.origins, since)
    broken = document_queries.broken_links(session, edition.proposal_id)
    beside = document_queries.related_pages(session, edition.redesign.id or 0)
    return PageView(
        edition=edition,
        parts=join_blocks(_with_broken_links(part, broken) for part in parts),
        contents=table_of_contents(blocks),
        read=read[1] if read else None,
        since=since,
        changes_since=fresh,
        related_pages=[found for found in beside if found.id != edition.proposal_id],
        backlinks=document_queries.backlinks(session, edition.proposal_id),
        broken=broken,
        readers=reps_count(session),
    )


def _with_broken_links(part: Part, slugs: Sequence[str]) -> Part:
    """Mark the links of a block to pages that do not exist."""
    if not slugs or not isinstance(part, RenderedBlock):
        return part
    html = "".join(
        token.html.replace("<a", '<a class="missing"', 1) if _slug_of(token) in slugs else token.html
        for token in inline_tokens(part.html)
    )
    return replace(part, html=html)


def _slug_of(token: InlineToken) -> str | None:
    """Return the slug that a link to a page or proposal names."""
    for start in ('<a href="/pages/', '<a href="/proposals/'):
        if token.html.startswith(start):
            return unquote(re.split(r'["/?#]', token.html.removeprefix(start), maxsplit=1)[0])
    return None


@router.get("/pages")
def list_pages(request: Request, viewer: CurrentPerson, session: ReadSession, pages: TemplatesDep) -> HTMLResponse:
    """List the pages by redesign, the archived ones apart."""
    drafts = document_queries.drafts_of(session, viewer.id, DocumentKind.page) if viewer.is_manager else []
    view = {"shelves": document_queries.document_lists(session), "drafts": drafts}
    return pages.page(request, "pages/page_list.html", view)


def show_page(asked: PageRequest[Viewer]) -> Response:
    """Show a version of a page: the newest, or for good the one whose number is in the address."""
    look = asked.query(PageQuery)
    found = document_queries.reader_state(
        asked.session, DocumentRef(asked.slug, DocumentKind.page), asked.number, asked.viewer.id
    )
    if found is None:
        raise NotFoundError
    since = found.number if asked.number is not None else look.since

    def context() -> dict[str, Any]:
        view = page_view(asked.session, asked.slug, found, since)
        return {"view": view, "edition": view.edition}

    sheet = asked.templates.cached_page(
        asked.request, "pages/wiki_page.html", (found.state, found.read, since), context
    )
    return asked.templates.personalise(asked.request, sheet)


READ_ROUTES = [
    ReadRoute("/pages/{slug:text}", show_page, SIGNED_IN_READER),
    ReadRoute("/pages/{slug:text}/v/{number}", show_page, SIGNED_IN_READER),
]
