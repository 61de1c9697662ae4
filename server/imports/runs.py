"""The list of imports: begun, written part by part with the rows that they change, finished."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Table, delete, update
from sqlmodel import Session, SQLModel, col, select

from server.db.columns import now
from server.db.row_journal import RowJournal
from server.deals.service import WriteResult
from server.errors import NotFoundError
from server.imports.models import ImportedRows, ImportRun, RunState, Upload
from server.imports.parsed import ImportPreview
from server.imports.references import references_of
from server.jobs.queue import enqueue
from server.jobs.tasks import TaskName
from server.people.models import Person

KEPT_RUNS = 50
"""The last imports, which are listed and can be undone."""
MAX_AT_ONCE = 3_000
"""Rows of the largest import that is written or undone while the browser waits; others go to the background."""
STALE = timedelta(minutes=3)
"""A run without progress for this long is abandoned: only reading very large files takes longer."""
_TABLES = (
    "people",
    "reporting_lines",
    "level_assignments",
    "personal_terms",
    "person_results",
    "opening_balances",
    "pay_corrections",
    "customers",
    "products",
    "sources",
    "deals",
    "usage_events",
)
"""What imports write, in an order in which each row refers to earlier ones only."""


def imported_tables() -> list[Table]:
    """Return the tables of which an import notes rows, in an order in which each refers to earlier ones only."""
    return [SQLModel.metadata.tables[name] for name in _TABLES]


def recent_runs(session: Session, limit: int = KEPT_RUNS) -> list[tuple[ImportRun, str]]:
    """Return the last imports with the name of who imported, newest first; empty for the command line."""
    statement = select(ImportRun, Person.name).outerjoin(Person, col(Person.id) == col(ImportRun.person_id))
    rows = session.exec(statement.order_by(col(ImportRun.id).desc()).limit(limit))
    return [(run, name or "") for run, name in rows]


def run_by_ulid(session: Session, ulid: str) -> ImportRun:
    """Return an import; raises NotFoundError."""
    run = session.exec(select(ImportRun).where(ImportRun.ulid == ulid)).first()
    if run is None:
        raise NotFoundError
    return run


def run_of_upload(session: Session, upload: Upload) -> ImportRun | None:
    """Return the newest import of an upload in the background, None if there is none."""
    statement = select(ImportRun).where(ImportRun.upload == upload.ulid).order_by(col(ImportRun.id).desc())
    return session.exec(statement).first()


def request_run(session: Session, upload: Upload, source: str) -> ImportRun:
    """Let an upload be imported in the background, unless it is already."""
    run = run_of_upload(session, upload)
    if run is None or run.state in {RunState.failed, RunState.undone}:
        run = ImportRun(
            person_id=upload.person_id, source=source, files=upload.names, state=RunState.due, upload=upload.ulid
        )
        session.add(run)
        session.flush()
        enqueue(session, TaskName.imports)
    return run


def claim_run(session: Session) -> ImportRun | None:
    """Claim the oldest import that is to be written or undone, or whose process stopped.

    Of several callers one gets it. Imports of the command line are not continued here.
    """
    is_free = col(ImportRun.progress_at).is_(None) | (col(ImportRun.progress_at) < now() - STALE)
    of_uploads = (col(ImportRun.upload) != "") & col(ImportRun.state).in_((RunState.due, RunState.running))
    waiting = select(ImportRun).where(is_free, of_uploads | (col(ImportRun.state) == RunState.undoing))
    for run in session.exec(waiting.order_by(col(ImportRun.id))).all():
        is_unchanged = (col(ImportRun.id) == run.id) & (col(ImportRun.state) == run.state)
        same_progress = col(ImportRun.progress_at).is_not_distinct_from(run.progress_at)
        claimed = RunState.undoing if run.state == RunState.undoing else RunState.running
        statement = update(ImportRun).where(is_unchanged, same_progress).values(state=claimed, progress_at=now())
        if session.execute(statement).rowcount == 1:  # type: ignore[attr-defined] # a cursor result has it
            session.refresh(run)
            return run
    return None


def is_running(run: ImportRun) -> bool:
    """Return whether an import is waiting or being written; one whose process was killed is not."""
    if run.state == RunState.running and not run.upload:
        return run.progress_at is not None and run.progress_at > now() - STALE
    return run.state in {RunState.due, RunState.running, RunState.undoing}


def begin_run(session: Session, preview: ImportPreview, source: str, person_id: int | None) -> ImportRun:
    """Add an import that is being written."""
    files = [file.table.file for file in preview.files if file.file_type]
    run = ImportRun(person_id=person_id, source=source, files=files, state=RunState.running, progress_at=now())
    session.add(run)
    session.flush()
    return run


def part_writer(
    session: Session, run: ImportRun, journal: RowJournal, give_way: Callable[[int], None]
) -> Callable[[int], None]:
    """Return what to call between two parts with the number of deals written: it keeps their rows and the progress."""

    def write_part(written: int) -> None:
        keep_rows(session, run, journal)
        run.done, run.progress_at = written, now()
        session.add(run)
        give_way(written)

    return write_part


def keep_rows(session: Session, run: ImportRun, journal: RowJournal) -> None:
    """Keep the rows that an import has written since the last part."""
    if content := journal.drain(session):
        references = references_of(session, content)
        session.add(ImportedRows(run_id=run.id, content=content, referred=references))


def finish_run(session: Session, run: ImportRun, results: Mapping[str, WriteResult]) -> str:
    """Keep the counts of an import that is written, and return them in words; forget the rows of very old imports."""
    counted = {name: [each.added, each.changed, each.same] for name, each in results.items()}
    run.counts = {name: each for name, each in counted.items() if any(each)}
    run.state, run.done, run.at, run.progress_at = RunState.done, run.total, now(), None
    session.add(run)
    kept = select(ImportRun.id).order_by(col(ImportRun.id).desc()).limit(KEPT_RUNS)
    session.execute(delete(ImportedRows).where(col(ImportedRows.run_id).not_in(kept)))
    return counts_text(run)


def counts_text(run: ImportRun) -> str:
    """Return how many rows an import added and changed, in words."""
    return "; ".join(f"{name} {new} new, {changed} changed" for name, (new, changed, _) in run.counts.items())


def fail_run(session: Session, run_id: int, failure: str) -> None:
    """Keep why an import stopped; what it wrote until then stays, and can be undone."""
    run = session.get_one(ImportRun, run_id)
    is_undo = run.state == RunState.undoing  # it is undone as a whole or not at all
    run.state, run.failure, run.progress_at = RunState.done if is_undo else RunState.failed, failure[:500], None
    session.add(run)
