"""Redirects from former addresses, keeping the query and, with status 307, the form."""

import re
from urllib.parse import quote

from fastapi import Request

from server.documents import queries as document_queries
from server.documents.models import DocumentKind
from server.web.dependencies import database_of

_DOCUMENT = re.compile(r"/(?:proposals|pages)/([^/]+)(/.*)?")
_RENAMED = (
    (re.compile(r"(/(?:proposals|pages)/[^/]+)/place"), r"\1/settings"),
    (re.compile(r"(/proposals/[^/]+)/heard"), r"\1/status"),
    (re.compile(r"(/proposals/[^/]+)/news"), r"\1/updates"),
    (re.compile(r"(/proposals/[^/]+/v/\d+)/on"), r"\1/anchors"),
    (re.compile(r"(/(?:proposals|pages)/[^/]+/v/\d+)/origins"), r"\1/blame"),
    (re.compile(r"(/(?:proposals|pages)/[^/]+/edit)/as-a-rep"), r"\1/preview"),
    (re.compile(r"(/proposals/[^/]+/edit/candidates/\d+)/look"), r"\1/preview"),
    (re.compile(r"(/proposals/[^/]+/variants)/look"), r"\1/preview"),
    (re.compile(r"(/comments/[^/]+)/led-to"), r"\1/resolution"),
    (re.compile(r"(/comments/[^/]+)/same"), r"\1/endorse"),
    (re.compile(r"(/comments/[^/]+)/take-up"), r"\1/apply-suggestion"),
    (re.compile(r"(/comments/[^/]+)/answering"), r"\1/claim"),
    (re.compile(r"(/me/pay|/proposals/[^/]+/candidates/[^/]+/simulator)/picture"), r"\1/details"),
    (re.compile(r"/bundles"), "/archives"),
    (re.compile(r"(/tokens/[^/]+)/end"), r"\1/revoke"),
)
"""Paths as they were up to release 0.1, kept for one release."""


def renamed_path(path: str) -> str | None:
    """Return the path that a former path has now, or None."""
    for pattern, replacement in _RENAMED:
        if match := pattern.fullmatch(path):
            return match.expand(replacement)
    return None


def other_kind(path: str) -> DocumentKind:
    """Return the other kind of document: a [[title]] links to a page, but may name a proposal."""
    return DocumentKind.proposal if path.startswith(DocumentKind.page.list_url) else DocumentKind.page


def redirect_target(request: Request) -> str | None:
    """Return where a missing address leads now, or None if it never existed or is not for this person."""
    path = renamed_path(request.url.path) or _document_path(request)
    if path is None:
        return None
    return quote(path) + (f"?{request.url.query}" if request.url.query else "")


def _document_path(request: Request) -> str | None:
    match = _DOCUMENT.fullmatch(request.url.path)
    viewer = getattr(request.state, "viewer", None)
    if match is None or viewer is None:
        return None
    slug, rest = match[1], match[2] or ""
    with database_of(request).reading() as session:
        document = document_queries.by_former_slug(session, slug)
        if document is None and not rest:
            document = document_queries.by_slug(session, slug, other_kind(request.url.path))
        hidden = document_queries.hidden_redesigns(session, viewer)
    if document is None or document.redesign_id in hidden or not (document.current or viewer.is_manager):
        return None
    return document.url + rest
