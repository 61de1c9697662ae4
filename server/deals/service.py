"""Writes of deals: rows are put in by source and number, so that the same file changes nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session, col, select

from server.db.columns import now
from server.deals.models import Customer, Deal, DealCredit, Product, Source, UsageEvent


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal as a file states it, with names instead of keys; `credits` maps a person's key to their share."""

    external_id: str
    stage: str
    arr: int
    customer: str | None = None
    product: str | None = None
    kind: str = "new"
    term_months: int = 12
    engaged_on: date | None = None
    signed_on: date | None = None
    aha_on: date | None = None
    churned_on: date | None = None
    renewed_on: date | None = None
    rating: int | None = None
    rated_on: date | None = None
    credits: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Written:
    """How many rows were new, changed, or already there as they are."""

    added: int = 0
    changed: int = 0
    same: int = 0

    def count(self, *, new: bool, differs: bool) -> None:
        """Count one row."""
        if new:
            self.added += 1
        elif differs:
            self.changed += 1
        else:
            self.same += 1


def source(session: Session, name: str, ends_on: date) -> Source:
    """Return a source, its newest day moved on if the data goes further."""
    found = session.exec(select(Source).where(Source.name == name)).first()
    if found is None:
        found = Source(name=name, ends_on=ends_on)
    elif ends_on > found.ends_on:
        found.ends_on, found.imported_at = ends_on, now()
    session.add(found)
    session.flush()
    return found


def put_customers(session: Session, rows: Sequence[tuple[str, str, str]]) -> Written:
    """Put customers (name, sector, country) in."""
    written = Written()
    known = {customer.name: customer for customer in session.exec(select(Customer))}
    for name, sector, country in rows:
        customer = known.get(name)
        new = customer is None
        customer = customer or Customer(name=name)
        differs = (customer.sector, customer.country) != (sector, country)
        customer.sector, customer.country = sector, country
        written.count(new=new, differs=differs)
        if new or differs:
            session.add(customer)
            known[name] = customer
    session.flush()
    return written


def put_products(session: Session, rows: Sequence[tuple[str, str, int]]) -> Written:
    """Put products (name, series, list price in cents) in."""
    written = Written()
    known = {product.name: product for product in session.exec(select(Product))}
    for name, series, price in rows:
        product = known.get(name)
        new = product is None
        product = product or Product(name=name)
        differs = (product.series, product.list_price) != (series, price)
        product.series, product.list_price = series, price
        written.count(new=new, differs=differs)
        if new or differs:
            session.add(product)
            known[name] = product
    session.flush()
    return written


def put_deals(session: Session, came_from: Source, rows: Sequence[DealRow]) -> Written:
    """Put deals and their credits in; customers and products not known yet are made by name."""
    written = Written()
    customers = _keys_by_name(session, Customer, {row.customer for row in rows if row.customer})
    products = _keys_by_name(session, Product, {row.product for row in rows if row.product})
    known = {deal.external_id: deal for deal in session.exec(select(Deal).where(Deal.source_id == came_from.id))}
    shares: dict[int, dict[int, int]] = {}
    for credit in session.exec(select(DealCredit).join(Deal).where(Deal.source_id == came_from.id)):
        shares.setdefault(credit.deal_id, {})[credit.person_id] = credit.share
    fresh: list[tuple[Deal, DealRow]] = []
    for row in rows:
        values = {name: getattr(row, name) for name in _COPIED} | {
            "customer_id": customers.get(row.customer or ""),
            "product_id": products.get(row.product or ""),
        }
        deal = known.get(row.external_id)
        if deal is None:
            deal = Deal(source_id=came_from.id or 0, external_id=row.external_id, **values)
            session.add(deal)
            fresh.append((deal, row))
            written.count(new=True, differs=False)
            continue
        wanted = dict(row.credits)
        differs = any(getattr(deal, name) != value for name, value in values.items())
        if shares.get(deal.id or 0, {}) != wanted:
            differs = True
            session.execute(delete(DealCredit).where(col(DealCredit.deal_id) == deal.id))
            fresh.append((deal, row))
        for name, value in values.items():
            setattr(deal, name, value)
        session.add(deal)
        written.count(new=False, differs=differs)
    session.flush()
    session.add_all(
        DealCredit(deal_id=deal.id or 0, person_id=person, share=share)
        for deal, row in fresh
        for person, share in row.credits.items()
    )
    session.flush()
    return written


_COPIED = (
    "stage", "kind", "arr", "term_months", "engaged_on", "signed_on", "aha_on", "churned_on", "renewed_on",
    "rating", "rated_on",
)  # fmt: skip


def put_usage(session: Session, came_from: Source, rows: Sequence[tuple[str, str, date, int]]) -> Written:
    """Put usage (customer, event, day, count) in."""
    written = Written()
    customers = _keys_by_name(session, Customer, {row[0] for row in rows})
    statement = select(UsageEvent).where(UsageEvent.source_id == came_from.id)
    known = {(event.customer_id, event.name, event.day): event for event in session.exec(statement)}
    for customer, name, day, count in rows:
        key = (customers[customer], name, day)
        event = known.get(key)
        new = event is None
        event = event or UsageEvent(source_id=came_from.id or 0, customer_id=key[0], name=name, day=day, count=count)
        differs = event.count != count
        event.count = count
        written.count(new=new, differs=differs)
        session.add(event)
        known[key] = event
    session.flush()
    return written


def _keys_by_name(session: Session, table: type[Customer] | type[Product], names: set[str]) -> dict[str, int]:
    """Return the keys of rows by name, making those that are missing."""
    known = {name: key for name, key in session.exec(select(table.name, table.id)).all() if key is not None}
    missing = [table(name=name) for name in sorted(names - known.keys())]
    session.add_all(missing)
    session.flush()
    return known | {row.name: row.id or 0 for row in missing}
