"""Sign-in, account, invitations, the list of people, and the demo's sample users."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from server.db.columns import now
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import Message, message
from server.people import passwords, queries, service
from server.people.access import COOKIE, Admin, Anyone, CurrentPerson, DemoOnly
from server.people.forms import InviteForm, NewPersonForm, PasswordForm, SamplePersonForm, SignInForm
from server.people.models import Person, Role
from server.people.service import NewPerson
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()


def safe_target(target: str) -> str:
    """Return the path to go to after signing in: a path of this site, or else the home page."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    return target if is_local and target.isprintable() and " " not in target else "/"


def _sign_in_and_redirect(database: DatabaseDep, person: Person, request: Request, target: str, days: int) -> Response:
    with database.writing() as session:
        token = service.sign_in(session, person, request.headers.get("user-agent", ""))
        session.commit()
    response = see_other(safe_target(target))
    response.set_cookie(COOKIE, token, max_age=days * 86_400, path="/", secure=True, httponly=True, samesite="lax")
    return response


def _sign_in_page(
    templates: Templates,
    request: Request,
    form: SignInForm,
    failure: Message | None = None,
    status: int = 200,
) -> HTMLResponse:
    view = {"email": form.email, "next": form.next, "failure": failure}
    return templates.page(request, "people/sign_in.html", view, status=status)


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    viewer: Anyone,
    templates: TemplatesDep,
    next: str = "/",  # noqa: A002 - the parameter's name
) -> Response:
    """Show the sign-in form."""
    if viewer:
        return see_other(safe_target(next))
    return _sign_in_page(templates, request, SignInForm.model_construct(email="", next=next[:2000]))


@router.post("/sign-in")
def sign_in(
    request: Request,
    viewer: Anyone,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[SignInForm, Form()],
) -> Response:
    """Sign in with an e-mail address and a password."""
    address = request.client.host if request.client else ""
    try:
        with database.writing() as session:
            service.count_attempt(session, form.email, address)
            session.commit()
    except AppError as error:
        return _sign_in_page(templates, request, form, error.sentence, error.status)
    with database.reading() as session:
        person = queries.by_email(session, form.email)
    stored_hash = person.password_hash if person and person.active else None
    if not passwords.verify(form.password[: passwords.MAX_LENGTH], stored_hash) or person is None:
        failure = message("Wrong e-mail address or password. Try again, or ask your admin for a new invitation.")
        return _sign_in_page(templates, request, form, failure, 422)
    with database.writing() as session:
        service.forgive_attempt(session, form.email, address)
        session.commit()
    return _sign_in_and_redirect(database, person, request, form.next, settings.session_days)


@router.post("/sign-out")
def sign_out(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """End this session."""
    with database.writing() as session:
        service.sign_out(session, viewer.session_id)
        session.commit()
    return _sign_out_response()


@router.post("/sign-out-everywhere")
def sign_out_everywhere(viewer: CurrentPerson, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """End all sessions of the current person."""
    with database.writing() as session:
        service.sign_out_everywhere(session, viewer.id)
        session.commit()
    return _sign_out_response()


def _sign_out_response() -> Response:
    response = see_other("/sign-in")
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    response.headers["clear-site-data"] = '"cache", "storage"'
    return response


@router.get("/me")
def show_account(
    request: Request, viewer: CurrentPerson, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show the current person's account and open sessions."""
    view = {"user_sessions": queries.active_sessions(session, viewer.id)}
    return templates.page(request, "people/account.html", view)


@router.get("/invitations/{token}")
def show_invitation(
    token: str, request: Request, viewer: Anyone, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Ask the invited person for a password; viewing the page does not use the link."""
    return _invitation_page(templates, request, token, service.invited_person(session, token))


def _invitation_page(
    templates: Templates, request: Request, token: str, person: Person, failure: Message | None = None
) -> HTMLResponse:
    view = {"token": token, "person": person, "failure": failure}
    response = templates.page(request, "people/invitation.html", view, status=422 if failure else 200)
    response.headers["referrer-policy"] = "no-referrer"
    return response


@router.post("/invitations/{token}")
def accept_invitation(
    token: str,
    request: Request,
    viewer: Anyone,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[PasswordForm, Form()],
) -> Response:
    """Use the link, set the password and sign the person in."""
    with database.reading() as session:
        person = service.invited_person(session, token)
    if form.password != form.repeated:
        failure = message("The passwords do not match. Enter the same password twice.")
        return _invitation_page(templates, request, token, person, failure)
    try:
        password_hash = service.hash_new_password(form.password)
    except InvalidError as error:
        return _invitation_page(templates, request, token, person, error.sentence)
    with database.writing() as session:
        person = service.accept_invitation(session, token, password_hash)
        session.commit()
    return _sign_in_and_redirect(database, person, request, "/", settings.session_days)


@router.get("/people/names")
def suggest_names(
    request: Request,
    viewer: CurrentPerson,
    session: ReadSession,
    templates: TemplatesDep,
    q: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """List colleagues whose names match what was typed after an @."""
    return templates.page(request, "people/_names.html", {"names": queries.names_like(session, q)})


@router.get("/people")
def list_people(request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep) -> HTMLResponse:
    """List all people."""
    return _people_page(templates, request, session)


def _people_page(
    templates: Templates,
    request: Request,
    session: ReadSession,
    link: str | None = None,
    invited: Person | None = None,
) -> HTMLResponse:
    today = now().date()
    view = {
        "people": queries.list_people(session),
        "managers": queries.managers_now(session, today),
        "levels": queries.levels_now(session, today),
        "link": link,
        "invited": invited,
    }
    return templates.page(request, "people/list.html", view)


@router.post("/people")
def add_person(viewer: Admin, database: DatabaseDep, form: Annotated[NewPersonForm, Form()]) -> Response:
    """Add a person."""
    if not form.name.strip() or form.role not in set(Role):
        raise InvalidError(message("Enter a name and choose a role."))
    with database.writing() as session:
        new_person = NewPerson(form.name, form.email.strip() or None, Role(form.role), form.title.strip())
        person = service.add_person(session, new_person)
        session.commit()
    return see_other(f"/people#person-{person.ulid}")


@router.post("/people/{ulid}/invitation")
def create_invitation(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[InviteForm, Form()],
) -> Response:
    """Create a one-use link and show it once."""
    with database.writing() as session:
        person = queries.person(session, ulid)
        if person is None:
            raise NotFoundError
        token = service.invite(session, person, form.email, settings.invitation_days)
        session.commit()
        link = f"{settings.origin}/invitations/{token}"
        return _people_page(templates, request, session, link=link, invited=person)


@router.get("/demo/people")
def choose_sample_user(
    request: Request,
    allowed: DemoOnly,
    session: ReadSession,
    templates: TemplatesDep,
    next: str = "/",  # noqa: A002 - the parameter's name
) -> HTMLResponse:
    """List the sample people to sign in as."""
    view = {
        "people": queries.list_people(session),
        "levels": queries.levels_now(session, now().date()),
        "managers": queries.managers_now(session, now().date()),
        "next": next,
    }
    return templates.page(request, "people/sample.html", view)


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
    return _sign_in_and_redirect(database, person, request, form.next, settings.session_days)
