"""Screens of my pay: the fragment beside a proposal, the simulator of a candidate, and today's plan."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from sqlmodel import Session

from server.comp.history import History
from server.comp.statements import Statement
from server.errors import NotFoundError, UnexplainedFigureError
from server.people.access import Rep
from server.people.queries import Viewer
from server.proposals import queries as proposals
from server.simulator import service, views
from server.simulator.exports import as_csv
from server.simulator.forms import Typed, understand
from server.simulator.projection import Offer, UnexplainedError, explained, project
from server.simulator.workbook.book import as_workbook
from server.web.answers import is_fragment
from server.web.context import Number, Pages, Reading

router = APIRouter()
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Asked = Annotated[Typed, Depends()]


@router.get("/proposals/{slug}/pay")
def my_pay_beside(
    slug: str, request: Request, viewer: Rep, session: Reading, pages: Pages, v: Number | None = None
) -> HTMLResponse:
    """Show what every candidate of a version would have paid me; the page puts it beside the words."""
    edition = proposals.edition(session, slug, v)
    if edition is None:
        raise NotFoundError
    mine = views.beside(session, viewer.id, proposals.structures(session, edition.version_id))
    return pages.page(request, "simulator/_beside.html", {"mine": mine, "edition": edition, "out_of_band": True})


@router.get("/proposals/{slug}/candidates/{key}/simulator")
def simulator(
    slug: str, key: str, request: Request, viewer: Rep, session: Reading, pages: Pages, typed: Asked
) -> HTMLResponse:
    """Show a candidate on my own last twelve months, under the assumptions in the address."""
    edition, offers = _offers(session, slug, key)
    view = _simulated(session, viewer, offers, key, typed, request.url.path) | {"edition": edition}
    return pages.page(request, _template(request), view)


@router.get("/proposals/{slug}/candidates/{key}/statement.csv")
def statement_file(slug: str, key: str, viewer: Rep, session: Reading, pages: Pages, typed: Asked) -> PlainTextResponse:
    """Hand the statement out as CSV."""
    _, offers = _offers(session, slug, key)
    return _file(session, viewer, offers, key, typed, pages)


@router.get("/proposals/{slug}/candidates/{key}/statement.xlsx")
def statement_workbook(slug: str, key: str, viewer: Rep, session: Reading, pages: Pages, typed: Asked) -> Response:
    """Hand the statement out as a workbook with live formulas."""
    _, offers = _offers(session, slug, key)
    return _workbook(session, viewer, offers, key, typed, pages)


@router.get("/me/pay")
def my_pay(request: Request, viewer: Rep, session: Reading, pages: Pages, typed: Asked) -> HTMLResponse:
    """Show my last twelve months under today's plan."""
    today = service.today_plan(session)
    if today is None:
        return pages.page(request, "simulator/no_plan.html")
    view = _simulated(session, viewer, [today], "today", typed, request.url.path) | {"edition": None}
    return pages.page(request, _template(request), view)


@router.get("/me/pay/statement.csv")
def my_statement_file(viewer: Rep, session: Reading, pages: Pages, typed: Asked) -> PlainTextResponse:
    """Hand the statement under today's plan out as CSV."""
    today = service.today_plan(session)
    if today is None:
        raise NotFoundError
    return _file(session, viewer, [today], "today", typed, pages)


@router.get("/me/pay/statement.xlsx")
def my_statement_workbook(viewer: Rep, session: Reading, pages: Pages, typed: Asked) -> Response:
    """Hand the statement under today's plan out as a workbook with live formulas."""
    today = service.today_plan(session)
    if today is None:
        raise NotFoundError
    return _workbook(session, viewer, [today], "today", typed, pages)


def _template(request: Request) -> str:
    return "simulator/_picture.html" if is_fragment(request) else "simulator/show.html"


def _offers(session: Session, slug: str, key: str) -> tuple[proposals.Edition, list[Offer]]:
    edition = proposals.edition(session, slug)
    if edition is None:
        raise NotFoundError
    structures = proposals.structures(session, edition.version_id)
    if key not in {structure.key for structure in structures}:
        raise NotFoundError
    return edition, service.offers(session, structures)


def _simulated(
    session: Session, viewer: Viewer, offers: list[Offer], key: str, typed: Typed, path: str
) -> dict[str, Any]:
    book = service.own_book(session, viewer.id, offers[0].plan)
    if book is None:
        raise NotFoundError
    chosen = next(offer for offer in offers if offer.key == key)
    what_if = understand(typed, chosen.plan)
    statement = f"{path}/statement" if key == "today" else f"{path.removesuffix('/simulator')}/statement"
    query = urlencode({name: value for name, value in what_if.typed.items() if value})
    try:
        picture = views.picture(book, offers, key, what_if)
    except (UnexplainedError, OverflowError):
        raise UnexplainedFigureError from None
    asked = f"?{query}" if query else ""
    return {
        "picture": picture,
        "key": key,
        "statement": f"{statement}.csv{asked}",
        "workbook": f"{statement}.xlsx{asked}",
    }


def _explained(
    session: Session, viewer: Viewer, offers: list[Offer], key: str, typed: Typed
) -> tuple[Statement, History, Offer]:
    book = service.own_book(session, viewer.id, offers[0].plan)
    if book is None:
        raise NotFoundError
    chosen = next(offer for offer in offers if offer.key == key)
    try:
        history = views.supposed(book, offers[0], understand(typed, chosen.plan))
        [projection] = project(history, [chosen], book.window)
        return explained(history, projection, book.window), history, chosen
    except UnexplainedError:
        raise UnexplainedFigureError from None


def _file(
    session: Session, viewer: Viewer, offers: list[Offer], key: str, typed: Typed, pages: Pages
) -> PlainTextResponse:
    statement, _, _ = _explained(session, viewer, offers, key, typed)
    text = as_csv(statement, pages.language)
    headers = {"content-disposition": 'attachment; filename="statement.csv"'}
    return PlainTextResponse(text, media_type="text/csv", headers=headers)


def _workbook(session: Session, viewer: Viewer, offers: list[Offer], key: str, typed: Typed, pages: Pages) -> Response:
    statement, history, chosen = _explained(session, viewer, offers, key, typed)
    content = as_workbook(statement, history, chosen.plan, pages.language)
    headers = {"content-disposition": 'attachment; filename="statement.xlsx"'}
    return Response(content, media_type=WORKBOOK, headers=headers)
