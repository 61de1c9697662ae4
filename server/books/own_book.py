"""A person's own book and the offers to hold it against."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from sqlmodel import Session

from server.comp import history
from server.comp.analysis.reference_year import reference_year
from server.comp.calendar import Window, month_of
from server.comp.history import History, LevelSince, Person
from server.comp.plan import Plan
from server.deals import queries as deal_queries
from server.deals.models import Deal
from server.messages import Message, message
from server.people import queries as people_queries


@dataclass(frozen=True, slots=True)
class OwnBook:
    """Somebody's history, the window it is looked at through, and what it rests on."""

    history: History
    window: Window
    ends_on: date
    deals_in_window: int
    reference_level: str = ""

    def missing_data(self) -> list[Message]:
        """Say what the data does not have and what stands in for it, so that nobody takes a guess for a fact."""
        if self.reference_level:
            return [
                message(
                    "You have no deals yet. This shows a reference year: twelve even deals that come to exactly 100% of"
                    " the quota of {level}; every customer reaches the aha moment within 30 days and stays, and"
                    " no buyer gives a rating.",
                    level=self.reference_level,
                )
            ]
        said = []
        first = min(month_of(deal.signed) for deal in self.history.deals)
        if first > self.window.first_month:
            months = first - self.window.first_month
            said.append(
                message(
                    "Your first deal is of {day}; in the {months} months before there was nothing to pay commission"
                    " on.",
                    day=min(deal.signed for deal in self.history.deals),
                    months=months,
                )
            )
        if not any(deal.aha for deal in self.history.deals):
            said.append(message("The data has no aha moments; what waits for one is not paid here."))
        if not any(deal.rating for deal in self.history.deals):
            said.append(message("The data has no buyers' ratings; extras for them are not paid here."))
        if not any(deal.churned for deal in self.history.deals):
            said.append(message("The data has no customers who left; nothing is taken back here."))
        return said


def own_book(session: Session, person_id: int, today: Plan) -> OwnBook | None:
    """Return a person's own book; None when the company has no data at all."""
    ends_on = deal_queries.data_end(session, person_id)
    if ends_on is None:
        return None
    window = Window.ending(ends_on)
    ranks = {level.name.casefold(): rank for rank, level in enumerate(today.levels)}
    spells = tuple(
        LevelSince(month_of(since), level, ranks.get(level.casefold(), 0))
        for since, level in people_queries.level_history(session, person_id)
    )
    person = people_queries.person_facts(session, [person_id]).get(person_id, Person())
    own = History(str(person_id), deal_queries.book(session, person_id), spells, person)
    if not own.deals:
        return _reference_book(own, today, window, ends_on)
    return OwnBook(own, window, ends_on, _inside(own, window))


def _inside(own: History, window: Window) -> int:
    return sum(window.index(month_of(deal.signed)) is not None for deal in own.deals)


def _reference_book(own: History, today: Plan, window: Window, ends_on: date) -> OwnBook:
    """Let a reference year stand in for somebody without any deals, at the level they hold."""
    held = own.levels[-1].rank if own.levels else 0
    level = min(held, len(today.levels) - 1)
    made = reference_year(replace(today, year=window.first_month), level, Fraction(1))
    results = (*made.person.results, *own.person.results)
    person = replace(own.person, started=None, left=None, results=results, team=made.person.team)
    deals = tuple(replace(deal, id=f"Reference {number:02d}") for number, deal in enumerate(made.deals, start=1))
    stands_in = replace(made, rep=own.rep, deals=deals, levels=own.levels or made.levels, person=person)
    return OwnBook(stands_in, window, ends_on, _inside(stands_in, window), today.levels[level].name)


def open_deal(deal: Deal, customer: str | None) -> history.Deal:
    """Return a deal of the pipeline as the engine takes it."""
    signed = deal.signed_on or deal.engaged_on or date.min
    return history.Deal(
        id=deal.external_id, signed=signed, arr=deal.arr, term=deal.term_months, kind=deal.kind, customer=customer or ""
    )
