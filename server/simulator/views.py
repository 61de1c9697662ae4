"""View models of the simulator's screens."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median_low

from sqlmodel import Session

from server.books.offers import TODAY, load_offers
from server.books.own_book import OwnBook, own_book
from server.charts.bar_chart import BarChart, bar_chart
from server.charts.cumulative_chart import CumulativeChart, cumulative_chart
from server.charts.dot_plot import DotPlot, dot_plot
from server.charts.fan_chart import FanChart, fan_chart
from server.charts.line_chart import LineChart, line_chart
from server.comp import Deal, History, Plan, Statement, book_of
from server.comp.analysis.curve_features import Curve, break_even, jumps, plateau, top_cliffs, unmarked_note
from server.comp.analysis.payout_curve import SPARSE
from server.documents.queries import CandidateView
from server.messages import Message
from server.simulator.curves import COMPARED_ATTAINMENTS, full_curves
from server.simulator.forecast import Forecast, forecast
from server.simulator.projection import (
    Comparison,
    Projection,
    UnexplainedError,
    attainment,
    explain_projection,
    project,
)
from server.simulator.simulation import Simulation


@dataclass(frozen=True, slots=True)
class MyPayBox:
    """My pay on a proposal: every offer, the payout curves, and the break-even points as sentences."""

    book: OwnBook
    projections: list[Projection]
    chart: LineChart | None
    sentences: list[Message]

    def of(self, key: str) -> Projection | None:
        """Return what one candidate pays me."""
        return next((projection for projection in self.projections if projection.offer.key == key), None)


def my_pay_box(
    session: Session, person_id: int, candidates: list[CandidateView], *, with_curves: bool = True
) -> MyPayBox | None:
    """Return a person's pay under today's plan and every candidate, or None without a plan or data."""
    offers = load_offers(session, candidates, person_id)
    if not offers:
        return None
    book = own_book(session, person_id, offers[0].plan)
    if book is None:
        return None
    try:
        year = book_of([book.history])
        attainments = dict.fromkeys((offer.key for offer in offers), SPARSE) if with_curves else None
        projections = project(book.history, offers, book.window, year, attainments, Comparison(recorded=book.recorded))
        curves = full_curves(year, projections, book.window) if with_curves else []
    except (UnexplainedError, OverflowError):
        return None
    chart = line_chart(curves, projections[0].attained, (300, 150)) if curves else None
    return MyPayBox(book, projections, chart, _break_evens(curves, projections))


def _break_evens(curves: list[Curve], projections: Sequence[Projection]) -> list[Message]:
    """Return a sentence for each candidate's curve that may be compared with today's, which is the first then."""
    comparable = {projection.offer.key for projection in projections if projection.difference is not None}
    if not curves or curves[0].key != TODAY or TODAY not in comparable:
        return []
    return [break_even(curves[0], curve) for curve in curves[1:] if curve.key in comparable]


def simulator_actuals(book: OwnBook, plan: Plan) -> dict[str, str]:
    """Return the actual values of the what-if fields, in the form a person would type them."""
    deals = book.history.deals
    attained = attainment(book.history, book_of([book.history]), plan, book.window)
    ratings = [deal.rating for deal in deals if deal.rating]
    aha_days = [(deal.aha - deal.signed).days for deal in deals if deal.aha]

    def percent(count: int) -> str:
        return f"{100 * count / len(deals):.0f}" if deals else ""

    return {
        "attainment": f"{float(attained * 100):.0f}" if attained is not None else "",
        "deals": "100",
        "size": "100",
        "expansion": percent(sum(deal.kind == "expansion" for deal in deals)),
        "aha": percent(sum(deal.aha is not None for deal in deals)),
        "aha_days": f"{sum(aha_days) / len(aha_days):.0f}" if aha_days else "",
        "churn": percent(sum(deal.churned is not None for deal in deals)),
        "rating": f"{sum(ratings) / len(ratings):.1f}" if ratings else "",
    }


def usual_wait(deals: Sequence[Deal]) -> int | None:
    """Return the median days from signing to the aha moment, or None if most customers never reached it."""
    aha_days = [(deal.aha - deal.signed).days for deal in deals if deal.aha]
    return median_low(aha_days) if 2 * len(aha_days) > len(deals) else None


@dataclass(frozen=True, slots=True)
class SimulatorDetails:
    """The charts, sentences and tables of the offer on screen."""

    by_month: BarChart
    cumulative: CumulativeChart
    curve: LineChart | None
    sentences: list[Message]
    pay_by_attainment: list[tuple[Fraction, list[int]]]
    statement: Statement | None


def simulator_details(simulation: Simulation) -> SimulatorDetails:
    """Return the details of the offer on screen, compared with today's plan.

    The simulation must have been made with curves.
    """
    window, projection, compared = simulation.book.window, simulation.projection, simulation.compared
    curves = full_curves(simulation.year, compared, window)
    chart, sentences = _curve_details(simulation, curves) if curves else (None, [])
    try:
        statement: Statement | None = explain_projection(simulation.history, projection, window, trace=False)
    except UnexplainedError:
        statement = None
    pay_by_attainment = [
        (share, [_pay_at(share, shown) for shown in simulation.projections])
        for share in (COMPARED_ATTAINMENTS if curves else ())
    ]
    return SimulatorDetails(
        by_month=bar_chart(
            [(shown.offer.key, shown.by_month) for shown in compared],
            window.first_month,
        ),
        cumulative=cumulative_chart(
            [(shown.offer.key, shown.offer.name, shown.by_month) for shown in compared],
            window.first_month,
        ),
        curve=chart,
        sentences=sentences,
        pay_by_attainment=pay_by_attainment,
        statement=statement,
    )


def _curve_details(simulation: Simulation, curves: list[Curve]) -> tuple[LineChart, list[Message]]:
    """Return the chart of the curves, and sentences on where plans cross, pay jumps and pay stops growing."""
    projection = simulation.projection
    curve = next(curve for curve in curves if curve.key == simulation.key)
    cliffs = jumps(curve, projection.currency)
    marked = top_cliffs(cliffs)
    chart = line_chart(curves, simulation.measured.attained, cliffs=marked, key=simulation.key, total=projection.total)
    sentences = _break_evens(curves, simulation.projections) + [cliff.sentence() for cliff in marked]
    notes = (unmarked_note(cliffs), plateau(curve, projection.currency))
    return chart, sentences + [note for note in notes if note]


def _pay_at(share: Fraction, projection: Projection) -> int:
    """Return the cents at one of COMPARED_ATTAINMENTS, at which each offer was paid."""
    is_compared_only = len(projection.by_attainment) == len(COMPARED_ATTAINMENTS)
    attainments = COMPARED_ATTAINMENTS if is_compared_only else SPARSE
    return projection.by_attainment[attainments.index(share)]


@dataclass(frozen=True, slots=True)
class NextYearView:
    """The forecast, a dot plot of every offer, and a fan chart of the offer on screen."""

    forecast: Forecast
    dots: DotPlot
    fan: FanChart
    compared: frozenset[str]
    """The keys of the offers that may be compared with today's plan."""


def next_year_view(simulation: Simulation, peers: Sequence[History]) -> NextYearView | None:
    """Return the next year, or None if there are no deals to sample from.

    Peers are not used when the assumptions leave the rep without any deals.
    """
    assumed_away = not simulation.history.deals and bool(simulation.book.history.deals)
    next_year_forecast = forecast(
        simulation.history,
        () if assumed_away else peers,
        simulation.offers,
        simulation.book.window,
        is_reference=bool(simulation.book.reference_level),
    )
    if next_year_forecast is None:
        return None
    futures = [(future.offer, future.dots) for future in next_year_forecast.futures]
    dots = dot_plot([(offer.key, offer.letter, offer.name, years) for offer, years in futures])
    fan = fan_chart(next_year_forecast.of(simulation.key).fan, next_year_forecast.window.first_month)
    compared = frozenset(shown.offer.key for shown in simulation.projections if shown.difference is not None)
    return NextYearView(next_year_forecast, dots, fan, compared)
