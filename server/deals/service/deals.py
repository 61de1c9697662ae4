"""Writes of deals and their credits; writing the same rows again changes nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.db.bulk import insert_columns, new_ulids
from server.db.columns import now
from server.db.row_journal import journal_of
from server.deals.matching import COPIED_FIELDS, ExistingDeal, ExistingDeals, has_number, merged_payments
from server.deals.models import Customer, Deal, DealCredit, Product, Source
from server.deals.rows import DealRow
from server.deals.service.catalog import keys_by_name
from server.deals.service.credits import CREDITS, CREDITS_OF_DEALS, credits_as_json
from server.deals.service.results import WriteResult
from server.deals.service.sources import PAID, record_names, update_data_end
from server.errors import InvalidError
from server.messages import message

DEALS: Table = Deal.__table__  # type: ignore[attr-defined]
_CHUNK_SIZE = 5_000
"""Deal IDs that are looked up in one statement."""
_NO_AMOUNTS: dict[str, int] = {}
_NO_PAYMENTS: list[list[Any]] = []
_NEW = -1
"""The key of a customer or product that is not known yet."""
_ROWS_AT_ONCE = 5_000
"""Deals that are written in one statement."""


def upsert_deals(
    session: Session,
    source: Source,
    rows: Sequence[DealRow[Any]],
    people: Mapping[Any, int] | None = None,
    give_way: Callable[[int], None] = lambda _written: None,
    *,
    keeps_reps: bool = False,
) -> WriteResult:
    """Write deals and their credits; customers and products that do not exist yet are added by name.

    `people` are the keys of those whom the rows credit, where the rows have names. `give_way` is called between parts
    of many rows with the number of those written. Deals that are won keep those who are credited if it `keeps_reps`.
    """
    result = WriteResult()
    names = _DealNames(
        keys_by_name(session, Customer, {row.customer for row in rows if row.customer}),
        keys_by_name(session, Product, {row.product for row in rows if row.product}),
        people,
    )
    changed_sources: set[int] = set()
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        chunk = rows[first : first + _ROWS_AT_ONCE]
        if len(rows) > _ROWS_AT_ONCE:
            source.revision += 1  # what is computed from deals is of the parts written so far
            session.add(source)
            give_way(first)
        if session.exec(select(Deal.id).limit(1)).first() is not None:
            new_rows = []
            for row, update_ in _compared(session, source.id, chunk, names):
                if update_ is None:
                    new_rows.append(row)
                    continue
                if keeps_reps and update_.existing.has_rep:
                    update_ = replace(update_, shares=None)  # noqa: PLW2901 - it may have been won since the preview
                _write_update(session, update_)
                if update_.differs:
                    changed_sources.add(update_.existing.source_id)
                result.count(new=False, differs=update_.differs)
            chunk = new_rows
        _insert_deals(session, source, chunk, names)
        result.added += len(chunk)
    record_names(session, source, {name for row in rows if row.amounts for name in row.amounts})
    if any(row.payments for row in rows):
        record_names(session, source, {PAID})
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
    if update_.differs:
        changed_at = now()
        _note_update(session, update_, changed_at)
        values = {**(update_.values or {}), "changed_at": changed_at}
        session.execute(update(Deal).where(col(Deal.id) == key).values(**values))
    if update_.shares is not None:
        session.execute(delete(DealCredit).where(col(DealCredit.deal_id) == key))
        if update_.shares:
            session.execute(insert(DealCredit), _credit_rows(key, update_.shares))


def _note_update(session: Session, update_: _DealUpdate, changed_at: datetime) -> None:
    """Note in the session's journal what is changed of a deal; its credits are noted as a value of its row."""
    journal = journal_of(session)
    if journal is None:
        return
    known, values = update_.existing.values, update_.values or {}
    after = {name: value for name, value in values.items() if known[name] != value}
    before = {name: known[name] for name in after} | {"changed_at": update_.existing.changed_at}
    after["changed_at"] = changed_at
    if update_.shares is not None:
        before[CREDITS], after[CREDITS] = map(credits_as_json, (update_.existing.shares, update_.shares))
    journal.note_changed(DEALS, update_.existing.key, before, after)


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
    keys = insert_columns(session, DEALS, columns)
    credit_rows = [
        (key, person, share, position, role)
        for key, row in zip(keys, rows, strict=True)
        if row.credits
        for position, (person, (share, role)) in enumerate(names.credits_of(row).items())
    ]
    if credit_rows:
        fields = ("deal_id", "person_id", "share", "position", "role")
        credit_columns = dict(zip(fields, zip(*credit_rows, strict=True), strict=True))
        insert_columns(session, CREDITS_OF_DEALS, credit_columns)


def signing_dates(session: Session, numbers: Sequence[str]) -> dict[str, list[date | None]]:
    """Return the signing dates of deals by external ID, one for each source that has the deal."""
    dates: dict[str, list[date | None]] = {}
    for first in range(0, len(numbers), _CHUNK_SIZE):
        is_named = has_number(session, numbers[first : first + _CHUNK_SIZE])
        statement = sa_select(col(Deal.external_id), col(Deal.signed_on)).where(is_named)
        for number, signed in session.execute(statement):
            dates.setdefault(number, []).append(signed)
    return dates
