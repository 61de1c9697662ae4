"""Deals, customers and products as admins find them: with who is credited, but without amounts of deals.

With its amount and the plan, which everyone can read, a deal would tell what it paid a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, or_, select

from server.deals.models import Customer, Deal, DealCredit, Product, Source
from server.people.models import Person

PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class DealEntry:
    """A deal in a list; `names` are those of the people who are credited with it."""

    ulid: str
    number: str
    customer: str
    product: str
    stage: str
    signed: date | None
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of the results of a search, and how many there are."""

    rows: Sequence[Any]
    count: int
    page: int

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(-(-self.count // PAGE_SIZE), 1)


def find_deals(session: Session, words: str = "", stage: str = "", page: int = 1) -> ResultPage:
    """Return a page of deals whose number, customer or rep has the words, the last signed first."""
    conditions = [_has_words(words)] if words.strip() else []
    if stage:
        conditions.append(col(Deal.stage) == stage)
    count = sa_select(func.count()).select_from(Deal)
    count = count.outerjoin(Customer, col(Customer.id) == col(Deal.customer_id)).where(*conditions)
    statement = _entries().where(*conditions).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return ResultPage(_with_names(session, statement), session.execute(count).scalar_one(), page)


def deals_of(session: Session, condition: ColumnElement[bool]) -> list[DealEntry]:
    """Return the first deals with a condition, such as those of a customer."""
    return _with_names(session, _entries().where(condition).limit(PAGE_SIZE))


def _has_words(words: str) -> ColumnElement[bool]:
    text = words.strip()
    of_people = (
        sa_select(col(DealCredit.deal_id))
        .join(Person, col(Person.id) == col(DealCredit.person_id))
        .where(col(Person.name).icontains(text, autoescape=True))
    )
    columns = (col(Deal.external_id), col(Customer.name))
    return or_(*(column.icontains(text, autoescape=True) for column in columns), col(Deal.id).in_(of_people))


def _entries() -> Select[*tuple[Any, ...]]:
    columns = (Deal.id, Deal.ulid, Deal.external_id, Customer.name, Product.name, Deal.stage, Deal.signed_on)
    entries: Select[*tuple[Any, ...]] = sa_select(*map(col, columns))
    return (
        entries.outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .order_by(func.coalesce(Deal.signed_on, Deal.engaged_on, date.min).desc(), col(Deal.id).desc())
    )


def _with_names(session: Session, statement: Select[*tuple[Any, ...]]) -> list[DealEntry]:
    rows = session.execute(statement).all()
    names: dict[int, list[str]] = {}
    credited = (
        select(DealCredit.deal_id, Person.name)
        .join(Person, col(Person.id) == col(DealCredit.person_id))
        .where(col(DealCredit.deal_id).in_([row[0] for row in rows]))
        .order_by(col(DealCredit.position))
    )
    for key, name in session.exec(credited) if rows else ():
        names.setdefault(key, []).append(name)
    return [
        DealEntry(ulid, number, customer or "", product or "", stage, signed, tuple(names.get(key, ())))
        for key, ulid, number, customer, product, stage, signed in rows
    ]


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A customer or product in a list, with two words about it and the number of its deals."""

    ulid: str
    name: str
    details: Sequence[str]
    deals: int


def find_customers(session: Session, words: str = "", page: int = 1) -> ResultPage:
    """Return a page of customers whose name, sector or country has the words, by name."""
    columns = (col(Customer.name), col(Customer.sector), col(Customer.country))
    return _find(session, Customer, columns, words, page)


def find_products(session: Session, words: str = "", page: int = 1) -> ResultPage:
    """Return a page of products whose name or series has the words, by name."""
    return _find(session, Product, (col(Product.name), col(Product.series)), words, page)


def _find(session: Session, model: type[Customer] | type[Product], columns: Any, words: str, page: int) -> ResultPage:
    conditions = []
    if text := words.strip():
        conditions.append(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    count = session.execute(sa_select(func.count()).select_from(model).where(*conditions)).scalar_one()
    key = col(Deal.customer_id if model is Customer else Deal.product_id)
    deals = sa_select(func.count()).where(key == col(model.id)).correlate(model).scalar_subquery()
    statement = sa_select(col(model.ulid), *columns, deals).where(*conditions).order_by(col(model.name), col(model.id))
    rows = session.execute(statement.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
    entries = [CatalogEntry(row[0], row[1], [text for text in row[2:-1] if text], row[-1]) for row in rows]
    return ResultPage(entries, count, page)


def credits_of(session: Session, deal: Deal) -> list[tuple[Person, DealCredit]]:
    """Return who is credited with a deal, in order."""
    statement = select(Person, DealCredit).join(Person, col(Person.id) == col(DealCredit.person_id))
    statement = statement.where(DealCredit.deal_id == deal.id).order_by(col(DealCredit.position))
    return list(session.exec(statement).all())


def names_around(session: Session, deal: Deal) -> Mapping[str, str]:
    """Return the names of a deal's source, customer and product, empty where it has none."""
    statement = (
        sa_select(col(Source.name), col(Customer.name), col(Product.name))
        .select_from(Deal)
        .join(Source, col(Source.id) == col(Deal.source_id))
        .outerjoin(Customer, col(Customer.id) == col(Deal.customer_id))
        .outerjoin(Product, col(Product.id) == col(Deal.product_id))
        .where(col(Deal.id) == deal.id)
    )
    names = session.execute(statement).one()
    return {what: name or "" for what, name in zip(("source", "customer", "product"), names, strict=True)}
