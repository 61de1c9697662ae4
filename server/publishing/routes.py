"""The stages of a redesign and the rules of its conversation, set by a manager."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from server.db.columns import now
from server.discussion import queries as discussion_queries
from server.documents import queries as document_queries
from server.documents.models import Proposal, Redesign
from server.errors import AppError, InvalidError, NotFoundError
from server.messages import message
from server.people.access import Manager
from server.publishing.forms import STAGE_DAYS, StagesForm
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/proposals/{slug}/stages")
def show_stages(
    slug: str, request: Request, viewer: Manager, session: ReadSession, pages: TemplatesDep
) -> HTMLResponse:
    """Show the days of the stages and the rules."""
    proposal, redesign = _existing(session, slug)
    return _page(request, pages, session, proposal, redesign)


@router.post("/proposals/{slug}/stages")
def set_stages(
    slug: str,
    request: Request,
    viewer: Manager,
    data: DatabaseDep,
    pages: TemplatesDep,
    form: Annotated[StagesForm, Form()],
) -> Response:
    """Keep them; a vote does not open over open concerns unless it is said why."""
    try:
        with data.writing() as session:
            proposal, redesign = _existing(session, slug)
            _check(form, discussion_queries.open_concerns(session, proposal.id or 0))
            redesign.sqlmodel_update(form.model_dump(exclude={"csrf"}))
            session.add(redesign)
            session.commit()
    except NotFoundError:
        raise
    except AppError as error:
        with data.reading() as session:
            proposal, _ = _existing(session, slug)
            typed = Redesign.model_construct(**form.model_dump(exclude={"csrf"}))
            return _page(request, pages, session, proposal, typed, error)
    return see_other(f"/proposals/{slug}")


def _check(form: StagesForm, concerns: int) -> None:
    typed = [getattr(form, name) for name in STAGE_DAYS]
    days = [day for day in typed if day]
    if days != sorted(days):
        raise InvalidError(
            message("The days are not in order. A stage cannot begin before the one that comes before it.")
        )
    if form.vote_from and form.vote_from <= now().date() and concerns and not form.vote_override_reason.strip():
        raise InvalidError(
            message(
                "Concerns still open: {count}. Answer them before the vote opens, or write why it opens over them.",
                count=concerns,
            )
        )


def _existing(session: Session, slug: str) -> tuple[Proposal, Redesign]:
    proposal = document_queries.by_slug(session, slug)
    redesign = document_queries.redesign(session, proposal.redesign_id) if proposal else None
    if proposal is None or redesign is None:
        raise NotFoundError
    return proposal, redesign


def _page(
    request: Request,
    pages: TemplatesDep,
    session: Session,
    proposal: Proposal,
    kept: Redesign,
    failure: AppError | None = None,
) -> HTMLResponse:
    view = {
        "proposal": proposal,
        "kept": kept,
        "failure": failure.sentence if failure else None,
        "days": STAGE_DAYS,
        "concerns": discussion_queries.open_concerns(session, proposal.id or 0),
    }
    return pages.page(request, "publishing/stages.html", view, status=failure.status if failure else 200)
