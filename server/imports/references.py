"""Which rows the values before an import referred to, by their public IDs: a key may be given to another row later."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel

from server.deals import service as deal_service

References = dict[str, dict[str, str]]
"""Public IDs by table and by the key as text, as JSON has it."""
_KEYS_AT_ONCE = 500


def references_of(session: Session, content: Mapping[str, Any]) -> References:
    """Return whom and what the values before, in the content of a journal, refer to."""
    keys: dict[str, set[int]] = {}
    for name, part in content.items():
        for _, before, _ in part["rows"]:
            for target, key in referred(SQLModel.metadata.tables[name], before or {}):
                keys.setdefault(target, set()).add(key)
    return {target: public_ids(session, target, sorted(found)) for target, found in keys.items()}


def referred(table: Table, values: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the table and key of each row with a public ID that some values of a row refer to."""
    for column in table.columns:
        for reference in column.foreign_keys:
            if values.get(column.name) is not None and "ulid" in reference.column.table.c:
                yield reference.column.table.name, values[column.name]
    for credit in values.get(deal_service.CREDITS) or ():
        yield "people", credit[0]


def public_ids(session: Session, name: str, keys: list[int]) -> dict[str, str]:
    """Return the public IDs of a table's rows by key."""
    table, found = SQLModel.metadata.tables[name], dict[str, str]()
    for first in range(0, len(keys), _KEYS_AT_ONCE):
        statement = sa_select(table.c.id, table.c.ulid).where(table.c.id.in_(keys[first : first + _KEYS_AT_ONCE]))
        found |= {str(key): ulid for key, ulid in session.connection().execute(statement)}
    return found
