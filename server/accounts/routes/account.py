"""The current person's account: devices, password, the second factor."""

from typing import Annotated

import segno
from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlmodel import Session

from server.accounts import service
from server.accounts.browsers import browser_name
from server.accounts.forms import CodeForm, KeysForm
from server.errors import AppError, NotFoundError
from server.people import queries
from server.people import service as people_service
from server.people.access import CurrentPerson
from server.people.models import Person
from server.people.queries import Viewer
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()


@router.get("/me")
def show_account(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    changed: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show the current person's account and open sessions."""
    view = {
        "person": session.get_one(Person, viewer.id),
        "manager": queries.manager_now(session, viewer.id),
        "user_sessions": [
            (user_session, browser_name(user_session.browser))
            for user_session in queries.active_sessions(session, viewer.id)
        ],
        "changed": changed,
    }
    return templates.page(request, "accounts/account.html", view)


@router.post("/me/keys")
def set_shortcuts(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[KeysForm, Form()]) -> Response:
    """Turn single-key shortcuts on or off for the current person."""
    with database.writing() as session:
        people_service.set_shortcuts(session, viewer.id, is_on=form.keys == "on")
        session.commit()
    return see_other("/me")


@router.post("/me/sessions/{number}/end")
def end_session(
    number: Number, viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """End one of the current person's sessions."""
    with database.writing() as session:
        if not service.end_session(session, viewer.id, number):
            raise NotFoundError
        session.commit()
    return see_other("/me")


@router.get("/me/second-factor")
def show_second_factor(
    request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show whether a code is needed to sign in, and how to set it up."""
    return _second_factor_page(request, templates, session, viewer)


def _second_factor_page(
    request: Request, templates: Templates, session: Session, viewer: Viewer, failure: AppError | None = None
) -> HTMLResponse:
    person = session.get_one(Person, viewer.id)
    company = queries.company(session)
    is_on, has_secret = person.second_factor_since is not None, bool(person.second_factor_secret)
    image = ""
    if has_secret and not is_on:
        code = segno.make(service.app_address(person, company.name if company else ""))
        image = Markup(code.svg_inline(scale=5, border=2, dark="#000", light="#fff"))  # noqa: S704 - made here
    view = {
        "is_on": is_on,
        "secret": person.second_factor_secret if has_secret and not is_on else "",
        "image": image,
        "is_required": bool(viewer.is_admin and company and company.admins_need_second_factor),
        "failure": failure.sentence if failure else None,
    }
    return templates.page(request, "accounts/second_factor.html", view, status=failure.status if failure else 200)


@router.post("/me/second-factor/start")
def start_second_factor(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Make a secret for the authenticator app."""
    with database.writing() as session:
        service.start_second_factor(session, session.get_one(Person, viewer.id))
        session.commit()
    return see_other("/me/second-factor")


@router.post("/me/second-factor")
def confirm_second_factor(
    request: Request,
    viewer: CurrentPerson,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[CodeForm, Form()],
) -> Response:
    """Turn the second factor on with the app's first code."""
    try:
        _count_code(database, viewer)
        with database.writing() as session:
            service.confirm_second_factor(session, session.get_one(Person, viewer.id), form.code)
            session.commit()
    except AppError as error:
        with database.reading() as session:
            return _second_factor_page(request, templates, session, viewer, error)
    return see_other("/me?changed=factor")


@router.post("/me/second-factor/remove")
def remove_second_factor(
    request: Request,
    viewer: CurrentPerson,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[CodeForm, Form()],
) -> Response:
    """Turn the second factor off, with one more code."""
    try:
        _count_code(database, viewer)
        with database.writing() as session:
            person = session.get_one(Person, viewer.id)
            service.use_code(session, person, form.code)
            service.remove_second_factor(session, person, person.name)
            session.commit()
    except AppError as error:
        with database.reading() as session:
            return _second_factor_page(request, templates, session, viewer, error)
    return see_other("/me?changed=factor")


def _count_code(database: DatabaseDep, viewer: Viewer) -> None:
    with database.writing() as session:
        people_service.count_attempt(session, f"code {viewer.ulid}", viewer.ulid)
        session.commit()
