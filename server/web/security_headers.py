"""The security headers of every response, set in pure ASGI so that streams stay streams."""

from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FIXED = [
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"x-frame-options", b"DENY"),
]
"""Headers that no response may change."""
_HTTPS_ONLY = [(b"strict-transport-security", b"max-age=31536000; includeSubDomains")]
_DEFAULTS = [(b"referrer-policy", b"same-origin"), (b"cache-control", b"no-store")]
"""Headers that a response may set itself."""
_FIXED_NAMES = frozenset(name for name, _ in (*_FIXED, *_HTTPS_ONLY))


class SecurityHeaders:
    """Sets the security headers of every response."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._fixed = [*_FIXED, *(_HTTPS_ONLY if secure else ())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application respond, and add the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._with_security_headers(message["headers"])
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _with_security_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        own_headers = [header for header in headers if header[0] not in _FIXED_NAMES]
        names = {name for name, _ in own_headers}
        defaults = [header for header in _DEFAULTS if header[0] not in names]
        return [*own_headers, *self._fixed, *defaults]
