"""Addresses that something had once: whoever asks there is sent to where it is now, with what they sent."""

import re
from urllib.parse import quote

from fastapi import Request

from server.documents import queries as document_queries
from server.documents.models import DocumentKind
from server.web.dependencies import database_of

_ADDRESS = re.compile(r"/(?:proposals|pages)/([^/]+)(/.*)?")


def other_kind(path: str) -> DocumentKind:
    """Return the shelf that was not asked: a title in brackets is taken for a page's, and may be a proposal's."""
    return DocumentKind.proposal if path.startswith(DocumentKind.page.list_url) else DocumentKind.page


def redirect_target(request: Request) -> str | None:
    """Return where what is asked for stands now, None when it never stood here or is nothing for this person."""
    found = _ADDRESS.fullmatch(request.url.path)
    viewer = getattr(request.state, "viewer", None)
    if found is None or viewer is None:
        return None
    slug = found[1]
    with database_of(request).reading() as session:
        moved = document_queries.moved_to(session, slug)
        if moved is None and not found[2]:
            moved = document_queries.by_slug(session, slug, other_kind(request.url.path))
    if moved is None or not (moved.current or viewer.is_manager):
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(moved.url + (found[2] or "")) + query
