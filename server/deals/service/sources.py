"""Sources of data: the last day of each, and what its deals state."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import String, Table, cast, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from server.db.columns import now
from server.deals.models import Deal, Source, UsageEvent

SOURCES: Table = Source.__table__  # type: ignore[attr-defined]
PAID = "paid"
"""What a source has recorded if it states payments."""


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


def settle_sources(session: Session, former: Mapping[int, tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Bring sources up to date after deals were removed; one that was added and has no deals and usage is removed.

    `former` are the values of sources before and after what is undone, by key, none before for an added one: a source
    that is as it was after gets those before. Otherwise they are read from its deals.
    """
    for source in session.exec(select(Source).where(col(Source.id).in_(former))).all():
        has_deals = session.exec(select(Deal.id).where(Deal.source_id == source.id).limit(1)).first() is not None
        has_usage = select(UsageEvent.id).where(UsageEvent.source_id == source.id).limit(1)
        before, after = former[source.id]
        if not before and not has_deals and session.exec(has_usage).first() is None:
            session.delete(source)
            continue
        if before and all(getattr(source, name) == value for name, value in after.items()):
            for name, value in before.items():
                setattr(source, name, value)
            source.revision += 1
            session.add(source)
            continue
        source.recorded = ",".join(sorted(_recorded_names(session, source.id)))
        update_data_end(session, source)
    session.flush()


def _recorded_names(session: Session, source_id: int) -> set[str]:
    """Return what the deals of a source state; see `Source.recorded`."""
    of_source = col(Deal.source_id) == source_id
    amounts = session.execute(sa_select(cast(col(Deal.amounts), String)).where(of_source).distinct()).scalars()
    names = {name for text in amounts for name in json.loads(text)}
    has_payments = sa_select(col(Deal.id)).where(of_source, cast(col(Deal.payments), String) != "[]").limit(1)
    return names | ({PAID} if session.execute(has_payments).first() else set())


def record_names(session: Session, source: Source, names: set[str]) -> None:
    """Add to what a source is known to state about some of its deals."""
    known = set(filter(None, source.recorded.split(",")))
    if not names <= known:
        source.recorded = ",".join(sorted(known | names))
        session.add(source)
