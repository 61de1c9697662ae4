"""What an import did to each table, from the parts that were kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from server.db.row_journal import Values
from server.imports.models import ImportedRows, ImportRun
from server.imports.references import References


@dataclass(slots=True)
class TableChanges:
    """What an import did to a table: keys it added as ranges, and each row with its values before and after.

    `before` is None for an added row, `after` for a removed one.
    """

    added: list[list[int]] = field(default_factory=list)
    rows: dict[int, tuple[Values | None, Values | None]] = field(default_factory=dict)

    def merge(self, content: Mapping[str, Any]) -> None:
        """Add what a later part did."""
        self.added += content["added"]
        for key, before, after in content["rows"]:
            self.rows[key] = _merged(self.rows.get(key), before, after)

    @property
    def added_count(self) -> int:
        """The number of rows that were added."""
        return sum(last - first + 1 for first, last in self.added)

    def includes(self, key: int) -> bool:
        """Return whether the row with a key was added."""
        return any(first <= key <= last for first, last in self.added)


def _merged(
    earlier: tuple[Values | None, Values | None] | None, before: Values | None, after: Values | None
) -> tuple[Values | None, Values | None]:
    """Return a row's values before an earlier and after a later change."""
    if earlier is None:
        return before, after
    if earlier[1] is None and before is None:  # the key of a removed row was given to another
        return earlier[0], after
    first = None if earlier[0] is None or before is None else before | earlier[0]
    return first, None if after is None else (earlier[1] or {}) | after


def changes_of(session: Session, run: ImportRun) -> dict[str, TableChanges]:
    """Return what an import did, by table."""
    changes: dict[str, TableChanges] = {}
    statement = select(ImportedRows).where(ImportedRows.run_id == run.id).order_by(col(ImportedRows.id))
    for part in session.exec(statement):
        for name, content in part.content.items():
            changes.setdefault(name, TableChanges()).merge(content)
    return changes


def referred_by(session: Session, run: ImportRun) -> References:
    """Return the public IDs of what the values before an import referred to; see `References`."""
    known: References = {}
    for part in session.exec(select(ImportedRows).where(ImportedRows.run_id == run.id)):
        for name, ids in part.referred.items():
            known.setdefault(name, {}).update(ids)
    return known
