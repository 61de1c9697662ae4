"""What an address is about: which text, on the shelf of proposals or on that of pages."""

from typing import Annotated

from fastapi import Depends, Request

from server.documents.models import Kind, Shelfmark


def shelfmark_of(slug: str, request: Request) -> Shelfmark:
    """Read the shelf and the slug from the address."""
    is_page = request.url.path.startswith(f"{Kind.page.shelf}/")
    return Shelfmark(slug, Kind.page if is_page else Kind.proposal)


At = Annotated[Shelfmark, Depends(shelfmark_of)]
