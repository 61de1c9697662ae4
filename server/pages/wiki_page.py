"""Background pages of a redesign, such as a FAQ, a glossary or minutes: the page and the list of all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS, DOCUMENT_READER
from server.documents.models import DocumentKind, DocumentRef
from server.documents.queries import DocumentSummary, ReaderState, VersionPage
from server.errors import NotFoundError
from server.pages.changes_since import ChangesSince, mark_changes
from server.pages.proposal import PageQuery
from server.people.access import CurrentPerson
from server.people.queries import Viewer
from server.text.rendered import InlineToken, Part, RenderedBlock, inline_tokens, join_blocks, load_parts
from server.text.toc import Heading, table_of_contents
from server.web.dependencies import ReadSession, TemplatesDep
from server.web.read_routes import PageRequest, ReadRoute

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@dataclass(frozen=True, slots=True)
class PageView:
    """The contents of a background page, with the links from it and to it."""

    version: VersionPage
    parts: Sequence[Any]
    contents: Sequence[Heading]
    last_read: int | None
    since: int | None
    changes_since: Sequence[ChangesSince]
    related_pages: Sequence[DocumentSummary]
    backlinks: Sequence[DocumentSummary]
    broken_links: Sequence[str]
    readers: int

    @property
    def is_current(self) -> bool:
        """Whether this is the current version."""
        return self.version.number == self.version.current


def page_view(session: Session, slug: str, reader_state: ReaderState, since: int | None) -> PageView:
    """Return the contents of a version of a page; raises NotFoundError."""
    version = document_queries.version_page(session, slug, reader_state.number, DocumentKind.page)
    if version is None:
        raise NotFoundError
    last_read = reader_state.read[1] if reader_state.read else None
    since = since if since is not None else last_read
    blocks = load_parts(version.parts)
    parts, changes_since = (blocks, []) if since is None else mark_changes(blocks, version.origins, since)
    broken_links = document_queries.broken_links(session, version.proposal_id)
    related_pages = document_queries.related_pages(session, version.redesign.id)
    return PageView(
        version=version,
        parts=join_blocks(_with_broken_links(part, broken_links) for part in parts),
        contents=table_of_contents(blocks),
        last_read=last_read,
        since=since,
        changes_since=changes_since,
        related_pages=[document for document in related_pages if document.id != version.proposal_id],
        backlinks=document_queries.backlinks(session, version.proposal_id),
        broken_links=broken_links,
        readers=document_queries.readership_of(session, version.redesign).reps,
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
def list_pages(request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep) -> HTMLResponse:
    """List the pages by redesign, archived ones apart, and the drafts of a manager."""
    drafts = document_queries.drafts_of(session, viewer.id, DocumentKind.page) if viewer.is_manager else []
    view = {"lists": document_queries.document_lists(session, viewer), "drafts": drafts}
    return templates.page(request, "pages/page_list.html", view)


def show_page(page_request: PageRequest[Viewer]) -> Response:
    """Show a version of a page: the current one, or the one whose number is in the URL."""
    request, session, templates = page_request.request, page_request.session, page_request.templates
    page_query, ref = page_request.query(PageQuery), DocumentRef(page_request.slug, DocumentKind.page)
    reader_state = document_queries.reader_state(session, ref, page_request.number, page_request.viewer.id)
    if reader_state is None:
        raise NotFoundError
    since = reader_state.number if page_request.number is not None else page_query.since

    def context() -> dict[str, Any]:
        view = page_view(session, page_request.slug, reader_state, since)
        return {"view": view, "version": view.version}

    cache_key = (reader_state.state, reader_state.read, since)
    cached = templates.cached_page(request, "pages/wiki_page.html", cache_key, context)
    return templates.personalise(request, cached)


READ_ROUTES = [
    ReadRoute("/pages/{slug:text}", show_page, DOCUMENT_READER),
    ReadRoute("/pages/{slug:text}/v/{number}", show_page, DOCUMENT_READER),
]
