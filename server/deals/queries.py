"""Reads of deals: books of won deals, counts, open pipeline, and the day the data ends."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, cast
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from server.comp import history
from server.comp.analysis.missing_inputs import Input
from server.comp.rounding import share_out
from server.deals.models import WHOLE_CREDIT, Customer, Deal, DealCredit, Product, Source

MAX_OPEN = 50
MILLION = 10**6


@dataclass(frozen=True, slots=True)
class WonDeals:
    """The number of deals a person has won, and the ARR credited to them in cents."""

    count: int
    credited: int


def won_by_person(session: Session) -> dict[int, WonDeals]:
    """Return the count and credited total of won deals by person; shares are rounded once for each deal."""
    statement = (
        select(DealCredit.person_id, func.count(), func.sum(Deal.arr))
        .join(Deal, col(Deal.id) == col(DealCredit.deal_id))
        .where(Deal.stage == "won", DealCredit.share == WHOLE_CREDIT)
        .group_by(col(DealCredit.person_id))
    )
    won = {person: WonDeals(int(count), int(total)) for person, count, total in session.execute(statement)}
    for person, _deal, amount in _split_credits(session, None):
        total = won.get(person, WonDeals(0, 0))
        won[person] = WonDeals(total.count + 1, total.credited + amount)
    return won


def _split_credits(session: Session, person_id: int | None) -> list[tuple[int, int, int]]:
    """Return (person, deal, cents) for each share of the won deals that are split, of one person or all.

    A deal's ARR is split by largest remainder.
    """
    statement = (
        select(DealCredit.deal_id, DealCredit.person_id, DealCredit.share, Deal.arr)
        .join(Deal, col(Deal.id) == col(DealCredit.deal_id))
        .where(Deal.stage == "won", _is_split(person_id))
        .order_by(col(DealCredit.deal_id), col(DealCredit.person_id))
    )
    by_deal: dict[int, list[tuple[int, int, int]]] = {}
    for deal, person, share, arr in session.exec(statement):
        by_deal.setdefault(deal, []).append((person, share, arr))
    rows = []
    for deal, deal_credits in by_deal.items():
        amounts = share_out(deal_credits[0][2], [share for _, share, _ in deal_credits])
        rows += [(person, deal, amount) for (person, _, _), amount in zip(deal_credits, amounts, strict=True)]
    return rows if person_id is None else [row for row in rows if row[0] == person_id]


def _is_split(person_id: int | None) -> ColumnElement[bool]:
    split_deals = select(DealCredit.deal_id).where(DealCredit.share < WHOLE_CREDIT)
    if person_id is not None:
        split_deals = split_deals.where(DealCredit.person_id == person_id)
    return col(Deal.id).in_(split_deals)


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


_BOOK_STATEMENT = (
    select(*_BOOK)  # type: ignore[call-overload] # more columns than the overloads name
    .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
    .outerjoin(Product, col(Product.id) == col(Deal.product_id))
    .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
    .where(DealCredit.person_id == bindparam("person"), Deal.stage == "won")
)
_RECORDED_KINDS = (Input.aha, Input.payment, Input.go_live, Input.rating)
_RECORDED = [
    select(Deal.id).where(col(column).is_not(None)).correlate(None).exists()
    for column in (Deal.aha_on, Deal.paid_on, Deal.live_on, Deal.rating)
]
_OWN_END = (
    select(func.max(Source.ends_on))
    .join(Deal, col(Deal.source_id) == col(Source.id))
    .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
    .where(DealCredit.person_id == bindparam("person"))
    .scalar_subquery()
)
_DATA_FACTS_STATEMENT = sa_select(_OWN_END, select(func.max(Source.ends_on)).scalar_subquery(), *_RECORDED)
"""Both statements are built once: every page about a person's pay runs them."""


def book(session: Session, person_id: int) -> tuple[history.Deal, ...]:
    """Return a person's won deals for the engine, each with the amount credited to this person."""
    rows: Sequence[Any] = session.connection().execute(_BOOK_STATEMENT, {"person": person_id}).all()
    split_amounts = {}
    if any(row[12] != WHOLE_CREDIT for row in rows):
        split_amounts = {deal: amount for _, deal, amount in _split_credits(session, person_id)}
    return tuple(_engine_deal(row, split_amounts.get(row[0], row[3])) for row in rows)


def _engine_deal(row: Any, credited: int) -> history.Deal:
    """Return a row of `_BOOK` as a deal of the engine, with the credited amount in cents."""
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
        full_arr=arr if share != WHOLE_CREDIT else None,
        role=role,
        paid=paid,
        live=live,
        segment=segment or sector or "",
        region=region,
        currency=currency,
        discount=None if discount is None else Fraction(discount, MILLION),
        prepaid=prepaid,
        amounts=() if amounts == NO_AMOUNTS else _credited_amounts(amounts, share),
    )


def _credited_amounts(amounts: str, share: int) -> tuple[tuple[str, int], ...]:
    """Return a deal's other measures, parsed from JSON, each with the credited share."""
    return tuple((name, amount * share // WHOLE_CREDIT) for name, amount in sorted(json.loads(amounts).items()))


def books_of(session: Session, person_ids: Sequence[int]) -> dict[int, tuple[history.Deal, ...]]:
    """Return the won deals by person, each with the amount credited to that person."""
    statement = (
        select(DealCredit.person_id, *_BOOK)  # type: ignore[call-overload] # more columns than the overloads name
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(Deal.stage == "won")
        .order_by(col(DealCredit.person_id), col(Deal.id))
    )
    split_amounts = {(person, deal): amount for person, deal, amount in _split_credits(session, None)}
    books: dict[int, list[history.Deal]] = {person: [] for person in person_ids}
    for person, *row in session.execute(statement):
        if person in books:
            books[person].append(_engine_deal(row, split_amounts.get((person, row[0]), row[3])))
    return {person: tuple(deals) for person, deals in books.items()}


def newest_day(session: Session) -> date | None:
    """Return the latest date in the data of any source."""
    return session.exec(select(func.max(Source.ends_on))).first()


def recorded_inputs(session: Session) -> frozenset[Input]:
    """Return which kinds of data any deal of the company has."""
    return _recorded(session.connection().execute(sa_select(*_RECORDED)).one())


def _recorded(exist: Sequence[bool]) -> frozenset[Input]:
    return frozenset(kind for kind, is_recorded in zip(_RECORDED_KINDS, exist, strict=True) if is_recorded)


def books_fingerprint(session: Session) -> str:
    """Return a text that changes whenever deals do, for use in cache keys."""
    statement = select(  # type: ignore[call-overload]
        Source.id,
        Source.ends_on,
        Source.revision,
    ).order_by(col(Source.id))
    return repr([tuple(source) for source in session.execute(statement)])


def books_of_others(session: Session, person_id: int, first: date, last: date) -> list[tuple[history.Deal, ...]]:
    """Return other people's won deals signed between two days, one tuple a person, without customers."""
    statement = (
        select(DealCredit.person_id, *_BOOK)  # type: ignore[call-overload] # more columns than the overloads name
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(DealCredit.person_id != person_id, Deal.stage == "won")
        .where(col(Deal.signed_on) >= first, col(Deal.signed_on) <= last)
        .order_by(col(DealCredit.person_id), col(Deal.id))
    )
    books: dict[int, list[history.Deal]] = {}
    for person, *row in session.execute(statement):
        credited = row[3] * row[12] // WHOLE_CREDIT
        books.setdefault(person, []).append(replace(_engine_deal(row, credited), customer=""))
    return [tuple(deals) for deals in books.values()]


def pipeline(session: Session, person_id: int) -> Sequence[tuple[Deal, str | None]]:
    """Return a person's open deals with their customers' names, largest first."""
    statement = (
        select(Deal, Customer.name)
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(DealCredit.person_id == person_id, Deal.stage == "open")
        .order_by(col(Deal.arr).desc(), col(Deal.id))
        .limit(MAX_OPEN)
    )
    return session.exec(statement).all()


def data_facts(session: Session, person_id: int) -> tuple[date | None, frozenset[Input]]:
    """Return the last day of the sources of a person's deals, and what the company records about deals.

    Without deals it is the last day of any source.
    """
    own_end, end, *exist = session.connection().execute(_DATA_FACTS_STATEMENT, {"person": person_id}).one()
    return own_end or end, _recorded(exist)
