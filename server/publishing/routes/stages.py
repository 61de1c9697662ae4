"""Routes of the stages of a redesign and the rules of its discussion, set by a manager."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.audit.service import record
from server.discussion import queries as discussion_queries
from server.documents import service as document_service
from server.documents.access import DOCUMENT_ACCESS, Owner
from server.documents.models import Proposal, Redesign
from server.documents.stages import is_vote_due
from server.errors import AppError, InvalidError, NotFoundError
from server.live.broker import topic_of
from server.live.dependencies import Live
from server.messages import message, plural_message
from server.people.queries import Viewer, company_today
from server.publishing.forms import STAGE_DAYS, ResultForm, StagesForm
from server.publishing.redesigns import existing_redesign, page_after_saving
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.forms import EmptyForm
from server.web.responses import see_other

router = APIRouter(dependencies=DOCUMENT_ACCESS)


@router.get("/proposals/{slug}/stages")
def show_stages(
    slug: str, request: Request, viewer: Owner, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show the dates of the stages and the rules."""
    proposal, redesign = existing_redesign(session, slug)
    return _show(request, templates, session, proposal, redesign)


@router.post("/proposals/{slug}/stages")
def save_stages(
    slug: str,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[StagesForm, Form()],
) -> Response:
    """Save the dates and rules; opening the vote despite open concerns needs a reason."""
    try:
        with database.writing() as session:
            proposal, redesign = existing_redesign(session, slug)
            _check(form, discussion_queries.open_concerns(session, proposal.id), company_today(session))
            before = redesign.model_dump()
            redesign.sqlmodel_update(form.model_dump(exclude={"csrf"}))
            session.add(redesign)
            _record_changes(session, viewer, redesign, before, slug)
            after_url = page_after_saving(proposal)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with database.reading() as session:
            proposal, _ = existing_redesign(session, slug)
            submitted = Redesign.model_construct(**form.model_dump(exclude={"csrf"}))
            return _show(request, templates, session, proposal, submitted, error)
    return see_other(after_url)


@router.post("/proposals/{slug}/close")
def close_redesign(
    slug: str,
    request: Request,
    viewer: Owner,
    database: DatabaseDep,
    templates: TemplatesDep,
    live: Live,
    form: Annotated[ResultForm, Form()],
) -> Response:
    """Close the redesign with its result."""
    try:
        with database.writing() as session:
            _, redesign = existing_redesign(session, slug)
            document_service.close_redesign(session, redesign, form.result)
            record(session, "redesign closed", viewer.id, redesign.title, f"/proposals/{slug}", what=redesign.result)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with database.reading() as session:
            proposal, redesign = existing_redesign(session, slug)
            return _show(request, templates, session, proposal, redesign, error)
    live.publish(topic_of(slug), "version")
    return see_other(f"/proposals/{slug}")


@router.post("/proposals/{slug}/reopen")
def reopen_redesign(
    slug: str, viewer: Owner, database: DatabaseDep, live: Live, form: Annotated[EmptyForm, Form()]
) -> Response:
    """Open a closed redesign again."""
    with database.writing() as session:
        _, redesign = existing_redesign(session, slug)
        document_service.reopen_redesign(session, redesign)
        record(session, "redesign reopened", viewer.id, redesign.title, f"/proposals/{slug}")
        session.commit()
    live.publish(topic_of(slug), "version")
    return see_other(f"/proposals/{slug}/stages")


def _check(form: StagesForm, open_concerns: int, today: date) -> None:
    days = [day for day in (getattr(form, name) for name in STAGE_DAYS) if day]
    if days != sorted(days):
        raise InvalidError(
            message("The dates are not in order. A stage cannot begin before the previous one. Correct them.")
        )
    is_vote_open = is_vote_due(Redesign(**form.model_dump(exclude={"csrf"}), title=""), today)
    if is_vote_open and open_concerns and not form.vote_override_reason.strip():
        raise InvalidError(
            plural_message(
                "{count} concern is still open. Answer it before the vote opens, or give a reason for opening it.",
                "{count} concerns are still open. Answer them before the vote opens, or give a reason for opening it.",
                open_concerns,
            )
        )


def _record_changes(
    session: Session, viewer: Viewer, redesign: Redesign, before: Mapping[str, object], slug: str
) -> None:
    after = redesign.model_dump()
    changes = [name for name in after if before[name] != after[name]]
    shown = "; ".join(f"{name.replace('_', ' ')} {before[name] or '–'} → {after[name] or '–'}" for name in changes)
    if shown:
        record(session, "redesign changed", viewer.id, redesign.title, f"/proposals/{slug}", what=shown)


def _show(
    request: Request,
    templates: TemplatesDep,
    session: Session,
    proposal: Proposal,
    redesign: Redesign,
    failure: AppError | None = None,
) -> HTMLResponse:
    view = {
        "proposal": proposal,
        "redesign": redesign,
        "failure": failure.sentence if failure else None,
        "open_concerns": discussion_queries.open_concerns(session, proposal.id),
    }
    return templates.page(request, "publishing/stages.html", view, status=failure.status if failure else 200)
