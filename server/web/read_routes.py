"""Routes for the most requested pages: rule, reads and answer in one hop to one thread.

FastAPI's dependencies cost more than such a page does when it is cached (0.6 instead of 0.25 ms of CPU a
request). The rule is the one a dependency would apply, and is applied first.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server.errors import NotFoundError
from server.web.dependencies import database_of, templates_of
from server.web.templating import Templates

Model = TypeVar("Model")
ViewerT = TypeVar("ViewerT")
_NUMBER = re.compile("0|[1-9][0-9]{0,8}")


class _SlugConvertor(Convertor[str]):
    """The slug of a document in a path; `new` is the form that creates one."""

    regex = "(?!new$)[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("text", _SlugConvertor())


@lru_cache(maxsize=64)
def _query_adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


@dataclass(frozen=True, slots=True)
class PageRequest(Generic[ViewerT]):
    """A request by a signed-in viewer, with a session that reads."""

    request: Request
    viewer: ViewerT
    session: Session
    templates: Templates

    @property
    def slug(self) -> str:
        """The slug in the path."""
        slug: str = self.request.path_params["slug"]
        return slug

    @property
    def number(self) -> int | None:
        """The version number in the path, if there is one; raises NotFoundError if malformed."""
        text = self.request.path_params.get("number")
        if text is None:
            return None
        if not _NUMBER.fullmatch(text):  # each number has one address
            raise NotFoundError
        return int(text)

    def query(self, model: type[Model]) -> Model:
        """Return the query string as a model; raises RequestValidationError."""
        try:
            query: Model = _query_adapter(cast("Any", model)).validate_python(dict(self.request.query_params))
        except ValidationError as error:
            raise RequestValidationError(
                [{**problem, "loc": ("query", *problem["loc"])} for problem in error.errors()]
            ) from None
        return query


PageHandler = Callable[[PageRequest[Any]], Response]


@dataclass(frozen=True, slots=True)
class ReadRule:
    """Who may call a read route: the FastAPI dependency of the rule, and how it is applied in a thread.

    `admit` returns the viewer or raises what the dependency would raise.
    """

    dependency: Callable[..., Awaitable[Any]]
    admit: Callable[[Request, Session], Any]


class _Endpoint:
    """An ASGI endpoint; Starlette would wrap a function once more."""

    def __init__(self, handler: PageHandler, rule: ReadRule) -> None:
        self._handler, self._rule = handler, rule
        self.route: Route | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self.route  # for the logs, as FastAPI's routes do
        response = await run_in_threadpool(self._respond, Request(scope, receive))
        await response(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        with database_of(request).reading() as session:
            viewer = self._rule.admit(request, session)
            return self._handler(PageRequest(request, viewer, session, templates_of(request)))


class ReadRoute(Route):
    """A page that is only read."""

    def __init__(self, path: str, handler: PageHandler, rule: ReadRule) -> None:
        endpoint = _Endpoint(handler, rule)
        super().__init__(path, endpoint, methods=["GET"])
        endpoint.route = self
        self.handler = handler
        self.rule, self.admit = rule.dependency, rule.admit
