"""What an address is about: which text, on the shelf of proposals or on that of pages."""

from typing import Annotated

from fastapi import Depends, Request

from server.documents.models import DocumentKind, DocumentRef


def document_ref(slug: str, request: Request) -> DocumentRef:
    """Read the shelf and the slug from the address."""
    is_page = request.url.path.startswith(f"{DocumentKind.page.list_url}/")
    return DocumentRef(slug, DocumentKind.page if is_page else DocumentKind.proposal)


DocumentRefDep = Annotated[DocumentRef, Depends(document_ref)]
