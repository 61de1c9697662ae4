"""A person's page: who they are, their levels, managers and own quotas, and their access."""

from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.administration import merge, service
from server.administration.forms import LevelForm, ManagerForm, MergeForm, PersonForm, QuotaForm
from server.administration.requests import PersonRequestDep, existing_person
from server.administration.views import person_values, quota_terms
from server.errors import AppError, NotFoundError
from server.people.access import Admin
from server.people.models import Person
from server.web.dependencies import DatabaseDep, Number, ReadSession
from server.web.forms import EmptyForm
from server.web.responses import see_other

router = APIRouter()


@router.get("/people/{ulid}")
def show_person(person_request: PersonRequestDep) -> HTMLResponse:
    """Show a person."""
    return person_request.page()


@router.post("/people/{ulid}")
def save_person(person_request: PersonRequestDep, form: Annotated[PersonForm, Form()]) -> Response:
    """Save who a person is."""

    def change(session: Session, person: Person) -> None:
        values, viewer = person_values(form), person_request.viewer
        service.change_person(session, viewer, person, values, is_namesake=form.is_namesake)

    return person_request.change(change, form=form)


@router.post("/people/{ulid}/level")
def set_level(person_request: PersonRequestDep, form: Annotated[LevelForm, Form()]) -> Response:
    """Set a person's level from a day on."""

    def change(session: Session, person: Person) -> None:
        service.set_level(session, person_request.viewer, [person], form.level, form.since)

    return person_request.change(change, level_form=form)


@router.post("/people/{ulid}/level/remove")
def remove_level(person_request: PersonRequestDep, form: Annotated[LevelForm, Form()]) -> Response:
    """Remove a level that was entered by mistake."""

    def change(session: Session, person: Person) -> None:
        service.remove_level(session, person_request.viewer, person, form.since)

    return person_request.change(change)


@router.post("/people/{ulid}/manager")
def set_manager(person_request: PersonRequestDep, form: Annotated[ManagerForm, Form()]) -> Response:
    """Set whom a person reports to from a day on."""

    def change(session: Session, person: Person) -> None:
        service.set_manager(session, person_request.viewer, [person], form.manager, form.since)

    return person_request.change(change, manager_form=form)


@router.post("/people/{ulid}/quota")
def set_quota(person_request: PersonRequestDep, form: Annotated[QuotaForm, Form()]) -> Response:
    """Set a person's own quota for some months."""

    def change(session: Session, person: Person) -> None:
        service.set_quota(session, person_request.viewer, person, quota_terms(form, person))

    return person_request.change(change, quota_form=form)


@router.post("/people/{ulid}/quota/{number}/remove")
def remove_quota(person_request: PersonRequestDep, number: Number, form: Annotated[EmptyForm, Form()]) -> Response:
    """Remove a person's own quota for some months."""

    def change(session: Session, person: Person) -> None:
        service.remove_quota(session, person_request.viewer, person, number)

    return person_request.change(change)


@router.post("/people/{ulid}/invitation")
def create_invitation(person_request: PersonRequestDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Mail a link to join or to set a new password; where no mail can be sent, show the link to join once."""
    viewer, settings = person_request.viewer, person_request.settings
    if person_request.mails:
        return person_request.change(lambda session, person: service.invite(session, viewer, person))

    def make_link(session: Session, person: Person) -> str:
        return service.make_link(session, viewer, person, settings.invitation_days)

    def show_link(token: str) -> Response:
        return person_request.page(link=f"{settings.origin}/invitations/{token}")

    return person_request.change(make_link, show_link)


@router.post("/people/{ulid}/access/end")
def end_access(person_request: PersonRequestDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """End a person's access at once."""
    viewer = person_request.viewer
    return person_request.change(lambda session, person: service.end_access(session, viewer.id, person))


@router.post("/people/{ulid}/access/restore")
def restore_access(person_request: PersonRequestDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Give a person access again."""
    viewer = person_request.viewer
    return person_request.change(lambda session, person: service.restore_access(session, viewer, person))


@router.post("/people/{ulid}/second-factor/remove")
def remove_second_factor(person_request: PersonRequestDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Remove the authenticator app of a person who has lost it."""
    viewer = person_request.viewer
    return person_request.change(lambda session, person: service.remove_second_factor(session, viewer, person))


@router.get("/people/{ulid}/merge")
def preview_merge(
    ulid: str, person_request: PersonRequestDep, session: ReadSession, into: Annotated[str, Query(max_length=254)] = ""
) -> HTMLResponse:
    """Show what merging this entry into another person would move."""
    form = MergeForm.model_construct(into=into)
    if not into.strip():
        return person_request.page()
    try:
        kept = service.find_person(session, into)
        preview = merge.preview_merge(session, kept, existing_person(session, ulid))
    except NotFoundError:
        raise
    except AppError as error:
        return person_request.page(failure=error, merge_form=form)
    return person_request.page(merge_form=form, merge=(kept, preview))


@router.post("/people/{ulid}/merge")
def merge_person(ulid: str, viewer: Admin, database: DatabaseDep, form: Annotated[MergeForm, Form()]) -> Response:
    """Merge this entry into another person."""
    with database.writing() as session:
        duplicate, kept = existing_person(session, ulid), existing_person(session, form.into)
        merge.merge_people(session, viewer, kept, duplicate)
        session.commit()
    return see_other(f"/people/{kept.ulid}")
