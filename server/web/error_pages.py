"""Pages and fragments for what went wrong; what was typed into a refused form is shown again, ready to be sent."""

import logging
from collections.abc import Callable
from traceback import format_tb
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from server.errors import AppError, NotFoundError, SignInNeededError
from server.messages import Message, message
from server.web.dependencies import templates_of
from server.web.responses import is_fragment
from server.web.security_headers import SAFE_METHODS

log = logging.getLogger("townhall")
_MOST_REMEMBERED = 2**20
"""Bytes of a request that are kept until it is answered: more than the longest form has, less than an upload."""
_CARRIED = frozenset(
    {
        "action",
        "against",
        "pay_impact",
        "base",
        "block",
        "candidate",
        "goal",
        "kind",
        "of",
        "revision",
        "seen",
        "start",
        "part",
        "show",
        "state",
        "is_suggestion",
        "proposal",
        "back",
        "included",
        "included_asked",
        "term",
        "ulid",
        "version",
        "was",
        "editor_id",
        "is_anonymous",
    }
)
"""Fields that nobody typed: they are sent again with the rest."""
_NAMES = {
    "text": message("Your words"),
    "suggestion": message("Instead of it"),
    "quote": message("On which words"),
    "title": message("Title"),
    "note": message("Change note"),
    "markdown": message("The text"),
    "source": message("How it is to read"),
    "reason": message("The reason"),
    "why": message("Why"),
    "name": message("Name"),
    "email": message("Mail address"),
    "postponed_until": message("Postponed until"),
    "answer": message("Your answer"),
    "publish_at": message("Day and time"),
}
"""What the fields that people type into are called; others go by the name they are sent under."""
_UNSHOWN = frozenset({"csrf", "password", "repeated"})


async def _answer(request: Request, status: int, sentence: Message) -> Response:
    templates = templates_of(request)
    if request.url.path.startswith("/api/"):
        error = {"row": None, "field": None, "value": None, "fix": templates.language.sentence(sentence)}
        return JSONResponse({"errors": [error]}, status)
    if is_fragment(request):
        return templates.page(request, "errors/_failure.html", {"sentence": sentence, "status": status}, status=status)
    typed = await _typed(request) if status != NotFoundError.status else []
    view = {"sentence": sentence, "typed": typed, "status": status, "carried": _CARRIED, "names": _NAMES}
    return templates.page(request, "errors/failure.html", view, status=status)


async def _typed(request: Request) -> list[tuple[str, str]]:
    """Return the text fields of the form, so that nothing typed is lost."""
    if request.method in SAFE_METHODS or not request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        return []
    try:
        form = await request.form()
    except (HTTPException, RuntimeError, ClientDisconnect):
        return []
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name not in _UNSHOWN]


Elsewhere = Callable[[Request], str | None]
"""Knows where something is that is no longer at its address."""


def install(app: FastAPI, elsewhere: Elsewhere) -> None:
    """Let the application answer every failure with a page, and lead on from where something was."""
    _install_ours(app, elsewhere)
    _install_requests(app, elsewhere)
    _install_database(app)


def _unusable(error: RequestValidationError) -> Message:
    """Say which fields of a form cannot be used, or where what should be JSON is none."""
    names = ", ".join(str(problem["loc"][-1]) for problem in error.errors()[:5])
    if any(problem["type"] == "json_invalid" for problem in error.errors()):
        return message("This is not JSON: it breaks off at character {place}.", place=names)
    if any(problem["loc"] == ("body",) for problem in error.errors()):
        return message("Nothing was sent. Send what this address takes.")
    return message("This part of the form cannot be used: {names}. Correct it.", names=names)


def _install_ours(app: FastAPI, elsewhere: Elsewhere) -> None:
    @app.exception_handler(NotFoundError)
    async def absent(request: Request, error: NotFoundError) -> Response:
        moved = await run_in_threadpool(elsewhere, request)
        if moved:
            return RedirectResponse(moved, status_code=307)  # with its form; and not for good: addresses move back
        return await _answer(request, error.status, error.sentence)

    @app.exception_handler(SignInNeededError)
    async def sign_in_needed(request: Request, error: SignInNeededError) -> Response:
        if is_fragment(request):
            return await _answer(request, error.status, error.sentence)
        if request.method in SAFE_METHODS:
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(target, safe='')}", status_code=303)
        return await _answer(request, error.status, error.sentence)

    @app.exception_handler(AppError)
    async def refused(request: Request, error: AppError) -> Response:
        return await _answer(request, error.status, error.sentence)


def _install_requests(app: FastAPI, elsewhere: Elsewhere) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if any(problem["loc"][0] == "path" for problem in error.errors()):
            absent = NotFoundError()
            return await _answer(request, absent.status, absent.sentence)
        return await _answer(request, 422, _unusable(error))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        if error.status_code == NotFoundError.status and (moved := await run_in_threadpool(elsewhere, request)):
            return RedirectResponse(moved, status_code=307)
        sentences = {
            404: NotFoundError().sentence,
            405: message("This address does not take that kind of request. Go back to the start."),
            413: message("This is too large to be sent. Send less of it."),
        }
        sentence = sentences.get(
            error.status_code, message("The request could not be understood. Go back and try again.")
        )
        return await _answer(request, error.status_code, sentence)


def _install_database(app: FastAPI) -> None:
    @app.exception_handler(OperationalError)
    async def database_away(request: Request, error: OperationalError) -> Response:
        log.error("database unavailable: %s", type(error.orig).__name__)
        return await _answer(
            request, 503, message("The database does not answer. Nothing was changed; try again shortly.")
        )

    @app.exception_handler(IntegrityError)
    async def overtaken(request: Request, error: IntegrityError) -> Response:
        del error
        return await _answer(
            request, 409, message("Somebody else did the same at this very moment. Look, then try again.")
        )

    @app.exception_handler(DataError)
    async def unusable(request: Request, error: DataError) -> Response:
        del error
        return await _answer(
            request, 422, message("Something in this request cannot be kept. Correct it and try again.")
        )


class _RecordedBody:
    """What has been received of a request, so that it can be read a second time; nothing is waited for then."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._parts: list[ASGIMessage] = []
        self._room = _MOST_REMEMBERED

    async def __call__(self) -> ASGIMessage:
        """Receive the next part, and remember it while there is room."""
        message = await self._receive()
        self._room -= len(message.get("body", b""))
        if self._room < 0:
            self._parts.clear()
        else:
            self._parts.append(message)
        return message

    async def again(self) -> ASGIMessage:
        """Give what was received once more; a request of which a part is missing has been left."""
        return self._parts.pop(0) if self._parts else {"type": "http.disconnect"}


class RefusedForm:
    """Answers for our own mistakes inside the guard, so that even those answers carry its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; what it raises becomes a page without details."""
        started, heard = False, _RecordedBody(receive)

        async def sending(message: ASGIMessage) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, heard, sending)
        except Exception as error:  # whatever it is, nobody outside sees more than that it happened
            if started or scope["type"] != "http":
                raise
            place = "".join(format_tb(error.__traceback__))  # where it happened, without words that somebody typed
            log.error(  # noqa: TRY400 - the words of an error may quote what somebody typed
                "%s in %s\n%s", type(error).__name__, getattr(scope.get("route"), "path", "?"), place
            )
            sentence = message("Something went wrong on our side. Nothing was changed; try again.")
            answer = await _answer(Request(scope, heard.again), 500, sentence)
            await answer(scope, receive, send)
