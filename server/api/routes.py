"""API routes that receive rows, and the page on which admins create and revoke tokens."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from server.api import service
from server.audit.service import record
from server.deals.service import WriteResult
from server.errors import AppError, InvalidError
from server.imports.changes import KEEP, OWNERS
from server.messages import message
from server.people.access import Admin, rule
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep, database_of
from server.web.forms import BaseForm, EmptyForm
from server.web.responses import see_other

router = APIRouter()
Rows = Annotated[Any, Body()]
"""Anything, so that `table_from_rows` can report what is not a list of rows and which row is invalid."""


class NotAllowedError(AppError):
    """No token, or an unknown or revoked one."""

    status = 401

    def __init__(self) -> None:
        super().__init__(
            message("Send a valid token as “Authorization: Bearer th_…”. Admins create tokens on the API tokens page.")
        )


@rule("token")
async def token_holder(request: Request) -> str:
    """Allow programs with a valid token; return the token's name."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.startswith(service.PREFIX):
        raise NotAllowedError
    name = await run_in_threadpool(_token_name, request, secret.strip())
    if name is None:
        raise NotAllowedError
    return name


def _token_name(request: Request, secret: str) -> str | None:
    with database_of(request).writing() as session:
        token = service.find_token(session, secret)
        if token is None:
            return None
        service.record_use(session, token)
        session.commit()
        return token.name


TokenHolder = Annotated[str, Depends(token_holder)]


@router.post("/api/v1/deals")
def post_deals(
    program: TokenHolder,
    database: DatabaseDep,
    settings: SettingsDep,
    rows: Rows,
    owners: Literal["keep", "move"] = KEEP,
) -> JSONResponse:
    """Write deals by their IDs; a row that is already stored unchanged changes nothing.

    Known won deals keep their reps unless `owners` is “move”.
    """
    return _import_rows(database, settings, "deals", rows, {OWNERS: owners})


@router.post("/api/v1/usage")
def post_usage(program: TokenHolder, database: DatabaseDep, settings: SettingsDep, rows: Rows) -> JSONResponse:
    """Write usage by customer, event and day."""
    return _import_rows(database, settings, "usage", rows)


def _import_rows(
    database: DatabaseDep,
    settings: SettingsDep,
    file_type: str,
    rows: Any,
    answers: Mapping[str, str] = MappingProxyType({}),
) -> JSONResponse:
    """Write all rows or none, and return the counts or the errors by row."""
    try:
        with database.reading() as session:
            preview = service.parse_rows(session, file_type, rows, settings.time_zone, answers)
    except InvalidError as error:
        row, name = (error.row, error.field) if isinstance(error, service.RowError) else (None, None)
        return JSONResponse({"errors": [{"row": row, "field": name, "value": None, "fix": str(error.sentence)}]}, 422)
    if preview.problems:
        errors = [
            {
                "row": problem.line,
                "field": problem.column or None,
                "value": problem.value,
                "fix": str(problem.fix),
            }
            for problem in preview.problems
        ]
        return JSONResponse({"errors": errors}, 422)
    with database.writing() as session:
        written = service.write_rows(session, preview)
        session.commit()
    counts = {
        "people": written.people,
        "customers": written.customers,
        file_type: getattr(written, file_type),
    }
    notes = [str(note) for note in preview.notes]
    return JSONResponse({name: _count_json(result) for name, result in counts.items()} | {"notes": notes})


def _count_json(result: WriteResult) -> Mapping[str, int]:
    return {"added": result.added, "changed": result.changed, "same": result.same}


class TokenForm(BaseForm):
    """The name of a program."""

    name: str = Field(default="", max_length=200)


@router.get("/tokens")
def list_tokens(request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep) -> HTMLResponse:
    """List the tokens that are not revoked."""
    view = {"tokens": service.tokens(session), "secret": None, "failure": None}
    return templates.page(request, "api/tokens.html", view)


@router.post("/tokens")
def create_token(
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[TokenForm, Form()],
) -> HTMLResponse:
    """Create a token and show its secret once."""
    secret, failure = None, None
    with database.writing() as session:
        try:
            token, secret = service.make_token(session, form.name, viewer.id)
            record(session, "token created", viewer.id, token.name, "/tokens")
            session.commit()
        except InvalidError as error:
            failure = error.sentence
        view = {"tokens": service.tokens(session), "secret": secret, "failure": failure}
    return templates.page(request, "api/tokens.html", view, status=422 if failure else 200)


@router.post("/tokens/{ulid}/revoke")
def revoke_token(ulid: str, viewer: Admin, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Revoke a token."""
    with database.writing() as session:
        token = service.revoke_token(session, ulid)
        record(session, "token revoked", viewer.id, token.name, "/tokens")
        session.commit()
    return see_other("/tokens")
