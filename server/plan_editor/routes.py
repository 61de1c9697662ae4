"""The screens of the plans in force: the list, a plan with its history, and putting one in force."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field
from sqlmodel import Session

from server.audit.service import record
from server.comp import PlanError, read_plan
from server.errors import AppError, NotFoundError
from server.messages import Message, message
from server.people.access import Manager
from server.people.queries import Viewer, company_today
from server.plan_editor import views
from server.plan_editor.audience import LEVEL, NewPlanEdit, level_mapping, new_plan_edit
from server.plan_editor.fields import PlanFields
from server.plan_editor.form import PlanEdit
from server.plans_in_force import queries, service
from server.plans_in_force.models import PlanInForce
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.forms import BaseForm, EmptyForm
from server.web.responses import is_fragment, see_other
from server.web.templating import Templates

router = APIRouter()


class EndForm(BaseForm):
    """The last day of a plan."""

    until: str = Field(default="", max_length=40)


@router.get("/plans")
def list_plans(request: Request, viewer: Manager, session: ReadSession, templates: TemplatesDep) -> HTMLResponse:
    """List the plans in force, the later ones and the history."""
    today = company_today(session)
    people, paid = queries.paid_people(session, today), queries.plans_by_person(session, today)
    view = {"plans": views.entered_plans(session), "people": len(people), "without_plan": len(people) - len(paid)}
    return templates.page(request, "plans/list.html", view)


@router.get("/plans/new")
def show_new_plan(
    request: Request, viewer: Manager, session: ReadSession, templates: TemplatesDep, start: str = ""
) -> HTMLResponse:
    """Show the form of a plan to put in force, from a plan to start with if one is chosen."""
    text = views.starting_text(session, start[:200]) if start else ""
    return _show_form(request, templates, session, NewPlanEdit(PlanEdit(text)), start=start)


@router.post("/plans/preview")
def preview_plan(
    request: Request, viewer: Manager, session: ReadSession, templates: TemplatesDep, fields: PlanFields
) -> HTMLResponse:
    """Show whom the plan in the form would pay and what it says, and synchronise the form and the text.

    With a `use` field the plan chosen to start from replaces the one in the form; everything else stays.
    """
    edit, start = new_plan_edit(fields), fields.get("start", "")[:200]
    if fields.get("use"):
        edit = replace(edit, plan=PlanEdit(views.starting_text(session, start)))
    return _show_form(request, templates, session, edit, start=start)


@router.post("/plans")
def put_in_force(
    request: Request, viewer: Manager, database: DatabaseDep, templates: TemplatesDep, fields: PlanFields
) -> Response:
    """Put the plan in force, or show the form again with what was entered and what is wrong."""
    edit = new_plan_edit(fields)
    try:
        with database.writing() as session:
            plan = service.put_in_force(session, edit.new_plan(session), viewer.id, edit.level_mapping)
            _record(session, "plan put in force", viewer, plan, since=str(plan.since))
            session.commit()
            ulid = plan.ulid
    except PlanError:
        failure, status = message("The plan has errors. Fix the lines listed next to it, then try again."), 422
    except NotFoundError:
        raise
    except AppError as error:
        failure, status = error.sentence, error.status
    else:
        return see_other(f"/plans/{ulid}")
    start = fields.get("start", "")[:200]
    with database.reading() as session:
        return _show_form(request, templates, session, edit, start=start, failure=failure, status=status)


@router.get("/plans/{ulid}")
def show_plan(
    ulid: str, request: Request, viewer: Manager, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show a plan in force, whom it pays, and its text."""
    view = {"entered": views.entered_plan(session, _plan(session, ulid)), "level_prefix": LEVEL}
    return templates.page(request, "plans/show.html", view)


@router.post("/plans/{ulid}/levels")
def map_levels(ulid: str, viewer: Manager, database: DatabaseDep, fields: PlanFields) -> Response:
    """Say which levels of a plan pay the levels that it does not have."""
    with database.writing() as session:
        plan = service.map_levels(session, _plan(session, ulid, writes=True), level_mapping(fields), viewer.id)
        _record(session, "levels mapped", viewer, plan)
        session.commit()
        return see_other(f"/plans/{plan.ulid}")


@router.post("/plans/{ulid}/end")
def end_plan(ulid: str, viewer: Manager, database: DatabaseDep, form: Annotated[EndForm, Form()]) -> Response:
    """Set the last day of a plan."""
    with database.writing() as session:
        plan = _plan(session, ulid, writes=True)
        service.end(session, plan, form.until)
        _record(session, "plan ended", viewer, plan, until=str(form.until))
        session.commit()
    return see_other(f"/plans/{ulid}")


@router.post("/plans/{ulid}/withdraw")
def withdraw_plan(ulid: str, viewer: Manager, database: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Withdraw a plan that was entered by mistake."""
    with database.writing() as session:
        plan = _plan(session, ulid, writes=True)
        service.withdraw(session, plan)
        _record(session, "plan withdrawn", viewer, plan)
        session.commit()
    return see_other("/plans")


def _record(session: Session, action: str, viewer: Viewer, plan: PlanInForce, **values: str) -> None:
    record(session, action, viewer.id, read_plan(plan.text).name, f"/plans/{plan.ulid}", **values)


def _plan(session: Session, ulid: str, *, writes: bool = False) -> PlanInForce:
    plan = queries.plan_in_force(session, ulid, locks=writes)
    if plan is None:
        raise NotFoundError
    return plan


def _show_form(
    request: Request,
    templates: Templates,
    session: Session,
    edit: NewPlanEdit,
    *,
    start: str = "",
    failure: Message | None = None,
    status: int = 200,
) -> HTMLResponse:
    view: dict[str, Any] = {
        "edit": edit,
        "start": start,
        "starting_points": views.starting_points(session),
        "conditions": views.condition_choices(session, edit.chosen),
        "preview": views.preview_new_plan(session, edit) if edit.plan.text.strip() else None,
        "failure": failure,
        "level_prefix": LEVEL,
    }
    name = "plans/_preview.html" if is_fragment(request) else "plans/new.html"
    return templates.page(request, name, view, status=status)
