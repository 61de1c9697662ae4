"""What the screens of my pay are given."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from sqlmodel import Session

from server.comp.history import History
from server.comp.statements import DealStatement, Statement
from server.comp.wording import Sentence
from server.proposals.queries import Structure
from server.simulator import service
from server.simulator.charts import ColumnChart, LineChart, column_chart, line_chart
from server.simulator.forms import WhatIf
from server.simulator.projection import (
    Curve,
    Offer,
    Projection,
    UnexplainedError,
    break_even,
    curves,
    explained,
    project,
)
from server.simulator.service import OwnBook
from server.simulator.whatif import suppose


@dataclass(frozen=True, slots=True)
class Beside:
    """My pay beside a proposal: every offer, the payout curves, and the break-even in words."""

    book: OwnBook
    projections: list[Projection]
    chart: LineChart | None
    words: list[Sentence]

    def of(self, key: str) -> Projection | None:
        """Return what one candidate pays me."""
        return next((found for found in self.projections if found.offer.key == key), None)


def beside(session: Session, person_id: int, structures: list[Structure]) -> Beside | None:
    """Return my pay under today's plan and every candidate, or None without a plan or any data."""
    offers = service.offers(session, structures)
    if not offers or offers[0].key != "today":
        return None
    book = service.own_book(session, person_id, offers[0].plan)
    if book is None:
        return None
    try:
        projections = project(book.history, offers, book.window)
        lines = curves(book.history, offers, book.window, projections[0].attained)
    except (UnexplainedError, OverflowError):
        return None
    return Beside(book, projections, _chart(lines, projections[0].attained, 300, 150), _words(lines))


def _words(lines: list[Curve]) -> list[Sentence]:
    return [break_even(lines[0], line) for line in lines[1:]]


def _chart(lines: list[Curve], attained: Fraction | None, width: int, height: int) -> LineChart | None:
    return line_chart(lines, attained, width, height) if lines else None


def actuals(book: OwnBook, attained: Fraction | None) -> dict[str, str]:
    """Return what the what-if fields are without any assumption, as a person would type it."""
    deals = book.history.deals
    stars = [deal.rating for deal in deals if deal.rating]

    def share(count: int) -> str:
        return f"{100 * count / len(deals):.0f}" if deals else ""

    return {
        "attainment": f"{float(attained * 100):.0f}" if attained is not None else "",
        "aha": share(sum(deal.aha is not None for deal in deals)),
        "churn": share(sum(deal.churned is not None for deal in deals)),
        "rating": f"{sum(stars) / len(stars):.1f}" if stars else "",
    }


@dataclass(frozen=True, slots=True)
class Picture:
    """The simulator of one offer."""

    book: OwnBook
    what_if: WhatIf
    actual: dict[str, str]
    assumed: list[Sentence]
    projections: list[Projection]
    chosen: Projection
    today: Projection
    by_month: ColumnChart
    curve: LineChart | None
    words: list[Sentence]
    statement: Statement | None

    def promotions(self) -> list[tuple[int, str]]:
        """Return the months from which another level's terms hold, with its name."""
        held = self.statement.levels if self.statement else ()
        plan = self.chosen.offer.plan
        first = self.book.window.first_month
        return [
            (first + index, plan.levels[level].name)
            for index, (before, level) in enumerate(pairwise(held), start=1)
            if level != before
        ]

    @property
    def quota(self) -> int:
        """The quota that attainment is measured against: that of the level held last, in cents."""
        levels = {level.name: level.quota for level in self.chosen.offer.plan.levels}
        return levels[self.chosen.level]

    @property
    def deals(self) -> list[DealStatement]:
        """The deals that were signed or paid in the window, newest first."""
        if self.statement is None:
            return []
        shown = [found for found in self.statement.deals if found.touches(self.book.window)]
        return list(reversed(shown))


def supposed(book: OwnBook, today: Offer, what_if: WhatIf) -> History:
    """Return my history under the assumptions; attainment is measured against today's quota."""
    [now] = project(book.history, [today], book.window)
    return suppose(book.history, book.window, now.attained, what_if.assumed)


def picture(book: OwnBook, offers: list[Offer], key: str, what_if: WhatIf) -> Picture:
    """Return the simulator's view of one offer beside today's plan."""
    history = supposed(book, offers[0], what_if)
    projections = project(history, offers, book.window)
    chosen = next(found for found in projections if found.offer.key == key)
    today = projections[0]
    pair = [("today", today.by_month)] + ([(key, chosen.by_month)] if key != "today" else [])
    shown = [offer for offer in offers if offer.key in {"today", key}]
    lines = curves(history, shown, book.window, today.attained)
    try:
        statement: Statement | None = explained(history, chosen, book.window)
    except UnexplainedError:
        statement = None
    return Picture(
        book=book,
        what_if=what_if,
        actual=actuals(book, project(book.history, offers[:1], book.window)[0].attained),
        assumed=what_if.assumed.sentences(),
        projections=projections,
        chosen=chosen,
        today=today,
        by_month=column_chart(pair, book.window.first_month),
        curve=_chart(lines, today.attained, 640, 260),
        words=_words(lines),
        statement=statement,
    )
