"""The pages on which admins find and correct products."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from server.administration.deal_changes import correct_product
from server.administration.deal_forms import ProductForm
from server.administration.deal_list import deals_of, find_products
from server.administration.deal_views import STAGE_LABELS, product_form, product_values
from server.deals.models import Deal, Product
from server.errors import AppError, NotFoundError
from server.people.access import Admin
from server.web.dependencies import DatabaseDep, ReadSession, TemplatesDep
from server.web.responses import see_other

router = APIRouter()


@router.get("/products")
def list_products(
    request: Request,
    viewer: Admin,
    session: ReadSession,
    templates: TemplatesDep,
    q: Annotated[str, Query(max_length=120)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """List products, those with the words."""
    view = {"results": find_products(session, q, page), "words": q}
    return templates.page(request, "administration/products.html", view)


@router.get("/products/{ulid}")
def show_product(
    ulid: str, request: Request, viewer: Admin, session: ReadSession, templates: TemplatesDep
) -> HTMLResponse:
    """Show a product and its deals."""
    return templates.page(request, "administration/product.html", _view(session, _product(session, ulid)))


@router.post("/products/{ulid}")
def save_product(
    ulid: str,
    request: Request,
    viewer: Admin,
    database: DatabaseDep,
    templates: TemplatesDep,
    form: Annotated[ProductForm, Form()],
) -> Response:
    """Correct a product."""
    with database.writing() as session:
        product = _product(session, ulid)
        try:
            correct_product(session, viewer, product, product_values(form))
            session.commit()
        except AppError as error:
            session.rollback()
            view = _view(session, _product(session, ulid), form, error)
            return templates.page(request, "administration/product.html", view, status=error.status)
    return see_other(f"/products/{ulid}")


def _product(session: Session, ulid: str) -> Product:
    product = session.exec(select(Product).where(Product.ulid == ulid)).first()
    if product is None:
        raise NotFoundError
    return product


def _view(
    session: Session, product: Product, form: ProductForm | None = None, error: AppError | None = None
) -> dict[str, Any]:
    return {
        "product": product,
        "form": form or product_form(product),
        "failure": error.sentence if error else None,
        "deals": deals_of(session, col(Deal.product_id) == product.id),
        "stage_labels": STAGE_LABELS,
    }
