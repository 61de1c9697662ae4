"""Inserts of many rows: by COPY on PostgreSQL and by one statement on SQLite, without the ORM's work for each."""

import gc
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, Column, Connection, Select, Table, cast, func, select
from sqlmodel import Session

from server.db.row_journal import journal_of

_ULID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ULID_DIGITS for second in _ULID_DIGITS]
"""Every two digits of an ULID, by their value from 0 to 1,023."""
_PLAIN_WORD = re.compile(r"[a-z]{0,12}|\[\]|\{\}")
_RANDOM_BITS, _COUNTED_BITS = 50, 30
MAX_ROWS = 2 ** (_COUNTED_BITS - 1)
"""Rows for which IDs can be counted from a random start."""


def new_ulids(count: int) -> list[str]:
    """Return new public IDs for at most MAX_ROWS rows, in their order: one moment and random part, counted on."""
    fixed = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
    prefix = "".join(_PAIRS[fixed >> shift & 1023] for shift in range(90, -1, -10))
    start = secrets.randbits(_COUNTED_BITS - 1)
    return [
        f"{prefix}{_PAIRS[number >> 20]}{_PAIRS[number >> 10 & 1023]}{_PAIRS[number & 1023]}"
        for number in range(start, start + count)
    ]


def insert_columns(session: Session, table: Table, columns: Mapping[str, Sequence[Any]]) -> Sequence[int]:
    """Insert rows that are given as columns of equal length, by name; the other columns must need no value.

    Returns the keys of a table whose key is a number that the database counts, and notes them in the session's
    journal. It does not invalidate the page cache.
    """
    session.flush()
    connection = session.connection()
    keys = _next_keys(connection, table, len(next(iter(columns.values()))))
    if keys:
        columns = {"id": keys, **columns}
        if journal := journal_of(session):
            journal.note_added(table, keys)
    processed = [_processed(connection, table.c[name], values) for name, values in columns.items()]
    if connection.dialect.name == "postgresql":
        _copy(connection, table, list(columns), zip(*processed, strict=True))
        return keys
    places = ["?" if literal is None else literal for literal in map(_literal, processed)]
    varying = [values for values, place in zip(processed, places, strict=True) if place == "?"]
    names, listed = ", ".join(columns), ", ".join(places)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({listed})"  # noqa: S608 - names of the table's own columns
    connection.exec_driver_sql(statement, list(zip(*varying, strict=True)))
    return keys


def _next_keys(connection: Connection, table: Table, row_count: int) -> Sequence[int]:
    """Return the keys of new rows; on SQLite the writer is alone, and PostgreSQL gives every writer others."""
    if "id" not in table.c:
        return ()
    if connection.dialect.name == "postgresql":
        sequence = func.pg_get_serial_sequence(table.name, "id")
        numbered = func.generate_series(1, row_count).table_valued("number")
        statement = select(func.nextval(sequence)).select_from(numbered)
        return list(connection.scalars(statement))
    last = connection.scalar(select(func.max(table.c.id))) or 0
    return range(last + 1, last + 1 + row_count)


def texts(session: Session, values: Sequence[str]) -> Select[tuple[str]]:
    """Return a query of texts for `IN`: one parameter, however many there are, so it is compiled only once."""
    if session.get_bind().dialect.name == "postgresql":
        return select(func.json_array_elements_text(cast(list(values), JSON)).table_valued("value").c.value)
    return select(func.json_each(json.dumps(values)).table_valued("value").c.value)


def _literal(values: Sequence[Any]) -> str | None:
    """Return the SQL of a column's only value if it is nothing, an integer or a plain word: binding costs more."""
    first = values[0]
    if first is not values[-1] or values.count(first) != len(values):
        return None
    if isinstance(first, str):
        return f"'{first}'" if _PLAIN_WORD.fullmatch(first) else None
    return "NULL" if first is None else str(int(first)) if isinstance(first, int) else None


def _processed(connection: Connection, column: Column[Any], values: Sequence[Any]) -> Sequence[Any]:
    """Return values as the driver takes them, converting each object once: many rows have the same one."""
    dialect = connection.dialect
    convert: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if convert is None:
        return values
    converted = {key: convert(value) for key, value in {id(value): value for value in values}.items()}
    return [converted[id(value)] for value in values]


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    cursor = connection.connection.cursor()
    listed = ", ".join(names)
    with cursor.copy(f"COPY {table.name} ({listed}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


_lock = threading.Lock()
_paused = 0


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause the search for reference cycles, which runs again and again while millions of objects are made.

    It is paused in the whole process, until the last of those who paused it is done.
    """
    global _paused  # noqa: PLW0603 - the collector is one for the process
    with _lock:
        _paused += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _paused -= 1
            if not _paused:
                gc.enable()
