"""One more deal: what it would pay under every offer, and in which months; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from server.books.offers import Offer
from server.comp.analysis.payout_curve import next_deal
from server.comp.calendar import MONTHS_IN_YEAR, Window, later
from server.comp.explain.rep import explain
from server.comp.history import Deal, History
from server.comp.statements import DealStatement
from server.simulator.assumptions import RATED_AFTER
from server.simulator.forms import ExtraDealQuery
from server.simulator.projection import UnexplainedError

FOLLOWED = 3 * MONTHS_IN_YEAR
"""Months from the window's first in which the money of the deal is looked for."""
NAME = "one more deal"


@dataclass(frozen=True, slots=True)
class ExtraDeal:
    """What the deal adds under one offer: cents in all, and the months in which pay changes with their cents."""

    offer: Offer
    total: int
    months: tuple[tuple[int, int], ...]
    own: DealStatement

    @property
    def elsewhere(self) -> int:
        """Cents that come from other deals or from period ends because of this deal."""
        return self.total - sum(line.cents for line in self.own.lines if line.state == "paid")


def deal_of(asked: ExtraDealQuery, known: Deal | None) -> Deal:
    """Return the deal for the engine: one of my open ones, or one typed in, signed on the stated day."""
    base = known or Deal(id=NAME, signed=asked.signed, kind=asked.typed.kind or "new")
    return replace(
        base,
        id=base.id or NAME,
        signed=asked.signed,
        arr=asked.amount or base.arr,
        term=asked.term,
        aha=None if asked.aha_after is None else asked.signed + timedelta(days=asked.aha_after),
        paid=asked.signed,
        live=asked.signed,
        rating=asked.stars,
        rated=later(asked.signed, RATED_AFTER) if asked.stars else None,
    )


def pay_extra_deal(history: History, offers: Sequence[Offer], window: Window, deal: Deal) -> list[ExtraDeal]:
    """Pay a rep with and without one more deal; the difference is what it adds, wherever it shows."""
    followed = Window(window.first_month, FOLLOWED)
    known = {one.id for one in history.deals}
    fresh = replace(deal, id=f"{deal.id} *" if deal.id in known else deal.id)
    grown = replace(history, deals=(*history.deals, fresh))
    found = []
    for offer in offers:
        try:
            total, by_month = next_deal(history, offer.plan, followed, fresh)
            own = next(one for one in explain(grown, offer.plan, followed).deals if one.deal.id == fresh.id)
        except (OverflowError, ValueError) as error:
            raise UnexplainedError from error
        months = tuple((followed.first_month + place, cents) for place, cents in enumerate(by_month) if cents)
        found.append(ExtraDeal(offer, total, months, own))
    return found
