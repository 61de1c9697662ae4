"""Reads of deals: books of won deals, counts, open pipeline, and the day the data ends."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, case, cast, literal
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from server.comp import history
from server.comp.analysis.missing_inputs import Input
from server.comp.rounding import share_out
from server.deals.conversion import WHOLE_CREDIT, engine_deal, split_of, total_share
from server.deals.models import Customer, Deal, DealCredit, Product, Source
from server.people.queries import TeamMembership
from server.people.queries import company as company_of

MAX_OPEN = 50
WON, OPEN = "won", "open"


@dataclass(frozen=True, slots=True)
class WonDeals:
    """The number of deals a person has won, and the ARR credited to them in cents by currency; "" is the company's."""

    count: int = 0
    credited: Mapping[str, int] = field(default_factory=dict)

    def plus(self, currency: str, amount: int, count: int = 1) -> "WonDeals":
        """Return it with more deals in a currency."""
        credited = {**self.credited, currency: self.credited.get(currency, 0) + amount}
        return WonDeals(self.count + count, credited)


def won_by_person(session: Session) -> dict[int, WonDeals]:
    """Return the count and credited totals of won deals by person; shares are rounded once for each deal."""
    statement = (
        select(DealCredit.person_id, Deal.currency, func.count(), func.sum(Deal.arr))
        .join(Deal, col(Deal.id) == col(DealCredit.deal_id))
        .where(Deal.stage == WON, DealCredit.share == WHOLE_CREDIT)
        .group_by(col(DealCredit.person_id), col(Deal.currency))
    )
    won: dict[int, WonDeals] = {}
    for person, currency, count, total in session.execute(statement):
        won[person] = won.get(person, WonDeals()).plus(currency, int(total), int(count))
    for (person, _deal), split in _splits(session, None).items():
        amount = share_out(split.arr, split.shares)[split.index]
        won[person] = won.get(person, WonDeals()).plus(split.currency, amount)
    return won


def won_currencies(session: Session) -> dict[str, int]:
    """Return how many won deals are in each currency; "" is the company's."""
    statement = select(Deal.currency, func.count()).where(Deal.stage == WON).group_by(col(Deal.currency))
    return {currency: int(count) for currency, count in session.exec(statement)}


@dataclass(frozen=True, slots=True)
class _SharedDeal:
    """The weights of those who share a deal, a person's position among them, the ARR in cents, and its currency."""

    shares: Sequence[int]
    index: int
    arr: int
    currency: str


def _splits(session: Session, person_id: int | None, stage: str = WON) -> dict[tuple[int, int], _SharedDeal]:
    """Return the deals of a stage that are split, of one person or all, by person and deal."""
    columns = (
        DealCredit.deal_id,
        DealCredit.person_id,
        DealCredit.share,
        DealCredit.role,
        Deal.arr,
        Deal.currency,
    )
    statement = (
        sa_select(*map(col, columns))
        .join(Deal, col(Deal.id) == col(DealCredit.deal_id))
        .where(col(Deal.stage) == stage, _is_split(person_id))
        .order_by(col(DealCredit.deal_id), col(DealCredit.position), col(DealCredit.person_id))
    )
    by_deal: dict[int, list[Any]] = {}
    for deal, *credit in session.execute(statement):
        by_deal.setdefault(deal, []).append(credit)
    splits = {}
    for deal, credits_ in by_deal.items():
        shares = [(share, role) for _, share, role, *_ in credits_]
        for index, (person, share, _, arr, currency) in enumerate(credits_):
            if share < WHOLE_CREDIT:
                splits[person, deal] = _SharedDeal(*split_of(shares, index), arr, currency)
    return splits if person_id is None else {key: split for key, split in splits.items() if key[0] == person_id}


def _is_split(person_id: int | None) -> ColumnElement[bool]:
    split_deals = select(DealCredit.deal_id).where(DealCredit.share < WHOLE_CREDIT)
    if person_id is not None:
        split_deals = split_deals.where(DealCredit.person_id == person_id)
    return col(Deal.id).in_(split_deals)


_FACTS = {
    "external_id": Deal.external_id,
    "signed_on": Deal.signed_on,
    "arr": Deal.arr,
    "term_months": Deal.term_months,
    "kind": Deal.kind,
    "product": Product.name,
    "customer": Customer.name,
    "aha_on": Deal.aha_on,
    "churned_on": Deal.churned_on,
    "rating": Deal.rating,
    "rated_on": Deal.rated_on,
    "rep_average": Deal.rep_average,
    "paid_on": Deal.paid_on,
    "live_on": Deal.live_on,
    "starts_on": Deal.starts_on,
    "segment": Deal.segment,
    "sector": Customer.sector,
    "region": Deal.region,
    "currency": Deal.currency,
    "discount": Deal.discount,
    "prepaid": Deal.prepaid,
    "role": DealCredit.role,
    "refund_of": Deal.refund_of,
}
"""The columns of the facts of `conversion.DealFacts`, and the customer's sector."""
_BOOK: tuple[Any, ...] = (
    Deal.id,
    DealCredit.share,
    *_FACTS.values(),
    cast(Deal.amounts, String),
    cast(Deal.payments, String),
)
TEAM_PREFIX = "team/"
NO_AMOUNTS, NO_PAYMENTS = "{}", "[]"


_BOOK_STATEMENT = (
    sa_select(*_BOOK)
    .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
    .outerjoin(Product, col(Product.id) == col(Deal.product_id))
    .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
    .where(col(DealCredit.person_id) == bindparam("person"), col(Deal.stage) == WON)
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
    .where(col(DealCredit.person_id) == bindparam("person"))
    .scalar_subquery()
)
_STATED = select(func.aggregate_strings(col(Source.recorded), ",")).correlate(None).scalar_subquery()
_DATA_FACTS_STATEMENT = sa_select(_OWN_END, select(func.max(Source.ends_on)).scalar_subquery(), _STATED, *_RECORDED)
"""Both statements are built once: every page about a person's pay runs them."""


def book(session: Session, person_id: int) -> tuple[history.Deal, ...]:
    """Return a person's won deals for the engine, as this person is credited with them."""
    rows: Sequence[Any] = session.connection().execute(_BOOK_STATEMENT, {"person": person_id}).all()
    splits = _splits(session, person_id) if any(row[1] != WHOLE_CREDIT for row in rows) else {}
    return tuple(_engine_deal(row, splits.get((person_id, row[0]))) for row in rows)


def _engine_deal(row: Any, split: _SharedDeal | None = None) -> history.Deal:
    """Return a row of `_BOOK` as a deal of the engine."""
    *values, amounts, payments = row[2:]
    facts: Any = dict(zip(_FACTS, values, strict=True))
    facts["segment"] = facts["segment"] or facts["sector"] or ""
    facts["amounts"] = {} if amounts == NO_AMOUNTS else json.loads(amounts)
    facts["payments"] = [] if payments == NO_PAYMENTS else json.loads(payments)
    return engine_deal(facts, split.shares, split.index) if split else engine_deal(facts)


def books_of(session: Session, person_ids: Sequence[int]) -> dict[int, tuple[history.Deal, ...]]:
    """Return the won deals by person, as each is credited with them."""
    statement = (
        sa_select(col(DealCredit.person_id), *_BOOK)
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(col(Deal.stage) == WON)
        .order_by(col(DealCredit.person_id), col(Deal.id))
    )
    splits = _splits(session, None)
    books: dict[int, list[history.Deal]] = {person: [] for person in person_ids}
    for person, *row in session.execute(statement):
        if person in books:
            books[person].append(_engine_deal(row, splits.get((person, row[0]))))
    return {person: tuple(deals) for person, deals in books.items()}


def team_books(session: Session, teams: Mapping[int, Sequence[TeamMembership]]) -> dict[int, tuple[history.Deal, ...]]:
    """Return by manager the won deals that people in their team signed while they were in it, as team credit.

    The credit is the team's share of the deal. A deal that names the manager in its credits for others is left out.
    """
    people = {member.person_id for team in teams.values() for member in team}
    deals = _team_deals(session, people) if people else []
    signed = {deal.id: deal.signed for deal, _ in deals}
    books: dict[int, tuple[history.Deal, ...]] = {}
    for manager_id, team in teams.items():
        members: dict[int, list[TeamMembership]] = {}
        for member in team:
            members.setdefault(member.person_id, []).append(member)
        credited = (
            _as_team_credit(deal, credits_, manager_id, members, on=signed.get(deal.refund_of, deal.signed))
            for deal, credits_ in deals
        )
        books[manager_id] = tuple(deal for deal in credited if deal is not None)
    return books


def _team_deals(session: Session, people: set[int]) -> list[tuple[history.Deal, list[DealCredit]]]:
    """Return the won deals that any of these people are credited with, unshared, with everyone's credits."""
    of_people = sa_select(col(DealCredit.deal_id)).where(col(DealCredit.person_id).in_(people))
    credits_by_deal: dict[int, list[DealCredit]] = {}
    order = (col(DealCredit.deal_id), col(DealCredit.position), col(DealCredit.person_id))
    for credit in session.exec(select(DealCredit).where(col(DealCredit.deal_id).in_(of_people)).order_by(*order)):
        credits_by_deal.setdefault(credit.deal_id, []).append(credit)
    statement = (
        sa_select(*_BOOK)
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(col(Deal.id).in_(of_people), col(Deal.stage) == WON)
        .order_by(col(Deal.id))
    )
    rows = {row[0]: row for row in session.execute(statement)}
    return [(_engine_deal(row), credits_by_deal[deal_id]) for deal_id, row in rows.items()]


def _as_team_credit(
    deal: history.Deal,
    credits_: Sequence[DealCredit],
    manager_id: int,
    members: Mapping[int, Sequence[TeamMembership]],
    *,
    on: date,
) -> history.Deal | None:
    """Return a deal as team credit of a manager, or None if no one who signed it was in the team on a day.

    A credit memo follows the team of the day on which its deal was signed. Ids begin with `team/`, as the manager may
    share a deal with the team.
    """
    own_role = next((credit.role for credit in credits_ if credit.person_id == manager_id), None)
    credits_ = [credit for credit in credits_ if credit.role == history.OWN]
    team_share = sum(
        credit.share for credit in credits_ if any(member.includes(on) for member in members.get(credit.person_id, ()))
    )
    if not team_share or own_role not in {None, history.OWN}:
        return None
    whole = total_share([credit.share for credit in credits_])
    split = history.Split((team_share, whole - team_share), 0) if team_share < whole else None
    refund_of = f"{TEAM_PREFIX}{deal.refund_of}" if deal.refund_of else ""
    return replace(deal, id=f"{TEAM_PREFIX}{deal.id}", refund_of=refund_of, role=history.TEAM, split=split)


def newest_day(session: Session) -> date | None:
    """Return the latest date in the data of any source."""
    return session.exec(select(func.max(Source.ends_on))).first()


def owners_among(session: Session, people: Mapping[int, str]) -> dict[str, str]:
    """Return by number who owns each deal of some people, whose names are given by id; the first of several owners."""
    if not people:
        return {}
    statement = (
        select(Deal.external_id, DealCredit.person_id)
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .where(col(DealCredit.person_id).in_(people))
        .order_by(col(DealCredit.position).desc())
    )
    return {number: people[person_id] for number, person_id in session.exec(statement)}


def won_count(session: Session) -> int:
    """Count the won deals."""
    return session.exec(select(func.count()).select_from(Deal).where(Deal.stage == WON)).one()


def first_signing(session: Session) -> date | None:
    """Return the day on which the first of all won deals was signed."""
    return session.exec(select(func.min(Deal.signed_on)).where(Deal.stage == WON)).first()


def recorded_inputs(session: Session) -> frozenset[str]:
    """Return which kinds of data and measures any deal of the company has."""
    measures, *exist = session.connection().execute(sa_select(_STATED, *_RECORDED)).one()
    return _recorded(measures, exist)


def _recorded(measures: str | None, exist: Sequence[bool]) -> frozenset[str]:
    kinds = (kind for kind, is_recorded in zip(_RECORDED_KINDS, exist, strict=True) if is_recorded)
    return frozenset({*kinds, *(measures or "").split(",")}) - {""}


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
        sa_select(col(DealCredit.person_id), *_BOOK)
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(col(DealCredit.person_id) != person_id, col(Deal.stage) == WON)
        .where(col(Deal.signed_on) >= first, col(Deal.signed_on) <= last)
        .order_by(col(DealCredit.person_id), col(Deal.id))
    )
    books: dict[int, list[history.Deal]] = {}
    for person, *row in session.execute(statement):
        deal, share = _engine_deal(row), row[1]
        amounts = tuple((name, amount * share // WHOLE_CREDIT) for name, amount in deal.amounts)
        own = replace(deal, arr=deal.arr * share // WHOLE_CREDIT, amounts=amounts, customer="", payments=())
        books.setdefault(person, []).append(own)
    return [tuple(deals) for deals in books.values()]


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """An open deal as a person is credited with it, and the list price of its product in cents, or 0."""

    ulid: str
    deal: history.Deal
    list_price: int

    @property
    def amount(self) -> int:
        """The deal's amount in cents, or else the list price of its product."""
        return self.deal.arr or self.list_price


def pipeline(session: Session, person_id: int) -> list[OpenDeal]:
    """Return a person's open deals, largest first.

    A list price is in the company's currency, so a deal in another currency has none.
    """
    company = company_of(session)
    is_own_currency = col(Deal.currency).in_(("", company.currency if company else ""))
    list_price = func.coalesce(case((is_own_currency, Product.list_price)), 0)
    facts = {**_FACTS, "signed_on": func.coalesce(Deal.signed_on, Deal.engaged_on, literal(date.min))}
    statement = (
        sa_select(
            Deal.ulid,  # type: ignore[call-overload]
            list_price,
            Deal.id,
            DealCredit.share,
            *facts.values(),
            cast(Deal.amounts, String),
            cast(Deal.payments, String),
        )
        .join(DealCredit, col(DealCredit.deal_id) == col(Deal.id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .where(col(DealCredit.person_id) == person_id, col(Deal.stage) == OPEN)
        .order_by(
            func.coalesce(func.nullif(Deal.arr, 0), list_price).desc(),
            col(Customer.name).is_(None),
            col(Customer.name),
            col(Deal.id),
        )
        .limit(MAX_OPEN)
    )
    rows = session.execute(statement).all()
    splits = _splits(session, person_id, OPEN) if any(row[3] != WHOLE_CREDIT for row in rows) else {}
    return [OpenDeal(ulid, _engine_deal(row, splits.get((person_id, row[0]))), price) for ulid, price, *row in rows]


def data_facts(session: Session, person_id: int) -> tuple[date | None, frozenset[str]]:
    """Return the last day of the sources of a person's deals, and what the company records about deals.

    Without deals it is the last day of any source.
    """
    own_end, end, measures, *exist = session.connection().execute(_DATA_FACTS_STATEMENT, {"person": person_id}).one()
    return own_end or end, _recorded(measures, exist)
