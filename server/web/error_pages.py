"""Pages and fragments for errors; what was typed into a refused form is shown again, ready to be sent."""

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

from server.errors import AppError, NotFoundError, RefusedRequestError, SecondFactorNeededError, SignInNeededError
from server.messages import Message, message
from server.web.dependencies import templates_of
from server.web.responses import is_fragment
from server.web.same_origin import SAFE_METHODS

log = logging.getLogger("townhall")
_MAX_RECORDED = 2**20
"""Bytes of a request kept until it is answered: more than the longest form has, less than an upload."""
_HIDDEN_NAMES = frozenset(
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
        "opened_text",
        "term",
        "ulid",
        "version",
        "was",
        "editor_id",
        "is_anonymous",
    }
)
"""Fields that were not typed: they are sent again, but not shown."""
_LABELS = {
    "text": message("Comment"),
    "suggestion": message("Suggested text"),
    "quote": message("Quoted text"),
    "title": message("Title"),
    "note": message("Change note"),
    "markdown": message("Text"),
    "source": message("New wording"),
    "reason": message("Reason"),
    "why": message("Reason"),
    "name": message("Name"),
    "email": message("E-mail address"),
    "postponed_until": message("Postponed until"),
    "answer": message("Your answer"),
    "publish_at": message("Date and time"),
}
"""Labels of typed fields; others are labelled with their name."""
_DISCARDED = frozenset({"csrf", "password", "current", "repeated", "again", "code"})
"""Fields that are never sent back: tokens and passwords, also by the names that release 0.1 had for them."""

FindRedirect = Callable[[Request], str | None]
"""Returns the current URL of a document whose former URL was requested, or None."""


_TITLES = {
    401: message("Sign in"),
    403: message("Not sent"),
    404: message("Page not found"),
    409: message("Not saved"),
    413: message("Too much text"),
    422: message("Check your entries"),
    429: message("Too many requests"),
}
_OTHER_TITLE = message("Something went wrong")


async def _error_response(request: Request, status: int, sentence: Message, error: AppError | None = None) -> Response:
    templates = templates_of(request)
    if request.url.path.startswith("/api/"):
        problem = {"row": None, "field": None, "value": None, "fix": templates.language.sentence(sentence)}
        return JSONResponse({"errors": [problem]}, status)
    view = {
        "sentence": sentence,
        "status": status,
        "title": (error and error.title) or _TITLES.get(status, _OTHER_TITLE),
        "is_stale_form": isinstance(error, RefusedRequestError) and bool(getattr(request.state, "viewer", None)),
    }
    if is_fragment(request):
        return templates.page(request, "errors/_failure.html", view, status=status)
    fields = await _sent_fields(request) if status != NotFoundError.status else []
    view |= {"fields": fields, "hidden_names": _HIDDEN_NAMES, "labels": _LABELS}
    return templates.page(request, "errors/failure.html", view, status=status)


async def _sent_fields(request: Request) -> list[tuple[str, str]]:
    """Return the text fields of the form, so that nothing typed is lost."""
    content_type = request.headers.get("content-type", "")
    if request.method in SAFE_METHODS or not content_type.startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        return []
    try:
        form = await request.form()
    except (HTTPException, RuntimeError, ClientDisconnect):
        return []
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name not in _DISCARDED]


def install(app: FastAPI, find_redirect: FindRedirect) -> None:
    """Answer every error of the application with a page, and redirect from former URLs."""
    _install_app_errors(app, find_redirect)
    _install_request_errors(app, find_redirect)
    _install_database_errors(app)


def _install_app_errors(app: FastAPI, find_redirect: FindRedirect) -> None:
    @app.exception_handler(NotFoundError)
    async def not_found(request: Request, error: NotFoundError) -> Response:
        url = await run_in_threadpool(find_redirect, request)
        if url:
            return RedirectResponse(url, status_code=307)  # keeps the form; not permanent, since documents move back
        return await _error_response(request, error.status, error.sentence)

    @app.exception_handler(SignInNeededError)
    async def sign_in_needed(request: Request, error: SignInNeededError) -> Response:
        is_stream = "text/event-stream" in request.headers.get("accept", "")
        if request.method in SAFE_METHODS and not is_fragment(request) and not is_stream:
            target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/sign-in?next={quote(target, safe='')}", status_code=303)
        return await _error_response(request, error.status, error.sentence)

    @app.exception_handler(SecondFactorNeededError)
    async def second_factor_needed(request: Request, error: SecondFactorNeededError) -> Response:
        if request.method in SAFE_METHODS and not is_fragment(request):
            return RedirectResponse(error.url, status_code=303)
        return await _error_response(request, error.status, error.sentence)

    @app.exception_handler(AppError)
    async def refused(request: Request, error: AppError) -> Response:
        return await _error_response(request, error.status, error.sentence, error)


def _install_request_errors(app: FastAPI, find_redirect: FindRedirect) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if any(problem["loc"][0] == "path" for problem in error.errors()):
            not_found = NotFoundError()
            return await _error_response(request, not_found.status, not_found.sentence)
        return await _error_response(request, 422, _validation_message(error))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        status = error.status_code
        if status == NotFoundError.status and (url := await run_in_threadpool(find_redirect, request)):
            return RedirectResponse(url, status_code=307)
        sentences = {
            404: NotFoundError().sentence,
            405: message("This address does not support this kind of request. Go to the home page."),
            413: message("This is too large. Send less at once."),
        }
        unreadable = message("The request could not be read. Go back and try again.")
        return await _error_response(request, status, sentences.get(status, unreadable))


def _validation_message(error: RequestValidationError) -> Message:
    """Return which fields of a form are not valid, or where the JSON is invalid."""
    names = ", ".join(str(problem["loc"][-1]) for problem in error.errors()[:5])
    if any(problem["type"] == "json_invalid" for problem in error.errors()):
        return message("This is not valid JSON: it has an error at character {position}.", position=names)
    if any(problem["loc"] == ("body",) for problem in error.errors()):
        return message("The request is empty. Send the data that this address expects.")
    return message("These fields are not valid: {names}. Correct them and try again.", names=names)


def _install_database_errors(app: FastAPI) -> None:
    @app.exception_handler(OperationalError)
    async def unavailable(request: Request, error: OperationalError) -> Response:
        log.error("database unavailable: %s", type(error.orig).__name__)
        sentence = message("The database is not available. Try again in a minute.")
        if request.method not in SAFE_METHODS:
            # The connection may have been lost after the commit, before its answer arrived.
            sentence = message(
                "The database did not answer. This may have been saved: reload the page and look before you send it"
                " again."
            )
        return await _error_response(request, 503, sentence)

    @app.exception_handler(IntegrityError)
    async def changed_at_once(request: Request, error: IntegrityError) -> Response:
        del error
        sentence = message("Someone else changed this at the same time. Reload and try again.")
        return await _error_response(request, 409, sentence)

    @app.exception_handler(DataError)
    async def not_storable(request: Request, error: DataError) -> Response:
        del error
        return await _error_response(request, 422, message("Some of this cannot be saved. Correct it and try again."))


class _RecordedBody:
    """The body of a request, recorded as it is received, so that it can be read a second time."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._parts: list[ASGIMessage] = []
        self._bytes_left = _MAX_RECORDED

    async def __call__(self) -> ASGIMessage:
        """Receive the next part, and record it while there is room."""
        part = await self._receive()
        self._bytes_left -= len(part.get("body", b""))
        if self._bytes_left < 0:
            self._parts.clear()
        else:
            self._parts.append(part)
        return part

    async def replay(self) -> ASGIMessage:
        """Return the next recorded part, or a disconnect if there is none."""
        return self._parts.pop(0) if self._parts else {"type": "http.disconnect"}


class ServerErrorPage:
    """Answers unexpected errors with a page; inside the other middlewares, so that it has their headers too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application; an exception becomes a page without details."""
        has_started, body = False, _RecordedBody(receive)

        async def send_and_note(part: ASGIMessage) -> None:
            nonlocal has_started
            has_started = has_started or part["type"] == "http.response.start"
            await send(part)

        try:
            await self._app(scope, body, send_and_note)
        except Exception as error:  # no one outside may see more than that it happened
            if has_started or scope["type"] != "http":
                raise
            frames = "".join(format_tb(error.__traceback__))
            # The message of the error is not logged: it may quote what a person typed.
            log.error(  # noqa: TRY400
                "%s in %s\n%s", type(error).__name__, getattr(scope.get("route"), "path", "?"), frames
            )
            sentence = message("Something went wrong on our side. Try again.")
            if scope["method"] not in SAFE_METHODS:
                sentence = message(
                    "Something went wrong on our side. Reload the page and look whether it was saved, then try again."
                )
            response = await _error_response(Request(scope, body.replay), 500, sentence)
            await response(scope, receive, send)
