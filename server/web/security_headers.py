"""Headers on every answer, and a stop for requests that other sites send: pure ASGI, so that streams stay streams."""

from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-frame-options": "DENY",
}


_PAIRS = [(name.encode(), value.encode()) for name, value in _ALWAYS.items()]
_USUAL = [(b"referrer-policy", b"same-origin"), (b"cache-control", b"no-store")]
_SECURE = [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
_OURS = frozenset(name for name, _ in (*_PAIRS, *_SECURE))
_ONE_CLICK = "/unsubscribe/"


class SecurityHeaders:
    """Refuses unsafe requests from elsewhere and sets the security headers."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str], hosts: Iterable[str], secure: bool) -> None:
        self._app = app
        self._origins = frozenset(origins)
        self._hosts = frozenset(hosts)
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, then let the application answer with the headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("host", "").rsplit(":", 1)[0].strip("[]") not in self._hosts:
            await PlainTextResponse("This address is not served here.\n", 421)(scope, receive, self._with_headers(send))
        elif "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
            await PlainTextResponse("There is no such page.\n", 404)(scope, receive, self._with_headers(send))
        elif not _is_plain(headers.get("content-type", "")):
            await PlainTextResponse("Send it in UTF-8.\n", 415)(scope, receive, self._with_headers(send))
        elif scope["method"] not in SAFE_METHODS and not (self._is_ours(headers) or _is_for_programs(scope["path"])):
            refusal = PlainTextResponse("This request did not come from Townhall's own pages.\n", 403)
            await refusal(scope, receive, self._with_headers(send))
        else:
            await self._app(scope, receive, self._with_headers(send))

    def _guarded(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return an answer's headers with ours, which win, and with the usual ones where it has none of its own."""
        kept = [header for header in headers if header[0] not in _OURS]
        names = {name for name, _ in kept}
        usual = [header for header in _USUAL if header[0] not in names]
        return [*kept, *_PAIRS, *usual, *(_SECURE if self._secure else ())]

    def _is_ours(self, headers: Headers) -> bool:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin in self._origins:
            return site in {None, "same-origin", "none"}
        # A page that sends no referrer sends no origin either; only a browser sets the other header.
        return origin in {None, "null"} and site == "same-origin"

    def _with_headers(self, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._guarded(message["headers"])
            await send(message)

        return sending


def _is_for_programs(path: str) -> bool:
    """Say whether an address looks at no cookie, so that no other site can use a person's browser on it.

    The API asks for a token, which no browser adds by itself; for a mail program what stands in the address is enough.
    """
    return path.startswith((_ONE_CLICK, "/api/"))


def _is_plain(content_type: str) -> bool:
    """Say whether a body's characters are UTF-8, or nothing else is said of them."""
    _, _, parameters = content_type.lower().partition(";")
    stated = [
        part.partition("=")[2].strip(' "') for part in parameters.split(";") if part.strip().startswith("charset")
    ]
    return all(charset in {"utf-8", "utf8", "us-ascii"} for charset in stated)
