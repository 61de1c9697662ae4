"""Writes of deals: rows are put in by number, so that the same file changes nothing twice, by whatever door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.db.columns import new_ulid, now
from server.deals.matching import COPIED_FIELDS, ExistingDeal, ExistingDeals
from server.deals.models import Customer, Deal, DealCredit, Product, Source, UsageEvent

_AT_ONCE = 500
"""Numbers that are looked up in one statement."""


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
    paid_on: date | None = None
    live_on: date | None = None
    segment: str = ""
    region: str = ""
    currency: str = ""
    discount: int | None = None
    prepaid: bool = False
    amounts: Mapping[str, int] = field(default_factory=dict)
    role: str = "own"
    credits: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class WriteResult:
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


def get_source(session: Session, name: str, ends_on: date) -> Source:
    """Return a source, its newest day moved on if the data goes further."""
    found = session.exec(select(Source).where(Source.name == name)).first()
    if found is None:
        found = Source(name=name, ends_on=ends_on)
    elif ends_on > found.ends_on:
        found.ends_on, found.imported_at = ends_on, now()
    session.add(found)
    session.flush()
    return found


def update_data_end(session: Session, came_from: Source) -> None:
    """Let a source end with the newest day its won deals speak of, also when a wrong date has been corrected."""
    days = (Deal.signed_on, Deal.aha_on, Deal.churned_on, Deal.renewed_on, Deal.rated_on)
    statement = sa_select(*(func.max(day) for day in days)).where(
        col(Deal.source_id) == came_from.id, col(Deal.stage) == "won"
    )
    newest = [day for day in session.execute(statement).one() if day]
    if newest:
        came_from.ends_on = max(newest)
    elif others := session.exec(select(func.max(Source.ends_on)).where(Source.id != came_from.id)).one():
        came_from.ends_on = min(came_from.ends_on, others)  # no deals of its own: it moves nobody's twelve months
    came_from.revision += 1
    session.add(came_from)
    session.flush()


def put_customers(session: Session, rows: Sequence[tuple[str, str, str]]) -> WriteResult:
    """Put customers (name, sector, country) in."""
    written = WriteResult()
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


def put_products(session: Session, rows: Sequence[tuple[str, str, int]]) -> WriteResult:
    """Put products (name, series, list price in cents) in."""
    written = WriteResult()
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


def put_deals(session: Session, came_from: Source, rows: Sequence[DealRow]) -> WriteResult:
    """Put deals and their credits in; customers and products not known yet are made by name."""
    written = WriteResult()
    customers = _keys_by_name(session, Customer, {row.customer for row in rows if row.customer})
    products = _keys_by_name(session, Product, {row.product for row in rows if row.product})
    others = [source_ for source_ in session.exec(select(Source)) if source_.id != came_from.id]
    numbers = [row.external_id for row in rows]
    known = ExistingDeals(session, came_from.id or 0, numbers, has_others=bool(others))
    touched: set[int] = set()
    fresh: list[dict[str, Any]] = []
    credited: list[tuple[str, Mapping[int, int], str]] = []
    for row in rows:
        values = {name: getattr(row, name) for name in COPIED_FIELDS}
        values |= {"customer_id": customers.get(row.customer or ""), "product_id": products.get(row.product or "")}
        before = known.own(row.external_id) or known.same_elsewhere(row.external_id, values)
        if before is None:
            fresh.append({"ulid": new_ulid(), "source_id": came_from.id, "external_id": row.external_id, **values})
            credited.append((row.external_id, row.credits, row.role))
            written.count(new=True, differs=False)
            continue
        differs = _put_over(session, before, values, row, is_own=before.source_id == came_from.id)
        if differs:
            touched.add(before.source_id)
        written.count(new=False, differs=differs)
    _insert(session, came_from, fresh, credited)
    for source_ in others:
        if source_.id in touched:
            update_data_end(session, source_)
    return written


def _put_over(session: Session, before: ExistingDeal, values: dict[str, Any], row: DealRow, *, is_own: bool) -> bool:
    """Let a row change a deal that is there, as far as it differs, and say whether it did."""
    values = values if is_own else before.with_stated(values)
    differs = before.values != values
    if differs:
        session.execute(update(Deal).where(col(Deal.id) == before.key).values(**values))
    wanted = {person: (share, row.role) for person, share in row.credits.items()}
    if before.shares == wanted or not (wanted or is_own):
        return differs
    session.execute(delete(DealCredit).where(col(DealCredit.deal_id) == before.key))
    if wanted:
        session.execute(insert(DealCredit), _credit_rows(before.key, row.credits, row.role))
    return True


def _credit_rows(deal_id: int, shares: Mapping[int, int], role: str) -> list[dict[str, Any]]:
    return [{"deal_id": deal_id, "person_id": person, "share": share, "role": role} for person, share in shares.items()]


def _insert(
    session: Session, came_from: Source, fresh: list[dict[str, Any]], credited: list[tuple[str, Mapping[int, int], str]]
) -> None:
    """Insert new deals, and the credits of those whose credits are new."""
    if fresh:
        session.execute(insert(Deal), fresh)
    if not credited:
        return
    statement = select(Deal.external_id, Deal.id).where(Deal.source_id == came_from.id)
    keys = {number: key or 0 for number, key in session.exec(statement)}
    rows = [row for number, shares, role in credited for row in _credit_rows(keys[number], shares, role)]
    if rows:
        session.execute(insert(DealCredit), rows)


EVENTS = ("aha_on", "churned_on", "renewed_on", "rating", "rated_on", "paid_on", "live_on")
"""What can happen to a deal after it was signed."""


def signing_dates(session: Session, numbers: Sequence[str]) -> dict[str, list[date | None]]:
    """Return the days on which deals of these numbers were signed, of every source that has one."""
    found: dict[str, list[date | None]] = {}
    for first in range(0, len(numbers), _AT_ONCE):
        part = list(numbers[first : first + _AT_ONCE])
        statement = sa_select(col(Deal.external_id), col(Deal.signed_on)).where(col(Deal.external_id).in_(part))
        for number, signed in session.execute(statement):
            found.setdefault(number, []).append(signed)
    return found


def put_events(session: Session, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> WriteResult:
    """Put what happened to known deals in: number, and the values of some of EVENTS; what is not stated stays."""
    written = WriteResult()
    for number, values in rows:
        found = session.exec(select(Deal).where(Deal.external_id == number)).first()
        if found is None:
            continue
        differs = any(getattr(found, name) != value for name, value in values.items())
        for name, value in values.items():
            setattr(found, name, value)
        session.add(found)
        written.count(new=False, differs=differs)
    session.flush()
    sources = session.exec(select(Source)).all()
    for source_ in sources if written.changed else ():
        update_data_end(session, source_)
    return written


def put_usage(session: Session, came_from: Source, rows: Sequence[tuple[str, str, date, int]]) -> WriteResult:
    """Put usage (customer, event, day, count) in."""
    written = WriteResult()
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
