"""Notes which rows of some tables a session adds, changes and removes, so that it can be undone later."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from itertools import count, groupby
from typing import Any

from sqlalchemy import Date, Table, event, select
from sqlalchemy import inspect as orm_inspect
from sqlalchemy.orm import UOWTransaction
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from server.db.columns import UTCDateTime

_JOURNAL = "row_journal"
_KEYS_AT_ONCE = 500

Values = dict[str, Any]
"""Values by column, as JSON has them."""


@dataclass(slots=True)
class _Row:
    """A row's values before it was changed, None if it was added, and what is known of those after."""

    before: Values | None
    after: Values | None = field(default_factory=dict)
    is_new: bool = False
    """Whether the row was inserted, perhaps under the key of one that was removed."""


class RowJournal:
    """What a session does to the rows of some tables, each with a primary key of one column.

    Rows of a bulk insert are noted by their keys only; every other row with its values before and after. What a
    caller notes by `note_changed` may have more than the columns of the table.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = {table.name: table for table in tables}
        self._added: dict[str, list[int]] = {}
        self._rows: dict[str, dict[int, _Row]] = {}

    def note_added(self, table: Table, keys: Sequence[int]) -> None:
        """Note rows of a bulk insert."""
        if table.name in self._tables:
            self._added.setdefault(table.name, []).extend(keys)

    def note_changed(self, table: Table, key: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Note what a statement changes of a row."""
        row = self._rows.setdefault(table.name, {}).setdefault(key, _Row({}))
        for name, value in before.items():
            if row.before is not None:
                row.before.setdefault(name, as_json(value))
            if row.after is not None:
                row.after[name] = as_json(after[name])

    def note_flush(self, session: Session) -> None:
        """Note what a flush has written; it is called while the session still has the values before."""
        for instance in session.new:
            if (table := self._table_of(instance)) is not None:
                row = self._rows.setdefault(table.name, {}).setdefault(_key_of(table, instance), _Row(None))
                row.after, row.is_new = {}, True
        for instance in session.dirty:
            table = self._table_of(instance)
            if table is not None and (before := _changed_values(table, instance)):
                self.note_changed(table, _key_of(table, instance), before, _values_of(table, instance))
        for instance in session.deleted:
            if (table := self._table_of(instance)) is not None:
                rows = self._rows.setdefault(table.name, {})
                row = rows.setdefault(_key_of(table, instance), _Row({}))
                if row.before is None:
                    del rows[_key_of(table, instance)]
                else:
                    before = row.before if row.is_new else _values_of(table, instance) | row.before
                    row.before, row.after, row.is_new = before, None, False

    def _table_of(self, instance: object) -> Table | None:
        return self._tables.get(getattr(type(instance), "__tablename__", ""))

    def drain(self, session: Session) -> dict[str, Any]:
        """Return what was noted since the last time, and forget it.

        For each table: `added`, the first and last key of each run of keys, and `rows`, lists of key, values before
        (None: added) and values after (None: removed).
        """
        session.flush()
        content: dict[str, Any] = {}
        for name, table in self._tables.items():
            rows = self._rows.pop(name, {})
            new = [key for key, row in rows.items() if row.is_new]
            current = rows_by_key(session, table, new)
            for key in new:
                rows[key].after = current.get(key)
            keys = [*self._added.pop(name, []), *(key for key in new if rows[key].before is None)]
            if keys or rows:
                content[name] = {
                    "added": key_ranges(keys),
                    "rows": [[key, row.before, row.after] for key, row in rows.items()],
                }
        return content


@contextmanager
def noting_rows(session: Session, journal: RowJournal) -> Iterator[None]:
    """Note in a journal what a session does to the rows of its tables."""

    def after_flush(flushed: Session, _context: UOWTransaction) -> None:
        journal.note_flush(flushed)

    event.listen(session, "after_flush", after_flush)
    session.info[_JOURNAL] = journal
    try:
        yield
    finally:
        event.remove(session, "after_flush", after_flush)
        session.info.pop(_JOURNAL)


def journal_of(session: Session) -> RowJournal | None:
    """Return the journal of a session, None if nothing is noted."""
    journal: RowJournal | None = session.info.get(_JOURNAL)
    return journal


def rows_by_key(session: Session, table: Table, keys: Sequence[int]) -> dict[int, Values]:
    """Return the values of rows by their keys, as JSON has them."""
    [key_column] = table.primary_key.columns
    rows: dict[int, Values] = {}
    for first in range(0, len(keys), _KEYS_AT_ONCE):
        statement = select(table).where(key_column.in_(keys[first : first + _KEYS_AT_ONCE]))
        for row in session.connection().execute(statement).mappings():
            rows[row[key_column.name]] = {name: as_json(value) for name, value in row.items()}
    return rows


def key_ranges(keys: Sequence[int]) -> list[list[int]]:
    """Return the first and last of each run of successive keys."""
    position = count()
    runs = (list(run) for _, run in groupby(sorted(keys), key=lambda key: key - next(position)))
    return [[run[0], run[-1]] for run in runs]


def as_json(value: Any) -> Any:
    """Return a value of a column as JSON has it."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return [as_json(each) for each in value] if isinstance(value, (list, tuple)) else value


def from_json(table: Table, values: Mapping[str, Any]) -> Values:
    """Return values from JSON as the columns of a table have them."""
    return {name: _from_json(table.c[name].type, value) for name, value in values.items()}


def _from_json(kind: TypeEngine[Any], value: Any) -> Any:
    if isinstance(value, str) and isinstance(kind, UTCDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(value, str) and isinstance(kind, Date) else value


def _key_of(table: Table, instance: Any) -> int:
    [column] = table.primary_key.columns
    key: int = getattr(instance, column.name)
    return key


def _values_of(table: Table, instance: Any) -> Values:
    return {column.name: as_json(getattr(instance, column.name)) for column in table.columns}


def _changed_values(table: Table, instance: Any) -> Values:
    """Return the values before of the columns that differ."""
    attributes = orm_inspect(instance).attrs
    histories = {column.name: attributes[column.name].history for column in table.columns}
    return {
        name: as_json(history.deleted[0])
        for name, history in histories.items()
        if history.deleted and history.added and as_json(history.deleted[0]) != as_json(history.added[0])
    }
