"""Reads of deals: a rep's book, won deals counted, and the day a person's data ends."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, cast
from sqlmodel import Session, col, func, select

from server.comp import history
from server.comp.rounding import share_out
from server.deals.models import WHOLE_CREDIT, Customer, Deal, DealCredit, Product, Source

MAX_OPEN = 50
MILLION = 10**6


@dataclass(frozen=True, slots=True)
class WonDeals:
    """How many deals a person has won, and what of them is credited, in cents."""

    count: int
    credited: int


def won_by_person(session: Session) -> dict[int, WonDeals]:
    """Count and sum the won deals of everybody; shares are rounded once for each deal."""
    statement = (
        select(DealCredit.person_id, func.count(), func.sum(Deal.arr))
        .join(Deal, col(Deal.id) == col(DealCredit.deal_id))
        .where(Deal.stage == "won", DealCredit.share == WHOLE_CREDIT)
        .group_by(col(DealCredit.person_id))
    )
    found = {person: WonDeals(int(count), int(total)) for person, count, total in session.execute(statement)}
    for person, amount in _shared(session):
        before = found.get(person, WonDeals(0, 0))
        found[person] = WonDeals(before.count + 1, before.credited + amount)
    return found


def _shared(session: Session, person_id: int | None = None) -> list[tuple[int, int]]:
    """Return person and cents for every share of the won deals that several people are credited for."""
    return [(person, amount) for person, _deal, amount in _shares(session, person_id)]


def _shares(session: Session, person_id: int | None) -> list[tuple[int, int, int]]:
    """Return person, deal and cents for the shared won deals, parted by largest remainder, of one person or all."""
    statement = (
        select(DealCredit.deal_id, DealCredit.person_id, DealCredit.share, Deal.arr)
        .join(Deal, col(Deal.id) == col(DealCredit.deal_id))
        .where(Deal.stage == "won", _is_shared(person_id))
        .order_by(col(DealCredit.deal_id), col(DealCredit.person_id))
    )
    by_deal: dict[int, list[tuple[int, int, int]]] = {}
    for deal, person, share, arr in session.exec(statement):
        by_deal.setdefault(deal, []).append((person, share, arr))
    found = []
    for deal, sharers in by_deal.items():
        parts = share_out(sharers[0][2], [share for _, share, _ in sharers])
        found += [(person, deal, part) for (person, _, _), part in zip(sharers, parts, strict=True)]
    return found if person_id is None else [row for row in found if row[0] == person_id]


def _is_shared(person_id: int | None) -> ColumnElement[bool]:
    inner = select(DealCredit.deal_id).where(DealCredit.share < WHOLE_CREDIT)
    if person_id is not None:
        inner = inner.where(DealCredit.person_id == person_id)
    return col(Deal.id).in_(inner)


_BOOK = (
    Deal.id,
    Deal.external_id,
    Deal.signed_on,
    Deal.arr,
    Deal.term_months,
    Deal.kind,
    Product.name,
    Customer.name,
    Deal.aha_on,
    Deal.churned_on,
    Deal.rating,
    Deal.rated_on,
    DealCredit.share,
    DealCredit.role,
    Deal.paid_on,
    Deal.live_on,
    Deal.segment,
    Customer.sector,
    Deal.region,
    Deal.currency,
    Deal.discount,
    Deal.prepaid,
    cast(Deal.amounts, String),
)
NO_AMOUNTS = "{}"


_BOOK_OF = (
    select(*_BOOK)  # type: ignore[call-overload] # more columns than the overloads name
    .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
    .outerjoin(Product, col(Product.id) == col(Deal.product_id))
    .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
    .where(DealCredit.person_id == bindparam("person"), Deal.stage == "won")
)
_ENDS_FOR = (
    select(func.max(Source.ends_on))
    .join(Deal, col(Deal.source_id) == col(Source.id))
    .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
    .where(DealCredit.person_id == bindparam("person"))
)
"""Built once, like the one before: every figure on somebody's own pay begins with them."""


def book(session: Session, person_id: int) -> tuple[history.Deal, ...]:
    """Return a person's won deals as the engine takes them, with the amount that is credited to this person."""
    rows: Sequence[Any] = session.connection().execute(_BOOK_OF, {"person": person_id}).all()
    parts = {}
    if any(row[12] != WHOLE_CREDIT for row in rows):
        parts = {deal: amount for _, deal, amount in _shares(session, person_id)}
    return tuple(_for_engine(row, parts.get(row[0], row[3])) for row in rows)


def _for_engine(row: Any, credited: int) -> history.Deal:
    (
        _,
        external_id,
        signed,
        arr,
        term,
        kind,
        product,
        customer,
        aha,
        churned,
        rating,
        rated,
        share,
        role,
        paid,
        live,
        segment,
        sector,
        region,
        currency,
        discount,
        prepaid,
        amounts,
    ) = row
    return history.Deal(
        id=external_id,
        signed=signed,
        arr=credited,
        term=term,
        kind=kind,
        product=product or "",
        customer=customer or "",
        aha=aha,
        churned=churned,
        rating=rating,
        rated=rated,
        is_whole=arr if share != WHOLE_CREDIT else None,
        role=role,
        paid=paid,
        live=live,
        segment=segment or sector or "",
        region=region,
        currency=currency,
        discount=None if discount is None else Fraction(discount, MILLION),
        prepaid=prepaid,
        amounts=() if amounts == NO_AMOUNTS else _credited(amounts, share),
    )


def _credited(amounts: str, share: int) -> tuple[tuple[str, int], ...]:
    """Return the other measures of a deal, read from their JSON, as they are credited."""
    return tuple((name, amount * share // WHOLE_CREDIT) for name, amount in sorted(json.loads(amounts).items()))


def books_of(session: Session, person_ids: Sequence[int]) -> dict[int, tuple[history.Deal, ...]]:
    """Return the won deals of many people, each with the amount that is credited to them."""
    statement = (
        select(DealCredit.person_id, *_BOOK)  # type: ignore[call-overload] # more columns than the overloads name
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(Deal.stage == "won")
        .order_by(col(DealCredit.person_id), col(Deal.id))
    )
    wanted = set(person_ids)
    parts = {(person, deal): amount for person, deal, amount in _shares(session, None)}
    found: dict[int, list[history.Deal]] = {person: [] for person in person_ids}
    for person, *row in session.execute(statement):
        if person in wanted:
            found[person].append(_for_engine(row, parts.get((person, row[0]), row[3])))
    return {person: tuple(mine) for person, mine in found.items()}


def newest_day(session: Session) -> date | None:
    """Return the newest day that any source speaks of."""
    return session.exec(select(func.max(Source.ends_on))).first()


def books_fingerprint(session: Session) -> str:
    """Return what changes whenever deals do: kept results name it."""
    statement = select(Source.id, Source.ends_on, Source.revision).order_by(col(Source.id))  # type: ignore[call-overload]
    return repr([tuple(source) for source in session.execute(statement)])


def books_of_others(session: Session, person_id: int, first: date, last: date) -> list[tuple[history.Deal, ...]]:
    """Return the won deals that others signed in some days, by person, without a word that says whose they are."""
    statement = (
        select(DealCredit.person_id, *_BOOK)  # type: ignore[call-overload] # more columns than the overloads name
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(DealCredit.person_id != person_id, Deal.stage == "won")
        .where(col(Deal.signed_on) >= first, col(Deal.signed_on) <= last)
        .order_by(col(DealCredit.person_id), col(Deal.id))
    )
    found: dict[int, list[history.Deal]] = {}
    for person, *row in session.execute(statement):
        credited = row[3] * row[12] // WHOLE_CREDIT
        found.setdefault(person, []).append(replace(_for_engine(row, credited), customer=""))
    return [tuple(mine) for mine in found.values()]


def pipeline(session: Session, person_id: int) -> Sequence[tuple[Deal, str | None]]:
    """Return a person's open deals with their customers' names, the largest first."""
    statement = (
        select(Deal, Customer.name)
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(DealCredit.person_id == person_id, Deal.stage == "open")
        .order_by(col(Deal.arr).desc(), col(Deal.id))
        .limit(MAX_OPEN)
    )
    return session.exec(statement).all()


def data_end(session: Session, person_id: int) -> date | None:
    """Return the newest day known about a person's deals: that of the newest source they have deals from."""
    own: date | None = session.connection().execute(_ENDS_FOR, {"person": person_id}).scalar()
    return own or session.exec(select(func.max(Source.ends_on))).first()
