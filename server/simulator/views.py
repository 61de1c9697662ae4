"""What the screens of my pay are given."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low

from sqlmodel import Session

from server.books.offers import Offer, load_offers
from server.books.own_book import OwnBook, own_book
from server.charts.bar_chart import BarChart, bar_chart
from server.charts.line_chart import CumulativeChart, LineChart, cumulative_chart, line_chart
from server.charts.year_charts import DotPlot, FanChart, dot_plot, fan_chart
from server.comp.analysis.curve_features import Curve, break_even, jumps, plateau, top_cliffs, unmarked_note
from server.comp.analysis.payout_curve import SPARSE
from server.comp.history import Book, Deal, History, book_of
from server.comp.plan import Plan
from server.comp.statements import DealStatement, Statement
from server.documents.queries import CandidateView
from server.messages import Message, message
from server.simulator.assumptions import apply_assumptions
from server.simulator.curves import COMPARED_ATTAINMENTS, full_curves
from server.simulator.forecast import Forecast, forecast
from server.simulator.forms import StatementFilter, WhatIf
from server.simulator.projection import Projection, UnexplainedError, attainment, explain_projection, project


@dataclass(frozen=True, slots=True)
class MyPayBox:
    """My pay beside a proposal: every offer, the payout curves, and the break-even in words."""

    book: OwnBook
    projections: list[Projection]
    chart: LineChart | None
    words: list[Message]

    def of(self, key: str) -> Projection | None:
        """Return what one candidate pays me."""
        return next((found for found in self.projections if found.offer.key == key), None)


def my_pay_box(
    session: Session, person_id: int, structures: list[CandidateView], *, with_curves: bool = True
) -> MyPayBox | None:
    """Return my pay under today's plan and every candidate, or None without a plan or any data."""
    offers = load_offers(session, structures)
    if not offers or offers[0].key != "today":
        return None
    book = own_book(session, person_id, offers[0].plan)
    if book is None:
        return None
    try:
        year = book_of([book.history])
        at = dict.fromkeys((offer.key for offer in offers), SPARSE) if with_curves else None
        projections = project(book.history, offers, book.window, year, at)
        lines = full_curves(year, projections, book.window) if with_curves else []
    except (UnexplainedError, OverflowError):
        return None
    chart = line_chart(lines, projections[0].attained, (300, 150)) if lines else None
    return MyPayBox(book, projections, chart, _words(lines))


def _words(lines: list[Curve]) -> list[Message]:
    return [break_even(lines[0], line) for line in lines[1:]]


def simulator_actuals(book: OwnBook, today: Plan) -> dict[str, str]:
    """Return what the what-if fields are without any assumption, as a person would type it."""
    deals = book.history.deals
    attained = attainment(book.history, book_of([book.history]), today, book.window)
    stars = [deal.rating for deal in deals if deal.rating]
    waits = [(deal.aha - deal.signed).days for deal in deals if deal.aha]

    def share(count: int) -> str:
        return f"{100 * count / len(deals):.0f}" if deals else ""

    return {
        "attainment": f"{float(attained * 100):.0f}" if attained is not None else "",
        "deals": "100",
        "size": "100",
        "expansion": share(sum(deal.kind == "expansion" for deal in deals)),
        "aha": share(sum(deal.aha is not None for deal in deals)),
        "aha_days": f"{sum(waits) / len(waits):.0f}" if waits else "",
        "churn": share(sum(deal.churned is not None for deal in deals)),
        "rating": f"{sum(stars) / len(stars):.1f}" if stars else "",
    }


def usual_wait(deals: Sequence[Deal]) -> int | None:
    """Return the days that customers usually take to their aha moment; None when most have not reached it."""
    waits = [(deal.aha - deal.signed).days for deal in deals if deal.aha]
    return median_low(waits) if 2 * len(waits) > len(deals) else None


@dataclass(frozen=True, slots=True)
class SimulatorView:
    """A book under assumptions, held against the offers; `key` says which one the screen is about.

    `year` is the history as arrays.
    """

    book: OwnBook
    what_if: WhatIf
    history: History
    year: Book
    offers: list[Offer]
    key: str
    projections: list[Projection]

    @property
    def chosen(self) -> Projection:
        """The offer that the screen is about."""
        return next(found for found in self.projections if found.offer.key == self.key)

    @property
    def today(self) -> Projection:
        """Today's plan."""
        return self.projections[0]

    @property
    def shown(self) -> list[Projection]:
        """Today's plan and the chosen one."""
        return [found for found in self.projections if found.offer.key in {"today", self.key}]

    @property
    def parts(self) -> list[tuple[Message, list[int | None]]]:
        """The parts that pay is made of, each with its cents by offer; None where an offer has no such part."""
        labels = {str(label): label for found in self.projections for label, _ in found.by_element}
        every = [{str(label): cents for label, cents in found.by_element} for found in self.projections]
        return [(label, [cents.get(name) for cents in every]) for name, label in labels.items()]

    @property
    def assumed(self) -> list[Message]:
        """What is assumed, in words."""
        return self.what_if.assumed.sentences()

    @property
    def quota(self) -> int:
        """The yearly quota that attainment is measured against, in cents."""
        return self.chosen.quota

    @property
    def promotions(self) -> list[tuple[int, str, bool]]:
        """The months from which another level's terms hold, its name, and whether its milestones were met."""
        levels, first = self.chosen.offer.plan.levels, self.book.window.first_month
        return [
            (first + index, levels[level].name, levels[level].reached_at is not None)
            for index, (before, level) in enumerate(pairwise(self.chosen.levels), start=1)
            if level != before
        ]

    @property
    def has_own_quota(self) -> bool:
        """Whether that quota is the person's own, not the level's."""
        levels = {level.name: level.quota for level in self.chosen.offer.plan.levels}
        return self.quota != levels[self.chosen.level]


def simulate(
    book: OwnBook, offers: list[Offer], key: str, what_if: WhatIf, *, with_curves: bool = False
) -> SimulatorView:
    """Change a book as assumed and pay it under every offer; attainment is measured against today's quota.

    With curves it is also paid at the attainments that `picture` needs.
    """
    today = offers[0].plan

    def attained(history: History) -> Fraction | None:
        return attainment(history, book_of([history]), today, book.window)

    history = apply_assumptions(book.history, book.window, attained, what_if.assumed)
    year = book_of([history])
    if what_if.assumed.attainment and not attainment(history, year, today, book.window):
        what_if = what_if.without_attainment(message("There are no deals to bring it about with."))
    at = (
        {offer.key: SPARSE if offer.key in {"today", key} else COMPARED_ATTAINMENTS for offer in offers}
        if with_curves
        else None
    )
    return SimulatorView(book, what_if, history, year, offers, key, project(history, offers, book.window, year, at))


@dataclass(frozen=True, slots=True)
class SimulatorDetails:
    """The simulator of one offer."""

    by_month: BarChart
    running: CumulativeChart
    curve: LineChart | None
    words: list[Message]
    at: list[tuple[Fraction, list[int]]]
    statement: Statement | None


def simulator_details(found: SimulatorView) -> SimulatorDetails:
    """Return the simulator's view of the chosen offer beside today's plan."""
    window, chosen, attained = found.book.window, found.chosen, found.today.attained
    drawn = full_curves(found.year, found.shown, window)
    words, marks = [], []
    if drawn:
        mine = next(line for line in drawn if line.key == found.key)
        steps = jumps(mine, chosen.currency)
        marks = top_cliffs(steps)
        words = _words(drawn) + [cliff.sentence() for cliff in marks]
        words += [said for said in (unmarked_note(steps), plateau(mine, chosen.currency)) if said]
    try:
        statement: Statement | None = explain_projection(found.history, chosen, window, trace=False)
    except UnexplainedError:
        statement = None
    return SimulatorDetails(
        by_month=bar_chart([(one.offer.key, one.by_month) for one in found.shown], window.first_month),
        running=cumulative_chart(
            [(one.offer.key, one.offer.name, one.by_month) for one in found.shown], window.first_month
        ),
        curve=line_chart(drawn, attained, cliffs=marks, key=found.key, total=chosen.total) if drawn else None,
        words=words,
        at=[(share, [_pays_at(share, one) for one in found.projections]) for share in COMPARED_ATTAINMENTS]
        if drawn
        else [],
        statement=statement,
    )


def _pays_at(share: Fraction, found: Projection) -> int:
    """Return the cents at an attainment of `AT`, which each offer was paid at."""
    return found.by_attainment[
        (COMPARED_ATTAINMENTS if len(found.by_attainment) == len(COMPARED_ATTAINMENTS) else SPARSE).index(share)
    ]


@dataclass(frozen=True, slots=True)
class NextYearView:
    """The next year of every offer as twenty dots, and of the chosen one as a fan."""

    outlook: Forecast
    dots: DotPlot
    fan: FanChart


def next_year_view(found: SimulatorView, peers: Sequence[History]) -> NextYearView | None:
    """Return the next year, or None when there are no deals to draw from."""
    emptied = not found.history.deals and bool(found.book.history.deals)
    is_reference = bool(found.book.reference_level)
    drawn = forecast(
        found.history, () if emptied else peers, found.offers, found.book.window, is_reference=is_reference
    )
    if drawn is None:
        return None
    dots = dot_plot([(f.offer.key, f.offer.letter, f.offer.name, f.dots) for f in drawn.futures])
    return NextYearView(drawn, dots, fan_chart(drawn.of(found.key).fan, drawn.window.first_month))


PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement as it is shown: the deals that a sieve lets through, a page of them, and what they come to."""

    statement: Statement
    sieve: StatementFilter
    deals: list[DealStatement]
    found: int
    paid: int
    every: int
    every_paid: int

    @property
    def others(self) -> int:
        """Cents that no deal paid: base pay and what is paid at month ends."""
        return self.statement.total - self.every_paid

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(-(-self.found // PAGE_SIZE), 1)


def statement_view(statement: Statement, sieve: StatementFilter) -> StatementView:
    """Return the part of a statement that is asked for."""
    window = statement.window
    every = [found for found in statement.deals if found.touches(window)]
    words = sieve.find.strip().casefold()
    through = [
        found
        for found in every
        if (not words or words in f"{found.deal.customer} {found.deal.id} {found.deal.product}".casefold())
        and (not sieve.kind or found.deal.kind == sieve.kind)
        and (not sieve.state or any(line.state == sieve.state and line.cents for line in found.lines))
    ]
    through.sort(key=lambda found: (found.deal.signed, found.deal.id))
    if sieve.order == "newest":
        through.reverse()
    elif sieve.order == "amount":
        through.sort(key=lambda found: -found.deal.arr)
    elif sieve.order == "paid":
        through.sort(key=lambda found: -found.paid_in(window))
    first = (min(sieve.page, max(-(-len(through) // PAGE_SIZE), 1)) - 1) * PAGE_SIZE
    return StatementView(
        statement,
        sieve,
        through[first : first + PAGE_SIZE],
        len(through),
        sum(found.paid_in(window) for found in through),
        len(every),
        sum(found.paid_in(window) for found in every),
    )
