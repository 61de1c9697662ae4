"""Signing in, with a password and, where it is set up, a code; signing out; and the demo's sample people."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from server.accounts import service
from server.accounts.forms import CodeForm, SamplePersonForm, SignInForm
from server.errors import AppError, NotFoundError
from server.messages import Message, message
from server.people import passwords, queries
from server.people import service as people_service
from server.people.access import COOKIE, Anyone, CurrentPerson, DemoOnly
from server.people.models import Person
from server.settings import Settings
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()
CODE_COOKIE = "__Host-townhall-code"
CODE_SECONDS = 300
"""How long after the password the code can be entered."""


def safe_target(target: str) -> str:
    """Return the path to go to after signing in: a path of this site, or else the home page."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if is_local and target.isprintable() and " " not in target else "/"


def open_session(database: DatabaseDep, person: Person, request: Request, target: str, days: int) -> Response:
    """Sign a person in and redirect to a path of this site."""
    with database.writing() as session:
        token = people_service.sign_in(session, person, request.headers.get("user-agent", ""))
        session.commit()
    response = see_other(safe_target(target))
    response.set_cookie(COOKIE, token, max_age=days * 86_400, path="/", secure=True, httponly=True, samesite="lax")
    response.delete_cookie(CODE_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _sign_in_page(
    templates: Templates,
    request: Request,
    settings: Settings,
    form: SignInForm,
    failure: Message | None = None,
    status: int = 200,
) -> HTMLResponse:
    view = {"email": form.email, "next": form.next, "failure": failure, "can_mail": service.can_mail(settings)}
    return templates.page(request, "accounts/sign_in.html", view, status=status)


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    viewer: Anyone,
    templates: TemplatesDep,
    settings: SettingsDep,
    next: str = "/",  # noqa: A002 - the parameter's name
) -> Response:
    """Show the sign-in form."""
    if viewer:
        return see_other(safe_target(next))
    return _sign_in_page(templates, request, settings, SignInForm.model_construct(email="", next=next[:2000]))


@router.post("/sign-in")
def sign_in(
    request: Request,
    viewer: Anyone,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[SignInForm, Form()],
) -> Response:
    """Check an e-mail address and a password; then sign in, or ask for the code of the second factor."""
    address = request.client.host if request.client else ""
    try:
        with database.writing() as session:
            people_service.count_attempt(session, form.email, address)
            session.commit()
    except AppError as error:
        return _sign_in_page(templates, request, settings, form, error.sentence, error.status)
    with database.reading() as session:
        person = queries.by_email(session, form.email)
    stored_hash = person.password_hash if person and person.active else None
    if not passwords.verify(form.password[: passwords.MAX_LENGTH], stored_hash) or person is None:
        failure = message("Wrong e-mail address or password. Try again.")
        return _sign_in_page(templates, request, settings, form, failure, 422)
    if person.second_factor_since is not None:
        return _ask_for_code(settings, person, form.next)
    with database.writing() as session:
        people_service.forgive_attempt(session, form.email, address)
        session.commit()
    return open_session(database, person, request, form.next, settings.session_days)


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret, salt="townhall sign-in code")


def _ask_for_code(settings: Settings, person: Person, target: str) -> Response:
    """Remember for some minutes, in a signed cookie, that the password was right."""
    response = see_other("/sign-in/code")
    value = _serializer(settings).dumps([person.ulid, people_service.digest(person.password_hash or ""), target])
    response.set_cookie(CODE_COOKIE, value, max_age=CODE_SECONDS, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _awaiting_code(request: Request, session: ReadSession, settings: Settings) -> tuple[Person, str] | None:
    """Return who entered the right password a moment ago and where they want to go, or None."""
    try:
        value = _serializer(settings).loads(request.cookies.get(CODE_COOKIE, ""), max_age=CODE_SECONDS)
    except BadSignature:
        return None
    ulid, password_digest, target = value
    person = queries.person(session, ulid)
    is_same = person is not None and people_service.digest(person.password_hash or "") == password_digest
    return (person, target) if person and person.active and is_same else None


@router.get("/sign-in/code")
def show_code(
    request: Request, viewer: Anyone, session: ReadSession, templates: TemplatesDep, settings: SettingsDep
) -> Response:
    """Ask for the code of the authenticator app."""
    if viewer or _awaiting_code(request, session, settings) is None:
        return see_other("/sign-in")
    return templates.page(request, "accounts/code.html", {"failure": None})


@router.post("/sign-in/code")
def check_code(
    request: Request,
    viewer: Anyone,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[CodeForm, Form()],
) -> Response:
    """Check the code and sign in."""
    with database.reading() as session:
        awaiting = _awaiting_code(request, session, settings)
    if awaiting is None:
        return see_other("/sign-in")
    person, target = awaiting
    address = request.client.host if request.client else ""
    try:
        with database.writing() as session:
            people_service.count_attempt(session, person.email or "", address)
            session.commit()
        with database.writing() as session:
            service.use_code(session, person, form.code)
            for _ in ("password", "code"):  # each was counted
                people_service.forgive_attempt(session, person.email or "", address)
            session.commit()
    except AppError as error:
        return templates.page(request, "accounts/code.html", {"failure": error.sentence}, status=error.status)
    return open_session(database, person, request, target, settings.session_days)


@router.post("/sign-out")
def sign_out(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """End this session."""
    with database.writing() as session:
        people_service.sign_out(session, viewer.session_id)
        session.commit()
    return _sign_out_response()


@router.post("/sign-out-everywhere")
def sign_out_everywhere(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """End all sessions of the current person."""
    with database.writing() as session:
        people_service.sign_out_everywhere(session, viewer.id)
        session.commit()
    return _sign_out_response()


def _sign_out_response() -> Response:
    response = see_other("/sign-in")
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@router.get("/demo/people")
def choose_sample_user(
    request: Request,
    allowed: DemoOnly,
    session: ReadSession,
    templates: TemplatesDep,
    next: str = "/",  # noqa: A002 - the parameter's name
) -> HTMLResponse:
    """List the sample people to sign in as."""
    today = queries.company_today(session)
    view = {
        "people": [person for person in queries.list_people(session) if person.active],
        "levels": queries.levels_now(session, today),
        "managers": queries.managers_now(session, today),
        "next": next,
    }
    return templates.page(request, "accounts/sample.html", view)


@router.post("/demo/people")
def sign_in_as_sample(
    request: Request,
    allowed: DemoOnly,
    database: DatabaseDep,
    settings: SettingsDep,
    form: Annotated[SamplePersonForm, Form()],
) -> Response:
    """Sign in as a sample person."""
    with database.reading() as session:
        person = queries.person(session, form.person)
    if person is None or not person.active:
        raise NotFoundError
    return open_session(database, person, request, form.next, settings.session_days)
