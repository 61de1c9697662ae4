"""Screens of my pay: the fragment beside a proposal, the simulator, next year, one more deal, the statement."""

from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from server.books.own_book import open_deal
from server.books.peers import peers
from server.comp.calendar import MONTHS_IN_YEAR, month_of
from server.comp.statements import Statement
from server.deals import queries as deal_queries
from server.documents import queries as document_queries
from server.errors import NotFoundError, UnexplainedFigureError
from server.people.access import Rep
from server.people.direct import Asked, DirectForReps
from server.people.forms import Nothing
from server.simulator import scenarios, views
from server.simulator.dependencies import Here, Place, asked_at, place_of
from server.simulator.extra_deal import deal_of, one_more
from server.simulator.forms import ScenarioForm, Sieve, Typed, TypedDeal, understand_deal
from server.simulator.projection import UnexplainedError, explained
from server.simulator.views import Simulated
from server.statements.csv import as_csv
from server.web.dependencies import Data, Number, Pages, Reading
from server.web.responses import is_fragment, see_other

router = APIRouter()
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CANDIDATE = "/proposals/{slug}/candidates/{key}"
Assumed = Annotated[Typed, Depends()]


@router.get("/proposals/{slug}/pay")
def my_pay_beside(
    slug: str, request: Request, viewer: Rep, session: Reading, pages: Pages, v: Number | None = None
) -> HTMLResponse:
    """Show what every candidate of a version would have paid me; the page puts it beside the words."""
    edition = document_queries.edition(session, slug, v)
    if edition is None:
        raise NotFoundError
    mine = views.beside(session, viewer.id, document_queries.structures(session, edition.version_id))
    return pages.page(request, "simulator/_beside.html", {"mine": mine, "edition": edition, "out_of_band": True})


def simulator(asked: Asked) -> Response:
    """Show an offer on my own last twelve months, under the assumptions in the address.

    A slider is answered with the figures; the picture follows, and takes them back if the statement disagrees.
    """
    request, pages, here = asked.request, asked.pages, asked_at(asked)
    if not here.offers:
        return pages.page(request, "simulator/no_plan.html")
    typed = asked.query(Typed)
    if is_fragment(request):
        figures = here.simulated(typed)
        answer = pages.page(request, "simulator/_redrawn.html", _view(here, figures))
        answer.headers["hx-replace-url"] = here.screen + figures.what_if.query
        return answer
    found = here.simulated(typed, with_curves=True)
    view = _view(here, found) | {"picture": views.picture(found)}
    kept = scenarios.of_person(asked.session, here.viewer.id)
    actual = views.actuals(here.owned, here.offers[0].plan)
    return pages.page(request, "simulator/show.html", view | {"scenarios": kept, "actual": actual})


def picture(asked: Asked) -> Response:
    """Draw the charts behind the figures; by itself it is a part of the simulator's page."""
    here = asked_at(asked)
    found = here.simulated(asked.query(Typed), with_curves=True)
    if not is_fragment(asked.request):
        return see_other(here.screen + found.what_if.query)
    view = _view(here, found) | {"picture": views.picture(found)}
    return asked.pages.page(asked.request, "simulator/_drawn.html", view)


DIRECT_CANDIDATE = "/proposals/{slug:text}/candidates/{key}"
direct = [
    DirectForReps(path + last, answer)
    for answer, last in ((simulator, ""), (picture, "/picture"))
    for path in ("/me/pay", DIRECT_CANDIDATE + "/simulator")
]


@router.get("/me/pay/next-year")
@router.get(CANDIDATE + "/next-year")
def next_year(request: Request, here: Here, session: Reading, pages: Pages, typed: Assumed) -> HTMLResponse:
    """Show twenty equally likely next years under every offer."""
    found = here.simulated(typed)
    try:
        coming = views.next_year(found, peers(session, here.viewer.id, here.owned))
    except UnexplainedError:
        raise UnexplainedFigureError from None
    view = _view(here, found) | {"coming": coming}
    name = "simulator/_next_year.html" if is_fragment(request) else "simulator/next_year.html"
    return pages.page(request, name, view)


@router.get("/me/pay/deal")
@router.get(CANDIDATE + "/deal")
def one_deal(
    request: Request,
    here: Here,
    session: Reading,
    pages: Pages,
    typed: Assumed,
    typed_deal: Annotated[TypedDeal, Depends()],
) -> HTMLResponse:
    """Show what one more deal would pay me, and when."""
    found = here.simulated(typed)
    asked = understand_deal(typed_deal, here.owned.ends_on)
    pipeline = deal_queries.pipeline(session, here.viewer.id)
    known = next((open_deal(deal, name) for deal, name in pipeline if deal.ulid == typed_deal.deal), None)
    added = None
    if typed_deal.is_asked and not asked.problems and (asked.amount or (known and known.arr)):
        try:
            added = one_more(found.history, here.offers, here.owned.window, deal_of(asked, known))
        except UnexplainedError:
            raise UnexplainedFigureError from None
    view = _view(here, found) | {"asked": asked, "pipeline": pipeline, "added": added, "known": known}
    view["usual_wait"] = None if typed_deal.is_asked else views.usual_wait(found.history.deals)
    view["after_year"] = month_of(asked.signed) >= here.owned.window.first_month + MONTHS_IN_YEAR
    name = "simulator/_deal.html" if is_fragment(request) else "simulator/deal.html"
    return pages.page(request, name, view)


@router.get("/me/pay/statement")
@router.get(CANDIDATE + "/statement")
def statement(
    request: Request, here: Here, pages: Pages, typed: Assumed, sieve: Annotated[Sieve, Depends()]
) -> HTMLResponse:
    """Show every deal with the rules that fired and those that did not."""
    found = here.simulated(typed)
    view = _view(here, found) | {"sifted": views.sifted(_explained(found), sieve)}
    name = "simulator/_statement.html" if is_fragment(request) else "simulator/statement.html"
    return pages.page(request, name, view)


@router.get("/me/pay/statement.csv")
@router.get(CANDIDATE + "/statement.csv")
def statement_file(here: Here, pages: Pages, typed: Assumed) -> PlainTextResponse:
    """Hand the statement out as CSV."""
    text = as_csv(_explained(here.simulated(typed)), pages.language)
    headers = {"content-disposition": 'attachment; filename="statement.csv"'}
    return PlainTextResponse(text, media_type="text/csv", headers=headers)


@router.get("/me/pay/statement.xlsx")
@router.get(CANDIDATE + "/statement.xlsx")
def statement_workbook(here: Here, pages: Pages, typed: Assumed) -> Response:
    """Hand the statement out as a workbook with live formulas."""
    from server.statements.workbook.book import as_workbook  # noqa: PLC0415 - few ask for it, and it loads a library

    found = here.simulated(typed)
    content = as_workbook(_explained(found), found.history, found.chosen.offer.plan, pages.language)
    headers = {"content-disposition": 'attachment; filename="statement.xlsx"'}
    return Response(content, media_type=WORKBOOK, headers=headers)


@router.get("/me/scenarios")
def my_scenarios(request: Request, viewer: Rep, session: Reading, pages: Pages) -> HTMLResponse:
    """Compare my scenarios under every offer."""
    here = place_of(session, viewer, None, "today")
    if not here.offers:
        return pages.page(request, "simulator/no_plan.html")
    kept = scenarios.of_person(session, viewer.id)
    rows = [(None, here.simulated(Typed())), *((one, here.simulated(scenarios.typed_of(one))) for one in kept)]
    return pages.page(request, "simulator/scenarios.html", {"here": here, "rows": rows})


@router.post("/scenarios")
def keep_scenario(viewer: Rep, data: Data, form: Annotated[ScenarioForm, Form()]) -> Response:
    """Keep the assumptions under a name."""
    fields = Typed.__dataclass_fields__
    typed = Typed(**{name: value for name, value in parse_qsl(form.assumed.lstrip("?")) if name in fields})
    with data.writing() as session:
        scenarios.keep(session, viewer.id, form.name, typed)
        session.commit()
    return see_other("/me/scenarios")


@router.get("/scenarios/{ulid}")
def open_scenario(ulid: str, viewer: Rep, session: Reading) -> Response:
    """Open a scenario, mine or one shared with me, on my own book."""
    del viewer
    typed = scenarios.typed_of(scenarios.by_ulid(session, ulid))
    return see_other(f"/me/pay?{urlencode(typed.stated())}")


@router.post("/scenarios/{ulid}/delete")
def throw_scenario_away(ulid: str, viewer: Rep, data: Data, form: Annotated[Nothing, Form()]) -> Response:
    """Throw one of my scenarios away."""
    del form
    with data.writing() as session:
        scenarios.throw_away(session, viewer.id, ulid)
        session.commit()
    return see_other("/me/scenarios")


def _view(here: Place, found: Simulated) -> dict[str, Any]:
    return {"here": here, "mine": found, "chosen": found.chosen, "query": found.what_if.query}


def _explained(found: Simulated) -> Statement:
    try:
        return explained(found.history, found.chosen, found.book.window)
    except UnexplainedError:
        raise UnexplainedFigureError from None
