"""Screens of my pay: the fragment beside a proposal, the simulator, next year, one more deal, the statement."""

from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from server.books.own_book import open_deal
from server.books.peers import peer_books
from server.comp.calendar import MONTHS_IN_YEAR, month_of
from server.comp.statements import Statement
from server.deals import queries as deal_queries
from server.documents import queries as document_queries
from server.errors import NotFoundError, UnexplainedFigureError
from server.people.access import PAID_READER, PaidViewer
from server.people.forms import EmptyForm
from server.people.queries import Viewer
from server.simulator import scenarios, views
from server.simulator.dependencies import CurrentSimulator, SimulatorContext, page_time, simulator_context
from server.simulator.extra_deal import deal_of, pay_extra_deal
from server.simulator.forms import AssumptionsForm, ExtraDealForm, ScenarioForm, StatementFilter, parse_extra_deal
from server.simulator.projection import UnexplainedError, explain_projection
from server.simulator.views import SimulatorView
from server.statements.csv import as_csv
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.read_routes import PageRequest, ReadRoute
from server.web.responses import is_fragment, see_other

router = APIRouter()
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CANDIDATE = "/proposals/{slug}/candidates/{key}"
Assumed = Annotated[AssumptionsForm, Depends()]


@router.get("/proposals/{slug}/pay")
def show_my_pay(
    slug: str, request: Request, viewer: PaidViewer, session: ReadSession, pages: TemplatesDep, v: Number | None = None
) -> HTMLResponse:
    """Show what every candidate of a version would have paid me; the page puts it beside the words."""
    edition = document_queries.version_page(session, slug, v)
    if edition is None:
        raise NotFoundError
    mine = views.my_pay_box(session, viewer.id, document_queries.candidates(session, edition.version_id))
    return pages.page(request, "simulator/_my_pay_box.html", {"mine": mine, "edition": edition, "out_of_band": True})


def show_simulator(asked: PageRequest[Viewer]) -> Response:
    """Show an offer on my own last twelve months, under the assumptions in the address.

    A slider is answered with the figures; the picture follows, and takes them back if the statement disagrees.
    """
    request, pages, here = asked.request, asked.templates, page_time(asked)
    if not here.offers:
        return pages.page(request, "simulator/no_plan.html")
    typed = asked.query(AssumptionsForm)
    if is_fragment(request):
        figures = here.simulated(typed)
        answer = pages.page(request, "simulator/_results.html", _view(here, figures))
        answer.headers["hx-replace-url"] = here.screen + figures.what_if.query
        return answer
    found = here.simulated(typed, with_curves=True)
    view = _view(here, found) | {"picture": views.simulator_details(found)}
    kept = scenarios.scenarios_of(asked.session, here.viewer.id)
    actual = views.simulator_actuals(here.owned, here.offers[0].plan)
    return pages.page(request, "simulator/show.html", view | {"scenarios": kept, "actual": actual})


def show_details(asked: PageRequest[Viewer]) -> Response:
    """Draw the charts behind the figures; by itself it is a part of the simulator's page."""
    here = page_time(asked)
    found = here.simulated(asked.query(AssumptionsForm), with_curves=True)
    if not is_fragment(asked.request):
        return see_other(here.screen + found.what_if.query)
    view = _view(here, found) | {"picture": views.simulator_details(found)}
    return asked.templates.page(asked.request, "simulator/_charts.html", view)


DIRECT_CANDIDATE = "/proposals/{slug:text}/candidates/{key}"
READ_ROUTES = [
    ReadRoute(path + last, answer, PAID_READER)
    for answer, last in ((show_simulator, ""), (show_details, "/picture"))
    for path in ("/me/pay", DIRECT_CANDIDATE + "/simulator")
]


@router.get("/me/pay/next-year")
@router.get(CANDIDATE + "/next-year")
def show_next_year(
    request: Request, here: CurrentSimulator, session: ReadSession, pages: TemplatesDep, typed: Assumed
) -> HTMLResponse:
    """Show twenty equally likely next years under every offer."""
    found = here.simulated(typed)
    try:
        coming = views.next_year_view(found, peer_books(session, here.viewer.id, here.owned))
    except UnexplainedError:
        raise UnexplainedFigureError from None
    view = _view(here, found) | {"coming": coming}
    name = "simulator/_next_year.html" if is_fragment(request) else "simulator/next_year.html"
    return pages.page(request, name, view)


@router.get("/me/pay/deal")
@router.get(CANDIDATE + "/deal")
def show_extra_deal(
    request: Request,
    here: CurrentSimulator,
    session: ReadSession,
    pages: TemplatesDep,
    typed: Assumed,
    typed_deal: Annotated[ExtraDealForm, Depends()],
) -> HTMLResponse:
    """Show what one more deal would pay me, and when."""
    found = here.simulated(typed)
    asked = parse_extra_deal(typed_deal, here.owned.ends_on)
    pipeline = deal_queries.pipeline(session, here.viewer.id)
    known = next((open_deal(deal, name) for deal, name in pipeline if deal.ulid == typed_deal.deal), None)
    added = None
    if typed_deal.is_asked and not asked.problems and (asked.amount or (known and known.arr)):
        try:
            added = pay_extra_deal(found.history, here.offers, here.owned.window, deal_of(asked, known))
        except UnexplainedError:
            raise UnexplainedFigureError from None
    view = _view(here, found) | {"asked": asked, "pipeline": pipeline, "added": added, "known": known}
    view["usual_wait"] = None if typed_deal.is_asked else views.usual_wait(found.history.deals)
    view["after_year"] = month_of(asked.signed) >= here.owned.window.first_month + MONTHS_IN_YEAR
    name = "simulator/_extra_deal.html" if is_fragment(request) else "simulator/extra_deal.html"
    return pages.page(request, name, view)


@router.get("/me/pay/statement")
@router.get(CANDIDATE + "/statement")
def show_statement(
    request: Request,
    here: CurrentSimulator,
    pages: TemplatesDep,
    typed: Assumed,
    sieve: Annotated[StatementFilter, Depends()],
) -> HTMLResponse:
    """Show every deal with the rules that fired and those that did not."""
    found = here.simulated(typed)
    view = _view(here, found) | {"sifted": views.statement_view(_explained(found), sieve)}
    name = "simulator/_statement.html" if is_fragment(request) else "simulator/statement.html"
    return pages.page(request, name, view)


@router.get("/me/pay/statement.csv")
@router.get(CANDIDATE + "/statement.csv")
def download_csv(here: CurrentSimulator, pages: TemplatesDep, typed: Assumed) -> PlainTextResponse:
    """Hand the statement out as CSV."""
    text = as_csv(_explained(here.simulated(typed)), pages.language)
    headers = {"content-disposition": 'attachment; filename="statement.csv"'}
    return PlainTextResponse(text, media_type="text/csv", headers=headers)


@router.get("/me/pay/statement.xlsx")
@router.get(CANDIDATE + "/statement.xlsx")
def download_workbook(here: CurrentSimulator, pages: TemplatesDep, typed: Assumed) -> Response:
    """Hand the statement out as a workbook with live formulas."""
    from server.statements.workbook.book import as_workbook  # noqa: PLC0415 - few ask for it, and it loads a library

    found = here.simulated(typed)
    content = as_workbook(_explained(found), found.history, found.chosen.offer.plan, pages.language)
    headers = {"content-disposition": 'attachment; filename="statement.xlsx"'}
    return Response(content, media_type=WORKBOOK, headers=headers)


@router.get("/me/scenarios")
def list_scenarios(request: Request, viewer: PaidViewer, session: ReadSession, pages: TemplatesDep) -> HTMLResponse:
    """Compare my scenarios under every offer."""
    here = simulator_context(session, viewer, None, "today")
    if not here.offers:
        return pages.page(request, "simulator/no_plan.html")
    kept = scenarios.scenarios_of(session, viewer.id)
    rows = [
        (None, here.simulated(AssumptionsForm())),
        *((one, here.simulated(scenarios.inputs_of(one))) for one in kept),
    ]
    return pages.page(request, "simulator/scenarios.html", {"here": here, "rows": rows})


@router.post("/scenarios")
def save_scenario(viewer: PaidViewer, data: DatabaseDep, form: Annotated[ScenarioForm, Form()]) -> Response:
    """Keep the assumptions under a name."""
    fields = AssumptionsForm.__dataclass_fields__
    typed = AssumptionsForm(**{name: value for name, value in parse_qsl(form.assumed.lstrip("?")) if name in fields})
    with data.writing() as session:
        scenarios.save(session, viewer.id, form.name, typed)
        session.commit()
    return see_other("/me/scenarios")


@router.get("/scenarios/{ulid}")
def open_scenario(ulid: str, viewer: PaidViewer, session: ReadSession) -> Response:
    """Open a scenario, mine or one shared with me, on my own book."""
    del viewer
    typed = scenarios.inputs_of(scenarios.by_ulid(session, ulid))
    return see_other(f"/me/pay?{urlencode(typed.stated())}")


@router.post("/scenarios/{ulid}/delete")
def delete_scenario(ulid: str, viewer: PaidViewer, data: DatabaseDep, form: Annotated[EmptyForm, Form()]) -> Response:
    """Throw one of my scenarios away."""
    del form
    with data.writing() as session:
        scenarios.delete(session, viewer.id, ulid)
        session.commit()
    return see_other("/me/scenarios")


def _view(here: SimulatorContext, found: SimulatorView) -> dict[str, Any]:
    return {"here": here, "mine": found, "chosen": found.chosen, "query": found.what_if.query}


def _explained(found: SimulatorView) -> Statement:
    try:
        return explain_projection(found.history, found.chosen, found.book.window)
    except UnexplainedError:
        raise UnexplainedFigureError from None
