"""The pages on which admins find and correct deals; their amounts are shown to no one but those they pay."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, select

from server.administration.deal_changes import correct_deal
from server.administration.deal_forms import DAYS, DealForm
from server.administration.deal_list import find_deals, names_around
from server.administration.deal_views import (
    CREDIT_LABELS,
    DAY_LABELS,
    KIND_LABELS,
    STAGE_LABELS,
    deal_correction,
    deal_form,
    known_people,
)
from server.administration.queries import currency
from server.deals.models import Deal
from server.errors import AppError, NotFoundError
from server.people.access import Admin
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/deals")
def list_deals(
    request: Request,
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    q: Annotated[str, Query(max_length=120)] = "",
    stage: Annotated[str, Query(max_length=8)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """List deals, those with the words and the stage."""
    results = find_deals(session, q, stage, page)
    view = {"results": results, "words": q, "stage": stage, "stage_labels": STAGE_LABELS}
    return templates.page(request, "administration/deals.html", view)


@router.get("/deals/{ulid}")
def show_deal(
    ulid: str, request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show a deal, without its amounts."""
    return templates.page(request, "administration/deal.html", _view(session, _deal(session, ulid)))


@router.post("/deals/{ulid}")
def save_deal(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[DealForm, Form()],
) -> Response:
    """Correct a deal; who is paid for it is told."""
    with database.writing() as session:
        deal = _deal(session, ulid)
        try:
            correct_deal(session, viewer, deal, deal_correction(form, deal))
            session.commit()
        except AppError as error:
            session.rollback()
            view = _view(session, _deal(session, ulid), form, error)
            return templates.page(request, "administration/deal.html", view, status=error.status)
    return see_other(f"/deals/{ulid}")


def _deal(session: Session, ulid: str) -> Deal:
    deal = session.exec(select(Deal).where(Deal.ulid == ulid)).first()
    if deal is None:
        raise NotFoundError
    return deal


def _view(session: Session, deal: Deal, form: DealForm | None = None, error: AppError | None = None) -> dict[str, Any]:
    return {
        "deal": deal,
        "source": names_around(session, deal)["source"],
        "form": form or deal_form(session, deal),
        "failure": error.sentence if error else None,
        "days": DAYS,
        "day_labels": DAY_LABELS,
        "stage_labels": STAGE_LABELS,
        "kind_labels": KIND_LABELS,
        "credit_labels": CREDIT_LABELS,
        "people": known_people(session),
        "currency": currency(session),
    }
