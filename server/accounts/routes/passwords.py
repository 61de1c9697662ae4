"""Setting a password by a one-use link, asking for such a link, and changing one's password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from server.accounts import service
from server.accounts.forms import ChangePasswordForm, LostPasswordForm, PasswordForm
from server.accounts.models import AccountMailKind
from server.accounts.routes.sign_in import open_session
from server.errors import AppError, InvalidError
from server.messages import Message, message
from server.people import passwords
from server.people import service as people_service
from server.people.access import Anyone, CurrentPerson
from server.people.models import Person
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()
_DIFFERENT = message("The passwords do not match. Enter the same password twice.")


@router.get("/invitations/{token}")
def show_invitation(
    token: str, request: Request, viewer: Anyone, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Ask for a password; viewing the page does not use the link."""
    return _invitation_page(templates, request, token, people_service.invited_person(session, token))


def _invitation_page(
    templates: Templates, request: Request, token: str, person: Person, failure: Message | None = None
) -> HTMLResponse:
    view = {"token": token, "person": person, "failure": failure}
    response = templates.page(request, "accounts/invitation.html", view, status=422 if failure else 200)
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
    """Use the link and set the password; then sign in, or with a second factor go to the sign-in page."""
    with database.reading() as session:
        person = people_service.invited_person(session, token)
    if form.password != form.repeated:
        return _invitation_page(templates, request, token, person, _DIFFERENT)
    try:
        password_hash = people_service.hash_new_password(form.password)
    except InvalidError as error:
        return _invitation_page(templates, request, token, person, error.sentence)
    with database.writing() as session:
        had_password = person.password_hash is not None
        person = people_service.accept_invitation(session, token, password_hash)
        if had_password:
            service.request_mail(session, person, AccountMailKind.password_changed)
        session.commit()
    if person.second_factor_since is not None:
        return see_other("/sign-in")
    return open_session(database, person, request, "/", settings.session_days)


@router.get("/password/lost")
def show_lost_password(
    request: Request, viewer: Anyone, templates: TemplatesDep, settings: SettingsDep
) -> HTMLResponse:
    """Show the form that sends a link to set a new password."""
    view = {"email": "", "is_sent": False, "failure": None, "can_mail": service.can_mail(settings)}
    return templates.page(request, "accounts/lost_password.html", view)


@router.post("/password/lost")
def send_password_link(
    request: Request,
    viewer: Anyone,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[LostPasswordForm, Form()],
) -> HTMLResponse:
    """Mail a link to set a new password; the answer is the same whether or not anyone has the address."""
    can_mail = service.can_mail(settings)
    view: dict[str, object] = {"email": form.email, "is_sent": False, "failure": None, "can_mail": can_mail}
    address = request.client.host if request.client else ""
    try:
        if not can_mail:
            raise InvalidError(message("Townhall cannot send e-mail here. Ask your admin for a link."))
        people_service.checked_email(form.email)
        with database.writing() as session:
            people_service.count_attempt(session, f"lost {address}", f"lost {address}")
            service.request_new_password(session, form.email)
            session.commit()
    except AppError as error:
        view["failure"] = error.sentence
        return templates.page(request, "accounts/lost_password.html", view, status=error.status)
    view["is_sent"] = True
    return templates.page(request, "accounts/lost_password.html", view)


@router.get("/me/password")
def show_password(request: Request, viewer: CurrentPerson, templates: TemplatesDep) -> HTMLResponse:
    """Show the form that changes one's password."""
    return templates.page(request, "accounts/password.html", {"failure": None})


@router.post("/me/password")
def change_password(
    request: Request,
    viewer: CurrentPerson,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[ChangePasswordForm, Form()],
) -> Response:
    """Change one's password and sign out everywhere else."""
    try:
        with database.writing() as session:
            people_service.count_attempt(session, f"change {viewer.ulid}", viewer.ulid)
            session.commit()
        with database.reading() as session:
            person = session.get_one(Person, viewer.id)
        if not passwords.verify(form.current[: passwords.MAX_LENGTH], person.password_hash):
            raise InvalidError(message("This is not your current password."))
        if form.password != form.repeated:
            raise InvalidError(_DIFFERENT)
        password_hash = people_service.hash_new_password(form.password)
    except AppError as error:
        return templates.page(request, "accounts/password.html", {"failure": error.sentence}, status=error.status)
    with database.writing() as session:
        service.change_password(session, session.get_one(Person, viewer.id), password_hash, viewer.session_id)
        people_service.forgive_attempt(session, f"change {viewer.ulid}", viewer.ulid)
        session.commit()
    return see_other("/me?changed=password")
