"""The anonymised deals of other people, for a book that has too few deals of its own."""

from fractions import Fraction

from sqlmodel import Session

from server.books.own_book import OwnBook
from server.comp import History, history
from server.comp.analysis.bootstrap import MIN_DEALS
from server.comp.analysis.disclosure import MIN_GROUP
from server.comp.calendar import first_day
from server.comp.rounding import to_cents
from server.deals import queries as deal_queries

ROUNDING = 50_000
"""Cents that the amounts of peers' deals are rounded to."""


def peer_books(session: Session, person_id: int, book: OwnBook) -> list[History]:
    """Return the anonymised deals of other people, if a person has too few and enough others have deals.

    The deals have no text that could identify an owner, and several people's deals share each amount.
    """
    if book.deals_in_window >= MIN_DEALS or book.reference_level:
        return []
    start, end = first_day(book.window.first_month), book.window.ends
    books = deal_queries.books_of_others(session, person_id, start, end)
    pool = [(owner, deal) for owner, deals in enumerate(books) for deal in deals]
    by_owner: dict[int, list[history.Deal]] = {}
    for owner, deal in anonymise(pool):
        by_owner.setdefault(owner, []).append(deal)
    return [History(f"peer {owner}", tuple(deals)) for owner, deals in sorted(by_owner.items())]


def anonymise(pool: list[tuple[int, history.Deal]]) -> list[tuple[int, history.Deal]]:
    """Give deals of similar size the same rounded amount, so that at least five people share each amount.

    `pool` holds pairs of an owner and a deal. Anything else that could identify a deal is removed: product,
    segment, region, customer, term, discount, custom amounts.
    """
    group: list[tuple[int, history.Deal]] = []
    anonymised: list[tuple[int, history.Deal]] = []
    ordered = sorted(pool, key=lambda owned: (owned[1].arr, owned[1].id))
    for index, owned in enumerate(ordered):
        group.append(owned)
        owners = {owner for owner, _ in group}
        remaining_owners = {owner for owner, _ in ordered[index + 1 :]}
        if len(owners) >= MIN_GROUP and (not remaining_owners or len(remaining_owners) >= MIN_GROUP):
            amount = to_cents(Fraction(sum(deal.arr for _, deal in group), len(group) * ROUNDING)) * ROUNDING
            first_number = len(anonymised)
            anonymised += [
                (owner, _anonymous_deal(deal, number, amount))
                for number, (owner, deal) in enumerate(group, first_number)
            ]
            group = []
    return anonymised


def _anonymous_deal(deal: history.Deal, number: int, amount: int) -> history.Deal:
    """Return a deal with a new ID and amount that keeps only its dates and its rating."""
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
