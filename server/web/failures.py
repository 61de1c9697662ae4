"""Pages and fragments for what went wrong; what was typed into a refused form is shown again, ready to be sent."""

import logging
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from server.comp.wording import Sentence, say
from server.errors import AppError, NotFoundError, SignInNeededError
from server.web.answers import is_fragment
from server.web.context import templates_of
from server.web.guard import SAFE_METHODS

log = logging.getLogger("townhall")
_UNSHOWN = frozenset({"csrf", "password", "again"})


async def _answer(request: Request, status: int, sentence: Sentence) -> Response:
    templates = templates_of(request)
    if is_fragment(request):
        return templates.page(request, "errors/_failure.html", {"sentence": sentence}, status=status)
    typed = await _typed(request) if status != NotFoundError.status else []
    view = {"sentence": sentence, "typed": typed, "status": status}
    return templates.page(request, "errors/failure.html", view, status=status)


async def _typed(request: Request) -> list[tuple[str, str]]:
    """Return the text fields of the form, so that nothing typed is lost."""
    if request.method in SAFE_METHODS or not request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        return []
    try:
        form = await request.form()
    except (HTTPException, RuntimeError):
        return []
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name not in _UNSHOWN]


def install(app: FastAPI) -> None:
    """Let the application answer every failure with a page."""

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

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if any(problem["loc"][0] == "path" for problem in error.errors()):
            absent = NotFoundError()
            return await _answer(request, absent.status, absent.sentence)
        names = ", ".join(str(problem["loc"][-1]) for problem in error.errors()[:5])
        return await _answer(
            request, 422, say("This part of the form cannot be used: {names}. Correct it.", names=names)
        )

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        sentences = {
            404: NotFoundError().sentence,
            405: say("This address does not take that kind of request. Go back to the start."),
            413: say("This is too large to be sent. Send less of it."),
        }
        sentence = sentences.get(error.status_code, say("The request could not be understood. Go back and try again."))
        return await _answer(request, error.status_code, sentence)

    @app.exception_handler(OperationalError)
    async def database_away(request: Request, error: OperationalError) -> Response:
        log.error("database unavailable: %s", type(error.orig).__name__)
        return await _answer(request, 503, say("The database does not answer. Nothing was changed; try again shortly."))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        log.error("failure in %s %s: %s", request.method, request.url.path, type(error).__name__)
        return await _answer(request, 500, say("Something went wrong on our side. Nothing was changed; try again."))
