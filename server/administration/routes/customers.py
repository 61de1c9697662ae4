"""The pages on which admins find and correct customers."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from server.administration.deal_changes import correct_customer
from server.administration.deal_forms import CustomerForm
from server.administration.deal_list import deals_of, find_customers
from server.administration.deal_views import STAGE_LABELS, customer_form, customer_values
from server.deals.models import Customer, Deal
from server.errors import AppError, NotFoundError
from server.people.access import Admin
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/customers")
def list_customers(
    request: Request,
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    q: Annotated[str, Query(max_length=120)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """List customers, those with the words."""
    view = {"results": find_customers(session, q, page), "words": q}
    return templates.page(request, "administration/customers.html", view)


@router.get("/customers/{ulid}")
def show_customer(
    ulid: str, request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show a customer and its deals."""
    return templates.page(request, "administration/customer.html", _view(session, _customer(session, ulid)))


@router.post("/customers/{ulid}")
def save_customer(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[CustomerForm, Form()],
) -> Response:
    """Correct a customer."""
    with database.writing() as session:
        customer = _customer(session, ulid)
        try:
            correct_customer(session, viewer, customer, customer_values(form))
            session.commit()
        except AppError as error:
            session.rollback()
            view = _view(session, _customer(session, ulid), form, error)
            return templates.page(request, "administration/customer.html", view, status=error.status)
    return see_other(f"/customers/{ulid}")


def _customer(session: Session, ulid: str) -> Customer:
    customer = session.exec(select(Customer).where(Customer.ulid == ulid)).first()
    if customer is None:
        raise NotFoundError
    return customer


def _view(
    session: Session, customer: Customer, form: CustomerForm | None = None, error: AppError | None = None
) -> dict[str, Any]:
    return {
        "customer": customer,
        "form": form or customer_form(customer),
        "failure": error.sentence if error else None,
        "deals": deals_of(session, col(Deal.customer_id) == customer.id),
        "stage_labels": STAGE_LABELS,
    }
