"""A person's own book: their history, and the window it is paid for."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from sqlmodel import Session

from server.books.team import with_teams
from server.comp import History, LevelSince, Plan, Window
from server.comp.analysis.missing_inputs import ALL_DEAL_DATA, Input
from server.comp.analysis.reference_year import reference_year
from server.comp.calendar import month_of
from server.comp.mechanics.levels import index_of
from server.deals import queries as deal_queries
from server.messages import Message, message, plural_message
from server.people import queries as people_queries
from server.people.queries import PayFacts


@dataclass(frozen=True, slots=True)
class OwnBook:
    """A person's history, the window to look at, and the last day of the data.

    `reference_level` names the level whose reference year is used instead of deals; empty for a real book.
    """

    history: History
    window: Window
    ends_on: date
    deals_in_window: int
    reference_level: str = ""
    recorded: frozenset[str] = ALL_DEAL_DATA
    """What the company records about deals; a reference year lacks nothing."""

    def missing_data(self) -> list[Message]:
        """Return a sentence on each kind of data that is missing, and how pay is computed without it."""
        if self.reference_level:
            return [
                message(
                    "You have no deals yet. This shows a reference year: twelve equal deals that reach"
                    " exactly 100% of the {level} quota. Every customer reaches the aha moment within 30 days"
                    " and stays; no buyer gives a rating.",
                    level=self.reference_level,
                )
            ]
        sentences = []
        deals = self.history.deals
        first_month = min(month_of(deal.signed) for deal in deals)
        if first_month > self.window.first_month:
            sentences.append(
                plural_message(
                    "Your first deal was signed on {day}. There is no commission for the month before.",
                    "Your first deal was signed on {day}. There is no commission for the {count} months before.",
                    first_month - self.window.first_month,
                    day=min(deal.signed for deal in deals),
                )
            )
        if Input.aha in self.recorded and not any(deal.aha for deal in deals):
            sentences.append(message("None of your customers has reached an aha moment."))
        if Input.rating in self.recorded and not any(deal.rating for deal in deals):
            sentences.append(message("None of your customers has given a rating."))
        if not any(deal.churned for deal in deals):
            sentences.append(message("Your data has no customers who left, so no clawback is included."))
        return sentences


def own_book(session: Session, person_id: int, plan: Plan) -> OwnBook | None:
    """Return a person's own book, or None if the company has no data.

    The plan, which is today's if one has been entered, gives levels their rank. A person without deals gets a
    reference year under it instead.
    """
    ends_on, recorded = deal_queries.data_facts(session, person_id)
    if ends_on is None:
        return None
    window = Window.ending(ends_on)
    facts = people_queries.pay_facts(session, [person_id]).get(person_id, PayFacts())
    levels = tuple(
        LevelSince(month_of(since), level, index_of(plan.levels, level), needs_own_name=not facts.is_rep)
        for since, level in people_queries.level_history(session, person_id)
    )
    own = History(str(person_id), deal_queries.book(session, person_id), levels, facts.person)
    if facts.has_led:
        own = with_teams(session, {person_id: own}, [person_id], window)[person_id]
    if not own.deals:
        return _reference_book(own, plan, window, ends_on)
    return OwnBook(own, window, ends_on, _count_in_window(own, window), recorded=recorded)


def _count_in_window(own: History, window: Window) -> int:
    return sum(window.index(month_of(deal.signed)) is not None for deal in own.deals)


def _reference_book(own: History, plan: Plan, window: Window, ends_on: date) -> OwnBook:
    """Return a book with a reference year, for a person without deals, at their current level."""
    level = (own.levels[-1].rank if own.levels else None) or 0
    reference = reference_year(replace(plan, year=window.first_month), level, Fraction(1))
    results = (*reference.person.results, *own.person.results)
    adjustments = tuple(replace(adjustment, quota=None) for adjustment in own.person.adjustments)
    person = replace(
        own.person, started=None, left=None, results=results, team=reference.person.team, adjustments=adjustments
    )
    numbered = enumerate(reference.deals, start=1)
    deals = tuple(replace(deal, id=f"Reference {number:02d}") for number, deal in numbered)
    levels = own.levels or reference.levels
    substitute = replace(reference, rep=own.rep, deals=deals, levels=levels, person=person)
    deals_in_window = _count_in_window(substitute, window)
    return OwnBook(substitute, window, ends_on, deals_in_window, plan.levels[level].name)
