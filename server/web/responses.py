"""Redirects for browsers and htmx."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response


def see_other(url: str) -> RedirectResponse:
    """Redirect the browser after a POST."""
    return RedirectResponse(url, status_code=303)


def is_fragment(request: Request) -> bool:
    """Return whether htmx requests a part of a page."""
    is_htmx = request.headers.get("hx-request") == "true"
    return is_htmx and request.headers.get("hx-history-restore-request") != "true"


def client_redirect(request: Request, url: str) -> Response:
    """Redirect a browser or htmx to another page."""
    if is_fragment(request):
        return Response(status_code=204, headers={"hx-redirect": url})
    return see_other(url)
