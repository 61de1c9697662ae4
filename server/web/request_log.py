"""The log of requests: method, route, status and time. No address is logged: it may hold a figure, name or token."""

import logging
import sys
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("townhall")


def log_to_stdout() -> None:
    """Write the log of Townhall, with its requests, to standard output."""
    if not log.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.propagate = False
    log.setLevel(logging.INFO)


class RequestLog:
    """Logs every request when its response has been sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, and log the route's path with the placeholders, not the request's."""
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_and_note(part: Message) -> None:
            nonlocal status
            if part["type"] == "http.response.start":
                status = part["status"]
            await send(part)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            route = getattr(scope.get("route"), "path", "static" if scope["path"].startswith("/static/") else "-")
            milliseconds = (time.perf_counter() - started) * 1000
            log.info("%s %s %s %.0f ms", scope["method"], route, status or "aborted", milliseconds)
