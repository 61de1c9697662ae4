"""How routes answer besides pages: see-other redirects, and whether htmx asked."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response


def see_other(url: str) -> RedirectResponse:
    """Send the browser on after a POST."""
    return RedirectResponse(url, status_code=303)


def is_fragment(request: Request) -> bool:
    """Say whether htmx asked for a part of a page."""
    asks = request.headers.get("hx-request") == "true"
    return asks and request.headers.get("hx-history-restore-request") != "true"


def client_redirect(request: Request, url: str) -> Response:
    """Send a browser or htmx to another page."""
    if is_fragment(request):
        return Response(status_code=204, headers={"hx-redirect": url})
    return see_other(url)
