"""Routes for the pages that are asked for most: rule, reads and answer in one hop to one thread.

FastAPI's dependencies cost more than such a page does when it is kept. The rule is the same and is asked first.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

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
from server.people.access import paid_viewer, rep, signed_in, signed_in_reader
from server.people.queries import Viewer
from server.web.dependencies import database_of, templates_of
from server.web.templating import Templates

Model = TypeVar("Model")
_WRITTEN = re.compile("0|[1-9][0-9]{0,8}")


class _Slug(Convertor[str]):
    """What stands in an address for a text; `new` is the form that makes one."""

    regex = "(?!new$)[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("text", _Slug())


_READERS: dict[type[Any], TypeAdapter[Any]] = {}


def _reader(model: type[Model]) -> TypeAdapter[Model]:
    found = _READERS.get(model)
    if found is None:
        found = _READERS[model] = TypeAdapter(model)
    return found


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request by somebody who is signed in, with a session that reads."""

    request: Request
    viewer: Viewer
    session: Session
    templates: Templates

    @property
    def slug(self) -> str:
        """The slug in the address."""
        found: str = self.request.path_params["slug"]
        return found

    @property
    def number(self) -> int | None:
        """The number in the address, if it has one; raises NotFoundError for one that is none."""
        typed = self.request.path_params.get("number")
        if typed is None:
            return None
        if not _WRITTEN.fullmatch(typed):  # each number has one address
            raise NotFoundError
        return int(typed)

    def query(self, model: type[Model]) -> Model:
        """Read what stands behind the question mark; raises RequestValidationError."""
        try:
            return _reader(model).validate_python(dict(self.request.query_params))
        except ValidationError as error:
            raise RequestValidationError(
                [{**found, "loc": ("query", *found["loc"])} for found in error.errors()]
            ) from None


PageHandler = Callable[[PageRequest], Response]


class _Endpoint:
    """Answers as ASGI does; Starlette wraps a function, which this spares."""

    def __init__(self, answer: PageHandler, admitted: Callable[[Viewer], Viewer]) -> None:
        self._answer, self._admitted = answer, admitted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await run_in_threadpool(self._answered, Request(scope, receive))
        await response(scope, receive, send)

    def _answered(self, request: Request) -> Response:
        with database_of(request).reading() as session:
            viewer = self._admitted(signed_in_reader(request, session))
            return self._answer(PageRequest(request, viewer, session, templates_of(request)))


class ReadRoute(Route):
    """A page that is only read, by whoever is signed in."""

    rule: Callable[..., Awaitable[Any]] = staticmethod(signed_in)
    admitted: Callable[[Viewer], Viewer] = staticmethod(lambda viewer: viewer)

    def __init__(self, path: str, answer: PageHandler) -> None:
        super().__init__(path, _Endpoint(answer, self.admitted), methods=["GET"])
        self.answer = answer


class PaidReadRoute(ReadRoute):
    """A page that is only read, by reps."""

    rule = staticmethod(rep)
    admitted = staticmethod(paid_viewer)
