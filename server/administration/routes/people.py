"""The list of people: search, add, and change several at once."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.accounts.service import can_mail
from server.administration import service
from server.administration.forms import BulkForm, PersonForm
from server.administration.people_list import PeopleFilter, pages_around, people_list
from server.administration.views import ROLE_LABELS, STATE_LABELS, filter_query, person_values
from server.errors import AppError, InvalidError
from server.messages import message
from server.people import queries
from server.people.access import Admin
from server.people.models import Person
from server.web.dependencies import DatabaseDep, ReadSession, SettingsDep, TemplatesDep
from server.web.responses import see_other
from server.web.templating import Templates

router = APIRouter()


@router.get("/people")
def list_people(
    request: Request,
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    settings: SettingsDep,
    q: Annotated[str, Query(max_length=120)] = "",
    role: Annotated[str, Query(max_length=16)] = "",
    level: Annotated[str, Query(max_length=60)] = "",
    region: Annotated[str, Query(max_length=80)] = "",
    manager: Annotated[str, Query(max_length=120)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    sort: Annotated[str, Query(max_length=12)] = "name",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    done: Annotated[int | None, Query(ge=0, le=100_000)] = None,
    skipped: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> HTMLResponse:
    """List people, those that the filter chooses."""
    chosen = PeopleFilter(q, role, level, region, manager, state, sort, page)
    result = {"done": done, "skipped": skipped} if done is not None else None
    return _people_page(request, templates, session, chosen, mails=can_mail(settings), result=result)


def _people_page(
    request: Request,
    templates: Templates,
    session: Session,
    chosen: PeopleFilter,
    *,
    mails: bool,
    result: dict[str, int] | None = None,
    form: PersonForm | None = None,
    failure: AppError | None = None,
) -> HTMLResponse:
    today = queries.company_today(session)
    listed = people_list(session, chosen, today)
    before, after = pages_around(chosen, listed.pages)
    view = {
        "people": listed,
        "chosen": chosen,
        "before": filter_query(before),
        "after": filter_query(after),
        "role_labels": ROLE_LABELS,
        "state_labels": STATE_LABELS,
        "mails": mails,
        "result": result,
        "form": form or PersonForm(),
        "failure": failure.sentence if failure else None,
        "today": today,
    }
    return templates.page(request, "administration/people.html", view, status=failure.status if failure else 200)


@router.post("/people")
def add_person(
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    settings: SettingsDep,
    form: Annotated[PersonForm, Form()],
) -> Response:
    """Add a person."""
    try:
        with database.writing() as session:
            person = service.add_person(session, viewer, person_values(form), is_namesake=form.is_namesake)
            session.commit()
    except AppError as error:
        with database.reading() as session:
            return _people_page(
                request, templates, session, PeopleFilter(), mails=can_mail(settings), form=form, failure=error
            )
    return see_other(f"/people/{person.ulid}")


def _chosen(session: Session, form: BulkForm) -> list[Person]:
    people = [person for ulid in form.person if (person := queries.person(session, ulid))]
    if not people:
        raise InvalidError(message("Choose people first: tick the box before their name."))
    return people


@router.post("/people/bulk/invite")
def invite_people(
    viewer: Admin, database: DatabaseDep, settings: SettingsDep, form: Annotated[BulkForm, Form()]
) -> Response:
    """Mail an invitation to the chosen people who have an address and have not joined."""
    if not can_mail(settings):
        raise InvalidError(message("Townhall cannot send e-mail here. Open each person and create a link instead."))
    invited = 0
    with database.writing() as session:
        people = _chosen(session, form)
        for person in people:
            if person.email and person.active and not person.password_hash:
                service.invite(session, viewer, person)
                invited += 1
        session.commit()
    return see_other(f"/people?done={invited}&skipped={len(people) - invited}")


@router.post("/people/bulk/manager")
def set_managers(viewer: Admin, database: DatabaseDep, form: Annotated[BulkForm, Form()]) -> Response:
    """Set the manager of the chosen people."""
    with database.writing() as session:
        people = _chosen(session, form)
        done = service.set_manager(session, viewer, people, form.manager, form.since)
        session.commit()
    return see_other(f"/people?done={done}&skipped={len(people) - done}")


@router.post("/people/bulk/level")
def set_levels(viewer: Admin, database: DatabaseDep, form: Annotated[BulkForm, Form()]) -> Response:
    """Set the level of the chosen people."""
    with database.writing() as session:
        people = _chosen(session, form)
        done = service.set_level(session, viewer, people, form.level, form.since)
        session.commit()
    return see_other(f"/people?done={done}&skipped={len(people) - done}")


@router.post("/people/bulk/region")
def set_regions(viewer: Admin, database: DatabaseDep, form: Annotated[BulkForm, Form()]) -> Response:
    """Set the region of the chosen people."""
    with database.writing() as session:
        people = _chosen(session, form)
        done = service.set_region(session, viewer, people, form.region)
        session.commit()
    return see_other(f"/people?done={done}&skipped={len(people) - done}")
