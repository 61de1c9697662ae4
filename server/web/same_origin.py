"""Refuses unsafe requests from other sites, requests for other hosts, and text that cannot be stored.

A wrong public URL or a proxy that passes on another host ends here too, so that the page names both addresses.
"""

from collections.abc import Callable, Iterable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_UNCHECKED_PATHS = ("/unsubscribe/", "/api/")


RefusalPage = Callable[[str, str, int], Response]
"""Returns a page for the address that a request came by, the one that Townhall is set up for, and a status."""


class SameOriginCheck:
    """Refuses a request before the application sees it."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], hosts: Iterable[str], page: RefusalPage) -> None:
        self._app, self._page = app, page
        self._origins = tuple(origins)
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host.rsplit(":", 1)[0].strip("[]") not in self._hosts and not scope["path"].startswith("/static/"):
            return self._page(host, self._origins[0], 421)
        if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            return PlainTextResponse("Page not found.\n", 404)
        if not _is_utf8(headers.get("content-type", "")):
            return PlainTextResponse("Send the request in UTF-8.\n", 415)
        is_safe = scope["method"] in SAFE_METHODS or _ignores_cookies(scope["path"])
        if not (is_safe or self._is_same_origin(headers)):
            return self._page(headers.get("origin") or host, self._origins[0], 403)
        return None

    def _is_same_origin(self, headers: Headers) -> bool:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin in self._origins:
            return site in {None, "same-origin", "none"}
        # A page that sends no referrer sends no origin either; only a browser sets the other header.
        return origin in {None, "null"} and site == "same-origin"


def _ignores_cookies(path: str) -> bool:
    """Return whether a path ignores cookies and so needs no cross-site check.

    The API needs a token, which no browser adds on its own; unsubscribing needs only the signed URL of an
    e-mail.
    """
    return path.startswith(_UNCHECKED_PATHS)


def _is_utf8(content_type: str) -> bool:
    """Return whether a body is in UTF-8, or its character set is not stated."""
    _, _, parameters = content_type.lower().partition(";")
    charsets = [
        parameter.partition("=")[2].strip(' "')
        for parameter in parameters.split(";")
        if parameter.strip().startswith("charset")
    ]
    return all(charset in {"utf-8", "utf8", "us-ascii"} for charset in charsets)
