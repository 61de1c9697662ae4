"""The document that a URL is about: a proposal or a page, and its slug."""

from typing import Annotated

from fastapi import Depends, Request

from server.documents.models import DocumentKind, DocumentRef


def document_ref(slug: str, request: Request) -> DocumentRef:
    """Return the document that the path names."""
    is_page = request.url.path.startswith(f"{DocumentKind.page.list_url}/")
    return DocumentRef(slug, DocumentKind.page if is_page else DocumentKind.proposal)


DocumentRefDep = Annotated[DocumentRef, Depends(document_ref)]
