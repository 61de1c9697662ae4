"""Where programs hand rows in, and where admins make and end the tokens for it."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from server.api import service
from server.deals.service import WriteResult
from server.errors import AppError, InvalidError
from server.messages import message
from server.people.access import Admin, rule
from server.people.forms import BaseForm, EmptyForm
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep, database_of
from server.web.responses import see_other

router = APIRouter()
Rows = Annotated[Any, Body()]
"""What is no list of rows is said in words, and which one is none."""


class NotAllowedError(AppError):
    """No token, or one that has ended."""

    status = 401

    def __init__(self) -> None:
        super().__init__(message("Send an open token as “Authorization: Bearer th_…”. Admins make them under Tokens."))


@rule("token")
async def token_holder(request: Request) -> str:
    """Let programs with an open token in; returns its name."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.startswith(service.PREFIX):
        raise NotAllowedError
    name = await run_in_threadpool(_name_of, request, secret.strip())
    if name is None:
        raise NotAllowedError
    return name


def _name_of(request: Request, secret: str) -> str | None:
    with database_of(request).writing() as session:
        found = service.find_token(session, secret)
        if found is None:
            return None
        service.record_use(session, found)
        session.commit()
        return found.name


TokenHolder = Annotated[str, Depends(token_holder)]


@router.post("/api/v1/deals")
def post_deals(program: TokenHolder, data: DatabaseDep, rows: Rows) -> JSONResponse:
    """Put deals in by their ids: a row that is there already as it stands changes nothing."""
    return _taken(program, data, ("deals", rows))


@router.post("/api/v1/usage")
def post_usage(program: TokenHolder, data: DatabaseDep, rows: Rows) -> JSONResponse:
    """Put usage in by customer, event and day."""
    return _taken(program, data, ("usage", rows))


def _taken(program: str, data: DatabaseDep, sent: tuple[str, Any]) -> JSONResponse:
    """Write all rows or none; what is wrong is said for each row."""
    kind, rows = sent
    try:
        with data.reading() as session:
            found = service.parse_rows(session, kind, rows)
    except InvalidError as error:
        row, name = (error.row, error.field) if isinstance(error, service.RowError) else (None, None)
        return JSONResponse({"errors": [{"row": row, "field": name, "value": None, "fix": str(error.sentence)}]}, 422)
    if found.problems:
        errors = [
            {"row": problem.line, "field": problem.column or None, "value": problem.value, "fix": str(problem.fix)}
            for problem in found.problems
        ]
        return JSONResponse({"errors": errors}, 422)
    with data.writing() as session:
        imported = service.write_rows(session, found)
        session.commit()
    counts = {"people": imported.people, "customers": imported.customers, kind: getattr(imported, kind)}
    return JSONResponse({name: _counted(written) for name, written in counts.items()})


def _counted(written: WriteResult) -> Mapping[str, int]:
    return {"added": written.added, "changed": written.changed, "same": written.same}


class TokenForm(BaseForm):
    """The name of a program."""

    name: str = Field(default="", max_length=200)


@router.get("/tokens")
def list_tokens(request: Request, viewer: Admin, session: ReadSession, pages: TemplatesDep) -> HTMLResponse:
    """List the open tokens."""
    view = {"tokens": service.tokens(session), "secret": None, "failure": None}
    return pages.page(request, "api/tokens.html", view)


@router.post("/tokens")
def create_token(
    request: Request, viewer: Admin, data: DatabaseDep, pages: TemplatesDep, form: Annotated[TokenForm, Form()]
) -> HTMLResponse:
    """Make a token and show its secret this once."""
    secret, failure = None, None
    with data.writing() as session:
        try:
            _, secret = service.make_token(session, form.name, viewer.id)
            session.commit()
        except InvalidError as error:
            failure = error.sentence
        view = {"tokens": service.tokens(session), "secret": secret, "failure": failure}
    return pages.page(request, "api/tokens.html", view, status=422 if failure else 200)


@router.post("/tokens/{ulid}/revoke")
def revoke_token(ulid: str, viewer: Admin, data: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """End a token."""
    with data.writing() as session:
        service.revoke_token(session, ulid)
        session.commit()
    return see_other("/tokens")
