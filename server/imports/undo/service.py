"""Undoes an import exactly, or says why that is no longer possible; nothing is undone in part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, delete, insert, text, update
from sqlmodel import Session, col

from server.accounts import service as account_service
from server.accounts.models import AccountMailKind
from server.audit.service import record
from server.db.columns import now
from server.db.row_journal import Values, from_json
from server.deals import service as deal_service
from server.errors import InvalidError
from server.imports.models import ImportedRows, ImportRun, RunState
from server.imports.runs import imported_tables
from server.imports.undo.changes import TableChanges, changes_of
from server.imports.undo.reasons import PEOPLE, refusal_reasons, row_reasons
from server.messages import Message, message
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Company, Person, RemovedPerson, Role

_REFERRED = frozenset({"people", "customers", "products"})
"""What other imported rows refer to."""
_DECISIVE = frozenset({"email", "role"})
"""What decides what a person may do, and is recorded."""


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """How many rows undoing an import would remove and change back by table, or why it is impossible."""

    removed: Mapping[str, int]
    restored: Mapping[str, int]
    reasons: Sequence[Message]

    @property
    def row_count(self) -> int:
        """The number of rows that would be removed or changed back."""
        return sum(self.removed.values()) + sum(self.restored.values())

    @property
    def is_possible(self) -> bool:
        """Return whether the import can be undone."""
        return not self.reasons


def preview_undo(session: Session, run: ImportRun) -> UndoPreview:
    """Return what undoing an import would do."""
    changes = changes_of(session, run)
    restored = {
        name: sum(before is not None and key_is_old for before, key_is_old in _old_rows(each))
        for name, each in changes.items()
    }
    restored.pop("sources", None)
    return UndoPreview(
        removed={name: each.added_count for name, each in changes.items() if each.added_count and name != "sources"},
        restored={name: count for name, count in restored.items() if count},
        reasons=tuple(refusal_reasons(session, run, changes)),
    )


def _old_rows(changes: TableChanges) -> Iterator[tuple[Values | None, bool]]:
    for key, (before, _) in changes.rows.items():
        yield before, not changes.includes(key)


def undo_import(session: Session, run: ImportRun, actor_id: int | None) -> None:
    """Change everything back that an import changed; raises InvalidError with a reason if that is impossible.

    The caller commits.
    """
    begin_undo(session, run, actor_id)
    finish_undo(session, run)


def begin_undo(session: Session, run: ImportRun, actor_id: int | None) -> None:
    """Mark an import to be undone; raises InvalidError with a reason if that is impossible."""
    session.refresh(run, with_for_update=True)
    _refuse(refusal_reasons(session, run, changes_of(session, run)))
    run.state, run.undone_by, run.progress_at, run.failure = RunState.undoing, actor_id, None, ""
    session.add(run)
    session.flush()


def finish_undo(session: Session, run: ImportRun) -> None:
    """Undo an import that is marked to be undone, in one transaction; raises InvalidError with a reason.

    On SQLite the writer is alone; on PostgreSQL no one else writes to the same tables meanwhile.
    """
    _lock_tables(session)
    changes = changes_of(session, run)
    _refuse(row_reasons(session, run, changes))
    _check_admins(session, changes.get("people", TableChanges()))
    tables = [table for table in imported_tables() if table.name in changes and table is not deal_service.SOURCES]
    others = [table for table in tables if table.name not in _REFERRED]
    for table in reversed(others):
        _remove_added(session, table, changes[table.name])
    for table in tables:  # before what they refer to since the import is removed
        if table is not PEOPLE:
            _restore_rows(session, table, changes[table.name])
    for table in reversed([table for table in tables if table.name in _REFERRED]):
        _remove_added(session, table, changes[table.name])
    if "people" in changes:  # after an added person no longer has the address of another
        _restore_people(session, run, changes["people"])
    sources = changes.get("sources", TableChanges())
    deal_service.settle_sources(session, {key: _values_of_source(*pair) for key, pair in sources.rows.items()})
    run.state, run.undone_at, run.progress_at = RunState.undone, now(), None
    session.add(run)
    session.execute(delete(ImportedRows).where(col(ImportedRows.run_id) == run.id))
    record(session, "import undone", run.undone_by, run.source, f"/imports/runs/{run.ulid}", files=", ".join(run.files))


def _refuse(reasons: Sequence[Message]) -> None:
    if reasons:
        raise InvalidError(message("The import cannot be undone. {reason}", reason=reasons[0]))


def _lock_tables(session: Session) -> None:
    """Keep others from changing what is compared and changed back."""
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join([*(table.name for table in imported_tables()), deal_service.CREDITS_OF_DEALS.name])
        session.connection().execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


def _check_admins(session: Session, changes: TableChanges) -> None:
    """Raise InvalidError if no admin would be left."""
    former = [
        key for key, (before, _) in changes.rows.items() if before and before.get("role", Role.admin) != Role.admin
    ]
    added = [key for first, last in changes.added for key in range(first, last + 1)]
    people_service.check_admin_left(session, [*former, *added], people_queries.company_today(session))


def _remove_added(session: Session, table: Table, changes: TableChanges) -> None:
    """Remove the rows that were added, deals with their credits."""
    if table is PEOPLE:
        for key in (key for first, last in changes.added for key in range(first, last + 1)):
            session.delete(session.get_one(Person, key))
            session.add(RemovedPerson(person_id=key))
        session.flush()
        return
    [key_column] = table.primary_key.columns
    for first, last in changes.added:
        if table is deal_service.DEALS:
            credits_ = deal_service.CREDITS_OF_DEALS
            session.execute(delete(credits_).where(credits_.c.deal_id.between(first, last)))
        session.execute(delete(table).where(key_column.between(first, last)))


def _values_of_source(before: Values | None, after: Values | None) -> tuple[Values, Values]:
    """Return what a source stated before and after, as columns have it."""
    table = deal_service.SOURCES
    names = {"ends_on", "recorded"}
    pairs = ({name: value for name, value in (values or {}).items() if name in names} for values in (before, after))
    return from_json(table, next(pairs)), from_json(table, next(pairs))


def _restore_rows(session: Session, table: Table, changes: TableChanges) -> None:
    """Change rows back, then add those again that were removed."""
    old = [(key, *pair) for key, pair in changes.rows.items() if not changes.includes(key)]
    for key, before, after in old:
        if before is not None and after is not None:
            _restore_row(session, table, key, before)
    for _, before, after in old:
        if before is not None and after is None:
            session.execute(insert(table).values(from_json(table, before)))


def _restore_row(session: Session, table: Table, key: int, before: Values) -> None:
    [key_column] = table.primary_key.columns
    columns = {name: value for name, value in before.items() if name in table.c}
    if columns:
        session.execute(update(table).where(key_column == key).values(from_json(table, columns)))
    if table is deal_service.DEALS and deal_service.CREDITS in before:
        deal_service.replace_credits(session, key, before[deal_service.CREDITS])


def _restore_people(session: Session, run: ImportRun, changes: TableChanges) -> None:
    for key, (before, after) in changes.rows.items():
        if before is not None and not changes.includes(key):
            person = session.get_one(Person, key)
            _restore_person(session, person, from_json(PEOPLE, before))
            names = sorted(_DECISIVE & {*before})
            if names:
                shown = (f"{name} {(after or {}).get(name) or '–'} → {before[name] or '–'}" for name in names)
                what = f"{'; '.join(shown)} (import undone)"
                record(session, "person changed", run.undone_by, person.name, f"/people/{person.ulid}", what=what)


def _restore_person(session: Session, person: Person, before: Values) -> None:
    """Change a person back; an address that is no longer theirs is told, as after every change of one."""
    values = dict(before)
    if "email" in values:
        former = people_service.change_email(session, person, values.pop("email") or "")
        company = people_queries.company(session) or Company(name="")
        if former:
            account_service.request_mail(
                session, person, AccountMailKind.email_changed, company.name, person.email or "–", recipient=former
            )
    for name, value in values.items():
        setattr(person, name, Role(value) if name == "role" else value)
    session.add(person)
    session.flush()
