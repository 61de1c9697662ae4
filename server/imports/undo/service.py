"""Undoes an import exactly, or says why that is no longer possible; nothing is undone in part."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Table, delete, insert, update
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
from server.imports.undo.reasons import refusal_reasons
from server.messages import Message, message
from server.people import queries as people_queries
from server.people import service as people_service
from server.people.models import Company, Person, RemovedPerson, Role

_KEYS_AT_ONCE = 5_000
"""Deals that are removed in one part."""


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """How many rows undoing an import would remove and change back by table, or why it is impossible."""

    removed: Mapping[str, int]
    restored: Mapping[str, int]
    reasons: Sequence[Message]

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


def undo_import(
    session: Session, run: ImportRun, actor_id: int | None, give_way: Callable[[int], None] = lambda _removed: None
) -> None:
    """Change everything back that an import changed; raises InvalidError with a reason if that is impossible.

    The caller commits. For `give_way` see `finish_undo`.
    """
    begin_undo(session, run, actor_id)
    finish_undo(session, run, give_way)


def begin_undo(session: Session, run: ImportRun, actor_id: int | None) -> None:
    """Let an import be undone; raises InvalidError with a reason if that is impossible."""
    changes = changes_of(session, run)
    reasons = list(refusal_reasons(session, run, changes))
    if reasons:
        raise InvalidError(message("The import cannot be undone. {reason}", reason=reasons[0]))
    _check_admins(session, changes.get("people", TableChanges()))
    run.state, run.undone_by, run.done = RunState.undoing, actor_id, 0
    run.total = changes["deals"].added_count if "deals" in changes else 0
    session.add(run)
    session.flush()


def finish_undo(session: Session, run: ImportRun, give_way: Callable[[int], None]) -> None:
    """Undo an import that is marked to be undone.

    `give_way` is called between parts of many deals with the number of those removed; what stopped in between is
    completed by calling it again.
    """
    changes = changes_of(session, run)

    def end_part(removed: int) -> None:
        run.done, run.progress_at = removed, now()
        session.add(run)
        give_way(removed)

    for table in reversed(imported_tables()):
        if table.name in changes and table.name != "sources":
            _remove_added(session, table, changes[table.name], end_part)
    for table in imported_tables():
        if table.name in changes and table.name != "sources":
            _restore(session, table, changes[table.name])
    sources = changes.get("sources", TableChanges())
    deal_service.settle_sources(session, {key: _values_of_source(*pair) for key, pair in sources.rows.items()})
    run.state, run.undone_at, run.progress_at = RunState.undone, now(), None
    session.add(run)
    session.execute(delete(ImportedRows).where(col(ImportedRows.run_id) == run.id))
    record(session, "import undone", run.undone_by, run.source, f"/imports/runs/{run.ulid}", files=", ".join(run.files))


def _check_admins(session: Session, changes: TableChanges) -> None:
    """Raise InvalidError if no admin would be left."""
    former = [
        key for key, (before, _) in changes.rows.items() if before and before.get("role", Role.admin) != Role.admin
    ]
    added = [key for first, last in changes.added for key in range(first, last + 1)]
    people_service.check_admin_left(session, [*former, *added], people_queries.company_today(session))


def _remove_added(session: Session, table: Table, changes: TableChanges, end_part: Callable[[int], None]) -> None:
    """Remove the rows that were added, deals in parts."""
    if table.name == "people":
        for key in (key for first, last in changes.added for key in range(first, last + 1)):
            session.delete(session.get_one(Person, key))
            session.add(RemovedPerson(person_id=key))
        session.flush()
        return
    [key_column] = table.primary_key.columns
    removed = 0
    for first, last in _parts(changes.added):
        if table is deal_service.DEALS:
            if removed:
                end_part(removed)
            credits_ = deal_service.CREDITS_OF_DEALS
            session.execute(delete(credits_).where(credits_.c.deal_id.between(first, last)))
        session.execute(delete(table).where(key_column.between(first, last)))
        removed += last - first + 1


def _parts(ranges: Sequence[Sequence[int]]) -> Iterator[tuple[int, int]]:
    for start, last in ranges:
        for first in range(start, last + 1, _KEYS_AT_ONCE):
            yield first, min(first + _KEYS_AT_ONCE - 1, last)


def _values_of_source(before: Values | None, after: Values | None) -> tuple[Values, Values]:
    """Return what a source stated before and after, as columns have it."""
    table = deal_service.SOURCES
    names = {"ends_on", "recorded"}
    pairs = ({name: value for name, value in (values or {}).items() if name in names} for values in (before, after))
    return from_json(table, next(pairs)), from_json(table, next(pairs))


def _restore(session: Session, table: Table, changes: TableChanges) -> None:
    """Change rows back, and add those again that were removed."""
    for key, (before, after) in changes.rows.items():
        if before is None or changes.includes(key):
            continue
        if after is None:
            session.execute(insert(table).values(from_json(table, before)))
        elif table.name == "people":
            _restore_person(session, session.get_one(Person, key), from_json(table, before))
        else:
            _restore_row(session, table, key, before)


def _restore_row(session: Session, table: Table, key: int, before: Values) -> None:
    [key_column] = table.primary_key.columns
    columns = {name: value for name, value in before.items() if name in table.c}
    if columns:
        session.execute(update(table).where(key_column == key).values(from_json(table, columns)))
    if table is deal_service.DEALS and deal_service.CREDITS in before:
        deal_service.replace_credits(session, key, before[deal_service.CREDITS])


def _restore_person(session: Session, person: Person, before: Values) -> None:
    """Change a person back; an address that is no longer theirs is told, as after every change of one."""
    if "email" in before:
        former = people_service.change_email(session, person, before.pop("email") or "")
        company = people_queries.company(session) or Company(name="")
        if former:
            account_service.request_mail(
                session, person, AccountMailKind.email_changed, company.name, person.email or "–", recipient=former
            )
    for name, value in before.items():
        setattr(person, name, Role(value) if name == "role" else value)
    session.add(person)
    session.flush()
