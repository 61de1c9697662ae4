"""Writes of deals, customers, products, events and usage; writing the same rows again changes nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.db.bulk import insert_columns, new_ulids, texts
from server.db.columns import now
from server.deals.matching import COPIED_FIELDS, ExistingDeal, ExistingDeals, has_number
from server.deals.models import Customer, Deal, DealCredit, Product, Source, UsageEvent
from server.deals.rows import DealRow
from server.errors import InvalidError
from server.messages import message

_CHUNK_SIZE = 5_000
"""Deal IDs that are looked up in one statement."""
_NO_AMOUNTS: dict[str, int] = {}
_NO_PAYMENTS: list[list[Any]] = []
_NEW = -1
"""The key of a customer or product that is not known yet."""
_ROWS_AT_ONCE = 5_000
"""Deals that are written in one statement."""


@dataclass(slots=True)
class WriteResult:
    """The number of rows added, changed and left unchanged."""

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
    """Return a source by name, creating it if needed; its end moves forward if the data goes further."""
    source = session.exec(select(Source).where(Source.name == name)).first()
    if source is None:
        source = Source(name=name, ends_on=ends_on)
    elif ends_on > source.ends_on:
        source.ends_on, source.imported_at = ends_on, now()
    session.add(source)
    session.flush()
    return source


def update_data_end(session: Session, source: Source) -> None:
    """Set a source's end to the latest date in its won deals, also backwards after a correction."""
    days = (Deal.signed_on, Deal.aha_on, Deal.churned_on, Deal.renewed_on, Deal.rated_on)
    statement = sa_select(*(func.max(day) for day in days)).where(
        col(Deal.source_id) == source.id, col(Deal.stage) == "won"
    )
    latest_days = [day for day in session.execute(statement).one() if day]
    if latest_days:
        source.ends_on = max(latest_days)
    elif other_end := session.exec(select(func.max(Source.ends_on)).where(Source.id != source.id)).one():
        source.ends_on = min(source.ends_on, other_end)  # without deals it must not shift the twelve months
    source.revision += 1
    session.add(source)
    session.flush()


def upsert_customers(session: Session, rows: Sequence[tuple[str, str, str]]) -> WriteResult:
    """Write customers (name, sector, country)."""
    result = WriteResult()
    customers = {customer.name: customer for customer in session.exec(select(Customer))}
    for name, sector, country in rows:
        customer = customers.get(name)
        new = customer is None
        customer = customer or Customer(name=name)
        differs = (customer.sector, customer.country) != (sector, country)
        customer.sector, customer.country = sector, country
        result.count(new=new, differs=differs)
        if new or differs:
            session.add(customer)
            customers[name] = customer
    session.flush()
    return result


def upsert_products(session: Session, rows: Sequence[tuple[str, str, int]]) -> WriteResult:
    """Write products (name, series, list price in cents)."""
    result = WriteResult()
    products = {product.name: product for product in session.exec(select(Product))}
    for name, series, price in rows:
        product = products.get(name)
        new = product is None
        product = product or Product(name=name)
        differs = (product.series, product.list_price) != (series, price)
        product.series, product.list_price = series, price
        result.count(new=new, differs=differs)
        if new or differs:
            session.add(product)
            products[name] = product
    session.flush()
    return result


def upsert_deals(
    session: Session,
    source: Source,
    rows: Sequence[DealRow[Any]],
    people: Mapping[Any, int] | None = None,
    give_way: Callable[[], None] = lambda: None,
) -> WriteResult:
    """Write deals and their credits; customers and products that do not exist yet are added by name.

    `people` are the keys of those whom the rows credit, where the rows have names. `give_way` is called between parts
    of many rows.
    """
    result = WriteResult()
    names = _DealNames(
        _keys_by_name(session, Customer, {row.customer for row in rows if row.customer}),
        _keys_by_name(session, Product, {row.product for row in rows if row.product}),
        people,
    )
    changed_sources: set[int] = set()
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        chunk = rows[first : first + _ROWS_AT_ONCE]
        if len(rows) > _ROWS_AT_ONCE:
            source.revision += 1  # what is computed from deals is of the parts written so far
            session.add(source)
            give_way()
        if session.exec(select(Deal.id).limit(1)).first() is not None:
            new_rows = []
            for row, update_ in _compared(session, source.id, chunk, names):
                if update_ is None:
                    new_rows.append(row)
                    continue
                _write_update(session, update_)
                if update_.differs:
                    changed_sources.add(update_.existing.source_id)
                result.count(new=False, differs=update_.differs)
            chunk = new_rows
        _insert_deals(session, source, chunk, names)
        result.added += len(chunk)
    _record(session, source, {name for row in rows if row.amounts for name in row.amounts})
    if any(row.payments for row in rows):
        _record(session, source, {PAID})
    for other in session.exec(select(Source).where(col(Source.id).in_(changed_sources - {source.id}))):
        update_data_end(session, other)
    return result


def count_deals(
    session: Session, source_name: str, rows: Sequence[DealRow[Any]], people: Mapping[Any, int]
) -> WriteResult:
    """Return what writing rows would add, change and leave unchanged, without writing: for as many as there are.

    `people` are the keys of those whom the rows credit; who is new may have any key that no one has.
    """
    source_id = session.exec(select(Source.id).where(Source.name == source_name)).first() or 0
    customers = dict(session.exec(select(Customer.name, Customer.id)).all())
    products = dict(session.exec(select(Product.name, Product.id)).all())
    names = _DealNames(
        {row.customer: customers.get(row.customer, _NEW) for row in rows if row.customer},
        {row.product: products.get(row.product, _NEW) for row in rows if row.product},
        people,
    )
    result = WriteResult()
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        for _, update_ in _compared(session, source_id, rows[first : first + _ROWS_AT_ONCE], names):
            result.count(new=update_ is None, differs=update_ is not None and update_.differs)
    return result


@dataclass(frozen=True, slots=True)
class _DealUpdate:
    """What a row changes of an existing deal: its values and its credits by key, None where they stay."""

    existing: ExistingDeal
    values: dict[str, Any] | None
    shares: dict[int, tuple[int, str]] | None

    @property
    def differs(self) -> bool:
        return self.values is not None or self.shares is not None


def _compared(
    session: Session, source_id: int, rows: Sequence[DealRow[Any]], names: "_DealNames"
) -> Iterator[tuple[DealRow[Any], _DealUpdate | None]]:
    """Yield each row with what it changes of the deal that it is about, None for a new deal."""
    existing_deals = ExistingDeals(session, source_id, [row.external_id for row in rows])
    for row in rows:
        if not existing_deals.is_known(row.external_id):
            yield row, None
            continue
        values = _values_of(row, names)
        existing = existing_deals.own_deal(row.external_id)
        existing = existing or existing_deals.deal_of_other_source(row.external_id, values, row.stated)
        is_own = existing is not None and existing.source_id == source_id
        yield row, None if existing is None else _update_of(existing, values, row, names, is_own=is_own)


def _update_of(
    deal: ExistingDeal, values: dict[str, Any], row: DealRow[Any], names: "_DealNames", *, is_own: bool
) -> _DealUpdate:
    values = deal.with_stated(values, row.stated) if is_own else deal.merge_stated(values, row.stated)
    values = values | {"payments": merged_payments(deal.values["payments"], row.payments)}
    shares = names.credits_of(row)
    is_left_out = row.stated is not None and "credits" not in row.stated
    keeps_credits = deal.shares == shares or not (shares or is_own) or is_left_out
    return _DealUpdate(deal, values if deal.values != values else None, None if keeps_credits else shares)


def _write_update(session: Session, update_: _DealUpdate) -> None:
    key = update_.existing.key
    if update_.values is not None:
        session.execute(update(Deal).where(col(Deal.id) == key).values(**update_.values))
    if update_.shares is not None:
        session.execute(delete(DealCredit).where(col(DealCredit.deal_id) == key))
        if update_.shares:
            session.execute(insert(DealCredit), _credit_rows(key, update_.shares))


@dataclass(frozen=True, slots=True)
class _DealNames:
    """The keys of what rows name: customers, products and, unless the rows have keys, people."""

    customers: Mapping[str, int]
    products: Mapping[str, int]
    people: Mapping[Any, int] | None
    known: dict[Any, tuple[Any, dict[int, tuple[int, str]]]] = field(default_factory=dict)

    def credits_of(self, row: DealRow[Any]) -> dict[int, tuple[int, str]]:
        """Return everyone's share and role by key."""
        key = (id(row.credits), id(row.roles), row.role)  # rows of a file with equal cells have the same objects
        if key not in self.known:
            self.known[key] = (
                row.credits,
                {
                    person if self.people is None else self.people[person]: (share, row.role_of(person))
                    for person, share in row.credits.items()
                },
            )
        return self.known[key][1]


def _values_of(row: DealRow[Any], names: _DealNames) -> dict[str, Any]:
    """Return a row's values by column of the deals table."""
    values = {name: getattr(row, name) for name in COPIED_FIELDS}
    return values | {
        "amounts": dict(row.amounts),
        "payments": [*map(list, row.payments)],
        "customer_id": names.customers.get(row.customer or ""),
        "product_id": names.products.get(row.product or ""),
    }


def _record(session: Session, source: Source, names: set[str]) -> None:
    """Add to what a source is known to state about some of its deals."""
    known = set(filter(None, source.recorded.split(",")))
    if not names <= known:
        source.recorded = ",".join(sorted(known | names))
        session.add(source)


def _credit_rows(deal_id: int, shares: Mapping[int, tuple[int, str]]) -> list[dict[str, Any]]:
    return [
        {"deal_id": deal_id, "person_id": person, "share": share, "position": position, "role": role}
        for position, (person, (share, role)) in enumerate(shares.items())
    ]


def _insert_deals(session: Session, source: Source, rows: Sequence[DealRow[Any]], names: _DealNames) -> None:
    """Insert new deals and their credits."""
    if not rows:
        return
    for row in rows:
        if row.stage == "won" and row.signed_on is None:
            number = row.external_id[:40]
            raise InvalidError(message("Deal {number} is won, but has no day of signing. State it.", number=number))
    stated = dict(zip(DealRow._fields, zip(*rows, strict=True), strict=True))
    columns: dict[str, Sequence[Any]] = {name: stated[name] for name in COPIED_FIELDS}
    columns |= {
        "ulid": new_ulids(len(rows)),
        "source_id": [source.id] * len(rows),
        "external_id": stated["external_id"],
        "customer_id": [names.customers.get(name or "") for name in stated["customer"]],
        "product_id": [names.products.get(name or "") for name in stated["product"]],
        "amounts": [dict(amounts) if amounts else _NO_AMOUNTS for amounts in stated["amounts"]],
        "payments": [[*map(list, payments)] if payments else _NO_PAYMENTS for payments in stated["payments"]],
    }
    insert_columns(session, Deal.__table__, columns)  # type: ignore[attr-defined]
    credited = [row for row in rows if row.credits]
    keys: dict[str, int] = {}
    for first in range(0, len(credited), _CHUNK_SIZE):
        numbers = [row.external_id for row in credited[first : first + _CHUNK_SIZE]]
        is_named = col(Deal.external_id).in_(texts(session, numbers))
        keys |= dict(session.exec(select(Deal.external_id, Deal.id).where(Deal.source_id == source.id, is_named)).all())
    credit_rows = [
        (keys[row.external_id], person, share, position, role)
        for row in credited
        for position, (person, (share, role)) in enumerate(names.credits_of(row).items())
    ]
    if credit_rows:
        fields = ("deal_id", "person_id", "share", "position", "role")
        credit_columns = dict(zip(fields, zip(*credit_rows, strict=True), strict=True))
        insert_columns(session, DealCredit.__table__, credit_columns)  # type: ignore[attr-defined]


PAID = "paid"
"""What a source has recorded if it states payments."""
EVENTS = ("aha_on", "churned_on", "renewed_on", "rating", "rated_on", "paid_on", "live_on", "payments")
"""Columns of what can happen to a deal after it is signed."""


def signing_dates(session: Session, numbers: Sequence[str]) -> dict[str, list[date | None]]:
    """Return the signing dates of deals by external ID, one for each source that has the deal."""
    dates: dict[str, list[date | None]] = {}
    for first in range(0, len(numbers), _CHUNK_SIZE):
        is_named = has_number(session, numbers[first : first + _CHUNK_SIZE])
        statement = sa_select(col(Deal.external_id), col(Deal.signed_on)).where(is_named)
        for number, signed in session.execute(statement):
            dates.setdefault(number, []).append(signed)
    return dates


def upsert_events(session: Session, rows: Sequence[tuple[str, Mapping[str, Any]]], source: str) -> WriteResult:
    """Write events of existing deals: external ID, and values of some columns in EVENTS; the others stay.

    Of several deals with an ID, it is the one of the source with this name.
    """
    result = WriteResult()
    for number, values in rows:
        deal = _deal_of_event(session, number, source)
        if deal is None:
            continue
        merged = dict(values)
        if "payments" in merged:
            _record(session, session.get_one(Source, deal.source_id), {PAID})
            merged["payments"] = merged_payments(deal.payments, merged["payments"])
        differs = any(getattr(deal, name) != value for name, value in merged.items())
        for name, value in merged.items():
            setattr(deal, name, value)
        session.add(deal)
        result.count(new=False, differs=differs)
    session.flush()
    sources = session.exec(select(Source)).all()
    for other in sources if result.changed else ():
        update_data_end(session, other)
    return result


def _deal_of_event(session: Session, number: str, source: str) -> Deal | None:
    """Return the deal with an external ID; of several, the one of a source, or None if it has none of them."""
    statement = (
        select(Deal, Source.name).join(Source, col(Source.id) == col(Deal.source_id)).where(Deal.external_id == number)
    )
    deals = session.exec(statement).all()
    if len(deals) == 1:
        return deals[0][0]
    return next((deal for deal, name in deals if name == source), None)


def merged_payments(known: Sequence[Sequence[Any]], new: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return payments (ISO day, cents) by day; those of a day that is stated again replace the known ones."""
    days = {day for day, _ in new}
    return sorted([*([day, cents] for day, cents in known if day not in days), *map(list, new)])


def upsert_usage(session: Session, source: Source, rows: Sequence[tuple[str, str, date, int]]) -> WriteResult:
    """Write usage (customer, event, day, count)."""
    result = WriteResult()
    customers = _keys_by_name(session, Customer, {row[0] for row in rows})
    statement = select(UsageEvent).where(UsageEvent.source_id == source.id)
    events = {(event.customer_id, event.name, event.day): event for event in session.exec(statement)}
    for customer, name, day, count in rows:
        key = (customers[customer], name, day)
        event = events.get(key)
        new = event is None
        event = event or UsageEvent(source_id=source.id, customer_id=key[0], name=name, day=day, count=count)
        differs = event.count != count
        event.count = count
        result.count(new=new, differs=differs)
        session.add(event)
        events[key] = event
    session.flush()
    return result


def _keys_by_name(session: Session, table: type[Customer] | type[Product], names: set[str]) -> dict[str, int]:
    """Return the keys of rows by name, adding the rows that are missing."""
    keys = {name: key for name, key in session.exec(select(table.name, table.id)).all() if key is not None}
    missing = sorted(names - keys.keys())
    if not missing:
        return keys
    columns: dict[str, Sequence[Any]] = {"name": missing}
    if table is Customer:
        columns |= {"ulid": new_ulids(len(missing)), "sector": [""] * len(missing), "country": [""] * len(missing)}
    else:
        columns |= {"series": [""] * len(missing), "list_price": [0] * len(missing)}
    insert_columns(session, table.__table__, columns)  # type: ignore[union-attr]
    return {name: key for name, key in session.exec(select(table.name, table.id)).all() if key is not None}
