"""Why an import cannot be undone: rows are no longer as it left them, or others refer to what it added."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from server.db.row_journal import Values, rows_by_key
from server.deals import service as deal_service
from server.deals.models import Customer, Deal
from server.documents.models import Redesign
from server.imports.models import ImportRun, RunState
from server.imports.references import public_ids, referred
from server.imports.runs import imported_tables, is_running
from server.imports.undo.changes import TableChanges, referred_by
from server.messages import Message, message
from server.people.models import Person
from server.plans_in_force.models import PlanInForce

PEOPLE: Table = Person.__table__  # type: ignore[attr-defined]
MAX_REASONS = 5
"""Reasons that are given for a refusal; more would say the same."""
_RANGES_AT_ONCE = 100


def refusal_reasons(session: Session, run: ImportRun, changes: Mapping[str, TableChanges]) -> Sequence[Message]:
    """Return why an import cannot be undone, at most MAX_REASONS reasons."""
    if run.state == RunState.undone:
        return [message("It has already been undone.")]
    if is_running(run):
        return [message("It is still running.")]
    return row_reasons(session, run, changes)


def row_reasons(session: Session, run: ImportRun, changes: Mapping[str, TableChanges]) -> Sequence[Message]:
    """Return what keeps the rows of an import from being changed back, at most MAX_REASONS reasons."""
    others = session.exec(select(ImportRun).where(ImportRun.id != run.id, ImportRun.state != RunState.done)).all()
    if any(is_running(other) for other in others):
        return [message("Another import is running. Try again when it is finished.")]
    if not changes:
        return [message("It changed nothing, or it is too old.")]
    if "pay_corrections" in changes:
        return [message("Corrections of pay are only ever added. Take one back by another correction.")]
    # the last day of a source is corrected after others wrote to it
    tables = [table for table in imported_tables() if table.name in changes and table is not deal_service.SOURCES]
    found = chain(
        (reason for table in tables for reason in _reasons_of_table(session, table, changes)),
        _gone_since(session, run, changes),
        _taken_addresses(session, changes.get("people", TableChanges())),
        _taken_back_deals(session, changes.get("deals", TableChanges())),
    )
    return list(dict.fromkeys(islice(found, MAX_REASONS)))


def _gone_since(session: Session, run: ImportRun, changes: Mapping[str, TableChanges]) -> Iterator[Message]:
    """Yield a reason for each row whose former customer, product or person is no longer there."""
    known = referred_by(session, run)
    current = {name: public_ids(session, name, [int(key) for key in ids]) for name, ids in known.items()}
    for name, own in changes.items():
        table = SQLModel.metadata.tables[name]
        for key, (before, after) in own.rows.items():
            places = () if own.includes(key) else referred(table, before or {})
            if any(current[to].get(str(other)) != known[to][str(other)] for to, other in places):
                yield _changed(session, table, rows_by_key(session, table, [key]).get(key) or after or before or {})


def _taken_addresses(session: Session, people: TableChanges) -> Iterator[Message]:
    """Yield a reason for each former address that someone else has now."""
    for key, (before, _) in people.rows.items():
        address = (before or {}).get("email")
        other = session.exec(select(Person).where(Person.email == address)).first() if address else None
        if other is not None and other.id != key and not people.includes(other.id):
            yield message("{name} has the address {email} now.", name=other.name, email=str(address))


def _taken_back_deals(session: Session, deals: TableChanges) -> Iterator[Message]:
    """Yield a reason for each added deal that a credit memo of a later origin takes back."""
    for condition in _in_ranges(deal_service.DEALS, deals.added):
        numbers = sa_select(deal_service.DEALS.c.external_id).where(condition)
        memos = select(Deal.id, Deal.refund_of).where(col(Deal.refund_of) != "", col(Deal.refund_of).in_(numbers))
        for key, number in session.exec(memos):
            if not deals.includes(key):
                yield message("Deal {name} is taken back by a later credit memo.", name=number)


def _reasons_of_table(session: Session, table: Table, changes: Mapping[str, TableChanges]) -> Iterator[Message]:
    own = changes[table.name]
    current = rows_by_key(session, table, list(own.rows))
    for key, (_, after) in own.rows.items():
        if not _is_as_left(session, table, key, current.get(key), after):
            yield _changed(session, table, current.get(key) or after or {})
    for condition in _in_ranges(table, own.added):
        yield from _added_and_changed(session, table, condition, own.rows)
    for child in SQLModel.metadata.sorted_tables:
        for column in child.columns:
            if own.added and any(key.column.table is table for key in column.foreign_keys):
                yield from _used_since(session, table, column, changes)
    if table.name == "people" and own.added:
        yield from _in_plans(session, own)


def _is_as_left(session: Session, table: Table, key: int, current: Values | None, after: Values | None) -> bool:
    """Return whether a row is as the import left it."""
    if current is None or after is None:
        return current is None and after is None
    if deal_service.CREDITS in after and table is deal_service.DEALS:
        current = current | {deal_service.CREDITS: deal_service.stored_credits(session, key)}
    return all(current.get(name) == value for name, value in after.items())


def _added_and_changed(
    session: Session, table: Table, condition: ColumnElement[bool], known: Mapping[int, object]
) -> Iterator[Message]:
    """Yield a reason for each added row that someone has changed; those the import changed itself are compared."""
    if "changed_at" not in table.c:
        return
    statement = sa_select(table).where(condition, table.c.changed_at.is_not(None))
    for row in session.connection().execute(statement).mappings():
        if row["id"] not in known:
            yield _changed(session, table, row)


_CHANGED = {
    "people": "{name} has been changed since.",
    "customers": "Customer {name} has been changed since.",
    "products": "Product {name} has been changed since.",
    "deals": "Deal {name} has been changed since.",
    "usage_events": "Usage of {name} has been changed since.",
}
_OF_PERSON = "The managers, levels, quotas or results of {name} have been changed since."


def _changed(session: Session, table: Table, row: Mapping[Any, Any]) -> Message:
    name = row.get("name") or row.get("external_id") or ""
    if table.name == "usage_events":
        name = session.exec(select(Customer.name).where(Customer.id == row.get("customer_id"))).first() or name
    elif "person_id" in row:
        name = session.exec(select(Person.name).where(Person.id == row["person_id"])).first() or ""
    return message(_CHANGED.get(table.name, _OF_PERSON), name=name)


def _used_since(
    session: Session, table: Table, column: Column[Any], changes: Mapping[str, TableChanges]
) -> Iterator[Message]:
    """Yield a reason for an added row that a row of a later origin refers to; credits are a part of their deal."""
    child = column.table
    key: Column[Any] | None
    if child is deal_service.CREDITS_OF_DEALS:
        key = child.c.deal_id
        changed = changes.get("deals", TableChanges())
    else:
        key = next(iter(child.primary_key.columns)) if len(child.primary_key.columns) == 1 else None
        changed = changes.get(child.name, TableChanges())
    for condition in _in_ranges(column, changes[table.name].added):
        statement = sa_select(column, *([] if key is None else [key])).where(condition).distinct()
        for key_of_added, *keys in session.connection().execute(statement):
            if keys and (changed.includes(keys[0]) or _is_restored(changed.rows.get(keys[0]), column, key_of_added)):
                continue
            yield _used(session, table, key_of_added)
            break


def _is_restored(row: tuple[Values | None, Values | None] | None, column: Column[Any], referred: int) -> bool:
    """Return whether undoing changes back a row that refers to an added one."""
    if row is None or row[0] is None:
        return False
    before: Any = row[0].get(deal_service.CREDITS if column.table is deal_service.CREDITS_OF_DEALS else column.name)
    if isinstance(before, list):
        return all(credit[0] != referred for credit in before)
    return before != referred and column.name in row[0]


def _used(session: Session, table: Table, key: int) -> Message:
    name = session.connection().execute(sa_select(table).where(table.c.id == key)).mappings().one()
    if table.name == "people":
        return message(
            "{name} came with this import and has been invited since, or has other entries.", name=name["name"]
        )
    return message(
        "{name} came with this import and has other deals or usage now.", name=name.get("name") or name["external_id"]
    )


def _in_plans(session: Session, added: TableChanges) -> Iterator[Message]:
    """Yield a reason for an added person whom a plan in force or an audience names."""
    rows: Sequence[PlanInForce | Redesign] = [*session.exec(select(PlanInForce)), *session.exec(select(Redesign))]
    for key in dict.fromkeys(person for row in rows for person in row.people if added.includes(person)):
        yield _used(session, PEOPLE, key)


def _in_ranges(column: Any, ranges: Sequence[Sequence[int]]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that a column, or the key of a table, is in one of some ranges."""
    key = next(iter(column.primary_key.columns)) if isinstance(column, Table) else column
    for first in range(0, len(ranges), _RANGES_AT_ONCE):
        yield or_(*(key.between(start, last) for start, last in ranges[first : first + _RANGES_AT_ONCE]))
