"""Writes of what happens to deals after they are signed, and of usage."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Table
from sqlmodel import Session, col, select

from server.db.bulk import insert_columns
from server.db.columns import now
from server.deals.matching import merged_payments
from server.deals.models import Customer, Deal, Source, UsageEvent
from server.deals.service.catalog import keys_by_name
from server.deals.service.results import WriteResult
from server.deals.service.sources import PAID, record_names, update_data_end

USAGE_EVENTS: Table = UsageEvent.__table__  # type: ignore[attr-defined]
EVENTS = ("aha_on", "churned_on", "renewed_on", "rating", "rated_on", "paid_on", "live_on", "payments")
"""Columns of what can happen to a deal after it is signed."""


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
            record_names(session, session.get_one(Source, deal.source_id), {PAID})
            merged["payments"] = merged_payments(deal.payments, merged["payments"])
        differs = any(getattr(deal, name) != value for name, value in merged.items())
        for name, value in merged.items() if differs else ():
            setattr(deal, name, value)
        if differs:
            deal.changed_at = now()
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


def upsert_usage(session: Session, source: Source, rows: Sequence[tuple[str, str, date, int]]) -> WriteResult:
    """Write usage (customer, event, day, count)."""
    result = WriteResult()
    customers = keys_by_name(session, Customer, {row[0] for row in rows})
    statement = select(UsageEvent).where(UsageEvent.source_id == source.id)
    events = {(event.customer_id, event.name, event.day): event for event in session.exec(statement)}
    counts = {(customers[customer], name, day): count for customer, name, day, count in rows}
    new = [(source.id, *key, count) for key, count in counts.items() if key not in events]
    for key, event in events.items():
        if key in counts and event.count != counts[key]:
            event.count, event.changed_at = counts[key], now()
            session.add(event)
            result.changed += 1
    session.flush()
    if new:
        names = ("source_id", "customer_id", "name", "day", "count")
        insert_columns(session, USAGE_EVENTS, dict(zip(names, zip(*new, strict=True), strict=True)))
    result.added = len(new)
    result.same = len(rows) - result.added - result.changed
    return result
