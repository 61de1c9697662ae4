"""The deals of other people, anonymised, for a book that has too few of its own."""

from fractions import Fraction

from sqlmodel import Session

from server.books.own_book import OwnBook
from server.comp import history
from server.comp.analysis.bootstrap import MIN_DEALS
from server.comp.analysis.disclosure import MIN_GROUP
from server.comp.calendar import first_day
from server.comp.history import History
from server.comp.rounding import to_cents
from server.deals import queries as deal_queries


def peer_books(session: Session, person_id: int, book: OwnBook) -> list[History]:
    """Return the others' deals to fill up from, when a person has too few and the others are not too few.

    They come without a word that could tell whose they are, and with amounts that several people's deals share.
    """
    if book.deals_in_window >= MIN_DEALS or book.reference_level:
        return []
    found = deal_queries.books_of_others(session, person_id, first_day(book.window.first_month), book.window.ends)
    blurred = anonymise([(whose, deal) for whose, mine in enumerate(found) for deal in mine])
    by_person: dict[int, list[history.Deal]] = {}
    for whose, deal in blurred:
        by_person.setdefault(whose, []).append(deal)
    return [History(f"peer {whose}", tuple(mine)) for whose, mine in sorted(by_person.items())]


def anonymise(pool: list[tuple[int, history.Deal]]) -> list[tuple[int, history.Deal]]:
    """Give deals of similar size the same round amount, so that each amount is shared by deals of five people or more.

    What else could pick a single deal is left out: product, segment, region, customer, term, discount, own amounts.
    """
    waiting: list[tuple[int, history.Deal]] = []
    found: list[tuple[int, history.Deal]] = []
    ordered = sorted(pool, key=lambda one: (one[1].arr, one[1].id))
    for place, one in enumerate(ordered):
        waiting.append(one)
        rest = {whose for whose, _ in ordered[place + 1 :]}
        if len({whose for whose, _ in waiting}) >= MIN_GROUP and (not rest or len(rest) >= MIN_GROUP):
            amount = to_cents(Fraction(sum(deal.arr for _, deal in waiting), len(waiting) * ROUNDING)) * ROUNDING
            found += [(whose, _plain(deal, number, amount)) for number, (whose, deal) in enumerate(waiting, len(found))]
            waiting = []
    return found


def _plain(deal: history.Deal, number: int, amount: int) -> history.Deal:
    return history.Deal(
        id=f"peer {number}",
        signed=deal.signed,
        arr=amount,
        aha=deal.aha,
        churned=deal.churned,
        paid=deal.paid,
        live=deal.live,
        rating=deal.rating,
        rated=deal.rated,
    )


ROUNDING = 50_000
"""Cents that peers' amounts are rounded to."""
