"""A person's own book and the offers to hold it against."""

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from sqlmodel import Session

from server.comp import history
from server.comp.calendar import Window, first_day, month_of
from server.comp.draws import ENOUGH
from server.comp.history import History, Person, Spell
from server.comp.impact import FEWEST
from server.comp.plan import Plan
from server.comp.reader import read_plan
from server.comp.reference import reference_year
from server.comp.rounding import to_cents
from server.comp.wording import Sentence, say
from server.deals import queries as deals
from server.deals.models import Deal
from server.people import queries as people
from server.proposals import queries as proposals
from server.proposals.models import Variant
from server.proposals.queries import Structure
from server.simulator.projection import Offer


@dataclass(frozen=True, slots=True)
class OwnBook:
    """Somebody's history, the window it is looked at through, and what it rests on."""

    history: History
    window: Window
    ends_on: date
    in_window: int
    reference: str = ""

    def missing(self) -> list[Sentence]:
        """Say what the data does not have and what stands in for it, so that nobody takes a guess for a fact."""
        if self.reference:
            return [
                say("You have no deals yet. This shows a reference year: twelve even deals that come to exactly 100% of"
                    " the quota of {level}; every customer reaches the aha moment within 30 days and stays, and"
                    " no buyer gives a rating.", level=self.reference)
            ]  # fmt: skip
        said = []
        first = min(month_of(deal.signed) for deal in self.history.deals)
        if first > self.window.first_month:
            months = first - self.window.first_month
            said.append(
                say("Your first deal is of {day}; in the {months} months before there was nothing to pay commission"
                    " on.", day=min(deal.signed for deal in self.history.deals), months=months)
            )  # fmt: skip
        if not any(deal.aha for deal in self.history.deals):
            said.append(say("The data has no aha moments; what waits for one is not paid here."))
        if not any(deal.rating for deal in self.history.deals):
            said.append(say("The data has no buyers' ratings; extras for them are not paid here."))
        if not any(deal.churned for deal in self.history.deals):
            said.append(say("The data has no customers who left; nothing is taken back here."))
        return said


ROUND = 50_000
"""Cents that peers' amounts are rounded to."""


def today_plan(session: Session) -> Offer | None:
    """Return the plan in force, if one has been entered."""
    found = proposals.plan_in_force(session)
    if found is None:
        return None
    plan = read_plan(found.text)
    return Offer("today", "", plan.name, plan, is_starter=found.is_starter)


def offers(session: Session, structures: list[Structure]) -> list[Offer]:
    """Return today's plan, if there is one, and the candidates after it."""
    today = today_plan(session)
    found = [Offer(s.key, s.letter, s.name, read_plan(s.text)) for s in structures]
    return [today, *found] if today else found


def offer_of_variant(found: Variant) -> Offer:
    """Return a variant as an offer beside the candidates."""
    key = proposals.variant_key(found)
    return Offer(key, key.upper(), found.name, read_plan(found.text))


def own_book(session: Session, person_id: int, today: Plan) -> OwnBook | None:
    """Return a person's own book; None when the company has no data at all."""
    ends_on = deals.data_end(session, person_id)
    if ends_on is None:
        return None
    window = Window.ending(ends_on)
    ranks = {level.name.casefold(): rank for rank, level in enumerate(today.levels)}
    spells = tuple(
        Spell(month_of(since), level, ranks.get(level.casefold(), 0))
        for since, level in people.spells_of(session, person_id)
    )
    person = people.facts(session, [person_id]).get(person_id, Person())
    own = History(str(person_id), deals.book(session, person_id), spells, person)
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


def peers(session: Session, person_id: int, book: OwnBook) -> list[History]:
    """Return the others' deals to fill up from, when a person has too few and the others are not too few.

    They come without a word that could tell whose they are, and with amounts that several people's deals share.
    """
    if book.in_window >= ENOUGH or book.reference:
        return []
    found = deals.books_of_others(session, person_id, first_day(book.window.first_month), book.window.ends)
    blurred = blur([(whose, deal) for whose, mine in enumerate(found) for deal in mine])
    by_person: dict[int, list[history.Deal]] = {}
    for whose, deal in blurred:
        by_person.setdefault(whose, []).append(deal)
    return [History(f"peer {whose}", tuple(mine)) for whose, mine in sorted(by_person.items())]


def blur(pool: list[tuple[int, history.Deal]]) -> list[tuple[int, history.Deal]]:
    """Give deals of similar size the same round amount, so that each amount is shared by deals of five people or more.

    What else could pick a single deal is left out: product, segment, region, customer, term, discount, own amounts.
    """
    waiting: list[tuple[int, history.Deal]] = []
    found: list[tuple[int, history.Deal]] = []
    ordered = sorted(pool, key=lambda one: (one[1].arr, one[1].id))
    for place, one in enumerate(ordered):
        waiting.append(one)
        rest = {whose for whose, _ in ordered[place + 1 :]}
        if len({whose for whose, _ in waiting}) >= FEWEST and (not rest or len(rest) >= FEWEST):
            amount = to_cents(Fraction(sum(deal.arr for _, deal in waiting), len(waiting) * ROUND)) * ROUND
            found += [(whose, _plain(deal, number, amount)) for number, (whose, deal) in enumerate(waiting, len(found))]
            waiting = []
    return found


def _plain(deal: history.Deal, number: int, amount: int) -> history.Deal:
    return history.Deal(
        id=f"peer {number}", signed=deal.signed, arr=amount, aha=deal.aha, churned=deal.churned, paid=deal.paid,
        live=deal.live, rating=deal.rating, rated=deal.rated,
    )  # fmt: skip
