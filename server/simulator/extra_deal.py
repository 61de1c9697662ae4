"""What one more deal would pay under every offer, and in which months."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from server.books.offers import Offer
from server.comp import Deal, DealStatement, History, Window, explain
from server.comp.analysis.payout_curve import next_deal
from server.comp.calendar import MONTHS_IN_YEAR, later
from server.comp.mechanics.measures import MEASURES
from server.deals.queries import OpenDeal
from server.simulator.assumptions import RATED_AFTER
from server.simulator.forms import ExtraDealQuery
from server.simulator.projection import UnexplainedError

MONTHS_FOLLOWED = 3 * MONTHS_IN_YEAR
"""Months from the window's first in which the payments of the deal are counted."""
DEFAULT_ID = "extra deal"


@dataclass(frozen=True, slots=True)
class ExtraDeal:
    """What the deal adds under one offer: cents in total, by each month in which pay changes, and why."""

    offer: Offer
    total: int
    months: tuple[tuple[int, int], ...]
    statement: DealStatement

    @property
    def indirect(self) -> int:
        """Cents that other deals or period ends pay because of this deal."""
        return self.total - sum(line.cents for line in self.statement.lines if line.state == "paid")


def deal_of(query: ExtraDealQuery, open_deal: OpenDeal | None) -> Deal:
    """Return the deal for the engine: an open deal of the rep with the queried changes, or a new one.

    An open deal without an amount has the list price of its product.
    """
    new = Deal(id=DEFAULT_ID, signed=query.signed, kind=query.typed.kind or "new")
    base = replace(open_deal.deal, arr=open_deal.amount) if open_deal else new
    if query.amount:  # what is typed is in the plan's currency, and replaces what the CRM states in money
        counts = tuple((name, number) for name, number in base.amounts if not MEASURES[name].is_money)
        base = replace(base, currency="", amounts=counts)
    return replace(
        base,
        id=base.id or DEFAULT_ID,
        signed=query.signed,
        kind=query.typed.kind or base.kind,
        arr=query.amount or base.arr,
        term=query.term or base.term,
        aha=None if query.aha_after is None else query.signed + timedelta(days=query.aha_after),
        paid=query.signed,
        live=query.signed,
        rating=query.stars,
        rated=later(query.signed, RATED_AFTER) if query.stars else None,
    )


def pay_extra_deal(history: History, offers: Sequence[Offer], window: Window, deal: Deal) -> list[ExtraDeal]:
    """Pay a rep with and without one more deal and return the difference, in whichever month it is paid."""
    window = Window(window.first_month, MONTHS_FOLLOWED)
    existing_ids = {existing.id for existing in history.deals}
    extra = replace(deal, id=f"{deal.id} *" if deal.id in existing_ids else deal.id)
    extended = replace(history, deals=(*history.deals, extra))
    results = []
    for offer in offers:
        try:
            total, by_month = next_deal(history, offer.plan, window, extra)
            explained = explain(extended, offer.plan, window)
        except (OverflowError, ValueError) as error:
            raise UnexplainedError from error
        statement = next(statement for statement in explained.deals if statement.deal.id == extra.id)
        months = tuple((window.first_month + index, cents) for index, cents in enumerate(by_month) if cents)
        results.append(ExtraDeal(offer, total, months, statement))
    return results
