"""Routes of the stages of a redesign and the rules of its discussion, set by a manager."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents.models import Proposal, Redesign
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import message, plural_message
from server.people.access import Manager
from server.publishing.forms import STAGE_DAYS, StagesForm
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/proposals/{slug}/stages")
def show_stages(
    slug: str, request: Request, viewer: Manager, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show the dates of the stages and the rules."""
    proposal, redesign = _existing(session, slug)
    return _show(request, templates, session, proposal, redesign)


@router.post("/proposals/{slug}/stages")
def save_stages(
    slug: str,
    request: Request,
    viewer: Manager,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[StagesForm, Form()],
) -> Response:
    """Save the dates and rules; opening the vote despite open concerns needs a reason."""
    try:
        with database.writing() as session:
            proposal, redesign = _existing(session, slug)
            _check(form, discussion_queries.open_concerns(session, proposal.id))
            redesign.sqlmodel_update(form.model_dump(exclude={"csrf"}))
            session.add(redesign)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with database.reading() as session:
            proposal, _ = _existing(session, slug)
            submitted = Redesign.model_construct(**form.model_dump(exclude={"csrf"}))
            return _show(request, templates, session, proposal, submitted, error)
    return see_other(f"/proposals/{slug}")


def _check(form: StagesForm, open_concerns: int) -> None:
    days = [day for day in (getattr(form, name) for name in STAGE_DAYS) if day]
    if days != sorted(days):
        raise InvalidError(
            message("The dates are not in order. A stage cannot begin before the previous one. Correct them.")
        )
    is_vote_open = form.vote_from is not None and form.vote_from <= now().date()
    if is_vote_open and open_concerns and not form.vote_override_reason.strip():
        raise InvalidError(
            plural_message(
                "{count} concern is still open. Answer it before the vote opens, or give a reason for opening it.",
                "{count} concerns are still open. Answer them before the vote opens, or give a reason for opening it.",
                open_concerns,
            )
        )


def _existing(session: Session, slug: str) -> tuple[Proposal, Redesign]:
    proposal = document_queries.by_slug(session, slug)
    redesign = document_queries.redesign(session, proposal.redesign_id) if proposal else None
    if proposal is None or redesign is None:
        raise NotFoundError
    return proposal, redesign


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
