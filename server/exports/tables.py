"""The tables of an export: people, customers, products and deals, with the columns that imports read.

Pay, quotas and other personal terms are not among them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.comp.history import OWN, STAR_SCALE
from server.comp.mechanics.measures import MEASURES
from server.deals.conversion import MILLION, WHOLE_CREDIT, percent_text
from server.deals.models import Customer, Deal, DealCredit, Product, Source
from server.people import queries as people_queries
from server.people.models import Person

Cell = str | int | date | Decimal | None
_CENTS = Decimal(100)


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table with its name, its columns and its rows."""

    name: str
    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


def company_tables(session: Session) -> list[ExportTable]:
    """Return the people, customers and products of the company: what an admin may see."""
    customers = session.exec(select(Customer).order_by(col(Customer.name))).all()
    products = session.exec(select(Product).order_by(col(Product.name))).all()
    return [
        _people(session),
        ExportTable(
            "customers", ("customer", "sector", "country"), [(row.name, row.sector, row.country) for row in customers]
        ),
        ExportTable(
            "products",
            ("product", "series", "price"),
            [(row.name, row.series, Decimal(row.list_price) / _CENTS) for row in products],
        ),
    ]


def all_tables(session: Session) -> list[ExportTable]:
    """Return these and everyone's deals, for who has the database: deals tell what their reps earn."""
    return [*company_tables(session), _deals(session)]


def own_deals(session: Session, person_id: int) -> ExportTable:
    """Return the deals that a person is credited with, with only their own credit."""
    return _deals(session, person_id)


def _people(session: Session) -> ExportTable:
    today = people_queries.company_today(session)
    levels, managers = people_queries.levels_now(session, today), people_queries.managers_now(session, today)
    header = ("name", "email", "role", "title", "region", "manager", "level", "started", "left")
    rows: list[tuple[Cell, ...]] = [
        (
            person.name,
            person.email,
            str(person.role),
            person.title,
            person.region,
            managers.get(person.id),
            levels.get(person.id),
            person.started_on,
            person.left_on,
        )
        for person in people_queries.list_people(session)
    ]
    return ExportTable("people", header, rows)


def _deals(session: Session, person_id: int | None = None) -> ExportTable:
    credits_ = _credits(session, person_id)
    statement = (
        sa_select(Deal, Source.name, Customer.name, Product.name)  # type: ignore[call-overload]
        .join(Source, col(Source.id) == col(Deal.source_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .order_by(col(Deal.external_id), col(Deal.id))
    )
    if person_id is not None:
        own = select(DealCredit.deal_id).where(DealCredit.person_id == person_id)
        statement = statement.where(col(Deal.id).in_(own))
    found = session.execute(statement).all()
    measures = sorted({name for deal, *_ in found for name in deal.amounts})
    rows = [
        (*_deal(deal, source, customer, product, credits_.get(deal.id, ())), *_measures(deal, measures))
        for deal, source, customer, product in found
    ]
    return ExportTable("deals", (*_DEAL_HEADER, *measures), rows)


_DEAL_HEADER = (
    "id",
    "source",
    "rep",
    "customer",
    "product",
    "status",
    "kind",
    "engaged",
    "signed",
    "amount",
    "currency",
    "term",
    "aha",
    "churned",
    "renewed",
    "rating",
    "rated",
    "rep average",
    "customer paid",
    "go live",
    "service starts",
    "segment",
    "region",
    "discount",
    "prepaid",
    "refund of",
    "payments",
)


def _deal(
    deal: Deal, source: str, customer: str | None, product: str | None, credits_: Sequence[tuple[str, int, str]]
) -> tuple[Cell, ...]:
    return (
        deal.external_id,
        source,
        _shared(credits_),
        customer,
        product,
        deal.stage,
        deal.kind,
        deal.engaged_on,
        deal.signed_on,
        Decimal(deal.arr) / _CENTS,
        deal.currency,
        deal.term_months,
        deal.aha_on,
        deal.churned_on,
        deal.renewed_on,
        deal.rating,
        deal.rated_on,
        None if deal.rep_average is None else Decimal(deal.rep_average) / STAR_SCALE,
        deal.paid_on,
        deal.live_on,
        deal.starts_on,
        deal.segment,
        deal.region,
        "" if deal.discount is None else f"{Decimal(deal.discount) * 100 / MILLION:f}%",
        "yes" if deal.prepaid else "no",
        deal.refund_of,
        "; ".join(f"{day} {Decimal(cents) / _CENTS}" for day, cents in deal.payments),
    )


def _measures(deal: Deal, names: Iterable[str]) -> tuple[Cell, ...]:
    """Return what a deal states of other measures, money in units of the currency."""
    values = ((name, deal.amounts.get(name)) for name in names)
    return tuple(
        Decimal(value) / _CENTS if value is not None and MEASURES[name].is_money else value for name, value in values
    )


def _credits(session: Session, person_id: int | None) -> Mapping[int, list[tuple[str, int, str]]]:
    statement = (
        sa_select(col(DealCredit.deal_id), col(Person.name), col(DealCredit.share), col(DealCredit.role))
        .join(Person, col(Person.id) == col(DealCredit.person_id))
        .order_by(col(DealCredit.deal_id), col(DealCredit.position))
    )
    if person_id is not None:
        statement = statement.where(col(DealCredit.person_id) == person_id)
    credits_: dict[int, list[tuple[str, int, str]]] = {}
    for deal_id, name, share, role in session.execute(statement):
        credits_.setdefault(deal_id, []).append((name, share, role))
    return credits_


def _shared(credits_: Sequence[tuple[str, int, str]]) -> str:
    """Return who is credited as imports read it: Dana Kim, or Dana Kim 60%; Bo Li 40%; Ana Paz 50% overlay."""
    if [(share, role) for _, share, role in credits_] == [(WHOLE_CREDIT, OWN)]:
        return credits_[0][0]
    return "; ".join(
        f"{name} {percent_text(share)}%{'' if role == OWN else f' {role}'}" for name, share, role in credits_
    )
