"""The simulator's screens: my pay, what-if, next year, one more deal, statements and scenarios."""

from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from server.books.peers import peer_books
from server.comp import Statement
from server.comp.analysis.pay_ratios import pay_ratios
from server.comp.analysis.tier_rows import tier_differences, tier_rows
from server.comp.calendar import MONTHS_IN_YEAR, month_of
from server.deals import queries as deal_queries
from server.documents import queries as document_queries
from server.documents.access import DOCUMENT_ACCESS, PAID_DOCUMENT_READER
from server.errors import InvalidError, NotFoundError, UnexplainedFigureError
from server.messages import message
from server.people.access import PaidViewer
from server.people.queries import Viewer
from server.simulator import scenarios, views
from server.simulator.context import CurrentSimulator, SimulatorContext, current_for, simulator_context
from server.simulator.extra_deal import deal_of, pay_extra_deal
from server.simulator.forms import (
    AssumptionsForm,
    ExtraDealForm,
    ScenarioForm,
    StatementFilter,
    parse_extra_deal,
)
from server.simulator.projection import UnexplainedError, explain_projection
from server.simulator.simulation import Simulation, measured_offer
from server.simulator.statement_view import statement_view
from server.statements.csv import as_csv
from server.web.dependencies import DatabaseDep, Number, ReadSession, TemplatesDep
from server.web.forms import EmptyForm
from server.web.read_routes import PageRequest, ReadRoute
from server.web.responses import is_fragment, see_other
from server.web.templating import Templates
from server.web.work_budget import WorkBudget

router = APIRouter(dependencies=DOCUMENT_ACCESS)
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CANDIDATE = "/proposals/{slug}/candidates/{key}"
MAX_WORKBOOK_LINES = 3_000
"""Lines of the largest workbook, one for each deal and component: a second of work for about five hundred."""
_WORKBOOKS = WorkBudget(most=MAX_WORKBOOK_LINES, per_second=20)
"""Lines that a person can have at once and gets back each second."""
_ONE_WORKBOOK = CapacityLimiter(1)
AssumptionsQuery = Annotated[AssumptionsForm, Depends()]


@router.get("/proposals/{slug}/pay")
def show_my_pay(
    slug: str,
    request: Request,
    viewer: PaidViewer,
    session: ReadSession,
    templates: TemplatesDep,
    v: Number | None = None,
) -> HTMLResponse:
    """Show what every candidate of a version would have paid me, as a fragment of the proposal's page."""
    version = document_queries.version_page(session, slug, v)
    if version is None:
        raise NotFoundError
    candidates = document_queries.candidates(session, version.version_id)
    pay_box = views.my_pay_box(session, viewer.id, candidates)
    view = {"pay_box": pay_box, "version": version, "out_of_band": True}
    return templates.page(request, "simulator/_my_pay_box.html", view)


def show_simulator(page_request: PageRequest[Viewer]) -> Response:
    """Show what an offer pays on my last twelve months, under the assumptions in the URL.

    A changed assumption is answered with the figures alone. The browser then loads the details, which
    withdraw the figures if the statement disagrees.
    """
    request, templates, context = page_request.request, page_request.templates, current_for(page_request)
    if not context.offers:
        return templates.page(request, "simulator/no_plan.html")
    form = page_request.query(AssumptionsForm)
    if is_fragment(request):
        simulation = context.simulate(form)
        response = templates.page(request, "simulator/_results.html", _view(context, simulation))
        response.headers["hx-replace-url"] = context.url + simulation.what_if.query
        return response
    simulation = context.simulate(form, with_curves=True)
    view = _view(context, simulation) | {
        "details": views.simulator_details(simulation),
        "scenarios": scenarios.scenarios_of(page_request.session, context.viewer.id),
        "actual": views.simulator_actuals(context.required_book, measured_offer(context.offers, context.key).plan),
    }
    return templates.page(request, "simulator/show.html", view)


def show_details(page_request: PageRequest[Viewer]) -> Response:
    """Show the charts as a fragment; a full page load is redirected to the simulator."""
    context = current_for(page_request)
    simulation = context.simulate(page_request.query(AssumptionsForm), with_curves=True)
    if not is_fragment(page_request.request):
        return see_other(context.url + simulation.what_if.query)
    view = _view(context, simulation) | {"details": views.simulator_details(simulation)}
    return page_request.templates.page(page_request.request, "simulator/_charts.html", view)


CANDIDATE_READ_ROUTE = "/proposals/{slug:text}/candidates/{key}"
READ_ROUTES = [
    ReadRoute(path + suffix, handler, PAID_DOCUMENT_READER)
    for handler, suffix in ((show_simulator, ""), (show_details, "/details"))
    for path in ("/me/pay", CANDIDATE_READ_ROUTE + "/simulator")
]


@router.get("/me/pay/next-year")
@router.get(CANDIDATE + "/next-year")
def show_next_year(
    request: Request,
    context: CurrentSimulator,
    session: ReadSession,
    templates: TemplatesDep,
    form: AssumptionsQuery,
) -> HTMLResponse:
    """Show twenty equally likely next years under every offer."""
    simulation = context.simulate(form)
    try:
        peers = peer_books(session, context.viewer.id, context.required_book)
        next_year = views.next_year_view(simulation, peers)
    except UnexplainedError:
        raise UnexplainedFigureError from None
    view = _view(context, simulation) | {"next_year": next_year}
    name = "simulator/_next_year.html" if is_fragment(request) else "simulator/next_year.html"
    return templates.page(request, name, view)


@router.get("/me/pay/deal")
@router.get(CANDIDATE + "/deal")
def show_extra_deal(
    request: Request,
    context: CurrentSimulator,
    session: ReadSession,
    templates: TemplatesDep,
    form: AssumptionsQuery,
    deal_form: Annotated[ExtraDealForm, Depends()],
) -> HTMLResponse:
    """Show what one more deal would pay me, and when."""
    simulation, book = context.simulate(form), context.required_book
    query = parse_extra_deal(deal_form, book.ends_on)
    pipeline = deal_queries.pipeline(session, context.viewer.id)
    pipeline_deal = next((open_deal for open_deal in pipeline if open_deal.ulid == deal_form.deal), None)
    extra_deals = None
    if deal_form.is_asked and not query.problems and (query.amount or (pipeline_deal and pipeline_deal.amount)):
        deal = deal_of(query, pipeline_deal)
        try:
            extra_deals = pay_extra_deal(simulation.history, context.offers, book.window, deal)
        except UnexplainedError:
            raise UnexplainedFigureError from None
    view = _view(context, simulation) | {
        "deal_query": query,
        "pipeline": pipeline,
        "extra_deals": extra_deals,
        "pipeline_deal": pipeline_deal,
        "usual_wait": None if deal_form.is_asked else views.usual_wait(simulation.history.deals),
        "after_year": month_of(query.signed) >= book.window.first_month + MONTHS_IN_YEAR,
    }
    name = "simulator/_extra_deal.html" if is_fragment(request) else "simulator/extra_deal.html"
    return templates.page(request, name, view)


@router.get("/me/pay/statement")
@router.get(CANDIDATE + "/statement")
def show_statement(
    request: Request,
    context: CurrentSimulator,
    templates: TemplatesDep,
    form: AssumptionsQuery,
    statement_filter: Annotated[StatementFilter, Depends()],
) -> HTMLResponse:
    """Show every deal with the rules that applied and those that did not."""
    simulation = context.simulate(form)
    filtered = statement_view(_explain(simulation), statement_filter)
    currency = simulation.projection.currency
    ratios = pay_ratios(filtered.statement, currency).sentences(currency)
    plan = simulation.projection.offer.plan
    view = _view(context, simulation) | {
        "statement_view": filtered,
        "ratios": ratios,
        "tiers": tier_rows(filtered.statement, plan),
        "tier_differences": tier_differences(filtered.statement, plan),
    }
    name = "simulator/_statement.html" if is_fragment(request) else "simulator/statement.html"
    return templates.page(request, name, view)


@router.get("/me/pay/statement.csv")
@router.get(CANDIDATE + "/statement.csv")
def download_csv(context: CurrentSimulator, templates: TemplatesDep, form: AssumptionsQuery) -> Response:
    """Download the statement as CSV."""
    simulation = context.simulate(form)
    notes = simulation.projection.notes()
    text = as_csv(_explain(simulation), templates.language, context.offer.plan.currency, notes)
    headers = {"content-disposition": 'attachment; filename="statement.csv"'}
    # With the mark of UTF-8, without which spreadsheets garble accents.
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/me/pay/statement.xlsx")
@router.get(CANDIDATE + "/statement.xlsx")
async def download_workbook(
    context: CurrentSimulator, session: ReadSession, templates: TemplatesDep, form: AssumptionsQuery
) -> Response:
    """Download the statement as a workbook with live formulas; one is made at a time."""
    _spend_on_workbook(context)
    session.close()  # those who wait take no connection and no thread from others
    content = await to_thread.run_sync(partial(_workbook, context, templates, form), limiter=_ONE_WORKBOOK)
    headers = {"content-disposition": 'attachment; filename="statement.xlsx"'}
    return Response(content, media_type=WORKBOOK, headers=headers)


def _spend_on_workbook(context: SimulatorContext) -> None:
    """Raise InvalidError for a workbook that is too large, or TooManyError for more than a person's budget."""
    lines = len(context.required_book.history.deals) * max(len(context.offer.plan.components), 1)
    if lines > MAX_WORKBOOK_LINES:
        raise InvalidError(
            message(
                "The workbook would have {lines} lines, more than {most}. Download the CSV: it has the same amounts.",
                lines=lines,
                most=MAX_WORKBOOK_LINES,
            )
        )
    _WORKBOOKS.spend(context.viewer.id, lines)


def _workbook(context: SimulatorContext, templates: Templates, form: AssumptionsForm) -> bytes:
    from server.statements.workbook.book import as_workbook  # noqa: PLC0415 - it imports a large library

    simulation = context.simulate(form)
    plan = simulation.projection.offer.plan
    return as_workbook(_explain(simulation), simulation.history, plan, templates.language)


@router.get("/me/scenarios")
def list_scenarios(
    request: Request,
    viewer: PaidViewer,
    session: ReadSession,
    templates: TemplatesDep,
) -> HTMLResponse:
    """Compare my scenarios under every offer, after a row without assumptions."""
    context = simulator_context(session, viewer, None, "today")
    if not context.offers:
        return templates.page(request, "simulator/no_plan.html")
    saved = scenarios.scenarios_of(session, viewer.id)
    rows = [
        (None, context.simulate(AssumptionsForm())),
        *((scenario, context.simulate(scenarios.inputs_of(scenario))) for scenario in saved),
    ]
    return templates.page(request, "simulator/scenarios.html", {"simulator": context, "rows": rows})


@router.post("/scenarios")
def save_scenario(viewer: PaidViewer, database: DatabaseDep, form: Annotated[ScenarioForm, Form()]) -> Response:
    """Save the assumptions under a name."""
    fields = AssumptionsForm.__dataclass_fields__
    inputs = {name: value for name, value in parse_qsl(form.assumed.lstrip("?")) if name in fields}
    with database.writing() as session:
        scenarios.save(session, viewer.id, form.name, AssumptionsForm(**inputs))
        session.commit()
    return see_other("/me/scenarios")


@router.get("/scenarios/{ulid}")
def open_scenario(ulid: str, viewer: PaidViewer, session: ReadSession) -> Response:
    """Open a scenario, mine or one shared with me, on my own book."""
    inputs = scenarios.inputs_of(scenarios.by_ulid(session, ulid))
    return see_other(f"/me/pay?{urlencode(inputs.stated())}")


@router.post("/scenarios/{ulid}/delete")
def delete_scenario(
    ulid: str,
    viewer: PaidViewer,
    database: DatabaseDep,
    form: Annotated[EmptyForm, Form()],
) -> Response:
    """Delete one of my scenarios."""
    with database.writing() as session:
        scenarios.delete(session, viewer.id, ulid)
        session.commit()
    return see_other("/me/scenarios")


def _view(context: SimulatorContext, simulation: Simulation) -> dict[str, Any]:
    """Return what every screen of the simulator shows."""
    return {
        "simulator": context,
        "simulation": simulation,
        "projection": simulation.projection,
        "query": simulation.what_if.query,
    }


def _explain(simulation: Simulation) -> Statement:
    """Return the statement of the offer on screen; raises UnexplainedFigureError if its figures disagree."""
    try:
        return explain_projection(simulation.history, simulation.projection, simulation.book.window)
    except UnexplainedError:
        raise UnexplainedFigureError from None
