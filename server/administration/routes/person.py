"""A person's page: who they are, their levels, managers and own quotas, and their access."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.accounts.service import can_mail, last_mails
from server.administration import merge, queries, service
from server.administration.forms import LevelForm, ManagerForm, MergeForm, PersonForm, QuotaForm
from server.administration.merge import MergePreview
from server.administration.routes.people import existing_person
from server.administration.views import ROLE_LABELS, STATE_LABELS, person_form, person_values, quota_terms
from server.db.columns import now
from server.db.session import Database
from server.errors import AppError, NotFoundError
from server.people import queries as people_queries
from server.people.access import Admin
from server.people.models import Person
from server.settings import Settings
from server.web.dependencies import DatabaseDep, Number, ReadSession, SettingsDep, TemplatesDep
from server.web.forms import BaseForm, EmptyForm
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()


@router.get("/people/{ulid}")
def show_person(
    ulid: str, request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep, settings: SettingsDep
) -> HTMLResponse:
    """Show a person."""
    return _person_page(request, templates, session, settings, existing_person(session, ulid))


def _person_page(
    request: Request,
    templates: Templates,
    session: Session,
    settings: Settings,
    person: Person,
    **more: object,
) -> HTMLResponse:
    """Return a person's page; `more` are a failure, a form as it was sent, a link, or the preview of a merge."""
    failure = more.pop("failure", None)
    status = failure.status if isinstance(failure, AppError) else 200
    mail = last_mails(session).get(person.id)
    view = {
        "person": person,
        "account": people_queries.accounts(session)[person.id],
        "mail": mail if mail and not mail.sent_at else None,
        "levels": people_queries.level_history(session, person.id),
        "managers": queries.manager_history(session, person.id),
        "quotas": queries.own_quotas(session, person.id),
        "known_levels": queries.known_levels(session),
        "leaders": queries.possible_managers(session),
        "form": person_form(person),
        "level_form": LevelForm(),
        "manager_form": ManagerForm(),
        "quota_form": QuotaForm(),
        "merge_form": MergeForm(),
        "role_labels": ROLE_LABELS,
        "state_labels": STATE_LABELS,
        "mails": can_mail(settings),
        "today": now().date(),
        "currency": queries.currency(session),
        "link": None,
        "merge": None,
        "failure": failure.sentence if isinstance(failure, AppError) else None,
        **more,
    }
    return templates.page(request, "administration/person.html", view, status=status)


def _changed(
    request: Request,
    database: Database,
    templates: Templates,
    settings: Settings,
    ulid: str,
    change: Callable[[Session, Person], object],
    **forms: BaseForm,
) -> Response:
    """Change a person and show the page again; a refused form is shown as it was sent."""
    try:
        with database.writing() as session:
            change(session, existing_person(session, ulid))
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with database.reading() as session:
            person = existing_person(session, ulid)
            return _person_page(request, templates, session, settings, person, failure=error, **forms)
    return see_other(f"/people/{ulid}")


@router.post("/people/{ulid}")
def save_person(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[PersonForm, Form()],
) -> Response:
    """Save who a person is."""

    def change(session: Session, person: Person) -> None:
        today = queries.today(session, settings.time_zone)
        service.change_person(session, viewer, person, person_values(form), today, is_namesake=form.is_namesake)

    return _changed(request, database, templates, settings, ulid, change, form=form)


@router.post("/people/{ulid}/level")
def set_level(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[LevelForm, Form()],
) -> Response:
    """Set a person's level from a day on."""

    def change(session: Session, person: Person) -> None:
        service.set_level(session, viewer, [person], form.level, form.since or now().date())

    return _changed(request, database, templates, settings, ulid, change, level_form=form)


@router.post("/people/{ulid}/level/remove")
def remove_level(ulid: str, viewer: Admin, database: DatabaseDep, form: Annotated[LevelForm, Form()]) -> Response:
    """Remove a level that was entered by mistake."""
    if form.since is None:
        raise NotFoundError
    with database.writing() as session:
        service.remove_level(session, viewer, existing_person(session, ulid), form.since)
        session.commit()
    return see_other(f"/people/{ulid}")


@router.post("/people/{ulid}/manager")
def set_manager(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[ManagerForm, Form()],
) -> Response:
    """Set whom a person reports to from a day on."""

    def change(session: Session, person: Person) -> None:
        service.set_manager(session, viewer, [person], form.manager, form.since or now().date())

    return _changed(request, database, templates, settings, ulid, change, manager_form=form)


@router.post("/people/{ulid}/quota")
def set_quota(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[QuotaForm, Form()],
) -> Response:
    """Set a person's own quota for some months."""

    def change(session: Session, person: Person) -> None:
        service.set_quota(session, viewer, person, quota_terms(form, person))

    return _changed(request, database, templates, settings, ulid, change, quota_form=form)


@router.post("/people/{ulid}/quota/{number}/remove")
def remove_quota(
    ulid: str, number: Number, viewer: Admin, database: DatabaseDep, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Remove a person's own quota for some months."""
    with database.writing() as session:
        service.remove_quota(session, viewer, existing_person(session, ulid), number)
        session.commit()
    return see_other(f"/people/{ulid}")


@router.post("/people/{ulid}/invitation")
def create_invitation(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Mail a link to join or to set a new password; where no mail can be sent, show the link to join once."""
    if can_mail(settings):
        return _changed(
            request,
            database,
            templates,
            settings,
            ulid,
            lambda session, person: service.invite(session, viewer, person),
        )
    try:
        with database.writing() as session:
            person = existing_person(session, ulid)
            token = service.make_link(session, viewer, person, person.email or "", settings.invitation_days)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with database.reading() as session:
            return _person_page(request, templates, session, settings, existing_person(session, ulid), failure=error)
    with database.reading() as session:
        link = f"{settings.origin}/invitations/{token}"
        return _person_page(request, templates, session, settings, existing_person(session, ulid), link=link)


@router.post("/people/{ulid}/access/end")
def end_access(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """End a person's access at once."""

    def change(session: Session, person: Person) -> None:
        service.end_access(session, viewer.id, person, queries.today(session, settings.time_zone))

    return _changed(request, database, templates, settings, ulid, change)


@router.post("/people/{ulid}/access/restore")
def restore_access(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Give a person access again."""

    def change(session: Session, person: Person) -> None:
        service.restore_access(session, viewer, person, queries.today(session, settings.time_zone))

    return _changed(request, database, templates, settings, ulid, change)


@router.post("/people/{ulid}/second-factor/remove")
def remove_second_factor(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Remove the authenticator app of a person who has lost it."""
    return _changed(
        request,
        database,
        templates,
        settings,
        ulid,
        lambda session, person: service.remove_second_factor(session, viewer, person),
    )


@router.get("/people/{ulid}/merge")
def preview_merge(
    ulid: str,
    request: Request,
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
    into: Annotated[str, Query(max_length=254)] = "",
) -> HTMLResponse:
    """Show what merging this entry into another person would move."""
    person = existing_person(session, ulid)
    form = MergeForm.model_construct(into=into)
    if not into.strip():
        return _person_page(request, templates, session, settings, person)
    try:
        kept = service.find_person(session, into)
        preview: MergePreview = merge.preview_merge(session, kept, person)
    except AppError as error:
        return _person_page(request, templates, session, settings, person, failure=error, merge_form=form)
    more = {"merge_form": form, "merge": (kept, preview)}
    return _person_page(request, templates, session, settings, person, **more)


@router.post("/people/{ulid}/merge")
def merge_person(ulid: str, viewer: Admin, database: DatabaseDep, form: Annotated[MergeForm, Form()]) -> Response:
    """Merge this entry into another person."""
    with database.writing() as session:
        duplicate, kept = existing_person(session, ulid), existing_person(session, form.into)
        merge.merge_people(session, viewer, kept, duplicate)
        session.commit()
    return see_other(f"/people/{kept.ulid}")
